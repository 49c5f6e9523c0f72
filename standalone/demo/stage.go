package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/sethvargo/go-envconfig"

	"handover/domain"
	"handover/internal/client"
	"handover/internal/desk"
	sim "handover/internal/sim/apollo"
	slacksim "handover/internal/sim/slack"
	"handover/internal/store"
	"handover/standalone/allinone"
)

// Options says how a story is played.
type Options struct {
	Data        string
	HTTP        string
	Temporal    string
	TemporalUI  string
	TemporalDB  string
	ApolloSim   string
	SlackSim    string
	Once        bool
	Interactive bool
	Record      string // folder for the histories of what the story ran; empty for none
	Out         io.Writer
	Log         *slog.Logger
}

// Stage is a story being played.
type Stage struct {
	Scenario Scenario
	App      *sim.Simulator
	Slack    *slacksim.Simulator
	Home     *allinone.Installation
	People   map[string]*client.Client
	Folder   string // of the installation's data and policy
	Say      func(format string, args ...any)

	options  Options
	simURL   string
	slackURL string
	runs     []string
	before   *Picture
	stops    []func()
}

const (
	apiKey     = "demo-key-of-the-simulator"
	scimToken  = "demo-scim-token"
	adminToken = "demo"

	// AdminToken opens the simulated app's pages.
	AdminToken = adminToken
)

func newStage(ctx context.Context, scenario Scenario, o Options) (*Stage, error) {
	s := &Stage{Scenario: scenario, People: map[string]*client.Client{}, options: o}
	s.Say = func(format string, args ...any) { _, _ = fmt.Fprintf(o.Out, format+"\n", args...) }
	if err := s.startSimulator(); err != nil {
		return s, err
	}
	if err := s.startSlack(); err != nil {
		return s, err
	}
	return s, s.startHome(ctx)
}

func (s *Stage) startSimulator() error {
	o := sim.Options{APIKey: apiKey, SCIMToken: scimToken, AdminToken: adminToken, Plan: "organization"}
	if s.Scenario.Simulator != nil {
		s.Scenario.Simulator(&o)
	}
	s.App = sim.New(o)
	tenant := sim.DemoTenant
	if s.Scenario.Tenant != nil {
		tenant = s.Scenario.Tenant
	}
	if err := s.App.Seed(tenant()); err != nil {
		return err
	}
	var err error
	s.simURL, err = s.listen(s.options.ApolloSim, "--apollo-sim", s.App.Handler())
	return err
}

// listen serves a simulator and tells where it is.
func (s *Stage) listen(address, flag string, handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen on %s: the address is taken: choose another with %s", address, flag)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	s.stops = append(s.stops, func() { _ = server.Close() })
	return "http://" + listener.Addr().String(), nil
}

func (s *Stage) startHome(ctx context.Context) error {
	data := filepath.Join(s.options.Data, "demo-"+s.Scenario.Name)
	if err := os.RemoveAll(data); err != nil {
		return fmt.Errorf("clear %s: %w", data, err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("make %s: it cannot be written: choose another folder with --data", data)
	}
	policy := DefaultPolicy()
	if s.Scenario.Policy != nil {
		s.Scenario.Policy(&policy)
	}
	path := filepath.Join(data, "handover.yaml")
	env := map[string]string{"HANDOVER_POLICY": path, "APOLLO_API_KEY": apiKey, "APOLLO_BASE_URL": s.simURL + "/api/v1", "HR_WEBHOOK_SECRET": hrSecret}
	maps.Copy(env, SlackEnv(s.slackURL))
	if s.options.Record != "" {
		env["HANDOVER_ENCRYPTION_KEYS"] = RecordKeys
	}
	if policy.Plan == "organization" {
		env["APOLLO_SCIM_URL"], env["APOLLO_SCIM_TOKEN"] = s.simURL+"/scim/v2", scimToken
	}
	s.Folder = data
	if s.Scenario.Doors != nil {
		more, err := s.Scenario.Doors(s, &policy)
		if err != nil {
			return err
		}
		maps.Copy(env, more)
	}
	if err := policy.Write(path); err != nil {
		return err
	}
	var err error
	s.Home, err = allinone.Start(ctx, allinone.Options{Data: data, HTTP: s.options.HTTP, Temporal: s.options.Temporal, TemporalUI: s.options.TemporalUI,
		TemporalDB: s.options.TemporalDB, Env: envconfig.MapLookuper(env), Log: s.options.Log})
	if err != nil {
		return err
	}
	s.stops = append(s.stops, s.Home.Stop)
	ConnectSlack(s.Slack, s.Home.URL)
	return s.signInAll(ctx)
}

// signInAll gives everybody of the story a personal token.
func (s *Stage) signInAll(ctx context.Context) error {
	for _, email := range []string{priya, sam, eli, finn, ruth, aiko} {
		token, err := s.token(ctx, email)
		if err != nil {
			return err
		}
		if s.People[email], err = client.New(s.Home.URL, token); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stage) token(ctx context.Context, email string) (domain.Secret, error) {
	person, err := s.Home.Store.UpsertPerson(ctx, email, "")
	if err != nil {
		return "", err
	}
	_, secret, err := s.Home.Store.IssueToken(ctx, domain.SystemActor, person.ID, "demo", time.Now().AddDate(0, 0, 1))
	return domain.Secret(secret), err
}

func (s *Stage) stop() {
	for n := len(s.stops) - 1; n >= 0; n-- {
		s.stops[n]()
	}
}

// id finds the app's id of a user.
func (s *Stage) id(email string) string { return userID(s.App, email) }

// actor is somebody at the desk itself, for looking.
func (s *Stage) actor(ctx context.Context, email string) desk.Actor {
	person, _ := s.Home.Store.PersonByEmail(ctx, email)
	return desk.Actor{Person: person, Channel: "demo"}
}

// allOf is every request of the story's runs, settled ones too.
func allOf(runs []string) store.RequestFilter {
	f := store.RequestFilter{Limit: 1000}
	if len(runs) == 1 {
		f.Run = runs[0]
	}
	return f
}
