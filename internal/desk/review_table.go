package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"handover/domain"
)

// ReviewItem is a line as one person has it before them.
type ReviewItem struct {
	domain.ReviewLine
	Voice    domain.PersonID // in whose name they would decide: their own, or of somebody absent
	Confirms bool            // they are the second person, and answer what another decided
	May      bool            // a decision, the first or a new one, is taken now

	Title      string
	Department string
	Manager    string    // name or email
	Since      time.Time // of the newest employment; zero where HR did not say
	Decided    *domain.ReviewDecision
	DecidedBy  string
}

// Waits tells whether this line waits for the person who has it before them.
func (l ReviewItem) Waits() bool {
	if l.Confirms {
		return l.State == domain.LineConfirm
	}
	return l.State == domain.LineOpen || l.State == domain.LineException
}

// SentBack tells that a second person disagreed with what was decided.
func (l ReviewItem) SentBack() bool {
	return !l.Confirms && l.State == domain.LineOpen && l.Verdict != ""
}

// Bulk tells whether the line may be kept together with others.
func (l ReviewItem) Bulk() bool { return !l.Confirms && !l.Privileged && l.May }

// ReviewAsk is which of their lines somebody wants to see.
type ReviewAsk struct {
	Find string // in name, email, role, title, department, manager
	Only string // open: what waits; left, idle and the other hints: lines with it; "" all
	Page int    // from 1
	Size int
}

// ReviewTable is what one person has before them in a review.
type ReviewTable struct {
	Review   domain.Review
	Lines    []ReviewItem // of the page
	Total    int          // all of theirs
	Waiting  int          // those of them that wait for this person
	Found    int          // what was asked for
	Page     int
	Pages    int
	Verdicts map[domain.ReviewVerdict]int // of all of theirs, as decided so far
	Voices   map[domain.PersonID]string   // names of the absent they stand in for
}

// ReviewTable shows somebody their lines: those that lie with them or with somebody
// they stand in for, and those that they confirm as second person.
func (d *Desk) ReviewTable(ctx context.Context, a Actor, id string, ask ReviewAsk) (ReviewTable, error) {
	r, err := d.Store.Review(ctx, id)
	if err != nil {
		return ReviewTable{}, missing(err)
	}
	all, err := d.ownLines(ctx, a, r)
	if err != nil {
		return ReviewTable{}, err
	}
	t := ReviewTable{Review: r, Total: len(all), Verdicts: map[domain.ReviewVerdict]int{}, Voices: map[domain.PersonID]string{}}
	for _, l := range all {
		if l.Waits() {
			t.Waiting++
		} else if l.Verdict != "" && !l.Confirms {
			t.Verdicts[l.Verdict]++
		}
		if l.Voice != a.Person.ID && t.Voices[l.Voice] == "" {
			t.Voices[l.Voice] = d.Name(ctx, l.Voice)
		}
	}
	if err := d.hideSecrets(ctx, a, all); err != nil {
		return t, err
	}
	if ask.Find != "" { // what is looked for may stand in what HR says of somebody
		if err := d.describe(ctx, all); err != nil {
			return t, err
		}
	}
	t.take(all, ask)
	if ask.Find == "" {
		err = d.describe(ctx, t.Lines)
	}
	if err == nil {
		err = d.withDecisions(ctx, r.ID, t.Lines)
	}
	return t, err
}

// take picks the page that was asked for.
func (t *ReviewTable) take(all []ReviewItem, ask ReviewAsk) {
	found := make([]ReviewItem, 0, len(all))
	find := strings.ToLower(strings.TrimSpace(ask.Find))
	for _, l := range all {
		if l.matches(find) && l.among(ask.Only) {
			found = append(found, l)
		}
	}
	size := max(1, ask.Size)
	t.Found, t.Pages = len(found), max(1, (len(found)+size-1)/size)
	t.Page = min(max(1, ask.Page), t.Pages)
	from := (t.Page - 1) * size
	t.Lines = found[min(from, len(found)):min(from+size, len(found))]
}

func (l ReviewItem) matches(find string) bool {
	if find == "" {
		return true
	}
	for _, text := range []string{l.Name, l.Email, l.RoleName, l.Title, l.Department, l.Manager} {
		if strings.Contains(strings.ToLower(text), find) {
			return true
		}
	}
	return false
}

func (l ReviewItem) among(only string) bool {
	switch only {
	case "":
		return true
	case "open":
		return l.Waits()
	case "privileged":
		return l.Privileged
	}
	return slices.Contains(l.Hints, domain.ReviewHint(only))
}

// factsBatch is how many people are asked about at a time.
const factsBatch = 500

// describe fills in what HR says of the people of lines.
func (d *Desk) describe(ctx context.Context, items []ReviewItem) error {
	ids := make([]domain.PersonID, 0, len(items))
	for _, l := range items {
		if l.Person != "" {
			ids = append(ids, l.Person)
		}
	}
	people, err := d.peopleOf(ctx, ids)
	if err != nil {
		return err
	}
	bosses := make([]domain.PersonID, 0, len(people))
	for _, p := range people {
		if p.Manager != "" {
			bosses = append(bosses, p.Manager)
		}
	}
	managers, err := d.peopleOf(ctx, bosses)
	if err != nil {
		return err
	}
	started := map[domain.PersonID]time.Time{}
	for batch := range slices.Chunk(ids, factsBatch) {
		page, err := d.Store.StartDates(ctx, batch)
		if err != nil {
			return err
		}
		for id, at := range page {
			started[id] = at
		}
	}
	for i := range items {
		l := &items[i]
		p := people[l.Person]
		l.Title, l.Department, l.Since = p.Title, p.Department, started[l.Person]
		if m := managers[p.Manager]; m.Name != "" {
			l.Manager = m.Name
		} else {
			l.Manager = m.Email
		}
	}
	return nil
}

func (d *Desk) peopleOf(ctx context.Context, ids []domain.PersonID) (map[domain.PersonID]domain.Person, error) {
	slices.Sort(ids)
	found := map[domain.PersonID]domain.Person{}
	for batch := range slices.Chunk(slices.Compact(slices.Clone(ids)), factsBatch) {
		page, err := d.Store.PeopleByID(ctx, batch)
		if err != nil {
			return nil, err
		}
		for _, p := range page {
			found[p.ID] = p
		}
	}
	return found, nil
}

// withDecisions adds what was decided, by whom and why, to the lines that a second
// person confirms, and to those that a second person sent back. What a second person
// sees of a line is the decision whose number goes with it, also where the line was
// read a moment earlier.
func (d *Desk) withDecisions(ctx context.Context, id string, items []ReviewItem) error {
	confirms := func(l ReviewItem) bool { return l.Confirms && l.State == domain.LineConfirm }
	var lines []int
	for _, l := range items {
		if confirms(l) || l.SentBack() {
			lines = append(lines, l.No)
		}
	}
	newest, err := d.Store.NewestDecisions(ctx, id, lines)
	if err != nil {
		return err
	}
	names := map[domain.PersonID]string{}
	for i := range items {
		l := &items[i]
		dec, decided := newest[l.No]
		if !decided {
			continue
		}
		if names[dec.By] == "" {
			names[dec.By] = d.Name(ctx, dec.By)
		}
		if confirms(*l) {
			l.Verdict, l.NewRole = dec.Verdict, dec.Role
		}
		l.Decided, l.DecidedBy = &dec, names[dec.By]
	}
	return nil
}

// hideSecrets takes from lines what would tell that somebody leaves in confidence,
// where the reader may not know.
func (d *Desk) hideSecrets(ctx context.Context, a Actor, items []ReviewItem) error {
	tells := func(h domain.ReviewHint) bool { return h == domain.HintLeaving || h == domain.HintLeft }
	if !slices.ContainsFunc(items, func(l ReviewItem) bool { return slices.ContainsFunc(l.Hints, tells) }) {
		return nil
	}
	quiet, err := d.inConfidence(ctx, a)
	if err != nil {
		return err
	}
	for i := range items {
		l := &items[i]
		if p := (domain.Person{ID: l.Person, Email: l.Email}); !slices.ContainsFunc(l.Hints, tells) || !quiet.hide(&p) {
			continue
		}
		if slices.Contains(l.Hints, domain.HintLeft) {
			l.Suggest = ""
		}
		l.Hints = slices.DeleteFunc(slices.Clone(l.Hints), tells)
	}
	return nil
}

// ReviewItems are the actor's own lines of a review by their numbers.
func (d *Desk) ReviewItems(ctx context.Context, a Actor, id string) (map[int]ReviewItem, error) {
	r, err := d.Store.Review(ctx, id)
	if err != nil {
		return nil, missing(err)
	}
	lines, err := d.ownLines(ctx, a, r)
	found := make(map[int]ReviewItem, len(lines))
	for _, l := range lines {
		found[l.No] = l
	}
	return found, err
}

// ReviewWaiting counts the lines of a review that wait for the actor.
func (d *Desk) ReviewWaiting(ctx context.Context, a Actor, id string) (int, error) {
	return d.waitsFor(ctx, a, id)
}
