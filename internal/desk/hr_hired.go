package desk

import (
	"context"
	"errors"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/store"
)

// hired keeps a new employment. Somebody who had left is with the company again,
// and is not touched by what the old employment's runs still do.
func (d *Desk) hired(ctx context.Context, r store.HRRecord, person domain.Person) (store.HRRecord, domain.Entry, error) {
	starts, err := time.Parse(time.DateOnly, r.Event.Starts)
	if err != nil {
		return r, domain.Entry{}, domain.Refuse(domain.RefusedReason, "start_date is no date")
	}
	_, err = d.Store.EmploymentByKey(ctx, hrKey(r.Event))
	unknown := errors.Is(err, domain.ErrNotFound)
	if err != nil && !unknown {
		return r, domain.Entry{}, err
	}
	named, hiredBefore, err := d.namedBefore(ctx, r)
	if err != nil {
		return r, domain.Entry{}, err
	}
	hire, err := d.Store.UpsertEmployment(ctx, hrKey(r.Event), domain.Employment{Person: person.ID, Starts: starts, Kind: r.Event.Kind})
	if err != nil {
		return r, domain.Entry{}, err
	}
	r.Outcome = domain.HRNoted
	if person.State == domain.PersonLeft {
		if again, err := d.hiredAgain(ctx, hire, unknown || !named); err != nil || !again {
			return r, domain.Entry{}, err
		}
		if err := d.Store.SetPersonState(ctx, person.ID, domain.PersonActive); err != nil {
			return r, domain.Entry{}, err
		}
		r.Why = "hired again"
		if err := d.SyncPeople(ctx, d.Policy()); err != nil {
			return r, domain.Entry{}, err
		}
	}
	d.crash("hire-kept-not-started")
	if hiredBefore && r.Why == "" {
		return r, domain.Entry{}, nil
	}
	why, entry, err := d.startsWork(ctx, person, hire)
	r.Why = strings.TrimSpace(r.Why + " " + why)
	return r, entry, err
}

// namedBefore tells whether HR spoke of an employment in another event that was
// carried out, and whether that said that it starts. An event that is tried again
// after a crash finds its own employment there, and is no other.
func (d *Desk) namedBefore(ctx context.Context, r store.HRRecord) (named, starting bool, err error) {
	events, err := d.Store.HREvents(ctx, store.HRFilter{Source: r.Event.Source, Employment: r.Event.Employment, Limit: 1000})
	for _, e := range events {
		if e.Event.ID == r.Event.ID || e.Outcome == domain.HRWaiting || e.Outcome == domain.HRHeld || e.Outcome == domain.HRRefused {
			continue
		}
		named, starting = true, starting || e.Event.Type == domain.HRStarting
	}
	return named, starting, err
}

// startedLongAgo is how long after the first day a hire that HR names for the first
// time still gets what is theirs by right: rosters name everybody who ever began.
const startedLongAgo = 7 * 24 * time.Hour

// startsWork begins what a new hire has by right. Whoever began long ago is left
// alone.
func (d *Desk) startsWork(ctx context.Context, person domain.Person, hire domain.Employment) (string, domain.Entry, error) {
	if hire.Starts.Before(d.now().Add(-startedLongAgo)) {
		return "", domain.Entry{}, nil
	}
	now, err := d.Store.Person(ctx, person.ID)
	if err != nil {
		return "", domain.Entry{}, err
	}
	return d.joinByRight(ctx, now, hire)
}

// enteredLate is how long before somebody left their next hire may begin: HR
// enters hires late, and one may follow the other without a gap.
const enteredLate = 31 * 24 * time.Hour

// hiredAgain tells a hire that follows a leaving from one that HR, or a roster,
// names once more although it has ended. fresh tells that nobody spoke of it
// before.
func (d *Desk) hiredAgain(ctx context.Context, hire domain.Employment, fresh bool) (bool, error) {
	runs, err := d.Store.ListRuns(ctx, store.RunFilter{Person: hire.Person, Kind: domain.RunOffboarding})
	for _, r := range runs {
		if !r.AllApps || r.State == domain.RunRetracted || r.State == domain.RunDenied {
			continue
		}
		left, lerr := r.LastMoment.Instant()
		if fresh && r.Employment != hire.ID {
			left = left.Add(-enteredLate)
		}
		if lerr != nil || !hire.Starts.After(left) {
			return false, lerr
		}
	}
	return true, err
}
