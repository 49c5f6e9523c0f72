package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/store"
)

// mostProblems is how many problems of a roster are told at once.
const mostProblems = 100

// longAgo is how far back somebody who has left is still a leaver for a roster.
// What the others still have, reconciliation finds.
const longAgo = 30 * 24 * time.Hour

// PreviewRoster tells what a roster would do and changes nothing.
func (d *Desk) PreviewRoster(ctx context.Context, a Actor, source string, rows []domain.RosterRow, full bool) (RosterPlan, error) {
	if err := d.allow(ctx, a, mayStart, ""); err != nil {
		return RosterPlan{}, err
	}
	r, err := d.readRoster(ctx, a, source, rows, full)
	return r.plan, err
}

// ApplyRoster carries a roster out, as so many events of HR: behind the brake,
// and each kept with what came of it. A roster with any problem does nothing.
func (d *Desk) ApplyRoster(ctx context.Context, a Actor, source string, rows []domain.RosterRow, full bool) (RosterPlan, error) {
	if err := d.allow(ctx, a, mayStart, ""); err != nil {
		return RosterPlan{}, err
	}
	r, err := d.readRoster(ctx, a, source, rows, full)
	if err != nil || len(r.plan.Problems) > 0 {
		return r.plan, err
	}
	for _, e := range r.events {
		if _, err := d.Store.KeepHREvent(ctx, e); err != nil {
			return r.plan, err
		}
	}
	r.plan.Applied = true
	now := d.now()
	e := domain.AuditEvent{Key: fmt.Sprintf("roster/%d", now.UnixMicro()), Kind: domain.EventRosterApplied, Actor: a.Person.ID, At: now,
		Facts: map[string]string{"source": source, "rows": fmt.Sprint(len(rows)), "leaving": fmt.Sprint(len(r.plan.Leaving)), "past": fmt.Sprint(len(r.plan.Past)), "missing": fmt.Sprint(len(r.plan.Missing)),
			"full": fmt.Sprint(full), "door": a.Channel}}
	return r.plan, d.Store.Record(ctx, domain.Entry{Events: []domain.AuditEvent{e}})
}

// roster is a roster being read: what it would do, and the events that do it.
type roster struct {
	d      *Desk
	ctx    context.Context
	by     Actor
	source string
	now    time.Time
	plan   RosterPlan
	events []domain.HREvent
	seen   map[string]int    // email or employment: line
	keys   map[string]string // email: of the one employment of who is named without an id
}

func (d *Desk) readRoster(ctx context.Context, a Actor, source string, rows []domain.RosterRow, full bool) (*roster, error) {
	r := &roster{d: d, ctx: ctx, by: a, source: source, now: d.now(), seen: map[string]int{}, keys: map[string]string{}, plan: RosterPlan{Rows: len(rows)}}
	for _, row := range rows {
		r.check(row)
	}
	if len(rows) == 0 {
		r.problem("the roster has no row: nothing can be meant by it")
	}
	if len(r.plan.Problems) > 0 {
		return r, nil
	}
	for _, row := range rows {
		if err := r.read(row); err != nil {
			return r, err
		}
	}
	if full {
		if err := r.missing(); err != nil {
			return r, err
		}
	}
	return r, r.brake()
}

func (r *roster) problem(text string) {
	switch n := len(r.plan.Problems); {
	case n < mostProblems:
		r.plan.Problems = append(r.plan.Problems, text)
	case n == mostProblems:
		r.plan.Problems = append(r.plan.Problems, "and more")
	}
}

func (r *roster) check(row domain.RosterRow) {
	if err := row.Check(); err != nil {
		r.problem(err.Error())
	}
	for _, key := range []string{domain.NormalEmail(row.Email), "id:" + row.Employment} {
		if key == "" || key == "id:" {
			continue
		}
		if line, twice := r.seen[key]; twice {
			r.problem(fmt.Sprintf("line %d: the person stands in line %d already", row.Line, line))
		}
		r.seen[key] = row.Line
	}
	if m := row.Moment(r.d.Policy().Company.TimeZone); m != nil {
		if _, err := m.Instant(); err != nil {
			r.problem(fmt.Sprintf("line %d: the last day or its time zone cannot be read", row.Line))
		}
	}
}

// event makes the event of a row. Its id is of this reading: the same roster read
// again says the same again, and changes nothing.
func (r *roster) event(row domain.RosterRow, kind domain.HREventType) domain.HREvent {
	employment := row.Employment
	if employment == "" {
		employment = "email:" + domain.NormalEmail(row.Email)
	}
	key := r.keys[domain.NormalEmail(row.Email)]
	if row.Employment != "" {
		key = ""
	}
	e := domain.HREvent{ID: fmt.Sprintf("roster-%d-%d-%s", r.now.UnixMicro(), row.Line, kind), Source: r.source, Type: kind, Employment: employment, Email: row.Email,
		Name: row.Name, Manager: row.Manager, Department: row.Department, Title: row.Title, Location: row.Location, Kind: row.Kind, OccurredAt: r.now, Starts: row.Starts, Key: key}
	if row.Status != "" && kind == domain.HRChanged {
		on := row.Status == domain.RosterOnLeave
		e.OnLeave = &on
	}
	return e
}

func (r *roster) read(row domain.RosterRow) error {
	person, err := r.d.Store.PersonByEmail(r.ctx, row.Email)
	known := err == nil
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	if known && row.Employment == "" {
		if err := r.findKey(person, row); err != nil {
			return err
		}
	}
	due, leaves := r.leaves(row)
	if row.Status == domain.RosterLeft && !leaves {
		if leaves, err = r.unheard(person, row); err != nil {
			return err
		}
		if !leaves {
			return r.past(person, known, row, due)
		}
	}
	switch {
	case !known:
		r.plan.New = append(r.plan.New, row.Email)
	case differs(person, row):
		r.plan.Changed = append(r.plan.Changed, row.Email)
	default:
		r.plan.Known++
	}
	if row.Status == domain.RosterOnLeave {
		r.plan.OnLeave = append(r.plan.OnLeave, row.Email)
	}
	about := domain.HRChanged
	if row.Starts != "" {
		r.events = append(r.events, r.event(row, domain.HRStarting))
	}
	r.events = append(r.events, r.event(row, about))
	if leaves {
		return r.leaving(row, due)
	}
	return nil
}

// findKey finds the employment of somebody whom a row names without an id: the
// one they have. Of two nobody can tell which is meant, and one that begins after
// the last day of the row is not.
func (r *roster) findKey(person domain.Person, row domain.RosterRow) error {
	hires, err := r.hiresBefore(person, row)
	if err == nil && len(hires) == 1 {
		r.keys[domain.NormalEmail(person.Email)] = hires[0].Key
	}
	return err
}

// hiresBefore lists the employments that go on for us and did not begin after the
// last day of a row.
func (r *roster) hiresBefore(person domain.Person, row domain.RosterRow) ([]store.Hire, error) {
	hires, err := r.d.Store.HiresOf(r.ctx, person.ID, r.now)
	m := row.Moment(r.d.Policy().Company.TimeZone)
	if m == nil || err != nil {
		return hires, err
	}
	due, err := m.Instant()
	return slices.DeleteFunc(hires, func(h store.Hire) bool { return h.Employment.Starts.After(due) }), err
}

// unheard tells of somebody who left long ago whether nobody told us: for us the
// employment goes on.
func (r *roster) unheard(person domain.Person, row domain.RosterRow) (bool, error) {
	if person.State != domain.PersonActive && person.State != domain.PersonOnLeave {
		return false, nil
	}
	key := hrKey(r.event(row, domain.HREnding))
	hires, err := r.hiresBefore(person, row)
	return slices.ContainsFunc(hires, func(h store.Hire) bool { return h.Key == key }), err
}

// past notes somebody who left long ago and of whom nobody told us. What a row of
// long ago says of their department or title may be old: it is not learnt.
func (r *roster) past(person domain.Person, known bool, row domain.RosterRow, m domain.LastMoment) error {
	r.plan.Past = append(r.plan.Past, row.Email)
	then := domain.RosterRow{Line: row.Line, Employment: row.Employment, Email: row.Email}
	if !known {
		then.Name = row.Name
	}
	e := r.event(then, domain.HREnding)
	e.LastMoment, e.Past = &m, true
	switch hire, err := r.d.Store.EmploymentByKey(r.ctx, hrKey(e)); {
	case errors.Is(err, domain.ErrNotFound):
	case err != nil:
		return err
	case hire.State != domain.EmploymentOpen || hire.Person != person.ID:
		return nil // known to have ended
	}
	r.events = append(r.events, e)
	return nil
}

// leaves reads the last moment of a row. People on leave are no leavers, and who
// left long ago is none any more. A moment that has passed stays HR's: how late
// access ended is counted from it.
func (r *roster) leaves(row domain.RosterRow) (domain.LastMoment, bool) {
	zone, err := time.LoadLocation(r.d.Policy().Company.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	now := domain.MomentAt(r.now, zone)
	m := row.Moment(zone.String())
	switch {
	case m == nil:
		return now, row.Status == domain.RosterLeft
	case row.Status == domain.RosterOnLeave:
		return *m, true // on leave until then, and gone afterwards
	}
	due, err := m.Instant()
	return *m, err == nil && !due.Before(r.now.Add(-longAgo))
}

func (r *roster) leaving(row domain.RosterRow, m domain.LastMoment) error {
	e := r.event(row, domain.HREnding)
	e.LastMoment = &m
	what, hidden := "start", false
	if known, err := r.d.Store.EmploymentByKey(r.ctx, hrKey(e)); err == nil {
		run, found, err := r.d.leavingOf(r.ctx, known.ID)
		hidden = found && !run.VisibleTo(r.by.Person)
		switch {
		case err != nil:
			return err
		case found && (run.LastMoment == m || run.State.Ended()):
			what = "stands"
		case found:
			what = "move"
		}
	}
	shown := what
	if hidden {
		shown = "start" // as if nothing had been said
	}
	r.plan.Leaving = append(r.plan.Leaving, RosterLeaving{Email: row.Email, When: strings.Replace(m.Local, "T", " ", 1) + " " + m.Zone, What: shown})
	if what != "stands" {
		r.events = append(r.events, e)
	}
	return nil
}

func differs(p domain.Person, row domain.RosterRow) bool {
	for _, pair := range [][2]string{{row.Name, p.Name}, {row.Department, p.Department}, {row.Title, p.Title}, {row.Location, p.Location}, {row.Kind, p.Kind}} {
		if pair[0] != "" && pair[0] != pair[1] {
			return true
		}
	}
	return false
}

// missing finds whom a full roster names no more: HR's way of saying that they
// left.
func (r *roster) missing() error {
	hires, err := r.d.Store.OpenHires(r.ctx)
	if err != nil {
		return err
	}
	prefix := ""
	if r.source != "" && r.source != "hr" {
		prefix = r.source + "/"
	}
	for _, h := range hires {
		key, ours := strings.CutPrefix(h.Key, prefix)
		if !ours || prefix == "" && strings.Contains(h.Key, "/") {
			continue
		}
		person, err := r.d.Store.Person(r.ctx, h.Employment.Person)
		if err != nil {
			return err
		}
		_, byID := r.seen["id:"+key]
		_, byEmail := r.seen[domain.NormalEmail(person.Email)]
		if byID || byEmail {
			continue
		}
		r.plan.Missing = append(r.plan.Missing, person.Email)
		row := domain.RosterRow{Line: len(r.plan.Missing), Employment: key, Email: person.Email}
		e := r.event(row, domain.HREnding)
		e.ID = fmt.Sprintf("roster-%d-missing-%d", r.now.UnixMicro(), len(r.plan.Missing))
		now, _ := r.leaves(domain.RosterRow{Status: domain.RosterLeft})
		e.LastMoment = &now
		r.events = append(r.events, e)
	}
	return nil
}

// brake tells whether the brake would hold some of the leavings, by weighing them
// as they would come.
func (r *roster) brake() error {
	past, held, err := r.d.Store.WhatIf(r.ctx, r.now)
	if err != nil {
		return err
	}
	heads, err := r.d.headcount(r.ctx)
	if err != nil {
		return err
	}
	limits, apps := r.d.Policy().Brake.Limits(), r.d.Apps()
	leavers, stopped, why := 0, 0, ""
	for _, e := range r.events {
		if e.Type != domain.HREnding || e.Past {
			continue
		}
		next := domain.Start{At: r.now, Source: e.Source, Department: e.Department, Apps: apps}
		finding := limits.Check(next, past, heads, held)
		leavers++
		if !finding.Free() {
			held = true
			if stopped++; why == "" {
				why = finding.Why
			}
			continue
		}
		past = append(past, next)
	}
	if stopped == 0 {
		return nil
	}
	// A roster is one act: where it exceeds a limit nobody of it goes ahead, lest
	// the first few of a wrong file are cut off.
	r.plan.Held = fmt.Sprintf("all %d would be held and asked about: %s", leavers, why)
	for i := range r.events {
		if r.events[i].Type == domain.HREnding && !r.events[i].Past {
			r.events[i].Hold = why
		}
	}
	return nil
}
