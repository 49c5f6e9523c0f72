package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// Asked for seats, a worker lists the app and answers with numbers, and with nobody
// but those of whom it was asked.
func TestAWorkerCountsSeats(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := activities.PreviewInput{App: app, Kind: domain.KindApolloIO, Seats: &activities.CountInput{Money: []string{dana, "finn.walsh@example.com"}}}
	r, err := w.PreviewLeaving(t.Context(), ask)
	require.NoError(t, err)
	require.True(t, r.Complete)
	require.Empty(t, r.Plan, "nobody leaves")
	n := r.Seats.Count
	require.Equal(t, map[string]int{"full": 5, "billing": 1}, n.ByType)
	require.Equal(t, []int{5, 1, 0}, []int{n.Paid, n.Unpaid, n.Unknown})
	require.False(t, n.ReadAt.IsZero())
	require.Len(t, r.Seats.Hints, 1, "Finn sits on the free seat already")
	require.Equal(t, dana, r.Seats.Hints[0].Email)

	w = newWorld(t, func(s *settings) { delete(s.apollo.Profiles, sim.ProfileStandard) })
	r, err = w.PreviewLeaving(t.Context(), ask)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"full": 2, "billing": 1, "unknown": 3}, r.Seats.Count.ByType)
	require.Equal(t, []string{sim.ProfileStandard}, r.Seats.Count.Unmapped, "the id to map")
	require.Empty(t, r.Seats.Hints, "what Dana sits on is not known")
}
