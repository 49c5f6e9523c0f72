package desk

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"handover/domain"
	"handover/internal/store"
)

// mayReadReviews is who sees every line of every review. Reviewers see theirs and those
// that they confirm, and need no role for it.
var mayReadReviews = right{[]domain.Role{domain.RoleAdmin, domain.RoleAuditor}, "see access reviews"}

func seesAllReviews(p domain.Person) bool { return slices.ContainsFunc(mayReadReviews.roles, p.Has) }

// ReviewSummary is how a review stands, as far as its reader may know.
type ReviewSummary struct {
	Review   domain.Review
	Whole    bool                      // the reader sees all lines
	Counts   domain.ReviewCounts       // of all lines; zero without Whole
	Progress []domain.ReviewerProgress // of every reviewer, left out of lists; without Whole of the reader and of those they stand in for
}

// ReviewPage is a part of a review's lines.
type ReviewPage struct {
	Lines []ReviewItem
	Next  int // number of the line to go on after; 0 at the end
}

// mostReviews bounds a list of reviews: four a year and app.
const mostReviews = 500

// Reviews lists the reviews that the actor may see, the newest first: all of them,
// or those in which something lies with the actor.
func (d *Desk) Reviews(ctx context.Context, a Actor, f store.ReviewsFilter) ([]ReviewSummary, error) {
	if err := d.admit(ctx, a, ""); err != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = mostReviews
	}
	reviews, err := d.Store.ListReviews(ctx, f)
	if err != nil {
		return nil, err
	}
	var found []ReviewSummary
	for _, r := range reviews {
		s, err := d.summarise(ctx, a, r, false)
		if err != nil {
			return nil, err
		}
		if s.Whole || len(s.Progress) > 0 && opened(r) {
			found = append(found, s)
		}
	}
	return found, nil
}

// Review shows how one review stands. To those who have nothing to do with it, it
// does not exist.
func (d *Desk) Review(ctx context.Context, a Actor, id string) (ReviewSummary, error) {
	r, err := d.seenReview(ctx, a, id)
	if err != nil {
		return ReviewSummary{}, err
	}
	return d.summarise(ctx, a, r, true)
}

// opened tells whether reviewers were asked: before that their lines are still being
// written.
func opened(r domain.Review) bool {
	return takesDecisions(r) || r.State.Ended() && r.State != domain.ReviewRetracted
}

// seenReview finds a review that the actor may see something of.
func (d *Desk) seenReview(ctx context.Context, a Actor, id string) (domain.Review, error) {
	if err := d.admit(ctx, a, ""); err != nil {
		return domain.Review{}, err
	}
	r, err := d.Store.Review(ctx, id)
	if err != nil || seesAllReviews(a.Person) {
		return r, missing(err)
	}
	mine, err := d.hasLines(ctx, a, id)
	if err == nil && (!mine || !opened(r)) {
		_ = d.refuse(ctx, a, id, domain.Refuse(domain.RefusedRight, ""))
		err = missing(domain.ErrNotFound)
	}
	return r, err
}

// summarise counts a review for its reader. Of a list it is enough how the lines of
// each stand: how every reviewer does is asked of one.
func (d *Desk) summarise(ctx context.Context, a Actor, r domain.Review, reviewers bool) (ReviewSummary, error) {
	s := ReviewSummary{Review: r, Whole: seesAllReviews(a.Person)}
	if s.Whole {
		var err error
		if s.Counts, err = d.Store.ReviewCounts(ctx, r.ID); err != nil {
			return s, err
		}
		if reviewers {
			s.Progress, err = d.allProgress(ctx, r.ID)
		}
		return s, err
	}
	voices, err := d.reviewVoices(ctx, a)
	if err != nil {
		return s, err
	}
	for _, voice := range voices {
		lines, err := d.linesOf(ctx, a, r, voice)
		if err != nil {
			return s, err
		}
		if len(lines) > 0 {
			s.Progress = append(s.Progress, progressOf(voice, lines))
		}
	}
	return s, nil
}

// progressPage is how many reviewers are read at a time.
const progressPage = 500

func (d *Desk) allProgress(ctx context.Context, id string) ([]domain.ReviewerProgress, error) {
	var all []domain.ReviewerProgress
	after := domain.PersonID("")
	for {
		page, err := d.Store.ReviewProgress(ctx, id, after, progressPage)
		if err != nil || len(page) == 0 {
			return all, err
		}
		all, after = append(all, page...), page[len(page)-1].Reviewer
		if len(page) < progressPage {
			return all, nil
		}
	}
}

// reviewVoices are in whose names the actor decides now: their own first, then
// those of the absent whom they stand in for.
func (d *Desk) reviewVoices(ctx context.Context, a Actor) ([]domain.PersonID, error) {
	away, err := d.absences(ctx)
	return append([]domain.PersonID{a.Person.ID}, domain.StandsInFor(away, a.Person.ID, d.now())...), err
}

// linesOf are the lines that lie with a voice of the actor, to decide or to
// confirm, without those about the actor or the voice themselves.
func (d *Desk) linesOf(ctx context.Context, a Actor, r domain.Review, voice domain.PersonID, states ...domain.LineState) ([]ReviewItem, error) {
	lines, err := d.Store.ReviewLines(ctx, domain.ReviewFilter{Review: r.ID, Reviewer: voice, States: states})
	if err != nil {
		return nil, err
	}
	items := make([]ReviewItem, 0, len(lines))
	for _, l := range lines {
		if l.Person != "" && (l.Person == a.Person.ID || l.Person == voice) {
			continue
		}
		item := ReviewItem{ReviewLine: l, Voice: voice, Confirms: l.Second == voice && l.Reviewer != voice}
		choice := domain.Choice{Verdict: domain.ReviewRemove}
		if item.Confirms {
			choice = domain.Choice{Verdict: l.Verdict, Confirms: true}
		}
		item.May = takesDecisions(r) && r.Settings.CheckChoice(l, choice, a.Person.ID, voice) == nil
		items = append(items, item)
	}
	return items, nil
}

// ownLines are all lines of the actor in a review, in their order, each once.
func (d *Desk) ownLines(ctx context.Context, a Actor, r domain.Review, states ...domain.LineState) ([]ReviewItem, error) {
	voices, err := d.reviewVoices(ctx, a)
	if err != nil {
		return nil, err
	}
	var all []ReviewItem
	for _, voice := range voices {
		lines, err := d.linesOf(ctx, a, r, voice, states...)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
	}
	if len(voices) > 1 {
		slices.SortStableFunc(all, func(x, y ReviewItem) int { return cmp.Compare(x.No, y.No) })
		all = slices.CompactFunc(all, func(x, y ReviewItem) bool { return x.No == y.No })
	}
	return all, nil
}

// hasLines tells whether anything of a review lies with the actor.
func (d *Desk) hasLines(ctx context.Context, a Actor, id string) (bool, error) {
	voices, err := d.reviewVoices(ctx, a)
	if err != nil {
		return false, err
	}
	for _, voice := range voices {
		lines, err := d.Store.ReviewLines(ctx, domain.ReviewFilter{Review: id, Reviewer: voice, Limit: 1})
		if err != nil || len(lines) > 0 && voice == a.Person.ID {
			return err == nil, err
		}
		if len(lines) == 0 {
			continue
		}
		if items, err := d.linesOf(ctx, a, domain.Review{ID: id}, voice); err != nil || len(items) > 0 {
			return err == nil, err
		}
	}
	return false, nil
}

// waitsFor counts the lines that wait for the actor.
func (d *Desk) waitsFor(ctx context.Context, a Actor, id string) (int, error) {
	lines, err := d.ownLines(ctx, a, domain.Review{ID: id}, domain.LineOpen, domain.LineException, domain.LineConfirm)
	n := 0
	for _, l := range lines {
		if l.Waits() {
			n++
		}
	}
	return n, err
}

func progressOf(voice domain.PersonID, lines []ReviewItem) domain.ReviewerProgress {
	p := domain.ReviewerProgress{Reviewer: voice}
	for _, l := range lines {
		switch {
		case l.Confirms && l.State == domain.LineConfirm:
			p.Confirm++
		case l.Confirms:
		default:
			p.Lines++
			if l.Waits() {
				p.Open++
			}
		}
	}
	return p
}

// ReviewLines reads lines: for those who see whole reviews any of them, for
// reviewers their own and those that they confirm. mine asks for the actor's own in
// both cases. reviewer, a work email, narrows what those see who see all.
func (d *Desk) ReviewLines(ctx context.Context, a Actor, f domain.ReviewFilter, reviewer string, mine bool) (ReviewPage, error) {
	r, err := d.seenReview(ctx, a, f.Review)
	if err != nil {
		return ReviewPage{}, err
	}
	f.Review = r.ID
	if f.Reviewer, err = d.whose(ctx, reviewer); err != nil {
		return ReviewPage{}, d.refused(ctx, a, r.ID, err)
	}
	if f.Limit <= 0 || f.Limit > linesAtOnce {
		f.Limit = linesAtOnce
	}
	var items []ReviewItem
	if mine || !seesAllReviews(a.Person) {
		if items, err = d.ownLines(ctx, a, r); err != nil {
			return ReviewPage{}, err
		}
		items = slices.DeleteFunc(items, func(l ReviewItem) bool { return !wanted(l.ReviewLine, f) })
	} else if items, err = d.anyLines(ctx, a, f); err != nil {
		return ReviewPage{}, err
	}
	p := ReviewPage{Lines: items}
	if len(items) > f.Limit {
		p.Lines = items[:f.Limit]
	}
	if len(items) >= f.Limit {
		p.Next = p.Lines[f.Limit-1].No
	}
	if err = d.withDecisions(ctx, r.ID, p.Lines); err != nil {
		return p, err
	}
	return p, d.hideSecrets(ctx, a, p.Lines)
}

// linesAtOnce is the longest page of lines.
const linesAtOnce = 1000

func (d *Desk) anyLines(ctx context.Context, a Actor, f domain.ReviewFilter) ([]ReviewItem, error) {
	lines, err := d.Store.ReviewLines(ctx, f)
	items := make([]ReviewItem, 0, len(lines))
	for _, l := range lines {
		items = append(items, ReviewItem{ReviewLine: l, Voice: a.Person.ID})
	}
	return items, err
}

func wanted(l domain.ReviewLine, f domain.ReviewFilter) bool {
	return l.No > f.After && (len(f.States) == 0 || slices.Contains(f.States, l.State)) && (len(f.Verdicts) == 0 || slices.Contains(f.Verdicts, l.Verdict))
}

// ReviewDecisions is the history of one line, for those who may see the line.
func (d *Desk) ReviewDecisions(ctx context.Context, a Actor, id string, line int) ([]domain.ReviewDecision, error) {
	r, err := d.seenReview(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if !seesAllReviews(a.Person) {
		items, err := d.ownLines(ctx, a, r)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(items, func(l ReviewItem) bool { return l.No == line }) {
			_ = d.refuse(ctx, a, id, domain.Refuse(domain.RefusedRight, ""))
			return nil, missing(domain.ErrNotFound)
		}
	}
	found, err := d.Store.ReviewDecisions(ctx, r.ID, line)
	if errors.Is(err, domain.ErrNotFound) {
		err = missing(err)
	}
	return found, err
}
