package activities

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"handover/domain"
)

// LookAtReview tells how a review stands, by its rows alone.
func (s *Set) LookAtReview(ctx context.Context, in ReviewInput) (ReviewStanding, error) {
	r, err := s.Reviews.Review(ctx, in.Run)
	if err != nil {
		return ReviewStanding{}, err
	}
	return s.standing(ctx, r)
}

func (s *Set) standing(ctx context.Context, r domain.Review) (ReviewStanding, error) {
	c, err := s.Reviews.ReviewCounts(ctx, r.ID)
	return ReviewStanding{State: r.State, Open: c.Waiting(), Exceptions: c.ByState[domain.LineException], Moving: c.Moving(), Failed: c.ByState[domain.LineFailed],
		Silent: c.Silent}, err
}

// EndDeciding applies the silence rule when the time to decide is over, or nothing
// is open any more, and lets what was decided be carried out. Silence keeps ordinary
// lines where the policy says so, flagged as undecided; it never removes anybody and
// never settles a privileged line.
func (s *Set) EndDeciding(ctx context.Context, in ReviewInput) (ReviewStanding, error) {
	r, err := s.Reviews.Review(ctx, in.Run)
	if err != nil {
		return ReviewStanding{}, err
	}
	for {
		n, err := s.Reviews.SettleSilence(ctx, r.ID, r.Settings.Silence != domain.SilenceOpen, s.now(), reviewChunk)
		if err != nil {
			return ReviewStanding{}, err
		}
		if n == 0 {
			break
		}
	}
	c, err := s.Reviews.ReviewCounts(ctx, r.ID)
	if err != nil {
		return ReviewStanding{}, err
	}
	e := s.reviewEvent(r, domain.EventReviewSilence, "silence")
	e.Facts = map[string]string{"rule": string(r.Settings.Silence), "kept": strconv.Itoa(c.Silent), "exceptions": strconv.Itoa(c.ByState[domain.LineException])}
	entry := domain.Entry{Run: r.ID, RunState: domain.RunRunning, RunWhy: "Decisions are carried out and read back.", Events: []domain.AuditEvent{e}}
	if left := c.Waiting(); left > 0 {
		entry.Notices = []domain.Notice{{ID: e.Key, Run: r.ID, App: r.App, Kind: "review-attention", To: in.To, About: r.ID, At: s.now(),
			Text: fmt.Sprintf("The time to decide is over, and silence does not settle everything: %d lines still wait for somebody, and the review is not complete until they are decided.", left)}}
	}
	r, err = s.Reviews.MoveReview(ctx, r.ID, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewDeciding}, To: domain.ReviewCarryingOut, Why: "decisions are carried out and read back"}, entry)
	if err != nil {
		return ReviewStanding{}, err
	}
	return s.standing(ctx, r)
}

// ReadBackReview reads the app and settles every line whose decision it shows
// carried out. What a run ended without, and what is back though it was gone, is
// failed and said aloud. What the app cannot show stands on the run's own proof.
func (s *Set) ReadBackReview(ctx context.Context, in ReviewInput) (ReviewStanding, error) {
	r, err := s.Reviews.Review(ctx, in.Run)
	if err != nil || r.State.Ended() {
		return ReviewStanding{State: r.State}, err
	}
	if err := s.remindOverdue(ctx, r); err != nil { // whether the app answers or not
		return ReviewStanding{}, err
	}
	_, listing, err := s.list(ctx, r.App)
	if err != nil {
		return ReviewStanding{}, err
	}
	back := &reviewBack{set: s, review: r, listing: listing.Index(), in: in} // thousands of lines, each looked up among all accounts
	for after := 0; ; {
		lines, err := s.Reviews.ReviewLines(ctx, domain.ReviewFilter{Review: r.ID, States: []domain.LineState{domain.LineCarrying, domain.LineDone, domain.LineFailed},
			Verdicts: []domain.ReviewVerdict{domain.ReviewRemove, domain.ReviewChange}, After: after, Limit: reviewChunk})
		if err != nil {
			return ReviewStanding{}, err
		}
		if len(lines) == 0 {
			break
		}
		after = lines[len(lines)-1].No
		if err := back.settle(ctx, lines); err != nil {
			return ReviewStanding{}, err
		}
	}
	return s.standing(ctx, r)
}

// reviewBack reads the lines of one review back from one listing.
type reviewBack struct {
	set     *Set
	review  domain.Review
	listing domain.Listing
	in      ReviewInput
}

func (b *reviewBack) settle(ctx context.Context, lines []domain.ReviewLine) error {
	var runs []string
	for _, l := range lines {
		if l.Run != "" {
			runs = append(runs, l.Run)
		}
	}
	ended := map[domain.StepKey]map[string]domain.Standing{}
	for _, step := range []domain.StepKey{domain.StepDeactivate, domain.StepRole} {
		found, err := b.set.Ledger.Standings(ctx, b.review.App, step, runs)
		if err != nil {
			return err
		}
		ended[step] = found
	}
	entry := domain.Entry{Run: b.review.ID}
	var marks []domain.LineMark
	for _, l := range lines {
		step := domain.StepDeactivate
		if l.Verdict == domain.ReviewChange {
			step = domain.StepRole
		}
		to, why := l.ReadBack(b.listing, ended[step][l.Run], b.review.Population.Source == domain.SourceUpload)
		if to == l.State {
			continue
		}
		mark := domain.LineMark{Line: l.No, From: l.State, To: to, Why: why}
		kind := domain.EventReviewFailed
		if to == domain.LineDone {
			mark.SettledAt, kind = b.set.now(), domain.EventReviewCarried
		}
		marks = append(marks, mark)
		entry.Events = append(entry.Events, b.event(l, kind, to, why))
		if to == domain.LineFailed {
			entry.Notices = append(entry.Notices, b.shout(l, why))
		}
	}
	if len(marks) == 0 {
		return nil
	}
	return b.set.Reviews.MarkLines(ctx, b.review.ID, marks, entry)
}

func (b *reviewBack) event(l domain.ReviewLine, kind domain.EventKind, to domain.LineState, why string) domain.AuditEvent {
	e := b.set.reviewEvent(b.review, kind, fmt.Sprintf("line-%d/%s-%d", l.No, to, b.in.Count))
	e.Subject, e.Target, e.RequestID, e.From, e.To = l.Person, string(l.Account), b.listing.RequestID, string(l.State), string(to)
	e.Facts = map[string]string{"line": strconv.Itoa(l.No), "verdict": string(l.Verdict), "run": l.Run, "why": why}
	return e
}

func (b *reviewBack) shout(l domain.ReviewLine, why string) domain.Notice {
	to := slices.Clone(b.in.To)
	if l.Reviewer != "" && !slices.Contains(to, l.Reviewer) {
		to = append(to, l.Reviewer) // who may decide it again
	}
	return domain.Notice{ID: fmt.Sprintf("%s/line-%d/failed-%d", b.review.ID, l.No, b.in.Count), Run: b.review.ID, App: b.review.App, Kind: "review-attention",
		To: to, About: b.review.ID, Urgent: true, At: b.set.now(), Data: map[string]string{"line": strconv.Itoa(l.No)},
		Text: fmt.Sprintf("Line %d was decided and is not carried out: %s. The review stays open.", l.No, why)}
}
