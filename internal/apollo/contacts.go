package apollo

import (
	"context"
	"net/url"

	"handover/domain"
)

type contactRow struct {
	ID        text           `json:"id"`
	OwnerID   text           `json:"owner_id"`
	AccountID text           `json:"account_id"`
	Enrolled  []enrolmentRow `json:"contact_campaign_statuses"`
}

func (r contactRow) record() domain.Record {
	return domain.Record{ID: string(r.ID), Owner: domain.AccountID(r.OwnerID), Open: true, Account: string(r.AccountID)}
}

type accountRow struct {
	ID      text `json:"id"`
	OwnerID text `json:"owner_id"`
}

func (r accountRow) record() domain.Record {
	return domain.Record{ID: string(r.ID), Owner: domain.AccountID(r.OwnerID), Open: true}
}

func (c *Connector) contactsPage(ctx context.Context, owner domain.AccountID, at cursor) (domain.RecordPage, error) {
	return bigPage[contactRow](ctx, c, contactListing, owner, at)
}

func (c *Connector) accountsPage(ctx context.Context, owner domain.AccountID, at cursor) (domain.RecordPage, error) {
	return bigPage[accountRow](ctx, c, accountListing, owner, at)
}

func (c *Connector) moveContacts(ctx context.Context, records []domain.Record, to domain.AccountID) (domain.Moved, error) {
	return c.moveMany(ctx, opContactsOwners, ownersQuery("contact_ids[]", records, to), "contacts")
}

func (c *Connector) moveAccounts(ctx context.Context, records []domain.Record, to domain.AccountID) (domain.Moved, error) {
	return c.moveMany(ctx, opAccountsOwners, ownersQuery("account_ids[]", records, to), "accounts")
}

func ownersQuery(name string, records []domain.Record, to domain.AccountID) arguments {
	query := url.Values{"owner_id": {string(to)}}
	for _, r := range records {
		query.Add(name, r.ID)
	}
	return arguments{query: query}
}

func (c *Connector) readContacts(ctx context.Context, ids []string) ([]domain.Record, error) {
	return readEach[contactRow](ctx, c, opContactShow, "contact", ids)
}

func (c *Connector) readAccounts(ctx context.Context, ids []string) ([]domain.Record, error) {
	return readEach[accountRow](ctx, c, opAccountShow, "account", ids)
}
