package evidence

import (
	"slices"
	"strings"
	"time"

	"handover/domain"
)

// notStated is the reason of a late removal of which the audit chain tells none.
const notStated = "not stated"

// outcome is how the access to an app ended, as the chain proves it.
func (p *runProof) outcome(m AppRemoval) Outcome {
	proof := p.steps[provenStep{m.App, domain.StepDeactivate}]
	switch {
	case m.Step == domain.StepAttested && proof.state == domain.StepAttested:
		return OutcomeAttested
	case m.Step != domain.StepVerified && !m.VerifiedAt.IsZero():
		return OutcomeBack
	case m.Step != domain.StepVerified || proof.state != domain.StepVerified:
		return OutcomeOpen
	case m.VerifiedAt.IsZero():
		return OutcomeAbsent
	}
	return OutcomeRemoved
}

// attestedAt is when two people said that an access had ended; zero where they did not.
func (p *runProof) attestedAt(m AppRemoval) time.Time {
	if m.Outcome != OutcomeAttested {
		return time.Time{}
	}
	return p.steps[provenStep{m.App, domain.StepDeactivate}].event.At
}

// doneBy are the people behind a removal: who did it, and who confirmed it.
func (p *runProof) doneBy(app domain.AppID) []domain.PersonID {
	e := p.steps[provenStep{app, domain.StepDeactivate}].event
	people := []domain.PersonID{}
	for _, who := range []domain.PersonID{e.Actor, domain.PersonID(e.Facts["confirmed_by"])} {
		if who != "" && who != domain.SystemActor && who != domain.UnknownActor {
			people = append(people, who)
		}
	}
	return people
}

// whyLate says why a removal was late: what the audit chain tells of its app before
// it, and nothing else.
func (p *runProof) whyLate(m AppRemoval) string {
	var said []string
	say := func(text string) {
		if !slices.Contains(said, text) {
			said = append(said, text)
		}
	}
	if p.started.At.After(m.Due) {
		say("it was first heard of after the last moment")
	}
	for _, e := range p.delays {
		if e.App != m.App || e.At.After(m.VerifiedAt) {
			continue
		}
		when := e.At.UTC().Format(time.RFC3339)
		switch {
		case e.Kind == domain.EventGuardShut:
			say("a guard held it: " + e.Facts["why"])
		case e.Kind == domain.EventStepChanged && e.To != "":
			say("it needed attention: " + e.Facts["why"])
		case !e.At.After(m.Due):
		case e.Kind == domain.EventStepChanged:
			say("somebody had to act on it, at " + when)
		case e.Kind == domain.EventDecision && e.To == string(domain.Approve):
			say("it was approved at " + when)
		case e.Kind == domain.EventTaskDone:
			say("a person said done at " + when)
		}
	}
	if len(said) == 0 {
		return notStated
	}
	return strings.Join(said, "; ")
}
