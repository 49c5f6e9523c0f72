package config

import (
	"fmt"
	"regexp"
	"strings"

	"handover/domain"
)

// currency is the form of ISO 4217.
var currency = regexp.MustCompile(`^[A-Z]{3}$`)

// checkSeats checks the contract for seats: money is counted from it.
func (c *checker) checkSeats(path string, app *domain.AppPolicy) {
	s := app.Seats
	if app.Kind == domain.KindApolloIO {
		c.oneOf(strings.TrimSuffix(path, ".seats")+".plan", app.Plan, apolloPlans...)
	}
	c.oneOf(path+".billing", string(s.Billing), "", string(domain.BillingMonthly), string(domain.BillingAnnual))
	c.date(path+".as_of", s.AsOf)
	c.date(path+".renewal", s.Renewal)
	c.date(path+".price_date", s.PriceDate)
	if s.Bought != nil {
		c.notNegative(path+".bought", int64(*s.Bought))
	}
	c.notNegative(path+".notice_days", int64(s.NoticeDays))
	c.notNegative(path+".lead_days", int64(s.LeadDays))
	c.notNegative(path+".minimum", int64(s.Minimum))
	c.checkPrices(path, app)
	priced := s.PriceMinor != nil || len(s.Prices) > 0
	switch {
	case s.Currency != "" && !currency.MatchString(s.Currency):
		c.bad(path+".currency", "%q is no currency: write three capitals of ISO 4217, for example USD", s.Currency)
	case priced && s.Currency == "":
		c.bad(path+".currency", "is missing: a price without one is not known")
	case priced && s.PriceDate == "":
		c.bad(path+".price_date", "is missing: prices change, so write when this one was known")
	case !priced && s.Currency+s.PriceDate != "":
		c.bad(path+".price_minor", "is missing: currency and price_date stand alone")
	}
}

// checkPrices wants one price for each case: of two, one would be taken by chance.
func (c *checker) checkPrices(path string, app *domain.AppPolicy) {
	if app.Seats.PriceMinor != nil {
		c.notNegative(path+".price_minor", *app.Seats.PriceMinor)
	}
	seen := map[domain.PricePolicy]bool{}
	for i, row := range app.Seats.Prices {
		at := fmt.Sprintf("%s.prices[%d]", path, i)
		c.notNegative(at+".price_minor", row.PriceMinor)
		c.oneOf(at+".billing", string(row.Billing), string(domain.BillingMonthly), string(domain.BillingAnnual))
		if app.Kind == domain.KindApolloIO {
			c.oneOf(at+".seat", row.Seat, "", domain.SeatFull, domain.SeatBilling, domain.SeatCallAssistant)
			c.oneOf(at+".plan", row.Plan, apolloPlans...)
		}
		if row.Fits(domain.SeatFull, app.Plan, app.Seats.Billing) && app.Seats.PriceMinor != nil {
			c.bad(at, "is the price of a full seat as price_minor is: keep one of them")
		}
		row.PriceMinor = 0
		if row.Seat == "" {
			row.Seat = domain.SeatFull
		}
		if seen[row] {
			c.bad(at, "stands twice: keep one price for a seat, plan and billing")
		}
		seen[row] = true
	}
}

// apolloPlans are the plans of Apollo.io; "" is one that nobody said.
var apolloPlans = []string{"", domain.PlanFree, domain.PlanBasic, domain.PlanProfessional, domain.PlanOrganization, domain.PlanCustom}

func (c *checker) notNegative(path string, n int64) {
	if n < 0 {
		c.bad(path, "must be 0 or more")
	}
}
