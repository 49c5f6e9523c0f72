package domain

import (
	"slices"
	"time"
)

// TaskState is where a person's task stands.
type TaskState string

// States of a task. Done is what a person says; Settled is what the app, or a
// second person, confirmed.
const (
	TaskOpen      TaskState = "open"
	TaskDone      TaskState = "done"      // said done, not yet proven
	TaskConfirmed TaskState = "confirmed" // a second person stands for it
	TaskSettled   TaskState = "settled"   // every step of it is verified or attested
	TaskCannot    TaskState = "cannot"
	TaskClosed    TaskState = "closed" // no longer needed
)

// Task is one or more steps that a person does in one sitting.
type Task struct {
	ID           string    `json:"id"`
	Run          string    `json:"run"`
	App          AppID     `json:"app"`
	Steps        []StepKey `json:"steps"`
	Title        string    `json:"title"`
	Instructions []string  `json:"instructions"`
	Owner        PersonID  `json:"owner"`
	Backup       PersonID  `json:"backup"`
	Second       PersonID  `json:"second,omitempty"` // is asked to confirm what the app cannot show
	Subject      PersonID  `json:"subject"`
	Urgent       bool      `json:"urgent"` // wall clock, backup is paged
	Attest       bool      `json:"attest"` // some step cannot be read back: proof and a second person
	State        TaskState `json:"state"`
	Proof        string    `json:"proof"`
	DoneBy       PersonID  `json:"done_by"`
	ConfirmedBy  PersonID  `json:"confirmed_by"`
	OpenedAt     time.Time `json:"opened_at"`
	DueAt        time.Time `json:"due_at"`
	SettledAt    time.Time `json:"settled_at"`
	Why          string    `json:"why"` // why a person does it
}

// CheckDone tells whether somebody may say that a task is done (or cannot be),
// for themselves or for the person they stand in for.
func (t Task) CheckDone(actor, actingFor PersonID, admins []PersonID, proof string) *Refusal {
	theirs := func(id PersonID) bool { return id != "" && (id == actor || id == actingFor) }
	switch {
	case t.State != TaskOpen && t.State != TaskDone && t.State != TaskCannot:
		return Refuse(RefusedSettled, "this task is "+string(t.State)+" already")
	case actor == t.Subject:
		return Refuse(RefusedSelf, "nobody does the steps of their own leaving")
	case !theirs(t.Owner) && !theirs(t.Backup) && !slices.Contains(admins, actor):
		return Refuse(RefusedNotApprover, "this task belongs to somebody else: have it handed over to you first")
	case t.Attest && proof == "":
		return Refuse(RefusedReason, "the app cannot show this: give a note or a link as proof")
	}
	return nil
}

// CheckConfirm tells whether somebody may stand for a task as second person.
func (t Task) CheckConfirm(actor PersonID) *Refusal {
	switch {
	case t.State != TaskDone:
		return Refuse(RefusedState, "this task is "+string(t.State)+": it is confirmed after somebody said done")
	case !t.Attest:
		return Refuse(RefusedState, "the app itself shows this: no confirmation is needed")
	case actor == t.DoneBy:
		return Refuse(RefusedSecond, "a second person has to confirm, not the one who did it")
	case actor == t.Subject:
		return Refuse(RefusedSelf, "nobody confirms the steps of their own leaving")
	}
	return nil
}
