package apollo

import "time"

// Kind names a kind of record, in inspection, effects and hashes.
type Kind string

// Kinds of records.
const (
	KindUser     Kind = "user"
	KindMailbox  Kind = "mailbox"
	KindContact  Kind = "contact"
	KindAccount  Kind = "account"
	KindDeal     Kind = "deal"
	KindTask     Kind = "task"
	KindSequence Kind = "sequence"
	KindEmail    Kind = "email"
	KindList     Kind = "list"
	KindWorkflow Kind = "workflow"
	KindInvite   Kind = "invite"
	KindPlan     Kind = "plan"
	KindCRM      Kind = "crm"
)

type user struct {
	id, email, first, last, title, profile string
	crmID                                  string
	created, lastActive                    time.Time
	deactivated                            time.Time
	deleted                                bool
	emailsPerDay, tasksPerDay              int
}

func (u *user) name() string { return u.first + " " + u.last }

type mailbox struct {
	id, userID, email string
	linked, standard  bool
	created, unlinked time.Time
	forwardTo         string
}

// enrolment is a contact's place in a sequence, and the mailbox that sends for it.
type enrolment struct {
	id, sequenceID, status, reason    string
	mailboxID, mailboxEmail, senderID string
	addedBy                           string
	added, paused, finished           time.Time
}

type contact struct {
	id, first, last, title, email  string
	owner, creator, crmOwner       string
	accountID, stage, company      string
	labels                         []string
	enrolments                     []enrolment
	created, updated, lastActivity time.Time
	phone, address                 string
}

type account struct {
	id, name, domain         string
	owner, creator, crmOwner string
	stage                    string
	labels                   []string
	created, updated         time.Time
	contacts                 int
}

type deal struct {
	id, name, owner, crmOwner string
	accountID, stage, creator string
	amount                    int
	closed, won               *bool
	closeDate, created        time.Time
}

type task struct {
	id, userID, creator, kind, priority, status string
	title, note                                 string
	contactID, accountID, dealID, sequenceID    string
	due, created, completed, skipped            time.Time
	completedBy                                 string
}

type step struct {
	id, kind string
	wait     int
}

type sequence struct {
	id, name, userID         string
	active, archived         bool
	created, updated         time.Time
	steps                    []step
	labels                   []string
	maxPerDay                int
	visibility               string
	statsLoading             bool
	scheduled, delivered     int
	opened, replied, bounced int
}

// Message states, and the one reason the simulator itself gives for an email that was not sent.
const (
	emailScheduled = "scheduled"
	emailCompleted = "completed"
	emailFailed    = "failed"
	emailCancelled = "cancelled"
	reasonNoInbox  = "no_active_email_account"
)

type message struct {
	id, userID, status, reason string
	sequenceID, contactID      string
	accountID                  string
	mailboxID, from, fromName  string
	to, toName, subject        string
	due, created, completed    time.Time
	failed                     time.Time
	rehomedFrom                string
}

type list struct {
	id, name, modality, userID string
	count                      int
	created, updated           time.Time
}

type workflow struct {
	id, name, owner string
	active          bool
}

type invite struct {
	id, email, profile, status, invitedBy string
	created                               time.Time
}

// Subscription is what the team bought.
type Subscription struct {
	Plan    string    `json:"plan"`
	Billing string    `json:"billing"`
	Seats   int       `json:"seats_bought"`
	Renews  time.Time `json:"renews_at"`
	// SeatsAtRenewal is the lower count an annual contract will go on with, zero when none was asked for.
	SeatsAtRenewal int `json:"seats_at_renewal,omitempty"`
	// PricePerSeat is in minor units of Currency, per seat and month.
	PricePerSeat int    `json:"price_per_seat"`
	Currency     string `json:"currency"`
}

// Billing rhythms.
const (
	BillingMonthly = "monthly"
	BillingAnnual  = "annual"
)

// minSeats is the least number of seats a plan is sold with.
func minSeats(plan string) int {
	if plan == PlanOrganization {
		return 3
	}
	return 1
}
