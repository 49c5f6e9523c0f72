package domain_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func TestSeatBalance(t *testing.T) {
	t.Parallel()
	contract := domain.SeatContract{Bought: 10, Minimum: 3}
	seats := func(n int, full domain.Tri) []domain.Account {
		var all []domain.Account
		for i := range n {
			all = append(all, domain.Account{ID: domain.AccountID(fmt.Sprint(full, i)), Active: domain.Yes, FullSeat: full})
		}
		return all
	}
	for name, c := range map[string]struct {
		contract domain.SeatContract
		accounts []domain.Account
		promised int
		want     domain.SeatBalance
	}{
		"three leave":             {contract, seats(7, domain.Yes), 0, domain.SeatBalance{Bought: 10, Occupied: 7, Free: 3, Spare: 3}},
		"one is promised":         {contract, seats(7, domain.Yes), 1, domain.SeatBalance{Bought: 10, Occupied: 7, Promised: 1, Free: 3, Spare: 2}},
		"the plan's minimum":      {contract, seats(1, domain.Yes), 0, domain.SeatBalance{Bought: 10, Occupied: 1, Free: 9, Spare: 7}},
		"free seats do not count": {contract, seats(4, domain.No), 0, domain.SeatBalance{Bought: 10, Free: 10, Spare: 7}},
		"unmapped profiles sit":   {contract, seats(9, domain.Unknown), 0, domain.SeatBalance{Bought: 10, Unknown: 9, Free: 1, Spare: 1}},
		"more sit than bought":    {contract, seats(12, domain.Yes), 0, domain.SeatBalance{Bought: 10, Occupied: 12}},
		"bought is unknown":       {domain.SeatContract{Bought: -1}, seats(2, domain.Yes), 0, domain.SeatBalance{Bought: -1, Occupied: 2, Free: -1, Spare: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := listing(c.accounts...)
			require.Equal(t, c.want, domain.Balance(c.contract, l, c.promised))
			l.Complete = false
			half := domain.Balance(c.contract, l, c.promised)
			require.Equal(t, -1, half.Free, "half a list frees nothing")
			require.Equal(t, -1, half.Spare)
		})
	}
}

// Giving back what is spare never takes a seat from under anybody, nor from a
// known joiner, nor goes below the plan's minimum.
func TestSpareSeatsHarmNobody(t *testing.T) {
	t.Parallel()
	facts := []domain.Tri{domain.Yes, domain.No, domain.Unknown}
	someSpare := 0
	seeds(t, 5000, func(t require.TestingT, r *rand.Rand) {
		c := domain.SeatContract{Bought: r.IntN(30) - 1, Minimum: r.IntN(6)}
		l, promised, mayNeed := listing(), r.IntN(5), 0
		for i := range r.IntN(30) {
			a := domain.Account{ID: domain.AccountID(fmt.Sprint(i)), Active: pick(r, facts...), FullSeat: pick(r, facts...)}
			l.Accounts = append(l.Accounts, a)
			if a.Active != domain.No && a.FullSeat != domain.No {
				mayNeed++
			}
		}
		l.Complete = r.IntN(5) > 0
		b := domain.Balance(c, l, promised)
		if b.Spare <= 0 {
			require.True(t, c.Bought >= 0 && l.Complete || b.Spare == -1 && b.Free == -1, "unknown is said as unknown")
			return
		}
		someSpare++
		left := c.Bought - b.Spare
		require.GreaterOrEqual(t, left, c.Minimum)
		require.GreaterOrEqual(t, left, mayNeed+promised)
		require.True(t, left == c.Minimum || left == mayNeed+promised, "nothing that could be given back is kept")
	})
	require.Greater(t, someSpare, 500)
}

func TestSeatDates(t *testing.T) {
	t.Parallel()
	c := domain.SeatContract{Renewal: time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC), NoticeDays: 30, LeadDays: 14}
	require.Equal(t, "2027-03-01", c.LastCall().Format(time.DateOnly))
	require.Equal(t, "2027-02-15", c.AskAt().Format(time.DateOnly))
	require.Zero(t, domain.SeatContract{NoticeDays: 30}.AskAt(), "without a renewal nobody is asked")
	require.Zero(t, domain.SeatContract{}.LastCall())
}

func TestMoney(t *testing.T) {
	t.Parallel()
	price := domain.Money{Minor: 9905, Currency: "USD"}
	require.Equal(t, "99.05 USD", price.String())
	require.Equal(t, "297.15 USD", price.Times(3).String())
	require.Equal(t, "unknown", domain.Money{}.Times(3).String())
}
