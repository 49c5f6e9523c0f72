package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

// Each purchase of a run is in the ledger, once, however often it is told; the day
// of the figure in the policy file includes its own.
func TestEachPurchaseOfARunIsKeptOnce(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	buys := func(version int) {
		w.clock.advance(time.Second)
		in := activities.ProposeJoinInput{StepRef: w.ref(""), Kind: domain.KindApolloIO, Version: version, Terms: domain.JoinTerms{Role: seller.Key, Seat: domain.SeatBuy}}
		_, err := w.ProposeJoin(t.Context(), in)
		require.NoError(t, err)
		for range 3 {
			w.clock.advance(time.Second)
			r, err := w.FindSeat(t.Context(), activities.FindSeatInput{StepRef: w.ref(domain.StepFindSeat), Bought: true})
			require.NoError(t, err)
			require.Equal(t, domain.SeatFree, r.Need)
		}
	}
	for version := 1; version <= 3; version++ {
		buys(version)
		require.Len(t, w.ledger(), version)
	}
	for _, e := range w.ledger() {
		require.Equal(t, domain.SeatBought, e.Kind)
	}
	require.Equal(t, 12, contract(9).After(w.ledger()).Bought)
	today := domain.SeatContract{Bought: 9, AsOf: w.Now()}
	require.Equal(t, 9, today.After(w.ledger()).Bought)
}
