package okta_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/okta"
	sim "handover/internal/sim/okta"
)

const (
	secret = "00token-canary-0815"
	dana   = "dana.reyes@example.com"
	eli    = "eli.park@example.com"
)

var begin = time.Date(2026, 11, 20, 9, 0, 7, 0, time.UTC)

// serviceKey is made once: it takes a while.
var serviceKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func pemOf(key *rsa.PrivateKey) domain.Secret {
	return domain.Secret(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// memoryGate applies the rate rules in memory.
type memoryGate struct {
	mu     sync.Mutex
	clock  *clock
	states map[string]domain.RateState
	asked  []domain.RatePermit
	seen   []domain.RateObservation
}

func (g *memoryGate) Acquire(_ context.Context, app domain.AppID, endpoint string, urgent bool) (domain.RatePermit, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	state, known := g.states[endpoint]
	if !known {
		state = domain.NewRateState(app, endpoint, nil)
	}
	state, d := state.Decide(g.clock.now(), urgent)
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
	g.seen = append(g.seen, seen)
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

// world is an app before a simulated org: Dana has nothing yet, Eli has the app
// directly.
type world struct {
	*okta.App
	t         *testing.T
	sim       *sim.Simulator
	gate      *memoryGate
	clock     *clock
	logs      *safeLog
	url       string
	cfg       okta.Config
	app       string
	dana, eli string
	mu        sync.Mutex
	told      []string // emails that provisioning deactivated, in order
}

// service makes the world's credentials those of a service app with some scopes.
func service(scopes ...string) func(*sim.Options, *okta.Config) {
	return func(o *sim.Options, cfg *okta.Config) {
		o.ClientID, o.KeyID, o.PublicKey, o.Scopes = "0oaService", "kid-1", &serviceKey().PublicKey, scopes
		cfg.Token, cfg.ClientID, cfg.Key, cfg.KeyID = "", "0oaService", pemOf(serviceKey()), "kid-1"
	}
}

// readOnly makes the configuration one that only reads.
func readOnly(_ *sim.Options, cfg *okta.Config) { cfg.ReadOnly = true }

func newWorld(t *testing.T, s sim.Switches, changes ...func(*sim.Options, *okta.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{at: begin}, logs: &safeLog{}}
	w.gate = &memoryGate{clock: w.clock, states: map[string]domain.RateState{}}
	options := sim.Options{Token: secret, Clock: w.clock.now, Switches: s}
	cfg := okta.Config{App: "crm", Provider: "acme", Token: secret, Gate: w.gate, Now: w.clock.now,
		Log: slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, change := range changes {
		change(&options, &cfg)
	}
	w.sim = sim.New(options)
	w.app = w.sim.AddApp(sim.App{Label: "CRM", Features: []string{"PUSH_NEW_USERS", "PUSH_USER_DEACTIVATION"}, OnUnassigned: func(email string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.told = append(w.told, email)
	}})
	w.dana = w.sim.AddUser(sim.User{Email: dana, First: "Dana", Last: "Reyes"})
	w.eli = w.sim.AddUser(sim.User{Email: eli})
	w.sim.Give(w.app, w.eli)
	server := httptest.NewServer(w.sim.Handler())
	t.Cleanup(server.Close)
	cfg.URL, cfg.AppID, cfg.Transport, w.url = server.URL, w.app, server.Client().Transport, server.URL
	w.cfg = cfg
	var err error
	w.App, err = okta.New(cfg)
	require.NoError(t, err)
	return w
}

// group makes a group that gives the app and that Dana is in.
func (w *world) group(g sim.Group) string {
	id := w.sim.AddGroup(g)
	w.sim.GiveGroup(w.app, id)
	w.sim.Join(id, w.dana)
	return id
}

func (w *world) find(email string) domain.Assignment {
	w.t.Helper()
	a, err := w.FindAssignment(w.t.Context(), email)
	require.NoError(w.t, err)
	return a
}

func (w *world) unassign(a domain.Assignment) domain.Receipt {
	w.t.Helper()
	receipt, err := w.Unassign(w.t.Context(), a)
	require.NoError(w.t, err)
	return receipt
}

// pushed are those whom provisioning deactivated in the app.
func (w *world) pushed() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.told...)
}

// times counts the requests of a kind.
func (w *world) times(request string) int {
	n := 0
	for _, r := range w.sim.Requests() {
		if r == request {
			n++
		}
	}
	return n
}

// faultOf is the fault that an error is.
func faultOf(t *testing.T, err error) *domain.Fault {
	t.Helper()
	var f *domain.Fault
	require.ErrorAs(t, err, &f)
	return f
}
