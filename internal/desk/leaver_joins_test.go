package desk_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// retracted are the runs that were told to end, in the order of their names.
func (w *world) retracted() []string {
	w.t.Helper()
	var runs []string
	for _, u := range w.tmp.delivered() {
		var in workflows.ReasonRequest
		require.NoError(w.t, json.Unmarshal(rawOf(u), &in))
		require.Equal(w.t, []any{workflows.UpdateRetract, domain.SystemActor}, []any{u.UpdateName, in.Person})
		runs = append(runs, u.WorkflowID)
	}
	slices.Sort(runs)
	return runs
}

// When HR says that somebody leaves, nothing is given to them any more, but for what
// another hire gives; it is said once, also after a crash, and of nobody else.
func TestALeavingEndsWhatWouldGiveMore(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	w.hears(said("s", domain.HRStarting, 0, func(e *domain.HREvent) { e.Starts = "2020-01-01" }))
	join, _, err := w.Onboard(t.Context(), w.as("ada"), joins(func(r *desk.OnboardRequest) { r.Email = "dana@example.com" }))
	require.NoError(t, err)
	change, _, err := w.ChangeRole(t.Context(), w.as("ada"), desk.RoleRequest{Email: "dana@example.com", App: "apollo", Role: "Admin"})
	require.NoError(t, err)
	_, _, err = w.ChangeRole(t.Context(), w.as("ada"), desk.RoleRequest{Email: "gil@example.com", App: "apollo", Role: "Admin"})
	require.NoError(t, err)
	hire, err := w.st.UpsertEmployment(t.Context(), "emp-2", domain.Employment{Person: join.Person, Starts: morning})
	require.NoError(t, err)
	_, _, err = w.st.CreateRun(t.Context(), domain.Run{Kind: domain.RunOnboarding, Person: join.Person, Employment: hire.ID, AllApps: true, Authority: domain.AuthorityHR},
		func(domain.Run) (store.RunStart, error) { return store.RunStart{}, nil })
	require.NoError(t, err)
	w.hears(said("secret", domain.HREnding, 1, func(e *domain.HREvent) { e.Employment, e.Confidential = "emp-3", true }))
	require.Empty(t, w.retracted(), "of a confidential leaving nobody hears")

	_, err = w.ReceiveHR(t.Context(), said("e", domain.HREnding, 2, func(e *domain.HREvent) { e.Employment = "emp-4" }))
	require.NoError(t, err)
	w.Crash = func(point string) {
		if point == "run-written-not-started" {
			panic(point)
		}
	}
	require.Panics(t, func() { w.HRDue(t.Context()) })
	w.Crash = nil
	w.ticks.Add(3_600_000)
	w.HRDue(t.Context())
	w.Deliveries(t.Context())
	want := []string{join.ID, change.ID}
	slices.Sort(want)
	require.Equal(t, want, w.retracted())
}

// A leaving that a person asks for may be denied yet: it ends no joining.
func TestALeavingThatIsOnlyAskedForEndsNoJoining(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	w.found("dana")
	var runs []string
	for _, who := range []string{"dana", "gil"} {
		run, _, err := w.Onboard(t.Context(), w.as("ada"), joins(func(r *desk.OnboardRequest) { r.Email = who + "@example.com" }))
		require.NoError(t, err)
		runs = append(runs, run.ID)
	}
	w.start("ada", leaving("dana"))
	require.Empty(t, w.retracted())
	w.start("sec", desk.OffboardRequest{Email: "gil@example.com", CutNow: true, Reason: "a breach"})
	require.Equal(t, runs[1:], w.retracted(), "a security termination asks nobody first")
}
