package activities

import (
	"context"
	"time"

	"handover/domain"
)

// reviewPeople looks up who the accounts of a review belong to and whom they report
// to, a chunk at a time. Managers are few and are kept; everybody else is let go.
type reviewPeople struct {
	store    Reviews
	emails   map[string]domain.Person
	starts   map[domain.PersonID]time.Time
	managers map[domain.PersonID]domain.Person
	secret   map[domain.PersonID]bool // whose leaving nobody may learn of here
}

func newReviewPeople(ctx context.Context, store Reviews) (*reviewPeople, error) {
	p := &reviewPeople{store: store, managers: map[domain.PersonID]domain.Person{}, secret: map[domain.PersonID]bool{}}
	secret, err := store.ConfidentialLeavers(ctx)
	for _, id := range secret {
		p.secret[id] = true
	}
	return p, err
}

// subject shows somebody under review whose leaving is confidential as if they
// stayed: no hint tells of it.
func (p *reviewPeople) subject(person domain.Person) domain.Person {
	if p.secret[person.ID] {
		person.State = domain.PersonActive
	}
	return person
}

// decider shows somebody who may review or confirm, and whose leaving is
// confidential, as if they stayed until they are gone: that a line goes past them
// would tell of it. Whoever is gone decides nothing, however they left.
func (p *reviewPeople) decider(person domain.Person) domain.Person {
	if p.secret[person.ID] && person.State == domain.PersonLeaving {
		person.State = domain.PersonActive
	}
	return person
}

func (p *reviewPeople) byEmail(email string) domain.Person {
	return p.emails[domain.NormalEmail(email)]
}

func (p *reviewPeople) byID(id domain.PersonID) domain.Person { return p.managers[id] }

func (p *reviewPeople) started(id domain.PersonID) time.Time { return p.starts[id] }

func (p *reviewPeople) load(ctx context.Context, chunk []domain.Account) error {
	emails := make([]string, 0, len(chunk))
	for _, a := range chunk {
		if a.Email != "" {
			emails = append(emails, domain.NormalEmail(a.Email))
		}
	}
	found, err := p.store.PeopleByEmail(ctx, emails)
	if err != nil {
		return err
	}
	p.emails = make(map[string]domain.Person, len(found))
	ids := make([]domain.PersonID, 0, len(found))
	for _, person := range found {
		p.emails[person.Email] = p.subject(person)
		ids = append(ids, person.ID)
	}
	if p.starts, err = p.store.StartDates(ctx, ids); err != nil {
		return err
	}
	return p.climb(ctx, found)
}

// climb loads managers and sponsors, and those above them, until nobody new appears.
func (p *reviewPeople) climb(ctx context.Context, people []domain.Person) error {
	for range 9 { // one more than anybody is looked for upwards
		var missing []domain.PersonID
		want := func(id domain.PersonID) {
			if _, known := p.managers[id]; id != "" && !known {
				p.managers[id] = domain.Person{}
				missing = append(missing, id)
			}
		}
		for _, person := range people {
			want(person.Manager)
			want(person.Sponsor)
		}
		if len(missing) == 0 {
			return nil
		}
		found, err := p.store.PeopleByID(ctx, missing)
		if err != nil {
			return err
		}
		for _, person := range found {
			p.managers[person.ID] = p.decider(person)
		}
		people = found
	}
	return nil
}

// keep loads those whom the settings name.
func (p *reviewPeople) keep(ctx context.Context, s domain.ReviewSettings) error {
	ids := s.Seconds() // everybody who may review or confirm
	people := make([]domain.Person, 0, len(ids))
	for _, id := range ids {
		people = append(people, domain.Person{Manager: id})
	}
	return p.climb(ctx, people)
}
