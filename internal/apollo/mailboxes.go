package apollo

import (
	"context"
	"slices"

	"handover/domain"
)

type mailboxRow struct {
	ID      text  `json:"id"`
	UserID  text  `json:"user_id"`
	Email   text  `json:"email"`
	Active  *bool `json:"active"`
	Default bool  `json:"default"`
}

// ListMailboxes lists an account's mailboxes. Apollo gives all of the team's in
// one answer, without filters (documented). Whether an unlinked one vanishes or
// stays with active false is unknown. A row that does not tell is taken for
// linked, so that it is not overlooked.
func (c *Connector) ListMailboxes(ctx context.Context, account domain.AccountID) (domain.MailboxListing, error) {
	var answer struct {
		Mailboxes []mailboxRow `json:"email_accounts"`
	}
	tr, err := c.call(ctx, opMailboxes, arguments{}, &answer)
	if err != nil {
		return domain.MailboxListing{}, err
	}
	noID := func(row mailboxRow) bool { return row.ID == "" }
	if answer.Mailboxes == nil || slices.ContainsFunc(answer.Mailboxes, noID) {
		return domain.MailboxListing{}, c.strange(opMailboxes, tr, nil)
	}
	listing := domain.MailboxListing{RequestID: tr.requestID}
	for _, row := range answer.Mailboxes {
		if domain.AccountID(row.UserID) == account {
			listing.Mailboxes = append(listing.Mailboxes, domain.Mailbox{
				ID: string(row.ID), Account: account, Address: string(row.Email),
				Active: row.Active == nil || *row.Active, Default: row.Default,
			})
		}
	}
	return listing, nil
}
