package entra

import (
	"context"
	"net/url"
	"strings"

	"handover/domain"
)

// perPage is the most that Graph gives of directory objects on one page.
const perPage = "999"

// maxPages ends a listing that never ends: about a million rows.
const maxPages = 1000

// page is a collection. nextLink is opaque, and a page may be empty and still have
// one (Graph, "paging").
type page[T any] struct {
	Value []T    `json:"value"`
	Next  string `json:"@odata.nextLink"`
}

// list reads all pages of a collection. Without an error it is whole.
func list[T any](ctx context.Context, a *App, op operation, path string, query url.Values) ([]T, answer, error) {
	var all []T
	got, _, err := walk(ctx, a, op, a.address(path, query), maxPages, func(rows []T) bool {
		all = append(all, rows...)
		return true
	})
	return all, got, err
}

// walk shows page after page until visit has enough, the end is reached, or so many
// pages were read: whole tells that the end was reached, or visit had enough.
func walk[T any](ctx context.Context, a *App, op operation, address string, most int, visit func([]T) bool) (got answer, whole bool, err error) {
	seen := map[string]bool{}
	for range most {
		if got, err = a.call(ctx, op, address, nil); err != nil {
			return got, false, err
		}
		var rows page[T]
		if err := a.decode(op, got, &rows); err != nil {
			return got, false, err
		}
		if rows.Value == nil {
			return got, false, a.strange(op, got, nil)
		}
		if !visit(rows.Value) || rows.Next == "" {
			return got, true, nil
		}
		seen[address] = true
		if address = rows.Next; seen[address] {
			return got, false, a.fault(domain.FaultInternal, op, got, "the listing leads back to a page that was read: report it with the request id", nil)
		}
		if !a.onGraph(address) {
			return got, false, a.fault(domain.FaultInternal, op, got, "the next page lies on another host than Microsoft Graph, where the token must not go: check the Graph address", nil)
		}
	}
	if most == maxPages {
		return got, false, a.fault(domain.FaultInternal, op, got, "the listing does not end: report it with the request id", nil)
	}
	return got, false, nil
}

// onGraph tells whether an address is one of the Graph that the token is for.
func (a *App) onGraph(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.User == nil && u.Scheme == a.graph.Scheme && strings.EqualFold(u.Host, a.graph.Host) && strings.HasPrefix(u.Path, a.graph.Path+"/")
}
