package domain

import "time"

// Absence is a time in which somebody else may decide and do in a person's
// place, also what was asked of them before it began. The decision carries both
// names.
type Absence struct {
	ID         string    `json:"id"`
	Person     PersonID  `json:"person"`
	Substitute PersonID  `json:"substitute"`
	From       time.Time `json:"from"`
	Until      time.Time `json:"until"` // not included
	SetBy      PersonID  `json:"set_by"`
}

// Covers tells whether an instant lies in the absence.
func (a Absence) Covers(at time.Time) bool { return !at.Before(a.From) && at.Before(a.Until) }

// StandsInFor lists for whom somebody may act at an instant. It goes one step
// only: a substitute's substitute is nobody's choice.
func StandsInFor(absences []Absence, who PersonID, at time.Time) []PersonID {
	var people []PersonID
	for _, a := range absences {
		if a.Substitute == who && a.Person != who && a.Covers(at) {
			people = append(people, a.Person)
		}
	}
	return people
}

// VoiceFor finds in whose name somebody may answer a request: their own where
// they are asked themselves, else that of somebody they stand in for, before all
// of one who could still be heard. It gives back an empty id for their own voice.
func (a Approval) VoiceFor(who PersonID, absences []Absence, now time.Time) PersonID {
	if a.MayDecide(who, now) {
		return ""
	}
	var asked PersonID
	for _, absent := range StandsInFor(absences, who, now) {
		if !a.MayDecide(absent, now) {
			continue
		}
		if !a.barred(absent) && !a.decidedBefore(absent) {
			return absent
		}
		asked = absent
	}
	return asked
}

// Departure says that somebody's own rights in Handover ended with a run's
// cut-off, or came back because the run was undone.
type Departure struct {
	Run    string    `json:"run"`
	Person PersonID  `json:"person"`
	Back   bool      `json:"back"`
	At     time.Time `json:"at"`
}
