package desk

import (
	"slices"

	"handover/domain"
)

// task shows a step, or several, for a person to do, or to stand for as second
// person.
func (c *composer) task(t domain.Task, n domain.Notice) Card {
	run := c.run(t.Run)
	card := Card{Ref: ref(t.ID), Kind: CardTask, About: t.ID, Run: t.Run, App: t.App, Step: firstStep(t), Title: t.Title, Lead: t.Why, Urgent: t.Urgent, Proof: t.Attest,
		Facts: c.runFacts(run, t.App), Lines: t.Instructions, Settled: t.State == domain.TaskSettled || t.State == domain.TaskClosed}
	card.Facts = append(card.Facts, Fact{"Whose task", c.name(t.Owner)}, Fact{"Due", c.when(t.DueAt)})
	if n.Kind == "unreachable" {
		card.Lead = "Its owner could not be reached in Slack: hand it to somebody else, or tell them. " + card.Lead
	}
	card.Outcome = c.taskOutcome(t)
	if card.Settled {
		return card
	}
	card.Why, card.Verbs = c.mayDo(t)
	if n.Kind == "confirm" {
		card.Kind, card.Title = CardConfirm, "Confirm as second person: "+t.Title
	}
	return card
}

func firstStep(t domain.Task) domain.StepKey {
	if len(t.Steps) == 0 {
		return ""
	}
	return t.Steps[0]
}

// mayDo says why this reader has the task before them, and what they may say to
// it.
func (c *composer) mayDo(t domain.Task) (string, []Verb) {
	stands, _, err := c.d.standsFor(c.ctx, Actor{Person: c.to}, t.Run)
	c.keep(err)
	do := []Verb{VerbDone, VerbCannot, VerbHandOver}
	confirms := t.State == domain.TaskDone && t.Attest && t.ConfirmedBy == "" && t.DoneBy != c.to.ID
	switch {
	case confirms:
		return "A second person stands for what the app cannot show.", []Verb{VerbConfirm}
	case t.Owner == c.to.ID:
		return "You look after this app.", do
	case t.Backup == c.to.ID:
		return "You are the backup of its owner.", do
	case slices.Contains(stands, t.Owner):
		return "You stand in for " + c.name(t.Owner) + ", who is away.", do
	default:
		return "You look after this run.", []Verb{VerbHandOver}
	}
}

// taskOutcome tells who said what of a task and how it stands.
func (c *composer) taskOutcome(t domain.Task) []string {
	var lines []string
	if t.DoneBy != "" {
		line := "Said done by " + c.name(t.DoneBy)
		if t.Proof != "" {
			line += ": " + t.Proof
		}
		lines = append(lines, line)
	}
	if t.ConfirmedBy != "" {
		lines = append(lines, "Confirmed by "+c.name(t.ConfirmedBy)+".")
	}
	switch t.State {
	case domain.TaskDone:
		if t.Attest && t.ConfirmedBy == "" {
			return append(lines, "Waits for a second person.")
		}
		return append(lines, "The app is read back; it is done when the app shows it.")
	case domain.TaskSettled:
		return append(lines, "Done: "+settledHow(t))
	case domain.TaskClosed:
		return append(lines, "Needed no more.")
	default:
		return lines
	}
}

func settledHow(t domain.Task) string {
	if t.Attest {
		return "what the app shows was read back, the rest is attested by two people."
	}
	return "the app itself shows it."
}
