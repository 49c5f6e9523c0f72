package evidence

import (
	"context"
	"fmt"
	"time"

	"handover/domain"
)

func (b *periodBuilder) readMovers(ctx context.Context) error {
	for _, kind := range []domain.RunKind{domain.RunOnboarding, domain.RunRoleChange} {
		if err := b.eachRun(ctx, kind, func(r domain.Run) time.Time { return r.StartedAt }, func(r domain.Run) error { return b.mover(ctx, r) }); err != nil {
			return err
		}
	}
	return nil
}

// mover reads one joining or change of role while it stands still.
func (b *periodBuilder) mover(ctx context.Context, r domain.Run) error {
	var steps []domain.StepRecord
	upTo, err := b.steady(ctx, r.ID, func() error {
		var err error
		if r, err = b.from.Run(ctx, r.ID); err == nil {
			steps, err = b.from.Steps(ctx, r.ID, b.part.Period.App)
		}
		return err
	})
	if err != nil {
		return err
	}
	entries, err := b.shown(ctx, r.ID, upTo, b.notable)
	if err != nil {
		return err
	}
	b.enter(entries)
	b.mention(r.Person, r.Requester)
	b.proven[r.ID] = provenRun{upTo: upTo}
	b.movers = append(b.movers, MoverPart{Run: r.ID, Kind: r.Kind, Person: r.Person, Requester: r.Requester, Authority: r.Authority, Apps: r.Apps, StartedAt: r.StartedAt, ClosedAt: r.ClosedAt, State: r.State})
	for _, s := range steps {
		b.exception(s)
	}
	return nil
}

// readHR reads what HR said in the period: also that somebody has another manager,
// department or title, of which no employment tells.
func (b *periodBuilder) readHR(ctx context.Context) error {
	q := b.part.Period
	for after := (domain.HRSaid{}); ; {
		found, err := b.source.HRSaidBetween(ctx, q.From, q.To, after, page)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, said := range found {
			if after = said; said.Confidential || b.discreet[said.Person] || b.cast[said.Run] {
				continue // that HR spoke of them would tell what the run hides
			}
			b.mention(said.Person)
			b.hr = append(b.hr, said)
		}
	}
}

// readHires reads the population from HR, so that a leaver without a run is seen.
func (b *periodBuilder) readHires(ctx context.Context) error {
	q := b.part.Period
	for after := ""; ; {
		found, err := b.source.HiresBetween(ctx, q.From, q.To, after, page)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, h := range found {
			after = h.Employment
			run := b.stands[h.Employment]
			if run == hiddenRun {
				b.part.HiresHidden++ // that HR named an end would tell what the run hides
				continue
			}
			b.mention(h.Person)
			b.hires = append(b.hires, HirePart{HRHire: h, Run: run, Joined: b.joined[h.Employment]})
			if comes := !h.Starts.Before(q.From) && h.Starts.Before(q.To); comes && b.joined[h.Employment] == "" {
				b.part.Unjoined++
				b.exceptions = append(b.exceptions, ExceptionPart{Who: h.Person, What: "HR named a beginning and no joining stands for it", At: h.Starts})
			}
			if leaves := h.State != domain.EmploymentOpen && !h.Ends.Before(q.From) && h.Ends.Before(q.To); leaves && run == "" {
				b.part.Without++
				b.exceptions = append(b.exceptions, ExceptionPart{Who: h.Person, What: "HR named an end and no run stands for it", At: h.Ends})
			}
		}
	}
}

func (b *periodBuilder) readReviews(ctx context.Context) error {
	reviews, err := b.source.ReviewsBetween(ctx, b.part.Period.From, b.part.Period.To)
	for _, r := range reviews {
		if b.part.Period.App != "" && r.App != b.part.Period.App {
			continue
		}
		c, err := b.source.ReviewCounts(ctx, r.ID)
		if err != nil {
			return err
		}
		for _, x := range []struct {
			n    int
			what string
		}{{c.Silent, "lines of an access review kept by the rule for silence"}, {c.Waiting(), "lines of an access review that nobody decided"}, {c.Moving(), "decisions of an access review that were not carried out"}} {
			if x.n > 0 {
				b.exceptions = append(b.exceptions, ExceptionPart{Run: r.ID, App: r.App, What: fmt.Sprintf("%d %s", x.n, x.what), Why: r.Why, At: r.ClosedAt})
			}
		}
	}
	return err
}
