package desk

import (
	"context"

	"handover/domain"
)

// SyncPeople brings the people of the policy file into the store with their
// roles. Somebody who is no longer in the file keeps none, and somebody who left
// gets none back.
func (d *Desk) SyncPeople(ctx context.Context, p *domain.Policy) error {
	named := map[string]bool{}
	for _, entry := range p.People {
		named[domain.NormalEmail(entry.Email)] = true
		person, err := d.Store.UpsertPerson(ctx, entry.Email, entry.Name)
		if err != nil {
			return err
		}
		if err := d.Store.SetRoles(ctx, person.ID, entry.Roles); err != nil {
			return err
		}
		if err := d.syncManager(ctx, person, entry.Manager); err != nil {
			return err
		}
		for _, away := range entry.Away {
			if _, err := d.Store.UpsertPerson(ctx, away.Substitute, ""); err != nil {
				return err
			}
		}
	}
	if err := d.withdrawRoles(ctx, named); err != nil {
		return err
	}
	return d.syncExternals(ctx, p)
}

// withdrawRoles takes the roles from everybody whom the file does not name.
func (d *Desk) withdrawRoles(ctx context.Context, named map[string]bool) error {
	after := domain.PersonID("")
	for {
		page, err := d.Store.PeoplePage(ctx, after, peoplePage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, person := range page {
			after = person.ID
			if len(person.Roles) == 0 || named[domain.NormalEmail(person.Email)] {
				continue
			}
			if err := d.Store.SetRoles(ctx, person.ID, nil); err != nil {
				return err
			}
		}
	}
}

const peoplePage = 500

func (d *Desk) syncManager(ctx context.Context, person domain.Person, manager string) error {
	if manager == "" {
		return nil
	}
	m, err := d.Store.UpsertPerson(ctx, manager, "")
	if err != nil {
		return err
	}
	return d.Store.SetManager(ctx, person.ID, m.ID)
}
