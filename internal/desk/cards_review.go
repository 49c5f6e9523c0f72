package desk

import (
	"context"
	"fmt"
	"slices"

	"handover/domain"
	"handover/internal/store"
)

// Kinds of notices about access reviews. The first two go to reviewers, the others
// to those who look after a review.
const (
	noticeReviewOpened    = "review-opened"
	noticeReviewReminder  = "review-reminder"
	noticeReviewEscalated = "review-escalated"
	noticeReviewAttention = "review-attention"
	noticeReviewClosed    = "review-closed"
)

// reminds tells whether a notice only asks again for what was asked before.
func reminds(kind string) bool {
	return kind == "remind" || kind == "escalate" || kind == noticeReviewReminder
}

// review makes the card of a notice about a review.
func (c *composer) review(n domain.Notice) Card {
	r, err := c.d.Store.Review(c.ctx, n.Run)
	c.keep(err)
	if c.err != nil || r.ID == "" {
		return Card{}
	}
	switch n.Kind {
	case noticeReviewOpened:
		return c.reviewer(r, c.to)
	case noticeReviewReminder:
		if card := c.reviewer(r, c.to); len(card.Verbs) > 0 {
			return card
		}
		return Card{} // they finished before it could go out
	}
	card := Card{Ref: ref(n.ID), Kind: CardNote, About: n.About, Run: r.ID, App: r.App, Title: reviewNoteTitle(n.Kind), Lead: n.Text, Urgent: n.Urgent, Settled: true,
		Facts: c.reviewFacts(r)}
	switch n.Kind {
	case noticeReviewEscalated:
		card.Lines = c.silent(r)
	case noticeReviewClosed:
		card.Lines = c.reviewSummary(r)
	}
	return card
}

// unreachableReviewer tells those who look after a review that somebody could not be
// told of their lines.
func (c *composer) unreachableReviewer(r domain.Review, n domain.Notice) Card {
	who := c.name(domain.PersonID(n.Data["person"]))
	return Card{Ref: ref(n.ID), Kind: CardNote, About: n.About, Run: r.ID, App: r.App, Title: "A reviewer could not be reached", Facts: c.reviewFacts(r), Settled: true,
		Lead: who + " could not be reached in Slack and has lines to decide: tell them, or give the lines to somebody else: handover review reassign " + r.ID}
}

func reviewNoteTitle(kind string) string {
	switch kind {
	case noticeReviewEscalated:
		return "Reviewers are not finished"
	case noticeReviewAttention:
		return "An access review needs you"
	}
	return "An access review has ended"
}

func (c *composer) reviewFacts(r domain.Review) []Fact {
	facts := []Fact{{"App", string(r.App)}, {"Review", r.Period}}
	if !r.DueAt.IsZero() {
		facts = append(facts, Fact{"Due", c.when(r.DueAt)})
	}
	return facts
}

// reviewer is what one reviewer has before them: how far they are, and the way to
// their page. It names nobody.
func (c *composer) reviewer(r domain.Review, to domain.Person) Card {
	about := domain.AboutReviewer(r.ID, to.ID)
	card := Card{Ref: ref(about), Kind: CardReview, About: about, Run: r.ID, App: r.App, Facts: c.reviewFacts(r), Settled: r.State.Ended(),
		Title: fmt.Sprintf("Access review: who may keep their access to %s?", r.App)}
	lines, err := c.d.ownLines(c.ctx, Actor{Person: to}, r)
	c.keep(err)
	n := tally(lines, to.ID)
	if n.decide > 0 {
		card.Facts = append(card.Facts, Fact{"Decided", fmt.Sprintf("%d of %d", n.decide-n.open, n.decide)})
	}
	if n.confirm > 0 {
		card.Facts = append(card.Facts, Fact{"To confirm", fmt.Sprint(n.confirm)})
	}
	switch {
	case len(lines) == 0:
		card.Title, card.Lead = fmt.Sprintf("Access review of %s: nothing is left for you", r.App), "Nothing lies with you any more."
	case r.State.Ended():
		card.Title, card.Lead = fmt.Sprintf("Ended: access review of %s", r.App), "Nothing of it changes any more. Thank you."
	case n.open+n.confirm == 0:
		card.Title, card.Lead = fmt.Sprintf("Done: access review of %s", r.App), "You have said everything that was asked of you. Thank you. To look at it again: `/handover reviews`."
	default:
		c.asksReviewer(&card, r, to, n)
	}
	return card
}

func (c *composer) asksReviewer(card *Card, r domain.Review, to domain.Person, n tallied) {
	card.Lead = fmt.Sprintf("%s for you. You see each person with their role and last use; keep, change or remove.", waiting(n.open+n.confirm))
	if n.privileged > 0 {
		card.Lead += fmt.Sprintf(" %d may administer: keeping them needs a reason.", n.privileged)
	}
	card.Why = "You are asked because these people report to you, or because you answer for them or for the app."
	if n.substitute {
		card.Why = "You stand in for somebody who is away: some of these lines are theirs."
	}
	link, err := c.d.ReviewLinkFor(c.ctx, to, r)
	c.keep(err)
	card.Verbs, card.Link = []Verb{VerbOpen}, link
	if link == "" {
		card.Lines = []string{"In a terminal: handover review lines " + r.ID + " --mine"}
	}
}

func waiting(n int) string {
	if n == 1 {
		return "1 line waits"
	}
	return fmt.Sprintf("%d lines wait", n)
}

// tallied counts what one person has before them.
type tallied struct {
	decide, open, confirm, privileged int
	substitute                        bool
}

func tally(lines []ReviewItem, who domain.PersonID) tallied {
	var n tallied
	for _, l := range lines {
		if !l.Confirms {
			n.decide++
		}
		if !l.Waits() {
			continue
		}
		switch {
		case l.Confirms:
			n.confirm++
		case l.Privileged:
			n.open, n.privileged = n.open+1, n.privileged+1
		default:
			n.open++
		}
		n.substitute = n.substitute || l.Voice != who
	}
	return n
}

// silent names the reviewers who are not finished, for those who speak to them. The
// channel of operations gets numbers alone.
func (c *composer) silent(r domain.Review) []string {
	all, err := c.d.allProgress(c.ctx, r.ID)
	c.keep(err)
	all = slices.DeleteFunc(all, func(p domain.ReviewerProgress) bool { return p.Open+p.Confirm == 0 })
	var lines []string
	for i, p := range all {
		if c.to.ID == "" || i == namesShown {
			return append(lines, fmt.Sprintf("%d reviewers in all: `handover review show %s`", len(all), r.ID))
		}
		lines = append(lines, fmt.Sprintf("%s: %d of %d open, %d to confirm", c.name(p.Reviewer), p.Open, p.Lines, p.Confirm))
	}
	return lines
}

// reviewSummary counts what came of a review, each line in one count.
func (c *composer) reviewSummary(r domain.Review) []string {
	n, err := c.d.Store.ReviewCounts(c.ctx, r.ID)
	c.keep(err)
	lines := []string{fmt.Sprintf("%d lines: %d kept, %d changed, %d removed.", n.Lines, n.Done[domain.ReviewKeep], n.Done[domain.ReviewChange], n.Done[domain.ReviewRemove])}
	if n.Moving() > 0 {
		lines = append(lines, fmt.Sprintf("Decided, and not proven to be carried out: %d.", n.Moving()))
	}
	if n.Waiting() > 0 {
		lines = append(lines, fmt.Sprintf("Not decided: %d, of which %d may administer. They are listed as exceptions.", n.Waiting(), n.OpenAdmins))
	}
	if n.Silent > 0 {
		lines = append(lines, fmt.Sprintf("Kept because nobody answered: %d.", n.Silent))
	}
	return append(lines, "Proof: handover review export "+r.ID+" -o review.zip")
}

// ReviewCards are the open reviews in which something lies with somebody, each with
// a link that is good now.
func (d *Desk) ReviewCards(ctx context.Context, a Actor) ([]Card, error) {
	if err := d.admit(ctx, a, ""); err != nil {
		return nil, err
	}
	reviews, err := d.decidableReviews(ctx)
	if err != nil {
		return nil, err
	}
	c := composer{d: d, ctx: ctx, to: a.Person, now: d.now()}
	var cards []Card
	for _, r := range reviews {
		mine, err := d.hasLines(ctx, a, r.ID)
		if err != nil {
			return nil, err
		}
		if !mine {
			continue
		}
		card := c.reviewer(r, a.Person)
		if len(card.Verbs) == 0 { // whoever finished may still look, and decide anew
			link, err := d.ReviewLinkFor(ctx, a.Person, r)
			c.keep(err)
			card.Verbs, card.Link = []Verb{VerbOpen}, link
		}
		cards = append(cards, card)
	}
	return cards, c.err
}

func (d *Desk) decidableReviews(ctx context.Context) ([]domain.Review, error) {
	return d.Store.ListReviews(ctx, store.ReviewsFilter{States: []domain.ReviewState{domain.ReviewDeciding, domain.ReviewCarryingOut}, Limit: mostReviews})
}

// reviewCopies are the notices by which a substitute hears of reviews that wait for
// somebody who is away.
func (d *Desk) reviewCopies(ctx context.Context, a domain.Absence) ([]domain.Notice, error) {
	reviews, err := d.decidableReviews(ctx)
	if err != nil {
		return nil, err
	}
	var notices []domain.Notice
	for _, r := range reviews {
		lines, err := d.linesOf(ctx, Actor{Person: domain.Person{ID: a.Substitute}}, r, a.Person)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(lines, ReviewItem.Waits) {
			continue
		}
		about := domain.AboutReviewer(r.ID, a.Substitute)
		notices = append(notices, domain.Notice{ID: domain.AboutReviewer(r.ID, a.Person) + "/substitute/" + string(a.Substitute), Run: r.ID, App: r.App, Kind: noticeReviewOpened,
			About: about, To: []domain.PersonID{a.Substitute}, Text: "You stand in for somebody who is away: lines of an access review wait for you.", At: d.now()})
	}
	return notices, nil
}
