package desk

import (
	"context"
	"errors"
	"slices"

	"handover/domain"
	"handover/internal/store"
)

var mayDirectory = right{[]domain.Role{domain.RoleAdmin, domain.RoleHR, domain.RoleAuditor}, "see the people directory"}

// PeopleFilter narrows People; empty fields do not.
type PeopleFilter struct {
	State domain.PersonState
	After domain.PersonID // the last of the page before
	Limit int             // default 100
}

// PersonDetail is what is known of one person.
type PersonDetail struct {
	Person      domain.Person
	Employments []EmploymentDetail
}

// EmploymentDetail is one hire, with what HR last said of its end.
type EmploymentDetail struct {
	Employment domain.Employment
	Moment     domain.LastMoment
}

// People pages through the directory. Whoever leaves in confidence is shown as
// if nothing had been said, to everybody who may not see their run.
func (d *Desk) People(ctx context.Context, a Actor, f PeopleFilter) ([]domain.Person, error) {
	if err := d.allow(ctx, a, mayDirectory, ""); err != nil {
		return nil, err
	}
	quiet, err := d.inConfidence(ctx, a)
	if err != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	var found []domain.Person
	for {
		page, err := d.Store.PeoplePage(ctx, f.After, f.Limit)
		if err != nil || len(page) == 0 {
			return found, err
		}
		for _, p := range page {
			f.After = p.ID
			quiet.hide(&p)
			if f.State != "" && p.State != f.State {
				continue
			}
			if found = append(found, p); len(found) == f.Limit {
				return found, nil
			}
		}
	}
}

// PersonDetail shows one person with their employments.
func (d *Desk) PersonDetail(ctx context.Context, a Actor, email string) (PersonDetail, error) {
	if err := d.allow(ctx, a, mayDirectory, ""); err != nil {
		return PersonDetail{}, err
	}
	person, err := d.Store.PersonByEmail(ctx, email)
	if errors.Is(err, domain.ErrNotFound) {
		return PersonDetail{}, domain.Refuse(domain.RefusedUnknown, "nobody with this email is known here: check the spelling")
	}
	if err != nil {
		return PersonDetail{}, err
	}
	quiet, err := d.inConfidence(ctx, a)
	if err != nil {
		return PersonDetail{}, err
	}
	hidden := quiet.hide(&person)
	employments, err := d.Store.Employments(ctx, person.ID)
	if err != nil {
		return PersonDetail{}, err
	}
	detail := PersonDetail{Person: person}
	for _, e := range employments {
		said, err := d.Store.SaidOf(ctx, e.ID)
		if err != nil {
			return PersonDetail{}, err
		}
		one := EmploymentDetail{Employment: e, Moment: said.Moment}
		if hidden {
			one.Moment = domain.LastMoment{}
			one.Employment = domain.Employment{ID: e.ID, Person: e.Person, Starts: e.Starts, Kind: e.Kind}
		}
		detail.Employments = append(detail.Employments, one)
	}
	return detail, nil
}

// confidence is who leaves in confidence, as far as an actor may not know.
type confidence struct {
	people []domain.PersonID
	emails []string // of leavings that the brake holds, or that were not looked at yet
}

// mostSecrets bounds how many confidential leavings are looked through.
const mostSecrets = 10_000

// inConfidence finds the confidential leavings that are open and that the actor
// may not see.
func (d *Desk) inConfidence(ctx context.Context, a Actor) (confidence, error) {
	var c confidence
	runs, err := d.Store.ListRuns(ctx, store.RunFilter{Kind: domain.RunOffboarding, Open: true, Limit: mostSecrets})
	if err != nil {
		return c, err
	}
	for _, r := range runs {
		if !r.VisibleTo(a.Person) {
			c.people = append(c.people, r.Person)
		}
	}
	for _, outcome := range []domain.HROutcome{domain.HRHeld, domain.HRWaiting} {
		events, err := d.Store.HREvents(ctx, store.HRFilter{Outcome: outcome, Limit: mostSecrets})
		if err != nil {
			return c, err
		}
		for _, r := range events {
			quiet, err := d.saidInConfidence(ctx, r.Event)
			if err != nil {
				return c, err
			}
			if quiet {
				c.people, c.emails = append(c.people, r.Person), append(c.emails, domain.NormalEmail(r.Event.Email))
			}
		}
	}
	return c, nil
}

// hide shows somebody as if nothing had been said of their leaving.
func (c confidence) hide(p *domain.Person) bool {
	if !slices.Contains(c.people, p.ID) && !slices.Contains(c.emails, domain.NormalEmail(p.Email)) {
		return false
	}
	if p.State == domain.PersonLeaving || p.State == domain.PersonLeft {
		p.State = domain.PersonActive
	}
	return true
}
