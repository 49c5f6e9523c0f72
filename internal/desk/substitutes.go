package desk

import (
	"context"
	"errors"
	"fmt"

	"handover/domain"
	"handover/internal/store"
)

// tellSubstitutes shows what waits for somebody who is away to whoever stands in
// for them, also what was asked before. shown is what it told already; it answers
// what it has told now.
func (d *Desk) tellSubstitutes(ctx context.Context, shown map[string]bool) map[string]bool {
	now, err := d.copyToSubstitutes(ctx, shown)
	if err != nil {
		if ctx.Err() == nil {
			d.Log.WarnContext(ctx, "substitutes not told", "error", err)
		}
		return shown
	}
	return now
}

func (d *Desk) copyToSubstitutes(ctx context.Context, shown map[string]bool) (map[string]bool, error) {
	away, err := d.absences(ctx)
	if err != nil {
		return nil, err
	}
	told := map[string]bool{}
	for _, a := range away {
		if !a.Covers(d.now()) {
			continue
		}
		copies, err := d.copiesFor(ctx, a)
		if err != nil {
			return nil, err
		}
		for _, n := range copies {
			if err := d.copyOnce(ctx, a, n, shown); err != nil {
				return nil, err
			}
			told[n.ID] = true
		}
	}
	return told, nil
}

// copiesFor are the notices by which a substitute hears what waits.
func (d *Desk) copiesFor(ctx context.Context, a domain.Absence) ([]domain.Notice, error) {
	f := store.RequestFilter{Person: a.Person, Open: true, Limit: mostCopies}
	requests, err := d.Store.ListApprovals(ctx, f)
	if err != nil {
		return nil, err
	}
	tasks, err := d.Store.ListTasks(ctx, f)
	if err != nil {
		return nil, err
	}
	notices, err := d.reviewCopies(ctx, a)
	if err != nil {
		return nil, err
	}
	add := func(run string, app domain.AppID, kind, about, part, text string) {
		notices = append(notices, domain.Notice{ID: about + "/substitute/" + string(a.Substitute) + part, Run: run, App: app, Kind: kind, About: about,
			To: []domain.PersonID{a.Substitute}, Text: text, At: d.now()})
	}
	for _, r := range requests {
		// A denial needs no plan: whoever may deny is asked.
		may := domain.Decision{Actor: a.Substitute, ActingFor: a.Person, Verdict: domain.Deny, Digest: r.Digest, Reason: "-"}
		if r.VoiceFor(a.Substitute, []domain.Absence{a}, d.now()) == a.Person && r.Check(may, d.now()) == nil {
			add(r.Run, r.App, "approval-opened", r.ID, fmt.Sprintf("/%d", r.Stage), "You stand in for somebody who is away: decide in their place.")
		}
	}
	for _, t := range tasks {
		if t.Owner == a.Person && t.Subject != a.Substitute {
			add(t.Run, t.App, "task-opened", t.ID, "", "You stand in for somebody who is away: "+t.Title)
		}
	}
	return notices, nil
}

const mostCopies = 500

// copyOnce writes a copy that was not written before. A confidential run is known
// to those named in it, whoever is away.
func (d *Desk) copyOnce(ctx context.Context, a domain.Absence, n domain.Notice, shown map[string]bool) error {
	if shown[n.ID] {
		return nil
	}
	run, err := d.Store.Run(ctx, n.Run)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil || !run.VisibleTo(domain.Person{ID: a.Substitute}) {
		return err
	}
	return d.Store.Record(ctx, domain.Entry{Run: n.Run, Notices: []domain.Notice{n}})
}
