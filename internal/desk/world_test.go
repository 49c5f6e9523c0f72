package desk_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/pgtest"
	"handover/internal/store"
	"handover/workflows"
)

var morning = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// cluster plays Temporal: it can be away, refuse, forget, and it counts what
// it was given under which id.
type cluster struct {
	client.Client
	mu       sync.Mutex
	away     bool
	missed   func()            // told whenever it is asked while it is away
	started  map[string][]byte // inputs by workflow id
	signals  []signal
	updates  []client.UpdateWorkflowOptions
	answer   func(client.UpdateWorkflowOptions) (any, error)
	previews func() ([]workflows.PreviewAnswer, error)
}

func (f *cluster) isAway() bool {
	f.mu.Lock()
	away, missed := f.away, f.missed
	f.mu.Unlock()
	if away && missed != nil {
		missed()
	}
	return away
}

func (f *cluster) set(away bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = away
}

func (f *cluster) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, name any, args ...any) (client.WorkflowRun, error) {
	if f.isAway() {
		return nil, serviceerror.NewUnavailable("away")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if name == workflows.PreviewType {
		return previewRun{get: f.previews}, nil
	}
	if _, ok := f.started[o.ID]; ok {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("", "", "")
	}
	f.started[o.ID] = args[0].(json.RawMessage)
	return nil, nil
}

func (f *cluster) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	if f.isAway() {
		return nil, serviceerror.NewUnavailable("away")
	}
	f.mu.Lock()
	f.updates = append(f.updates, o)
	answer := f.answer
	f.mu.Unlock()
	result, err := answer(o)
	if err != nil {
		return nil, err
	}
	return handle{result: result}, nil
}

func (f *cluster) delivered() []client.UpdateWorkflowOptions {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]client.UpdateWorkflowOptions{}, f.updates...)
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

// packs writes a file for each pack.
type packs struct{ dir string }

func (p packs) BuildPack(context.Context, string) (string, error) {
	path := filepath.Join(p.dir, "run.pack")
	return path, os.WriteFile(path, []byte("pack"), 0o600)
}

// world is a desk over a real store, a policy and a cluster that is played.
type world struct {
	*desk.Desk
	t      *testing.T
	st     *store.Store
	tmp    *cluster
	policy *domain.Policy
	ticks  atomic.Int64
}

// The cast. Dana leaves and reports to Eli; Amy is an administrator who leaves.
func policy() *domain.Policy {
	person := func(name string, roles ...domain.Role) domain.PersonPolicy {
		return domain.PersonPolicy{Email: name + "@example.com", Name: name, Roles: roles}
	}
	dana := person("dana")
	dana.Manager = "eli@example.com"
	bought := 12
	return &domain.Policy{Version: 1, Hash: "h1", Company: domain.CompanyPolicy{Name: "Example", TimeZone: "Europe/Berlin"},
		People: []domain.PersonPolicy{person("ada", domain.RoleAdmin), person("amy", domain.RoleAdmin), person("sec", domain.RoleSecurity),
			person("sid", domain.RoleSecurity), person("hana", domain.RoleHR), person("finn", domain.RoleFinance), person("aud", domain.RoleAuditor),
			person("eli"), person("bo"), person("gil"), dana},
		Apps: map[domain.AppID]*domain.AppPolicy{"apollo": {Kind: domain.KindApolloIO, Queue: "apps", Owner: "ada@example.com",
			Backup: "bo@example.com", Second: "gil@example.com", Order: domain.OrderGuide, Drift: domain.DefaultDrift, Canary: 5,
			Seats: domain.SeatPolicy{Bought: &bought}, Secrets: []domain.SecretPolicy{{Name: "api-key", Owner: "bo@example.com"}}}},
		Approvals: map[string]*domain.ApprovalSetting{},
		Leaving:   domain.LeavingPolicy{CutOffApproval: domain.CutOffWhenNotHR, CutNow: domain.CutNowPolicy{Confirm: domain.ConfirmAfter}, Attempts: 3}}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, pgtest.Database(t))
}

// holds tells whether a text stands in any column of a database.
func holds(t *testing.T, url, text string) bool {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Greater(t, len(tables), 10)
	found := false
	for _, table := range tables {
		var n int
		// Columns of bytes are shown in hexadecimal.
		q := "SELECT count(*) FROM " + pgx.Identifier{table}.Sanitize() + " x WHERE x::text LIKE $1 OR x::text LIKE $2"
		require.NoError(t, conn.QueryRow(t.Context(), q, "%"+text+"%", "%"+hex.EncodeToString([]byte(text))+"%").Scan(&n))
		found = found || n > 0
	}
	return found
}

// rawOf is what an update carries.
func rawOf(o client.UpdateWorkflowOptions) []byte { return o.Args[0].(json.RawMessage) }

func newWorldOn(t *testing.T, url string) *world {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	w := &world{t: t}
	db := stdlib.OpenDBFromPool(pool)
	st := store.Open(db, db, store.Options{Now: w.now, OnClose: pool.Close})
	t.Cleanup(func() { _ = st.Close() })
	require.NoError(t, st.Migrate(t.Context()))
	w = w.with(st)
	require.NoError(t, w.SyncPeople(t.Context(), w.policy))
	return w
}

// now is the clock of desk and store: each look at it moves it on.
func (w *world) now() time.Time { return morning.Add(time.Duration(w.ticks.Add(1)) * time.Millisecond) }

func (w *world) with(st *store.Store) *world {
	w.st, w.policy, w.tmp = st, policy(), &cluster{started: map[string][]byte{}}
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) { return workflows.Answer{Text: "so it is"}, nil }
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) {
		return []workflows.PreviewAnswer{{App: "apollo", Result: workflows.PreviewResult{Complete: true}}}, nil
	}
	w.Desk = &desk.Desk{Store: st, Temporal: w.tmp, Policy: func() *domain.Policy { return w.policy }, Log: slog.New(slog.DiscardHandler),
		Packs: packs{w.t.TempDir()}, Now: w.now}
	return w
}

// as is somebody of the cast at a terminal; hr is HR's own door.
func (w *world) as(name string) desk.Actor {
	if name == "hr" {
		return desk.Actor{Channel: "hr"}
	}
	p, err := w.st.PersonByEmail(w.t.Context(), name+"@example.com")
	require.NoError(w.t, err)
	return desk.Actor{Person: p, Channel: "cli"}
}

func (w *world) id(name string) domain.PersonID { return w.as(name).Person.ID }

func (w *world) ids(names ...string) []domain.PersonID {
	var ids []domain.PersonID
	for _, n := range names {
		ids = append(ids, w.id(n))
	}
	return ids
}

func leaving(name string) desk.OffboardRequest {
	return desk.OffboardRequest{Email: name + "@example.com", LastMoment: &domain.LastMoment{Local: "2026-12-18T17:30", Zone: "Europe/Berlin"}}
}

// start begins a leaving that must be new.
func (w *world) start(who string, req desk.OffboardRequest) domain.Run {
	w.t.Helper()
	run, created, err := w.Offboard(w.t.Context(), w.as(who), req)
	require.NoError(w.t, err)
	require.True(w.t, created)
	return run
}

// input is what Temporal was given for a run.
func (w *world) input(run string) workflows.OffboardingInput {
	w.t.Helper()
	var in workflows.OffboardingInput
	require.NoError(w.t, json.Unmarshal(w.tmp.started[run], &in))
	return in
}

func (w *world) events(f store.AuditFilter) []domain.AuditEvent {
	w.t.Helper()
	f.Limit = 1000
	lines, err := w.st.Audit(w.t.Context(), f)
	require.NoError(w.t, err)
	var events []domain.AuditEvent
	for _, l := range lines {
		events = append(events, l.Entry.Event)
	}
	return events
}

func (w *world) refusals(who string) []domain.AuditEvent {
	return w.events(store.AuditFilter{Actor: w.id(who), Kind: domain.EventRefused})
}

// code is how an error looks to a door: a code of refusal, "missing", or "".
func code(err error) string {
	var r *domain.Refusal
	switch {
	case err == nil:
		return ""
	case errors.As(err, &r):
		return r.Code
	case errors.Is(err, domain.ErrNotFound):
		return "missing"
	default:
		return err.Error()
	}
}

// request keeps an open approval and a task of a run, as a worker does.
func (w *world) request(run domain.Run, approver, owner string) (approval, task string) {
	w.t.Helper()
	approval, task = run.ID+":apollo:a1", run.ID+":apollo:t2"
	entry := domain.Entry{Run: run.ID,
		Approvals: []domain.Approval{{ID: approval, Run: run.ID, App: "apollo", Scope: domain.ApproveHandover, Digest: "v1:d", Subject: run.Person,
			State: domain.ApprovalOpen, OpenedAt: morning, Policy: domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: "manager", Approvers: w.ids(approver)}}}}},
		Tasks: []domain.Task{{ID: task, Run: run.ID, App: "apollo", Owner: w.id(owner), Subject: run.Person, State: domain.TaskOpen, OpenedAt: morning, DueAt: morning}}}
	require.NoError(w.t, w.st.Record(w.t.Context(), entry))
	return approval, task
}
