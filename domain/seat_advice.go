package domain

import (
	"fmt"
	"strings"
	"time"
)

// FigureLife is how long a figure that somebody read off a page, or a price, goes
// without a reminder to look again: a quarter, as reviews do. The guide reports
// several changes of price within a year.
const FigureLife = 92 * 24 * time.Hour

// Stated tells whether the policy says anything of a contract for seats.
func (c SeatContract) Stated() bool {
	return c.Bought >= 0 || !c.AsOf.IsZero() || c.Billing != BillingUnknown || !c.Renewal.IsZero() || c.PricePerSeat.Currency != ""
}

// Warnings are sentences about what is missing, old or contradictory in an app's
// seats, each with what to do. An app of a kind without paid seats, of which the
// policy says nothing, has none.
func (s SeatStanding) Warnings(kind string, price Price, now time.Time) []string {
	c := s.Contract
	if !joinWords[kind].seats && !c.Stated() {
		return nil
	}
	all := append(c.figureWarnings(now), s.countWarnings(kind)...)
	all = append(all, c.dateWarnings(now)...)
	switch {
	case !price.Known():
		all = append(all, "The price of a seat is unknown: "+price.Why+".")
	case isOld(price.Date, now):
		all = append(all, fmt.Sprintf("The price of a seat is from the %s of %s, and prices change: compare it with the plan page.", price.Source, price.Date))
	}
	return append(all, PlanWarnings(kind, c.Plan)...)
}

func isOld(date string, now time.Time) bool {
	at, err := time.Parse(time.DateOnly, date)
	return err != nil || now.Sub(at) > FigureLife
}

func (c SeatContract) figureWarnings(now time.Time) []string {
	switch {
	case c.Bought < 0:
		return []string{"How many seats are bought is unknown, because no interface tells it: read it off the plan page, and write seats.bought with as_of and said_by."}
	case c.AsOf.IsZero():
		return []string{"Nobody said when the number bought was read: write seats.as_of."}
	case now.Sub(c.AsOf) > FigureLife:
		return []string{fmt.Sprintf("The number bought was read %d days ago: read it off the plan page again.", int(now.Sub(c.AsOf).Hours())/24)}
	}
	return nil
}

func (s SeatStanding) countWarnings(kind string) []string {
	var all []string
	n := s.Count
	if n.Unknown > 0 {
		text := fmt.Sprintf("Whether %d more sit on a paid seat is unknown, so no number of free ones is given", n.Unknown)
		if len(n.Unmapped) > 0 {
			text += ": say full_seat in the policy file for " + strings.Join(n.Unmapped, ", ")
		}
		all = append(all, text+".")
	}
	if s.Contract.Bought >= 0 && n.Paid > s.Contract.Bought {
		all = append(all, fmt.Sprintf("%d sit on paid seats and %d are bought: the number bought is wrong or old, or a role is explained wrongly.", n.Paid, s.Contract.Bought))
	}
	if kind == KindApolloIO && n.ByType[SeatBilling] >= BillingSeatsMost {
		all = append(all, fmt.Sprintf("All %d Billing and Seat Manager seats are taken: nobody else can have one.", BillingSeatsMost))
	}
	return all
}

// dateWarnings are about when the number may change (the guide: never in the middle
// of an annual contract; on a monthly plan at once, and nothing is refunded).
func (c SeatContract) dateWarnings(now time.Time) []string {
	switch {
	case c.Billing == BillingUnknown:
		return []string{"Whether a month or a year is billed is unknown, so it is unknown when seats can be given back: write seats.billing and seats.renewal."}
	case c.Renewal.IsZero():
		return []string{"When seats can be given back is unknown: write seats.renewal."}
	case c.Renewal.Before(now.Truncate(24 * time.Hour)):
		return []string{fmt.Sprintf("The renewal of %s is over: write the next one.", c.Renewal.Format(time.DateOnly))}
	case now.After(c.LastCall().AddDate(0, 0, 1)):
		return []string{fmt.Sprintf("Notice for the renewal of %s had to be given by %s.", c.Renewal.Format(time.DateOnly), c.LastCall().Format(time.DateOnly))}
	}
	return nil
}

// SeatHint is a question about one person's seat, never a finding: nothing shows
// what somebody needs a seat for.
type SeatHint struct {
	Email string `json:"email"`
	Text  string `json:"text"`
}

// BillingHints ask whether people are in an app for its bills alone, where a free
// seat would do. Nothing that an app shows tells it, so only those are asked about
// whom the policy knows for nothing but money, which are their emails, and only
// where one of the five is left.
func BillingHints(l Listing, money []string) []SeatHint {
	if !l.Complete || CountSeats(l).ByType[SeatBilling] >= BillingSeatsMost {
		return nil
	}
	var hints []SeatHint
	for _, email := range money {
		hits := l.ByEmail(email)
		if len(hits) == 1 && hits[0].Active == Yes && hits[0].FullSeat == Yes {
			hints = append(hints, SeatHint{Email: NormalEmail(email), Text: "only here for billing? A Billing and Seat Manager costs nothing; " +
				"prospecting, engagement and integrations end at once, and a CRM sync that runs on this person's credentials fails"})
		}
	}
	return hints
}

// ForMoneyAlone are the emails of those whom the policy gives no other role in
// Handover than finance, where an app has the free seat for them: some profile is
// explained as it (it is not on every plan).
func (p *Policy) ForMoneyAlone(app *AppPolicy) []string {
	offered := false
	for _, profile := range app.Profiles {
		offered = offered || profile.Seat == SeatBilling
	}
	if app.Kind != KindApolloIO || !offered {
		return nil
	}
	var emails []string
	for _, person := range p.People {
		if len(person.Roles) == 1 && person.Roles[0] == RoleFinance {
			emails = append(emails, person.Email)
		}
	}
	return emails
}
