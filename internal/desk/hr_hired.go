package desk

import (
	"context"
	"errors"
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
	fresh := errors.Is(err, domain.ErrNotFound)
	if err != nil && !fresh {
		return r, domain.Entry{}, err
	}
	hire, err := d.Store.UpsertEmployment(ctx, hrKey(r.Event), domain.Employment{Person: person.ID, Starts: starts, Kind: r.Event.Kind})
	if err != nil {
		return r, domain.Entry{}, err
	}
	r.Outcome = domain.HRNoted
	if person.State != domain.PersonLeft {
		return r, domain.Entry{}, nil
	}
	if again, err := d.hiredAgain(ctx, hire, fresh); err != nil || !again {
		return r, domain.Entry{}, err
	}
	if err := d.Store.SetPersonState(ctx, person.ID, domain.PersonActive); err != nil {
		return r, domain.Entry{}, err
	}
	r.Why = "hired again"
	return r, domain.Entry{}, d.SyncPeople(ctx, d.Policy())
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
