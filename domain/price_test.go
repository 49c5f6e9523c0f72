package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// The guide's table of licences, for a seat and billing period in cents: a year is
// twelve of the months that it gives.
func TestThePricesOfTheGuide(t *testing.T) {
	t.Parallel()
	for plan, cents := range map[string][2]int64{"free": {0, 0}, "basic": {5900, 58800}, "professional": {9900, 94800}, "organization": {14900, 142800}} {
		for i, billing := range []domain.Billing{domain.BillingMonthly, domain.BillingAnnual} {
			got := domain.PublishedPrice(domain.KindApolloIO, plan, billing, domain.SeatFull)
			require.Equal(t, domain.Price{PerSeat: domain.Money{Minor: cents[i], Currency: "USD"}, Date: "2026-02-26", Source: "vendor's guide"}, got, "%s %s", plan, billing)
			require.True(t, got.Known())
		}
	}
	free := domain.PublishedPrice(domain.KindApolloIO, "organization", domain.BillingAnnual, domain.SeatBilling)
	require.Equal(t, "0.00 USD", free.PerSeat.String(), "a Billing and Seat Manager costs nothing")
	require.True(t, domain.PublishedPrice(domain.KindApolloIO, "free", "", domain.SeatFull).Known(), "nothing costs nothing, whatever the period")
}

func TestWhatIsNotPublishedStaysUnknown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind, plan string
		billing    domain.Billing
		seat, why  string
	}{
		"a call assistant":  {domain.KindApolloIO, "organization", domain.BillingAnnual, domain.SeatCallAssistant, "not published: ask Apollo"},
		"a custom plan":     {domain.KindApolloIO, "custom", domain.BillingAnnual, domain.SeatFull, "from the contract"},
		"no plan":           {domain.KindApolloIO, "", domain.BillingAnnual, domain.SeatFull, "write plan"},
		"no billing period": {domain.KindApolloIO, "basic", "", domain.SeatFull, "write seats.billing"},
		"another app":       {domain.KindSCIM, "organization", domain.BillingAnnual, domain.SeatFull, "write seats.price_minor"},
		"Space":             {domain.KindApolloSpace, "organization", domain.BillingAnnual, domain.SeatFull, "write seats.price_minor"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := domain.PublishedPrice(c.kind, c.plan, c.billing, c.seat)
			require.False(t, got.Known())
			require.Contains(t, got.Why, c.why)
			require.Empty(t, got.Date+got.Source)
			require.Equal(t, "unknown", got.PerSeat.String())
		})
	}
}

func TestThePolicysPricesComeFirst(t *testing.T) {
	t.Parallel()
	own := int64(70000)
	app := domain.AppPolicy{Kind: domain.KindApolloIO, Plan: "professional", Seats: domain.SeatPolicy{Billing: domain.BillingAnnual, Currency: "EUR", PriceDate: "2026-11-01",
		Prices: []domain.PricePolicy{{Plan: "professional", Billing: domain.BillingMonthly, PriceMinor: 9000}, {Plan: "basic", Billing: domain.BillingAnnual, PriceMinor: 50000},
			{Seat: domain.SeatFull, Plan: "professional", Billing: domain.BillingAnnual, PriceMinor: 80000},
			{Seat: domain.SeatCallAssistant, Plan: "professional", Billing: domain.BillingAnnual, PriceMinor: 24000}}}}
	euros := func(n int64) domain.Price {
		return domain.Price{PerSeat: domain.Money{Minor: n, Currency: "EUR"}, Date: "2026-11-01", Source: "policy file"}
	}
	require.Equal(t, euros(80000), app.Price(domain.SeatFull), "the line of its own plan and period")
	require.Equal(t, euros(24000), app.Price(domain.SeatCallAssistant))
	require.Equal(t, domain.PriceFromGuide, app.Price(domain.SeatBilling).Source, "what the table does not say")
	app.Seats.PriceMinor = &own
	require.Equal(t, euros(70000), app.Price(domain.SeatFull), "one price for all")
	require.Equal(t, euros(24000), app.Price(domain.SeatCallAssistant), "is not that of other seats")
	app.Seats.PriceMinor, app.Seats.Billing = nil, ""
	require.False(t, app.Price(domain.SeatFull).Known(), "no line and no guide fits a period that nobody said")
	zero := int64(0)
	app.Seats.PriceMinor = &zero
	require.Equal(t, euros(0), app.Price(domain.SeatFull), "nothing is a price too")
}

func TestAContractKnowsItsPlan(t *testing.T) {
	t.Parallel()
	for plan, want := range map[string]int{"organization": 3, "professional": 0, "free": 0, "": 0} {
		app := domain.AppPolicy{Kind: domain.KindApolloIO, Plan: plan}
		require.Equal(t, want, app.Contract().Minimum, plan)
		require.Equal(t, plan, app.Contract().Plan)
	}
	app := domain.AppPolicy{Kind: domain.KindApolloIO, Plan: "organization", Seats: domain.SeatPolicy{Minimum: 5, Billing: domain.BillingAnnual}}
	c := app.Contract()
	require.Equal(t, 5, c.Minimum, "the contract's own")
	require.Equal(t, "1428.00 USD 2026-02-26 vendor's guide", c.PricePerSeat.String()+" "+c.PriceDate+" "+c.PriceSource)
	require.Zero(t, domain.AppPolicy{Kind: domain.KindSCIM, Plan: "organization"}.Contract().Minimum, "another vendor's plan of that name")
}

func TestWhatThePlansWarnOf(t *testing.T) {
	t.Parallel()
	for plan, wants := range map[string][]string{
		"free":         {"one seat once it has been in active use for 100 days", "built-in permission profiles only"},
		"basic":        {"removed ten days later", "built-in permission profiles only"},
		"professional": {"removed ten days later", "built-in permission profiles only"},
		"organization": {"removed ten days later", "three seats at least"},
		"custom":       {"removed ten days later"},
		"":             {"The plan is not said"},
	} {
		got := domain.PlanWarnings(domain.KindApolloIO, plan)
		require.Len(t, got, len(wants), plan)
		for i, want := range wants {
			require.Contains(t, got[i], want, plan)
		}
		require.Empty(t, domain.PlanWarnings(domain.KindSCIM, plan))
	}
}
