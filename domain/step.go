package domain

import (
	"fmt"
	"strings"
	"time"
)

// StepKey names a step of a runbook within one app of one run.
type StepKey string

// secretStep begins the keys of the steps that change what a leaver knew.
const secretStep = "secret-"

// SecretStep is the step that changes a secret, by the name that the policy gives it.
func SecretStep(name string) StepKey { return StepKey(secretStep + name) }

// Secret is the name of the secret that a step changes; "" is any other step.
func (k StepKey) Secret() string {
	name, _ := strings.CutPrefix(string(k), secretStep)
	if name == string(k) {
		return ""
	}
	return name
}

// StepState is where a step stands.
type StepState string

// The states of a step. Verified means that the app itself showed it; attested
// that the app cannot show it and that a proof and a second person stand for it.
const (
	StepPlanned        StepState = "planned"
	StepWaiting        StepState = "waiting"
	StepRunning        StepState = "running"
	StepDoneUnverified StepState = "done_unverified"
	StepVerified       StepState = "verified"
	StepAttested       StepState = "attested"
	StepNeedsAttention StepState = "needs_attention"
	StepSkipped        StepState = "skipped"
	StepUndone         StepState = "undone"
)

var stepMoves = map[StepState][]StepState{
	StepPlanned:        {StepWaiting, StepRunning, StepDoneUnverified, StepVerified, StepAttested, StepNeedsAttention, StepSkipped},
	StepWaiting:        {StepRunning, StepDoneUnverified, StepVerified, StepAttested, StepNeedsAttention, StepSkipped},
	StepRunning:        {StepWaiting, StepDoneUnverified, StepVerified, StepAttested, StepNeedsAttention, StepSkipped},
	StepDoneUnverified: {StepRunning, StepWaiting, StepVerified, StepAttested, StepNeedsAttention, StepSkipped, StepUndone},
	StepNeedsAttention: {StepRunning, StepWaiting, StepDoneUnverified, StepVerified, StepAttested, StepSkipped},
	StepVerified:       {StepNeedsAttention, StepUndone, StepRunning},
	StepAttested:       {StepNeedsAttention, StepUndone, StepRunning},
	StepSkipped:        {StepRunning},
	StepUndone:         {},
}

// MayBecome tells whether a step may go from one state to another. Staying in
// a state is always allowed: what is repeated after a crash is no error.
// A verified step can need attention again, because access comes back.
func (s StepState) MayBecome(next StepState) bool {
	if s == next || s == "" {
		return true
	}
	for _, m := range stepMoves[s] {
		if m == next {
			return true
		}
	}
	return false
}

// Settled tells whether a step needs nothing more from anybody.
func (s StepState) Settled() bool {
	return s == StepVerified || s == StepAttested || s == StepSkipped || s == StepUndone
}

// StepRecord is what is known of one step of one app of one run.
type StepRecord struct {
	Run       string    `json:"run"`
	App       AppID     `json:"app"`
	Key       StepKey   `json:"step"`
	Order     int       `json:"order"`
	Title     string    `json:"title"`
	Phase     Phase     `json:"phase"`
	State     StepState `json:"state"`
	Channel   Channel   `json:"channel"`
	Why       string    `json:"why"`        // why it stands so, or why this channel, for a reader
	RequestID string    `json:"request_id"` // of the request whose answer proved the state
	Done      int       `json:"done"`       // records moved
	Of        int       `json:"of"`         // records in scope
	StartedAt time.Time `json:"started_at"`
	SettledAt time.Time `json:"settled_at"`
	ResumeAt  time.Time `json:"resume_at"` // when a step that waits for a rate limit goes on
	Owner     PersonID  `json:"owner,omitempty"`
}

// IdempotencyKey names one effect of one step: derived, never random, so that
// doing it again is known to be the same.
func IdempotencyKey(run string, app AppID, step StepKey, target string) string {
	return fmt.Sprintf("%s/%s/%s/%s", run, app, step, target)
}
