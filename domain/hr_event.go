package domain

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// HREventType is what HR says.
type HREventType string

// Types of HR events: our own form; other systems are mapped to it.
const (
	HREnding    HREventType = "employment.ending"
	HRMoved     HREventType = "employment.moved"
	HRRetracted HREventType = "employment.retracted"
	HREndedNow  HREventType = "employment.ended_now"
	HRStarting  HREventType = "employment.starting"
	HRChanged   HREventType = "person.changed"
)

// HREvent is one thing that HR said, in our own form. It is kept as it came,
// with what came of it.
type HREvent struct {
	ID         string      `json:"id"`     // of the delivery: a repeat has the same
	Source     string      `json:"source"` // entry of the policy's hr sources
	Type       HREventType `json:"type"`
	Employment string      `json:"employment_id"` // HR's own key
	Email      string      `json:"email"`
	Name       string      `json:"name"`
	Manager    string      `json:"manager_email"`
	Department string      `json:"department"`
	Title      string      `json:"title"`
	Location   string      `json:"location"`
	Kind       string      `json:"employment_type"` // employee, contractor, …
	OccurredAt time.Time   `json:"occurred_at"`     // HR's own time: it orders events, not their arrival
	LastMoment *LastMoment `json:"last_moment,omitempty"`
	Starts     string      `json:"start_date"` // 2006-01-02
	OnLeave    *bool       `json:"on_leave,omitempty"`
	// Confidential leavings are known to the readers that the policy names.
	Confidential bool   `json:"confidential"`
	CutNow       bool   `json:"cut_now"` // ended_now is a security termination, where the mapping says so
	Reason       string `json:"reason"`
	// Hold is why the brake keeps it whatever its limits say of it alone: it came in
	// a roster that exceeds them as a whole. Our own word, never HR's.
	Hold string `json:"hold,omitempty"`
	// Past is of somebody who left long before anybody told us: it is noted, and starts
	// no leaving. Our own word too.
	Past bool `json:"past,omitempty"`
	// Key is the key under which the employment is known here, where a roster names
	// the person alone. Our own word too.
	Key string `json:"key,omitempty"`
}

// longestField bounds what HR may say in one field, in characters.
const longestField = 500

// furthestEvent is how far ahead of our clock HR's may be.
const furthestEvent = 10 * time.Minute

// Check refuses an event whole that cannot be meant. It names the field and says
// what to do, and quotes nothing.
func (e HREvent) Check(now time.Time) error {
	for name, value := range map[string]string{"employment_id": e.Employment, "email": e.Email, "name": e.Name, "manager_email": e.Manager,
		"department": e.Department, "title": e.Title, "location": e.Location, "employment_type": e.Kind, "reason": e.Reason, "id": e.ID} {
		if utf8.RuneCountInString(value) > longestField || !utf8.ValidString(value) || strings.ContainsAny(value, "\x00") {
			return fmt.Errorf("%s is longer than %d characters, or no text", name, longestField)
		}
	}
	switch {
	case e.ID == "":
		return fmt.Errorf("id is missing: without it a repeat cannot be told")
	case e.OccurredAt.IsZero():
		return fmt.Errorf("occurred_at is missing: HR's own time orders its events")
	case e.OccurredAt.After(now.Add(furthestEvent)):
		return fmt.Errorf("occurred_at lies in the future: check the clock of the sender")
	case !LooksLikeEmail(e.Email):
		return fmt.Errorf("email is missing, or no address: give the person's work email")
	case e.Manager != "" && !LooksLikeEmail(e.Manager):
		return fmt.Errorf("manager_email is no address")
	case e.Manager != "" && NormalEmail(e.Manager) == NormalEmail(e.Email):
		return fmt.Errorf("manager_email is the person's own")
	case e.Type != HRChanged && e.Employment == "":
		return fmt.Errorf("employment_id is missing: it tells one hire from another")
	}
	return e.checkType(now)
}

func (e HREvent) checkType(now time.Time) error {
	switch e.Type {
	case HREnding, HRMoved:
		if e.LastMoment == nil {
			return fmt.Errorf("last_moment is missing: give a local date and time, and time_zone")
		}
		return e.LastMoment.CheckFromHR(now)
	case HRStarting:
		if _, err := time.Parse(time.DateOnly, e.Starts); err != nil {
			return fmt.Errorf("start_date is no date: write for example 2027-01-31")
		}
	case HRRetracted, HREndedNow, HRChanged:
	default:
		return fmt.Errorf("type is none that is known here: map it in the policy file, or leave the event out")
	}
	return nil
}

// HROutcome is what came of an event.
type HROutcome string

// Outcomes of HR events.
const (
	HRWaiting    HROutcome = "waiting"    // kept, not looked at yet
	HRStarted    HROutcome = "started"    // a run was started
	HRTold       HROutcome = "told"       // an open run was told
	HRStands     HROutcome = "stands"     // it changes nothing: the same was said before
	HRSuperseded HROutcome = "superseded" // HR said something newer before this arrived
	HRHeld       HROutcome = "held"       // the brake holds it
	HRCancelled  HROutcome = "cancelled"  // a person cancelled what the brake held
	HRNoted      HROutcome = "noted"      // directory or employment were updated, nothing else
	HRRefused    HROutcome = "refused"    // it could not be carried out; the reason says why
)

// EmploymentState is where HR says that a hire stands.
type EmploymentState string

// States of an employment.
const (
	EmploymentOpen   EmploymentState = ""       // no end is known, or it was taken back
	EmploymentEnding EmploymentState = "ending" // it has a last moment
	EmploymentEnded  EmploymentState = "ended"  // at once
)

// Supersedes tells whether something HR said at one time stands against what it
// said at another about the same employment. Of two things said at the same time
// the one that arrives later stands.
func Supersedes(saidBefore, saidNow time.Time) bool { return saidBefore.After(saidNow) }
