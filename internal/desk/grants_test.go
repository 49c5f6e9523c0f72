package desk_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// given is access until the end of a day, by a run that has ended.
func (w *world) given(day string) domain.Run {
	w.t.Helper()
	run, created, err := w.Onboard(w.t.Context(), w.as("ada"), joins(func(r *desk.OnboardRequest) { r.Until = day }))
	require.NoError(w.t, err)
	require.True(w.t, created)
	g := domain.Grant{Run: run.ID, App: "apollo", Person: run.Person, Role: "pr-rep", At: w.now(), Until: w.joinOf(run.ID).Until}
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: run.ID, Grants: []domain.Grant{g}, RunState: domain.RunClosed}))
	return run
}

// ends are the leavings from the app, each with its last moment.
func (w *world) ends() map[string]string {
	w.t.Helper()
	ends := map[string]string{}
	runs, err := w.st.ListRuns(w.t.Context(), store.RunFilter{Kind: domain.RunOffboarding})
	require.NoError(w.t, err)
	for _, r := range runs {
		ends[r.ID] = r.LastMoment.Local[:10]
	}
	return ends
}

func (w *world) endsDue(rounds int) {
	w.t.Helper()
	for range rounds {
		require.NoError(w.t, w.EndDue(w.t.Context()))
		w.Deliveries(w.t.Context())
	}
}

func (w *world) arranged() {
	w.t.Helper()
	left, err := w.st.Grants(w.t.Context())
	require.NoError(w.t, err)
	require.Empty(w.t, left)
}

// Access that was prolonged ends at the later date, once: the leaving that stood for
// the earlier one is moved, also where Temporal is away meanwhile.
func TestProlongedAccessEndsLater(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	w.given("2027-01-31")
	w.endsDue(2)
	require.Len(t, w.ends(), 1)
	w.given("2027-06-30")
	w.tmp.set(true)
	w.endsDue(2)
	left, err := w.st.Grants(t.Context())
	require.NoError(t, err)
	require.Len(t, left, 1, "nobody knows yet whether the leaving was moved")
	w.tmp.set(false)
	w.later(time.Hour)
	w.endsDue(3)
	w.arranged()
	require.Len(t, w.ends(), 1)
	for run, day := range w.ends() {
		require.Equal(t, "2027-06-30", day)
		sent := w.tmp.delivered()
		require.Len(t, sent, 1)
		require.Equal(t, []string{run, workflows.UpdateReschedule}, []string{sent[0].WorkflowID, sent[0].UpdateName})
		var in workflows.MomentRequest
		require.NoError(t, json.Unmarshal(rawOf(sent[0]), &in))
		require.Equal(t, []any{"2027-06-30T21:59:00Z", domain.SystemActor}, []any{in.Due.UTC().Format(time.RFC3339), in.Person})
		require.Len(t, w.events(store.AuditFilter{Run: run, Kind: domain.EventRunRescheduled}), 1)
	}
	w.given("2027-03-31") // shorter: it was given for longer before
	w.endsDue(2)
	w.arranged()
	require.Len(t, w.tmp.delivered(), 1)
	require.Len(t, w.ends(), 1)
}

// Of several that were given before anything was arranged only the last one counts.
func TestOnlyTheLongestAccessEnds(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	w.given("2027-01-31")
	w.given("2027-06-30")
	w.given("2027-03-31")
	w.endsDue(2)
	w.arranged()
	require.Empty(t, w.tmp.delivered())
	for _, day := range w.ends() {
		require.Equal(t, "2027-06-30", day)
	}
	require.Len(t, w.ends(), 1)
	for run := range w.ends() { // people took the leaving back, or it is over: what is given then has its own end
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run, RunState: domain.RunRetracted}))
	}
	w.given("2027-04-30")
	w.endsDue(2)
	w.arranged()
	require.Len(t, w.ends(), 2)
}

// Where access is cut already, what is given afterwards has a leaving of its own once
// the one before has ended.
func TestAccessThatIsGivenAnewAfterTheCut(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	w.given("2027-01-31")
	w.endsDue(1)
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
		return nil, temporal.NewNonRetryableApplicationError("access is cut already", domain.RefusedState, nil)
	}
	w.given("2027-06-30")
	w.endsDue(3)
	require.Len(t, w.tmp.delivered(), 1, "asked once")
	for run, day := range w.ends() {
		require.Equal(t, "2027-01-31", day)
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run, RunState: domain.RunClosed}))
	}
	w.endsDue(2)
	w.arranged()
	require.Len(t, w.ends(), 2)
	require.Contains(t, w.ends(), "offboarding:"+w.employment(store.MadeUpKey(w.id("new"))).ID+":2")
}

// A leaving from the app that a person asked for stays where they put it.
func TestALeavingThatAPersonAskedForIsNotMoved(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	run := w.given("2027-06-30")
	theirs, created, err := w.st.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: run.Person, Employment: run.Employment, Apps: []domain.AppID{"apollo"},
		Authority: domain.AuthorityPerson, Requester: w.id("ada"), LastMoment: domain.LastMoment{Local: "2027-02-28T18:00:00", Zone: "Europe/Berlin"}},
		func(domain.Run) (store.RunStart, error) { return store.RunStart{}, nil })
	require.NoError(t, err)
	require.True(t, created)
	w.endsDue(2)
	w.arranged()
	require.Empty(t, w.tmp.delivered())
	require.Equal(t, map[string]string{theirs.ID: "2027-02-28"}, w.ends())
}
