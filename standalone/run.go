package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"handover/internal/obs"
	"handover/standalone/allinone"
	"handover/standalone/demo"
	"handover/standalone/temporal"
)

// options are the flags of the command line.
type options struct {
	data, http, temporal, temporalUI, apolloSim, temporalDB, demo, issueToken, slackSim string
	record                                                                              string
	once, interactive, temporalOnly                                                     bool
	logLevel                                                                            string
}

const usage = `handover-standalone runs a whole installation in one process.

It reads the policy file that HANDOVER_POLICY names. At the first start it writes
a personal token of the policy's first administrator to DATA/keys/admin-token;
give it to the command line as HANDOVER_TOKEN_FILE. Tokens for other people:
handover-standalone --data DATA --issue-token EMAIL

`

// parse reads the command line. The second value is an exit status, or -1 to go on.
func parse(args []string) (options, int) {
	var o options
	f := flag.NewFlagSet("handover-standalone", flag.ContinueOnError)
	f.StringVar(&o.data, "data", ".handover", "folder of everything that is kept")
	f.StringVar(&o.http, "http", "127.0.0.1:8080", "where the API listens")
	f.StringVar(&o.temporal, "temporal", "127.0.0.1:7233", "where the embedded Temporal server listens")
	f.StringVar(&o.temporalUI, "temporal-ui", "127.0.0.1:8233", "where Temporal's UI listens; empty for none")
	f.StringVar(&o.temporalDB, "temporal-db", "", "postgres:// URL for Temporal; a file under --data by default")
	f.BoolVar(&o.temporalOnly, "temporal-only", false, "just the embedded Temporal server")
	f.StringVar(&o.apolloSim, "apollo-sim", "127.0.0.1:8081", "where the Apollo.io simulator of a demo listens")
	f.StringVar(&o.slackSim, "slack-sim", "127.0.0.1:8082", "where the Slack simulator of a demo listens")
	f.StringVar(&o.demo, "demo", "", "play a story with simulators; list names them")
	f.StringVar(&o.record, "record", "", "folder for the histories of what a demo ran, for replay tests")
	f.BoolVar(&o.once, "once", false, "end when the story is done")
	f.BoolVar(&o.interactive, "interactive", false, "leave the decisions to you")
	f.StringVar(&o.issueToken, "issue-token", "", "print a personal token for this work email and end; the installation may be running")
	f.StringVar(&o.logLevel, "log", "", "log level: debug, info, warn, error")
	f.Usage = func() {
		_, _ = fmt.Fprint(f.Output(), usage)
		f.PrintDefaults()
	}
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return o, 0
	case err != nil:
		return o, 2
	case f.NArg() > 0:
		fmt.Fprintf(os.Stderr, "handover-standalone: %q is no flag: see --help\n", f.Arg(0))
		return o, 2
	}
	return o, -1
}

func run(ctx context.Context, o options) error {
	switch {
	case o.demo == "list":
		return demo.List(os.Stdout)
	case o.demo != "":
		return playDemo(ctx, o)
	case o.issueToken != "":
		return printToken(ctx, o)
	case o.temporalOnly:
		return serveTemporal(ctx, o)
	default:
		return serveAll(ctx, o)
	}
}

func playDemo(ctx context.Context, o options) error {
	scenario, err := demo.Find(o.demo)
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler) // a story is told by its narrator
	if o.logLevel != "" {
		log = obs.NewLogger(os.Stderr, o.logLevel)
	}
	return demo.Play(ctx, scenario, demo.Options{Data: o.data, HTTP: o.http, Temporal: o.temporal, TemporalUI: o.temporalUI, TemporalDB: o.temporalDB,
		ApolloSim: o.apolloSim, SlackSim: o.slackSim, Once: o.once, Interactive: o.interactive, Record: o.record, Out: os.Stdout, Log: log})
}

func serveTemporal(ctx context.Context, o options) error {
	server, err := temporal.Start(ctx, temporal.Options{DataDir: filepath.Join(o.data, "temporal"), Addr: o.temporal, UIAddr: o.temporalUI,
		Database: o.temporalDB, Logger: obs.NewLogger(os.Stderr, o.logLevel)})
	if err != nil {
		return err
	}
	fmt.Printf("temporal %s\n", server.Addr())
	select {
	case <-ctx.Done():
	case <-server.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	return server.Stop(stop)
}

func printToken(ctx context.Context, o options) error {
	token, err := allinone.IssueToken(ctx, o.data, o.issueToken, nil)
	if err != nil {
		return err
	}
	fmt.Println(token)
	return nil
}

func serveAll(ctx context.Context, o options) error {
	home, err := allinone.Start(ctx, allinone.Options{Data: o.data, HTTP: o.http, Temporal: o.temporal, TemporalUI: o.temporalUI,
		TemporalDB: o.temporalDB, Log: obs.NewLogger(os.Stderr, o.logLevel), Crash: crashPoint()})
	if err != nil {
		return err
	}
	defer home.Stop()
	fmt.Printf("temporal %s\ntemporal-ui %s\nadmin-token %s\nhandover %s\n", home.Temporal.Addr(), home.UIURL, home.AdminToken, home.URL)
	<-ctx.Done()
	return nil
}
