package activities

import (
	"context"
	"fmt"
	"strconv"

	"handover/domain"
)

// Kinds of messages about a review. Reviewers get the first two, those who look
// after the review the third.
const (
	ReviewTold      = "opened"
	ReviewReminded  = "reminder"
	ReviewEscalated = "escalated"
)

// TellReviewers writes to each reviewer who has something to decide or to confirm:
// once when the review opens, later only to those who are not finished. Escalated,
// it goes to those who look after the review, and says how many are silent.
func (s *Set) TellReviewers(ctx context.Context, in ReviewInput) (ReviewStanding, error) {
	r, err := s.Reviews.Review(ctx, in.Run)
	if err != nil {
		return ReviewStanding{}, err
	}
	told, err := s.eachWaiting(ctx, r, func(p domain.ReviewerProgress) (domain.Notice, bool) {
		return s.reviewerNotice(r, in, p), in.Kind != ReviewEscalated
	})
	if err != nil {
		return ReviewStanding{}, err
	}
	counts, err := s.Reviews.ReviewCounts(ctx, r.ID)
	if err != nil {
		return ReviewStanding{}, err
	}
	s.crash("reviewers-told-not-recorded")
	if err := s.Ledger.Record(ctx, s.toldEntry(r, in, told, counts.Nobody)); err != nil {
		return ReviewStanding{}, err
	}
	standing, err := s.standing(ctx, r)
	standing.Told = told
	return standing, err
}

// eachWaiting counts the reviewers of a review for whom lines wait, and writes to each
// the notice that is made for them, where there is to be one.
func (s *Set) eachWaiting(ctx context.Context, r domain.Review, notice func(domain.ReviewerProgress) (domain.Notice, bool)) (int, error) {
	told := 0
	for after := domain.PersonID(""); ; {
		page, err := s.Reviews.ReviewProgress(ctx, r.ID, after, reviewChunk)
		if err != nil || len(page) == 0 {
			return told, err
		}
		after = page[len(page)-1].Reviewer
		entry := domain.Entry{Run: r.ID}
		for _, p := range page {
			if p.Reviewer == "" || p.Open+p.Confirm == 0 {
				continue
			}
			told++
			if n, ok := notice(p); ok {
				entry.Notices = append(entry.Notices, n)
			}
		}
		if len(entry.Notices) == 0 {
			continue
		}
		if err := s.Ledger.Record(ctx, entry); err != nil {
			return told, err
		}
	}
}

func (s *Set) reviewerNotice(r domain.Review, in ReviewInput, p domain.ReviewerProgress) domain.Notice {
	text := fmt.Sprintf("Who may keep their access to %s? %d lines wait for you.", r.App, p.Open+p.Confirm)
	if in.Kind == ReviewReminded {
		text = fmt.Sprintf("%d lines of the access review of %s still wait for you.", p.Open+p.Confirm, r.App)
	}
	return domain.Notice{ID: fmt.Sprintf("%s/%s-%d/%s", r.ID, in.Kind, in.Count, p.Reviewer), Run: r.ID, App: r.App, Kind: "review-" + in.Kind,
		To: []domain.PersonID{p.Reviewer}, About: domain.AboutReviewer(r.ID, p.Reviewer), At: s.now(), Text: text,
		Data: map[string]string{"review": r.ID}}
}

// toldEntry records who was written to, and writes to those who look after the review
// where it is theirs to act: about the silent, and about lines that lie with nobody.
func (s *Set) toldEntry(r domain.Review, in ReviewInput, told, nobodys int) domain.Entry {
	e := s.reviewEvent(r, domain.EventReviewReminded, fmt.Sprintf("%s-%d", in.Kind, in.Count))
	e.Facts = map[string]string{"kind": in.Kind, "reviewers": strconv.Itoa(told)}
	entry := domain.Entry{Run: r.ID, Events: []domain.AuditEvent{e}}
	if in.Kind == ReviewEscalated && told > 0 {
		entry.Notices = []domain.Notice{{ID: e.Key, Run: r.ID, App: r.App, Kind: "review-escalated", To: in.To, About: r.ID, At: s.now(),
			Text: fmt.Sprintf("%d reviewers of the access review of %s are not finished: speak to them, or give their lines to somebody else.", told, r.App)}}
	}
	if in.Kind == ReviewTold && nobodys > 0 {
		entry.Notices = append(entry.Notices, domain.Notice{ID: e.Key + "/nobody", Run: r.ID, App: r.App, Kind: "review-attention", To: in.To, About: r.ID, At: s.now(),
			Text: fmt.Sprintf("Lines of the access review of %s that lie with nobody, because nobody is left who may decide: %d. Give them to somebody (handover review reassign).", r.App, nobodys)})
	}
	return entry
}
