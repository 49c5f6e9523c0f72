package apollo

import (
	"context"
	"time"

	"handover/domain"
)

// indexLag is how long a search may lag behind a write. Apollo documents that
// tasks are re-indexed later, not when; the rest is unknown.
const indexLag = 15 * time.Second

// ownerBatch is how many records one update_owners call moves. Its maximum is
// unknown; bulk_update answers a hundred at once and makes a job of more, which
// no call can follow (documented).
const ownerBatch = 100

// abreast is how many single records are written at once. Rate windows are kept
// in any case; a few calls in flight make up for the way to Apollo and back.
// Sequences go one by one: a write locks those of the whole team (documented).
const abreast = 4

// recordKind is how one kind of record is listed, moved and read.
type recordKind struct {
	rule domain.RecordRule
	page func(context.Context, domain.AccountID, cursor) (domain.RecordPage, error)
	move func(context.Context, []domain.Record, domain.AccountID) (domain.Moved, error)
	read func(context.Context, []string) ([]domain.Record, error)
}

func (c *Connector) kinds() []recordKind {
	bulk := func(k domain.RecordKind) domain.RecordRule {
		return domain.RecordRule{Kind: k, BatchSize: ownerBatch, IndexLag: indexLag, Bulk: true}
	}
	single := func(k domain.RecordKind) domain.RecordRule {
		return domain.RecordRule{Kind: k, BatchSize: 1, IndexLag: indexLag}
	}
	several := func(k domain.RecordKind) domain.RecordRule {
		rule := single(k)
		rule.Parallel = abreast
		return rule
	}
	return []recordKind{
		{bulk(domain.Accounts), c.accountsPage, c.moveAccounts, c.readAccounts},
		{bulk(domain.Contacts), c.contactsPage, c.moveContacts, c.readContacts},
		{several(domain.Deals), c.dealsPage, c.moveDeal, c.readDeals},
		{single(domain.Sequences), c.sequencesPage, c.moveSequence, c.readSequences},
		{several(domain.Tasks), c.tasksPage, c.moveTask, c.readTasks},
	}
}

func (c *Connector) kind(k domain.RecordKind, op string) (recordKind, error) {
	for _, known := range c.kinds() {
		if known.rule.Kind == k {
			return known, nil
		}
	}
	return recordKind{}, domain.NewFault(domain.FaultUnsupported, op, c.cfg.App, "Apollo's API cannot move this kind of record", nil)
}

// RecordRules names what can be moved: accounts and contacts in bulk, deals,
// sequences and tasks one by one (documented).
func (c *Connector) RecordRules() []domain.RecordRule {
	var rules []domain.RecordRule
	for _, k := range c.kinds() {
		rules = append(rules, k.rule)
	}
	return rules
}

// RecordPage reads one page of an owner's records. It tells whether Apollo
// echoed the filter on owner; where not, the page is one of everybody's records
// and the caller reads all of them. Seen and Total count what Apollo showed.
func (c *Connector) RecordPage(ctx context.Context, kind domain.RecordKind, owner domain.AccountID, cursor string) (domain.RecordPage, error) {
	k, err := c.kind(kind, "records.list")
	if err != nil {
		return domain.RecordPage{}, err
	}
	at, ok := readCursor(cursor)
	if !ok {
		return domain.RecordPage{}, domain.NewFault(domain.FaultInternal, "records.list", c.cfg.App, "the listing's cursor cannot be read: start the listing again", nil)
	}
	page, err := k.page(ctx, owner, at)
	if err == nil && page.Truncated {
		c.log.WarnContext(ctx, "apollo shows no more of this listing, so it proves no absence", "app", c.cfg.App, "kind", kind)
	}
	return page, err
}

// MoveRecords gives records to a new owner in one call and returns its echo. An
// empty batch is done without a call.
func (c *Connector) MoveRecords(ctx context.Context, kind domain.RecordKind, records []domain.Record, to domain.AccountID) (domain.Moved, error) {
	k, err := c.kind(kind, "records.move")
	switch {
	case err != nil:
		return domain.Moved{}, err
	case to == "" || len(records) > k.rule.BatchSize:
		return domain.Moved{}, domain.NewFault(domain.FaultInternal, "records.move", c.cfg.App, "no new owner, or more records than one call takes", nil)
	case len(records) == 0:
		return domain.Moved{Owners: map[string]domain.AccountID{}}, nil
	}
	return k.move(ctx, records, to)
}

// ReadRecords reads records by id. What Apollo does not show is missing from
// the answer, which proves nothing.
func (c *Connector) ReadRecords(ctx context.Context, kind domain.RecordKind, ids []string) ([]domain.Record, error) {
	k, err := c.kind(kind, "records.read")
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return k.read(ctx, ids)
}
