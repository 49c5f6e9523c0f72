package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// applyHR carries out one event of HR and says what came of it.
func (d *Desk) applyHR(ctx context.Context, r store.HRRecord) (store.HRRecord, domain.Entry, error) {
	if r.Event.Past {
		return d.leftBefore(ctx, r)
	}
	person, news, err := d.learn(ctx, r.Event)
	r.Person = person.ID // also of what is refused: what was said of somebody is erased with them
	if err != nil {
		return r, domain.Entry{}, err
	}
	switch r.Event.Type {
	case domain.HRChanged:
		r.Outcome = domain.HRNoted
		if r.Event.Employment != "" {
			if _, err := d.Store.UpsertEmployment(ctx, hrKey(r.Event), domain.Employment{Person: person.ID, Kind: r.Event.Kind}); err != nil {
				return r, domain.Entry{}, err
			}
		}
		if !news {
			r.Outcome, r.Why = domain.HRSuperseded, "HR said something newer of this person before"
		}
		return r, domain.Entry{}, nil
	case domain.HRStarting:
		return d.hired(ctx, r, person)
	default:
		return d.leaves(ctx, r, person)
	}
}

// hrKey is the key under which we know an employment: ids of two HR systems may
// be the same and mean two hires.
func hrKey(e domain.HREvent) string {
	if e.Key != "" {
		return e.Key
	}
	if e.Source == "" || e.Source == "hr" {
		return e.Employment
	}
	return e.Source + "/" + e.Employment
}

// learn finds the person of an event, by the employment before the email, and
// brings the directory up to date. It answers whether the event was news.
func (d *Desk) learn(ctx context.Context, e domain.HREvent) (domain.Person, bool, error) {
	person, err := d.whoseEmployment(ctx, e)
	if err != nil {
		return person, false, err
	}
	facts := person.PersonFacts
	for _, f := range []struct {
		to   *string
		said string
	}{{&facts.Department, e.Department}, {&facts.Title, e.Title}, {&facts.Location, e.Location}, {&facts.Kind, e.Kind}} {
		if f.said != "" {
			*f.to = f.said
		}
	}
	news, err := d.Store.LearnPerson(ctx, person.ID, e.Email, e.Name, facts, e.OccurredAt)
	if err != nil || !news {
		return person, news, err
	}
	if err := d.learnState(ctx, person, e); err != nil {
		return person, news, err
	}
	if err := d.learnManager(ctx, person, e); err != nil {
		return person, news, err
	}
	person, err = d.Store.Person(ctx, person.ID) // as we know them now
	return person, news, err
}

func (d *Desk) whoseEmployment(ctx context.Context, e domain.HREvent) (domain.Person, error) {
	if e.Employment != "" {
		known, err := d.Store.EmploymentByKey(ctx, hrKey(e))
		if err == nil {
			return d.Store.Person(ctx, known.Person)
		}
		if !errors.Is(err, domain.ErrNotFound) {
			return domain.Person{}, err
		}
	}
	return d.Store.UpsertPerson(ctx, e.Email, e.Name)
}

// learnState notes who is on leave: they are no leavers.
func (d *Desk) learnState(ctx context.Context, person domain.Person, e domain.HREvent) error {
	if e.OnLeave == nil || person.State == domain.PersonLeaving || person.State == domain.PersonLeft {
		return nil
	}
	state := domain.PersonActive
	if *e.OnLeave {
		state = domain.PersonOnLeave
	}
	return d.Store.SetPersonState(ctx, person.ID, state)
}

// learnManager notes whom somebody reports to, and tells their open runs when
// that is somebody else now.
func (d *Desk) learnManager(ctx context.Context, person domain.Person, e domain.HREvent) error {
	if e.Manager == "" {
		return nil
	}
	manager, err := d.Store.UpsertPerson(ctx, e.Manager, "")
	if err != nil || manager.ID == person.Manager {
		return err
	}
	if person.Manager == "" {
		return d.Store.SetManager(ctx, person.ID, manager.ID)
	}
	// Told first and once more afterwards: who dies in between tells them again, and a
	// run that starts in between has read the manager of before.
	if err := d.tellManager(ctx, person, manager, e); err != nil {
		return err
	}
	d.crash("manager-told-not-noted")
	if err := d.Store.SetManager(ctx, person.ID, manager.ID); err != nil {
		return err
	}
	return d.tellManager(ctx, person, manager, e)
}

// tellManager tells the open runs of somebody whom they report to now, once each.
func (d *Desk) tellManager(ctx context.Context, person, manager domain.Person, e domain.HREvent) error {
	payload, err := json.Marshal(workflows.ManagerChanged{From: person.Manager, To: manager.ID})
	if err != nil {
		return fmt.Errorf("encode change of manager: %w", err)
	}
	open, err := d.Store.ListRuns(ctx, store.RunFilter{Person: person.ID, Kind: domain.RunOffboarding, Open: true})
	for _, run := range open {
		c := store.Command{ID: fmt.Sprintf("manager:%s:%s:%s", run.ID, e.Source, e.ID), Kind: store.CommandSignal, Run: run.ID, Name: workflows.SignalManager, Payload: payload}
		if _, err := d.Store.EnqueueCommand(ctx, c); err != nil {
			return err
		}
	}
	return err
}

// leaves carries out what HR says of the end of an employment. What it said last,
// by its own time, stands, in whatever order the events arrive.
func (d *Desk) leaves(ctx context.Context, r store.HRRecord, person domain.Person) (store.HRRecord, domain.Entry, error) {
	said, due, err := d.saidBy(r.Event)
	if err != nil {
		return r, domain.Entry{}, domain.Refuse(domain.RefusedReason, err.Error())
	}
	employment, err := d.Store.UpsertEmployment(ctx, hrKey(r.Event), domain.Employment{Person: person.ID, Kind: r.Event.Kind})
	if err != nil {
		return r, domain.Entry{}, err
	}
	run, found, err := d.leavingOf(ctx, employment.ID)
	if err != nil {
		return r, domain.Entry{}, err
	}
	if found && said.State != domain.EmploymentOpen {
		if err := d.settledTakingBack(ctx, employment, run, said); err != nil {
			return r, domain.Entry{}, err
		}
	}
	if _, stands, err := d.Store.SayEmployment(ctx, employment.ID, said); err != nil || !stands {
		r.Outcome, r.Why = domain.HRSuperseded, "HR said something newer of this employment before"
		return r, domain.Entry{}, err
	}
	// Another process may have started a run meanwhile: it looks at what was said
	// once it has one, and we look for one once we have said it.
	if run, found, err = d.leavingOf(ctx, employment.ID); err != nil {
		return r, domain.Entry{}, err
	}
	switch {
	case found && run.State.Ended():
		return d.tooLate(ctx, r, person, run, said)
	case found:
		return d.tellRun(ctx, r, run, said, due)
	case said.State == domain.EmploymentOpen:
		r.Outcome, r.Why = domain.HRNoted, "no run stands for this employment: there is nothing to take back"
		return r, domain.Entry{}, nil
	default:
		return d.startLeaving(ctx, r, person, said, due)
	}
}

// saidBy reads what an event says of the end of an employment.
func (d *Desk) saidBy(e domain.HREvent) (store.Said, time.Time, error) {
	said := store.Said{At: e.OccurredAt}
	switch e.Type {
	case domain.HRRetracted:
		return said, time.Time{}, nil
	case domain.HREndedNow:
		now := d.now()
		zone, err := time.LoadLocation(d.Policy().Company.TimeZone)
		if err != nil {
			return said, now, fmt.Errorf("read company time zone: %w", err)
		}
		said.State, said.Ends, said.Moment = domain.EmploymentEnded, now, domain.MomentAt(now, zone)
		return said, now, nil
	}
	m := *e.LastMoment
	if m.Zone == "" {
		m.Zone = d.Policy().Company.TimeZone
	}
	due, err := m.Instant()
	said.State, said.Ends, said.Moment = domain.EmploymentEnding, due, m
	return said, due, err
}

// settledTakingBack waits for a run that was told, by HR or by a person, that its leaving
// is taken back: another leaving of the same employment must not be taken for the one
// that ends. A run that has cut access already goes on, and is told. What only repeats
// the leaving that a person takes back is nothing new.
func (d *Desk) settledTakingBack(ctx context.Context, e domain.Employment, run domain.Run, said store.Said) error {
	if run.State.Ended() {
		return nil
	}
	if e.State != domain.EmploymentOpen || e.SaidAt.IsZero() {
		byPerson, err := d.Store.Audit(ctx, store.AuditFilter{Run: run.ID, Kind: domain.EventRunRetracted, Limit: 1})
		if err != nil || len(byPerson) == 0 || said.Moment == run.LastMoment {
			return err
		}
	}
	cuts, err := d.Store.CutOffs(ctx, run.ID)
	if err != nil || len(cuts) > 0 {
		return err
	}
	return domain.NewFault(domain.FaultUnavailable, "hr.leaving", "", "the run before is still being retracted", nil)
}

// leavingOf finds the run that stands for the end of an employment.
func (d *Desk) leavingOf(ctx context.Context, employment string) (domain.Run, bool, error) {
	runs, err := d.Store.ListRuns(ctx, store.RunFilter{Employment: employment, Kind: domain.RunOffboarding})
	for _, r := range runs {
		if r.AllApps && r.State != domain.RunRetracted && r.State != domain.RunDenied {
			return r, true, err
		}
	}
	return domain.Run{}, false, err
}

// tooLate is HR's word about a leaving that has ended: people decide whether
// anything follows from it. What only repeats the leaving of somebody who is gone
// needs nobody.
func (d *Desk) tooLate(ctx context.Context, r store.HRRecord, person domain.Person, run domain.Run, said store.Said) (store.HRRecord, domain.Entry, error) {
	unheard := r.Why == store.HRUnheard // its own moment stands in the run, and nobody followed it
	r.Run, r.Outcome, r.Why = run.ID, domain.HRStands, "the leaving has ended already"
	text := "HR moved a leaving or took it back after it had ended: if the person stays, give the access back in the app, or hire them anew."
	switch leaves := said.State != domain.EmploymentOpen; {
	case leaves && person.State != domain.PersonLeft:
		text = "HR announced the end of an employment whose leaving has ended, of somebody who is with the company: nothing was started. " +
			"Start it with handover offboard, and have HR give a new hire an employment id of its own."
	case leaves && (said.State == domain.EmploymentEnded || said.Moment == run.LastMoment && !unheard):
		return r, domain.Entry{}, nil
	}
	n := domain.Notice{ID: fmt.Sprintf("hr/%s/%s/late", r.Event.Source, r.Event.ID), Run: run.ID, Kind: "hr-too-late", About: run.ID, Urgent: true, At: d.now(), Text: text}
	to, err := d.caretakers(ctx, run.ID)
	n.To = to
	return r, domain.Entry{Run: run.ID, Notices: []domain.Notice{n}}, err
}

// tellRun gives HR's word to the run that stands for the leaving.
func (d *Desk) tellRun(ctx context.Context, r store.HRRecord, run domain.Run, said store.Said, due time.Time) (store.HRRecord, domain.Entry, error) {
	r.Run, r.Outcome = run.ID, domain.HRTold
	change := workflows.EmploymentChange{Due: due, Zone: said.Moment.Zone, CutNow: r.Event.CutNow, SaidAt: said.At}
	entry := domain.Entry{Run: run.ID}
	event := domain.AuditEvent{Key: fmt.Sprintf("hr/%s/%s", r.Event.Source, r.Event.ID), Run: run.ID, Actor: domain.SystemActor, Subject: run.Person,
		At: d.now(), Zone: said.Moment.Zone, Facts: map[string]string{"door": "hr", "source": r.Event.Source, "type": string(r.Event.Type)}}
	switch {
	case said.State == domain.EmploymentOpen:
		change.Kind, event.Kind = workflows.EmploymentRetracted, domain.EventRunRetracted
		if err := d.stays(ctx, run.Person); err != nil {
			return r, entry, err
		}
	case r.Event.CutNow && run.CutNow && run.Requester == domain.SystemActor: // it began with this word
		r.Outcome = domain.HRStands
		return r, domain.Entry{}, nil
	case said.State == domain.EmploymentEnded:
		change.Kind, event.Kind = workflows.EmploymentEndedNow, domain.EventRunRescheduled
	case run.LastMoment == said.Moment:
		r.Outcome = domain.HRStands
		return r, domain.Entry{}, nil
	default:
		change.Kind, event.Kind = workflows.EmploymentMoved, domain.EventRunRescheduled
		event.To, entry.LastMoment = due.UTC().Format(time.RFC3339), &said.Moment
		change.NoticeAt = d.noticeAt(ctx, run, due)
	}
	payload, err := json.Marshal(change)
	if err != nil {
		return r, entry, fmt.Errorf("encode HR's word: %w", err)
	}
	c := store.Command{ID: fmt.Sprintf("hr:%s:%s:%s", run.ID, r.Event.Source, r.Event.ID), Kind: store.CommandSignal, Run: run.ID, Name: workflows.SignalEmployment, Payload: payload}
	if _, err := d.Store.EnqueueCommand(ctx, c); err != nil {
		return r, entry, err
	}
	d.deliverNow(ctx, c.ID)
	if unheard, err := d.unheard(ctx, c.ID); err != nil || unheard {
		return r, entry, errors.Join(err, domain.NewFault(domain.FaultUnavailable, "hr.leaving", "", store.HRUnheard, nil))
	}
	entry.Events = []domain.AuditEvent{event}
	return r, entry, nil
}

// unheard tells that a run had ended before HR's word reached it. It is carried out anew,
// by the run that stands then, or by a new one.
func (d *Desk) unheard(ctx context.Context, command string) (bool, error) {
	c, err := d.Store.Command(ctx, command)
	if err != nil || !c.Done() {
		return false, err
	}
	var answer reply
	err = json.Unmarshal(c.Result, &answer)
	return answer.Refused != "", err
}

// stays notes that somebody is no leaver any more.
func (d *Desk) stays(ctx context.Context, who domain.PersonID) error {
	person, err := d.Store.Person(ctx, who)
	if err != nil || person.State != domain.PersonLeaving {
		return err
	}
	return d.Store.SetPersonState(ctx, who, domain.PersonActive)
}

// confidentialReaders are who may see a confidential leaving that HR starts:
// whom the policy names, else everybody in security.
func (d *Desk) confidentialReaders() []string {
	p := d.Policy()
	if len(p.Leaving.Readers) > 0 {
		return p.Leaving.Readers
	}
	var emails []string
	for _, person := range p.People {
		if slices.Contains(person.Roles, domain.RoleSecurity) {
			emails = append(emails, person.Email)
		}
	}
	return emails
}

// errHeld says that the brake keeps an event.
var errHeld = errors.New("the brake holds it")

// startLeaving starts the run, unless the brake holds it.
func (d *Desk) startLeaving(ctx context.Context, r store.HRRecord, person domain.Person, said store.Said, due time.Time) (store.HRRecord, domain.Entry, error) {
	apps, all, err := appsOf(d.Policy(), nil)
	if err != nil {
		return r, domain.Entry{}, err
	}
	held, err := d.passBrake(ctx, r, person, apps)
	if err != nil {
		return r, domain.Entry{}, err
	}
	if held {
		return r, domain.Entry{}, errHeld
	}
	secret, err := d.saidInConfidence(ctx, r.Event)
	if err != nil {
		return r, domain.Entry{}, err
	}
	req := OffboardRequest{Email: person.Email, Employment: hrKey(r.Event), Confidential: secret, Reason: r.Event.Reason,
		Now: said.State == domain.EmploymentEnded && !r.Event.CutNow, CutNow: r.Event.CutNow && said.State == domain.EmploymentEnded}
	if req.Confidential {
		req.Readers = d.confidentialReaders()
	}
	if err := d.Store.SetPersonState(ctx, person.ID, domain.PersonLeaving); err != nil {
		return r, domain.Entry{}, err
	}
	run, created, err := d.create(ctx, Actor{Channel: "hr"}, req, person, apps, all, due, said.Moment)
	if err != nil {
		return r, domain.Entry{}, err
	}
	last, err := d.Store.SaidOf(ctx, run.Employment)
	if err != nil {
		return r, domain.Entry{}, err
	}
	if !created || last.At.After(said.At) { // another process heard something else meanwhile
		return d.tellRun(ctx, r, run, last, last.Ends)
	}
	r.Run, r.Outcome = run.ID, domain.HRStarted
	return r, domain.Entry{}, nil
}
