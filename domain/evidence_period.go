package domain

import "time"

// EvidencePeriod is what somebody wants the evidence of: everybody whose last moment,
// or first day, or change of role lies in a time.
type EvidencePeriod struct {
	From   time.Time `json:"from"` // included
	To     time.Time `json:"to"`   // not included
	App    AppID     `json:"app"`  // "" is all
	Seed   string    `json:"seed"` // of the sample; the same seed draws the same people
	Asked  PersonID  `json:"asked"`
	Apps   []AppID   `json:"apps"` // of the policy in force: of each leaver and each of them the pack says what became of it
	Viewer Person    `json:"-"`    // sees of confidential runs only their own
}

// HRHire is an employment as HR last spoke of it, for a population.
type HRHire struct {
	Employment string          `json:"employment"`
	Person     PersonID        `json:"person"`
	Starts     time.Time       `json:"starts"`
	Ends       time.Time       `json:"ends"`
	Local      string          `json:"local"` // last moment as HR said it
	Zone       string          `json:"zone"`
	State      EmploymentState `json:"state"`
	SaidAt     time.Time       `json:"said_at"`
	Kind       string          `json:"kind"`
}

// HRSaid is one thing that HR said, with what came of it.
type HRSaid struct {
	Source     string      `json:"source"`
	ID         string      `json:"id"`
	Type       HREventType `json:"type"`
	Person     PersonID    `json:"person"`
	OccurredAt time.Time   `json:"occurred_at"` // by HR's own clock
	ReceivedAt time.Time   `json:"received_at"`
	Outcome    HROutcome   `json:"outcome"`
	Why        string      `json:"why"`
	Run        string      `json:"run"` // that was started or told; "" is none
	Department string      `json:"department"`
	Title      string      `json:"title"`
	// Confidential tells that HR said it in confidence.
	Confidential bool `json:"confidential"`
}
