package workflows

import (
	"time"

	"handover/domain"
)

// Timings are the waiting times of a run, frozen when it starts. A demo shortens
// the values, not the code.
type Timings struct {
	Reminder     time.Duration   `json:"reminder"`      // between reminders to those who have not answered
	TaskDue      time.Duration   `json:"task_due"`      // for tasks that are not urgent
	TaskLead     time.Duration   `json:"task_lead"`     // how long before the last moment a cut-off task is issued
	UrgentPage   time.Duration   `json:"urgent_page"`   // after which a silent cut-off task pages the backup
	ReadBacks    []time.Duration `json:"read_backs"`    // after somebody said done
	Sweeps       []time.Duration `json:"sweeps"`        // after the work is done
	SlowRetry    time.Duration   `json:"slow_retry"`    // of a step that needs attention for a passing fault
	RetryInitial time.Duration   `json:"retry_initial"` // of an activity
	RetryMax     time.Duration   `json:"retry_max"`
	Attempts     int32           `json:"attempts"`
	Heartbeat    time.Duration   `json:"heartbeat"`     // silence after which a worker counts as dead
	SeatCheck    time.Duration   `json:"seat_check"`    // between two looks at seats that can be given back
	Slice        time.Duration   `json:"slice"`         // longest stretch of a transfer in one activity
	HandoverLead time.Duration   `json:"handover_lead"` // handover-first: how long before the last moment records may move
	Grace        time.Duration   `json:"grace"`         // handover-first: how long the cut-off waits for it at most
}

// Secret is something the leaver knew and that must be changed.
type Secret struct {
	Name        string          `json:"name"`
	Instruction string          `json:"instruction"`
	Owner       domain.PersonID `json:"owner"`
}

// AppInput is one app of a run with the policy that holds for it, frozen.
type AppInput struct {
	App         domain.AppID                             `json:"app"`
	Kind        string                                   `json:"kind"`
	Queue       string                                   `json:"queue"`
	Account     domain.AccountID                         `json:"account"` // where the run was started for an account id
	Owner       domain.PersonID                          `json:"owner"`
	Backup      domain.PersonID                          `json:"backup"`
	Second      domain.PersonID                          `json:"second"` // confirms what the app cannot show
	Order       domain.RunOrder                          `json:"order"`
	Scopes      map[domain.RecordKind]domain.RecordScope `json:"scopes"`
	Emails      domain.EmailChoice                       `json:"emails"`
	Together    bool                                     `json:"together"`
	Drift       domain.DriftLimits                       `json:"drift"`
	Canary      int                                      `json:"canary"`
	IndexLag    time.Duration                            `json:"index_lag"`
	Protected   bool                                     `json:"protected"`
	KeyOwner    domain.PersonID                          `json:"key_owner"`
	Secrets     []Secret                                 `json:"secrets"`
	Contract    domain.SeatContract                      `json:"contract"`
	CutOffLimit time.Duration                            `json:"cut_off_limit"` // from last moment to verified absence
	AdminLimit  time.Duration                            `json:"admin_limit"`   // the same for admins of the app
	Approval    domain.ApprovalPolicy                    `json:"approval"`
	ForStart    domain.ApprovalPolicy                    `json:"for_start"` // where the cut-off waits for a decision too
	ForDrift    domain.ApprovalPolicy                    `json:"for_drift"`
	// Instructions are the policy's own words for what a person does, by step.
	Instructions map[domain.StepKey]string `json:"instructions,omitempty"`
	SignIn       bool                      `json:"sign_in,omitempty"` // an identity provider is connected in front
}

// OffboardingInput starts a leaving. It holds opaque ids; names stay in the
// store.
type OffboardingInput struct {
	Run           string                                `json:"run"`
	Person        domain.PersonID                       `json:"person"`
	Employment    string                                `json:"employment"`
	Requester     domain.PersonID                       `json:"requester"`
	Authority     domain.Authority                      `json:"authority"`
	Due           time.Time                             `json:"due"`
	Zone          string                                `json:"zone"`
	CutNow        bool                                  `json:"cut_now"`
	Confidential  bool                                  `json:"confidential"`
	LegalHold     bool                                  `json:"legal_hold"`
	NeedsApproval bool                                  `json:"needs_approval"` // before the cut-off
	ConfirmCutNow domain.ApprovalPolicy                 `json:"confirm_cut_now"`
	ConfirmFirst  bool                                  `json:"confirm_first"` // before the cut, not after
	Heirs         map[domain.RecordKind]domain.PersonID `json:"heirs"`
	ForwardTo     string                                `json:"forward_to"`
	Apps          []AppInput                            `json:"apps"`
	Admins        []domain.PersonID                     `json:"admins"`     // who may retry, skip, hand over and do tasks
	Tell          []domain.PersonID                     `json:"tell"`       // who hears the outcome
	NoticeAt      time.Time                             `json:"notice_at"`  // people are asked who inherits then, not before
	EndRights     bool                                  `json:"end_rights"` // the leaver's own rights in Handover end with the cut-off
	Timings       Timings                               `json:"timings"`
	PolicyHash    string                                `json:"policy_hash"`
}

// OffboardingResult is how a run ended.
type OffboardingResult struct {
	State domain.RunState `json:"state"`
	Why   string          `json:"why"`
}

// DecideRequest is a person's answer to an approval request.
type DecideRequest struct {
	Approval  string          `json:"approval"`
	Digest    string          `json:"digest"`
	Verdict   domain.Verdict  `json:"verdict"`
	Reason    string          `json:"reason"`
	Person    domain.PersonID `json:"person"`
	ActingFor domain.PersonID `json:"acting_for"`
	Channel   string          `json:"channel"`
}

// ChooseHeirRequest names who inherits, for one kind or for all ("").
type ChooseHeirRequest struct {
	App       domain.AppID                          `json:"app"`
	Heirs     map[domain.RecordKind]domain.PersonID `json:"heirs"`
	ForwardTo string                                `json:"forward_to"`
	Emails    domain.EmailChoice                    `json:"emails"`
	Person    domain.PersonID                       `json:"person"`
	ActingFor domain.PersonID                       `json:"acting_for,omitempty"`
}

// ApprovalAnswer tells how a request stands after a decision or a choice.
type ApprovalAnswer struct {
	Approval domain.Approval `json:"approval"`
	Problem  string          `json:"problem"`
}

// TaskRequest is what a person says about a task.
type TaskRequest struct {
	Task      string          `json:"task"`
	Proof     string          `json:"proof"`
	Cannot    bool            `json:"cannot"`
	Person    domain.PersonID `json:"person"`
	ActingFor domain.PersonID `json:"acting_for,omitempty"`
}

// StepRequest is a person's word about a step.
type StepRequest struct {
	App    domain.AppID    `json:"app"`
	Step   domain.StepKey  `json:"step"`
	Reason string          `json:"reason"`
	To     domain.PersonID `json:"to"` // hand over
	Accept int             `json:"accept"`
	Person domain.PersonID `json:"person"`
}

// MomentRequest moves the last moment.
type MomentRequest struct {
	Due    time.Time       `json:"due"`
	Local  string          `json:"local"`
	Zone   string          `json:"zone"`
	Person domain.PersonID `json:"person"`
	Reason string          `json:"reason"`
}

// ReasonRequest retracts, cuts now or undoes.
type ReasonRequest struct {
	Person domain.PersonID `json:"person"`
	Reason string          `json:"reason"`
}

// EmploymentChange is a fact from HR.
type EmploymentChange struct {
	Kind     string    `json:"kind"` // moved, retracted, ended_now
	Due      time.Time `json:"due"`
	Zone     string    `json:"zone"`
	NoticeAt time.Time `json:"notice_at"` // when people are asked who inherits, counted from the new moment
	CutNow   bool      `json:"cut_now"`   // ended_now as a security termination
	SaidAt   time.Time `json:"said_at"`   // by HR's own clock: what is older than what was heard before is old news
}

// ManagerChanged is the fact that the leaver reports to somebody else now.
type ManagerChanged struct {
	From domain.PersonID `json:"from"`
	To   domain.PersonID `json:"to"`
}

// PersonLeft is the fact that somebody who may be asked by this run has no
// rights in Handover any more.
type PersonLeft struct {
	Person domain.PersonID `json:"person"`
}

// Kinds of EmploymentChange.
const (
	EmploymentMoved     = "moved"
	EmploymentRetracted = "retracted"
	EmploymentEndedNow  = "ended_now"
)

// Answer is what a person hears back.
type Answer struct {
	Text  string          `json:"text"`
	State domain.RunState `json:"state"`
	Task  *domain.Task    `json:"task,omitempty"`
}

// StateView is the answer to the state query, for debugging; screens read the
// store.
type StateView struct {
	State     domain.RunState                                      `json:"state"`
	Due       time.Time                                            `json:"due"`
	Steps     map[domain.AppID]map[domain.StepKey]domain.StepState `json:"steps"`
	Approvals []domain.Approval                                    `json:"approvals"`
	Tasks     []domain.Task                                        `json:"tasks"`
}
