package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"

	"handover/domain"
)

// Parts of the pack of an access review.
const (
	reviewName      = "review/review.json"
	linesName       = "review/lines.jsonl"
	namesName       = "review/names.jsonl"
	decisionsName   = "review/decisions.jsonl"
	assignmentsName = "review/assignments.jsonl"
	saidName        = "review/reasons.jsonl"
	carriedName     = "review/removals.json"
	differenceName  = "review/difference.json"
	policyName      = "review/policy.yaml"
	policiesName    = "review/policy_changes.json"
)

// ReviewSource is where the contents of an access review's pack come from beside
// those of its run.
type ReviewSource interface {
	Source
	Review(ctx context.Context, id string) (domain.Review, error)
	ReviewLines(ctx context.Context, f domain.ReviewFilter) ([]domain.ReviewLine, error)
	ReviewNames(ctx context.Context, id string, firstLine, lastLine int) ([]domain.ReviewName, error)
	AllReviewDecisions(ctx context.Context, id string, afterLine, afterN, limit int) ([]domain.ReviewDecision, error)
	ReviewAssignments(ctx context.Context, id string, afterLine, afterN, limit int) ([]domain.ReviewAssignment, error)
	ReviewReasons(ctx context.Context, id string, firstLine, lastLine int) ([]domain.ReviewReason, error)
	RunsOfReview(ctx context.Context, id string, states []domain.LineState) ([]domain.ReviewRun, error)
	LastReview(ctx context.Context, app domain.AppID, before string) (domain.Review, error)
	CompareReviews(ctx context.Context, before, now string) (domain.ReviewDifference, error)
	PolicyText(ctx context.Context, hash string) (string, error)
	PolicyChanges(ctx context.Context) ([]domain.ChainEntry, error)
}

// RemovalPart is the proof of a removal or change: not that a ticket was closed, but
// what the run did and what the app said afterwards. Requester, approvers and
// executor are told apart.
type RemovalPart struct {
	domain.ReviewRun
	Requester domain.PersonID    `json:"requester"`
	Authority domain.Authority   `json:"authority"`
	Approvals []domain.Approval  `json:"approvals"`
	Tasks     []domain.Task      `json:"tasks"`
	ReadBack  *domain.AuditEvent `json:"read_back,omitempty"` // by the review itself, from the app's list
	Shown     []ShownEntry       `json:"audit_entries"`       // of the run: what proves its steps
}

// reviewBuilder writes the parts of one review. Only what a page shows as a whole is
// held in memory: lines are read page by page.
type reviewBuilder struct {
	*builder
	source   ReviewSource
	of       domain.Review
	who      map[domain.PersonID]string
	removals []RemovalPart
	alone    []RemovalPart // called carried out without a run
	diff     domain.ReviewDifference
	told     []domain.AuditEvent // reminders, escalations and the rule for silence
	carried  map[string]domain.AuditEvent
	page     reviewPage
}

// review writes what an auditor asks about an access review; nothing for any other
// kind of run.
func (b *builder) review(ctx context.Context) error {
	if b.run.Kind != domain.RunReview {
		return nil
	}
	source, ok := b.from.(ReviewSource)
	if !ok {
		return errors.New("this source holds no access reviews")
	}
	r := &reviewBuilder{builder: b, source: source, who: map[domain.PersonID]string{}, carried: map[string]domain.AuditEvent{}}
	var err error
	if r.of, err = source.Review(ctx, b.run.ID); err != nil {
		return err
	}
	r.of.Settings.Money = nil // emails are no part of what is sealed
	r.mentionSettings()
	if err := b.pack.json(reviewName, r.of); err != nil {
		return err
	}
	for _, write := range []func(context.Context) error{r.policy, r.events, r.lines, r.names, r.decisions, r.assignments, r.reasons, r.runs, r.difference, r.sheets, r.print} {
		if err := write(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *reviewBuilder) mentionSettings() {
	s := r.of.Settings
	r.mention(r.of.Requester, r.of.Population.By, s.Owner, s.Backup, s.Second)
	r.mention(s.Fallback...)
	r.mention(s.Provision...)
}

// policy writes the text that was in force and who put which policy in force.
func (r *reviewBuilder) policy(ctx context.Context) error {
	text, err := r.source.PolicyText(ctx, r.of.PolicyHash)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	if err := r.pack.part(policyName, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		return err
	}
	changes, err := r.source.PolicyChanges(ctx)
	if err != nil {
		return err
	}
	for _, c := range changes {
		r.mention(c.Event.Actor)
	}
	r.page.Policies = changes
	return r.pack.json(policiesName, orEmpty(changes))
}

// events picks from the review's chain what a reader wants to see at once.
func (r *reviewBuilder) events(ctx context.Context) error {
	return paged(func(after int64) ([]domain.ChainEntry, error) { return r.from.ChainEntries(ctx, r.run.ID, after, page) },
		func(e domain.ChainEntry) (int64, error) {
			switch v := e.Event; {
			case e.Seq > r.last:
			case v.Kind == domain.EventReviewFailed:
				r.told = append(r.told, v)
				delete(r.carried, v.Facts["line"])
			case v.Kind == domain.EventReviewReminded, v.Kind == domain.EventReviewSilence, v.Kind == domain.EventReviewBlocked:
				r.told = append(r.told, v)
			case readBackDone(v):
				r.carried[v.Facts["line"]] = v
			}
			return e.Seq, nil
		})
}

// eachLine goes through the lines page by page.
func (r *reviewBuilder) eachLine(ctx context.Context, each func(domain.ReviewLine) error) error {
	return paged(func(after int64) ([]domain.ReviewLine, error) {
		return r.source.ReviewLines(ctx, domain.ReviewFilter{Review: r.of.ID, After: int(after), Limit: page})
	}, func(l domain.ReviewLine) (int64, error) { return int64(l.No), each(l) })
}

// lines writes what is sealed of the lines: no names, but their commitments.
func (r *reviewBuilder) lines(ctx context.Context) error {
	return r.pack.part(linesName, func(w io.Writer) error {
		out := json.NewEncoder(w)
		return r.eachLine(ctx, func(l domain.ReviewLine) error {
			r.mention(l.Reviewer, l.Second, l.Given.Reviewer, l.Given.Second)
			r.page.count(l)
			if l.State == domain.LineDone && l.Verdict != domain.ReviewKeep && l.Run == "" {
				r.alone = append(r.alone, RemovalPart{ReviewRun: domain.ReviewRun{Line: l.No, Account: l.Account, Verdict: l.Verdict, State: l.State}})
			}
			l.Email, l.Name = "", ""
			return out.Encode(l)
		})
	})
}

// ranges calls with ranges of line numbers that hold a page each.
func (r *reviewBuilder) ranges(each func(first, last int) error) error {
	for first := 1; first <= r.page.Counts.Lines; first += page {
		if err := each(first, first+page-1); err != nil {
			return err
		}
	}
	return nil
}

func (r *reviewBuilder) names(ctx context.Context) error {
	return r.pack.part(namesName, func(w io.Writer) error {
		out := json.NewEncoder(w)
		return r.ranges(func(first, last int) error {
			found, err := r.source.ReviewNames(ctx, r.of.ID, first, last)
			return errors.Join(err, encodeAll(out, found))
		})
	})
}

func (r *reviewBuilder) reasons(ctx context.Context) error {
	return r.pack.part(saidName, func(w io.Writer) error {
		out := json.NewEncoder(w)
		return r.ranges(func(first, last int) error {
			found, err := r.source.ReviewReasons(ctx, r.of.ID, first, last)
			return errors.Join(err, encodeAll(out, found))
		})
	})
}

func encodeAll[T any](out *json.Encoder, rows []T) error {
	for _, row := range rows {
		if err := out.Encode(row); err != nil {
			return err
		}
	}
	return nil
}

// placed reads pages by line and number until one is empty.
func placed[T any](read func(line, n int) ([]T, error), each func(T) (line, n int, err error)) error {
	for line, n := 0, 0; ; {
		rows, err := read(line, n)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			if line, n, err = each(row); err != nil {
				return err
			}
		}
	}
}

func (r *reviewBuilder) eachDecision(ctx context.Context, each func(domain.ReviewDecision) error) error {
	return placed(func(line, n int) ([]domain.ReviewDecision, error) {
		return r.source.AllReviewDecisions(ctx, r.of.ID, line, n, page)
	}, func(d domain.ReviewDecision) (int, int, error) { return d.Line, d.N, each(d) })
}

func (r *reviewBuilder) decisions(ctx context.Context) error {
	return r.pack.part(decisionsName, func(w io.Writer) error {
		out := json.NewEncoder(w)
		return r.eachDecision(ctx, func(d domain.ReviewDecision) error {
			r.mention(d.By, d.ActingFor)
			r.page.Decisions++
			if d.Bulk {
				r.page.Bulk++
			}
			if d.Rule != "" {
				r.page.Ruled++
			}
			r.page.decided(d)
			d.Reason = "" // it stands in its own part, with its salt
			return out.Encode(d)
		})
	})
}

func (r *reviewBuilder) eachAssignment(ctx context.Context, each func(domain.ReviewAssignment) error) error {
	return placed(func(line, n int) ([]domain.ReviewAssignment, error) {
		return r.source.ReviewAssignments(ctx, r.of.ID, line, n, page)
	}, func(a domain.ReviewAssignment) (int, int, error) { return a.Line, a.N, each(a) })
}

func (r *reviewBuilder) assignments(ctx context.Context) error {
	return r.pack.part(assignmentsName, func(w io.Writer) error {
		out := json.NewEncoder(w)
		return r.eachAssignment(ctx, func(a domain.ReviewAssignment) error {
			r.mention(a.From, a.To, a.By)
			r.page.Assignments++
			a.Reason = ""
			return out.Encode(a)
		})
	})
}

// runs writes the proof of each removal and change.
func (r *reviewBuilder) runs(ctx context.Context) error {
	found, err := r.source.RunsOfReview(ctx, r.of.ID, nil)
	if err != nil {
		return err
	}
	r.removals = make([]RemovalPart, 0, len(found))
	for _, v := range found {
		part := RemovalPart{ReviewRun: v}
		run, err := r.from.Run(ctx, v.Run)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		part.Requester, part.Authority = run.Requester, run.Authority
		upTo, err := r.steady(ctx, v.Run, func() error { return nil })
		if err == nil {
			part.Shown, err = r.shown(ctx, v.Run, upTo, proves)
		}
		if err != nil {
			return err
		}
		told := newRunProof()
		for _, e := range part.Shown {
			told.note(e.Entry.Event)
		}
		for i, step := range part.Steps {
			part.Steps[i] = told.asTold(step)
		}
		if part.Approvals, err = r.from.ApprovalsOf(ctx, v.Run); err != nil {
			return err
		}
		if part.Tasks, err = r.from.TasksOf(ctx, v.Run); err != nil {
			return err
		}
		for i, t := range part.Tasks {
			r.mention(t.Owner, t.DoneBy, t.ConfirmedBy)
			part.Tasks[i].Instructions = nil // how to do it, with names: that it was done is what counts
		}
		for _, a := range part.Approvals {
			for _, d := range a.Decisions {
				r.mention(d.Actor, d.ActingFor)
			}
		}
		r.mention(run.Requester)
		r.removals = append(r.removals, part)
	}
	r.removals = append(r.removals, r.alone...)
	slices.SortFunc(r.removals, func(a, b RemovalPart) int { return a.Line - b.Line })
	for i, part := range r.removals {
		if back, ok := r.carried[strconv.Itoa(part.Line)]; ok && back.Facts["run"] == part.Run {
			r.removals[i].ReadBack = &back
		}
	}
	return r.pack.json(carriedName, r.removals)
}

func (r *reviewBuilder) difference(ctx context.Context) error {
	last, err := r.source.LastReview(ctx, r.of.App, r.of.ID)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	if r.diff, err = r.source.CompareReviews(ctx, last.ID, r.of.ID); err != nil {
		return err
	}
	r.page.Before = last
	part := r.diff
	part.Added, part.Gone = bare(part.Added), bare(part.Gone)
	part.Changed = append([]domain.RoleMove{}, part.Changed...)
	for i := range part.Changed {
		part.Changed[i].Line.Email, part.Changed[i].Line.Name = "", ""
	}
	return r.pack.json(differenceName, part)
}

// bare are lines without names, which stand in the tables while they are kept.
func bare(lines []domain.ReviewLine) []domain.ReviewLine {
	out := append([]domain.ReviewLine{}, lines...)
	for i := range out {
		out[i].Email, out[i].Name = "", ""
	}
	return out
}
