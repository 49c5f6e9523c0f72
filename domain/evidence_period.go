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
	Viewer Person    `json:"-"` // sees of confidential runs only their own
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
