package desk_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/workflows"
)

func TestASeatReleaseStartsOnceForEachRenewal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seats := &w.policy.Apps["apollo"].Seats
	seats.Billing, seats.NoticeDays, seats.LeadDays = domain.BillingAnnual, 30, 30
	for renewal, starts := range map[time.Time]bool{
		morning.AddDate(0, 3, 0): false, morning.AddDate(0, 0, 45): true, morning.AddDate(0, 0, 20): false, {}: false} {
		seats.Renewal = ""
		if !renewal.IsZero() {
			seats.Renewal = renewal.Format(time.DateOnly)
		}
		id, err := w.StartSeatRelease(t.Context(), "apollo")
		require.NoError(t, err)
		require.Equal(t, starts, id != "", "renewal on %s", seats.Renewal)
	}
	seats.Renewal = morning.AddDate(0, 0, 45).Format(time.DateOnly)
	again, err := w.StartSeatRelease(t.Context(), "apollo")
	require.NoError(t, err)
	require.Equal(t, "seat-release:apollo:"+seats.Renewal, again)
	require.Len(t, w.tmp.started, 1)
	var in workflows.SeatReleaseInput
	require.NoError(t, json.Unmarshal(w.tmp.started[again], &in))
	stage := in.App.Approval.Stages[0]
	require.Equal(t, w.ids("finn"), stage.Approvers)
	require.ElementsMatch(t, w.ids("ada", "amy"), stage.Backup)
}
