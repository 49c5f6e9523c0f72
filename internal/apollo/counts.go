package apollo

import (
	"context"

	"handover/domain"
)

// countPages bounds how many pages are read to count one owner's records of a kind
// of which totals alone do not tell what is open.
const countPages = 3

// SurveyMailboxes lists everybody's mailboxes. Apollo gives them in one answer
// (documented). A row that does not tell whether it is linked is taken for linked.
func (c *Connector) SurveyMailboxes(ctx context.Context) ([]domain.Mailbox, error) {
	rows, _, err := c.mailboxRows(ctx)
	if err != nil {
		return nil, err
	}
	boxes := make([]domain.Mailbox, 0, len(rows))
	for _, row := range rows {
		boxes = append(boxes, row.mailbox())
	}
	return boxes, nil
}

// CountRecords counts what is open of what accounts own. Of contacts and accounts the
// totals of a search are enough, one row each; of deals, tasks and sequences those
// that stay with a leaver by the runbook (closed, finished, archived) do not count, so
// a few pages are read. A kind that is missing is not known: the filter on owner had
// no effect, or there were more pages than countPages.
func (c *Connector) CountRecords(ctx context.Context, owners []domain.AccountID) (map[domain.AccountID]map[domain.RecordKind]int, error) {
	all := make(map[domain.AccountID]map[domain.RecordKind]int, len(owners))
	for _, owner := range owners {
		all[owner] = map[domain.RecordKind]int{}
		for _, big := range []struct {
			kind    domain.RecordKind
			listing bigListing
		}{{domain.Contacts, contactListing}, {domain.Accounts, accountListing}} {
			n, known, err := c.total(ctx, big.listing, owner)
			if err != nil {
				return nil, err
			}
			if known {
				all[owner][big.kind] = n
			}
		}
		for _, kind := range []domain.RecordKind{domain.Deals, domain.Tasks} {
			n, known, err := c.countOpen(ctx, kind, owner)
			if err != nil {
				return nil, err
			}
			if known {
				all[owner][kind] = n
			}
		}
	}
	return all, c.countSequences(ctx, all)
}

// total asks for one row and takes the total, where the filter took effect.
func (c *Connector) total(ctx context.Context, l bigListing, owner domain.AccountID) (int, bool, error) {
	body := map[string]any{l.owner: []string{string(owner)}, "page": 1, "per_page": 1}
	f, err := search[contactRow](ctx, c, l.op, arguments{body: body}, l.rows)
	if err != nil || !honoured(f.crumbs, l.owner) {
		return 0, false, err
	}
	for _, r := range f.rows {
		if domain.AccountID(r.OwnerID) != owner {
			return 0, false, nil
		}
	}
	return f.total(), f.total() >= 0, nil
}

func (c *Connector) countOpen(ctx context.Context, kind domain.RecordKind, owner domain.AccountID) (int, bool, error) {
	n, cursor := 0, ""
	for range countPages {
		page, err := c.RecordPage(ctx, kind, owner, cursor)
		if err != nil {
			return 0, false, err
		}
		for _, r := range page.Records {
			if r.Open {
				n++
			}
		}
		switch {
		case page.Truncated:
			return 0, false, nil
		case page.Next == "":
			return n, true, nil
		}
		cursor = page.Next
	}
	return 0, false, nil
}

// countSequences reads the team's sequences once for everybody: the search takes no
// filter on owner (documented).
func (c *Connector) countSequences(ctx context.Context, all map[domain.AccountID]map[domain.RecordKind]int) error {
	if len(all) == 0 {
		return nil
	}
	counts := map[domain.AccountID]int{}
	pages := 0
	for at := (cursor{Page: 1}); ; at.Page++ {
		if pages++; pages > maxPages {
			return nil
		}
		f, err := c.searchSequences(ctx, at.Page)
		if err != nil {
			return err
		}
		for _, r := range f.rows {
			if record := r.record(); record.Open {
				counts[record.Owner]++
			}
		}
		next, cut := at.next(len(f.rows), f.total(), false)
		if cut {
			return nil
		}
		if next == "" {
			break
		}
	}
	for owner := range all {
		all[owner][domain.Sequences] = counts[owner]
	}
	return nil
}
