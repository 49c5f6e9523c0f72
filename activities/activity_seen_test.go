package activities_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

// diary is an app that shows what people did.
type diary struct {
	*book
	seen  map[domain.AccountID]domain.LastSeen
	since time.Time
}

func (d *diary) LastActivity(_ context.Context, ids []domain.AccountID, since time.Time) (map[domain.AccountID]domain.LastSeen, error) {
	d.since = since
	out := map[domain.AccountID]domain.LastSeen{}
	for _, id := range ids {
		out[id] = domain.NotSeen(since)
		if s, ok := d.seen[id]; ok {
			out[id] = s
		}
	}
	return out, nil
}

// Only those on paid seats are asked about, and nobody is idle who is on leave, new,
// unknown to HR, or in an app that does not show use.
func TestWhoUsesTheirPaidSeat(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	for name, joined := range map[string]int{"idle": -400, "busy": -400, "away": -400, "fresh": -30, "hidden": -400} {
		p := n.hire(name, "", domain.Employment{Starts: n.now.AddDate(0, 0, joined)})
		if name == "away" {
			require.NoError(t, n.store.SetPersonState(t.Context(), p.ID, domain.PersonOnLeave))
		}
	}
	free := func(a *domain.Account) { a.FullSeat = domain.No }
	n.book.listing = domain.Listing{Complete: true, Accounts: []domain.Account{account("idle"), account("busy"), account("away"), account("fresh"), account("hidden"),
		account("stranger"), account("billing", free), account("off", off)}}
	d := &diary{book: n.book, seen: map[domain.AccountID]domain.LastSeen{"a-busy": domain.SeenAt(n.now.Add(-time.Hour), n.now, "calls"), "a-hidden": domain.SeenUnknown(n.now, "no master key")}}
	n.set.Connectors = connectors{d}
	count := func() *activities.SeatUses {
		t.Helper()
		r, err := n.set.PreviewLeaving(t.Context(), activities.PreviewInput{App: app, Seats: &activities.CountInput{Activity: true}})
		require.NoError(t, err)
		return r.Seats.Uses
	}
	u := count()
	require.Equal(t, n.now.Add(-domain.IdleAfter), d.since)
	require.Equal(t, []any{6, 2, "no master key"}, []any{u.Asked, u.Unknown, u.Why})
	require.Len(t, u.Idle, 1)
	require.Equal(t, "idle@example.com", u.Idle[0].Email)

	n.set.Connectors = connectors{n.book}
	u = count()
	require.Equal(t, []any{6, 6, 0}, []any{u.Asked, u.Unknown, len(u.Idle)})
	r, err := n.set.PreviewLeaving(t.Context(), activities.PreviewInput{App: app, Seats: &activities.CountInput{}})
	require.NoError(t, err)
	require.Nil(t, r.Seats.Uses, "it was not asked for")
}
