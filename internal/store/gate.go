package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"handover/domain"
)

const (
	// longestWait is how long a request waits inside for its permit. A longer wait
	// is the caller's: a durable timer costs nothing while it runs.
	longestWait = time.Minute
	// longestUrgentWait lets an urgent request wait for the end of a minute's window
	// and for those before it in the next: a retry would come seconds after.
	longestUrgentWait = 90 * time.Second
)

// Gate keeps the rate windows of all endpoints in the store, so that every
// process that uses a key sees the same ones. One row is one endpoint of one
// app: it is locked, decided on and saved in a small transaction. The requests
// of one process stand in a line before each row, the most urgent first, and
// only the line asks the row.
type Gate struct {
	store  *Store
	limits func(app domain.AppID, endpoint string) domain.RateLimits
	now    func() time.Time

	mu    sync.Mutex
	lines map[lineKey]*line
}

type lineKey struct {
	app      domain.AppID
	endpoint string
}

// NewGate makes a gate. limits tells what is promised for an endpoint that was
// never asked before; the app's own headers correct it.
func NewGate(s *Store, limits func(app domain.AppID, endpoint string) domain.RateLimits, now func() time.Time) *Gate {
	return &Gate{store: s, limits: limits, now: now, lines: map[lineKey]*line{}}
}

// Acquire gives a permit for one request, waiting up to a minute for it, and up
// to a minute and a half where it is urgent. A longer wait is a fault of kind
// rate_limited with RetryAt. Requests go by the urgency of their context, and
// among equals as they came.
func (g *Gate) Acquire(ctx context.Context, app domain.AppID, endpoint string, urgent bool) (domain.RatePermit, error) {
	if err := ctx.Err(); err != nil {
		return domain.RatePermit{}, err
	}
	w := &waiter{ctx: ctx, urgent: urgent, deadline: g.now().Add(longestWait), done: make(chan grant, 1)}
	if urgent {
		w.deadline = g.now().Add(longestUrgentWait)
	}
	l := g.line(app, endpoint)
	l.stand(w)
	select {
	case got := <-w.done:
		return got.permit, got.err
	case <-ctx.Done():
	}
	if l.leave(w) {
		return domain.RatePermit{}, ctx.Err()
	}
	if got := <-w.done; got.err == nil {
		// Nothing was sent under it, but nobody takes a permit back.
		l.see(&sighting{permit: got.permit, seen: domain.RateObservation{ReceivedAt: g.now(), Lost: true}, done: make(chan error, 1)})
	}
	return domain.RatePermit{}, ctx.Err()
}

// Observe books what became of a permit.
func (g *Gate) Observe(ctx context.Context, permit domain.RatePermit, seen domain.RateObservation) error {
	o := &sighting{permit: permit, seen: seen, done: make(chan error, 1)}
	g.line(permit.App, permit.Endpoint).see(o)
	select {
	case err := <-o.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *Gate) line(app domain.AppID, endpoint string) *line {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := lineKey{app, endpoint}
	l := g.lines[key]
	if l == nil {
		l = &line{gate: g, key: key, flying: map[int64]flight{}, kick: make(chan struct{}, 1)}
		g.lines[key] = l
	}
	return l
}

// change locks an endpoint's row, applies a rule and saves the outcome. The rule
// may be applied more than once.
func (g *Gate) change(ctx context.Context, key lineKey, apply func(domain.RateState) domain.RateState) error {
	return g.store.transact(ctx, "store.rate_window", func(tx *sql.Tx) error {
		limits := g.limits(key.app, key.endpoint)
		state, err := lockWindow(ctx, tx, key, limits)
		if err != nil {
			return err
		}
		body, err := encode(apply(state.Configured(limits)))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE rate_windows SET body = $1 WHERE app = $2 AND endpoint = $3", body, string(key.app), key.endpoint)
		return err
	})
}

func lockWindow(ctx context.Context, tx *sql.Tx, key lineKey, limits domain.RateLimits) (domain.RateState, error) {
	take := func() (domain.RateState, error) {
		return bodies[domain.RateState](tx.QueryRowContext(ctx,
			"UPDATE rate_windows SET revision = revision + 1 WHERE app = $1 AND endpoint = $2 RETURNING body", string(key.app), key.endpoint))
	}
	state, err := take()
	if !errors.Is(err, sql.ErrNoRows) {
		return state, err
	}
	body, err := encode(domain.NewRateState(key.app, key.endpoint, limits))
	if err != nil {
		return state, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO rate_windows (app, endpoint, revision, body) VALUES ($1, $2, 0, $3)
		ON CONFLICT (app, endpoint) DO NOTHING`, string(key.app), key.endpoint, body); err != nil {
		return state, err
	}
	return take()
}

// releasePermits books the permits of processes that have died.
func (s *Store) releasePermits(ctx context.Context, tx *sql.Tx) error {
	states, err := collect(ctx, tx, bodies[domain.RateState], "SELECT body FROM rate_windows ORDER BY app, endpoint")
	if err != nil {
		return err
	}
	for _, state := range states {
		body, err := encode(state.Orphaned(s.now()))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE rate_windows SET revision = revision + 1, body = $1 WHERE app = $2 AND endpoint = $3",
			body, string(state.App), state.Endpoint); err != nil {
			return err
		}
	}
	return nil
}

// RateStates lists the windows of all endpoints, for whoever asks why a
// transfer waits.
func (s *Store) RateStates(ctx context.Context) ([]domain.RateState, error) {
	found, err := collect(ctx, s.reader, bodies[domain.RateState], "SELECT body FROM rate_windows ORDER BY app, endpoint")
	return found, fault("store.rate_states", err)
}
