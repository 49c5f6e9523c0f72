package apollo

import (
	"context"

	"handover/domain"
)

// maxShown is how many rows of one listing Apollo shows, from both ends.
const maxShown = 2 * maxPages * perPage

// bigListing is a search for records of which a team may have more than Apollo
// shows. Such a listing is read stage by stage, which is a documented filter.
type bigListing struct {
	op     operation
	rows   string
	owner  string // filter
	sort   string
	stage  string // filter
	stages operation
	names  string // member of the stages' answer
}

// The owner filters are not documented: one production client sends
// contact_owner_ids, account_owner_ids is by analogy. Breadcrumbs tell whether
// they took effect.
var (
	contactListing = bigListing{opContactsSearch, "contacts", "contact_owner_ids", "contact_created_at", "contact_stage_ids", opContactStages, "contact_stages"}
	accountListing = bigListing{opAccountsSearch, "accounts", "account_owner_ids", "account_created_at", "account_stage_ids", opAccountStages, "account_stages"}
)

// bigPage reads one page in order of creation, which writes do not change.
func bigPage[R row](ctx context.Context, c *Connector, l bigListing, owner domain.AccountID, at cursor) (domain.RecordPage, error) {
	filters := map[string][]string{l.owner: {string(owner)}}
	if len(at.Stages) > 0 {
		filters[l.stage] = at.Stages[:1]
	}
	f, err := search[R](ctx, c, l.op, sorted(filters, l.sort, at), l.rows)
	if err != nil {
		return domain.RecordPage{}, err
	}
	p := f.page(at, owner, l.owner, true)
	switch {
	case len(at.Stages) > 0:
		at.stagePage(&p, honoured(f.crumbs, l.stage))
	case p.Total > maxShown && at.Page == 1 && !at.Back:
		stages, err := c.stages(ctx, l)
		if err != nil {
			return domain.RecordPage{}, err
		}
		if len(stages) > 0 {
			p.Next = cursor{Page: 1, Stages: stages, Whole: p.Total}.String()
		}
	}
	return p, nil
}

// stagePage tells where a listing by stages goes on. It is whole when the
// stages together have as many rows as the team.
func (at cursor) stagePage(p *domain.RecordPage, filtered bool) {
	if !filtered {
		p.Next, p.Truncated = "", true
		return
	}
	if p.Next != "" {
		return
	}
	at.Cut = at.Cut || p.Truncated
	at.Reached += p.Total
	at.Stages, at.Page, at.Back = at.Stages[1:], 1, false
	if len(at.Stages) > 0 {
		p.Next, p.Truncated = at.String(), false
		return
	}
	p.Truncated = at.Cut || at.Reached < at.Whole
}

type stageRow struct {
	ID text `json:"id"`
}

func (r stageRow) record() domain.Record { return domain.Record{ID: string(r.ID)} }

// stages lists the stages of a team. Without the grant there are none, and the
// listing is cut off.
func (c *Connector) stages(ctx context.Context, l bigListing) ([]string, error) {
	f, err := search[stageRow](ctx, c, l.stages, arguments{}, l.names)
	switch domain.KindOf(err) {
	case domain.FaultForbidden, domain.FaultNotFound:
		return nil, nil
	}
	var ids []string
	for _, r := range f.rows {
		ids = append(ids, string(r.ID))
	}
	return ids, err
}

// sorted is the body of a search. For contacts and accounts the page belongs in
// the body (documented).
func sorted(filters map[string][]string, field string, at cursor) arguments {
	body := map[string]any{"sort_by_field": field, "sort_ascending": !at.Back, "page": at.Page, "per_page": perPage}
	for name, values := range filters {
		body[name] = values
	}
	return arguments{body: body}
}
