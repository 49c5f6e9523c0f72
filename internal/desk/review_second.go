package desk

import (
	"context"

	"handover/domain"
)

// seconds gives who must confirm a line that a reviewer decides about a subject; ""
// where nobody must, or nobody is left (see domain.ReviewSettings.SecondAmong).
// Somebody whose leaving is confidential counts as if they stayed until they are
// gone: that a line goes past them would tell of it.
func (d *Desk) seconds(ctx context.Context, s domain.ReviewSettings) (func(reviewer, subject domain.PersonID) domain.PersonID, error) {
	people, err := d.peopleOf(ctx, s.Seconds())
	if err != nil {
		return nil, err
	}
	secret, err := d.Store.ConfidentialLeavers(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range secret {
		if p := people[id]; p.State == domain.PersonLeaving {
			p.State = domain.PersonActive
			people[id] = p
		}
	}
	return func(reviewer, subject domain.PersonID) domain.PersonID {
		return s.SecondAmong(reviewer, subject, func(id domain.PersonID) domain.Person { return people[id] })
	}, nil
}
