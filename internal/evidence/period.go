package evidence

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"handover/domain"
)

// Parts of the pack of a period.
const (
	periodName     = "period/period.json"
	leaversName    = "period/leavers.json"
	moversName     = "period/joiners_and_movers.json"
	populationName = "period/hr_population.json"
	sampleName     = "period/sample.json"
	exceptionsName = "period/exceptions.json"
)

// periodFormat names what the pack of a period looks like.
const periodFormat = "handover-period/1"

// sampleSize is how many leavers an auditor looks at.
const sampleSize = 25

// PeriodSource is where the contents of a period's pack come from.
type PeriodSource interface {
	Source
	RunsPage(ctx context.Context, kind domain.RunKind, after string, limit int) ([]domain.Run, error)
	HiresBetween(ctx context.Context, from, to time.Time, after string, limit int) ([]domain.HRHire, error)
	ReviewsBetween(ctx context.Context, from, to time.Time) ([]domain.Review, error)
	ReviewCounts(ctx context.Context, id string) (domain.ReviewCounts, error)
}

// hiddenRun stands for a run that whoever asked may not see.
const hiddenRun = "confidential"

// drawSample picks up to n runs: those whose hash with the seed is the smallest. It
// depends on nothing but the seed and the runs.
func drawSample(seed string, runs []string, n int) []string {
	key := func(run string) string {
		sum := sha256.Sum256([]byte("handover-sample/1\n" + seed + "\n" + run))
		return hex.EncodeToString(sum[:])
	}
	drawn := slices.SortedFunc(slices.Values(runs), func(a, b string) int { return cmp.Compare(key(a), key(b)) })
	return append([]string{}, drawn[:min(n, len(drawn))]...)
}

// periodBuilder collects what lies in a time. It holds a row for each leaver, not
// their chains or records.
type periodBuilder struct {
	*builder
	source     PeriodSource
	part       PeriodPart
	leavers    []LeaverPart
	movers     []MoverPart
	hires      []HirePart
	exceptions []ExceptionPart
	sample     SamplePart
	stands     map[string]string // the run for an employment
	names      map[domain.PersonID]string
}

// BuildPeriod writes the signed pack of a period as of a moment.
func BuildPeriod(ctx context.Context, w io.Writer, from PeriodSource, q domain.EvidencePeriod, now time.Time, key Signer) error {
	if _, err := key.sign(make([]byte, 64)); err != nil {
		return err
	}
	if !q.From.Before(q.To) {
		return domain.NewFault(domain.FaultInvalid, "evidence.period", "", "the period is empty: its end must be later than its beginning", nil)
	}
	if q.Seed == "" {
		q.Seed = q.From.UTC().Format(time.DateOnly) + "/" + q.To.UTC().Format(time.DateOnly)
	}
	b := &periodBuilder{builder: &builder{pack: newPackWriter(w, key), from: from, people: map[domain.PersonID]bool{}}, source: from, stands: map[string]string{},
		names: map[domain.PersonID]string{}, part: PeriodPart{Format: periodFormat, Period: q, BuiltAt: now.UTC(),
			Query: "employments that HR named with a beginning or an end in the period; runs of kind offboarding whose last moment, and of kinds onboarding and role-change whose start, lies in it"}}
	b.mention(q.Asked)
	for _, write := range []func(context.Context) error{b.head, b.readLeavers, b.readMovers, b.readHires, b.readReviews, b.draw, b.parts, b.who, b.sheets, b.print} {
		if err := write(ctx); err != nil {
			return fmt.Errorf("build evidence pack of a period: %w", err)
		}
	}
	return b.pack.close()
}

func (b *periodBuilder) head(ctx context.Context) (err error) {
	b.part.Head.Seq, b.part.Head.Hash, err = b.from.Head(ctx)
	return err
}

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
	return b.eachRun(ctx, domain.RunOffboarding, lastMomentOf, func(r domain.Run) error {
		l := LeaverPart{Run: r.ID, Person: r.Person, Employment: r.Employment, Authority: r.Authority, Requester: r.Requester, Moment: r.LastMoment, Due: lastMomentOf(r),
			StartedAt: r.StartedAt, State: r.State, Why: r.Why, Approvers: []domain.PersonID{}, Removals: []AppRemoval{}, Heirs: []HeirPart{}, Secrets: []SecretPart{}}
		if r.State != domain.RunRetracted && r.State != domain.RunDenied {
			b.stands[r.Employment] = r.ID
		}
		for _, read := range []func(context.Context, domain.Run, *LeaverPart) error{b.approvers, b.removals, b.heirs, b.chainEnd} {
			if err := read(ctx, r, &l); err != nil {
				return err
			}
		}
		b.mention(l.Person, l.Requester)
		b.leavers = append(b.leavers, l)
		return nil
	})
}

func (b *periodBuilder) approvers(ctx context.Context, r domain.Run, l *LeaverPart) error {
	approvals, err := b.from.ApprovalsOf(ctx, r.ID)
	for _, a := range approvals {
		for _, d := range a.Decisions {
			if d.Verdict == domain.Approve && !slices.Contains(l.Approvers, d.Actor) {
				l.Approvers = append(l.Approvers, d.Actor)
				b.mention(d.Actor)
			}
		}
	}
	return err
}

func (b *periodBuilder) removals(ctx context.Context, r domain.Run, l *LeaverPart) error {
	steps, err := b.from.Steps(ctx, r.ID, b.part.Period.App)
	if err != nil {
		return err
	}
	cutOffs, err := b.from.CutOffs(ctx, r.ID)
	if err != nil {
		return err
	}
	tasks, err := b.from.TasksOf(ctx, r.ID)
	if err != nil {
		return err
	}
	byApp := map[domain.AppID]*AppRemoval{}
	for _, app := range r.Apps {
		if b.part.Period.App == "" || b.part.Period.App == app {
			byApp[app] = &AppRemoval{App: app, Due: l.Due, DoneBy: []domain.PersonID{}}
		}
	}
	for _, s := range steps {
		b.exception(s)
		if s.Phase == domain.PhaseSecrets {
			l.Secrets = append(l.Secrets, SecretPart{App: s.App, Title: s.Title, State: s.State, At: s.SettledAt})
		}
		if m := byApp[s.App]; m != nil && s.Key == domain.StepDeactivate {
			m.Step, m.Channel, m.Reason, m.RequestID = s.State, s.Channel, s.Why, s.RequestID
		}
	}
	for _, c := range cutOffs {
		if m := byApp[c.App]; m != nil {
			m.Channel, m.Due, m.VerifiedAt, m.Limit, m.Class = c.Channel, c.Due, c.VerifiedAt, c.Limit, c.Class
		}
	}
	for _, t := range tasks {
		if m := byApp[t.App]; m != nil && slices.Contains(t.Steps, domain.StepDeactivate) {
			for _, who := range []domain.PersonID{t.DoneBy, t.ConfirmedBy} {
				if who != "" {
					m.DoneBy = append(m.DoneBy, who)
					b.mention(who)
				}
			}
		}
	}
	for _, app := range slices.Sorted(maps.Keys(byApp)) {
		l.Removals = append(l.Removals, b.judged(*byApp[app], r))
	}
	return nil
}

// judged measures a removal against its limit and says why one was late.
func (b *periodBuilder) judged(m AppRemoval, r domain.Run) AppRemoval {
	if m.VerifiedAt.IsZero() {
		b.part.Open++
		return m
	}
	m.Elapsed = m.VerifiedAt.Sub(m.Due)
	if m.InTime = m.Elapsed <= m.Limit; m.InTime {
		m.Reason = ""
		return m
	}
	b.part.Late++
	if r.StartedAt.After(m.Due) {
		m.Reason = "it was first heard of after the last moment; " + m.Reason
	}
	return m
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

func (b *periodBuilder) heirs(ctx context.Context, r domain.Run, l *LeaverPart) error {
	plans, err := b.from.Plans(ctx, r.ID)
	last := map[domain.AppID]domain.Plan{}
	for _, p := range plans {
		last[p.App] = p // the newest comes last
	}
	for _, app := range slices.Sorted(maps.Keys(last)) {
		if b.part.Period.App != "" && b.part.Period.App != app {
			continue
		}
		for _, rule := range last[app].Rules {
			l.Heirs = append(l.Heirs, HeirPart{App: app, Kind: rule.Kind, Count: rule.Count, Heir: rule.Heir})
			b.mention(rule.Heir)
		}
	}
	return err
}

// chainEnd binds the row to the run's own pack: the same hash stands there.
func (b *periodBuilder) chainEnd(ctx context.Context, r domain.Run, l *LeaverPart) error {
	return paged(func(after int64) ([]domain.ChainEntry, error) { return b.from.ChainEntries(ctx, r.ID, after, page) },
		func(e domain.ChainEntry) (int64, error) {
			l.Chain, l.Entries = e.Hash, e.Seq
			return e.Seq, nil
		})
}

func (b *periodBuilder) readMovers(ctx context.Context) error {
	for _, kind := range []domain.RunKind{domain.RunOnboarding, domain.RunRoleChange} {
		if err := b.eachRun(ctx, kind, func(r domain.Run) time.Time { return r.StartedAt }, func(r domain.Run) error {
			b.mention(r.Person, r.Requester)
			b.movers = append(b.movers, MoverPart{Run: r.ID, Kind: r.Kind, Person: r.Person, Requester: r.Requester, Apps: r.Apps, StartedAt: r.StartedAt, ClosedAt: r.ClosedAt, State: r.State})
			steps, err := b.from.Steps(ctx, r.ID, b.part.Period.App)
			for _, s := range steps {
				b.exception(s)
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
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
			b.hires = append(b.hires, HirePart{HRHire: h, Run: run})
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

func (b *periodBuilder) draw(context.Context) error {
	runs := make([]string, 0, len(b.leavers))
	for _, l := range b.leavers {
		runs = append(runs, l.Run)
	}
	b.sample = SamplePart{Seed: b.part.Period.Seed, Of: len(runs), Runs: drawSample(b.part.Period.Seed, runs, sampleSize)}
	b.part.Leavers, b.part.Movers, b.part.Hires, b.part.Exceptions = len(b.leavers), len(b.movers), len(b.hires), len(b.exceptions)
	return nil
}

func (b *periodBuilder) parts(context.Context) error {
	var errs []error
	for _, p := range []struct {
		name string
		rows any
	}{{periodName, b.part}, {leaversName, orEmpty(b.leavers)}, {moversName, orEmpty(b.movers)}, {populationName, orEmpty(b.hires)}, {sampleName, b.sample},
		{exceptionsName, orEmpty(b.exceptions)}} {
		errs = append(errs, b.pack.json(p.name, p.rows))
	}
	return errors.Join(errs...)
}
