package domain

import "time"

// ReviewRow is one row of a list that somebody read off an app's screen because
// the app shows Handover nobody.
type ReviewRow struct {
	No      int       `json:"no"` // line of the file
	Account AccountID `json:"account"`
	Email   string    `json:"email"`
	Name    string    `json:"name"`
	Role    string    `json:"role"` // key or name
	Active  Tri       `json:"active"`
	Invited bool      `json:"invited"`
}

// ReviewMove takes a review from one state to another. It is refused (conflict)
// where the review is in none of the states of From; empty fields change nothing.
type ReviewMove struct {
	From       []ReviewState
	To         ReviewState
	Why        string
	Population *Population
	OpenedAt   time.Time
	DueAt      time.Time
	ClosedAt   time.Time
}

// ReviewFilter picks lines of one review, in the order of their numbers.
type ReviewFilter struct {
	Review   string
	Reviewer PersonID // theirs to decide, or theirs to confirm
	States   []LineState
	Verdicts []ReviewVerdict
	After    int // number of the last line that was seen
	Limit    int // 0: all
}

// LineMark changes the state of one line while its review is open. It is left out
// where the line is in another state than From: somebody was faster.
type LineMark struct {
	Line      int
	From      LineState
	To        LineState
	Newest    int    // of a confirmation: number of the decision that it is about; left out where a newer one stands
	Run       string // "" leaves it
	Why       string
	SettledAt time.Time
}

// ReviewDifference is what changed between two reviews of an app.
type ReviewDifference struct {
	Before  string       `json:"before"` // the earlier review, "" where there was none
	Added   []ReviewLine `json:"added"`
	Gone    []ReviewLine `json:"gone"`
	Changed []RoleMove   `json:"changed"`
	Same    int          `json:"same"`
}

// RoleMove is an account that had another role in the review before.
type RoleMove struct {
	Line ReviewLine `json:"line"` // as it is now
	From string     `json:"from"` // name of the role before
}

// Account is the account that a row of an uploaded list shows. What its role may do
// is what the policy says; a role that nobody explained may administer, for all
// that is known.
func (s ReviewSettings) Account(row ReviewRow) Account {
	a := Account{ID: row.Account, Email: row.Email, Name: row.Name, Active: row.Active, Admin: Unknown, FullSeat: Unknown, ProfileID: row.Role, Invited: row.Invited}
	if role, ok := FindRole(s.Roles, row.Role); ok {
		a.ProfileID, a.Admin, a.FullSeat, a.SeatType = role.Key, orUnknown(role.Admin), orUnknown(role.FullSeat), role.Seat
	}
	return a
}

// AboutReviewer is what the message to one reviewer is about, so that it is edited
// as they get on.
func AboutReviewer(review string, person PersonID) string { return review + "/" + string(person) }

// ReviewAsked is the setting that says when a schedule last asked for a review of an
// app; ReviewBegun the one that says for which asking one was begun.
func ReviewAsked(app AppID) string { return "review.asked." + string(app) }

// ReviewBegun is the setting beside ReviewAsked.
func ReviewBegun(app AppID) string { return "review.begun." + string(app) }
