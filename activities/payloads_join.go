package activities

import (
	"time"

	"handover/domain"
)

// LookInput asks how a person stands in an app.
type LookInput struct {
	StepRef
	Kind string `json:"kind"`
}

// LookResult is a membership without what is personal: the workflow needs no more.
type LookResult struct {
	State     domain.MemberState     `json:"state"`
	Account   domain.AccountID       `json:"account"`
	Role      string                 `json:"role"` // the app's own id of it
	Admin     domain.Tri             `json:"admin"`
	FullSeat  domain.Tri             `json:"full_seat"`
	CRM       domain.Tri             `json:"crm"` // the CRM sync runs on this person's credentials
	Hidden    bool                   `json:"hidden"`
	Ambiguous int                    `json:"ambiguous"`
	Left      bool                   `json:"left"` // the person has left: what the app shows of them is not granted
	Channels  []domain.ChannelChoice `json:"channels"`
	RequestID string                 `json:"request_id"`
}

// FindSeatInput asks whether there is a seat for somebody. Promise keeps it for
// them, so that the next one who asks does not get the same.
type FindSeatInput struct {
	StepRef
	Contract domain.SeatContract `json:"contract"`
	Promise  bool                `json:"promise"`
	Waive    bool                `json:"waive"`  // gives the promise up instead: runs from before WaiveSeat
	Bought   bool                `json:"bought"` // writes down that one more was bought
}

// FindSeatResult is the answer with its price.
type FindSeatResult struct {
	Need      domain.SeatNeed    `json:"need"`
	Balance   domain.SeatBalance `json:"balance"`
	Before    int                `json:"before"` // others who were promised a seat earlier
	Why       string             `json:"why"`
	RequestID string             `json:"request_id"`
}

// ProposeJoinInput asks for the plan of a joining or of a role change, and for the
// request where one is needed.
type ProposeJoinInput struct {
	StepRef
	Kind       string           `json:"kind"`
	Version    int              `json:"version"`
	Approval   *domain.Approval `json:"approval,omitempty"` // nil: nobody is asked
	Terms      domain.JoinTerms `json:"terms"`
	Account    domain.AccountID `json:"account"`
	Steps      []domain.StepKey `json:"steps"`
	Change     bool             `json:"change"` // of role
	Guards     bool             `json:"guards"` // somebody may lose admin rights: foresee what stands before it
	PolicyHash string           `json:"policy_hash"`
}

// ProposeJoinResult is the proposal.
type ProposeJoinResult struct {
	Digest string `json:"digest"`
	Clock
}

// InviteInput is about one invitation.
type InviteInput struct {
	StepRef
	Kind     string             `json:"kind"`
	Invite   string             `json:"invite"`
	Link     int                `json:"link"`
	Role     domain.AppRole     `json:"role"`
	State    domain.InviteState `json:"state"`
	Channel  domain.Channel     `json:"channel"`
	By       domain.PersonID    `json:"by"`
	For      domain.PersonID    `json:"for"` // who asked for it
	Approved []domain.PersonID  `json:"approved"`
	SentAt   time.Time          `json:"sent_at"`
	Life     time.Duration      `json:"life"`
	Digest   string             `json:"digest"`
	Reason   string             `json:"reason"`
	Proof    string             `json:"proof"`
	Key      string             `json:"key"` // makes a repeated change an event of its own
}

// RoleInput asks for a role to be changed.
type RoleInput struct {
	StepRef
	Account   domain.AccountID  `json:"account"`
	From      domain.AppRole    `json:"from"`
	To        domain.AppRole    `json:"to"`
	Demotes   bool              `json:"demotes"`
	Protected bool              `json:"protected"`
	For       domain.PersonID   `json:"for"`
	Approved  []domain.PersonID `json:"approved"`
	Digest    string            `json:"digest"`
}

// GrantInput records that access was given.
type GrantInput struct {
	StepRef
	Role    domain.AppRole   `json:"role"`
	Account domain.AccountID `json:"account"`
	Seat    domain.SeatNeed  `json:"seat"`
	Was     domain.Tri       `json:"was"` // sat on a paid seat before
	Until   time.Time        `json:"until"`
	Digest  string           `json:"digest"`
	LetsIn  bool             `json:"lets_in"` // nobody who has left
	Early   bool             `json:"early"`   // the person came, and the role is not seen yet: the promise of a seat stands until it is
}
