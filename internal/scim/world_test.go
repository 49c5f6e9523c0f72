package scim_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities/connectortest"
	"handover/domain"
	"handover/internal/scim"
	sim "handover/internal/sim/scim"
)

const (
	token = "token-canary-0815"
	dana  = "dana.reyes@example.com"
	eli   = "eli.park@example.com"
)

var begin = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// memoryGate applies the rate rules in memory, on a clock that stands still.
type memoryGate struct {
	mu     sync.Mutex
	states map[string]domain.RateState
	asked  []domain.RatePermit
}

func (g *memoryGate) Acquire(_ context.Context, app domain.AppID, endpoint string, urgent bool) (domain.RatePermit, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	state, known := g.states[endpoint]
	if !known {
		state = domain.NewRateState(app, endpoint, nil)
	}
	state, d := state.Decide(begin, urgent)
	g.states[endpoint] = state
	if !d.Admit {
		f := domain.NewFault(domain.FaultRateLimited, "rate.acquire", app, "the window is spent", nil)
		f.RetryAt = d.WaitUntil
		return domain.RatePermit{}, f
	}
	g.asked = append(g.asked, d.Permit)
	return d.Permit, nil
}

func (g *memoryGate) Observe(_ context.Context, permit domain.RatePermit, seen domain.RateObservation) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.states[permit.Endpoint] = g.states[permit.Endpoint].Observe(permit, seen)
	return nil
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

// world is a connector before a simulated app with two people in it.
type world struct {
	*scim.Connector
	t      *testing.T
	sim    *sim.Server
	gate   *memoryGate
	logs   *safeLog
	status atomic.Int32 // answered to everything, when set
	dana   domain.AccountID
}

func newWorld(t *testing.T, s sim.Switches, changes ...func(*scim.Config)) *world {
	t.Helper()
	w := &world{t: t, sim: sim.New(token, s), gate: &memoryGate{states: map[string]domain.RateState{}}, logs: &safeLog{}}
	w.sim.Add(eli, "Admin")
	w.dana = domain.AccountID(w.sim.Add(dana, "Member"))
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if code := w.status.Load(); code != 0 {
			rw.WriteHeader(int(code))
			_, _ = fmt.Fprintf(rw, `{"status":%d,"detail":"%s and %s"}`, code, dana, token)
			return
		}
		w.sim.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	cfg := scim.Config{App: "people", URL: server.URL + "/scim/v2/", Token: token, Clock: func() time.Time { return begin }, Transport: server.Client().Transport,
		Roles: map[string]scim.Role{"Admin": {Admin: domain.Yes}, "Member": {Admin: domain.No}}}
	for _, change := range changes {
		change(&cfg)
	}
	var err error
	w.Connector, err = scim.New(cfg, w.gate, slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	require.NoError(t, err)
	return w
}

func (w *world) list() domain.Listing {
	w.t.Helper()
	l, err := w.ListAccounts(w.t.Context())
	require.NoError(w.t, err)
	return l
}

func (w *world) account() domain.Account {
	a, ok := w.list().ByID(w.dana)
	if !ok {
		return domain.Account{ID: w.dana, Email: dana, Active: domain.Unknown}
	}
	return a
}

func TestWhatEveryConnectorMustPass(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, func(t *testing.T) *connectortest.App {
		w := newWorld(t, sim.Switches{}, underRoles)
		// Each fault is met by itself: a gate that remembers a refusal would hide the next.
		return &connectortest.App{Connector: w.Connector, Leaver: w.dana, Email: dana, Joins: member, Other: admin, Writes: w.sim.Writes, Logs: w.logs.String, Secrets: []string{token, "Bearer"},
			CutShort: func() { w.sim.Switch(func(s *sim.Switches) { s.EmptyPage = true }) },
			Fail: func(status int) {
				w.gate.mu.Lock()
				w.gate.states = map[string]domain.RateState{}
				w.gate.mu.Unlock()
				w.status.Store(int32(status))
			}}
	})
}
