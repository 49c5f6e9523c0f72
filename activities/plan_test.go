package activities_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/pgtest"
	sim "handover/internal/sim/apollo"
	"handover/internal/store"
)

func (w *world) proposeInput(heir domain.PersonID) activities.ProposeInput {
	approval := domain.Approval{ID: w.run.ID + ":a1", Run: w.run.ID, App: app, Scope: domain.ApproveHandover, State: domain.ApprovalOpen,
		Policy: domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Approvers: []domain.PersonID{"p-approver"}, Quorum: 1}}}}
	return activities.ProposeInput{StepRef: w.ref(""), Kind: domain.KindApolloIO, Version: 1, Approval: approval, Heirs: map[domain.RecordKind]domain.PersonID{"": heir},
		Scopes: openScopes, Drift: domain.DefaultDrift, Order: domain.OrderGuide, Emails: domain.EmailsSend, PolicyHash: "hash"}
}

func (w *world) propose(in activities.ProposeInput) activities.ProposeResult {
	w.t.Helper()
	r, err := w.ProposePlan(w.t.Context(), in)
	require.NoError(w.t, err)
	return r
}

func TestPlanThatCanBeApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.snapshot(w.snapshotInput())
	heir, colleague := w.person(eli), w.person(aiko)
	in := w.proposeInput(heir.ID)
	in.Heirs[domain.Deals] = colleague.ID
	r := w.propose(in)
	require.Empty(t, r.Problem)
	require.Len(t, r.Rules, 5)
	for _, rule := range r.Rules {
		want := domain.PlanRule{Kind: rule.Kind, Scope: domain.ScopeOpen, Count: danasCounts[rule.Kind], Ceiling: danasCounts[rule.Kind] + 10,
			Successor: w.id(eli), Heir: heir.ID}
		if rule.Kind == domain.Deals {
			want.Successor, want.Heir = w.id(aiko), colleague.ID
		}
		require.Equal(t, want, rule)
	}
	boxes, err := w.apollo.ListMailboxes(t.Context(), w.id(eli))
	require.NoError(t, err)
	require.Equal(t, boxes.Mailboxes[0].ID, r.ForwardTo)
	plan, err := w.store.Plan(t.Context(), w.run.ID, app, r.Digest)
	require.NoError(t, err)
	require.Equal(t, r.Digest, plan.Digest())
	require.Equal(t, domain.StepPlanned, w.step(domain.StepContacts).State)

	again := w.propose(in)
	require.Equal(t, r, again, "the same world has the same digest")
	require.Len(t, w.events(domain.EventPlanProposed), 1)
	in.Version, in.Counts = 2, map[domain.RecordKind]int{domain.Contacts: 30}
	larger := w.propose(in)
	require.NotEqual(t, r.Digest, larger.Digest)
	require.Len(t, w.events(domain.EventPlanProposed), 2)
	require.Empty(t, w.sim.Effects())
}

// The general heir gets the mailbox also where all records go to others.
func TestGeneralHeirWithoutRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.snapshot(w.snapshotInput())
	in := w.proposeInput(w.person(eli).ID)
	for kind := range danasCounts {
		in.Heirs[kind] = w.person(aiko).ID
	}
	r := w.propose(in)
	require.Empty(t, r.Problem)
	require.NotEmpty(t, r.ForwardTo)
	require.Equal(t, w.id(eli), r.Accounts[w.person(eli).ID])

	in.Version, in.Heirs[""] = 2, w.person("stranger@example.com").ID
	r = w.propose(in)
	require.Empty(t, r.Problem, "who gets nothing need not fit")
	require.Empty(t, r.ForwardTo)
}

func TestHeirsThatDoNotFit(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, c := range map[string]struct {
		heir   func(w *world) domain.PersonID
		option option
		why    string
	}{
		"nobody":       {func(*world) domain.PersonID { return "" }, nil, "nobody is named to inherit"},
		"the leaver":   {func(w *world) domain.PersonID { return w.run.Person }, nil, "the successor is the leaver"},
		"no user":      {func(w *world) domain.PersonID { return w.person("stranger@example.com").ID }, nil, "has no user in apollo"},
		"leaving too":  {func(w *world) domain.PersonID { return w.leaving(sam).Person }, nil, "the successor is leaving too"},
		"billing seat": {func(w *world) domain.PersonID { return w.person("finn.walsh@example.com").ID }, nil, "seat cannot work records"},
		"has left": {func(w *world) domain.PersonID {
			p := w.person(priya)
			require.NoError(w.t, w.store.SetPersonState(w.t.Context(), p.ID, domain.PersonLeft))
			return p.ID
		}, nil, "the successor is leaving too"},
		"deactivated": {func(w *world) domain.PersonID { return w.person(aiko).ID },
			team(func(s *sim.TenantSpec) { s.Users[5].Deleted = true }), "is deactivated"},
		"unknown profile": {func(w *world) domain.PersonID { return w.person(eli).ID },
			func(s *settings) { delete(s.apollo.Profiles, sim.ProfileStandard) }, "map profile id " + sim.ProfileStandard},
	} {
		options := []option{}
		if c.option != nil {
			options = append(options, c.option)
		}
		w := newWorldIn(t, s, options...)
		w.snapshot(w.snapshotInput())
		r := w.propose(w.proposeInput(c.heir(w)))
		require.Contains(t, r.Problem, c.why, name)
		require.Empty(t, r.Digest, "nobody can approve it: %s", name)
		a, err := s.Approval(t.Context(), w.run.ID+":a1")
		require.NoError(t, err, name)
		require.Equal(t, []string{"", r.Problem}, []string{a.Digest, a.Why}, name)
	}
}

func TestGuardsThatThePlanForesees(t *testing.T) {
	t.Parallel()
	w := newWorld(t, team(func(s *sim.TenantSpec) { s.Users[1].Deleted = true })).of(priya)
	w.snapshot(w.snapshotInput())
	in := w.proposeInput(w.person(eli).ID)
	in.KeyOwner, in.Protected, in.LegalHold = w.run.Person, true, true
	r := w.propose(in)
	plan, err := w.store.Plan(t.Context(), w.run.ID, app, r.Digest)
	require.NoError(t, err)
	require.Equal(t, []string{"sole_admin shut", "acting_user warn", "acting_user shut", "protected shut", "legal_hold warn"}, stances(plan))

	preview, err := w.PreviewLeaving(t.Context(), activities.PreviewInput{App: app, Kind: domain.KindApolloIO, Email: priya, KeyOwned: true, Protect: true, Hold: true})
	require.NoError(t, err)
	require.Equal(t, stances(plan), stances(preview.Plan), "a preview foresees the same")
}

func stances(p domain.Plan) []string {
	var out []string
	for _, g := range p.Guards {
		out = append(out, string(g.Guard)+" "+string(g.State))
	}
	return out
}

// rowCounts counts the rows of every table.
func rowCounts(t *testing.T, dsn string) map[string]int {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(ctx)) }()
	rows, err := conn.Query(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	counts := map[string]int{}
	for _, name := range names {
		n := 0
		require.NoError(t, conn.QueryRow(ctx, "SELECT COUNT(*) FROM "+pgx.Identifier{name}.Sanitize()).Scan(&n))
		counts[name] = n
	}
	return counts
}

func TestPreviewWritesNothing(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Database(t)
	s, err := store.OpenPostgres(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	w := newWorldIn(t, s)
	before := rowCounts(t, dsn)
	require.NotEmpty(t, before)
	in := activities.PreviewInput{App: app, Kind: domain.KindApolloIO, Email: dana, Heirs: map[domain.RecordKind]string{"": eli}, Scopes: openScopes, Drift: domain.DefaultDrift}
	r, err := w.PreviewLeaving(t.Context(), in)
	require.NoError(t, err)
	require.True(t, r.Found && r.Complete)
	require.Empty(t, r.Problem)
	require.Len(t, r.Plan.Rules, 5)
	require.Equal(t, w.id(eli), r.Plan.Rules[0].Successor)
	require.Equal(t, 2, r.Owned["lists"])

	in.Heirs = map[domain.RecordKind]string{domain.Deals: dana, domain.Tasks: "stranger@example.com"}
	for range 5 {
		r, err = w.PreviewLeaving(t.Context(), in)
		require.NoError(t, err)
		require.Contains(t, r.Problem, "the successor is the leaver", "the same sentence each time")
	}
	in.Email = "stranger@example.com"
	r, err = w.PreviewLeaving(t.Context(), in)
	require.NoError(t, err)
	require.False(t, r.Found)
	require.True(t, r.Complete)
	require.Equal(t, before, rowCounts(t, dsn))
	require.Empty(t, w.sim.Effects())
}
