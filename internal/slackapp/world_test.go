package slackapp

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/pgtest"
	slacksim "handover/internal/sim/slack"
	"handover/internal/store"
	"handover/workflows"
)

const (
	testSecret = "signing-secret-of-the-tests"
	testBot    = "xoxb-canary-token"
	testApp    = "xapp-canary-token"
)

// cluster plays Temporal.
type cluster struct {
	client.Client
	mu      sync.Mutex
	away    bool
	refused int                            // while away
	updates []client.UpdateWorkflowOptions // every update once, however often it was delivered
	results map[string]any                 // of those that were not refused, by their id
	started []string
	answer  func(client.UpdateWorkflowOptions) (any, error)
}

type played struct {
	client.WorkflowUpdateHandle
	client.WorkflowRun
	result any
}

func (h played) Get(_ context.Context, out any) error {
	raw, err := json.Marshal(h.result)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}

type preview struct {
	client.WorkflowRun
	played played
}

func (p preview) Get(ctx context.Context, out any) error { return p.played.Get(ctx, out) }

// UpdateWorkflow knows an update again by its id, as Temporal does: a command may
// be delivered twice, by whoever gave it and from the outbox. A refusal leaves
// nothing behind.
func (f *cluster) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		f.refused++
		return nil, serviceerror.NewUnavailable("away")
	}
	id := func(u client.UpdateWorkflowOptions) string { return u.WorkflowID + " " + u.UpdateID }
	if result, known := f.results[id(o)]; known {
		return played{result: result}, nil
	}
	if !slices.ContainsFunc(f.updates, func(u client.UpdateWorkflowOptions) bool { return id(u) == id(o) }) {
		f.updates = append(f.updates, o)
	}
	result, err := f.answer(o)
	if err != nil {
		return nil, err
	}
	f.results[id(o)] = result
	return played{result: result}, nil
}

func (f *cluster) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, name any, _ ...any) (client.WorkflowRun, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if name == workflows.PreviewType {
		return preview{played: played{result: []workflows.PreviewAnswer{{App: "apollo", Result: workflows.PreviewResult{Complete: true}}}}}, nil
	}
	f.started = append(f.started, o.ID)
	return nil, nil
}

func (f *cluster) set(away bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = away
}

// missed counts what came while it was away.
func (f *cluster) missed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refused
}

func (f *cluster) got() []client.UpdateWorkflowOptions {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]client.UpdateWorkflowOptions{}, f.updates...)
}

// decided reads what the only update carried.
func (f *cluster) decided(t *testing.T, n int) workflows.DecideRequest {
	t.Helper()
	updates := f.got()
	require.Len(t, updates, n)
	var in workflows.DecideRequest
	require.NoError(t, json.Unmarshal(updates[n-1].Args[0].(json.RawMessage), &in))
	return in
}

// world is a workspace, a door and a desk over a real store.
type world struct {
	*Door
	t      *testing.T
	sim    *slacksim.Simulator
	st     *store.Store
	tmp    *cluster
	policy *domain.Policy
	log    *safeLog
	users  map[string]string
	hooks  *httptest.Server
	run    domain.Run
	pool   *pgxpool.Pool
}

// safeLog keeps what is logged, to look for what must not be in it.
type safeLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func testPolicy() *domain.Policy {
	person := func(name string, roles ...domain.Role) domain.PersonPolicy {
		return domain.PersonPolicy{Email: name + "@example.com", Name: name, Roles: roles}
	}
	dana := person("dana")
	dana.Manager = "eli@example.com"
	return &domain.Policy{Version: 1, Hash: "h1", Company: domain.CompanyPolicy{Name: "Example", TimeZone: "Europe/Berlin"}, Slack: domain.SlackPolicy{Channel: "C0OPS"},
		People: []domain.PersonPolicy{person("ada", domain.RoleAdmin), person("hana", domain.RoleHR), person("eli"), person("bo"), person("gil"), dana},
		Apps: map[domain.AppID]*domain.AppPolicy{"apollo": {Kind: domain.KindApolloIO, Queue: "apps", Owner: "ada@example.com", Backup: "bo@example.com",
			Second: "gil@example.com", Order: domain.OrderGuide, Drift: domain.DefaultDrift, Canary: 5}},
		Approvals: map[string]*domain.ApprovalSetting{},
		Leaving:   domain.LeavingPolicy{CutOffApproval: domain.CutOffWhenNotHR, CutNow: domain.CutNowPolicy{Confirm: domain.ConfirmAfter}, Attempts: 3}}
}

type setup struct {
	options slacksim.Options
	socket  bool
	idle    bool // clicks are not worked off
}

func newWorld(t *testing.T, change ...func(*setup)) *world {
	t.Helper()
	s := setup{options: slacksim.Options{SigningSecret: testSecret, BotToken: testBot, AppToken: testApp, ShouldEscape: true}}
	for _, c := range change {
		c(&s)
	}
	pool, err := pgxpool.New(t.Context(), pgtest.Database(t))
	require.NoError(t, err)
	db := stdlib.OpenDBFromPool(pool)
	st := store.Open(db, db, store.Options{Now: time.Now, OnClose: pool.Close})
	t.Cleanup(func() { _ = st.Close() })
	require.NoError(t, st.Migrate(t.Context()))
	w := &world{t: t, st: st, policy: testPolicy(), log: &safeLog{}, users: map[string]string{}, sim: slacksim.New(s.options), tmp: &cluster{results: map[string]any{}}, pool: pool}
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) { return workflows.ApprovalAnswer{}, nil }
	api := httptest.NewUnstartedServer(w.sim.Handler())
	api.Config.ErrorLog = nil
	api.Start()
	t.Cleanup(api.Close)
	t.Cleanup(w.sim.Close)
	logger := slog.New(slog.NewTextHandler(w.log, nil))
	d := &desk.Desk{Store: st, Temporal: w.tmp, Policy: func() *domain.Policy { return w.policy }, Now: time.Now, Log: logger}
	require.NoError(t, d.SyncPeople(t.Context(), w.policy))
	w.Door = &Door{Desk: d, Client: NewClient(ClientConfig{Token: testBot, AppToken: testApp, URL: api.URL + "/api/"}), Secret: testSecret, Log: logger}
	w.hooks = httptest.NewServer(w.Handler())
	t.Cleanup(w.hooks.Close)
	if !s.socket {
		w.sim.SetEndpoints(w.hooks.URL+"/hooks/slack/interactions", w.hooks.URL+"/hooks/slack/commands")
	}
	for _, p := range w.policy.People {
		w.users[p.Name] = w.sim.AddUser(slacksim.User{Name: p.Name, RealName: p.Name, Email: p.Email})
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = d.Deliver(ctx) })
	if s.socket {
		running.Go(func() { w.Listen(ctx) })
	}
	t.Cleanup(func() {
		cancel()
		running.Wait()
		w.Wait()
	})
	if !s.idle {
		w.works()
	}
	return w
}

// works has the clicks of an idle world worked off from now on.
func (w *world) works() {
	ctx, cancel := context.WithCancel(w.t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.WorkClicks(ctx) })
	w.t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

func (w *world) person(name string) domain.Person {
	w.t.Helper()
	p, err := w.st.PersonByEmail(w.t.Context(), name+"@example.com")
	require.NoError(w.t, err)
	return p
}

// zone is where the company counts its days.
func (w *world) zone() *time.Location {
	w.t.Helper()
	zone, err := time.LoadLocation(w.policy.Company.TimeZone)
	require.NoError(w.t, err)
	return zone
}

// request starts Dana's leaving and keeps an open request that Eli decides.
func (w *world) request(change ...func(*domain.Approval)) domain.Approval {
	w.t.Helper()
	moment := domain.LastMoment{Local: time.Now().Add(200 * time.Hour).In(w.zone()).Format(domain.LocalLayout), Zone: w.policy.Company.TimeZone}
	run, _, err := w.Desk.Offboard(w.t.Context(), desk.Actor{Person: w.person("hana"), Channel: "cli"}, desk.OffboardRequest{Email: "dana@example.com", LastMoment: &moment})
	require.NoError(w.t, err)
	w.run = run
	a := domain.Approval{ID: run.ID + ":apollo:a1", Run: run.ID, App: "apollo", Scope: domain.ApproveHandover, Digest: "v1:d1", Subject: run.Person, Requester: domain.SystemActor,
		State: domain.ApprovalOpen, OpenedAt: time.Now(), Policy: domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: "manager", Approvers: []domain.PersonID{w.person("eli").ID}}}}}
	for _, c := range change {
		c(&a)
	}
	w.keep(a)
	return a
}

func (w *world) keep(a domain.Approval) {
	w.t.Helper()
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: a.Run, Approvals: []domain.Approval{a}}))
}

// post shows somebody a card, or the channel of operations where nobody is
// named, and finds the message.
func (w *world) post(name string, card desk.Card) slacksim.Message {
	w.t.Helper()
	var to domain.Person
	if name != "" {
		to = w.person(name)
	}
	ref, err := w.Messenger().Post(w.t.Context(), to, card, "")
	require.NoError(w.t, err)
	channel, ts, ok := splitRef(ref)
	require.True(w.t, ok)
	m, ok := w.sim.Message(channel, ts)
	require.True(w.t, ok)
	return m
}

func cardOf(a domain.Approval, verbs ...desk.Verb) desk.Card {
	return desk.Card{Ref: "R-1a2b3c4d", Kind: desk.CardRequest, About: a.ID, Run: a.Run, App: a.App, Digest: a.Digest, Title: "Decide: who inherits the work",
		Lead: "Dana leaves.", Verbs: verbs, Why: "You are asked because you are the leaver's manager."}
}

// click has somebody click a button of a message.
func (w *world) click(name string, m slacksim.Message, verb desk.Verb) slacksim.Reply {
	w.t.Helper()
	reply, err := w.sim.Click(w.t.Context(), slacksim.Click{User: w.users[name], Channel: m.Channel, TS: m.TS, ActionID: actionPrefix + string(verb)})
	require.NoError(w.t, err)
	return reply
}

// view waits for a form to open.
func (w *world) view(name string) slacksim.View {
	w.t.Helper()
	var found slacksim.View
	w.eventually(func() bool {
		open := w.sim.Views(w.users[name])
		if len(open) > 0 {
			found = open[len(open)-1]
		}
		return len(open) > 0
	}, "no form opened")
	return found
}

func (w *world) eventually(is func() bool, what string) {
	w.t.Helper()
	require.Eventually(w.t, is, time.Minute, 20*time.Millisecond, what)
}

// hears waits until somebody was shown a text, for their eyes only or not.
func (w *world) hears(name, text string) {
	w.t.Helper()
	w.eventually(func() bool { return strings.Contains(w.all(name), text) }, name+" did not hear: "+text)
}

func (w *world) all(name string) string {
	var b strings.Builder
	for _, m := range append(w.sim.Ephemerals(w.users[name]), w.sim.Messages(w.users[name])...) {
		b.WriteString(m.Shown() + "\n")
	}
	return b.String()
}

func (w *world) events(kind domain.EventKind) []domain.AuditEvent {
	w.t.Helper()
	lines, err := w.st.Audit(w.t.Context(), store.AuditFilter{Kind: kind, Limit: 1000})
	require.NoError(w.t, err)
	var events []domain.AuditEvent
	for _, l := range lines {
		events = append(events, l.Entry.Event)
	}
	return events
}

func (w *world) refusedWhy() []string {
	var found []string
	for _, e := range w.events(domain.EventRefused) {
		if e.Facts["why"] != "" {
			found = append(found, e.Facts["why"])
		}
	}
	return found
}

// send posts a body to a hook with headers.
func (w *world) send(path string, header http.Header, body string) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.hooks.URL+path, strings.NewReader(body))
	require.NoError(w.t, err)
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer func() { _ = resp.Body.Close() }()
	said, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return resp.StatusCode, string(said)
}

// settled counts the clicks that were worked off.
func (w *world) settled() int {
	w.t.Helper()
	var n int
	require.NoError(w.t, w.pool.QueryRow(w.t.Context(), "SELECT count(*) FROM clicks WHERE done_at > 0").Scan(&n))
	return n
}
