package apollo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// There is no call for many sequences at once: each is transferred by itself, and
// asking for two is refused before anything is sent.
func TestEachSequenceIsTransferredByItself(t *testing.T) {
	t.Parallel()
	w := demo(t)
	sequences, _ := w.all(domain.Sequences, w.id(leaver))
	require.Greater(t, len(sequences), 1)
	before := w.sim.Counts().Total
	_, err := w.MoveRecords(t.Context(), domain.Sequences, sequences[:2], w.id(manager))
	require.Equal(t, domain.FaultInternal, fault(t, err).Kind)
	require.Equal(t, before, w.sim.Counts().Total)
	for i := range sequences {
		_, err := w.MoveRecords(t.Context(), domain.Sequences, sequences[i:i+1], w.id(manager))
		require.NoError(t, err)
	}
	left, _ := w.all(domain.Sequences, w.id(leaver))
	require.Empty(t, left)
}

// What the API cannot do is a person's task, with the page where it is done.
func TestWhatThePagesOfApolloIODoIsLeftToPeople(t *testing.T) {
	t.Parallel()
	w := demo(t)
	for capability, page := range map[domain.Capability]string{
		domain.CanUnlinkMailbox: "Settings > Users", domain.CanMoveWorkflows: "Workflows page", domain.CanMoveCRMCredentials: "Integrations",
		domain.CanChangeRole: "Settings > Users", domain.CanReduceSeats: "Plan overview > Manage Subscription",
	} {
		choice := channel(w.Connector, capability)
		require.Equal(t, domain.ChannelPerson, choice.Channel, capability)
		require.Contains(t, choice.Why, page, capability)
	}
}
