package apollo

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"handover/domain"
)

// maxEmailPages is the documented display limit: 50,000 emails.
const maxEmailPages = 500

type emailRow struct {
	ID         text   `json:"id"`
	UserID     text   `json:"user_id"`
	MailboxID  text   `json:"email_account_id"`
	SequenceID text   `json:"emailer_campaign_id"`
	Status     text   `json:"status"`
	NotSent    text   `json:"not_sent_reason"`
	DueAt      moment `json:"due_at"`
}

func (r emailRow) email(account domain.AccountID) domain.ScheduledEmail {
	return domain.ScheduledEmail{
		ID: string(r.ID), Account: domain.AccountID(r.UserID), MailboxID: string(r.MailboxID), SequenceID: string(r.SequenceID),
		DueAt: time.Time(r.DueAt), Status: string(r.Status), NotSent: string(r.NotSent),
		FromName: domain.AccountID(r.UserID) == account,
	}
}

// ListScheduledEmails lists what waits to be sent in the account's name or from
// the mailboxes. The search filters by the sending user (documented); the
// filter by mailbox has no documented form and is not used.
func (c *Connector) ListScheduledEmails(ctx context.Context, account domain.AccountID, mailboxes []string) ([]domain.ScheduledEmail, error) {
	var found []domain.ScheduledEmail
	query := url.Values{"emailer_message_stats[]": {"scheduled"}}
	err := c.eachEmail(ctx, account, query, func(row emailRow) bool {
		ours := domain.AccountID(row.UserID) == account || slices.Contains(mailboxes, string(row.MailboxID))
		if ours && row.Status == "scheduled" {
			found = append(found, row.email(account))
		}
		return true
	})
	return found, err
}

// ReadEmails looks for emails by id among the account's scheduled, sent, failed
// and drafted ones, in this order, and stops when all are found. There is no
// documented way to read one email by its id.
func (c *Connector) ReadEmails(ctx context.Context, account domain.AccountID, ids []string) ([]domain.ScheduledEmail, error) {
	missing := make(map[string]bool, len(ids))
	for _, id := range ids {
		missing[id] = true
	}
	var found []domain.ScheduledEmail
	for _, query := range emailQueries(ids) {
		if len(missing) == 0 {
			break
		}
		err := c.eachEmail(ctx, account, query, func(row emailRow) bool {
			if missing[string(row.ID)] {
				delete(missing, string(row.ID))
				found = append(found, row.email(account))
			}
			return len(missing) > 0
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// emailQueries narrows the search for what was sent to the days since the
// oldest of the emails was made.
func emailQueries(ids []string) []url.Values {
	sent := url.Values{}
	if day, ok := madeSince(ids); ok {
		sent.Set("emailer_message_date_range_mode", "completed_at")
		sent.Set("emailer_message_date_range[min]", day)
	} else {
		sent.Set("emailer_message_stats[]", "delivered")
	}
	return []url.Values{
		{"emailer_message_stats[]": {"scheduled"}}, sent,
		{"emailer_message_stats[]": {"failed_other"}}, {"emailer_message_stats[]": {"drafted"}},
	}
}

// madeSince reads the day from the ids: they begin with the second of creation
// (observed: they are MongoDB object ids). A day is taken off for time zones.
func madeSince(ids []string) (string, bool) {
	oldest := int64(0)
	for _, id := range ids {
		if len(id) != 24 {
			return "", false
		}
		second, err := strconv.ParseInt(id[:8], 16, 64)
		if err != nil {
			return "", false
		}
		if oldest == 0 || second < oldest {
			oldest = second
		}
	}
	return time.Unix(oldest, 0).UTC().AddDate(0, 0, -1).Format(time.DateOnly), oldest > 0
}

// eachEmail reads pages until one is empty, because this search answers without
// a pagination block (documented, observed), or until visit has enough.
func (c *Connector) eachEmail(ctx context.Context, account domain.AccountID, query url.Values, visit func(emailRow) bool) error {
	for page := 1; page <= maxEmailPages; page++ {
		args := pageQuery(page)
		args.Set("user_ids[]", string(account))
		for name, values := range query {
			args[name] = values
		}
		var answer struct {
			Emails []emailRow `json:"emailer_messages"`
		}
		tr, err := c.call(ctx, opEmailsSearch, arguments{query: args}, &answer)
		if err != nil {
			return err
		}
		if answer.Emails == nil {
			return c.strange(opEmailsSearch, tr, nil)
		}
		for _, row := range answer.Emails {
			if !visit(row) {
				return nil
			}
		}
		if len(answer.Emails) == 0 {
			return nil
		}
	}
	return domain.NewFault(domain.FaultUnsupported, opEmailsSearch.name, c.cfg.App,
		"Apollo shows 50,000 emails at most and there are more: look at the user's scheduled emails in Apollo", nil)
}
