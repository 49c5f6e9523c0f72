// Package allinone runs a whole installation in one process: Temporal embedded,
// the store in a file, workers, desk and doors.
package allinone

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/sethvargo/go-envconfig"
	"go.temporal.io/sdk/client"

	"handover/internal/app"
	"handover/internal/config"
	"handover/internal/store"
	"handover/standalone/temporal"
	"handover/worker"
)

// Options says where an installation keeps its data and where it listens.
type Options struct {
	Data       string // folder of everything that is kept
	HTTP       string
	Temporal   string
	TemporalUI string // empty for none
	TemporalDB string // empty for a file under Data, or a postgres:// URL
	Env        envconfig.Lookuper
	Log        *slog.Logger
	Crash      func(point string) // for kill tests
}

// Installation is a running installation.
type Installation struct {
	Parts    *app.Parts
	Store    *store.Store
	Temporal *temporal.Server
	URL      string
	UIURL    string
	// AdminToken is the file with a token of the first administrator; empty where
	// the policy names none.
	AdminToken string

	stops []func()
}

// Start brings an installation up, in the order in which its parts need each
// other.
func Start(ctx context.Context, o Options) (*Installation, error) {
	i := &Installation{}
	if err := i.start(ctx, o); err != nil {
		i.Stop()
		return nil, err
	}
	return i, nil
}

func (i *Installation) start(ctx context.Context, o Options) error {
	keys, err := ReadKeys(o.Data, o.Env)
	if err != nil {
		return err
	}
	if o.Env == nil {
		o.Env = envconfig.OsLookuper()
	}
	env, vars, err := config.ReadEnv(ctx, envconfig.MultiLookuper(o.Env, keys.lookuper()))
	if err != nil {
		return err
	}
	env.DataDir = o.Data
	if _, _, err := config.ReadPolicy(env.PolicyFile); err != nil {
		return err // before anything starts
	}
	temporalClient, err := i.startTemporal(ctx, o, string(env.EncryptionKeys))
	if err != nil {
		return err
	}
	if err := i.openStore(ctx, o, string(env.DatabaseURL)); err != nil {
		return err
	}
	i.Parts, err = app.New(ctx, &app.Parts{Env: env, Vars: vars, Store: i.Store, Temporal: temporalClient, Log: o.Log, Crash: o.Crash})
	if err != nil {
		return err
	}
	if err := i.firstToken(ctx, o.Data); err != nil {
		return err
	}
	stopWorker, err := i.Parts.StartWorker(ctx)
	if err != nil {
		return err
	}
	i.stops = append(i.stops, stopWorker)
	return i.serve(ctx, o)
}

func (i *Installation) startTemporal(ctx context.Context, o Options, keys string) (client.Client, error) {
	server, err := temporal.Start(ctx, temporal.Options{DataDir: filepath.Join(o.Data, "temporal"), Addr: o.Temporal, UIAddr: o.TemporalUI,
		Database: o.TemporalDB, Logger: o.Log})
	if err != nil {
		return nil, err
	}
	i.Temporal = server
	i.stops = append(i.stops, func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		_ = server.Stop(stop)
	})
	if server.UIAddr() != "" {
		i.UIURL = "http://" + server.UIAddr()
	}
	parsed, err := worker.ParseKeys(keys)
	if err != nil {
		return nil, err
	}
	c, err := server.Dial(ctx, app.ClientOptions(parsed, o.Log))
	if err != nil {
		return nil, err
	}
	i.stops = append(i.stops, c.Close)
	return c, nil
}

func (i *Installation) openStore(ctx context.Context, o Options, url string) error {
	var err error
	if i.Store, err = openStore(ctx, o.Data, url); err != nil {
		return err
	}
	i.stops = append(i.stops, func() { _ = i.Store.Close() })
	if err := i.Store.Migrate(ctx); err != nil || url != "" {
		return err
	}
	// The data folder is locked: whoever held a lease is dead.
	return i.Store.ReleaseLeases(ctx)
}

func (i *Installation) serve(ctx context.Context, o Options) error {
	listener, err := net.Listen("tcp", o.HTTP)
	if err != nil {
		return fmt.Errorf("listen on %s: the address is taken or not ours: choose another with --http", o.HTTP)
	}
	i.URL = "http://" + listener.Addr().String()
	if i.Parts.Desk.PublicURL == "" {
		i.Parts.Desk.PublicURL = i.URL // a small company reaches it where it listens
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- i.Parts.Serve(ctx, listener) }()
	i.stops = append(i.stops, func() {
		cancel()
		if err := <-done; err != nil {
			o.Log.Error("serving ended", "error", err)
		}
	})
	return nil
}

// Stop ends the parts in the opposite order.
func (i *Installation) Stop() {
	for n := len(i.stops) - 1; n >= 0; n-- {
		i.stops[n]()
	}
	i.stops = nil
}
