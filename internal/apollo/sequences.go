package apollo

import (
	"cmp"
	"context"
	"slices"

	"handover/domain"
)

type sequenceRow struct {
	ID       text  `json:"id"`
	UserID   text  `json:"user_id"`
	Archived *bool `json:"archived"`
}

// record counts a sequence as open unless it is archived.
func (r sequenceRow) record() domain.Record {
	return domain.Record{ID: string(r.ID), Owner: domain.AccountID(r.UserID), Open: r.Archived == nil || !*r.Archived}
}

// searchSequences lists everybody's sequences: the search has no filter on
// owner, and its page goes in the query (documented).
func (c *Connector) searchSequences(ctx context.Context, page int) (found[sequenceRow], error) {
	return search[sequenceRow](ctx, c, opSequencesSearch, arguments{query: pageQuery(page)}, "emailer_campaigns")
}

func (c *Connector) sequencesPage(ctx context.Context, owner domain.AccountID, at cursor) (domain.RecordPage, error) {
	f, err := c.searchSequences(ctx, at.Page)
	if err != nil {
		return domain.RecordPage{}, err
	}
	return f.page(at, owner, "", false), nil
}

// eachSequence visits all sequences until visit has enough.
func (c *Connector) eachSequence(ctx context.Context, visit func(domain.Record) bool) error {
	for at := (cursor{Page: 1}); ; at.Page++ {
		f, err := c.searchSequences(ctx, at.Page)
		if err != nil {
			return err
		}
		for _, r := range f.rows {
			if !visit(r.record()) {
				return nil
			}
		}
		if next, _ := at.next(len(f.rows), f.total(), false); next == "" {
			return nil
		}
	}
}

// sequenceEcho is a changed sequence. The owner comes back under two names, at
// the top or within the sequence; the documented example shows it nowhere.
type sequenceEcho struct {
	ID          text          `json:"id"`
	UserID      text          `json:"user_id"`
	ObjectOwner text          `json:"object_owner_id"`
	Sequence    *sequenceEcho `json:"emailer_campaign"`
}

func (e sequenceEcho) echo() echo {
	inner := echo{}
	if e.Sequence != nil {
		inner = e.Sequence.echo()
	}
	return echo{ID: cmp.Or(e.ID, inner.ID), UserID: cmp.Or(e.UserID, e.ObjectOwner, inner.UserID)}
}

// moveSequence sends the new owner alone: a request with steps would remove the
// steps that it does not list (documented).
func (c *Connector) moveSequence(ctx context.Context, records []domain.Record, to domain.AccountID) (domain.Moved, error) {
	var answer sequenceEcho
	args := arguments{id: records[0].ID, body: map[string]string{"user_id": string(to)}}
	tr, err := c.call(ctx, opSequenceUpdate, args, &answer)
	said := answer.echo()
	if err == nil && said.ID == "" {
		err = c.strange(opSequenceUpdate, tr, nil)
	}
	return moved(tr, said), err
}

// readSequences finds sequences in the listing: reading a single one is not
// documented.
func (c *Connector) readSequences(ctx context.Context, ids []string) ([]domain.Record, error) {
	var records []domain.Record
	err := c.eachSequence(ctx, func(r domain.Record) bool {
		if slices.Contains(ids, r.ID) {
			records = append(records, r)
		}
		return len(records) < len(ids)
	})
	return records, err
}
