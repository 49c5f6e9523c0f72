package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/api"
)

var listed = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// seatsOfApps is one app of which much is known, and one of which nothing is.
func seatsOfApps() []api.Seats {
	return []api.Seats{
		{App: "apollo", Plan: "organization", Billing: "annual", Bought: 15, AsOf: "2026-11-01", SaidBy: "finance", Minimum: 3, Renewal: "2027-03-31",
			LastCall: "2027-03-01", Price: "1428.00 USD", PriceDate: "2026-02-26", PriceSource: "vendor's guide", Occupied: 11, Unpaid: 2, Free: 4, Reusable: 3,
			Promised: 1, Spare: 3, Idle: "5712.00 USD", ByType: map[string]int{"full": 11, "billing": 2}, ReadAt: &listed,
			Prices:   []api.SeatPrice{{Seat: "call_assistant", Price: "unknown", Why: "not published"}, {Seat: "full", Price: "1428.00 USD"}},
			Warnings: []string{"The plan page\nis old."}, Hints: []api.SeatHint{{Email: "finn@example.com", Text: "only here for billing?"}},
			Ledger: []api.SeatLine{{Kind: "freed", Reusable: "yes", At: listed, Run: "r1"}}},
		{App: "vault", Bought: -1, Occupied: -1, Unpaid: -1, Unknown: -1, Free: -1, Reusable: -1, Spare: -1, Price: "unknown", Idle: "unknown",
			Unread: "the app shows Handover no users"},
	}
}

func TestSeatsAreTold(t *testing.T) {
	t.Parallel()
	s := handover(t, "seats")
	require.Equal(t, exitDone, s.status, s.err)
	told := strings.Join(strings.Fields(s.out), " ")
	for _, want := range []string{
		"apollo bought 15 as of 2026-11-01, said by finance, organization, annual, 3 at least",
		"occupied 11 billing 2, full 11, listed",
		"free 4 1 promised to joiners, 3 for the next joiner, 0 freed by leavers",
		"to give back 3 blocked until the renewal of 2027-03-31, notice by 2027-03-01",
		"price 1428.00 USD a year, known 2026-02-26, from the vendor's guide",
		"idle 5712.00 USD a year, for what nobody sits on",
		"call_assistant seat unknown not published",
		"note The plan page is old.",
		"ask finn@example.com: only here for billing?",
		"freed reusable: yes,",
		"vault bought unknown occupied unknown the app shows Handover no users free unknown 0 promised to joiners, unknown for the next joiner",
		"to give back unknown when is unknown price unknown idle unknown",
	} {
		require.Contains(t, told, want)
	}
	require.NotContains(t, s.out, " -1", "what is not known is no number")
	require.Equal(t, "shortly before 2027-01-01, nothing is refunded", givenBack(api.Seats{Billing: "monthly", Renewal: "2027-01-01"}))
	require.Equal(t, "until 2027-01-01", givenBack(api.Seats{Renewal: "2027-01-01"}))
}
