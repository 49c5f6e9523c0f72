package app

import (
	"fmt"
	"strconv"
)

// Knowledge is how much of a part the app let us see. A number without it would say
// "none" where nobody looked.
type Knowledge string

// Degrees of knowledge, in the order of the alphabet: min is the lesser.
const (
	KnownWhole  Knowledge = "yes"
	KnownPartly Knowledge = "partly"
	KnownNot    Knowledge = "no"
)

// AssessedKnown is how much is known of each part.
type AssessedKnown struct {
	Leavers   Knowledge `json:"leavers_still_active"`
	Nobodys   Knowledge `json:"accounts_nobody_knows"`
	Invites   Knowledge `json:"stale_invites"`
	Orphans   Knowledge `json:"orphaned_records"`
	Mailboxes Knowledge `json:"mailboxes_still_linked"`
	Admins    Knowledge `json:"admins"`
	Activity  Knowledge `json:"activity"`
}

// Count shows how many were found: never more certain than it is.
func (k Knowledge) Count(n int) string {
	switch {
	case k == KnownWhole:
		return strconv.Itoa(n)
	case n > 0:
		return fmt.Sprintf("at least %d", n)
	default:
		return "unknown"
	}
}

// None says in a sentence that nothing was found.
func (k Knowledge) None() string {
	switch k {
	case KnownWhole:
		return "None found."
	case KnownPartly:
		return "None found in what could be read, which was not all."
	default:
		return "Not known: it could not be read."
	}
}

// listed is how much is known of what the list of users alone shows.
func (x *assessor) listed() Knowledge {
	switch {
	case x.out.Accounts.Complete:
		return KnownWhole
	case len(x.listing.Accounts) > 0:
		return KnownPartly
	}
	return KnownNot
}

// startKnowing says what is known of each part before it is looked at.
func (x *assessor) startKnowing() {
	list := x.listed()
	x.out.Known = AssessedKnown{Leavers: list, Nobodys: list, Invites: list, Admins: list, Orphans: KnownNot, Mailboxes: KnownNot, Activity: KnownNot}
	if x.out.Roster.Left == 0 {
		x.out.Known.Leavers = KnownNot
	}
}
