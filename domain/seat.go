package domain

import (
	"fmt"
	"time"
)

// Billing is how a contract for seats is paid.
type Billing string

// Billing periods. On a monthly plan seats are reduced shortly before the period
// ends, because nothing is refunded; an annual contract allows no reduction
// before its renewal (the vendor's guide).
const (
	BillingMonthly Billing = "monthly"
	BillingAnnual  Billing = "annual"
	BillingUnknown Billing = ""
)

// Money is an amount in minor units of a currency.
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"` // ISO 4217
}

// Times multiplies an amount.
func (m Money) Times(n int) Money { return Money{Minor: m.Minor * int64(n), Currency: m.Currency} }

// String renders an amount with two decimals; an unknown price says so.
func (m Money) String() string {
	if m.Currency == "" {
		return "unknown"
	}
	return fmt.Sprintf("%d.%02d %s", m.Minor/100, m.Minor%100, m.Currency)
}

// SeatContract is what the policy file says about an app's seats: no app shows
// it by API.
type SeatContract struct {
	Plan         string    `json:"plan,omitempty"`
	Bought       int       `json:"bought"` // -1 unknown
	AsOf         time.Time `json:"as_of"`
	SaidBy       string    `json:"said_by"` // a role or system, not a name
	Billing      Billing   `json:"billing"`
	Renewal      time.Time `json:"renewal"` // next day on which the count may change
	NoticeDays   int       `json:"notice_days"`
	LeadDays     int       `json:"lead_days"` // how long before the notice the question is asked
	Minimum      int       `json:"minimum"`
	PricePerSeat Money     `json:"price_per_seat"` // for one billing period
	PriceDate    string    `json:"price_date"`
	PriceSource  string    `json:"price_source,omitempty"` // PriceFromPolicy, PriceFromGuide
}

// AskAt is when finance is asked about a reduction: ahead of the notice period
// of the next renewal. Zero when the contract does not say enough.
func (c SeatContract) AskAt() time.Time {
	if c.Renewal.IsZero() {
		return time.Time{}
	}
	return c.Renewal.AddDate(0, 0, -c.NoticeDays-c.LeadDays)
}

// LastCall is the last moment at which notice can be given.
func (c SeatContract) LastCall() time.Time {
	if c.Renewal.IsZero() {
		return time.Time{}
	}
	return c.Renewal.AddDate(0, 0, -c.NoticeDays)
}

// SeatEntryKind is a line of the seat ledger.
type SeatEntryKind string

// Lines of the ledger. A deactivated user's seat stays bought: freed means that
// nobody sits on it, reusable that the next joiner can have it at once, reduced
// that it is no longer paid, bought that one more is.
const (
	SeatFreed   SeatEntryKind = "freed"
	SeatTaken   SeatEntryKind = "taken"
	SeatReduced SeatEntryKind = "reduced"
	SeatPromise SeatEntryKind = "promised" // to a known joiner
	SeatWaived  SeatEntryKind = "waived"   // the joiner does not come, or needs none
	SeatBought  SeatEntryKind = "bought"   // for a joiner, on top of what was bought
)

// SeatEntry is one line of the seat ledger.
type SeatEntry struct {
	ID       string        `json:"id"` // derived from run and step
	App      AppID         `json:"app"`
	Kind     SeatEntryKind `json:"kind"`
	Run      string        `json:"run"`
	Person   PersonID      `json:"person"`
	Account  AccountID     `json:"account"`
	Reusable Tri           `json:"reusable"`
	At       time.Time     `json:"at"`
}

// SeatBalance is the state of an app's seats as counted from the ledger and a
// fresh listing.
type SeatBalance struct {
	Bought   int `json:"bought"`   // -1 unknown
	Occupied int `json:"occupied"` // active accounts on paid seats
	Unknown  int `json:"unknown"`  // active accounts whose seat type is not mapped
	Promised int `json:"promised"`
	Free     int `json:"free"`  // bought and nobody sits there; -1 unknown
	Spare    int `json:"spare"` // free beyond promises and the plan's minimum
}

// Balance counts seats. Whatever is unknown makes what hangs on it unknown too:
// no seat is called spare that somebody may sit on.
func Balance(c SeatContract, l Listing, promised int) SeatBalance {
	b := SeatBalance{Bought: c.Bought, Promised: promised, Free: -1, Spare: -1}
	for _, a := range l.Accounts {
		if a.Active == No {
			continue
		}
		switch a.FullSeat {
		case Yes:
			b.Occupied++
		case Unknown:
			b.Unknown++
		}
	}
	if c.Bought < 0 || !l.Complete {
		return b
	}
	b.Free = max(0, c.Bought-b.Occupied-b.Unknown)
	b.Spare = max(0, min(b.Free-promised, c.Bought-c.Minimum))
	return b
}
