package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/desk"
	"handover/internal/pgtest"
	"handover/internal/store"
	"handover/workflows"
)

// cluster plays Temporal: it starts everything and answers as it is told.
type cluster struct {
	client.Client
	update  func() (any, error)
	preview func() ([]workflows.PreviewAnswer, error)
}

func (c *cluster) ExecuteWorkflow(_ context.Context, _ client.StartWorkflowOptions, name any, _ ...any) (client.WorkflowRun, error) {
	if name == workflows.PreviewType {
		return previewRun{get: c.preview}, nil
	}
	return nil, nil
}

func (c *cluster) UpdateWorkflow(context.Context, client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	result, err := c.update()
	return handle{result: result}, err
}

type handle struct {
	client.WorkflowUpdateHandle
	result any
}

func (h handle) Get(_ context.Context, out any) error { return copyJSON(h.result, out) }

type previewRun struct {
	client.WorkflowRun
	get func() ([]workflows.PreviewAnswer, error)
}

func (r previewRun) Get(_ context.Context, out any) error {
	answers, err := r.get()
	if err != nil {
		return err
	}
	return copyJSON(answers, out)
}

func copyJSON(from, to any) error {
	raw, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, to)
}

type packs struct{ dir string }

func (p packs) BuildPack(context.Context, string) (string, error) {
	path := filepath.Join(p.dir, "run.pack")
	return path, os.WriteFile(path, []byte("the pack"), 0o600)
}

// world is the door over a real desk and store.
type world struct {
	t      *testing.T
	st     *store.Store
	desk   *desk.Desk
	tmp    *cluster
	server *httptest.Server
	log    *bytes.Buffer
	tokens map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	st, err := store.OpenPostgres(t.Context(), pgtest.Database(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = st.Close() })
	require.NoError(t, st.Migrate(t.Context()))
	w := &world{t: t, st: st, log: &bytes.Buffer{}, tokens: map[string]string{}}
	w.tmp = &cluster{update: func() (any, error) { return workflows.Answer{Text: "so it is", State: domain.RunWaiting}, nil }}
	w.tmp.preview = func() ([]workflows.PreviewAnswer, error) {
		return []workflows.PreviewAnswer{{App: "apollo", Result: workflows.PreviewResult{Complete: true}}}, nil
	}
	policy := &domain.Policy{Company: domain.CompanyPolicy{TimeZone: "Europe/Berlin"}, Hash: "h",
		Apps: map[domain.AppID]*domain.AppPolicy{"apollo": {Kind: domain.KindApolloIO, Owner: "ada@example.com", Backup: "bo@example.com"}}}
	for name, roles := range map[string][]domain.Role{"ada": {domain.RoleAdmin}, "sec": {domain.RoleSecurity}, "finn": {domain.RoleFinance}, "bo": nil, "dana": nil} {
		policy.People = append(policy.People, domain.PersonPolicy{Email: name + "@example.com", Name: name, Roles: roles})
	}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	w.desk = &desk.Desk{Store: st, Temporal: w.tmp, Policy: func() *domain.Policy { return policy }, Now: time.Now, Log: log, Packs: packs{t.TempDir()}}
	require.NoError(t, w.desk.SyncPeople(t.Context(), policy))
	w.server = httptest.NewServer(api.Handler(w.desk, log))
	t.Cleanup(w.server.Close)
	for _, p := range policy.People {
		w.tokens[p.Name], _ = w.token(p.Name, time.Now().Add(time.Hour))
	}
	return w
}

func (w *world) token(name string, expires time.Time) (secret, id string) {
	p, err := w.st.PersonByEmail(w.t.Context(), name+"@example.com")
	require.NoError(w.t, err)
	t, plain, err := w.st.IssueToken(w.t.Context(), domain.SystemActor, p.ID, "test", expires)
	require.NoError(w.t, err)
	return plain, t.ID
}

// answer is what came back.
type answer struct {
	status int
	kind   string
	body   string
}

func (a answer) decode(t *testing.T, out any) {
	t.Helper()
	require.Less(t, a.status, 300, a.body)
	require.NoError(t, json.Unmarshal([]byte(a.body), out))
}

func (w *world) call(who, method, path, body string) answer {
	return w.callWith(w.tokens[who], "", method, path, body)
}

func (w *world) callWith(token, agent, method, path, body string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, strings.NewReader(body))
	require.NoError(w.t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", agent)
	resp, err := w.server.Client().Do(req)
	require.NoError(w.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return answer{status: resp.StatusCode, kind: resp.Header.Get("Content-Type"), body: string(raw)}
}

// start begins Dana's leaving.
func (w *world) start() api.Run {
	w.t.Helper()
	var started api.Started
	w.call("ada", "POST", "/api/v1/runs", `{"email":"dana@example.com","last_moment":"`+time.Now().AddDate(0, 1, 0).Format("2006-01-02")+`T17:30"}`).decode(w.t, &started)
	return started.Run
}

var errAway = serviceerror.NewUnavailable("10.1.2.3:7233 refused")

var errBug = errors.New("secret of dana@example.com")
