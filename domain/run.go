package domain

import "time"

// RunKind is the process a run goes through.
type RunKind string

// Kinds of runs.
const (
	RunOffboarding RunKind = "offboarding"
	RunSeatRelease RunKind = "seat-release"
	RunHeldBatch   RunKind = "held-batch"
	RunOnboarding  RunKind = "onboarding"
	RunRoleChange  RunKind = "role-change"
	RunReview      RunKind = "access-review"
)

// Authority is what stands behind a run.
type Authority string

// Authorities. An HR event authorises the cut-off by itself; a person's command
// needs an approval for it; a security termination is its own right.
const (
	AuthorityHR       Authority = "hr"
	AuthorityPerson   Authority = "person"
	AuthoritySecurity Authority = "security"
)

// RunState is where a run stands.
type RunState string

// States of a run.
const (
	RunStarting       RunState = "starting"
	RunWaiting        RunState = "waiting" // for the last moment or a decision
	RunRunning        RunState = "running"
	RunSweeping       RunState = "sweeping"        // all done, reading back until the last sweep
	RunNeedsAttention RunState = "needs_attention" // a person has to act
	RunClosed         RunState = "closed"          // every step settled
	RunRetracted      RunState = "retracted"
	RunDenied         RunState = "denied"
)

// Ended tells whether nothing more will happen in a run by itself.
func (s RunState) Ended() bool {
	return s == RunClosed || s == RunRetracted || s == RunDenied
}

// Run is one workflow for one person.
type Run struct {
	ID           string     `json:"id"` // the workflow id
	Kind         RunKind    `json:"kind"`
	Person       PersonID   `json:"person"`
	Employment   string     `json:"employment"`
	Apps         []AppID    `json:"apps"`
	AllApps      bool       `json:"all_apps"`
	Authority    Authority  `json:"authority"`
	Requester    PersonID   `json:"requester"`
	State        RunState   `json:"state"`
	Why          string     `json:"why"`
	Confidential bool       `json:"confidential"`
	Readers      []PersonID `json:"readers"` // who may see a confidential run
	CutNow       bool       `json:"cut_now"`
	LastMoment   LastMoment `json:"last_moment"`
	StartedAt    time.Time  `json:"started_at"`
	ClosedAt     time.Time  `json:"closed_at"`
	PolicyHash   string     `json:"policy_hash"`
	EvidencePath string     `json:"evidence_path,omitempty"`
}

// VisibleTo tells whether a person may see the run at all. The subject never
// sees a confidential one, whatever their role.
func (r Run) VisibleTo(p Person) bool {
	if !r.Confidential {
		return true
	}
	if p.ID == r.Person {
		return false
	}
	if p.ID == r.Requester {
		return true
	}
	for _, id := range r.Readers {
		if id == p.ID {
			return true
		}
	}
	return false
}

// Notice is a message for people that the notifier delivers. Data holds opaque
// ids and counts only; the text is made when it is shown.
type Notice struct {
	ID     string            `json:"id"` // derived: the same notice is written once
	Run    string            `json:"run"`
	App    AppID             `json:"app"`
	Kind   string            `json:"kind"`
	To     []PersonID        `json:"to"`
	About  string            `json:"about"` // approval or task id
	Text   string            `json:"text"`  // for a reader, without personal data
	Urgent bool              `json:"urgent"`
	Data   map[string]string `json:"data,omitempty"`
	At     time.Time         `json:"at"`
}

// CutOffTime is one measurement: from the last moment to verified absence.
type CutOffTime struct {
	Run        string        `json:"run"`
	App        AppID         `json:"app"`
	Channel    Channel       `json:"channel"`
	Due        time.Time     `json:"due"`
	VerifiedAt time.Time     `json:"verified_at"`
	Limit      time.Duration `json:"limit"`
	Class      string        `json:"class"`
}

// Elapsed is how long access outlived the last moment; negative when it ended before.
func (c CutOffTime) Elapsed() time.Duration { return c.VerifiedAt.Sub(c.Due) }

// Joins tells that a run is about somebody who stays: nothing of it is swept later.
func (k RunKind) Joins() bool { return k == RunOnboarding || k == RunRoleChange }

// StateFromSteps is the state of an open run as its steps tell it. What a run
// recorded as its end stands.
func (r Run) StateFromSteps(steps []StepRecord) RunState {
	if r.State.Ended() || len(steps) == 0 {
		return r.State
	}
	running, open := false, 0
	for _, s := range steps {
		switch {
		case s.State == StepNeedsAttention:
			return RunNeedsAttention
		case s.State == StepRunning || s.State == StepDoneUnverified:
			running = true
		}
		if !s.State.Settled() && s.Phase != PhaseSweep {
			open++
		}
	}
	switch {
	case open == 0 && r.Kind.Joins():
		return RunRunning // nothing of it is swept
	case open == 0:
		return RunSweeping
	case running:
		return RunRunning
	default:
		return RunWaiting
	}
}

// Standing is how a run stands with one of its steps, and what HR last said of
// its person: what is looked at once more right before access is cut.
type Standing struct {
	Run         Run // its id, person, employment, authority and state
	Step        StepState
	Employments []Employment
}

// proven tells that the step shows its effect, or that two people stand for it.
func (s Standing) proven() bool { return s.Step == StepVerified || s.Step == StepAttested }
