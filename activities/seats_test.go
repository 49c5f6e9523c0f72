package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

func (w *world) seatInput(c domain.SeatContract) activities.SeatInput {
	return activities.SeatInput{StepRef: w.ref(domain.StepSeat), Account: w.id(dana), Contract: c}
}

// freed books dana's seat and gives the ledger's line.
func (w *world) freed(c domain.SeatContract) []domain.SeatEntry {
	w.t.Helper()
	w.snapshot(w.snapshotInput())
	for range 2 {
		_, err := w.BookSeat(w.t.Context(), w.seatInput(c))
		require.NoError(w.t, err)
	}
	require.Equal(w.t, domain.StepVerified, w.step(domain.StepSeat).State)
	require.Len(w.t, w.events(domain.EventSeatBooked), 1)
	entries, err := w.store.RunSeats(w.t.Context(), w.run.ID)
	require.NoError(w.t, err)
	return entries
}

func TestSeatOfALeaver(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	renewal := time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC)
	unmapped := func(s *settings) { delete(s.apollo.Profiles, sim.ProfileBilling) }
	for name, c := range map[string]struct {
		contract domain.SeatContract
		option   option
		stays    bool // the leaver is still active
		reusable domain.Tri
		says     string
	}{
		"free": {domain.SeatContract{Bought: 5}, nil, false, domain.Yes, "the next joiner can have it"},
		"annual": {domain.SeatContract{Bought: 5, Billing: domain.BillingAnnual, Renewal: renewal}, nil, false, domain.Yes,
			"annual contract: it can be given back on 2027-06-30"},
		"monthly": {domain.SeatContract{Bought: 5, Billing: domain.BillingMonthly, Renewal: renewal}, nil, false, domain.Yes,
			"monthly plan: reduce shortly before 2027-06-30, nothing is refunded"},
		"all taken":       {domain.SeatContract{Bought: 4}, nil, false, domain.No, "it is not free for a joiner yet"},
		"still sits":      {domain.SeatContract{Bought: 9}, nil, true, domain.No, "it is not free for a joiner yet"},
		"unknown count":   {domain.SeatContract{Bought: -1}, nil, false, domain.Unknown, "whether it is free is unknown"},
		"unknown profile": {domain.SeatContract{Bought: 9}, unmapped, false, domain.Unknown, "whether it is free is unknown"},
		"vanished":        {domain.SeatContract{Bought: 5}, with(func(s *sim.Switches) { s.DeactivatedVanish = true }), false, domain.Yes, "the next joiner can have it"},
	} {
		options := []option{}
		if c.option != nil {
			options = append(options, c.option)
		}
		w := newWorldIn(t, s, options...)
		w.snapshot(w.snapshotInput())
		if !c.stays {
			require.NoError(t, w.sim.Deactivate(dana))
		}
		entries := w.freed(c.contract)
		require.Len(t, entries, 1, name)
		require.Equal(t, []any{domain.SeatFreed, c.reusable, w.id(dana)}, []any{entries[0].Kind, entries[0].Reusable, entries[0].Account}, name)
		require.Contains(t, w.step(domain.StepSeat).Why, c.says, name)
	}

	w := newWorldIn(t, s, team(func(s *sim.TenantSpec) { s.Users[4].Profile = sim.ProfileBilling }))
	require.Empty(t, w.freed(domain.SeatContract{Bought: 9}), "no paid seat, nothing to book")
	require.Equal(t, "the user had no paid seat", w.step(domain.StepSeat).Why)
}

func seat(id string, kind domain.SeatEntryKind, person domain.PersonID, at time.Time) domain.SeatEntry {
	return domain.SeatEntry{ID: id, App: app, Kind: kind, Run: "r", Person: person, Account: domain.AccountID("of-" + person), Reusable: domain.Yes, At: at}
}

func TestSeatsThatCanBeGivenBack(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }
	contract := domain.SeatContract{Bought: 9, AsOf: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC), Minimum: 3,
		PricePerSeat: domain.Money{Minor: 11900, Currency: "USD"}}
	freed := func(p domain.PersonID, n int) domain.SeatEntry {
		return seat("f-"+string(p), domain.SeatFreed, p, day(n))
	}
	unmapped := func(s *settings) { delete(s.apollo.Profiles, sim.ProfileBilling) }
	for name, c := range map[string]struct {
		entries []domain.SeatEntry
		change  func(c *domain.SeatContract)
		option  option
		spare   int
		freed   int
		save    string
	}{
		"five sit, nine are bought": {nil, nil, nil, 4, 0, "476.00 USD"},
		"promised":                  {[]domain.SeatEntry{freed("a", 1), seat("p", domain.SeatPromise, "j", day(2))}, nil, nil, 3, 1, "357.00 USD"},
		"the promise was kept": {[]domain.SeatEntry{seat("p", domain.SeatPromise, "j", day(2)), seat("t", domain.SeatTaken, "j", day(3))}, nil, nil, 4, 0,
			"476.00 USD"},
		"given back since the count was said": {[]domain.SeatEntry{freed("a", 1), freed("b", 1), seat("r", domain.SeatReduced, "a", day(12))}, nil, nil, 3, 1,
			"357.00 USD"},
		"given back before":             {[]domain.SeatEntry{freed("a", 1), seat("r", domain.SeatReduced, "a", day(10))}, nil, nil, 4, 0, "476.00 USD"},
		"left, given back, left again":  {[]domain.SeatEntry{freed("a", 1), seat("r", domain.SeatReduced, "a", day(3)), seat("f2", domain.SeatFreed, "a", day(5))}, nil, nil, 4, 1, "476.00 USD"},
		"never below the minimum":       {nil, func(c *domain.SeatContract) { c.Minimum = 8 }, nil, 1, 0, "119.00 USD"},
		"unknown count stays unknown":   {[]domain.SeatEntry{freed("a", 1)}, func(c *domain.SeatContract) { c.Bought = -1 }, nil, -1, 1, "0.00 USD"},
		"who may sit there counts":      {nil, nil, unmapped, 3, 0, "357.00 USD"},
		"more promised than are free":   {[]domain.SeatEntry{seat("p1", domain.SeatPromise, "j", day(2)), seat("p2", domain.SeatPromise, "k", day(2)), seat("p3", domain.SeatPromise, "l", day(2)), seat("p4", domain.SeatPromise, "m", day(2)), seat("p5", domain.SeatPromise, "n", day(2))}, nil, nil, 0, 0, "0.00 USD"},
		"no price, no money is claimed": {nil, func(c *domain.SeatContract) { c.PricePerSeat = domain.Money{} }, nil, 4, 0, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := []option{}
			if c.option != nil {
				options = append(options, c.option)
			}
			w := newWorld(t, options...)
			require.NoError(t, w.store.Record(t.Context(), domain.Entry{Run: w.run.ID, Seats: c.entries}))
			asked := contract
			if c.change != nil {
				c.change(&asked)
			}
			r, err := w.WeighSeats(t.Context(), activities.WeighInput{Run: w.run.ID, App: app, Contract: asked})
			require.NoError(t, err)
			require.Equal(t, c.spare, r.Balance.Spare)
			require.Len(t, r.Freed, c.freed)
			require.Equal(t, c.save, r.Save.String())
		})
	}
}

func TestSeatsGivenBackAreBookedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	freed := []domain.SeatEntry{seat("f-a", domain.SeatFreed, "a", w.Now()), seat("f-b", domain.SeatFreed, "b", w.Now())}
	require.NoError(t, w.store.Record(t.Context(), domain.Entry{Run: w.run.ID, Seats: freed}))
	w.clock.advance(48 * time.Hour)
	for range 2 {
		_, err := w.ReduceSeats(t.Context(), activities.ReduceInput{Run: w.run.ID, App: app, Seats: 1, Freed: freed, DoneBy: "p-finance", Attested: "p-second",
			Proof: "an invoice", Save: domain.Money{Minor: 11900, Currency: "USD"}})
		require.NoError(t, err)
	}
	booked := w.events(domain.EventSeatBooked)
	require.Len(t, booked, 1)
	require.Equal(t, map[string]string{"reduced": "1", "saves": "119.00 USD", "confirmed_by": "p-second"}, booked[0].Facts)
	r, err := w.WeighSeats(t.Context(), activities.WeighInput{Run: w.run.ID, App: app, Contract: domain.SeatContract{Bought: 6, AsOf: w.Now().Add(-72 * time.Hour)}})
	require.NoError(t, err)
	require.Zero(t, r.Balance.Spare)
	require.Len(t, r.Freed, 1)
}
