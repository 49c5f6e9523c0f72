package entra_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/entra"
	sim "handover/internal/sim/entra"
)

const (
	secret = "secret-canary-4711"
	dana   = "dana.reyes@example.com"
	eli    = "eli.park@example.com"
	ada    = "ada.stone@example.com"
	bo     = "bo.lind@example.com"
)

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// memoryGate applies the rate rules in memory. Who has to wait is told so: the
// clock moves for nobody.
type memoryGate struct {
	mu     sync.Mutex
	clock  *clock
	states map[string]domain.RateState
	apps   map[domain.AppID]bool
}

func (g *memoryGate) Acquire(_ context.Context, app domain.AppID, endpoint string, urgent bool) (domain.RatePermit, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.apps[app] = true
	state, known := g.states[endpoint]
	if !known {
		state = domain.NewRateState(app, endpoint, entra.Limits(endpoint))
	}
	state, d := state.Decide(g.clock.Now(), urgent)
	g.states[endpoint] = state
	if !d.Admit {
		f := domain.NewFault(domain.FaultRateLimited, "rate.acquire", app, "the window is spent", nil)
		f.RetryAt = d.WaitUntil
		return domain.RatePermit{}, f
	}
	return d.Permit, nil
}

func (g *memoryGate) Observe(_ context.Context, permit domain.RatePermit, seen domain.RateObservation) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.states[permit.Endpoint] = g.states[permit.Endpoint].Observe(permit, seen)
	return nil
}

func (g *memoryGate) state(endpoint string) domain.RateState {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.states[endpoint]
}

// safeLog is a log that is read while somebody may still write.
type safeLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// world is an app at a simulated tenant with four people in it.
type world struct {
	*entra.App
	t     *testing.T
	sim   *sim.Simulator
	in    sim.Seeded
	gate  *memoryGate
	clock *clock
	logs  *safeLog
	cfg   entra.Config
}

// tenant is a simulated tenant whose app registration holds all permissions, or
// those that are named.
func tenant(permissions ...string) sim.Options {
	return sim.Options{Secret: secret, Permissions: permissions}
}

func newWorld(t *testing.T, opt sim.Options, changes ...func(*entra.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}, logs: &safeLog{}}
	w.gate = &memoryGate{clock: w.clock, states: map[string]domain.RateState{}, apps: map[domain.AppID]bool{}}
	opt.Clock = w.clock.Now
	w.sim = sim.New(opt)
	w.in = w.sim.Seed()
	server := httptest.NewServer(w.sim.Handler())
	t.Cleanup(server.Close)
	w.cfg = entra.Config{App: "apollo", Provider: "work-directory", Tenant: sim.TenantID, ClientID: sim.ClientID, Secret: secret, AppID: w.in.App,
		LoginURL: server.URL, GraphURL: server.URL + "/v1.0", Gate: w.gate, Transport: server.Client().Transport, Now: w.clock.Now,
		Log: slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, change := range changes {
		change(&w.cfg)
	}
	var err error
	w.App, err = entra.New(w.cfg)
	require.NoError(t, err)
	return w
}

// find reads how somebody has the app.
func (w *world) find(email string) domain.Assignment {
	w.t.Helper()
	a, err := w.FindAssignment(w.t.Context(), email)
	require.NoError(w.t, err)
	return a
}

// unassign reads how somebody has the app, and takes it away.
func (w *world) unassign(email string) (domain.Assignment, domain.Receipt) {
	w.t.Helper()
	a := w.find(email)
	r, err := w.Unassign(w.t.Context(), a)
	require.NoError(w.t, err)
	return a, r
}

func (w *world) group(g sim.Group) string {
	id := w.sim.AddGroup(g)
	w.sim.Give(w.in.App, id, w.in.Role)
	return id
}

// noGroupRowWasDeleted is what may never happen: it takes the app from everybody in
// the group.
func (w *world) noGroupRowWasDeleted() {
	w.t.Helper()
	for _, r := range w.sim.Deleted() {
		require.Equal(w.t, sim.KindUser, r.Kind, "an assignment of a group was deleted")
	}
}

// asked counts the requests whose method and path hold a text.
func (w *world) asked(text string) int {
	n := 0
	for _, r := range w.sim.Requests() {
		if strings.Contains(r, text) {
			n++
		}
	}
	return n
}

// fails asks for a fault of a kind that says what to do and quotes nobody.
func (w *world) fails(err error, kind domain.FaultKind, says string) *domain.Fault {
	w.t.Helper()
	var f *domain.Fault
	require.ErrorAs(w.t, err, &f)
	require.Equal(w.t, kind, f.Kind, "%v", err)
	require.Contains(w.t, f.SafeMessage, says)
	for _, never := range []string{"@example.com", secret, "token-", "http://", "127.0.0.1", "Insufficient"} {
		require.NotContains(w.t, err.Error(), never)
	}
	return f
}
