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
	theirs := w.theirs(run, "2027-02-28")
	w.endsDue(2)
	w.arranged()
	require.Empty(t, w.tmp.delivered())
	require.Equal(t, map[string]string{theirs.ID: "2027-02-28"}, w.ends())
}

// theirs is a leaving from the app that a person asked for.
func (w *world) theirs(run domain.Run, day string) domain.Run {
	w.t.Helper()
	theirs, created, err := w.st.CreateRun(w.t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: run.Person, Employment: run.Employment, Apps: []domain.AppID{"apollo"},
		Authority: domain.AuthorityPerson, Requester: w.id("ada"), LastMoment: domain.LastMoment{Local: day + "T18:00:00", Zone: "Europe/Berlin"}},
		func(domain.Run) (store.RunStart, error) { return store.RunStart{}, nil })
	require.NoError(w.t, err)
	require.True(w.t, created)
	return theirs
}

// A person's leaving stands for the end of access only as long as it may cut it, or
// did: one that came to nothing leaves the end to be arranged.
func TestALeavingThatCameToNothingEndsNothing(t *testing.T) {
	t.Parallel()
	cut := func(state domain.StepState) []domain.StepRecord {
		return []domain.StepRecord{{App: "apollo", Key: domain.StepDeactivate, Order: 1, Title: "Cut off", Phase: domain.PhaseCutOff, State: state}}
	}
	for name, c := range map[string]struct {
		entry domain.Entry
		anew  bool
	}{
		"denied":             {domain.Entry{RunState: domain.RunDenied}, true},
		"retracted":          {domain.Entry{RunState: domain.RunRetracted}, true},
		"closed, left out":   {domain.Entry{RunState: domain.RunClosed, Steps: cut(domain.StepSkipped)}, true},
		"closed, cut":        {domain.Entry{RunState: domain.RunClosed, Steps: cut(domain.StepVerified)}, false},
		"waiting for a word": {domain.Entry{RunState: domain.RunWaiting}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newJoining(t)
			run := w.given("2027-06-30")
			theirs := w.theirs(run, "2027-02-28")
			w.endsDue(2)
			w.arranged()
			require.Len(t, w.ends(), 1)
			c.entry.Run = theirs.ID
			for i := range c.entry.Steps {
				c.entry.Steps[i].Run = theirs.ID
			}
			require.NoError(t, w.st.Record(t.Context(), c.entry))
			w.endsDue(2)
			w.arranged()
			ends := w.ends()
			delete(ends, theirs.ID)
			if !c.anew {
				require.Empty(t, ends)
				return
			}
			require.Len(t, ends, 1)
			for id, day := range ends {
				require.Equal(t, "2027-06-30", day)
				require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: id, RunState: domain.RunRetracted}))
			}
			w.endsDue(2)
			require.Len(t, w.ends(), 2, "what people take back of Handover's own stays so")
		})
	}
}

// Access that is given without an end later has none: an end that is not arranged yet
// is not arranged, and Handover takes back the one that it arranged.
func TestAccessThatIsGivenForGoodHasNoEnd(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	w.given("2027-01-31")
	w.given("")
	w.endsDue(2)
	w.arranged()
	require.Empty(t, w.ends(), "nothing was arranged")

	w = newJoining(t)
	run := w.given("2027-01-31")
	w.given("2027-02-28")
	w.endsDue(2)
	change, _, err := w.st.CreateRun(t.Context(), domain.Run{Kind: domain.RunRoleChange, Person: run.Person, Employment: run.Employment, Apps: []domain.AppID{"apollo"}, Requester: w.id("ada")},
		func(domain.Run) (store.RunStart, error) { return store.RunStart{}, nil })
	require.NoError(t, err)
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: change.ID, RunState: domain.RunClosed, Grants: []domain.Grant{{Run: change.ID, App: "apollo", Person: run.Person, Role: "pr-adm", At: w.now()}}}))
	w.endsDue(2)
	require.Empty(t, w.tmp.delivered(), "a role change says nothing about the end")

	w.given("")
	w.tmp.set(true)
	w.endsDue(2)
	w.tmp.set(false)
	w.later(time.Hour)
	w.endsDue(3)
	w.arranged()
	require.Len(t, w.ends(), 1)
	for run := range w.ends() {
		sent := w.tmp.delivered()
		require.Len(t, sent, 1)
		require.Equal(t, []string{run, workflows.UpdateRetract}, []string{sent[0].WorkflowID, sent[0].UpdateName})
		told := w.events(store.AuditFilter{Run: run, Kind: domain.EventRunRetracted})
		require.Len(t, told, 1)
		require.Equal(t, []any{domain.SystemActor, "the access was given without an end"}, []any{told[0].Actor, told[0].Reason})
		w.given("2027-01-15") // for a time again, before the leaving has ended: it needs one of its own
		w.endsDue(2)
		left, err := w.st.Grants(t.Context())
		require.NoError(t, err)
		require.Len(t, left, 1)
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run, RunState: domain.RunRetracted}))
	}
	w.endsDue(2)
	w.arranged()
	require.Len(t, w.ends(), 2)
	require.Len(t, w.tmp.delivered(), 1)
}

// An end is needed where access is cut already, where a person asked for it, and where
// it was agreed to after the access without one.
func TestAnEndThatIsNotTakenBack(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	w.given("2027-01-31")
	w.endsDue(1)
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
		return nil, temporal.NewNonRetryableApplicationError("access is cut already", domain.RefusedState, nil)
	}
	w.given("")
	w.endsDue(3)
	require.Len(t, w.tmp.delivered(), 1, "asked once")
	for run := range w.ends() {
		require.Len(t, w.events(store.AuditFilter{Run: run, Kind: domain.EventRefused}), 1)
	}

	w = newJoining(t)
	w.theirs(w.given("2027-01-31"), "2027-01-15")
	w.endsDue(1)
	w.given("")
	w.endsDue(2)
	require.Empty(t, w.tmp.delivered(), "it is theirs to take back")

	w = newJoining(t)
	w.given("2027-06-30")
	w.endsDue(1)
	w.given("")
	w.given("2027-03-31")
	w.endsDue(3)
	require.Empty(t, w.tmp.delivered())
	w.arranged()
}
