package apollo

import (
	"context"

	"handover/domain"
)

// dealOwner filters deals by owner in the undocumented form of the search.
const dealOwner = "owner_id"

type dealRow struct {
	ID        text  `json:"id"`
	OwnerID   text  `json:"owner_id"`
	AccountID text  `json:"account_id"`
	IsClosed  *bool `json:"is_closed"`
}

// record counts a deal as open unless Apollo says it is closed. is_closed may
// be null (observed): a live deal left behind costs more than a finished one
// moved along.
func (r dealRow) record() domain.Record {
	return domain.Record{
		ID: string(r.ID), Owner: domain.AccountID(r.OwnerID), Account: string(r.AccountID),
		Open: r.IsClosed == nil || !*r.IsClosed,
	}
}

// dealsPage asks with the filter first. Where Apollo does not confirm it, the
// documented search is read instead, from its beginning and whole.
func (c *Connector) dealsPage(ctx context.Context, owner domain.AccountID, at cursor) (domain.RecordPage, error) {
	filtering := !at.Plain && (at.Page > 1 || !c.dealFilterIgnored.Load())
	if filtering {
		page, confirmed, err := c.dealsOf(ctx, owner, at)
		switch {
		case err != nil || confirmed:
			return page, err
		case at.Page > 1:
			return page, domain.NewFault(domain.FaultConflict, opDealsFilter.name, c.cfg.App,
				"Apollo stopped filtering deals by owner within a listing: start the listing again", nil)
		}
		c.dealFilterIgnored.Store(true)
	}
	at.Plain = true
	f, err := search[dealRow](ctx, c, opDealsSearch, arguments{query: pageQuery(at.Page)}, "opportunities")
	if err != nil {
		return domain.RecordPage{}, err
	}
	return f.page(at, owner, "", false), nil
}

// dealsOf tries the undocumented filter. It is confirmed only by its breadcrumb;
// an answer that the form of the call is unknown leaves it unconfirmed.
func (c *Connector) dealsOf(ctx context.Context, owner domain.AccountID, at cursor) (domain.RecordPage, bool, error) {
	body := map[string]any{dealOwner: string(owner), "page": at.Page, "per_page": perPage}
	f, err := search[dealRow](ctx, c, opDealsFilter, arguments{body: body}, "opportunities")
	if kind := domain.KindOf(err); err != nil && (kind == domain.FaultNotFound || kind == domain.FaultInvalid) {
		return domain.RecordPage{}, false, nil
	}
	if err != nil || !honoured(f.crumbs, dealOwner) {
		return domain.RecordPage{}, false, err
	}
	return f.page(at, owner, dealOwner, false), true, nil
}

// moveDeal changes the owner and nothing else.
func (c *Connector) moveDeal(ctx context.Context, records []domain.Record, to domain.AccountID) (domain.Moved, error) {
	args := arguments{id: records[0].ID, body: map[string]string{"owner_id": string(to)}}
	return c.moveOne(ctx, opDealUpdate, args, "opportunity")
}

func (c *Connector) readDeals(ctx context.Context, ids []string) ([]domain.Record, error) {
	return readEach[dealRow](ctx, c, opDealShow, "opportunity", ids)
}
