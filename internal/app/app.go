// Package app puts the parts together: configuration, adapters, activities,
// workers, desk and doors. It is the only place that knows every adapter.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"

	"handover/activities"
	"handover/domain"
	"handover/internal/api"
	"handover/internal/config"
	"handover/internal/console"
	"handover/internal/desk"
	"handover/internal/evidence"
	"handover/internal/hr"
	"handover/internal/obs"
	"handover/internal/slackapp"
	"handover/internal/store"
	"handover/worker"
	"handover/workflows"
)

// Parts is what an installation is made of.
type Parts struct {
	Env      config.Env
	Vars     config.Variables
	Store    *store.Store
	Temporal client.Client
	Log      *slog.Logger
	Crash    func(point string) // for kill tests
	Fatal    func(error)        // called when this process cannot go on
	Clock    func() time.Time
	Queues   []string // of apps that this process's worker serves; none is all

	policy atomic.Pointer[domain.Policy]
	signer evidence.Signer
	slack  *slackapp.Door // nil without Slack
	hr     *hr.Door
	Desk   *desk.Desk
}

// New checks the parts against the policy file and makes the desk.
func New(ctx context.Context, p *Parts) (*Parts, error) {
	if p.Clock == nil {
		p.Clock = time.Now
	}
	if err := p.Env.CheckSlack(); err != nil {
		return nil, err
	}
	policy, text, err := config.ReadPolicy(p.Env.PolicyFile)
	if err != nil {
		return nil, err
	}
	// Without a key no run could ever close with its proof.
	if p.signer, err = evidence.ParseSigningKey(string(p.Env.SigningKey)); err != nil {
		return nil, err
	}
	p.policy.Store(policy)
	if err := p.Store.NotePolicy(ctx, policy.Hash, string(text)); err != nil {
		return nil, err
	}
	p.Desk = &desk.Desk{Store: p.Store, Temporal: p.Temporal, Policy: p.Policy, Now: p.Clock, Log: p.Log, Packs: p.packer(), Crash: p.Crash, PublicURL: p.Env.PublicURL}
	p.slack = p.slackDoor()
	if p.hr, err = p.hrDoor(ctx); err != nil {
		return nil, err
	}
	return p, p.Desk.SyncPeople(ctx, policy)
}

// Policy is the policy in force.
func (p *Parts) Policy() *domain.Policy { return p.policy.Load() }

func (p *Parts) packer() *evidence.Packer {
	return &evidence.Packer{Source: p.Store, Signer: p.signer, Dir: filepath.Join(p.Env.DataDir, "evidence")}
}

// StartWorker starts this process's workers and the schedules. The returned
// function lets running activities finish.
func (p *Parts) StartWorker(ctx context.Context) (func(), error) {
	gate := store.NewGate(p.Store, RateLimits(p.Policy), p.Clock)
	served, queues, err := p.served()
	if err != nil {
		return nil, err
	}
	connectors, err := NewConnectors(served, p.Vars, gate, p.Store, p.Log)
	if err != nil {
		return nil, err
	}
	doors, err := NewDoors(served, p.Env, p.Vars, gate, p.Log)
	if err != nil {
		return nil, err
	}
	set := &activities.Set{Connectors: connectors, Doors: doors, Ledger: p.Store, Transfers: p.Store, Packs: p.packer(), Batches: p.Store, Findings: p.Store, Reviews: p.Store, Now: p.Clock, Crash: p.Crash,
		Listings: activities.NewListings(), Armory: activities.NewArmory()}
	pool := worker.New(p.Temporal, set, queues, p.fatal)
	if err := pool.Start(); err != nil {
		return nil, errors.Join(err, doors.Close())
	}
	stop := func() {
		pool.Stop()
		if err := doors.Close(); err != nil {
			p.Log.Warn("a browser did not end", "error", err)
		}
	}
	if err := p.ensureSchedules(ctx); err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

// served is the policy with the apps of this worker's queues, so that no other
// app's key is read here, and those queues.
func (p *Parts) served() (*domain.Policy, []string, error) {
	policy := *p.Policy()
	all := policy.Apps
	policy.Apps = map[domain.AppID]*domain.AppPolicy{}
	var queues []string
	for id, app := range all {
		if len(p.Queues) == 0 || slices.Contains(p.Queues, app.Queue) {
			policy.Apps[id], queues = app, append(queues, app.Queue)
		}
	}
	for _, queue := range p.Queues {
		if !slices.Contains(queues, queue) {
			return nil, nil, fmt.Errorf("start worker: no app of the policy has the queue %q", queue)
		}
	}
	return &policy, queues, nil
}

// fatal ends the process: a worker that polls no more would look alive and do
// nothing.
func (p *Parts) fatal(err error) {
	p.Log.Error("the worker cannot go on", "error", err)
	if p.Fatal != nil {
		p.Fatal(err)
	}
}

func (p *Parts) ensureSchedules(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, longestStart)
	defer cancel()
	for id, app := range p.Policy().Apps {
		due := workflows.ReviewDueInput{App: id, Timings: workflows.Timings{Attempts: 3}}
		if err := worker.EnsureReviews(ctx, p.Temporal, due, p.Policy().ReviewsOf(id), p.Policy().Company.TimeZone); err != nil {
			return err
		}
		if app.Kind == domain.KindManual {
			continue // it shows nothing that could be observed
		}
		in := workflows.ObservationInput{App: workflows.AppInput{App: id, Kind: app.Kind, Queue: app.Queue}, Timings: workflows.Timings{Attempts: 3}}
		if err := worker.EnsureObservation(ctx, p.Temporal, in, app.Observe); err != nil {
			return err
		}
	}
	return p.ensureReconciliation(ctx)
}

// handler puts the metrics and the hooks beside the API.
func (p *Parts) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", obs.Metrics(p.figures, p.Clock))
	if p.slack != nil && p.Env.SlackSigningSecret != "" {
		mux.Handle("/hooks/slack/", p.slack.Handler())
	}
	mux.Handle("/hooks/hr", p.hr.Handler())
	mux.Handle("/hooks/hr/", p.hr.Handler())
	mux.Handle(desk.ReviewPath, console.Handler(p.Desk, p.Log))
	mux.Handle("/", api.Handler(p.Desk, p.Log))
	return mux
}

func (p *Parts) figures(ctx context.Context) (obs.Figures, error) {
	c, err := p.Store.Counts(ctx)
	return obs.Figures{Runs: c.Runs, Steps: c.Steps, Approvals: c.Approvals, Tasks: c.Tasks, Paused: c.Paused, Commands: c.Commands, CommandAt: c.CommandAt}, err
}

// Serve answers HTTP and carries the outbox until the context ends.
func (p *Parts) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: p.handler(), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	go func() { _ = p.Desk.Deliver(ctx) }()
	go func() { p.Desk.WorkHR(ctx) }()
	go func() { _ = p.Desk.ReleaseSeats(ctx) }()
	go func() { _ = p.Desk.EndGrants(ctx) }()
	go p.Desk.TendReviews(ctx)
	go p.anchorDaily(ctx)
	defer p.hr.Wait()
	defer p.startSlack(ctx)()
	select {
	case err := <-failed:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return server.Shutdown(stop)
	}
}
