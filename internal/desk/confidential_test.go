package desk_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/pgtest"
	"handover/internal/store"
	"handover/workflows"
)

const why = "took the price list along"

// secretRun is a confidential leaving of Amy, an administrator: Sec asked for
// it, Eli and Sid are named.
func secretRun(w *world) domain.Run {
	return w.start("sec", desk.OffboardRequest{Email: "amy@example.com", CutNow: true, Confidential: true, Reason: why,
		Readers: []string{"eli@example.com", "sid@example.com", "amy@example.com"}})
}

func TestAConfidentialRunIsKnownToThoseNamedOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.input(secretRun(w).ID)
	named := w.ids("sec", "eli", "sid")
	require.Equal(t, named, in.Tell)
	require.Equal(t, named, in.Admins)
	app := in.Apps[0]
	asked := []domain.PersonID{app.Owner, app.Backup, app.Second, app.Secrets[0].Owner}
	for _, p := range []domain.ApprovalPolicy{app.Approval, in.ConfirmCutNow} {
		require.NoError(t, p.Valid())
		for _, s := range p.Stages {
			asked = append(append(asked, s.Approvers...), s.Backup...)
			require.NotContains(t, s.Approvers, w.id("sec"), "whoever asked does not decide")
		}
	}
	for _, who := range asked {
		require.True(t, slices.Contains(named, who), "%s is not named in the run", who)
	}
	require.NotEqual(t, app.Owner, app.Second)
}

func TestAConfidentialRunNeedsSomebodyElseNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, readers := range [][]string{nil, {"sec@example.com"}, {"amy@example.com"}} {
		_, _, err := w.Offboard(t.Context(), w.as("sec"), desk.OffboardRequest{Email: "amy@example.com", CutNow: true, Confidential: true, Readers: readers})
		require.Equal(t, domain.RefusedReason, code(err))
		require.ErrorContains(t, err, "--reader")
	}
}

func TestNoListTellsOfAConfidentialRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := secretRun(w)
	w.request(run, "eli", "sid")
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Seats: []domain.SeatEntry{{Kind: "freed", App: "apollo", Person: run.Person,
		Account: "5f00", Run: run.ID, At: morning}}}))
	for who, n := range map[string]int{"sec": 1, "sid": 1, "ada": 0, "amy": 0, "aud": 0, "hana": 0} {
		a := w.as(who)
		runs, err := w.Runs(t.Context(), a, store.RunFilter{})
		require.NoError(t, err)
		require.Len(t, runs, n, who)
		approvals, err := w.Approvals(t.Context(), a, store.RequestFilter{}, true)
		require.NoError(t, err)
		require.Len(t, approvals, n, who)
		tasks, err := w.Tasks(t.Context(), a, store.RequestFilter{}, true)
		require.NoError(t, err)
		require.Len(t, tasks, n, who)
	}
	for who, seen := range map[string]bool{"sec": true, "ada": false, "amy": false, "aud": false} {
		lines, err := w.Audit(t.Context(), w.as(who), "amy@example.com", "", store.AuditFilter{Run: run.ID})
		require.NoError(t, err)
		require.Equal(t, seen, len(lines) > 0, who)
	}
	for _, who := range []string{"finn", "ada", "amy", "aud"} {
		reports, err := w.Seats(t.Context(), w.as(who))
		require.NoError(t, err)
		seats := reports[0].Ledger
		require.Len(t, seats, 1, "the seat is counted")
		require.Empty(t, string(seats[0].Person)+string(seats[0].Account)+seats[0].Run, "whose it was is not told to %s", who)
	}
	detail, err := w.RunDetail(t.Context(), w.as("eli"), run.ID)
	require.NoError(t, err, "whoever is named sees it without any role")
	require.Equal(t, run.ID, detail.Run.ID)
}

func TestStartingAConfidentialLeavingAgainTellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := secretRun(w)
	again, created, err := w.Offboard(t.Context(), w.as("ada"), leaving("amy"))
	require.Equal(t, domain.RefusedState, code(err))
	require.False(t, created)
	require.Empty(t, again)
	require.NotContains(t, err.Error(), "confidential")
	require.NotEmpty(t, w.events(store.AuditFilter{Run: run.ID, Kind: domain.EventRefused}), "those named learn that somebody tried")
	found, created, err := w.Offboard(t.Context(), w.as("sid"), desk.OffboardRequest{Email: "amy@example.com", CutNow: true})
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, run.ID, found.ID)
}

func TestNoReasonOfAConfidentialRunIsKept(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	w := newWorldOn(t, url)
	run := secretRun(w)
	approval, _ := w.request(run, "eli", "sid")
	w.tmp.answer = func(o client.UpdateWorkflowOptions) (any, error) {
		require.NotContains(t, string(rawOf(o)), why, "it does not even reach the workflow")
		return workflows.Answer{}, nil
	}
	_, err := w.Decide(t.Context(), w.as("eli"), approval, "", domain.Deny, why)
	require.NoError(t, err)
	_, err = w.CutNow(t.Context(), w.as("sec"), run.ID, why)
	require.NoError(t, err)
	_, err = w.Step(t.Context(), w.as("eli"), run.ID, desk.SkipStep, desk.StepRequest{App: "apollo", Step: domain.StepDeals, Reason: why})
	require.NoError(t, err)
	require.Len(t, w.tmp.delivered(), 3)
	for _, e := range w.events(store.AuditFilter{Run: run.ID}) {
		require.NotContains(t, e.Reason, why)
	}
	require.False(t, holds(t, url, why), "nowhere in the database")
	require.True(t, holds(t, url, "v1:d"), "which is read whole")
}
