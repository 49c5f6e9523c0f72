package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
)

// Somebody is given an app by one run: two would invite them twice, and ask for two
// seats.
func TestOnePersonJoinsAnAppOnce(t *testing.T) {
	t.Parallel()
	t.Run("by right, and by hand after it", func(t *testing.T) {
		t.Parallel()
		w := newBirthright(t)
		w.hears(hire("h1"))
		byRight := w.joinings()
		require.Len(t, byRight, 1)
		run, created, err := w.Onboard(t.Context(), w.as("ada"), joins())
		require.NoError(t, err)
		require.False(t, created)
		require.Equal(t, byRight[0].ID, run.ID)
		require.Len(t, w.joinings(), 1)
		_, _, err = w.Onboard(t.Context(), w.as("ada"), joins(func(r *desk.OnboardRequest) { r.Until = "2027-03-31" }))
		require.Equal(t, domain.RefusedSettled, code(err), "what is asked for is not what is under way")
		require.ErrorContains(t, err, run.ID)
	})
	t.Run("by hand, and by right after it", func(t *testing.T) {
		t.Parallel()
		w := newBirthright(t)
		run, _, err := w.Onboard(t.Context(), w.as("ada"), joins())
		require.NoError(t, err)
		w.hears(hire("h1"))
		all := w.joinings()
		require.Len(t, all, 1)
		require.Equal(t, run.ID, all[0].ID)
	})
}

// A later request is not swallowed by an older one that wants something else.
func TestAnotherRequestIsNotSwallowed(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	_, err := w.st.UpsertPerson(t.Context(), "new@example.com", "New")
	require.NoError(t, err)
	rep := desk.RoleRequest{Email: "new@example.com", App: "apollo", Role: "Rep"}
	first, created, err := w.ChangeRole(t.Context(), w.as("ada"), rep)
	require.NoError(t, err)
	require.True(t, created)
	again, created, err := w.ChangeRole(t.Context(), w.as("ada"), rep)
	require.NoError(t, err)
	require.Equal(t, []any{first.ID, false}, []any{again.ID, created})
	for _, req := range []desk.RoleRequest{{Role: "Admin"}, {Role: "Admin", Emergency: true, Reason: "the only admin is ill"}, {Role: "Rep", Emergency: true, Reason: "now"}} {
		req.Email, req.App = rep.Email, rep.App
		who := map[bool]string{true: "sec", false: "ada"}[req.Emergency]
		_, _, err := w.ChangeRole(t.Context(), w.as(who), req)
		require.Equal(t, domain.RefusedSettled, code(err))
		require.ErrorContains(t, err, "handover runs retract "+first.ID)
	}
	require.Len(t, w.refusals("sec"), 2)
}

// Whoever reads a request about somebody who joins is not told of a leaver.
func TestCardsOfJoiningSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	run, _, err := w.Onboard(t.Context(), w.as("ada"), joins())
	require.NoError(t, err)
	role, _, err := w.ChangeRole(t.Context(), w.as("ada"), desk.RoleRequest{Email: "dana@example.com", App: "apollo", Role: "Rep"})
	require.NoError(t, err)
	eli, err := w.st.Person(t.Context(), w.id("eli"))
	require.NoError(t, err)
	for scope, want := range map[domain.ApprovalScope]struct {
		run          domain.Run
		title, about string
		approved     string
	}{
		domain.ApproveJoin:     {run, "Decide: access for somebody who joins", "Who joins", "Access is given"},
		domain.ApproveRole:     {role, "Decide: another role", "Whose role", "The role is changed"},
		domain.ApprovePromoted: {role, "Decide: a promotion in an emergency", "Whose role", "stands for the promotion"},
	} {
		plan := domain.Plan{Run: want.run.ID, App: "apollo", Version: 1, Join: &domain.JoinTerms{Role: "pr-rep", RoleName: "Rep", Seat: domain.SeatFree}}
		a := domain.Approval{ID: want.run.ID + ":apollo:" + string(scope), Run: want.run.ID, App: "apollo", Scope: scope, Digest: plan.Digest(), Subject: want.run.Person, Requester: w.id("ada"),
			State: domain.ApprovalOpen, OpenedAt: w.now(), Policy: domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: "owner", Quorum: 1,
				Approvers: []domain.PersonID{w.id("eli")}, Refs: map[domain.PersonID]string{w.id("eli"): "manager"}}}}}
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: want.run.ID, Plan: &plan, Approvals: []domain.Approval{a}}))
		card, err := w.CardFor(t.Context(), eli, a.ID)
		require.NoError(t, err)
		require.Equal(t, want.title, card.Title)
		require.Equal(t, want.about, card.Facts[0].Label)
		require.Contains(t, card.Why, "the person's manager")
		require.Equal(t, []desk.Verb{desk.VerbApprove, desk.VerbDeny, desk.VerbPlan}, card.Verbs, "nothing is inherited")
		_, err = w.ChooseHeirs(t.Context(), w.as("eli"), a.ID, map[domain.RecordKind]string{"": "hana@example.com"}, "")
		require.Equal(t, domain.RefusedState, code(err))
		a.State, a.Decisions = domain.ApprovalApproved, []domain.Decision{{Actor: w.id("eli"), Verdict: domain.Approve, At: w.now()}}
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: want.run.ID, Approvals: []domain.Approval{a}}))
		card, err = w.CardFor(t.Context(), eli, a.ID)
		require.NoError(t, err)
		require.Contains(t, card.Outcome[len(card.Outcome)-1], want.approved)
	}
}

// The last day that people approve is the one that was asked for, wherever the
// company is.
func TestTheLastDayIsReadWhereTheCompanyIs(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"America/New_York", "Pacific/Auckland"} {
		w := newJoining(t)
		w.policy.Company.TimeZone = zone
		run, _, err := w.Onboard(t.Context(), w.as("ada"), joins(func(r *desk.OnboardRequest) { r.Until = "2027-03-31" }))
		require.NoError(t, err)
		require.Equal(t, "2027-03-31", w.joinOf(run.ID).Until.Format("2006-01-02"), zone)
	}
}
