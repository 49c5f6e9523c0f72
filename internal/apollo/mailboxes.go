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

func (row mailboxRow) mailbox() domain.Mailbox {
	return domain.Mailbox{
		ID: string(row.ID), Account: domain.AccountID(row.UserID), Address: string(row.Email),
		Active: row.Active == nil || *row.Active, Default: row.Default,
	}
}

// mailboxRows reads the mailboxes of the whole team, in one answer.
func (c *Connector) mailboxRows(ctx context.Context) ([]mailboxRow, trace, error) {
	var answer struct {
		Mailboxes []mailboxRow `json:"email_accounts"`
	}
	tr, err := c.call(ctx, opMailboxes, arguments{}, &answer)
	noID := func(row mailboxRow) bool { return row.ID == "" }
	if err == nil && (answer.Mailboxes == nil || slices.ContainsFunc(answer.Mailboxes, noID)) {
		err = c.strange(opMailboxes, tr, nil)
	}
	return answer.Mailboxes, tr, err
}

// ListMailboxes lists an account's mailboxes. Apollo gives all of the team's in
// one answer, without filters (documented). Whether an unlinked one vanishes or
// stays with active false is unknown. A row that does not tell is taken for
// linked, so that it is not overlooked.
func (c *Connector) ListMailboxes(ctx context.Context, account domain.AccountID) (domain.MailboxListing, error) {
	rows, tr, err := c.mailboxRows(ctx)
	if err != nil {
		return domain.MailboxListing{}, err
	}
	listing := domain.MailboxListing{RequestID: tr.requestID}
	for _, row := range rows {
		if domain.AccountID(row.UserID) == account {
			listing.Mailboxes = append(listing.Mailboxes, row.mailbox())
		}
	}
	return listing, nil
}
