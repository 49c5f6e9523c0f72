package activities

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"handover/domain"
)

// overdueEvery is how often whoever has lines waiting is reminded once the time to
// decide is over.
const overdueEvery = 7 * 24 * time.Hour

// remindOverdue writes about once a week to those for whom lines wait while decisions
// are carried out: what was sent back, must be confirmed or stayed open has no other
// date any more. Each week is told once, however often the review is looked at, and
// the one in which the time ran out not at all.
func (s *Set) remindOverdue(ctx context.Context, r domain.Review) error {
	if r.State != domain.ReviewCarryingOut {
		return nil
	}
	memory := "review.overdue." + r.ID
	week := strconv.Itoa(int(s.now().Sub(r.OpenedAt) / overdueEvery))
	last, err := s.Reviews.Setting(ctx, memory)
	if err != nil || last == week {
		return err
	}
	if last != "" {
		told, err := s.eachWaiting(ctx, r, func(p domain.ReviewerProgress) (domain.Notice, bool) { return s.overdueNotice(r, week, p), true })
		if err != nil {
			return err
		}
		if told > 0 {
			e := s.reviewEvent(r, domain.EventReviewReminded, "overdue-"+week)
			e.Facts = map[string]string{"kind": "overdue", "reviewers": strconv.Itoa(told)}
			if err := s.Ledger.Record(ctx, domain.Entry{Run: r.ID, Events: []domain.AuditEvent{e}}); err != nil {
				return err
			}
		}
	}
	return s.Reviews.SetSetting(ctx, memory, week)
}

func (s *Set) overdueNotice(r domain.Review, week string, p domain.ReviewerProgress) domain.Notice {
	text := fmt.Sprintf("Lines of the access review of %s that still wait for you: %d.", r.App, p.Open+p.Confirm)
	if s.now().After(r.DueAt) {
		text = "The time to decide is over. " + text
	}
	return domain.Notice{ID: fmt.Sprintf("%s/overdue-%s/%s", r.ID, week, p.Reviewer), Run: r.ID, App: r.App, Kind: "review-" + ReviewReminded,
		To: []domain.PersonID{p.Reviewer}, About: domain.AboutReviewer(r.ID, p.Reviewer), At: s.now(), Text: text, Data: map[string]string{"review": r.ID}}
}
