package evidence

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"handover/domain"
)

// PeriodReport is what the pack of a period says when it verifies.
type PeriodReport struct {
	PeriodPart
	Sample []string `json:"sample"`
}

// periodVerifier carries what the checks of a period need of one another.
type periodVerifier struct {
	*verifier
	part    PeriodPart
	leavers map[string]*LeaverPart
	taken   map[string]*LeaverPart // back, or denied
	movers  map[string]*MoverPart
	linked  map[string]bool // runs of which the links tell
	counted PeriodPart
	// outcomes are those of the leavers' rows, by run and app.
	outcomes map[[2]string]Outcome
}

// period checks the pack of a period: that every row is what the run's audit chain
// says, that no run of which the global chain tells is left out, the counts, the
// measurements, the sample, which anybody can draw again, and the names.
func (v *verifier) period() error {
	p := &periodVerifier{verifier: v, leavers: map[string]*LeaverPart{}, taken: map[string]*LeaverPart{}, movers: map[string]*MoverPart{}, linked: map[string]bool{}, outcomes: map[[2]string]Outcome{}}
	if err := p.readLists(); err != nil {
		return err
	}
	v.report.Head = p.part.Head
	v.toldAt(p.part.BuiltAt)
	if err := v.links(p.noteLink); err != nil {
		return err
	}
	if err := lines(v, proofsName, p.proof); err != nil {
		return err
	}
	if err := p.register(); err != nil {
		return err
	}
	for _, left := range []func() (string, bool){func() (string, bool) { return anyKey(p.leavers) }, func() (string, bool) { return anyKey(p.taken) }, func() (string, bool) { return anyKey(p.movers) },
		func() (string, bool) { return anyKey(p.linked) }} {
		if run, ok := left(); ok {
			return fmt.Errorf("verify pack: of %s the pack shows no entry of the audit chain", run)
		}
	}
	if c := p.counted; c.Late != p.part.Late || c.Open != p.part.Open || c.Attested != p.part.Attested || c.Absent != p.part.Absent {
		return errors.New("verify pack: there are more or fewer late removals, or open ones, than were counted")
	}
	return v.people()
}

// anyKey is the first key of what is left over.
func anyKey[V any](of map[string]V) (string, bool) {
	least := ""
	for k := range of {
		if least == "" || k < least {
			least = k
		}
	}
	return least, len(of) > 0
}

func (p *periodVerifier) readLists() error {
	var leavers, taken []LeaverPart
	var movers []MoverPart
	var hires []HirePart
	var sample SamplePart
	var exceptions []ExceptionPart
	if err := p.read(periodName, &p.part); err != nil {
		return err
	}
	if p.part.Format != periodFormat {
		return fmt.Errorf("verify pack: this pack is of the form %q, which does not show what the audit chain says: have it exported anew", p.part.Format)
	}
	for _, x := range []struct {
		name string
		into any
	}{{leaversName, &leavers}, {retractedName, &taken}, {moversName, &movers}, {populationName, &hires}, {sampleName, &sample}, {exceptionsName, &exceptions}} {
		if err := p.read(x.name, x.into); err != nil {
			return err
		}
	}
	runs := make([]string, 0, len(leavers))
	for i := range leavers {
		p.leavers[leavers[i].Run] = &leavers[i]
		runs = append(runs, leavers[i].Run)
	}
	for i := range taken {
		p.taken[taken[i].Run] = &taken[i]
	}
	for i := range movers {
		p.movers[movers[i].Run] = &movers[i]
	}
	n := p.part
	if n.Leavers != len(p.leavers) || n.Retracted != len(p.taken) || n.Movers != len(p.movers) || n.Hires != len(hires) || n.Exceptions != len(exceptions) ||
		len(leavers)+len(taken)+len(movers) != len(p.leavers)+len(p.taken)+len(p.movers) {
		return errors.New("verify pack: the counts of the period do not fit its lists")
	}
	if sample.Seed != n.Period.Seed || sample.Of != len(runs) || !slices.Equal(sample.Runs, drawSample(sample.Seed, runs, sampleSize)) {
		return errors.New("verify pack: the sample is not the one that its seed draws")
	}
	p.report.Period = &PeriodReport{PeriodPart: n, Sample: sample.Runs}
	return nil
}

func (p *periodVerifier) noteLink(l link) error {
	if _, ok := kindOf(l.Chain); ok && !l.hidden {
		p.linked[l.Chain] = true
	}
	return nil
}

// proof checks the row of one run against the entries of its audit chain.
func (p *periodVerifier) proof(part ProofPart) error {
	proof, err := p.proofFrom(part.Run, part.Entries)
	if err != nil {
		return err
	}
	kind, _ := kindOf(part.Run)
	delete(p.linked, part.Run)
	leaver, taken, mover := p.leavers[part.Run], p.taken[part.Run], p.movers[part.Run]
	delete(p.leavers, part.Run)
	delete(p.taken, part.Run)
	delete(p.movers, part.Run)
	switch {
	case proof.started.Kind == "":
		return fmt.Errorf("verify pack: the audit chain of %s does not say that it began", part.Run)
	case leaver != nil && kind == domain.RunOffboarding:
		return p.checkLeaver(proof, *leaver)
	case taken != nil && kind == domain.RunOffboarding:
		return p.checkTaken(proof, *taken)
	case mover != nil && mover.Kind == kind:
		return p.checkMover(proof, *mover)
	}
	return p.checkUnlisted(part.Run, kind, proof)
}

// within tells whether a moment lies in the period.
func (p *periodVerifier) within(at time.Time) bool {
	return !at.Before(p.part.Period.From) && at.Before(p.part.Period.To)
}

// checkUnlisted wants a run that no list names to lie elsewhere. Of which apps a run is
// the audit chain tells where access ended.
func (p *periodVerifier) checkUnlisted(run string, kind domain.RunKind, proof *runProof) error {
	at := proof.started.At
	if told, err := time.Parse(time.RFC3339, proof.told); err == nil && kind == domain.RunOffboarding {
		at = told
	}
	app := p.part.Period.App
	if !p.within(at) || app != "" && !proof.apps[app] {
		return nil
	}
	return fmt.Errorf("verify pack: %s began on %s and no list of the period names it: somebody took it out of the database", run, proof.started.At.UTC().Format(time.DateOnly))
}

func (p *periodVerifier) checkRow(proof *runProof, l LeaverPart) error {
	run := domain.Run{ID: l.Run, Kind: domain.RunOffboarding, Person: l.Person, Authority: l.Authority, State: l.State, LastMoment: l.Moment, StartedAt: l.StartedAt}
	switch {
	case !p.within(l.Due):
		return fmt.Errorf("verify pack: the last moment of %s does not lie in the period", l.Run)
	case !lastMomentOf(run).Equal(l.Due):
		return fmt.Errorf("verify pack: the last moment of %s is not the instant that it means", l.Run)
	case !proof.started.At.Equal(l.StartedAt), proof.started.Actor != l.Requester:
		return fmt.Errorf("verify pack: %s began at another time, or for somebody else, than the audit chain says", l.Run)
	}
	return proof.checkRun(run)
}

// checkTaken wants what is no leaving any more to have ended so.
func (p *periodVerifier) checkTaken(proof *runProof, l LeaverPart) error {
	if l.State != domain.RunRetracted && l.State != domain.RunDenied {
		return fmt.Errorf("verify pack: %s is listed as taken back, and is %s", l.Run, l.State)
	}
	return p.checkRow(proof, l)
}

func (p *periodVerifier) checkLeaver(proof *runProof, l LeaverPart) error {
	if proof.ended == domain.RunRetracted || proof.ended == domain.RunDenied {
		return fmt.Errorf("verify pack: %s is listed as a leaver, and the audit chain says that it was %s", l.Run, proof.ended)
	}
	if err := p.checkRow(proof, l); err != nil {
		return err
	}
	shown := map[domain.AppID]bool{}
	for _, m := range l.Removals {
		shown[m.App] = true
		if err := checkRemoval(proof, l.Run, m); err != nil {
			return err
		}
		p.counted.count(m)
		p.outcomes[[2]string{l.Run, string(m.App)}] = m.Outcome
	}
	for app := range proof.apps {
		if !shown[app] && (p.part.Period.App == "" || p.part.Period.App == app) {
			return fmt.Errorf("verify pack: the audit chain of %s tells of an end of access in %s that the pack leaves out", l.Run, app)
		}
	}
	var secrets []domain.StepRecord
	for _, s := range l.Secrets {
		secrets = append(secrets, domain.StepRecord{App: s.App, Key: s.Step, State: s.State, SettledAt: s.At, Channel: proof.steps[provenStep{s.App, s.Step}].event.Channel})
	}
	return proof.checkSteps(l.Run, secrets)
}

// checkRemoval holds the end of one access against the audit chain, and measures it
// again.
func checkRemoval(proof *runProof, run string, m AppRemoval) error {
	cut := domain.CutOffTime{Run: run, App: m.App, Channel: m.CutChannel, Due: m.Due, VerifiedAt: m.VerifiedAt, Limit: m.Limit, Class: m.Class}
	if !m.VerifiedAt.IsZero() {
		if err := proof.checkCut(run, cut); err != nil {
			return err
		}
	} else if slices.ContainsFunc(proof.cuts, func(e domain.AuditEvent) bool { return e.App == m.App }) {
		return fmt.Errorf("verify pack: the audit chain tells when the access of %s to %s ended, and the measurement is missing", run, m.App)
	}
	if err := proof.checkSteps(run, []domain.StepRecord{{App: m.App, Key: domain.StepDeactivate, State: m.Step, Channel: m.Channel, RequestID: m.RequestID}}); err != nil {
		return err
	}
	again := m
	again.InTime, again.Elapsed, again.Outcome = false, 0, proof.outcome(m)
	again.judge()
	switch {
	case again.InTime != m.InTime, again.Elapsed != m.Elapsed:
		return fmt.Errorf("verify pack: the time of a removal of %s is not what its moments say", run)
	case again.Outcome != m.Outcome, !proof.attestedAt(m).Equal(m.AttestedAt):
		return fmt.Errorf("verify pack: the access of %s to %s did not end as it is said", run, m.App)
	case !slices.Equal(proof.doneBy(m.App), m.DoneBy):
		return fmt.Errorf("verify pack: the access of %s to %s was ended by others than is said", run, m.App)
	case late(m) && m.Reason != proof.whyLate(m):
		return fmt.Errorf("verify pack: the reason why the access of %s to %s ended late is not what the audit chain tells", run, m.App)
	}
	return nil
}

func (p *periodVerifier) checkMover(proof *runProof, m MoverPart) error {
	if !p.within(m.StartedAt) || !proof.started.At.Equal(m.StartedAt) || proof.started.Actor != m.Requester {
		return fmt.Errorf("verify pack: %s began at another time, or for somebody else, than the audit chain says", m.Run)
	}
	return proof.checkRun(domain.Run{ID: m.Run, Kind: m.Kind, Person: m.Person, Authority: m.Authority, State: m.State})
}
