package domain

import (
	"slices"
	"strings"
)

// AppRole is a role of an app with what it means, as the policy file says. What
// is not said is unknown: it costs a question, never a guess.
type AppRole struct {
	Key      string `json:"key"`       // the app's own: profile id, value over SCIM, or its word
	Name     string `json:"name"`      // for readers
	Admin    Tri    `json:"admin"`     // may administer users
	Owner    bool   `json:"owner"`     // above admins: only owners touch owners
	FullSeat Tri    `json:"full_seat"` // sits on a paid seat that can work records
	Seat     string `json:"seat"`      // full, billing, call_assistant, ...; "" unknown
}

// Privileged tells that a role needs an approval of its own: it may administer
// users, or it is not known that it may not.
func (r AppRole) Privileged() bool { return r.Admin != No || r.Owner }

// IsRole tells whether an account shows a role: by the app's own id of it.
// Unknown where the app shows none.
func (a Account) IsRole(r AppRole) Tri {
	if a.ProfileID == "" {
		return Unknown
	}
	return TriOf(strings.EqualFold(a.ProfileID, r.Key))
}

// Seats of Apollo.io, as the policy names them.
const (
	SeatFull          = "full"
	SeatBilling       = "billing"
	SeatCallAssistant = "call_assistant"
)

// FindRole finds a role by its key or its name, without regard to case. Two roles
// of one name are none: say the key.
func FindRole(roles []AppRole, word string) (AppRole, bool) {
	for _, r := range roles {
		if strings.EqualFold(r.Key, word) {
			return r, true
		}
	}
	named := slices.DeleteFunc(slices.Clone(roles), func(r AppRole) bool { return !strings.EqualFold(r.Name, word) })
	if len(named) != 1 {
		return AppRole{}, false
	}
	return named[0], true
}

// Change is what a person gains and loses by another role, in sentences that an
// approver reads before they decide. The facts are those of the vendors' guides.
type Change struct {
	Gains    []string `json:"gains"`
	Loses    []string `json:"loses"`
	Warnings []string `json:"warnings"`
	Seat     int      `json:"seat"` // +1 takes a paid seat, -1 leaves one free, 0 neither
	Demotes  bool     `json:"demotes"`
}

// Weigh compares two roles in one app. CRM tells that the person's account holds
// the credentials of the CRM sync; kind is the app's.
func Weigh(kind string, from, to AppRole, crm Tri) Change {
	var c Change
	if to.Privileged() && from.Admin != Yes && !from.Owner || to.Owner && !from.Owner {
		c.Gains = append(c.Gains, "the right to administer users, billing and integrations")
	}
	if from.Admin != No && to.Admin == No || from.Owner && !to.Owner {
		c.Demotes = true
		c.Loses = append(c.Loses, "the right to administer users")
	}
	switch {
	case from.FullSeat != Yes && to.FullSeat == Yes:
		c.Seat = 1
		c.Warnings = append(c.Warnings, "it takes a paid seat: where none is free, one more is charged at once")
	case from.FullSeat != Yes && to.FullSeat != No && joinWords[kind].seats:
		c.Seat = 1
		c.Warnings = append(c.Warnings, "whether it takes a paid seat is not known: look before one is charged")
	case from.FullSeat == Yes && to.FullSeat == No:
		c.Seat = -1
		c.Warnings = append(c.Warnings, "the paid seat is left free and stays bought: the bill changes only when the count is reduced")
	}
	if kind == KindApolloIO {
		c = weighApollo(c, from, to, crm)
	}
	return c
}

// weighApollo adds what the guide says of Apollo.io's conversions (its roles and
// their watch-outs, and the section on the decision).
func weighApollo(c Change, from, to AppRole, crm Tri) Change {
	if from.Seat != SeatBilling && to.Seat == SeatBilling {
		c.Loses = append(c.Loses, "prospecting, engagement, the dialer, and integrations, at once")
		c.Warnings = append(c.Warnings, "five Billing and Seat Managers at most, and not on every plan")
		if crm != No {
			c.Warnings = append(c.Warnings, "a Billing and Seat Manager cannot update records that are synced from a CRM: where this person's credentials run the sync, it fails until somebody else's do")
		}
	}
	if from.Seat != SeatCallAssistant && to.Seat == SeatCallAssistant {
		c.Loses = append(c.Loses, "everything that the person could do before: this seat is meant for new users only")
		c.Warnings = append(c.Warnings, "the price of a Call Assistant seat is not published; the seat is not on every account yet")
	}
	return c
}
