package domain

import (
	"strings"
	"time"
)

// PersonID is Handover's own opaque id of a person. It is safe in workflow ids,
// logs and hashed bytes; the name and email behind it live in one table that can
// be erased.
type PersonID string

// SystemActor is the actor of what Handover does by itself.
const SystemActor PersonID = "system"

// UnknownActor is the actor of a change that was seen in an app and that no run
// explains.
const UnknownActor PersonID = "unknown"

// PersonState is where a person stands with the company.
type PersonState string

// The states of a person. People on leave are not leavers.
const (
	PersonActive  PersonState = "active"
	PersonOnLeave PersonState = "on_leave"
	PersonLeaving PersonState = "leaving"
	PersonLeft    PersonState = "left"
)

// Person is somebody with a work email whom HR knows, or an external or a
// service account with a sponsor inside.
type Person struct {
	ID      PersonID    `json:"id"`
	Email   string      `json:"email"`
	Name    string      `json:"name"`
	State   PersonState `json:"state"`
	Manager PersonID    `json:"manager,omitempty"`
	Roles   []Role      `json:"roles,omitempty"`

	PersonFacts
}

// PersonFacts are what HR, or the policy file, tells of a person beside their
// name.
type PersonFacts struct {
	Department string    `json:"department,omitempty"`
	Title      string    `json:"title,omitempty"`
	Location   string    `json:"location,omitempty"`
	Kind       string    `json:"kind,omitempty"`    // employee, contractor, external, service, …
	Sponsor    PersonID  `json:"sponsor,omitempty"` // answers for somebody whom HR does not know
	Ends       time.Time `json:"ends"`              // of an external or a service account
}

// Outside tells that somebody is no employee: HR, or the policy file, says so, or
// somebody inside answers for them.
func (f PersonFacts) Outside() bool {
	switch strings.ToLower(strings.TrimSpace(f.Kind)) {
	case "external", "contractor", "consultant", "service":
		return true
	}
	return f.Sponsor != ""
}

// Role is what a person may do inside Handover, granted by the policy file.
type Role string

// Roles. Each right is the least that the duty needs.
const (
	RoleAdmin    Role = "admin"    // IT: start, retract, reschedule, retry, skip, hand over, undo
	RoleSecurity Role = "security" // cut now, and confirm a cut now
	RoleHR       Role = "hr"       // start, reschedule, retract ordinary runs
	RoleFinance  Role = "finance"  // decide about money and seats
	RoleAuditor  Role = "auditor"  // read everything but confidential runs, export evidence
)

// Has tells whether the person holds a role.
func (p Person) Has(role Role) bool {
	for _, r := range p.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// NormalEmail is the form under which an email is compared and kept.
func NormalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// LooksLikeEmail refuses what can be no work email. It is a typing check at the
// edge, not a proof that the mailbox exists.
func LooksLikeEmail(s string) bool {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || len(s) > 254 || strings.ContainsAny(s, " \t\r\n<>,;\"") {
		return false
	}
	return strings.Contains(s[at+1:], ".")
}

// Employment is one hire of a person. A rehire is a new one and is never hit by
// the old one's runs.
type Employment struct {
	ID     string    `json:"id"`
	Person PersonID  `json:"person"`
	Starts time.Time `json:"starts"`
	Ends   time.Time `json:"ends"` // zero while no end is known

	State  EmploymentState `json:"state,omitempty"`
	SaidAt time.Time       `json:"said_at"` // HR's own time of what it last said of the end; zero when it said nothing
	Kind   string          `json:"kind,omitempty"`
	MadeUp bool            `json:"-"` // by what a person asked for: HR never named it
}

// Overlaps finds another employment of the same person that goes on when one
// ends: employee today, contractor tomorrow. Those that HR never spoke of, among them
// those that a person's request made up, and those that ended, do not count.
func (e Employment) Overlaps(others []Employment, now time.Time) (Employment, bool) {
	for _, o := range others {
		goesOn := o.State == EmploymentOpen || o.State == EmploymentEnding && o.Ends.After(now)
		begins := !o.Starts.IsZero() && o.Starts.Before(now.Add(overlapReach))
		if o.ID != e.ID && !o.MadeUp && goesOn && begins {
			return o, true
		}
	}
	return Employment{}, false
}

// overlapReach is how far ahead another employment may begin and still make a
// cut-off worth a question.
const overlapReach = 14 * 24 * time.Hour
