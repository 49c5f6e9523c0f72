package activities

import (
	"context"
	"fmt"

	"handover/domain"
)

// CloseInput ends a review.
type CloseInput struct {
	Run    string             `json:"run"`
	State  domain.ReviewState `json:"state"`
	Why    string             `json:"why"`
	Actor  domain.PersonID    `json:"actor"` // who ended it before it was complete; "" otherwise
	Reason string             `json:"reason"`
	To     []domain.PersonID  `json:"to"`
}

// CloseReview ends a review for good: nothing of it changes any more. It is called
// complete only where every line is decided, every decision carried out and read
// back: the store looks once more in the transaction that ends it, because a line can
// fail at the last moment.
// It answers with how it stands; a state that has not ended means that it goes on.
func (s *Set) CloseReview(ctx context.Context, in CloseInput) (ReviewStanding, error) {
	r, err := s.Reviews.Review(ctx, in.Run)
	if err != nil {
		return ReviewStanding{}, err
	}
	if r.State.Ended() {
		return s.standing(ctx, r)
	}
	e := s.reviewEvent(r, domain.EventReviewClosed, "closed")
	e.To, e.Reason = string(in.State), in.Reason
	if in.Actor != "" {
		e.Actor = in.Actor
	}
	entry := domain.Entry{Run: r.ID, RunState: runStateOf(in.State), RunWhy: in.Why, Events: []domain.AuditEvent{e},
		Notices: []domain.Notice{{ID: r.ID + "/closed", Run: r.ID, App: r.App, Kind: "review-closed", To: in.To, About: r.ID, At: s.now(),
			Text: fmt.Sprintf("The access review of %s for %s is %s. %s", r.App, r.Period, words(in.State), in.Why)}}}
	from := []domain.ReviewState{domain.ReviewCollecting, domain.ReviewBlocked, domain.ReviewDeciding, domain.ReviewCarryingOut}
	if in.State == domain.ReviewComplete {
		from = []domain.ReviewState{domain.ReviewCarryingOut}
	}
	moved, err := s.Reviews.MoveReview(ctx, r.ID, domain.ReviewMove{From: from, To: in.State, Why: in.Why, ClosedAt: s.now()}, entry)
	if in.State == domain.ReviewComplete && domain.KindOf(err) == domain.FaultConflict {
		return s.goesOn(ctx, r.ID, err)
	}
	if err != nil {
		return ReviewStanding{}, err
	}
	return s.standing(ctx, moved)
}

// goesOn answers with how a review stands that was not complete after all, because a
// line was decided or failed between the look at it and its end, or that ended
// otherwise. Where nothing of it is open the refusal was about something else.
func (s *Set) goesOn(ctx context.Context, id string, refusal error) (ReviewStanding, error) {
	r, err := s.Reviews.Review(ctx, id)
	if err != nil {
		return ReviewStanding{}, err
	}
	standing, err := s.standing(ctx, r)
	if err == nil && !r.State.Ended() && standing.Open == 0 && standing.Moving == 0 {
		return ReviewStanding{}, refusal
	}
	return standing, err
}

func runStateOf(s domain.ReviewState) domain.RunState {
	if s == domain.ReviewRetracted {
		return domain.RunRetracted
	}
	return domain.RunClosed
}

func words(s domain.ReviewState) string {
	switch s {
	case domain.ReviewComplete:
		return "complete"
	case domain.ReviewExceptions:
		return "ended with exceptions"
	}
	return string(s)
}

// PackReview builds the evidence pack of a review that has ended.
func (s *Set) PackReview(ctx context.Context, in ReviewInput) (Nothing, error) {
	_, err := s.Packs.BuildPack(ctx, in.Run)
	if err != nil {
		return Nothing{}, fmt.Errorf("build evidence pack: %w", err)
	}
	return Nothing{}, nil
}
