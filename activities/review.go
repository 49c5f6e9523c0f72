package activities

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"handover/domain"
)

// ReviewInput names a review, and how often the same was asked before, so that
// derived keys of repeated acts are unlike each other.
type ReviewInput struct {
	Run   string            `json:"run"`
	App   domain.AppID      `json:"app"`
	Count int               `json:"count"`
	Kind  string            `json:"kind"` // of a message: opened, reminder, escalated
	To    []domain.PersonID `json:"to"`   // who looks after the review
	Why   string            `json:"why"`  // of a block: what the app answered
}

// FreezeResult tells whether the review is open, or why it cannot rest on what was
// read.
type FreezeResult struct {
	Blocked string    `json:"blocked"`
	Lines   int       `json:"lines"`
	DueAt   time.Time `json:"due_at"`
}

// ReviewStanding is how a review stands: numbers, no people.
type ReviewStanding struct {
	State      domain.ReviewState `json:"state"`
	Open       int                `json:"open"`       // lines that wait for a person
	Exceptions int                `json:"exceptions"` // those of them that are privileged or overdue
	Moving     int                `json:"moving"`     // decisions that are still to be carried out
	Failed     int                `json:"failed"`     // those of them that failed or came back
	Silent     int                `json:"silent"`     // lines kept because nobody decided
	Told       int                `json:"told"`       // people who were written to
}

const (
	// reviewChunk is how many accounts are looked up, or lines written, at a time.
	reviewChunk = 500
	// reviewQuery is how the population of an app was asked for, for the pack.
	reviewQuery = "every page of the app's list of users, as its connector reads it (%s)"
)

// FreezeReview reads who is in the app and writes a line for each account that can
// be used, with its reviewer and what a reviewer should know. What is stale, cut
// short or does not add up blocks the review, and nothing of it is kept. A worker
// that died in the middle begins anew: nobody has seen those lines.
func (s *Set) FreezeReview(ctx context.Context, in ReviewInput) (FreezeResult, error) {
	r, err := s.Reviews.Review(ctx, in.Run)
	if err != nil {
		return FreezeResult{}, err
	}
	if r.State != domain.ReviewCollecting && r.State != domain.ReviewBlocked {
		return FreezeResult{Lines: r.Population.Lines, DueAt: r.DueAt}, nil
	}
	listing, population, err := s.populate(ctx, r)
	if err != nil {
		return FreezeResult{}, err
	}
	if why := r.Settings.Gate(population, listing.Complete, listing.Hidden, s.now()); why != "" {
		return FreezeResult{Blocked: why}, s.blockReview(ctx, r, in, why)
	}
	if err := s.Reviews.ResetReviewLines(ctx, r.ID); err != nil {
		return FreezeResult{}, err
	}
	f, err := s.newFreezer(ctx, r, listing)
	if err != nil {
		return FreezeResult{}, err
	}
	if err := f.write(ctx); err != nil {
		return FreezeResult{}, err
	}
	s.crash("review-frozen-not-open")
	now := s.now()
	e := s.reviewEvent(r, domain.EventReviewOpened, "opened")
	e.RequestID, e.Facts = population.RequestID, map[string]string{"lines": strconv.Itoa(population.Lines), "captured": strconv.Itoa(population.Captured),
		"total": strconv.Itoa(population.Total), "source": string(population.Source), "read_at": population.ReadAt.UTC().Format(time.RFC3339)}
	r, err = s.Reviews.MoveReview(ctx, r.ID, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewCollecting, domain.ReviewBlocked}, To: domain.ReviewDeciding, Why: "reviewers decide",
		Population: &population, OpenedAt: now, DueAt: now.Add(r.Settings.Due)}, domain.Entry{Run: r.ID, RunState: domain.RunWaiting, RunWhy: "Reviewers decide.", Events: []domain.AuditEvent{e}})
	return FreezeResult{Lines: r.Population.Lines, DueAt: r.DueAt}, err
}

// populate reads the accounts of a review: the app's own list, or the one that
// somebody read off its screen.
func (s *Set) populate(ctx context.Context, r domain.Review) (domain.Listing, domain.Population, error) {
	p := r.Population
	var l domain.Listing
	if p.Source == domain.SourceUpload {
		var err error
		if l, err = s.uploaded(ctx, r); err != nil {
			return l, p, err
		}
	} else {
		c, read, err := s.list(ctx, r.App)
		if err != nil {
			return l, p, err
		}
		l = read
		p.Source, p.Query, p.ReadAt, p.Total, p.RequestID = domain.SourceApp, fmt.Sprintf(reviewQuery, c.Kind()), l.StartedAt, l.Total, l.RequestID
	}
	p.Captured = len(l.Accounts)
	p.Lines = 0
	for _, a := range l.Accounts {
		if reviewed(a) {
			p.Lines++
		}
	}
	p.Left = p.Captured - p.Lines
	var err error
	p.PeopleAt, p.People, err = s.Reviews.HeardOfPeople(ctx)
	return l, p, err
}

// reviewed tells that an account is a line: it can log in, or nobody knows that it
// cannot, or it will once its invite is accepted.
func reviewed(a domain.Account) bool { return a.Active != domain.No || a.Invited }

func (s *Set) uploaded(ctx context.Context, r domain.Review) (domain.Listing, error) {
	l := domain.Listing{Total: r.Population.Total, StartedAt: r.Population.ReadAt}
	for after := 0; ; {
		rows, err := s.Reviews.ReviewRows(ctx, r.ID, after, reviewChunk)
		if err != nil {
			return l, err
		}
		for _, row := range rows {
			l.Accounts = append(l.Accounts, r.Settings.Account(row))
			after = row.No
		}
		if len(rows) < reviewChunk {
			l.Complete = len(l.Accounts) == l.Total
			return l, nil
		}
	}
}

// BlockReview notes that a review cannot begin because the app did not answer.
func (s *Set) BlockReview(ctx context.Context, in ReviewInput) (Nothing, error) {
	r, err := s.Reviews.Review(ctx, in.Run)
	if err != nil {
		return Nothing{}, err
	}
	return Nothing{}, s.blockReview(ctx, r, in, in.Why)
}

func (s *Set) blockReview(ctx context.Context, r domain.Review, in ReviewInput, why string) error {
	e := s.reviewEvent(r, domain.EventReviewBlocked, fmt.Sprintf("blocked-%d", in.Count))
	e.Facts = map[string]string{"why": why}
	entry := domain.Entry{Run: r.ID, RunState: domain.RunNeedsAttention, RunWhy: why, Events: []domain.AuditEvent{e}}
	if r.Why != why {
		entry.Notices = []domain.Notice{{ID: e.Key, Run: r.ID, App: r.App, Kind: "review-attention", To: in.To, About: r.ID, At: s.now(),
			Text: "The access review cannot start: " + why + "."}}
	}
	_, err := s.Reviews.MoveReview(ctx, r.ID, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewCollecting, domain.ReviewBlocked}, To: domain.ReviewBlocked, Why: why}, entry)
	return err
}

func (s *Set) reviewEvent(r domain.Review, kind domain.EventKind, key string) domain.AuditEvent {
	return domain.AuditEvent{Key: r.ID + "/" + key, Run: r.ID, Kind: kind, Actor: domain.SystemActor, App: r.App, PolicyHash: r.PolicyHash, At: s.now()}
}

// freezer writes the lines of one review.
type freezer struct {
	set      *Set
	review   domain.Review
	accounts []domain.Account // in the order of their ids
	admins   int
	before   string // the last review
	people   *reviewPeople
	no       int
}

func (s *Set) newFreezer(ctx context.Context, r domain.Review, l domain.Listing) (*freezer, error) {
	people, err := newReviewPeople(ctx, s.Reviews)
	if err != nil {
		return nil, err
	}
	f := &freezer{set: s, review: r, people: people}
	f.accounts = slices.DeleteFunc(slices.Clone(l.Accounts), func(a domain.Account) bool { return !reviewed(a) })
	slices.SortFunc(f.accounts, func(a, b domain.Account) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for _, a := range f.accounts {
		if a.WorkingAdmin() == domain.Yes {
			f.admins++
		}
	}
	last, err := s.Reviews.LastReview(ctx, r.App, r.ID)
	if ignoreNotFound(err) != nil {
		return nil, err
	}
	f.before = last.ID
	return f, f.people.keep(ctx, r.Settings)
}

func (f *freezer) write(ctx context.Context) error {
	for chunk := range slices.Chunk(f.accounts, reviewChunk) {
		lines, err := f.lines(ctx, chunk)
		if err != nil {
			return err
		}
		if err := f.set.Reviews.AddReviewLines(ctx, f.review.ID, lines); err != nil {
			return err
		}
	}
	return nil
}

func (f *freezer) lines(ctx context.Context, chunk []domain.Account) ([]domain.ReviewLine, error) {
	if err := f.people.load(ctx, chunk); err != nil {
		return nil, err
	}
	before, err := f.earlier(ctx, chunk)
	if err != nil {
		return nil, err
	}
	seen := f.set.lastSeen(ctx, f.review, chunk)
	lines := make([]domain.ReviewLine, 0, len(chunk))
	for _, a := range chunk {
		person := f.people.byEmail(a.Email)
		facts := domain.LineFacts{Now: f.set.now(), Person: person, Started: f.people.started(person.ID), Admins: f.admins, Seen: seen[a.ID], First: f.before == ""}
		if was, ok := before[a.ID]; ok {
			facts.Before, facts.Run = &was.line, was.run
		}
		l := f.review.Settings.Line(a, facts)
		f.no++
		l.Review, l.No = f.review.ID, f.no
		l.Reviewer, l.Because = f.review.Settings.Assign(person, f.people.byID)
		l.Second = f.review.Settings.SecondAmong(l.Reviewer, person.ID, f.people.byID)
		lines = append(lines, l)
	}
	return lines, nil
}

// lastLine is what the last review made of an account, and how the run stands by now
// that was to carry it out.
type lastLine struct {
	line domain.ReviewLine
	run  domain.Standing
}

// earlier are the lines of the last review of the same accounts.
func (f *freezer) earlier(ctx context.Context, chunk []domain.Account) (map[domain.AccountID]lastLine, error) {
	found := map[domain.AccountID]lastLine{}
	if f.before == "" {
		return found, nil
	}
	ids := make([]domain.AccountID, 0, len(chunk))
	for _, a := range chunk {
		ids = append(ids, a.ID)
	}
	lines, err := f.set.Reviews.ReviewLinesOf(ctx, f.before, ids)
	if err != nil {
		return nil, err
	}
	var going []string // removals that went on when the review ended
	for _, l := range lines {
		if l.State == domain.LineCarrying && l.Verdict == domain.ReviewRemove && l.Run != "" {
			going = append(going, l.Run)
		}
	}
	runs, err := f.set.Ledger.Standings(ctx, f.review.App, domain.StepDeactivate, going)
	for _, l := range lines {
		found[l.Account] = lastLine{line: l, run: runs[l.Run]}
	}
	return found, err
}
