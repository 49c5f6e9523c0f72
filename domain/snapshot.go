package domain

import "time"

// Snapshot is the state of one person in one app before anything was written:
// what the plan is made from and what undo puts back.
type Snapshot struct {
	Run          string             `json:"run"`
	App          AppID              `json:"app"`
	Account      Account            `json:"account"`
	Found        bool               `json:"found"`    // an account exists
	Complete     bool               `json:"complete"` // the listing behind Found was complete
	ActingUser   Tri                `json:"acting_user"`
	Mailboxes    []Mailbox          `json:"mailboxes"`
	Emails       []ScheduledEmail   `json:"emails"`
	Counts       map[RecordKind]int `json:"counts"`     // in the scope of the policy
	Truncated    []RecordKind       `json:"truncated"`  // kinds that the app does not show whole
	Owned        map[string]int     `json:"owned"`      // things without an API, by step name; missing = unknown
	Enrolments   int                `json:"enrolments"` // in other people's sequences; -1 unknown
	TakenAt      time.Time          `json:"taken_at"`
	RequestID    string             `json:"request_id"`
	AccountTotal int                `json:"account_total"`
	SignIn       *Assignment        `json:"sign_in,omitempty"` // how the identity provider gives the app
}
