package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

func TestWhatIsVerifiedASecondTimeIsInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.SnapshotAccount(t.Context(), w.snapshotInput())
	require.NoError(t, err)
	w.unlinkAll(eli)
	state, _ := w.readBack(activities.ReadBackInput{DoneBy: "p-admin"}, domain.StepUnlink)
	require.Equal(t, domain.StepVerified, state)
	// A sweep finds that it came back; somebody does it again.
	_, err = w.ReportAttention(t.Context(), activities.AttentionInput{StepRef: w.ref(domain.StepUnlink), Why: "it came back", Count: 7, State: domain.StepNeedsAttention, To: []domain.PersonID{"p-admin"}})
	require.NoError(t, err)
	state, _ = w.readBack(activities.ReadBackInput{DoneBy: "p-other", Returned: 1}, domain.StepUnlink)
	require.Equal(t, domain.StepVerified, state)
	changes := w.events(domain.EventStepChanged)
	require.Equal(t, string(domain.StepVerified), changes[len(changes)-1].To, "the log ends with what stands")
}

func TestASecondAttestationIsInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := activities.ReadBackInput{DoneBy: "p-admin", Confirmed: "p-second", Proof: "a note"}
	state, _ := w.readBack(said, domain.StepWorkflows)
	require.Equal(t, domain.StepAttested, state)
	_, err := w.ReportAttention(t.Context(), activities.AttentionInput{StepRef: w.ref(domain.StepWorkflows), Why: "it came back", Count: 7, State: domain.StepNeedsAttention, To: []domain.PersonID{"p-admin"}})
	require.NoError(t, err)
	again := activities.ReadBackInput{DoneBy: "p-other", Confirmed: "p-third", Proof: "another note", Returned: 1}
	state, _ = w.readBack(again, domain.StepWorkflows)
	require.Equal(t, domain.StepAttested, state)
	changes := w.events(domain.EventStepChanged)
	require.Equal(t, domain.PersonID("p-other"), changes[len(changes)-1].Actor)
}
