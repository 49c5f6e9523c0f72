package domain_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func sits(id string, active, full domain.Tri, seat string) domain.Account {
	return domain.Account{ID: domain.AccountID(id), Email: id + "@example.com", Active: active, FullSeat: full, SeatType: seat, ProfileID: "p-" + id}
}

func TestSeatsAreCountedByType(t *testing.T) {
	t.Parallel()
	l := listing(sits("a", domain.Yes, domain.Yes, "full"), sits("b", domain.Yes, domain.Yes, ""), sits("c", domain.Yes, domain.No, "billing"),
		sits("d", domain.Yes, domain.No, "call_assistant"), sits("e", domain.Yes, domain.No, ""), sits("f", domain.Yes, domain.Unknown, ""),
		sits("g", domain.Unknown, domain.Yes, "full"), sits("h", domain.Unknown, domain.No, "billing"), sits("i", domain.No, domain.Yes, "full"),
		sits("k", domain.No, domain.Unknown, ""))
	n := domain.CountSeats(l)
	require.Equal(t, map[string]int{"full": 2, "billing": 2, "call_assistant": 1, "unpaid": 1, "unknown": 2}, n.ByType)
	require.Equal(t, []int{2, 4, 2}, []int{n.Paid, n.Unpaid, n.Unknown})
	require.Equal(t, []string{"p-f"}, n.Unmapped, "to explain g's profile would not help, nor k's")
	require.True(t, n.Complete)
	l.Hidden = true
	require.False(t, domain.CountSeats(l).Complete, "what an app hides was not counted")
}

func TestHowSeatsStand(t *testing.T) {
	t.Parallel()
	renewal := begin.AddDate(0, 3, 0)
	contract := domain.SeatContract{Bought: 10, AsOf: begin.AddDate(0, 0, -10), Minimum: 3, Renewal: renewal, PricePerSeat: domain.Money{Minor: 100, Currency: "USD"}}
	entry := func(kind domain.SeatEntryKind, who string, day int) domain.SeatEntry {
		return domain.SeatEntry{Kind: kind, Person: domain.PersonID(who), Account: domain.AccountID("acc-" + who), At: begin.AddDate(0, 0, day)}
	}
	type figures struct{ bought, free, reusable, spare, promised, freed int }
	for name, c := range map[string]struct {
		count  domain.SeatCount
		ledger []domain.SeatEntry
		bought int
		want   figures
		idle   string
	}{
		"some are free":       {domain.SeatCount{Complete: true, Paid: 6}, nil, 10, figures{10, 4, 4, 4, 0, 0}, "4.00 USD"},
		"one may sit there":   {domain.SeatCount{Complete: true, Paid: 6, Unknown: 1}, nil, 10, figures{10, -1, -1, -1, 0, 0}, "unknown"},
		"half a list":         {domain.SeatCount{Paid: 6}, nil, 10, figures{10, -1, -1, -1, 0, 0}, "unknown"},
		"nobody was listed":   {domain.SeatCount{}, nil, 10, figures{10, -1, -1, -1, 0, 0}, "unknown"},
		"bought is unknown":   {domain.SeatCount{Complete: true, Paid: 6}, nil, -1, figures{-1, -1, -1, -1, 0, 0}, "unknown"},
		"more sit than can":   {domain.SeatCount{Complete: true, Paid: 12}, nil, 10, figures{10, 0, 0, 0, 0, 0}, "0.00 USD"},
		"the plan's minimum":  {domain.SeatCount{Complete: true}, nil, 10, figures{10, 10, 10, 7, 0, 0}, "10.00 USD"},
		"joiners are to come": {domain.SeatCount{Complete: true, Paid: 6}, []domain.SeatEntry{entry("promised", "a", -2), entry("promised", "b", -1)}, 10, figures{10, 4, 2, 2, 2, 0}, "4.00 USD"},
		"more joiners than seats": {domain.SeatCount{Complete: true, Paid: 9}, []domain.SeatEntry{entry("promised", "a", -2), entry("promised", "b", -1)}, 10,
			figures{10, 1, 0, 0, 2, 0}, "1.00 USD"},
		"one came, one will not": {domain.SeatCount{Complete: true, Paid: 6}, []domain.SeatEntry{entry("promised", "a", -4), entry("promised", "b", -3),
			entry("promised", "c", -3), entry("taken", "a", -2), entry("waived", "b", -1)}, 10, figures{10, 4, 3, 3, 1, 0}, "4.00 USD"},
		"one leaver, one who came back": {domain.SeatCount{Complete: true, Paid: 6}, []domain.SeatEntry{entry("freed", "a", -4), entry("freed", "b", -3), entry("taken", "b", -2)}, 10,
			figures{10, 4, 4, 4, 0, 1}, "4.00 USD"},
		"given back since":       {domain.SeatCount{Complete: true, Paid: 6}, []domain.SeatEntry{entry("freed", "a", -4), entry("reduced", "a", -3)}, 10, figures{9, 3, 3, 3, 0, 0}, "3.00 USD"},
		"given back before that": {domain.SeatCount{Complete: true, Paid: 6}, []domain.SeatEntry{entry("reduced", "a", -11)}, 10, figures{10, 4, 4, 4, 0, 0}, "4.00 USD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := contract
			own.Bought = c.bought
			s := domain.Stand(own, c.count, c.ledger)
			require.Equal(t, c.want, figures{s.Contract.Bought, s.Free, s.Reusable, s.Spare, s.Promised, s.Freed})
			require.Equal(t, c.idle, s.Idle.String())
			require.Equal(t, renewal, s.FixedTill)
		})
	}
}

// What is called free is empty for sure, and a fact that turns out to be known
// never takes a number back that was given.
func TestNoFreeSeatIsAGuess(t *testing.T) {
	t.Parallel()
	facts := []domain.Tri{domain.Yes, domain.Yes, domain.No, domain.No, domain.Unknown}
	told := 0
	seeds(t, 4000, func(t require.TestingT, r *rand.Rand) {
		l := listing()
		for i := range r.IntN(6) {
			l.Accounts = append(l.Accounts, sits(fmt.Sprint(i), pick(r, facts...), pick(r, facts...), pick(r, "", "full", "billing")))
		}
		l.Complete = r.IntN(6) > 0
		n := domain.CountSeats(l)
		total := 0
		for _, of := range n.ByType {
			total += of
		}
		require.Equal(t, n.Paid+n.Unpaid+n.Unknown, total, "types add up")
		c := domain.SeatContract{Bought: r.IntN(10) - 1, Minimum: r.IntN(4)}
		s := domain.Stand(c, n, nil)
		may := 0
		for _, a := range l.Accounts {
			if a.Active != domain.No && a.FullSeat != domain.No {
				may++
			}
		}
		if s.Free < 0 {
			require.True(t, c.Bought < 0 || !l.Complete || n.Unknown > 0, "unknown only for a reason")
			require.Equal(t, []int{-1, -1}, []int{s.Reusable, s.Spare})
			return
		}
		told++
		require.Equal(t, max(0, c.Bought-may), s.Free)
		require.LessOrEqual(t, s.Spare, s.Reusable)
		require.LessOrEqual(t, s.Reusable, s.Free)
		b := domain.Balance(c, l, 0)
		require.Equal(t, []int{b.Free, b.Spare}, []int{s.Free, s.Spare}, "a seat release counts alike")
	})
	require.Greater(t, told, 500)
}

func TestSeatWarnings(t *testing.T) {
	t.Parallel()
	now := begin
	good := domain.SeatContract{Plan: domain.PlanCustom, Bought: 10, AsOf: now.AddDate(0, 0, -30), Billing: domain.BillingAnnual, Renewal: now.AddDate(0, 4, 0), NoticeDays: 30}
	price := domain.Price{PerSeat: domain.Money{Minor: 1, Currency: "USD"}, Date: now.AddDate(0, 0, -30).Format(time.DateOnly), Source: domain.PriceFromPolicy}
	for name, c := range map[string]struct {
		change func(*domain.SeatContract, *domain.SeatCount, *domain.Price)
		want   string
	}{
		"bought":          {func(c *domain.SeatContract, _ *domain.SeatCount, _ *domain.Price) { c.Bought = -1 }, "How many seats are bought is unknown"},
		"undated":         {func(c *domain.SeatContract, _ *domain.SeatCount, _ *domain.Price) { c.AsOf = time.Time{} }, "write seats.as_of"},
		"old figure":      {func(c *domain.SeatContract, _ *domain.SeatCount, _ *domain.Price) { c.AsOf = now.AddDate(0, 0, -100) }, "read 100 days ago"},
		"billing":         {func(c *domain.SeatContract, _ *domain.SeatCount, _ *domain.Price) { c.Billing = "" }, "write seats.billing and seats.renewal"},
		"renewal":         {func(c *domain.SeatContract, _ *domain.SeatCount, _ *domain.Price) { c.Renewal = time.Time{} }, "write seats.renewal"},
		"renewal is over": {func(c *domain.SeatContract, _ *domain.SeatCount, _ *domain.Price) { c.Renewal = now.AddDate(0, 0, -2) }, "is over: write the next one"},
		"notice is over":  {func(c *domain.SeatContract, _ *domain.SeatCount, _ *domain.Price) { c.Renewal = now.AddDate(0, 0, 20) }, "had to be given by"},
		"unmapped": {func(_ *domain.SeatContract, n *domain.SeatCount, _ *domain.Price) {
			n.Unknown, n.Unmapped = 2, []string{"x", "y"}
		}, "say full_seat in the policy file for x, y."},
		"unknown":  {func(_ *domain.SeatContract, n *domain.SeatCount, _ *domain.Price) { n.Unknown = 2 }, "Whether 2 more sit on a paid seat is unknown, so no number of free ones is given."},
		"too many": {func(_ *domain.SeatContract, n *domain.SeatCount, _ *domain.Price) { n.Paid = 11 }, "11 sit on paid seats and 10 are bought"},
		"all five": {func(_ *domain.SeatContract, n *domain.SeatCount, _ *domain.Price) {
			n.ByType = map[string]int{"billing": 5}
		}, "All 5 Billing and Seat Manager seats are taken"},
		"price":            {func(_ *domain.SeatContract, _ *domain.SeatCount, p *domain.Price) { *p = domain.Price{Why: "ask"} }, "The price of a seat is unknown: ask."},
		"price of the day": {func(_ *domain.SeatContract, _ *domain.SeatCount, p *domain.Price) { p.Date = "2026-02-26" }, "from the policy file of 2026-02-26, and prices change"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contract, count, price := good, domain.SeatCount{Complete: true, Paid: 5, ByType: map[string]int{"full": 5}}, price
			usual := domain.Stand(contract, count, nil).Warnings(domain.KindApolloIO, price, now)
			require.Equal(t, domain.PlanWarnings(domain.KindApolloIO, domain.PlanCustom), usual, "nothing to say but of the plan")
			c.change(&contract, &count, &price)
			got := domain.Stand(contract, count, nil).Warnings(domain.KindApolloIO, price, now)
			require.Len(t, got, len(usual)+1)
			require.Contains(t, strings.Join(got, "\n"), c.want)
		})
	}
	require.Empty(t, domain.Stand(domain.SeatContract{Bought: -1}, domain.SeatCount{}, nil).Warnings(domain.KindManual, domain.Price{}, now), "no seats are sold there, as far as anybody said")
	require.NotEmpty(t, domain.Stand(domain.SeatContract{Bought: 5}, domain.SeatCount{}, nil).Warnings(domain.KindSCIM, domain.Price{}, now))
}

func TestWhoIsAskedForBillsAlone(t *testing.T) {
	t.Parallel()
	p := &domain.Policy{People: []domain.PersonPolicy{{Email: "finn@example.com", Roles: []domain.Role{domain.RoleFinance}},
		{Email: "ada@example.com", Roles: []domain.Role{domain.RoleAdmin, domain.RoleFinance}}, {Email: "eli@example.com"}}}
	app := &domain.AppPolicy{Kind: domain.KindApolloIO, Profiles: map[string]domain.ProfilePolicy{"p": {Seat: domain.SeatFull}}}
	require.Empty(t, p.ForMoneyAlone(app), "nobody said that this plan has the free seat")
	app.Profiles["b"] = domain.ProfilePolicy{Seat: domain.SeatBilling}
	require.Equal(t, []string{"finn@example.com"}, p.ForMoneyAlone(app))
	app.Kind = domain.KindSCIM
	require.Empty(t, p.ForMoneyAlone(app))

	money := []string{"Finn@example.com"}
	for name, c := range map[string]struct {
		accounts []domain.Account
		asked    bool
	}{
		"on a paid seat":        {[]domain.Account{sits("finn", domain.Yes, domain.Yes, "full"), sits("ada", domain.Yes, domain.Yes, "full")}, true},
		"on a free one":         {[]domain.Account{sits("finn", domain.Yes, domain.No, "billing")}, false},
		"on one or the other":   {[]domain.Account{sits("finn", domain.Yes, domain.Unknown, "")}, false},
		"deactivated":           {[]domain.Account{sits("finn", domain.No, domain.Yes, "full")}, false},
		"not there":             {[]domain.Account{sits("ada", domain.Yes, domain.Yes, "full")}, false},
		"two have that address": {[]domain.Account{sits("finn", domain.Yes, domain.Yes, "full"), sits("finn", domain.Yes, domain.Yes, "full")}, false},
	} {
		hints := domain.BillingHints(listing(c.accounts...), money)
		require.Equal(t, c.asked, len(hints) == 1, name)
		if c.asked {
			require.Equal(t, "finn@example.com", hints[0].Email)
			require.Contains(t, hints[0].Text, "only here for billing?")
		}
	}
	five := listing(sits("finn", domain.Yes, domain.Yes, "full"))
	for i := range 5 {
		five.Accounts = append(five.Accounts, sits(fmt.Sprint(i), domain.Yes, domain.No, "billing"))
	}
	require.Empty(t, domain.BillingHints(five, money), "all five are taken")
	half := listing(sits("finn", domain.Yes, domain.Yes, "full"))
	half.Complete = false
	require.Empty(t, domain.BillingHints(half, money))
}
