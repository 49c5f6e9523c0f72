package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"handover/domain"
)

// heard leaves out of a ballot those whom nobody has to tell: who was told before
// that something waits, and has not seen to it yet, has a message that counts what
// comes to it. What comes after they have finished is a new round, and told anew.
func (d *Desk) heard(ctx context.Context, b *ballot) error {
	waits := func(who domain.PersonID, f domain.ReviewFilter, is func(domain.ReviewLine) bool) (bool, error) {
		f.Review, f.Reviewer = b.review.ID, who
		lines, err := d.Store.ReviewLines(ctx, f)
		return slices.ContainsFunc(lines, is), err
	}
	for who := range b.back {
		sentBack := domain.ReviewFilter{States: []domain.LineState{domain.LineOpen}, Verdicts: []domain.ReviewVerdict{domain.ReviewKeep, domain.ReviewChange, domain.ReviewRemove}}
		known, err := waits(who, sentBack, func(l domain.ReviewLine) bool { return l.Reviewer == who })
		if err != nil {
			return err
		}
		if known {
			delete(b.back, who)
		}
	}
	if b.review.State != domain.ReviewCarryingOut {
		return nil // while all decide second persons are told once, and reminded with everybody else
	}
	for who := range b.seconds {
		known, err := waits(who, domain.ReviewFilter{States: []domain.LineState{domain.LineConfirm}}, func(l domain.ReviewLine) bool { return l.Second == who })
		if err != nil {
			return err
		}
		if known {
			delete(b.seconds, who)
		}
	}
	return nil
}

// words are the notices to those for whom something waits from now on. One about a
// new round is named by its moment. They name nobody: the page does.
func (b *ballot) words() []domain.Notice {
	var notices []domain.Notice
	for _, second := range slices.Sorted(maps.Keys(b.seconds)) {
		n := b.word(second, "confirm", fmt.Sprintf("Decisions of the access review of %s wait for you as second person, because whoever decided also gives and takes access.", b.review.App))
		if b.review.State == domain.ReviewCarryingOut {
			n.ID = fmt.Sprintf("%s/%d", n.ID, b.at.UnixMicro())
		}
		notices = append(notices, n)
	}
	for _, reviewer := range slices.Sorted(maps.Keys(b.back)) {
		text := fmt.Sprintf("Lines of the access review of %s that a second person sent back to you: %d. Decide them again; your page says who sent them back, and why.", b.review.App, b.back[reviewer])
		n := b.word(reviewer, "sent-back", text)
		n.ID = fmt.Sprintf("%s/%d", n.ID, b.at.UnixMicro())
		notices = append(notices, n)
	}
	return notices
}

func (b *ballot) word(to domain.PersonID, what, text string) domain.Notice {
	about := domain.AboutReviewer(b.review.ID, to)
	return domain.Notice{ID: about + "/" + what, Run: b.review.ID, App: b.review.App, Kind: noticeReviewOpened, To: []domain.PersonID{to}, About: about, At: b.at,
		Data: map[string]string{"review": b.review.ID}, Text: text}
}
