package evidence

import (
	"cmp"
	"fmt"
	"time"

	"handover/domain"
)

// beside is how far the clock readings of one transaction may lie apart: a row and
// the event that is written with it.
const beside = time.Minute

// provenStep names a step whose row must be what the audit chain says.
type provenStep struct {
	app domain.AppID
	key domain.StepKey
}

// stepProof is the event that stands for a settled step.
type stepProof struct {
	state domain.StepState
	event domain.AuditEvent
}

// runProof is what the audit chain of one run proves of the run's rows. Rows can be
// written by whoever may write to the database; the chain cannot without that an
// anchor shows it.
type runProof struct {
	started domain.AuditEvent
	told    string // the last moment as it was told last; "" where nothing told one
	ended   domain.RunState
	steps   map[provenStep]stepProof
	cuts    []domain.AuditEvent // the ends of access that an app itself showed
	delays  []domain.AuditEvent // what may have held a cut-off up
	apps    map[domain.AppID]bool
}

func newRunProof() *runProof {
	return &runProof{steps: map[provenStep]stepProof{}, apps: map[domain.AppID]bool{}}
}

// proves tells whether an event is one of those that runProof reads. Those that only
// tell why something took long are left to delaying.
func proves(e domain.AuditEvent) bool {
	switch e.Kind {
	case domain.EventRunStarted, domain.EventRunRescheduled, domain.EventRunRetracted, domain.EventRunCutNow, domain.EventRunClosed, domain.EventMemberRemoved, domain.EventRoleChanged,
		domain.EventAccessReturned, domain.EventUndone:
		return true
	case domain.EventStepChanged:
		return provable(e.Step) && settles(e.To)
	}
	return false
}

// delaying tells whether an event may say why a cut-off took long.
func delaying(e domain.AuditEvent) bool {
	switch e.Kind {
	case domain.EventGuardShut, domain.EventTaskDone, domain.EventDecision:
		return e.App != ""
	case domain.EventStepChanged:
		return e.Step == domain.StepDeactivate && (e.To == string(domain.StepNeedsAttention) || e.To == "")
	}
	return false
}

// provable are the steps of which a pack says who did them and when.
func provable(key domain.StepKey) bool {
	return key == domain.StepDeactivate || key == domain.StepRole || key.Secret() != ""
}

func settles(to string) bool {
	return to == string(domain.StepVerified) || to == string(domain.StepAttested)
}

// note takes the next event of the chain.
func (p *runProof) note(e domain.AuditEvent) {
	switch e.Kind {
	case domain.EventRunStarted:
		if p.started.Kind == "" {
			p.started, p.told = e, e.Facts["due"]
		}
	case domain.EventRunRescheduled:
		if p.ended == "" { // a run that has ended stays as it ended
			p.told = first(e.To, p.told)
		}
	case domain.EventRunClosed:
		p.ended = domain.RunState(e.To)
	}
	if delaying(e) {
		p.delays = append(p.delays, e)
	}
	p.noteStep(e)
}

func (p *runProof) noteStep(e domain.AuditEvent) {
	removed := e.Kind == domain.EventMemberRemoved && e.Step == domain.StepDeactivate
	if removed {
		p.apps[e.App] = true
	}
	if removed && e.Facts["how"] != "attested" {
		p.cuts = append(p.cuts, e)
	}
	id := provenStep{e.App, e.Step}
	switch {
	case !provable(e.Step) || e.Facts["ignored_move"] != "":
	case removed && e.Facts["how"] == "attested":
		p.steps[id] = stepProof{domain.StepAttested, e}
	case removed, e.Kind == domain.EventRoleChanged:
		p.steps[id] = stepProof{domain.StepVerified, e}
	case e.Kind == domain.EventAccessReturned, e.Kind == domain.EventUndone:
		delete(p.steps, id)
	case e.Kind == domain.EventStepChanged && settles(e.To):
		if old := p.steps[id]; string(old.state) != e.To || old.event.Kind == domain.EventStepChanged {
			p.steps[id] = stepProof{domain.StepState(e.To), e} // else the removal beside it says more
		}
	}
}

// asTold gives a settled step the channel and the request that the chain names. A row
// that was settled again after a death, by an event that was there already, names the
// later request, of which the chain says nothing.
func (p *runProof) asTold(s domain.StepRecord) domain.StepRecord {
	proof := p.steps[provenStep{s.App, s.Key}]
	if provable(s.Key) && proof.state == s.State {
		s.Channel, s.RequestID = cmp.Or(proof.event.Channel, s.Channel), cmp.Or(proof.event.RequestID, s.RequestID)
	}
	return s
}

// checkSteps holds rows of steps against the chain: nothing is verified or attested
// that no event says.
func (p *runProof) checkSteps(run string, rows []domain.StepRecord) error {
	for _, s := range rows {
		if !provable(s.Key) || !settles(string(s.State)) {
			continue
		}
		proof, e := p.steps[provenStep{s.App, s.Key}], p.steps[provenStep{s.App, s.Key}].event
		switch {
		case proof.state != s.State:
			return fmt.Errorf("verify pack: step %s of %s in %s is called %s, and the audit chain does not say so", s.Key, run, s.App, s.State)
		case e.Channel != "" && e.Channel != s.Channel || e.RequestID != "" && e.RequestID != s.RequestID:
			return fmt.Errorf("verify pack: step %s of %s in %s was done through another channel or request (%s, %s) than the audit chain says (%s, %s)",
				s.Key, run, s.App, s.Channel, s.RequestID, e.Channel, e.RequestID)
		case !s.SettledAt.IsZero() && s.SettledAt.Before(e.At.Add(-beside)):
			return fmt.Errorf("verify pack: step %s of %s in %s is called done earlier than the audit chain says", s.Key, run, s.App)
		}
	}
	return nil
}

// checkCuts holds measurements against the chain, in both directions.
func (p *runProof) checkCuts(run string, rows []domain.CutOffTime) error {
	booked := map[domain.AppID]bool{}
	for _, c := range rows {
		if err := p.checkCut(run, c); err != nil {
			return err
		}
		booked[c.App] = true
	}
	for _, e := range p.cuts {
		if !booked[e.App] {
			return fmt.Errorf("verify pack: the audit chain tells when the access of %s to %s ended, and the measurement is missing", run, e.App)
		}
	}
	return nil
}

func (p *runProof) checkCut(run string, c domain.CutOffTime) error {
	for _, e := range p.cuts {
		if e.App == c.App && e.Channel == c.Channel && sameCut(c, e) {
			return nil
		}
	}
	return fmt.Errorf("verify pack: the access of %s to %s is said to have ended at %s, and the audit chain does not say so", run, c.App, c.VerifiedAt.UTC().Format(time.RFC3339))
}

// sameCut compares what was measured with what the event tells of it. Rows hold
// microseconds; the event says all of it.
func sameCut(c domain.CutOffTime, e domain.AuditEvent) bool {
	elapsed, err := time.ParseDuration(e.Facts["elapsed"])
	if err != nil || (c.Elapsed()-elapsed).Abs() > 2*time.Microsecond || e.At.Sub(c.VerifiedAt).Abs() > beside || e.Facts["class"] != c.Class {
		return false
	}
	limit := e.Facts["limit"]
	return limit == "" || limit == c.Limit.String() // events of old do not tell it
}

// checkRun holds the end of a run, and what it began with, against the chain.
func (p *runProof) checkRun(r domain.Run) error {
	if (r.Kind == domain.RunOffboarding || r.Kind.Joins()) && r.State.Ended() && p.ended != r.State {
		return fmt.Errorf("verify pack: %s is called %s, and the audit chain does not say so", r.ID, r.State)
	}
	authority := domain.Authority(p.started.Facts["authority"])
	if p.started.Subject != r.Person || authority != "" && authority != r.Authority {
		return fmt.Errorf("verify pack: %s is of another person, or stands on another word, than the audit chain says", r.ID)
	}
	if p.told == "" || r.Kind != domain.RunOffboarding || r.LastMoment.Local == "" {
		return nil
	}
	if told, err := time.Parse(time.RFC3339, p.told); err != nil || !told.Equal(lastMomentOf(r).Truncate(time.Second)) {
		return fmt.Errorf("verify pack: the last moment of %s is not the one that the audit chain tells", r.ID)
	}
	return nil
}
