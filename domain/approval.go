package domain

import (
	"slices"
	"time"
)

// ApprovalScope is what an approval authorises.
type ApprovalScope string

// Scopes of an approval.
const (
	ApproveHandover ApprovalScope = "handover"             // who inherits and what is kept
	ApproveAll      ApprovalScope = "cut_off_and_handover" // no HR event stands behind the run
	ApproveDrift    ApprovalScope = "drift"                // more than was planned
	ApproveCutNow   ApprovalScope = "cut_now"              // second person for a security termination
	ApproveSeats    ApprovalScope = "seats"                // money
	ApproveBrake    ApprovalScope = "brake"                // leavings that the brake holds
	ApproveOverlap  ApprovalScope = "overlap"              // the leaver has another employment
	ApproveJoin     ApprovalScope = "join"                 // access, its role, and what it costs
	ApproveRole     ApprovalScope = "role"                 // another role, and what it costs
	ApprovePromoted ApprovalScope = "promoted"             // second person for an emergency promotion
)

// Inherits tells whether a decision is about whose work goes to whom.
func (s ApprovalScope) Inherits() bool {
	return s == ApproveHandover || s == ApproveAll || s == ApproveDrift
}

// ApprovalState is where a request stands.
type ApprovalState string

// States of an approval request.
const (
	ApprovalOpen     ApprovalState = "open"
	ApprovalApproved ApprovalState = "approved"
	ApprovalDenied   ApprovalState = "denied"
	ApprovalReplaced ApprovalState = "replaced" // a newer plan took its place
	ApprovalClosed   ApprovalState = "closed"   // the run no longer needs it
)

// WallClock tells whether a request runs on the wall clock: access that should
// be gone waits for nobody's office hours.
func (s ApprovalScope) WallClock() bool {
	return s == ApproveAll || s == ApproveCutNow || s == ApproveBrake || s == ApproveOverlap || s == ApprovePromoted
}

// Verdict is what a person says to a request.
type Verdict string

// Verdicts.
const (
	Approve Verdict = "approve"
	Deny    Verdict = "deny"
)

// Decision is one person's answer to one request.
type Decision struct {
	Actor     PersonID  `json:"actor"`
	ActingFor PersonID  `json:"acting_for,omitempty"`
	Verdict   Verdict   `json:"verdict"`
	Digest    string    `json:"digest"`
	Reason    string    `json:"reason,omitempty"`
	Stage     int       `json:"stage"`
	At        time.Time `json:"at"`
	Channel   string    `json:"channel"` // cli, api, slack; clock when nobody answered in time
}

// Approval is a request, its frozen policy and its decisions.
type Approval struct {
	ID           string         `json:"id"`
	Run          string         `json:"run"`
	App          AppID          `json:"app"`
	Scope        ApprovalScope  `json:"scope"`
	Digest       string         `json:"digest"`
	Policy       ApprovalPolicy `json:"policy"`
	PolicyDigest string         `json:"policy_digest"` // of Policy as it was frozen
	Subject      PersonID       `json:"subject"`
	Requester    PersonID       `json:"requester"`
	Gains        []PersonID     `json:"gains,omitempty"` // people who gain by it: they may not decide
	Left         []PersonID     `json:"left,omitempty"`  // people whose own rights ended while it was open
	State        ApprovalState  `json:"state"`
	Stage        int            `json:"stage"`
	StageAt      time.Time      `json:"stage_at"` // when the present stage began
	LateAt       time.Time      `json:"late_at"`  // when its time runs out; zero when it has none, or none yet
	Decisions    []Decision     `json:"decisions"`
	OpenedAt     time.Time      `json:"opened_at"`
	SettledAt    time.Time      `json:"settled_at"`
	Why          string         `json:"why"` // why there is a request at all, for a reader
}

// Refusal is why a command of a person is not carried out. Its text is shown to
// that person.
type Refusal struct {
	Code string
	Text string
	// Private is a text that depends on somebody's leaving: it is for whoever asked,
	// and for nobody who reads about it later.
	Private bool
}

// Error makes a Refusal an error.
func (r *Refusal) Error() string { return r.Text }

// Refuse makes a refusal.
func Refuse(code, text string) *Refusal { return &Refusal{Code: code, Text: text} }

// Codes of refusals.
const (
	RefusedSettled     = "AlreadyDecided"
	RefusedNotApprover = "NotApprover"
	RefusedSelf        = "SelfApproval"
	RefusedOutdated    = "OutdatedDigest"
	RefusedRepeat      = "AlreadyDecidedByYou"
	RefusedUnknown     = "UnknownRequest"
	RefusedVerdict     = "UnknownVerdict"
	RefusedReason      = "ReasonMissing"
	RefusedState       = "NotPossibleNow"
	RefusedSecond      = "SecondPersonNeeded"
	RefusedRight       = "NotAllowed"
	RefusedProof       = "StrongerProofNeeded"
	RefusedLeft        = "RightsEnded"
	RefusedIdentity    = "IdentityUnknown"
)

// ChannelSlack is the door of Decision.Channel that high-risk requests are not
// decided through.
const ChannelSlack = "slack"

// Check tells whether a decision may be taken now, from the request alone. now
// is the present: backups may decide once the stage's time has run out.
func (a Approval) Check(d Decision, now time.Time) *Refusal {
	switch {
	case d.Verdict != Approve && d.Verdict != Deny:
		return Refuse(RefusedVerdict, "say approve or deny")
	case a.State != ApprovalOpen:
		return Refuse(RefusedSettled, "this request is "+string(a.State)+" already: nothing was changed")
	case d.Digest != a.Digest:
		return Refuse(RefusedOutdated, "the plan has changed since you saw it: look at the new one and decide again")
	case d.Verdict == Deny && d.Reason == "":
		return Refuse(RefusedReason, "say why you deny")
	case d.Verdict == Approve && a.Digest == "":
		return Refuse(RefusedState, "there is no plan to approve yet: choose a successor who fits first")
	}
	if a.Policy.HighRisk && d.Channel == ChannelSlack {
		return Refuse(RefusedProof, "this request is decided with a personal token, not in Slack: run `handover approvals approve` or `deny`")
	}
	voice := d.voice()
	if voice == a.Subject || d.Actor == a.Subject {
		return Refuse(RefusedSelf, "nobody decides about their own access")
	}
	if !a.Policy.AllowSelf && (d.Actor == a.Requester || voice == a.Requester) {
		return Refuse(RefusedSelf, "whoever asked cannot approve as well: somebody else has to decide")
	}
	if slices.Contains(a.Gains, d.Actor) || slices.Contains(a.Gains, voice) {
		return Refuse(RefusedSelf, "whoever gains by this cannot decide it")
	}
	if slices.Contains(a.Left, d.Actor) {
		return Refuse(RefusedLeft, "your rights here ended with your last moment")
	}
	if a.decidedBefore(d.Actor, voice) {
		return Refuse(RefusedRepeat, "you have decided here already: a second person is needed")
	}
	if !a.MayDecide(voice, now) {
		return Refuse(RefusedNotApprover, "this request is not yours to decide")
	}
	return nil
}

// voice is the person whose vote a decision is.
func (d Decision) voice() PersonID {
	if d.ActingFor != "" {
		return d.ActingFor
	}
	return d.Actor
}

// MayDecide tells whether a voice belongs to the present stage, as approver or,
// once the stage's time has run out, as backup.
func (a Approval) MayDecide(who PersonID, now time.Time) bool {
	if a.Stage >= len(a.Policy.Stages) {
		return false // a request that names nobody is decided by nobody
	}
	stage := a.Policy.Stages[a.Stage]
	if slices.Contains(stage.Approvers, who) {
		return true
	}
	return a.Late(now) && slices.Contains(stage.Backup, who)
}

// Late tells whether the present stage's time has run out.
func (a Approval) Late(now time.Time) bool {
	return !a.LateAt.IsZero() && !now.Before(a.LateAt)
}

// Asked are the people of the present stage who may decide now and have not
// answered yet: the approvers, and the backups once it is late.
func (a Approval) Asked(now time.Time) []PersonID {
	if a.Stage >= len(a.Policy.Stages) {
		return nil
	}
	asked := slices.Clone(a.Policy.Stages[a.Stage].Approvers)
	if a.Late(now) {
		asked = append(asked, a.Policy.Stages[a.Stage].Backup...)
	}
	return slices.DeleteFunc(asked, func(id PersonID) bool { return a.decidedBefore(id) })
}

// decidedBefore tells whether one of some people has no voice left in the present
// stage.
func (a Approval) decidedBefore(who ...PersonID) bool {
	return slices.ContainsFunc(who, func(id PersonID) bool { return a.spoke(a.Stage, id) || a.spentBefore(a.Stage, id) })
}

// Apply adds a decision that Check let through and gives the request as it is
// afterwards.
func (a Approval) Apply(d Decision) Approval {
	d.Stage = a.Stage
	a.Decisions = append(slices.Clone(a.Decisions), d)
	if d.Verdict == Deny {
		a.State, a.SettledAt = ApprovalDenied, d.At
		return a
	}
	if a.agreed(a.Stage) < max(1, a.Policy.Stages[a.Stage].Quorum) {
		return a
	}
	if a.Stage+1 < len(a.Policy.Stages) {
		a.Stage, a.StageAt, a.LateAt = a.Stage+1, d.At, time.Time{}
		a.Policy = a.Without() // whoever has spoken may not be able to again
		return a
	}
	a.State, a.SettledAt = ApprovalApproved, d.At
	return a
}
