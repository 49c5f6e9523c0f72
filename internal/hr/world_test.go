package hr

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/pgtest"
	"handover/internal/store"
)

// testNow is the door's present.
var testNow = time.Date(2026, 11, 20, 9, 15, 0, 0, time.UTC)

// Secrets of the tests. whsec is the one with which the example of Standard
// Webhooks is signed; the second one is put beside it while it is rotated.
const (
	whsec  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	second = "whsec_c2Vjb25kLXNlY3JldC1vZi10aGUtdGVzdHMtaGVyZQ=="
	longer = "a-secret-key-of-the-tests"
)

// world is the door over a real desk and store.
type world struct {
	*Door
	t   *testing.T
	st  *store.Store
	log *lines
}

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func policyWith(sources map[string]*domain.HRSource) *domain.Policy {
	return &domain.Policy{Company: domain.CompanyPolicy{TimeZone: "Europe/Berlin"}, HR: domain.HRPolicy{Sources: sources}}
}

// secretsOf plays the environment: every name that a test does not give is the
// long key.
func secretsOf(given map[string]domain.Secret) func(string) (domain.Secret, error) {
	return func(name string) (domain.Secret, error) {
		if s, ok := given[name]; ok {
			return s, nil
		}
		if name == SecretDefault {
			return whsec, nil
		}
		return longer, nil
	}
}

func newWorld(t *testing.T, sources map[string]*domain.HRSource, secrets map[string]domain.Secret) *world {
	t.Helper()
	st, err := store.OpenPostgres(t.Context(), pgtest.Database(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = st.Close() })
	require.NoError(t, st.Migrate(t.Context()))
	w := &world{t: t, st: st, log: &lines{}}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	p := policyWith(sources)
	// Each look at the clock is a microsecond later: the audit log tells events
	// apart by their time.
	var looks atomic.Int64
	now := func() time.Time { return testNow.Add(time.Duration(looks.Add(1)) * time.Microsecond) }
	d := &desk.Desk{Store: st, Policy: func() *domain.Policy { return p }, Now: now, Log: log}
	w.Door, err = NewDoor(d, log, p, secretsOf(secrets))
	require.NoError(t, err)
	t.Cleanup(w.Wait)
	return w
}

// told is what a sender heard.
type told struct {
	status  int
	header  http.Header
	body    string
	problem problem
	answer  answer
}

// send delivers a body with headers, pairs of name and value.
func (w *world) send(path, body string, header ...string) told {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	a := told{status: rec.Code, header: rec.Header(), body: rec.Body.String()}
	switch {
	case a.status >= 400:
		require.Equal(w.t, "application/problem+json", a.header.Get("Content-Type"), a.body)
		require.NoError(w.t, json.Unmarshal(rec.Body.Bytes(), &a.problem))
		require.Equal(w.t, a.status, a.problem.Status)
		require.NotEmpty(w.t, a.problem.Title)
		require.NotEmpty(w.t, a.problem.Detail)
		require.True(w.t, strings.HasPrefix(a.problem.Type, "urn:handover:problem:hr-"), a.problem.Type)
	case rec.Body.Len() > 0:
		require.NoError(w.t, json.Unmarshal(rec.Body.Bytes(), &a.answer), a.body)
	}
	return a
}

// signStandard is written from the specification, independently of the library.
func signStandard(secret, id string, at time.Time, body string) []string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		panic(err)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	return []string{"webhook-id", id, "webhook-timestamp", stamp, "webhook-signature", "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}

// post delivers a well signed event to the default source.
func (w *world) post(id, body string) told {
	w.t.Helper()
	return w.send("/hooks/hr", body, signStandard(whsec, id, testNow, body)...)
}

// kept lists what the store keeps, the newest first.
func (w *world) kept() []store.HRRecord {
	w.t.Helper()
	rows, err := w.st.HREvents(w.t.Context(), store.HRFilter{Limit: 1000})
	require.NoError(w.t, err)
	return rows
}

// refusals counts the audit log's refusals by their code.
func (w *world) refusals() map[string]int {
	w.t.Helper()
	w.running.Wait()
	rows, err := w.st.Audit(w.t.Context(), store.AuditFilter{Kind: domain.EventRefused, Limit: 1000})
	require.NoError(w.t, err)
	found := map[string]int{}
	for _, r := range rows {
		f := r.Entry.Event.Facts
		code := f["code"]
		if f["why"] != "" {
			code = f["why"]
		}
		found[code]++
		require.True(w.t, strings.HasPrefix(f["door"], "hr"), f)
	}
	return found
}

const ending = `{"type":"employment.ending","employment_id":"emp-8123","email":"dana@example.com","name":"Dana Reyes","manager_email":"eli@example.com",
	"department":"Sales","title":"AE","location":"Berlin","employment_type":"employee","occurred_at":"2026-11-20T09:12:00Z",
	"last_moment":"2026-12-18T17:30:00","time_zone":"Europe/Berlin","confidential":false,"reason":"resigned"}`

// with changes members of the event above; a nil value takes one away.
func with(changes map[string]any) string {
	var e map[string]any
	if err := json.Unmarshal([]byte(ending), &e); err != nil {
		panic(err)
	}
	for name, v := range changes {
		e[name] = v
		if v == nil {
			delete(e, name)
		}
	}
	raw, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return string(raw)
}
