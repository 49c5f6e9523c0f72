package evidence

import (
	"context"
	"maps"
	"slices"
	"time"

	"handover/domain"
)

// eachRun goes through the runs of a kind that lie in the period and in the app, and
// counts those that whoever asked may not see.
func (b *periodBuilder) eachRun(ctx context.Context, kind domain.RunKind, when func(domain.Run) time.Time, each func(domain.Run) error) error {
	q := b.part.Period
	for after := ""; ; {
		runs, err := b.source.RunsPage(ctx, kind, after, page)
		if err != nil || len(runs) == 0 {
			return err
		}
		for _, r := range runs {
			after = r.ID
			at := when(r)
			hidden := !r.VisibleTo(q.Viewer)
			if r.Kind == domain.RunOnboarding && !hidden && (!r.State.Ended() || r.State == domain.RunClosed) {
				b.joined[r.Employment] = r.ID // also one that began before the period
			}
			if hidden && b.stands[r.Employment] == "" {
				b.stands[r.Employment] = hiddenRun
			}
			switch {
			case at.Before(q.From) || !at.Before(q.To) || q.App != "" && !slices.Contains(r.Apps, q.App):
			case hidden:
				b.part.Hidden++
			default:
				if err := each(r); err != nil {
					return err
				}
			}
		}
	}
}

func lastMomentOf(r domain.Run) time.Time {
	at, err := r.LastMoment.Instant()
	if err != nil || r.LastMoment.Local == "" {
		return r.StartedAt
	}
	return at
}

func (b *periodBuilder) readLeavers(ctx context.Context) error {
	return b.eachRun(ctx, domain.RunOffboarding, lastMomentOf, func(r domain.Run) error { return b.leaver(ctx, r) })
}

// leaver reads one leaving while it stands still, so that its rows and its audit chain
// say the same.
func (b *periodBuilder) leaver(ctx context.Context, r domain.Run) error {
	rows := leaverRows{}
	upTo, err := b.steady(ctx, r.ID, func() error { return b.readRows(ctx, r.ID, &rows) })
	if err != nil {
		return err
	}
	r = rows.run
	last := ""
	entries, err := b.picked(ctx, r.ID, linkSpan{1, upTo}, func(e domain.ChainEntry) bool {
		last = e.Hash
		return proves(e.Event) || delaying(e.Event) || b.notable(e.Event)
	})
	if err != nil {
		return err
	}
	b.enter(entries)
	p := newRunProof()
	for _, s := range entries {
		p.note(s.Entry.Event)
	}
	l := LeaverPart{Run: r.ID, Person: r.Person, Employment: r.Employment, Authority: r.Authority, Requester: r.Requester, Moment: r.LastMoment, Due: lastMomentOf(r),
		StartedAt: r.StartedAt, ClosedAt: r.ClosedAt, State: r.State, Why: r.Why, Approvers: []domain.PersonID{}, Removals: []AppRemoval{}, Heirs: []HeirPart{}, Secrets: []SecretPart{},
		Entries: upTo, Chain: last}
	if l.HREnd, err = b.hrEnd(ctx, l); err != nil {
		return err
	}
	b.mention(l.Person, l.Requester)
	b.approvers(rows.approvals, &l)
	taken := r.State == domain.RunRetracted || r.State == domain.RunDenied
	b.removals(rows, p, &l, taken)
	if err := b.heirs(ctx, rows, &l); err != nil {
		return err
	}
	if taken {
		b.proven[r.ID] = provenRun{upTo: upTo}
		b.retracted = append(b.retracted, l)
		return nil
	}
	for _, s := range entries {
		b.cameBack(s.Entry.Event)
	}
	b.proven[r.ID] = provenRun{upTo: upTo, delays: slices.ContainsFunc(l.Removals, late)}
	b.stands[r.Employment] = r.ID
	b.leavers = append(b.leavers, l)
	return nil
}

// hrEnd is the newest end that HR told of somebody before the last moment of a leaving.
func (b *periodBuilder) hrEnd(ctx context.Context, l LeaverPart) (time.Time, error) {
	hires, err := b.source.Employments(ctx, l.Person)
	var end time.Time
	for _, e := range hires {
		if !e.MadeUp && e.State != domain.EmploymentOpen && e.Ends.After(end) && !e.Ends.After(l.Due) {
			end = e.Ends
		}
	}
	return end, err
}

// AfterHR is how long after HR's end an access ended, in words; "" where HR told of
// none, or nothing ended.
func (l LeaverPart) AfterHR(m AppRemoval) string {
	if l.HREnd.IsZero() || m.EndedAt().IsZero() {
		return ""
	}
	return m.EndedAt().Sub(l.HREnd).Round(time.Second).String()
}

// late tells of a removal that its reason has to be told.
func late(m AppRemoval) bool { return !m.VerifiedAt.IsZero() && !m.InTime }

// leaverRows are the rows of one run that a period reads.
type leaverRows struct {
	run       domain.Run
	approvals []domain.Approval
	steps     []domain.StepRecord
	cuts      []domain.CutOffTime
	plans     []domain.Plan
	transfers []domain.Transfer
}

func (b *periodBuilder) readRows(ctx context.Context, run string, rows *leaverRows) error {
	var err error
	for _, read := range []func() error{
		func() error { rows.run, err = b.from.Run(ctx, run); return err },
		func() error { rows.approvals, err = b.from.ApprovalsOf(ctx, run); return err },
		func() error { rows.steps, err = b.from.Steps(ctx, run, b.part.Period.App); return err },
		func() error { rows.cuts, err = b.from.CutOffs(ctx, run); return err },
		func() error { rows.plans, err = b.from.Plans(ctx, run); return err },
		func() error { rows.transfers, err = b.from.Transfers(ctx, run); return err },
	} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

func (b *periodBuilder) approvers(approvals []domain.Approval, l *LeaverPart) {
	for _, a := range approvals {
		for _, d := range a.Decisions {
			if d.Verdict == domain.Approve && !slices.Contains(l.Approvers, d.Actor) {
				l.Approvers = append(l.Approvers, d.Actor)
				b.mention(d.Actor)
			}
		}
	}
}

// removals says how the access to each app ended. Of a leaving that was taken back
// nothing is counted.
func (b *periodBuilder) removals(rows leaverRows, p *runProof, l *LeaverPart, taken bool) {
	byApp := map[domain.AppID]*AppRemoval{}
	for _, app := range rows.run.Apps {
		if b.part.Period.App == "" || b.part.Period.App == app {
			byApp[app] = &AppRemoval{App: app, Due: l.Due, DoneBy: []domain.PersonID{}}
		}
	}
	for _, s := range rows.steps {
		if s = p.asTold(s); !taken {
			b.exception(s)
		}
		if name := s.Key.Secret(); name != "" {
			l.Secrets = append(l.Secrets, SecretPart{App: s.App, Step: s.Key, Title: first(s.Title, name), State: s.State, At: s.SettledAt})
		}
		if m := byApp[s.App]; m != nil && s.Key == domain.StepDeactivate {
			m.Step, m.Channel, m.Reason, m.RequestID = s.State, s.Channel, s.Why, s.RequestID
		}
	}
	for _, c := range rows.cuts {
		if m := byApp[c.App]; m != nil {
			m.CutChannel, m.Due, m.VerifiedAt, m.Limit, m.Class = c.Channel, c.Due, c.VerifiedAt, c.Limit, c.Class
		}
	}
	for _, app := range slices.Sorted(maps.Keys(byApp)) {
		m := *byApp[app]
		m.DoneBy = p.doneBy(app)
		b.mention(m.DoneBy...)
		m.Outcome = p.outcome(m)
		m.AttestedAt = p.attestedAt(m)
		if m.judge(); late(m) {
			m.Reason = p.whyLate(m)
		}
		l.Removals = append(l.Removals, m)
		if !taken {
			b.part.count(m)
		}
	}
}

// judge measures a removal against its limit.
func (m *AppRemoval) judge() {
	if m.VerifiedAt.IsZero() {
		return
	}
	m.Elapsed = m.VerifiedAt.Sub(m.Due)
	if m.InTime = m.Elapsed <= m.Limit; m.InTime && m.Outcome == OutcomeRemoved {
		m.Reason = ""
	}
}

// count adds a removal to the counts of the period.
func (p *PeriodPart) count(m AppRemoval) {
	switch m.Outcome {
	case OutcomeAttested:
		p.Attested++
	case OutcomeAbsent:
		p.Absent++
	case OutcomeOpen, OutcomeBack:
		p.Open++
	}
	if late(m) {
		p.Late++
	}
}

// cameBack notes an access that was there again after it had ended, also where it ended
// once more since: the time to its end is the first one's.
func (b *periodBuilder) cameBack(e domain.AuditEvent) {
	if e.Kind == domain.EventAccessReturned && (b.part.Period.App == "" || b.part.Period.App == e.App) {
		b.exceptions = append(b.exceptions, ExceptionPart{Run: e.Run, App: e.App, Step: e.Step, What: "access came back", Why: e.Facts["why"], Who: e.Actor, At: e.At})
	}
}

// exception notes a step that did not go the ordinary way.
func (b *periodBuilder) exception(s domain.StepRecord) {
	what := map[domain.StepState]string{domain.StepSkipped: "skipped", domain.StepAttested: "attested: the app cannot show it", domain.StepNeedsAttention: "needs attention",
		domain.StepUndone: "undone"}[s.State]
	if what != "" {
		b.mention(s.Owner)
		b.exceptions = append(b.exceptions, ExceptionPart{Run: s.Run, App: s.App, Step: s.Key, What: what, Why: s.Why, Who: s.Owner, At: s.SettledAt})
	}
}
