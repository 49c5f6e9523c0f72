package desk

import (
	"context"

	"handover/domain"
)

// behind finds the person behind an account that an app shows under an email, the way
// reconciliation does: by the link to the account, else by the email of now, else by
// one that somebody had, because an app may go on showing the old one. Only where
// nobody is known that way is the person made.
func (d *Desk) behind(ctx context.Context, account domain.AccountID, apps []domain.AppID, email, name string) (domain.Person, error) {
	if account == "" {
		return d.Store.UpsertPerson(ctx, email, name)
	}
	for _, app := range apps {
		known, err := d.Store.KnownPeople(ctx, app, []domain.AccountID{account}, []string{domain.NormalEmail(email)}, d.now())
		if err != nil {
			return domain.Person{}, err
		}
		switch linked, shown := known.Of(account, email).ID, known.Of("", email).ID; {
		case linked == "":
		case shown != "" && shown != linked:
			return domain.Person{}, domain.Refuse(domain.RefusedState,
				"the app shows this account under somebody else's email than it was known by: see in the app whose it is, and give the email instead of the account id")
		default:
			return d.Store.Person(ctx, linked)
		}
	}
	return d.Store.UpsertPerson(ctx, email, name)
}
