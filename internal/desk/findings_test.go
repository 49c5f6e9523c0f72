package desk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// comparing plays the workers that compare apps.
type comparing struct {
	*cluster
	saw     []workflows.ReconciliationInput
	answers []workflows.ReconcileAnswer
}

type comparedRun struct {
	client.WorkflowRun
	answers []workflows.ReconcileAnswer
}

func (r comparedRun) Get(_ context.Context, out any) error { return copyJSON(r.answers, out) }

func (c *comparing) ExecuteWorkflow(ctx context.Context, o client.StartWorkflowOptions, name any, args ...any) (client.WorkflowRun, error) {
	if in, ok := args[0].(workflows.ReconciliationInput); ok {
		c.saw = append(c.saw, in)
		return comparedRun{answers: c.answers}, nil
	}
	return c.cluster.ExecuteWorkflow(ctx, o, name, args...)
}

// finds keeps findings as a reading does, each of an account of its own.
func (w *world) finds(kind domain.FindingKind, n int) []domain.Finding {
	w.t.Helper()
	var j domain.Judgement
	var seen []domain.SeenAccount
	for i := range n {
		id := domain.AccountID(fmt.Sprintf("a%02d", i))
		j.Found = append(j.Found, domain.NewFinding("apollo", kind, domain.SeverityHigh, id, "", "why", morning))
		seen = append(seen, domain.SeenAs("apollo", domain.Account{ID: id, Email: string(id) + "@example.com"}, "", morning))
	}
	_, err := w.st.SaveSeen(w.t.Context(), morning, seen, j, nil)
	require.NoError(w.t, err)
	return j.Found
}

// listsThem has the workers answer each account with its email.
func (w *world) listsThem() {
	w.Temporal = &naming{cluster: w.tmp}
}

// naming answers a preview with the account that was asked for.
type naming struct{ *cluster }

func (n *naming) ExecuteWorkflow(ctx context.Context, o client.StartWorkflowOptions, name any, args ...any) (client.WorkflowRun, error) {
	if in, ok := args[0].(workflows.PreviewInput); ok {
		id := in.Apps[0].Input.Account
		return previewRun{get: func() ([]workflows.PreviewAnswer, error) {
			return []workflows.PreviewAnswer{{App: "apollo", Result: workflows.PreviewResult{Found: true, Complete: true, Account: id, Email: string(id) + "@example.com", Name: "N"}}}, nil
		}}, nil
	}
	return n.cluster.ExecuteWorkflow(ctx, o, name, args...)
}

func TestWhoMaySeeFindingsAndDecideAboutThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.finds(domain.FoundUnknownToHR, 1)[0]
	until := morning.AddDate(0, 1, 0)
	for who, want := range map[string][3]string{"ada": {"", "", ""}, "sec": {"", "", domain.RefusedRight}, "aud": {"", domain.RefusedRight, domain.RefusedRight},
		"hana": {domain.RefusedRight, domain.RefusedRight, domain.RefusedRight}, "eli": {domain.RefusedRight, domain.RefusedRight, domain.RefusedRight}} {
		_, err := w.Findings(t.Context(), w.as(who), desk.FindingQuery{})
		require.Equal(t, want[0], code(err), who)
		_, err = w.Except(t.Context(), w.as(who), "none", until, "a good reason")
		if want[1] == "" {
			want[1] = "missing"
		}
		require.Equal(t, want[1], code(err), who)
		_, err = w.Fix(t.Context(), w.as(who), desk.FixRequest{ID: "none"})
		if want[2] == "" {
			want[2] = "missing"
		}
		require.Equal(t, want[2], code(err), who)
		if want[2] == domain.RefusedRight {
			require.NotEmpty(t, w.refusals(who), who)
		}
	}
	views, err := w.Findings(t.Context(), w.as("aud"), desk.FindingQuery{})
	require.NoError(t, err)
	require.Equal(t, []string{f.ID, "a00@example.com"}, []string{views[0].ID, views[0].Email})
	readings, err := w.Readings(t.Context(), w.as("aud"))
	require.NoError(t, err)
	require.Contains(t, readings[0].Why, "not compared yet")
}

func TestAnExceptionNeedsTwoPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.finds(domain.FoundUnknownToHR, 1)[0]
	until := morning.AddDate(0, 1, 0)
	_, err := w.DecideException(t.Context(), w.as("sec"), f.ID, true)
	require.Equal(t, domain.RefusedState, code(err), "nothing waits")
	_, err = w.Except(t.Context(), w.as("ada"), f.ID, until, "short")
	require.Equal(t, domain.RefusedReason, code(err))
	_, err = w.Except(t.Context(), w.as("ada"), f.ID, until, "the agency's own account")
	require.NoError(t, err)
	_, err = w.Except(t.Context(), w.as("sec"), f.ID, until, "the agency's own account")
	require.Equal(t, domain.RefusedState, code(err), "one wish at a time")
	_, err = w.DecideException(t.Context(), w.as("ada"), f.ID, true)
	require.Equal(t, domain.RefusedSelf, code(err))
	require.Len(t, w.refusals("ada"), 2)
	acting := w.as("sec")
	acting.ActingFor = w.id("ada")
	_, err = w.DecideException(t.Context(), acting, f.ID, true)
	require.Equal(t, domain.RefusedSelf, code(err), "nor does whoever acts for them")
	x, err := w.DecideException(t.Context(), w.as("sec"), f.ID, true)
	require.NoError(t, err)
	require.Equal(t, w.id("sec"), x.DecidedBy)
	views, err := w.Findings(t.Context(), w.as("aud"), desk.FindingQuery{State: domain.FindingExcepted})
	require.NoError(t, err)
	require.Equal(t, "the agency's own account", views[0].Excuse.Reason)
	kinds := map[domain.EventKind]domain.PersonID{}
	for _, e := range w.events(store.AuditFilter{App: "apollo"}) {
		kinds[e.Kind] = e.Actor
	}
	require.Equal(t, map[domain.EventKind]domain.PersonID{domain.EventExceptionAsked: w.id("ada"), domain.EventExceptionAgreed: w.id("sec")}, kinds)
	register, err := w.Exceptions(t.Context(), w.as("aud"), 10)
	require.NoError(t, err)
	require.Len(t, register, 1)
}

// Nobody decides about what is found of themselves.
func TestNobodyLetsThemselvesBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := domain.NewFinding("apollo", domain.FoundUnexplainedRole, domain.SeverityHigh, "a1", w.id("ada"), "why", morning)
	_, err := w.st.SaveSeen(t.Context(), morning, nil, domain.Judgement{Found: []domain.Finding{f}}, nil)
	require.NoError(t, err)
	_, err = w.Except(t.Context(), w.as("ada"), f.ID, morning.AddDate(0, 1, 0), "I need it for a while")
	require.Equal(t, domain.RefusedSelf, code(err))
	_, err = w.Except(t.Context(), w.as("amy"), f.ID, morning.AddDate(0, 1, 0), "she needs it for a while")
	require.NoError(t, err)
	_, err = w.DecideException(t.Context(), w.as("ada"), f.ID, true)
	require.Equal(t, domain.RefusedSelf, code(err))
}

// In bulk a few go first. The rest is started only when their cut-offs are verified,
// a few at a time, and not while one of them needs somebody.
func TestFixingInBulkGoesBehindACanary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listsThem()
	two := 2
	w.policy.Reconcile = domain.ReconcilePolicy{Canary: &two, AtOnce: &two}
	w.finds(domain.FoundLeftButActive, 6)
	fix := func() desk.FixReport {
		t.Helper()
		r, err := w.Fix(t.Context(), w.as("ada"), desk.FixRequest{App: "apollo", Kind: domain.FoundLeftButActive})
		require.NoError(t, err)
		return r
	}
	first := fix()
	require.Len(t, first.Started, 2)
	require.Equal(t, 4, first.Open)
	require.Contains(t, first.Why, "first 2")
	run, err := w.st.Run(t.Context(), first.Started[0].Run)
	require.NoError(t, err)
	require.Equal(t, []any{w.id("ada"), domain.AuthorityPerson, []domain.AppID{"apollo"}}, []any{run.Requester, run.Authority, run.Apps})
	started, err := w.st.Finding(t.Context(), first.Started[0].Finding)
	require.NoError(t, err)
	link, err := w.st.AccountLink(t.Context(), "apollo", run.Person)
	require.NoError(t, err)
	require.Equal(t, started.Account, link, "the run takes this very account")
	again := fix()
	require.Empty(t, again.Started, "the first ones are not verified")
	require.Contains(t, again.Why, "first 2")

	cut := func(run string, state domain.StepState) {
		step := domain.StepRecord{Run: run, App: "apollo", Key: domain.StepDeactivate, State: state, StartedAt: morning, SettledAt: morning}
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run, Steps: []domain.StepRecord{step}}))
	}
	cut(first.Started[0].Run, domain.StepVerified)
	require.Empty(t, fix().Started, "one of two")
	cut(first.Started[1].Run, domain.StepNeedsAttention)
	stuck := fix()
	require.Empty(t, stuck.Started)
	require.Contains(t, stuck.Why, "needs attention")
	cut(first.Started[1].Run, domain.StepVerified)
	rest := fix()
	require.Len(t, rest.Started, 2, "at most two are open at the same time")
	require.Contains(t, rest.Why, "at most 2")
	require.Empty(t, fix().Started)
	for _, f := range rest.Started {
		cut(f.Run, domain.StepAttested)
	}
	last := fix()
	require.Len(t, last.Started, 2)
	require.Zero(t, last.Open)
	require.Empty(t, last.Why)
	views, err := w.Findings(t.Context(), w.as("aud"), desk.FindingQuery{State: domain.FindingFixing})
	require.NoError(t, err)
	require.Len(t, views, 6)
	require.Len(t, w.events(store.AuditFilter{Kind: domain.EventFixStarted}), 6)
}

func TestWhatNoLeavingFixesIsRefusedWithItsCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.finds(domain.FoundStaleInvite, 1)[0]
	_, err := w.Fix(t.Context(), w.as("ada"), desk.FixRequest{ID: f.ID})
	require.Equal(t, domain.RefusedState, code(err))
	require.ErrorContains(t, err, "handover invites")
	_, err = w.Fix(t.Context(), w.as("ada"), desk.FixRequest{App: "apollo", Kind: domain.FoundUnknownToHR})
	require.Equal(t, domain.RefusedState, code(err), "strangers are looked at one by one")
	_, err = w.Fix(t.Context(), w.as("ada"), desk.FixRequest{App: "other", Kind: domain.FoundLeftButActive})
	require.Equal(t, domain.RefusedUnknown, code(err))
	require.Len(t, w.refusals("ada"), 3)

	w.listsThem()
	leaver := w.finds(domain.FoundLeftButActive, 1)[0]
	r, err := w.Fix(t.Context(), w.as("ada"), desk.FixRequest{ID: leaver.ID})
	require.NoError(t, err)
	require.Len(t, r.Started, 1)
}

// What workers are asked holds ids and rules, and nobody's name.
func TestReconcileAsksTheWorkers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.Apps["vault"] = &domain.AppPolicy{Kind: domain.KindManual, Queue: "apps", Owner: "ada@example.com"}
	w.policy.Apps["space"] = &domain.AppPolicy{Kind: domain.KindApolloSpace, Queue: "apps", Owner: "ada@example.com"}
	ask := &comparing{cluster: w.tmp, answers: []workflows.ReconcileAnswer{{App: "apollo"}, {App: "space", Fault: "unavailable", Text: "no answer"}}}
	w.Temporal = ask
	answers, err := w.Reconcile(t.Context(), w.as("sec"), nil)
	require.NoError(t, err)
	require.Equal(t, ask.answers, answers)
	require.Len(t, ask.saw[0].Apps, 2, "what is done by hand shows nothing")
	apollo, space := ask.saw[0].Apps[0].Input, ask.saw[0].Apps[1].Input
	require.Equal(t, []any{domain.AppID("apollo"), w.id("ada"), 25, false, 12}, []any{apollo.App, apollo.Owner, apollo.Records, apollo.Uploads, apollo.Contract.Bought})
	require.Contains(t, apollo.Named, w.id("bo"))
	require.True(t, space.Uploads)
	raw := fmt.Sprintf("%+v", ask.saw[0])
	require.NotContains(t, raw, "@")
	_, err = w.Reconcile(t.Context(), w.as("aud"), nil)
	require.Equal(t, domain.RefusedRight, code(err))
	_, err = w.Reconcile(t.Context(), w.as("ada"), []domain.AppID{"other"})
	require.Equal(t, domain.RefusedUnknown, code(err))
	_, err = w.Reconcile(t.Context(), w.as("ada"), []domain.AppID{"vault"})
	require.Equal(t, domain.RefusedState, code(err))
	require.WithinDuration(t, morning, w.now(), time.Minute)
}

// An app may go on showing an email that somebody had before. The leaving is of the
// person whom the finding is about, and nobody is made up.
func TestAFindingUnderAnOldEmailIsFixedForItsPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listsThem()
	p, err := w.st.UpsertPerson(t.Context(), "a00@example.com", "Ann")
	require.NoError(t, err)
	_, err = w.st.LearnPerson(t.Context(), p.ID, "ann.new@example.com", "Ann", domain.PersonFacts{}, morning)
	require.NoError(t, err)
	f := domain.NewFinding("apollo", domain.FoundLeftButActive, domain.SeverityHigh, "a00", p.ID, "why", morning)
	_, err = w.st.SaveSeen(t.Context(), morning, []domain.SeenAccount{domain.SeenAs("apollo", domain.Account{ID: "a00", Email: "a00@example.com"}, p.ID, morning)},
		domain.Judgement{Found: []domain.Finding{f}}, nil)
	require.NoError(t, err)
	r, err := w.Fix(t.Context(), w.as("ada"), desk.FixRequest{ID: f.ID})
	require.NoError(t, err)
	run, err := w.st.Run(t.Context(), r.Started[0].Run)
	require.NoError(t, err)
	require.Equal(t, p.ID, run.Person)
	_, err = w.st.PersonByEmail(t.Context(), "a00@example.com")
	require.ErrorIs(t, err, domain.ErrNotFound, "nobody was made up")
	// Without a finding too: the account id finds its person.
	_, created, err := w.Offboard(t.Context(), w.as("ada"), desk.OffboardRequest{Account: "a00", Apps: []domain.AppID{"apollo"}, Now: true})
	require.NoError(t, err)
	require.False(t, created)
	// Somebody else has that email now: nobody can tell whose account it is.
	_, err = w.st.UpsertPerson(t.Context(), "a00@example.com", "Abe")
	require.NoError(t, err)
	_, _, err = w.Offboard(t.Context(), w.as("ada"), desk.OffboardRequest{Account: "a00", Apps: []domain.AppID{"apollo"}, Now: true})
	require.Equal(t, domain.RefusedState, code(err))
	require.ErrorContains(t, err, "somebody else's email")
}
