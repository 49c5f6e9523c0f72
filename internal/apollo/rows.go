package apollo

import (
	"context"
	"encoding/json"

	"handover/domain"
)

// row is a record as an answer shows it.
type row interface{ record() domain.Record }

// members are an answer's parts by name.
type members map[string]json.RawMessage

// member decodes one part of an answer; ok is false when it is missing, null or
// of another form.
func member[T any](answer members, name string) (part T, ok bool) {
	raw, present := answer[name]
	if !present || string(raw) == "null" {
		return part, false
	}
	err := json.Unmarshal(raw, &part)
	return part, err == nil
}

// found is one page of a search for records.
type found[R row] struct {
	rows       []R // of all owners
	pagination pagination
	crumbs     []breadcrumb
	trace      trace
}

// search reads one page. Pagination and breadcrumbs may be missing; the rows
// may not.
func search[R row](ctx context.Context, c *Connector, op operation, args arguments, name string) (found[R], error) {
	var answer members
	tr, err := c.call(ctx, op, args, &answer)
	if err != nil {
		return found[R]{}, err
	}
	rows, ok := member[[]R](answer, name)
	if !ok {
		return found[R]{}, c.strange(op, tr, nil)
	}
	for _, r := range rows {
		if r.record().ID == "" {
			return found[R]{}, c.strange(op, tr, nil)
		}
	}
	f := found[R]{rows: rows, trace: tr}
	f.pagination, _ = member[pagination](answer, "pagination")
	f.crumbs, _ = member[[]breadcrumb](answer, "breadcrumbs")
	return f, nil
}

// total is the app's own count of what was asked for, -1 when it gave none.
func (f found[R]) total() int { return f.pagination.TotalEntries.or(-1) }

// page picks what the owner has of a search's page.
func (f found[R]) page(at cursor, owner domain.AccountID, filter string, sortable bool) domain.RecordPage {
	p := domain.RecordPage{
		Total: f.total(), Seen: len(f.rows), RequestID: f.trace.requestID,
		Filtered: filter != "" && honoured(f.crumbs, filter),
	}
	p.Next, p.Truncated = at.next(p.Seen, p.Total, sortable)
	for _, r := range f.rows {
		if record := r.record(); record.Owner == owner {
			p.Records = append(p.Records, record)
		}
	}
	return p
}

// readEach reads records one by one. An unknown id is 404 or 422, by kind
// (documented, observed): both mean that it is not shown.
func readEach[R row](ctx context.Context, c *Connector, op operation, name string, ids []string) ([]domain.Record, error) {
	var records []domain.Record
	for _, id := range ids {
		var answer members
		tr, err := c.call(ctx, op, arguments{id: id}, &answer)
		if kind := domain.KindOf(err); err != nil && (kind == domain.FaultNotFound || kind == domain.FaultInvalid) {
			continue
		}
		if err != nil {
			return nil, err
		}
		shown, ok := member[R](answer, name)
		if !ok || shown.record().ID == "" {
			return nil, c.strange(op, tr, nil)
		}
		records = append(records, shown.record())
	}
	return records, nil
}

// echo is what an answer to a write says about one record.
type echo struct {
	ID      text `json:"id"`
	OwnerID text `json:"owner_id"`
	UserID  text `json:"user_id"`
}

func (e echo) owner() domain.AccountID {
	if e.OwnerID != "" {
		return domain.AccountID(e.OwnerID)
	}
	return domain.AccountID(e.UserID)
}

// moved turns an answer's echo into who owns what now. Records without an owner
// in the answer are left out: the caller reads them back.
func moved(tr trace, echoes ...echo) domain.Moved {
	m := domain.Moved{Owners: map[string]domain.AccountID{}, RequestID: tr.requestID}
	for _, e := range echoes {
		if e.ID != "" && e.owner() != "" {
			m.Owners[string(e.ID)] = e.owner()
		}
	}
	return m
}

// moveMany changes the owner of a batch, with the ids in the query as
// update_owners documents it.
func (c *Connector) moveMany(ctx context.Context, op operation, args arguments, name string) (domain.Moved, error) {
	var answer members
	tr, err := c.call(ctx, op, args, &answer)
	if err != nil {
		return domain.Moved{RequestID: tr.requestID}, err
	}
	echoes, ok := member[[]echo](answer, name)
	if !ok {
		return domain.Moved{RequestID: tr.requestID}, c.strange(op, tr, nil)
	}
	return moved(tr, echoes...), nil
}

// moveOne changes a single record.
func (c *Connector) moveOne(ctx context.Context, op operation, args arguments, name string) (domain.Moved, error) {
	var answer members
	tr, err := c.call(ctx, op, args, &answer)
	if err != nil {
		return domain.Moved{RequestID: tr.requestID}, err
	}
	said, ok := member[echo](answer, name)
	if !ok || said.ID == "" {
		return domain.Moved{RequestID: tr.requestID}, c.strange(op, tr, nil)
	}
	return moved(tr, said), nil
}
