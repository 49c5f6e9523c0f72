package config

import (
	"regexp"

	"handover/domain"
)

// currency is the form of ISO 4217.
var currency = regexp.MustCompile(`^[A-Z]{3}$`)

// checkSeats checks the contract for seats: money is counted from it.
func (c *checker) checkSeats(path string, app *domain.AppPolicy) {
	s := app.Seats
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
	c.notNegative(path+".price_minor", s.PriceMinor)
	switch {
	case s.Currency != "" && !currency.MatchString(s.Currency):
		c.bad(path+".currency", "%q is no currency: write three capitals of ISO 4217, for example USD", s.Currency)
	case s.Currency == "" && s.PriceMinor > 0:
		c.bad(path+".currency", "is missing: a price without one is not known")
	}
}

func (c *checker) notNegative(path string, n int64) {
	if n < 0 {
		c.bad(path, "must be 0 or more")
	}
}
