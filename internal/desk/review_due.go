package desk

import (
	"context"
	"fmt"
	"slices"

	"handover/domain"
	"handover/internal/store"
)

// heldBack tells that the review of a period cannot begin yet, because one of
// another period is open: two at once ask reviewers twice about the same accounts.
// Administrators hear of it once for each period. One of the same period that is
// open is the one that was asked for, and holds nothing back.
func (d *Desk) heldBack(ctx context.Context, id domain.AppID, period string) (bool, error) {
	open, err := d.Store.ListReviews(ctx, store.ReviewsFilter{App: id, States: openReviews})
	if err != nil || len(open) == 0 || slices.ContainsFunc(open, func(r domain.Review) bool { return r.Period == period }) {
		return false, err
	}
	c := &cast{d: d, ctx: ctx}
	n := domain.Notice{ID: fmt.Sprintf("review-held/%s/%s", id, period), Run: open[0].ID, App: id, Kind: "review-attention", Urgent: true, About: open[0].ID, At: d.now(), To: c.withRole(domain.RoleAdmin),
		Text: fmt.Sprintf("The access review of %s for %s is due and the one for %s is still open: finish or end it (handover review end %s). The new one begins when that one has ended.",
			id, period, open[0].Period, open[0].ID)}
	if c.err != nil {
		return false, c.err
	}
	return true, d.Store.Record(ctx, domain.Entry{Notices: []domain.Notice{n}})
}
