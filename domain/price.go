package domain

// Plans of Apollo.io, as the policy names them.
const (
	PlanFree         = "free"
	PlanBasic        = "basic"
	PlanProfessional = "professional"
	PlanOrganization = "organization"
	PlanCustom       = "custom"
)

// Price is what a seat costs for one billing period, and when and from whom that
// was known. Prices change often, so none is shown without its date.
type Price struct {
	PerSeat Money  `json:"per_seat"` // no currency: unknown
	Date    string `json:"date"`
	Source  string `json:"source"` // PriceFromPolicy, PriceFromGuide; "" where unknown
	Why     string `json:"why"`    // what to do about an unknown price
}

// Known tells whether there is a price.
func (p Price) Known() bool { return p.PerSeat.Currency != "" }

// Where a price comes from.
const (
	PriceFromPolicy = "policy file"
	PriceFromGuide  = "vendor's guide"
)

// guideDate is the date of the guide to Apollo.io's user management, whose table of
// licences the prices below are from.
const guideDate = "2026-02-26"

// monthsOf are the months of a billing period: the guide gives every price for a
// user and month, also where a year is billed.
var monthsOf = map[Billing]int{BillingMonthly: 1, BillingAnnual: 12}

// apolloPrices are the guide's, for a user and month, in cents of US dollars. It
// gives none for a custom plan.
var apolloPrices = map[string]map[Billing]int64{
	PlanFree:         {BillingMonthly: 0, BillingAnnual: 0},
	PlanBasic:        {BillingMonthly: 5900, BillingAnnual: 4900},
	PlanProfessional: {BillingMonthly: 9900, BillingAnnual: 7900},
	PlanOrganization: {BillingMonthly: 14900, BillingAnnual: 11900},
}

// PublishedPrice is the price of a vendor's guide for a type of seat, and unknown
// where the guide gives none. Of Apollo.io: Billing and Seat Managers cost nothing;
// what a Call Assistant costs is not published.
func PublishedPrice(kind, plan string, billing Billing, seat string) Price {
	if kind != KindApolloIO {
		return Price{Why: "no price is known: write seats.price_minor, currency and price_date"}
	}
	dollars := func(n int64) Price {
		return Price{PerSeat: Money{Minor: n, Currency: "USD"}, Date: guideDate, Source: PriceFromGuide}
	}
	month, listed := apolloPrices[plan]
	switch {
	case seat == SeatBilling:
		return dollars(0)
	case seat != SeatFull:
		return Price{Why: "not published: ask Apollo, and write it under seats.prices"}
	case plan == PlanFree:
		return dollars(0)
	case plan == "":
		return Price{Why: "the plan is not said: write plan, and seats.billing"}
	case !listed:
		return Price{Why: "not published for this plan: take it from the contract, and write it as seats.price_minor"}
	case monthsOf[billing] == 0:
		return Price{Why: "whether a month or a year is billed is not said: write seats.billing"}
	}
	return dollars(month[billing] * int64(monthsOf[billing]))
}

// Price is what a type of seat of this app costs for the app's billing period: by
// the policy's one price, else its table, else the vendor's guide.
func (a AppPolicy) Price(seat string) Price {
	s := a.Seats
	said := func(minor int64) Price {
		return Price{PerSeat: Money{Minor: minor, Currency: s.Currency}, Date: s.PriceDate, Source: PriceFromPolicy}
	}
	if seat == SeatFull && s.PriceMinor != nil {
		return said(*s.PriceMinor)
	}
	for _, row := range s.Prices {
		if row.Fits(seat, a.Plan, s.Billing) {
			return said(row.PriceMinor)
		}
	}
	return PublishedPrice(a.Kind, a.Plan, s.Billing, seat)
}

// Fits tells whether a line of the table is about a type of seat under a plan and a
// billing period.
func (p PricePolicy) Fits(seat, plan string, billing Billing) bool {
	return orText(p.Seat, SeatFull) == seat && p.Plan == plan && p.Billing == billing
}
