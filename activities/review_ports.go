package activities

import (
	"context"
	"time"

	"handover/domain"
)

// Reviews keeps access reviews: lines and decisions are rows, never history. What
// it writes of a review that has ended it refuses with a fault of kind conflict.
type Reviews interface {
	// Review finds a review by its id.
	Review(ctx context.Context, id string) (domain.Review, error)
	// MoveReview changes the state together with an entry, and answers with the
	// review as it then is. Moving to ReviewDeciding computes Frozen over the lines,
	// moving to a state that has ended computes Digest over lines and decisions. A
	// move that was made already changes nothing.
	MoveReview(ctx context.Context, id string, m domain.ReviewMove, e domain.Entry) (domain.Review, error)
	// ResetReviewLines takes back what an earlier attempt to freeze wrote.
	ResetReviewLines(ctx context.Context, id string) error
	// AddReviewLines adds lines in the order of their numbers, while collecting.
	AddReviewLines(ctx context.Context, id string, lines []domain.ReviewLine) error
	// ReviewRows pages through an uploaded list.
	ReviewRows(ctx context.Context, id string, after, limit int) ([]domain.ReviewRow, error)
	// ReviewLines reads lines with what was last decided of them.
	ReviewLines(ctx context.Context, f domain.ReviewFilter) ([]domain.ReviewLine, error)
	// ReviewLinesOf reads the lines of accounts.
	ReviewLinesOf(ctx context.Context, id string, accounts []domain.AccountID) ([]domain.ReviewLine, error)
	// LastReview is the newest review of the app that ended and was not retracted,
	// before another one; ErrNotFound where there is none.
	LastReview(ctx context.Context, app domain.AppID, before string) (domain.Review, error)
	ReviewCounts(ctx context.Context, id string) (domain.ReviewCounts, error)
	// ReviewProgress pages through the reviewers of a review by their id.
	ReviewProgress(ctx context.Context, id string, after domain.PersonID, limit int) ([]domain.ReviewerProgress, error)
	// SettleSilence applies the silence rule to up to limit lines that are still
	// open, with a decision each: ordinary ones are kept where keep is set,
	// all others become exceptions. It answers how many it took; 0 ends it.
	SettleSilence(ctx context.Context, id string, keep bool, at time.Time, limit int) (int, error)
	// MarkLines changes the states of lines together with an entry.
	MarkLines(ctx context.Context, id string, marks []domain.LineMark, e domain.Entry) error
	// CompareReviews tells what changed since an earlier review.
	CompareReviews(ctx context.Context, before, now string) (domain.ReviewDifference, error)

	PeopleByEmail(ctx context.Context, emails []string) ([]domain.Person, error)
	PeopleByID(ctx context.Context, ids []domain.PersonID) ([]domain.Person, error)
	// StartDates is when the newest employment of each person began, where HR said.
	StartDates(ctx context.Context, people []domain.PersonID) (map[domain.PersonID]time.Time, error)
	// HeardOfPeople is HR's newest word on anybody, and how many people it knows.
	HeardOfPeople(ctx context.Context) (time.Time, int, error)
	// ConfidentialLeavers are the people whose leaving only those named in it may know
	// of: a review says and does nothing that would tell.
	ConfidentialLeavers(ctx context.Context) ([]domain.PersonID, error)
	// Setting is a value of the installation; "" where there is none.
	Setting(ctx context.Context, name string) (string, error)
	// SetSetting keeps a value of the installation.
	SetSetting(ctx context.Context, name, value string) error
}

// AskReview notes that a review is due by the clock.
func (s *Set) AskReview(ctx context.Context, in ReviewInput) (Nothing, error) {
	return Nothing{}, s.Reviews.SetSetting(ctx, domain.ReviewAsked(in.App), s.now().Format(time.RFC3339Nano))
}
