package domain

import (
	"strings"
	"time"
)

// AppID names one tenant of a SaaS product as the policy file does. It is
// chosen by the administrator and holds nothing personal.
type AppID string

// AccountID is the app's own id of a user. Emails change and people vanish from
// lists; an account is linked by this id once it is found.
type AccountID string

// Account is a person's user in an app as a listing showed it.
type Account struct {
	ID        AccountID `json:"id"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Active    Tri       `json:"active"`     // can log in
	Admin     Tri       `json:"admin"`      // may administer users, by its profile
	FullSeat  Tri       `json:"full_seat"`  // sits on a paid seat that can work records
	ProfileID string    `json:"profile_id"` // the app's permission profile
	SeatType  string    `json:"seat_type"`  // as the policy names it: full, billing, call_assistant; empty when unknown
	CreatedAt time.Time `json:"created_at"`
	Invited   bool      `json:"invited,omitempty"` // an invite that nobody accepted yet, where the app lists those
	Door      string    `json:"door,omitempty"`    // by what id the door for cutting access knows it, where that is another and was found
}

// WorkingAdmin tells whether the account counts for the sole-admin guard: it
// can log in, has admin rights and a full seat. A billing-and-seat manager
// does not count.
func (a Account) WorkingAdmin() Tri { return a.Active.And(a.Admin).And(a.FullSeat) }

// Listing is one reading of all accounts of an app.
type Listing struct {
	Accounts  []Account `json:"accounts"`
	Complete  bool      `json:"complete"`         // every page was read and the counts add up to the app's own total
	Total     int       `json:"total"`            // the app's own total, -1 when it gives none
	Hidden    bool      `json:"hidden,omitempty"` // the app shows Handover no users at all: whatever hangs on a listing, a person has to look at
	StartedAt time.Time `json:"started_at"`       // when the first page was asked for
	RequestID string    `json:"request_id"`       // of the last page

	index *listingIndex // where Index was asked for
}

// ByID finds an account by the app's id.
func (l Listing) ByID(id AccountID) (Account, bool) {
	if l.index.of(l) {
		i, ok := l.index.byID[id]
		if !ok {
			return Account{}, false
		}
		return l.Accounts[i], true
	}
	for _, a := range l.Accounts {
		if a.ID == id {
			return a, true
		}
	}
	return Account{}, false
}

// ByEmail finds all accounts with an email, compared as email addresses are in
// practice: without regard to case.
func (l Listing) ByEmail(email string) []Account {
	var found []Account
	if l.index.of(l) {
		for _, i := range l.index.byEmail[foldedEmail(email)] {
			found = append(found, l.Accounts[i])
		}
		return found
	}
	for _, a := range l.Accounts {
		if strings.EqualFold(strings.TrimSpace(a.Email), strings.TrimSpace(email)) {
			found = append(found, a)
		}
	}
	return found
}

// AccountPresence reads from a listing whether an account can still be used.
// A deactivated account and one that is missing from a complete listing are
// both absent; a missing one in an incomplete listing is unknown.
func (l Listing) AccountPresence(id AccountID) Presence {
	a, ok := l.ByID(id)
	switch {
	case l.Hidden:
		return PresenceUnknown
	case ok && a.Active == No:
		return Absent
	case ok && a.Active == Yes:
		return Present
	case !ok && l.Complete:
		return Absent
	default:
		return PresenceUnknown
	}
}

// Receipt is what a call that acted left behind for the evidence pack.
type Receipt struct {
	RequestID string    `json:"request_id"` // the app's id of the request
	At        time.Time `json:"at"`         // when the answer was received
	Already   bool      `json:"already"`    // it was so before we acted
}

// Mailbox is a sending mailbox that is linked to an account.
type Mailbox struct {
	ID      string    `json:"id"`
	Account AccountID `json:"account"`
	Address string    `json:"address"`
	Active  bool      `json:"active"`
	Default bool      `json:"default"`
}

// MailboxListing is one reading of the mailboxes of an account.
type MailboxListing struct {
	Mailboxes []Mailbox `json:"mailboxes"`
	RequestID string    `json:"request_id"`
}

// OwnedCounts is one reading of what an account owns that no API can move, by
// name. A name that is missing is unknown.
type OwnedCounts struct {
	Counts    map[string]int `json:"counts"`
	RequestID string         `json:"request_id"`
}

// ScheduledEmail is an email that the app will send later.
type ScheduledEmail struct {
	ID         string    `json:"id"`
	Account    AccountID `json:"account"`
	MailboxID  string    `json:"mailbox_id"`
	SequenceID string    `json:"sequence_id,omitempty"`
	DueAt      time.Time `json:"due_at"`
	Status     string    `json:"status"`    // scheduled, completed, failed, drafted, as the app names it
	NotSent    string    `json:"not_sent"`  // the app's reason when it was not sent
	FromName   bool      `json:"from_name"` // signed in the leaver's name
}
