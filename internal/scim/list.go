package scim

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"handover/domain"
)

// perPage is what is asked for: HCP Terraform gives 200 at most, others fewer.
const perPage = 100

// maxPages ends a listing that never ends: a hundred thousand users.
const maxPages = 1000

// page is a ListResponse (RFC 7644 section 3.4.2). Resources may be missing when
// nothing matched (WSO2); keys in lower case (simpleidserver) are found as well,
// because Go reads keys without regard to case.
type page struct {
	Total     number `json:"totalResults"`
	Resources []user `json:"Resources"`
}

// ListAccounts reads all users. There is no snapshot (RFC 7644 section 3.4.2.4),
// so a total that changes on the way means that rows may have moved between
// pages: the listing is read once more, and is incomplete if that happens again.
func (c *Connector) ListAccounts(ctx context.Context) (domain.Listing, error) {
	listing, steady, err := c.listOnce(ctx)
	if err == nil && !steady {
		listing, steady, err = c.listOnce(ctx)
	}
	if err != nil {
		return domain.Listing{}, err
	}
	listing.Complete = listing.Complete && steady
	return listing, nil
}

// listOnce reads pages until one brings nobody new. A short page is no end, as a
// server may give fewer rows than asked for; a total is no end either, as WSO2
// cuts it to the page; and a page past the end may begin anew (seen: scimmy).
// Complete means that as many users came as the app says there are.
func (c *Connector) listOnce(ctx context.Context) (listing domain.Listing, steady bool, err error) {
	listing = domain.Listing{Total: -1, StartedAt: c.cfg.Clock()}
	seen, steady, index := map[text]bool{}, true, 1
	for range maxPages {
		rows, got, err := c.page(ctx, opList, "", index, perPage)
		if err != nil {
			return listing, false, err
		}
		if rows.Total.known {
			steady = steady && (listing.Total < 0 || listing.Total == rows.Total.value)
			listing.Total = rows.Total.value
		}
		listing.RequestID = got.requestID
		fresh := 0
		for _, u := range rows.Resources {
			if u.ID == "" {
				return listing, false, c.strange(opList, got, nil)
			}
			if !seen[u.ID] {
				seen[u.ID], fresh = true, fresh+1
				listing.Accounts = append(listing.Accounts, c.account(u))
			}
		}
		if fresh == 0 || len(rows.Resources) < perPage && len(seen) == listing.Total {
			break
		}
		index += len(rows.Resources)
	}
	listing.Complete = listing.Total == len(seen)
	return listing, steady, nil
}

// page asks for rows. Both numbers are always sent: Bitwarden gives nothing
// without them.
func (c *Connector) page(ctx context.Context, op operation, filter string, index, count int) (page, answer, error) {
	query := url.Values{"startIndex": {strconv.Itoa(index)}, "count": {strconv.Itoa(count)}}
	if filter != "" {
		query.Set("filter", filter)
	}
	got, err := c.call(ctx, op, arguments{query: query})
	if err != nil {
		return page{}, got, err
	}
	var keys map[string]json.RawMessage
	var rows page
	if err := c.decode(op, got, &keys); err != nil {
		return page{}, got, err
	}
	if len(keys) == 0 {
		return page{}, got, c.strange(op, got, nil)
	}
	err = c.decode(op, got, &rows)
	return rows, got, err
}
