package apollo_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/apollo"
)

// stub is a connector before a server that answers as a test says.
type stub struct {
	*apollo.Connector
	gate  *memoryGate
	clock *clock
	logs  *bytes.Buffer
	calls int
}

func newStub(t *testing.T, serve http.HandlerFunc) *stub {
	t.Helper()
	s := &stub{clock: &clock{now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}, logs: &bytes.Buffer{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls++
		body, _ := io.ReadAll(r.Body) // a server notices that its client left only then
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.Header().Set("X-Request-Id", "req-1")
		serve(w, r)
	}))
	t.Cleanup(server.Close)
	s.gate = &memoryGate{clock: s.clock, plan: apollo.PlanFree, states: map[string]domain.RateState{}}
	cfg := apollo.Config{
		App: "apollo", APIKey: canaryKey, BaseURL: server.URL, Clock: s.clock.Now, HTTPTimeout: time.Second,
		SCIMURL: server.URL + "/scim", SCIMToken: canaryToken,
	}
	var err error
	s.Connector, err = apollo.New(cfg, s.gate, slog.New(slog.NewTextHandler(s.logs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	require.NoError(t, err)
	return s
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}
