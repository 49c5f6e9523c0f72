package apollo

import (
	"slices"
	"strconv"
)

// The display ceiling of searches: records beyond it cannot be reached by paging.
const (
	pageCeiling  = 50_000
	maxPerPage   = 100
	partialLimit = 10_000
)

// paging is the part of a list a request asked for.
type paging struct {
	page, perPage int
	// echo makes page and per_page come back as text when they came in the query.
	pageText, perText bool
}

type pageRules struct {
	perPage int
	ceiling bool
	strict  bool // more than 100 per page is refused instead of cut
	echo    bool
}

// paging reads page and per_page under an endpoint's rules.
func (p params) paging(rules pageRules) (paging, *reply) {
	out := paging{page: 1, perPage: rules.perPage}
	if n, err := strconv.Atoi(p.str("page")); err == nil && n > 0 {
		out.page = n
	}
	if n, err := strconv.Atoi(p.str("per_page")); err == nil {
		out.perPage = n
	}
	out.pageText = rules.echo && p.query.Has("page")
	out.perText = rules.echo && p.query.Has("per_page")
	switch {
	case out.perPage <= 0:
		r := unprocessable("An error occurred. Per page cannot be 0.")
		return out, &r
	case out.perPage > maxPerPage && rules.strict:
		r := unprocessable("Per page not supported")
		return out, &r
	case out.perPage > maxPerPage:
		out.perPage = maxPerPage
	}
	if rules.ceiling && out.page*out.perPage > pageCeiling {
		r := unprocessable("Invalid parameter passed in. Page * per page number is over threshold.")
		return out, &r
	}
	return out, nil
}

func (p paging) block(total int) object {
	b := object{
		"page": p.page, "per_page": p.perPage, "total_entries": total,
		"total_pages": (total + p.perPage - 1) / p.perPage,
	}
	if p.pageText {
		b["page"] = strconv.Itoa(p.page)
	}
	if p.perText {
		b["per_page"] = strconv.Itoa(p.perPage)
	}
	return b
}

// order is how a search sorts. A nil less keeps the order of creation.
type order[T any] struct {
	less      func(a, b *T) int
	ascending bool
}

// pick takes one page of the records that a filter keeps. A nil filter keeps all and costs nothing.
func pick[T any](v view[T], keep func(*T) bool, o order[T], p paging) (rows []*T, total int) {
	if keep == nil && o.less == nil {
		return pickPlain(v, o.ascending, p), v.len()
	}
	var kept []*T
	for i := range v.len() {
		n := i
		if !o.ascending {
			n = v.len() - 1 - i
		}
		if rec := v.at(n); keep == nil || keep(rec) {
			kept = append(kept, rec)
		}
	}
	if o.less != nil {
		slices.SortStableFunc(kept, func(a, b *T) int {
			if o.ascending {
				return o.less(a, b)
			}
			return o.less(b, a)
		})
	}
	from := min((p.page-1)*p.perPage, len(kept))
	return kept[from:min(from+p.perPage, len(kept))], len(kept)
}

func pickPlain[T any](v view[T], ascending bool, p paging) []*T {
	from := min((p.page-1)*p.perPage, v.len())
	to := min(from+p.perPage, v.len())
	rows := make([]*T, 0, to-from)
	for i := from; i < to; i++ {
		n := i
		if !ascending {
			n = v.len() - 1 - i
		}
		rows = append(rows, v.at(n))
	}
	return rows
}

// crumb tells which filter took effect. Filters without a crumb were ignored.
type crumb struct {
	Label  string `json:"label"`
	Signal string `json:"signal_field_name"`
	Value  string `json:"value"`
	Shown  string `json:"display_name"`
}

func crumbs(label, signal string, values ...string) []crumb {
	out := make([]crumb, 0, len(values))
	for _, v := range values {
		out = append(out, crumb{label, signal, v, v})
	}
	return out
}
