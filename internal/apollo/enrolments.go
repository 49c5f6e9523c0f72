package apollo

import (
	"context"
	"slices"

	"handover/domain"
)

// enrolledIn filters contacts by sequence. It is not documented and observed to
// work; breadcrumbs confirm it.
const enrolledIn = "emailer_campaign_ids"

// maxEnrolmentPages is what counting enrolments may cost.
const maxEnrolmentPages = 20

type enrolmentRow struct {
	SequenceID text `json:"emailer_campaign_id"`
	Status     text `json:"status"`
	MailboxID  text `json:"send_email_from_email_account_id"`
}

// CountForeignEnrolments counts contacts that sit in other people's sequences,
// active or paused, and are written to from the account's mailboxes. It costs
// the list of sequences and twenty pages of enrolled contacts at most. Beyond
// that, or where Apollo does not confirm the filter, the count is -1: unknown.
// A mailbox's count of active sequences would be cheaper and proves less: a
// paused sequence can be resumed.
func (c *Connector) CountForeignEnrolments(ctx context.Context, account domain.AccountID, mailboxes []string) (int, error) {
	var foreign []string
	err := c.eachSequence(ctx, func(r domain.Record) bool {
		if r.Open && r.Owner != account {
			foreign = append(foreign, r.ID)
		}
		return true
	})
	switch {
	case err != nil:
		return -1, err
	case len(foreign) == 0 || len(mailboxes) == 0:
		return 0, nil
	}
	return c.countEnrolled(ctx, foreign, mailboxes)
}

func (c *Connector) countEnrolled(ctx context.Context, sequences, mailboxes []string) (int, error) {
	const most = maxEnrolmentPages * perPage
	count := 0
	for at := (cursor{Page: 1}); at.Page <= maxEnrolmentPages; at.Page++ {
		filters := map[string][]string{enrolledIn: sequences}
		f, err := search[contactRow](ctx, c, opContactsSearch, sorted(filters, contactListing.sort, at), contactListing.rows)
		if err != nil {
			return -1, err
		}
		if total := f.total(); !honoured(f.crumbs, enrolledIn) || total < 0 || total > most {
			return -1, nil
		}
		for _, contact := range f.rows {
			count += contact.enrolled(sequences, mailboxes)
		}
		if next, _ := at.next(len(f.rows), f.total(), false); next == "" {
			break
		}
	}
	return count, nil
}

// enrolled counts the places in these sequences that send from these mailboxes.
func (r contactRow) enrolled(sequences, mailboxes []string) int {
	count := 0
	for _, e := range r.Enrolled {
		live := e.Status == "active" || e.Status == "paused"
		if live && slices.Contains(sequences, string(e.SequenceID)) && slices.Contains(mailboxes, string(e.MailboxID)) {
			count++
		}
	}
	return count
}
