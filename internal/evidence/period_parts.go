package evidence

import (
	"time"

	"handover/domain"
)

// PeriodPart is what the pack is of, and how many of each there are.
type PeriodPart struct {
	Format      string                `json:"format"`
	Period      domain.EvidencePeriod `json:"period"`
	Leavers     int                   `json:"leavers"`
	Movers      int                   `json:"movers"`       // joiners and movers
	Hires       int                   `json:"hires"`        // rows of the HR population
	Hidden      int                   `json:"hidden"`       // confidential runs that whoever asked may not see
	HiresHidden int                   `json:"hires_hidden"` // rows of the HR population left out with them
	Retracted   int                   `json:"retracted"`    // leavings that were taken back or denied: no leavers
	Late        int                   `json:"late"`         // removals after their limit
	Open        int                   `json:"open"`         // accesses of leavers of which nothing shows that they ended
	Attested    int                   `json:"attested"`     // accesses of which two people say so, because the app cannot show it
	Absent      int                   `json:"absent"`       // apps of leavers in which a complete listing showed no account
	Without     int                   `json:"without"`      // leavers at HR without a run
	Unjoined    int                   `json:"unjoined"`     // joiners at HR without a joining
	Exceptions  int                   `json:"exceptions"`
	Registered  int                   `json:"registered"` // events of the register
	Head        HeadPart              `json:"head"`
	Query       string                `json:"query"`
	BuiltAt     time.Time             `json:"built_at"`
}

// LeaverPart is one leaving: what was due, and what became of it in each app.
type LeaverPart struct {
	Run        string            `json:"run"`
	Person     domain.PersonID   `json:"person"`
	Employment string            `json:"employment"`
	Authority  domain.Authority  `json:"authority"`
	Requester  domain.PersonID   `json:"requester"`
	Approvers  []domain.PersonID `json:"approvers"`
	Moment     domain.LastMoment `json:"moment"`
	Due        time.Time         `json:"due"` // the instant that the last moment means
	// HREnd is the newest end of an employment that HR told of and that lay before the
	// last moment: what somebody asked for late is measured against that as well.
	HREnd     time.Time       `json:"hr_end"`
	StartedAt time.Time       `json:"started_at"`
	State     domain.RunState `json:"state"`
	Why       string          `json:"why"`
	ClosedAt  time.Time       `json:"closed_at"`
	Removals  []AppRemoval    `json:"removals"`
	Heirs     []HeirPart      `json:"heirs"`
	Secrets   []SecretPart    `json:"secrets"`
	Chain     string          `json:"chain"` // hash of the last entry of the run's audit chain
	Entries   int64           `json:"entries"`
}

// AppRemoval is how access to one app ended.
type AppRemoval struct {
	App        domain.AppID      `json:"app"`
	Outcome    Outcome           `json:"outcome"`
	Step       domain.StepState  `json:"step"`
	Channel    domain.Channel    `json:"channel"`     // of the step as it stands
	CutChannel domain.Channel    `json:"cut_channel"` // through which it was measured; "" where it was gone without Handover
	DoneBy     []domain.PersonID `json:"done_by"`     // who said so, and who confirmed it; empty where the program did it
	Due        time.Time         `json:"due"`
	VerifiedAt time.Time         `json:"verified_at"` // zero where nothing verified it
	AttestedAt time.Time         `json:"attested_at"` // zero unless two people say so
	Elapsed    time.Duration     `json:"elapsed"`
	Limit      time.Duration     `json:"limit"`
	Class      string            `json:"class"`
	InTime     bool              `json:"in_time"`
	Reason     string            `json:"reason"` // why it was late, as the audit chain tells it, or how it stands
	RequestID  string            `json:"request_id"`
}

// Outcome is how the access to an app ended.
type Outcome string

// Outcomes.
const (
	OutcomeRemoved  Outcome = "removed"    // the app itself shows it
	OutcomeAttested Outcome = "attested"   // two people say so
	OutcomeAbsent   Outcome = "no account" // a complete listing showed none
	OutcomeBack     Outcome = "came back"  // it ended, and came back since
	OutcomeOpen     Outcome = "open"
)

// HeirPart is what went to whom: records that moved, not records that were planned to.
type HeirPart struct {
	App   domain.AppID      `json:"app"`
	Kind  domain.RecordKind `json:"kind"`
	Count int               `json:"count"`
	Heir  domain.PersonID   `json:"heir"`
}

// SecretPart is a credential that the leaver knew.
type SecretPart struct {
	App   domain.AppID     `json:"app"`
	Step  domain.StepKey   `json:"step"`
	Title string           `json:"title"`
	State domain.StepState `json:"state"`
	At    time.Time        `json:"at"`
}

// MoverPart is one joining or change of role.
type MoverPart struct {
	Run       string           `json:"run"`
	Kind      domain.RunKind   `json:"kind"`
	Person    domain.PersonID  `json:"person"`
	Requester domain.PersonID  `json:"requester"`
	Authority domain.Authority `json:"authority"`
	Apps      []domain.AppID   `json:"apps"`
	StartedAt time.Time        `json:"started_at"`
	ClosedAt  time.Time        `json:"closed_at"`
	State     domain.RunState  `json:"state"`
}

// HirePart is a row of the HR population with the runs that stand for it.
type HirePart struct {
	domain.HRHire
	Run    string `json:"run"`    // of the leaving; "" where none does
	Joined string `json:"joined"` // of the joining; "" where none does
}

// SamplePart is a sample that anybody can draw again.
type SamplePart struct {
	Seed string   `json:"seed"`
	Of   int      `json:"of"`
	Runs []string `json:"runs"`
}

// ExceptionPart is something that did not go the ordinary way.
type ExceptionPart struct {
	Run  string         `json:"run"`
	App  domain.AppID   `json:"app"`
	Step domain.StepKey `json:"step"`
	What string         `json:"what"`
	// Exception is the agreement to let a finding be that it is about; "" is none.
	Exception string          `json:"exception,omitempty"`
	Why       string          `json:"why"`
	Who       domain.PersonID `json:"who"`
	At        time.Time       `json:"at"`
}

// AppPart is what became of one leaver in one app of the policy.
type AppPart struct {
	Run     string          `json:"run"`
	Person  domain.PersonID `json:"person"`
	App     domain.AppID    `json:"app"`
	Outcome Outcome         `json:"outcome"`
}

// OutcomeNotLooked tells that a leaving was not about an app of the policy.
const OutcomeNotLooked Outcome = "not looked at"

// RegisterPart is one event of the register: what was tried and refused, what changed
// without Handover, what two people let be, and another policy.
type RegisterPart struct {
	Chain string            `json:"chain"`
	Event domain.AuditEvent `json:"event"`
	Seq   int64             `json:"seq"`
}
