package apollo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/apollo"
	sim "handover/internal/sim/apollo"
)

const (
	canaryKey   = "key-canary-4711"
	canaryToken = "token-canary-0815"
	leaver      = "dana.reyes@example.com"
	manager     = "eli.park@example.com"
	admin       = "priya.nair@example.com"
)

// clock is a time that stands still until somebody waits.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advanceTo(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now) {
		c.now = t
	}
}

// memoryGate applies the rate rules in memory. Waiting moves the clock.
type memoryGate struct {
	mu     sync.Mutex
	clock  *clock
	plan   apollo.Plan
	states map[string]domain.RateState
	asked  []string // endpoints, in the order of their permits
	urgent int
	longer bool // wait for as long as it takes, as a workflow would
}

func (g *memoryGate) Acquire(ctx context.Context, app domain.AppID, endpoint string, urgent bool) (domain.RatePermit, error) {
	for {
		d, wait := g.step(app, endpoint, urgent)
		switch {
		case d.Admit:
			return d.Permit, nil
		case ctx.Err() != nil:
			return domain.RatePermit{}, ctx.Err()
		case wait > time.Minute && !g.longer:
			f := domain.NewFault(domain.FaultRateLimited, "rate.acquire", app, "the window is spent: it goes on by itself", nil)
			f.RetryAt = d.WaitUntil
			return domain.RatePermit{}, f
		}
		runtime.Gosched()
	}
}

// step reads the clock, decides and moves the clock in one piece: a decision
// made on a time that somebody else has moved since would be a clock that is an
// hour off. Time stands still while an answer is on its way.
func (g *memoryGate) step(app domain.AppID, endpoint string, urgent bool) (domain.RateDecision, time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	state, known := g.states[endpoint]
	if !known {
		state = domain.NewRateState(app, endpoint, apollo.Limits(g.plan, 0, endpoint))
	}
	state, d := state.Decide(now, urgent)
	g.states[endpoint] = state
	wait := d.WaitUntil.Sub(now)
	switch {
	case d.Admit:
		g.asked = append(g.asked, endpoint)
		if urgent {
			g.urgent++
		}
	case len(state.InFlight) == 0 && (g.longer || wait <= time.Minute):
		g.clock.advanceTo(d.WaitUntil)
	}
	return d, wait
}

func (g *memoryGate) Observe(_ context.Context, permit domain.RatePermit, seen domain.RateObservation) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.states[permit.Endpoint] = g.states[permit.Endpoint].Observe(permit, seen)
	return nil
}

// sent is a request as it went out.
type sent struct {
	method, path string
	query        map[string][]string
	header       http.Header
	body         []byte
	length       int64
}

func (s sent) fields(t *testing.T) map[string]any {
	t.Helper()
	var body map[string]any
	require.NoError(t, json.Unmarshal(s.body, &body))
	return body
}

// recorder keeps the requests that pass.
type recorder struct {
	mu   sync.Mutex
	next http.RoundTripper
	log  []sent
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	s := sent{method: req.Method, path: req.URL.Path, query: req.URL.Query(), header: req.Header.Clone(), length: req.ContentLength}
	if req.Body != nil && req.Body != http.NoBody {
		s.body, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(s.body))
	}
	r.mu.Lock()
	r.log = append(r.log, s)
	r.mu.Unlock()
	return r.next.RoundTrip(req)
}

func (r *recorder) last() sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log[len(r.log)-1]
}

// world is a connector before a simulated team.
type world struct {
	*apollo.Connector
	t     *testing.T
	sim   *sim.Simulator
	gate  *memoryGate
	clock *clock
	wire  *recorder
	logs  *bytes.Buffer
	url   string
}

// option changes a world before it is made.
type option func(*sim.Options, *apollo.Config)

func with(change func(*sim.Switches)) option {
	return func(o *sim.Options, _ *apollo.Config) { change(&o.Switches) }
}

func onPlan(plan string) option {
	return func(o *sim.Options, c *apollo.Config) { o.Plan, c.Plan = plan, apollo.Plan(plan) }
}

func withSCIM(o *sim.Options, c *apollo.Config) {
	o.SCIMToken, c.SCIMToken, c.SCIMURL = canaryToken, canaryToken, "later"
}

func profiles() map[string]apollo.Profile {
	return map[string]apollo.Profile{
		sim.ProfileAdmin:         {Name: "Admin", Admin: domain.Yes, FullSeat: domain.Yes, SeatType: "full"},
		sim.ProfileStandard:      {Name: "Non-Admin", Admin: domain.No, FullSeat: domain.Yes, SeatType: "full"},
		sim.ProfileBilling:       {Name: "Billing", Admin: domain.Yes, FullSeat: domain.No, SeatType: "billing"},
		sim.ProfileCallAssistant: {Name: "Call Assistant", Admin: domain.No, FullSeat: domain.No, SeatType: "call_assistant"},
	}
}

func newWorld(t *testing.T, spec sim.TenantSpec, options ...option) *world {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	o := sim.Options{APIKey: canaryKey, Clock: c.Now}
	cfg := apollo.Config{App: "apollo", APIKey: canaryKey, Plan: apollo.PlanOrganization, Profiles: profiles(), Clock: c.Now}
	for _, change := range options {
		change(&o, &cfg)
	}
	s := sim.New(o)
	require.NoError(t, s.Seed(spec))
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	w := &world{t: t, sim: s, clock: c, url: server.URL, logs: &bytes.Buffer{}}
	w.gate = &memoryGate{clock: c, plan: cfg.Plan, states: map[string]domain.RateState{}}
	w.wire = &recorder{next: server.Client().Transport}
	cfg.BaseURL, cfg.Transport = server.URL+"/api/v1", w.wire
	if cfg.SCIMURL != "" {
		cfg.SCIMURL = server.URL + "/scim/v2"
	}
	var err error
	w.Connector, err = apollo.New(cfg, w.gate, slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	require.NoError(t, err)
	return w
}

func demo(t *testing.T, options ...option) *world { return newWorld(t, sim.DemoTenant(), options...) }

func (w *world) id(email string) domain.AccountID {
	w.t.Helper()
	id, err := w.sim.UserID(email)
	require.NoError(w.t, err)
	return domain.AccountID(id)
}

func (w *world) account(email string) domain.Account {
	w.t.Helper()
	l, err := w.ListAccounts(w.t.Context())
	require.NoError(w.t, err)
	a, ok := l.ByID(w.id(email))
	require.True(w.t, ok)
	return a
}

// all reads a whole listing and gives its records and its last page.
func (w *world) all(kind domain.RecordKind, owner domain.AccountID) ([]domain.Record, domain.RecordPage) {
	w.t.Helper()
	var records []domain.Record
	cursor := ""
	for {
		page, err := w.RecordPage(w.t.Context(), kind, owner, cursor)
		require.NoError(w.t, err)
		records = append(records, page.Records...)
		if page.Next == "" {
			return records, page
		}
		cursor = page.Next
	}
}

func (w *world) owned(kind sim.Kind, email string) []string {
	w.t.Helper()
	ids, err := w.sim.Owned(kind, email)
	require.NoError(w.t, err)
	return ids
}

func ids(records []domain.Record) []string {
	out := make([]string, 0, len(records))
	for _, r := range records {
		out = append(out, r.ID)
	}
	return out
}

func fault(t *testing.T, err error) *domain.Fault {
	t.Helper()
	var f *domain.Fault
	require.ErrorAs(t, err, &f)
	return f
}
