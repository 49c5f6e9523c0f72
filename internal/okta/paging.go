package okta

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"handover/domain"
)

// maxPages ends a listing that never ends: half a million rows of the largest
// pages.
const maxPages = 1000

var linked = regexp.MustCompile(`<([^<>]*)>([^,<]*)`)

// nextPage finds the address of the next page among the Link headers, of which
// there are several (documented: self and next).
func nextPage(h http.Header) string {
	for _, value := range h.Values("Link") {
		for _, m := range linked.FindAllStringSubmatch(value, -1) {
			for _, param := range strings.Split(m[2], ";") {
				if name, rel, _ := strings.Cut(strings.TrimSpace(param), "="); name == "rel" && strings.Trim(rel, `"`) == "next" {
					return m[1]
				}
			}
		}
	}
	return ""
}

// within tells whether an address is one of the org's: the token goes nowhere
// else.
func (a *App) within(address string) bool {
	u, err := url.Parse(address)
	own, ownErr := url.Parse(a.cfg.URL)
	return err == nil && ownErr == nil && u.Scheme == own.Scheme && strings.EqualFold(u.Host, own.Host) && u.User == nil && strings.HasPrefix(u.Path, "/api/v1/")
}

// identified is a row of a list.
type identified interface{ ident() string }

// rows reads every page of a list, each row once. Whole is true only when a page
// came that names no next one: a page that brings nobody new, or leads back, ends
// it unfinished.
func rows[T identified](ctx context.Context, a *App, op operation, args arguments) (found []T, got answer, whole bool, err error) {
	seen, been := map[string]bool{}, map[string]bool{}
	for range maxPages {
		var page []T
		if got, err = a.get(ctx, op, args, &page); err != nil {
			return found, got, false, err
		}
		before, next := len(found), nextPage(got.header)
		for _, row := range page {
			id := row.ident()
			if id == "" {
				return found, got, false, a.strange(op, got, nil)
			}
			if !seen[id] {
				seen[id], found = true, append(found, row)
			}
		}
		switch {
		case next == "":
			return found, got, true, nil
		case been[next] || len(page) > 0 && len(found) == before:
			return found, got, false, nil
		case !a.within(next):
			return found, got, false, a.fault(domain.FaultInternal, op, got, "Okta's next page lies elsewhere: check that the configured address is the one that the org answers with", nil)
		}
		been[next] = true
		args.next, args.query = next, nil
	}
	return found, got, false, nil
}

// all reads a list that decides something: unless it is whole it is a fault.
func all[T identified](ctx context.Context, a *App, op operation, args arguments) ([]T, answer, error) {
	found, got, whole, err := rows[T](ctx, a, op, args)
	if err == nil && !whole {
		err = a.fault(domain.FaultUnavailable, op, got, "Okta's list did not come to an end: "+again(op), nil)
	}
	return found, got, err
}
