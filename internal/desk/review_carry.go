package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

const (
	// reviewRound is how often reviews are looked after.
	reviewRound = 3 * time.Second
	// carryPatience is how long a run that cannot begin just now is tried before its
	// line has failed, or, where no worker answers, before people are told.
	carryPatience = 10 * time.Minute
	// carryWait bounds what one line may cost the reviews behind it.
	carryWait = time.Minute
	// missedAfter is how late a review by the clock may be before people are told.
	missedAfter = time.Hour
)

// TendReviews starts reviews that the clock asked for, and the runs that carry
// decisions out, until the context ends.
func (d *Desk) TendReviews(ctx context.Context) {
	ticker := time.NewTicker(reviewRound)
	defer ticker.Stop()
	t := &tender{d: d, since: map[string]time.Time{}}
	for {
		if err := t.round(ctx); err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "reviews were not looked after", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// tender looks after reviews. What it remembers is only since when a run could not
// begin.
type tender struct {
	d     *Desk
	since map[string]time.Time // by review and line, or by review where no worker answers
}

func (t *tender) round(ctx context.Context) error {
	d := t.d
	var all []error
	for id := range d.Policy().Apps {
		all = append(all, d.startDue(ctx, id))
	}
	open, err := d.Store.ListReviews(ctx, store.ReviewsFilter{States: []domain.ReviewState{domain.ReviewDeciding, domain.ReviewCarryingOut}})
	all = append(all, err)
	for _, r := range open {
		all = append(all, t.tend(ctx, r))
	}
	return errors.Join(all...)
}

// startDue starts a review for which a schedule asked, once, and says when one that
// was due did not begin. Where a review of another period is open it waits.
func (d *Desk) startDue(ctx context.Context, id domain.AppID) error {
	asked, err := d.Store.Setting(ctx, domain.ReviewAsked(id))
	if err != nil {
		return err
	}
	begun, err := d.Store.Setting(ctx, domain.ReviewBegun(id))
	if err != nil {
		return err
	}
	rules, zone := d.Policy().ReviewsOf(id), d.zone()
	due := rules.LastDue(d.now(), zone)
	if asked == begun {
		return d.tellMissed(ctx, id, asked, due)
	}
	period := rules.PeriodOf(d.now(), zone)
	if !due.IsZero() {
		period = rules.PeriodOf(due, zone)
	}
	if held, err := d.heldBack(ctx, id, period); err != nil || held {
		return err // the asking stands, and begins when the open one has ended
	}
	if _, _, err := d.startReview(ctx, domain.SystemActor, "schedule", ReviewRequest{App: id, Period: period}); err != nil {
		return err
	}
	return d.Store.SetSetting(ctx, domain.ReviewBegun(id), asked)
}

// tellMissed says, once for each period, that a review which was due did not begin:
// a schedule that fails in silence is found at the audit. What was due before this
// installation knew of any is nobody's fault.
func (d *Desk) tellMissed(ctx context.Context, id domain.AppID, asked string, due time.Time) error {
	last, err := time.Parse(time.RFC3339Nano, asked)
	if err != nil || due.IsZero() || !last.Before(due) || d.now().Before(due.Add(missedAfter)) {
		return nil //nolint:nilerr // never asked: nothing was missed yet
	}
	c := &cast{d: d, ctx: ctx}
	key := fmt.Sprintf("review-missed/%s/%d", id, due.Unix())
	n := domain.Notice{ID: key, App: id, Kind: "review-attention", Urgent: true, At: d.now(), To: c.withRole(domain.RoleAdmin),
		Text: fmt.Sprintf("The access review of %s that was due on %s has not begun: start it by hand (handover review start %s), and see that Temporal's schedule review:%s runs.",
			id, due.Format(time.DateOnly), id, id)}
	if c.err != nil {
		return c.err
	}
	return d.Store.Record(ctx, domain.Entry{Notices: []domain.Notice{n}})
}

// tend says to a review what it waits for, and starts its runs.
func (t *tender) tend(ctx context.Context, r domain.Review) error {
	d := t.d
	c, err := d.Store.ReviewCounts(ctx, r.ID)
	if err != nil {
		return err
	}
	if r.State == domain.ReviewDeciding {
		if c.Waiting() > 0 {
			return nil
		}
		return d.sayDecided(ctx, r.ID, workflows.SignalDecided)
	}
	if c.Moving() == 0 {
		if c.Waiting() > 0 {
			return nil
		}
		return d.sayDecided(ctx, r.ID, workflows.SignalCarried)
	}
	runs, err := d.Store.RunsOfReview(ctx, r.ID, nil)
	if err != nil {
		return err
	}
	turn := turnOf(r.Settings, runs)
	if turn.Held != "" {
		if err := d.tellHeld(ctx, r, turn); err != nil {
			return err
		}
	}
	if turn.Held == "" && turn.Free > 0 {
		started, err := t.carryNext(ctx, r, turn.Free)
		if err != nil || started > 0 {
			return err
		}
	}
	if turn.Open == 0 && len(runs) > 0 {
		return d.signalReview(ctx, r.ID, workflows.SignalCarried, turn.key(c))
	}
	return nil
}

// turn is how many runs of a review may begin now.
type turn struct {
	Open   int      // not proven, not ended
	Proven int      // the run's own read-back shows it
	Failed int      // ended without
	Runs   []string // those that failed
	Last   int64    // when a run last did what was decided: one may have to do it again
	Free   int      // may begin now
	Held   string   // why none may, where something went wrong
}

// turnOf weighs the runs of a review: the first few go alone, and the rest only when
// one of those is proven. Where as many as go first have failed, and more than are
// proven, nothing more begins. What somebody decided to keep after all says nothing,
// nor does the run of a line that was decided again since.
func turnOf(s domain.ReviewSettings, runs []store.ReviewRun) turn {
	var t turn
	for _, r := range runs {
		switch {
		case r.Verdict == domain.ReviewKeep, r.State == domain.LineDecided, r.State == domain.LineOpen, r.State == domain.LineConfirm:
		case provenIn(r):
			t.Proven++
			t.Last = max(t.Last, provenAt(r))
		case r.RunState.Ended() || r.State == domain.LineFailed:
			t.Failed++
			t.Runs = append(t.Runs, r.Run)
		default:
			t.Open++
		}
	}
	limit := s.AtOnce
	if t.Proven == 0 {
		limit = min(max(1, s.Canary), limit) - t.Failed
	}
	t.Free = max(0, limit-t.Open)
	if t.Failed >= max(1, s.Canary) && t.Failed > t.Proven {
		t.Held = "more runs ended without what was decided than with it"
	}
	return t
}

func provenIn(r store.ReviewRun) bool {
	_, proven := proofOf(r)
	return r.State == domain.LineDone || proven
}

// provenAt is when a run did what was decided, in microseconds; 0 is not known.
func provenAt(r store.ReviewRun) int64 {
	if step, proven := proofOf(r); proven && !step.SettledAt.IsZero() {
		return step.SettledAt.UnixMicro()
	}
	return 0
}

// proofOf is the step by which a run does what was decided, and whether it did.
func proofOf(r store.ReviewRun) (domain.StepRecord, bool) {
	want := domain.StepDeactivate
	if r.Verdict == domain.ReviewChange {
		want = domain.StepRole
	}
	at := slices.IndexFunc(r.Steps, func(s domain.StepRecord) bool {
		return s.Key == want && (s.State == domain.StepVerified || s.State == domain.StepAttested)
	})
	if at < 0 {
		return domain.StepRecord{}, false
	}
	return r.Steps[at], true
}

// key tells one standing from another, so that a review hears once of each.
func (t turn) key(c domain.ReviewCounts) string {
	return fmt.Sprintf("%d-%d-%d-%d-%d", t.Proven, t.Failed, c.Moving(), c.Waiting(), t.Last)
}

// carryNext starts up to n runs, in the order of the lines.
func (t *tender) carryNext(ctx context.Context, r domain.Review, n int) (int, error) {
	moves := []domain.ReviewVerdict{domain.ReviewRemove, domain.ReviewChange}
	claimed, err := t.d.Store.ReviewLines(ctx, domain.ReviewFilter{Review: r.ID, States: []domain.LineState{domain.LineCarrying}, Verdicts: moves})
	if err != nil {
		return 0, err
	}
	lines := slices.DeleteFunc(claimed, func(l domain.ReviewLine) bool { return l.Run != "" }) // whoever claimed them died
	fresh, err := t.d.Store.ReviewLines(ctx, domain.ReviewFilter{Review: r.ID, States: []domain.LineState{domain.LineDecided}, Verdicts: moves, Limit: n})
	if lines = append(lines, fresh...); len(lines) > n {
		lines = lines[:n]
	}
	started := 0
	for _, l := range lines {
		begun, err := t.carry(ctx, r, l)
		var f *domain.Fault
		if errors.As(err, &f) && f.Kind == domain.FaultUnavailable {
			return started, t.unanswered(ctx, r, f) // nor would the next line be answered
		}
		if err != nil {
			return started, err
		}
		delete(t.since, r.ID)
		if begun {
			started++
		}
	}
	return started, err
}

// carry starts the run of one line in the name of whoever decided it. What cannot be
// started is a failed line that says why: it is never left out in silence.
func (t *tender) carry(ctx context.Context, r domain.Review, l domain.ReviewLine) (bool, error) {
	d, resumed := t.d, l.State == domain.LineCarrying
	l, ok, err := d.claimLine(ctx, r, l)
	if err != nil || !ok {
		return false, err
	}
	decisions, err := d.Store.ReviewDecisions(ctx, r.ID, l.No)
	if err != nil || len(decisions) == 0 {
		return false, err
	}
	newest := decisions[len(decisions)-1]
	c := carried{review: r, line: l, nth: newest.N, at: newest.At}
	if c.actor, err = d.decider(ctx, decisions); err != nil {
		return false, err
	}
	run, err := d.runOf(ctx, c, resumed)
	var refusal *domain.Refusal
	if errors.As(err, &refusal) {
		if t.patient(r, l, refusal) {
			return false, nil
		}
		return false, d.failLine(ctx, c, "no run could begin: "+discreet(refusal))
	}
	if err != nil {
		return false, err
	}
	d.crash("review-run-started-not-bound")
	e := domain.AuditEvent{Key: fmt.Sprintf("%s/line-%d/run/%s", r.ID, l.No, run.ID), Run: r.ID, Kind: domain.EventReviewCarried, Actor: domain.SystemActor,
		ActingFor: c.actor.Person.ID, Subject: l.Person, Target: string(l.Account), App: r.App, From: string(l.State), To: string(domain.LineCarrying), At: d.now(),
		Facts: map[string]string{"line": strconv.Itoa(l.No), "verdict": string(l.Verdict), "run": run.ID}}
	_, err = d.Store.BindReviewRun(ctx, r.ID, l.No, run.ID, domain.Entry{Run: r.ID, Events: []domain.AuditEvent{e}})
	return err == nil, err
}

// runOf finds the run of a line, or starts it.
func (d *Desk) runOf(ctx context.Context, c carried, resumed bool) (domain.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, carryWait)
	defer cancel()
	if resumed {
		if run, err := d.begunFor(ctx, c); err != nil || run.ID != "" {
			return run, err
		}
	}
	return d.runFor(ctx, c)
}

// unanswered says, once a day and after some patience, that nothing is carried out
// because nobody answers for the app. No line has failed by that, and nobody needs
// to decide again: it goes on by itself.
func (t *tender) unanswered(ctx context.Context, r domain.Review, cause *domain.Fault) error {
	now := t.d.now()
	first, known := t.since[r.ID]
	if !known {
		t.since[r.ID] = now
		return nil
	}
	if now.Before(first.Add(carryPatience)) {
		return nil
	}
	c := &cast{d: t.d, ctx: ctx}
	n := domain.Notice{ID: fmt.Sprintf("%s/unanswered/%s", r.ID, now.Format(time.DateOnly)), Run: r.ID, App: r.App, Kind: "review-attention", Urgent: true, About: r.ID, At: now,
		To: c.withRole(domain.RoleAdmin), Text: fmt.Sprintf("Nothing of the access review of %s is carried out since %s: %s. It goes on by itself as soon as there is an answer.",
			r.App, first.UTC().Format("2006-01-02 15:04 UTC"), cause.SafeMessage)}
	if c.err != nil {
		return c.err
	}
	return t.d.Store.Record(ctx, domain.Entry{Run: r.ID, Notices: []domain.Notice{n}})
}

// claimLine takes a line before its run begins, and reads it as it then is: from then
// on nobody decides otherwise, and until then everybody may.
func (d *Desk) claimLine(ctx context.Context, r domain.Review, l domain.ReviewLine) (domain.ReviewLine, bool, error) {
	if l.State == domain.LineDecided {
		if claimed, err := d.Store.ClaimReviewLine(ctx, r.ID, l.No); err != nil || !claimed {
			return l, false, err
		}
	}
	found, err := d.Store.ReviewLinesOf(ctx, r.ID, []domain.AccountID{l.Account})
	if err != nil || len(found) != 1 {
		return l, false, err
	}
	return found[0], found[0].State == domain.LineCarrying && found[0].Run == "", nil
}

// tellHeld says, once for the same failures, that nothing more begins.
func (d *Desk) tellHeld(ctx context.Context, r domain.Review, t turn) error {
	c := &cast{d: d, ctx: ctx}
	which := sha256.Sum256([]byte(strings.Join(t.Runs, "\n")))
	n := domain.Notice{ID: fmt.Sprintf("%s/held-%d-%x", r.ID, t.Failed, which[:6]), Run: r.ID, App: r.App, Kind: "review-attention", Urgent: true, To: c.withRole(domain.RoleAdmin), About: r.ID, At: d.now(),
		Text: fmt.Sprintf("Nothing more of the access review of %s is carried out: %s (%d of %d). See to those lines: decide them again, or keep them.", r.App, t.Held, t.Failed, t.Failed+t.Proven)}
	if c.err != nil {
		return c.err
	}
	return d.Store.Record(ctx, domain.Entry{Run: r.ID, Notices: []domain.Notice{n}})
}

// patient tells that a run which cannot begin is tried again: an app that does not
// answer now is no reason to ask a reviewer once more.
func (t *tender) patient(r domain.Review, l domain.ReviewLine, why *domain.Refusal) bool {
	key := fmt.Sprintf("%s/%d", r.ID, l.No)
	first, known := t.since[key]
	if !known {
		first = t.d.now()
		t.since[key] = first
	}
	if why.Code == domain.RefusedState && t.d.now().Before(first.Add(carryPatience)) {
		return true
	}
	delete(t.since, key)
	return false
}
