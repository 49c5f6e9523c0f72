package activities

import (
	"time"

	"handover/domain"
)

// StepRef points at one step of one app of one run. It is part of every input,
// so that each activity can record what it did.
type StepRef struct {
	Run    string          `json:"run"`
	App    domain.AppID    `json:"app"`
	Step   domain.StepKey  `json:"step"`
	Person domain.PersonID `json:"person"` // the leaver
}

// SnapshotInput asks for the state of one person in one app.
type SnapshotInput struct {
	StepRef
	Kind    string                                   `json:"kind"`    // of the app
	Account domain.AccountID                         `json:"account"` // where the run was started for an account id
	Scopes  map[domain.RecordKind]domain.RecordScope `json:"scopes"`
	Quick   bool                                     `json:"quick"`  // leave the records uncounted: somebody's access must go first
	Counts  bool                                     `json:"counts"` // only count the records
}

// SnapshotResult is the part of a snapshot that the workflow needs.
type SnapshotResult struct {
	Found           bool                      `json:"found"`
	Complete        bool                      `json:"complete"`
	Hidden          bool                      `json:"hidden,omitempty"` // the app shows no users at all: the account is assumed
	Ambiguous       int                       `json:"ambiguous"`        // accounts with this email when it is not one
	Account         domain.AccountID          `json:"account"`
	Active          domain.Tri                `json:"active"`
	Admin           domain.Tri                `json:"admin"`
	ActingUser      domain.Tri                `json:"acting_user"`
	Counts          map[domain.RecordKind]int `json:"counts"`
	Owned           map[string]int            `json:"owned"`
	Enrolments      int                       `json:"enrolments"`
	Mailboxes       int                       `json:"mailboxes"`
	ScheduledEmails int                       `json:"scheduled_emails"`
	Channels        []domain.ChannelChoice    `json:"channels"`
	Truncated       []domain.RecordKind       `json:"truncated"`
	RequestID       string                    `json:"request_id"`
}

// ProposeInput asks for a plan, its checks and the request for approval.
type ProposeInput struct {
	StepRef
	Kind       string                                   `json:"kind"`
	Version    int                                      `json:"version"`
	Approval   domain.Approval                          `json:"approval"` // without digest; the policy is frozen in it
	Heirs      map[domain.RecordKind]domain.PersonID    `json:"heirs"`    // key "" is for all kinds
	Scopes     map[domain.RecordKind]domain.RecordScope `json:"scopes"`
	Counts     map[domain.RecordKind]int                `json:"counts"` // fresher than the snapshot's
	Drift      domain.DriftLimits                       `json:"drift"`
	Order      domain.RunOrder                          `json:"order"`
	Together   bool                                     `json:"together"`
	Emails     domain.EmailChoice                       `json:"emails"`
	ForwardTo  string                                   `json:"forward_to"`
	PolicyHash string                                   `json:"policy_hash"`
	Protected  bool                                     `json:"protected"`
	LegalHold  bool                                     `json:"legal_hold"`
	KeyOwner   domain.PersonID                          `json:"key_owner"`
	Steps      []domain.StepKey                         `json:"steps,omitempty"` // of the run; none means the whole runbook
}

// ProposeResult is the proposal. A problem means that nobody can approve yet,
// because the successor does not fit; the text says why and what to do.
type ProposeResult struct {
	Digest    string                               `json:"digest"`
	Rules     []domain.PlanRule                    `json:"rules"`
	ForwardTo string                               `json:"forward_to"`
	Problem   string                               `json:"problem"`
	Accounts  map[domain.PersonID]domain.AccountID `json:"accounts"`
	Clock
}

// Clock is when an open request is late and when its people are reminded next,
// in absolute time: working hours are read outside workflows, because zone data
// changes. A zero time is never.
type Clock struct {
	LateAt   time.Time `json:"late_at"`
	RemindAt time.Time `json:"remind_at"`
}

// ChaseInput asks for a reminder, or for the backups, of an open request or task.
type ChaseInput struct {
	StepRef
	About    string            `json:"about"` // approval or task id
	Kind     string            `json:"kind"`  // approval-opened, remind, escalate, expired, moved, handed-over, close
	To       []domain.PersonID `json:"to"`
	Text     string            `json:"text"`
	Count    int               `json:"count"`
	Urgent   bool              `json:"urgent"`
	Approval *domain.Approval  `json:"approval,omitempty"` // as it stands
	Task     *domain.Task      `json:"task,omitempty"`
}

// AccountInput asks for an act on an account.
type AccountInput struct {
	StepRef
	Account   domain.AccountID `json:"account"`
	Due       time.Time        `json:"due"` // last moment, for the time to cut-off
	Limit     time.Duration    `json:"limit"`
	Class     string           `json:"class"`
	Protected bool             `json:"protected"`
	KeyOwner  domain.PersonID  `json:"key_owner"`
	CutNow    bool             `json:"cut_now"`
	Overlap   bool             `json:"overlap"` // people said go on though another employment does
	Zone      string           `json:"zone"`
	Digest    string           `json:"digest"`
	Returned  int              `json:"returned"` // how often access came back: each removal is an event
	// EndSessions also ends the sessions at the identity provider: the person leaves
	// altogether, not this app alone.
	EndSessions bool `json:"end_sessions,omitempty"`
	// NotBefore, where it lies ahead, has everything prepared now and the door
	// asked at that moment.
	NotBefore time.Time `json:"not_before"`
}

// Outcome is what became of an act.
type Outcome string

// Outcomes. Shut means that a guard stands before it; unsupported that a person
// has to do it; held that it waited for its moment and the run, or HR, changed its
// mind: nothing was done.
const (
	OutcomeVerified    Outcome = "verified"
	OutcomeUnverified  Outcome = "unverified"
	OutcomeUnsupported Outcome = "unsupported"
	OutcomeShut        Outcome = "shut"
	OutcomeHeld        Outcome = "held"
)

// ActResult is the outcome of an act with the guard that stopped it.
type ActResult struct {
	Outcome   Outcome             `json:"outcome"`
	Channel   domain.Channel      `json:"channel"`
	Why       string              `json:"why"`
	Guard     domain.GuardFinding `json:"guard"`
	RequestID string              `json:"request_id"`
}

// PlayInput asks for a recipe to be played for one account.
type PlayInput struct {
	StepRef
	Capability domain.Capability `json:"capability"`
	Account    domain.AccountID  `json:"account"`
	Heir       domain.AccountID  `json:"heir"`
	ForwardTo  string            `json:"forward_to"`
	Values     map[string]string `json:"values,omitempty"` // nothing personal: those are read from the store
}

// TaskInput asks for a task, after the guards of its destructive steps.
type TaskInput struct {
	StepRef
	Kind      string            `json:"kind"`
	Task      domain.Task       `json:"task"`
	Account   domain.AccountID  `json:"account"`
	Heir      domain.AccountID  `json:"heir"`
	ForwardTo string            `json:"forward_to"`
	Guarded   bool              `json:"guarded"` // a step of it is destructive: claim first
	Protected bool              `json:"protected"`
	KeyOwner  domain.PersonID   `json:"key_owner"`
	CutNow    bool              `json:"cut_now"`
	Overlap   bool              `json:"overlap"`
	To        []domain.PersonID `json:"to"`
}

// TaskResult tells whether the task is open, or which guard is shut.
type TaskResult struct {
	Opened bool                `json:"opened"`
	Guard  domain.GuardFinding `json:"guard"`
}

// ReadBackInput asks what the app itself says about steps.
type ReadBackInput struct {
	StepRef
	Kind      string           `json:"kind"`
	Steps     []domain.StepKey `json:"steps"`
	Account   domain.AccountID `json:"account"`
	Task      string           `json:"task"`
	Channel   domain.Channel   `json:"channel"`
	DoneBy    domain.PersonID  `json:"done_by"`      // who said done
	Confirmed domain.PersonID  `json:"confirmed_by"` // the second person, for what the app cannot show
	Proof     string           `json:"proof"`
	Due       time.Time        `json:"due"`
	Limit     time.Duration    `json:"limit"`
	Class     string           `json:"class"`
	Zone      string           `json:"zone"`
	Heir      domain.AccountID `json:"heir"` // for a promotion
	Returned  int              `json:"returned"`
	Join      *JoinRef         `json:"join,omitempty"` // of somebody who joins or changes role
}

// JoinRef is what was granted, by whom, when somebody joins or changes role.
type JoinRef struct {
	Role     domain.AppRole    `json:"role"`
	From     domain.AppRole    `json:"from"`
	For      domain.PersonID   `json:"for"` // who asked
	Approved []domain.PersonID `json:"approved"`
	Digest   string            `json:"digest"`
}

// ReadBackResult gives the state of each step after reading.
type ReadBackResult struct {
	States  map[domain.StepKey]domain.StepState `json:"states"`
	Whys    map[domain.StepKey]string           `json:"whys"`
	Settled bool                                `json:"settled"` // all of them
}

// AttentionInput reports a step that cannot go on without a person.
type AttentionInput struct {
	StepRef
	Why   string            `json:"why"`
	Fault domain.FaultKind  `json:"fault"`
	Count int               `json:"count"`
	To    []domain.PersonID `json:"to"`
	State domain.StepState  `json:"state"` // needs_attention, or waiting with a reason
	Quiet bool              `json:"quiet"` // people were told of the same not long ago
}

// SettleInput records states that the workflow decides: skipped, planned,
// undone, and steps that a plan leaves out.
type SettleInput struct {
	StepRef
	Steps   []domain.StepRecord `json:"steps"`
	Actor   domain.PersonID     `json:"actor"`
	Reason  string              `json:"reason"`
	Release bool                `json:"release"` // give up the claim of the step
	Event   domain.EventKind    `json:"event"`
	Count   int                 `json:"count"`
}

// MoveInput asks for a slice of the transfer of one kind of record.
type MoveInput struct {
	StepRef
	Account  domain.AccountID `json:"account"` // whose records move
	Rule     domain.PlanRule  `json:"rule"`
	Plan     string           `json:"plan"` // digest
	With     domain.AccountID `json:"with"` // new owner of the accounts, when contacts follow them
	Undo     bool             `json:"undo"`
	Canary   int              `json:"canary"`
	IndexLag time.Duration    `json:"index_lag"`
	Slice    time.Duration    `json:"slice"`
	Accept   int              `json:"accept"` // ceiling accepted by a person for what attention was asked
}

// MoveResult is where the transfer stands after the slice.
type MoveResult struct {
	Done      bool          `json:"done"`
	ResumeAt  time.Time     `json:"resume_at"`
	Drift     *domain.Drift `json:"drift,omitempty"`
	Attention string        `json:"attention"`
	Moved     int           `json:"moved"`
	Of        int           `json:"of"`
	Foreign   int           `json:"foreign"`
}

// SweepInput asks to read everything back again.
type SweepInput struct {
	StepRef
	Kind    string                                   `json:"kind"`
	Account domain.AccountID                         `json:"account"`
	Scopes  map[domain.RecordKind]domain.RecordScope `json:"scopes"`
	Name    string                                   `json:"name"` // which sweep
	Hold    bool                                     `json:"hold"` // legal hold: mailboxes and records are not expected to move
}

// SweepResult tells what came back or is left.
type SweepResult struct {
	Clean     bool             `json:"clean"`
	Returned  bool             `json:"returned"` // access is back
	Left      []domain.StepKey `json:"left"`     // steps whose read-back no longer holds
	Unknown   []domain.StepKey `json:"unknown"`
	ResumeAt  time.Time        `json:"resume_at"`
	RequestID string           `json:"request_id"`
}

// SeatInput books what a run means for the seats of an app.
type SeatInput struct {
	StepRef
	Account  domain.AccountID    `json:"account"`
	Contract domain.SeatContract `json:"contract"`
}

// WeighInput asks how many seats of an app can be given back.
type WeighInput struct {
	Run      string              `json:"run"`
	App      domain.AppID        `json:"app"`
	Contract domain.SeatContract `json:"contract"`
}

// WeighResult is the balance with the runs whose seats are in it.
type WeighResult struct {
	Balance domain.SeatBalance `json:"balance"`
	Freed   []domain.SeatEntry `json:"freed"`
	Save    domain.Money       `json:"save"` // per billing period
}

// ConcludeInput ends a run.
type ConcludeInput struct {
	Run     string            `json:"run"`
	Person  domain.PersonID   `json:"person"`
	State   domain.RunState   `json:"state"`
	Why     string            `json:"why"`
	Pack    bool              `json:"pack"`
	To      []domain.PersonID `json:"to"`
	Final   bool              `json:"final"`
	Release []domain.AppID    `json:"release"` // apps whose claims of this run are given up
}

// ObserveInput asks to compare an app with the tasks that are open there.
type ObserveInput struct {
	App domain.AppID `json:"app"`
}

// ObserveResult names the runs whose open tasks the app already satisfies.
type ObserveResult struct {
	Runs []string `json:"runs"`
}

// ReduceInput books seats that were given back.
type ReduceInput struct {
	Run      string             `json:"run"`
	App      domain.AppID       `json:"app"`
	Seats    int                `json:"seats"`
	Freed    []domain.SeatEntry `json:"freed"`
	DoneBy   domain.PersonID    `json:"done_by"`
	Attested domain.PersonID    `json:"attested"`
	Proof    string             `json:"proof"`
	Save     domain.Money       `json:"save"`
}

// PreviewInput asks what a leaving would do, without writing anything anywhere.
type PreviewInput struct {
	App      domain.AppID                             `json:"app"`
	Kind     string                                   `json:"kind"`
	Email    string                                   `json:"email"`
	Account  domain.AccountID                         `json:"account"`
	Heirs    map[domain.RecordKind]string             `json:"heirs"` // emails
	Scopes   map[domain.RecordKind]domain.RecordScope `json:"scopes"`
	Drift    domain.DriftLimits                       `json:"drift"`
	Order    domain.RunOrder                          `json:"order"`
	Emails   domain.EmailChoice                       `json:"emails"`
	Protect  bool                                     `json:"protect"`
	Hold     bool                                     `json:"hold"`
	Quick    bool                                     `json:"quick"` // only who it is and whether the heirs fit
	KeyOwned bool                                     `json:"key_owned"`
	SignIn   bool                                     `json:"sign_in,omitempty"` // an identity provider stands in front
	// Instructions are the policy's own words for what a person does, by step.
	Instructions map[domain.StepKey]string `json:"instructions,omitempty"`
	// Seats asks for the seats in place of a leaving.
	Seats *CountInput `json:"seats,omitempty"`
}

// PreviewResult is what a leaving would do in one app.
type PreviewResult struct {
	Found     bool                   `json:"found"`
	Complete  bool                   `json:"complete"`
	Hidden    bool                   `json:"hidden,omitempty"` // the app shows no users at all
	Ambiguous int                    `json:"ambiguous"`
	Account   domain.AccountID       `json:"account"`
	Email     string                 `json:"email"`
	Name      string                 `json:"name"`
	Active    domain.Tri             `json:"active"`
	Plan      domain.Plan            `json:"plan"`
	Owned     map[string]int         `json:"owned"`
	Problem   string                 `json:"problem"`
	Channels  []domain.ChannelChoice `json:"channels"`
	Seats     *CountResult           `json:"seats,omitempty"`
}

// RightsInput ends the leaver's own rights in Handover, or gives them back when
// the run was undone.
type RightsInput struct {
	StepRef
	Back bool `json:"back"`
}
