package desk

import (
	"context"

	"handover/domain"
	"handover/internal/store"
)

// leftBefore notes that somebody left long before anybody told us. Nothing is started
// for it: what they still have is a finding of the next reading, and is fixed from
// there, a few first.
func (d *Desk) leftBefore(ctx context.Context, r store.HRRecord) (store.HRRecord, domain.Entry, error) {
	person, err := d.whoseEmployment(ctx, r.Event)
	r.Person = person.ID
	if err != nil {
		return r, domain.Entry{}, err
	}
	said, due, err := d.saidBy(r.Event)
	if err != nil {
		return r, domain.Entry{}, domain.Refuse(domain.RefusedReason, err.Error())
	}
	employment, err := d.Store.UpsertEmployment(ctx, hrKey(r.Event), domain.Employment{Person: person.ID})
	if err != nil {
		return r, domain.Entry{}, err
	}
	if _, found, err := d.leavingOf(ctx, employment.ID); err != nil || found {
		r.Outcome, r.Why = domain.HRStands, "a leaving stands for this employment already"
		return r, domain.Entry{}, err
	}
	said.State, said.Ends = domain.EmploymentEnded, due
	if _, stands, err := d.Store.SayEmployment(ctx, employment.ID, said); err != nil || !stands {
		r.Outcome, r.Why = domain.HRSuperseded, "HR said something newer of this employment before"
		return r, domain.Entry{}, err
	}
	r.Outcome, r.Why = domain.HRNoted, "they left long ago: what they still have is found by the next reading (handover reconcile)"
	return r, domain.Entry{}, d.isGone(ctx, person)
}

// isGone notes that somebody has left, unless another hire of theirs goes on, or the
// policy names them.
func (d *Desk) isGone(ctx context.Context, person domain.Person) error {
	if person.State != domain.PersonActive && person.State != domain.PersonOnLeave || len(person.Roles) > 0 {
		return nil
	}
	hires, err := d.Store.HiresOf(ctx, person.ID, d.now())
	if err != nil || len(hires) > 0 {
		return err
	}
	return d.Store.SetPersonState(ctx, person.ID, domain.PersonLeft)
}
