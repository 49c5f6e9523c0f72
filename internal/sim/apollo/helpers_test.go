package apollo

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fakeClock is moved by hand.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *fakeClock { return &fakeClock{now: time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

const (
	testKey   = "test-key"
	testSCIM  = "scim-token"
	testAdmin = "admin-token"
	dana      = "dana.reyes@example.com"
	danaSales = "dana.reyes@sales.example.com"
	eli       = "eli.park@example.com"
	priya     = "priya.nair@example.com"
	sam       = "sam.okafor@example.com"
	aiko      = "aiko.mori@example.com"
)

// rig is a seeded simulator with a client.
type rig struct {
	t *testing.T
	*Simulator
	clock *fakeClock
}

// demo starts the demo tenant, unlimited unless the options say otherwise.
func demo(t *testing.T, adjust ...func(*Options)) *rig {
	t.Helper()
	return start(t, DemoTenant(), adjust...)
}

func start(t *testing.T, spec TenantSpec, adjust ...func(*Options)) *rig {
	t.Helper()
	clock := newClock()
	opt := Options{Plan: PlanUnlimited, Clock: clock.Now, APIKey: testKey, SCIMToken: testSCIM, AdminToken: testAdmin}
	for _, change := range adjust {
		change(&opt)
	}
	s := New(opt)
	require.NoError(t, s.Seed(spec))
	return &rig{t, s, clock}
}

// with adjusts the switches.
func with(change func(*Switches)) func(*Options) {
	return func(o *Options) { change(&o.Switches) }
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

// do sends a request with the API key. A body that is not a string is sent as JSON.
func (r *rig) do(method, path string, body any) answer {
	r.t.Helper()
	return r.send(method, path, body, http.Header{"X-Api-Key": {testKey}})
}

func (r *rig) send(method, path string, body any, header http.Header) answer {
	r.t.Helper()
	var raw []byte
	switch b := body.(type) {
	case nil:
	case string:
		raw = []byte(b)
	default:
		var err error
		raw, err = json.Marshal(b)
		require.NoError(r.t, err)
	}
	req := httptest.NewRequest(method, path, bytes.NewReader(raw))
	for name, values := range header {
		req.Header[name] = values
	}
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, req)
	out := answer{t: r.t, status: w.Code, header: w.Header(), raw: w.Body.Bytes()}
	_ = json.Unmarshal(out.raw, &out.body) // some answers are not objects, on purpose
	return out
}

// ok sends a request that must be answered with 200.
func (r *rig) ok(method, path string, body any) map[string]any {
	r.t.Helper()
	a := r.do(method, path, body)
	require.Equal(r.t, http.StatusOK, a.status, string(a.raw))
	return a.body
}

// must gives the id of a user.
func (r *rig) id(email string) string {
	r.t.Helper()
	id, err := r.UserID(email)
	require.NoError(r.t, err)
	return id
}

func (r *rig) owned(kind Kind, email string) []string {
	r.t.Helper()
	ids, err := r.Owned(kind, email)
	require.NoError(r.t, err)
	return ids
}

// rows gives the members of a list in an answer.
func rows(body map[string]any, name string) []map[string]any {
	items, _ := body[name].([]any)
	out := make([]map[string]any, 0, len(items))
	for _, item := range items {
		out = append(out, item.(map[string]any))
	}
	return out
}

// column gives one member of each row.
func column(list []map[string]any, name string) []any {
	out := make([]any, 0, len(list))
	for _, row := range list {
		out = append(out, row[name])
	}
	return out
}

func total(body map[string]any) int {
	return int(body["pagination"].(map[string]any)["total_entries"].(float64))
}

func (r *rig) mailbox(address string) MailboxState {
	r.t.Helper()
	for _, m := range r.State().Mailboxes {
		if m.Email == address {
			return m
		}
	}
	require.Fail(r.t, "no mailbox "+address)
	return MailboxState{}
}

// fates counts a user's emails by fate.
func (r *rig) fates(email string) map[string]int {
	counts := map[string]int{}
	for _, m := range r.State().Emails {
		if m.UserID == r.id(email) {
			counts[m.Fate]++
		}
	}
	return counts
}
