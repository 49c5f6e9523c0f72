package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// sweep reads everything back: now, and after each wait of the policy, because
// access and records come back. What came back needs a person: cutting again by
// itself could hit somebody who was hired again.
func (l *line) sweep(ctx workflow.Context) {
	if !l.cut || l.r.ending() || !l.sweeps() {
		return
	}
	start := workflow.Now(ctx)
	waits := l.r.in.Timings.Sweeps
	if len(waits) == 0 {
		waits = []time.Duration{0}
	}
	for i, wait := range waits {
		if i > 0 {
			l.r.state = domain.RunSweeping
		}
		if awaitUntil(ctx, start.Add(wait), func() bool { return l.r.ending() || l.hasSkip(domain.StepSweep) }) {
			break
		}
		name := fmt.Sprintf("%d of %d", i+1, len(waits))
		if !l.sweepOnce(ctx, name) {
			return
		}
	}
	if l.r.ending() {
		return
	}
	l.applySkip(ctx, domain.StepSweep)
	l.snap.RequestID = l.swept
	l.settleAll(ctx, domain.StepVerified, fmt.Sprintf("read back %d times: everything holds", len(waits)), func(s domain.StepSpec) bool { return s.Key == domain.StepSweep })
}

// sweeps tells whether the app shows anything that could be read back again.
func (l *line) sweeps() bool {
	_, ok := l.book.Step(domain.StepSweep)
	return ok
}

// sweepOnce reads back until everything holds or a person says that it need not.
func (l *line) sweepOnce(ctx workflow.Context, name string) bool {
	defer l.begin(domain.StepSweep)()
	for try := 1; !l.r.ending(); try++ {
		l.begun[domain.StepSweep] = l.retries[domain.StepSweep]
		in := activities.SweepInput{StepRef: l.ref(domain.StepSweep), Kind: l.in.Kind, Account: l.snap.Account, Scopes: l.in.Scopes,
			Name: fmt.Sprintf("%s, try %d", name, try), Hold: l.r.in.LegalHold}
		result, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.SweepApp, in)
		switch {
		case err != nil:
			if !l.park(ctx, domain.StepSweep, err) {
				return false
			}
		case !result.ResumeAt.IsZero():
			awaitUntil(ctx, result.ResumeAt, l.r.ending)
		case result.Clean:
			l.swept = result.RequestID
			return true
		default:
			if !l.mend(ctx, result) {
				return false
			}
		}
		if l.steps[domain.StepSweep] == domain.StepSkipped {
			return true
		}
	}
	return false
}

// mend deals with what came back, step by step, each with a person's word.
func (l *line) mend(ctx workflow.Context, result activities.SweepResult) bool {
	for _, key := range result.Left {
		spec, _ := l.book.Step(key)
		why := "it came back after it was verified: retry to do it again, or skip with a reason"
		if key == domain.StepDeactivate {
			why = "access is back: retry to cut it again, or skip with a reason, for example that the person was hired again"
		}
		if !l.parkWhy(ctx, key, why, domain.FaultConflict) {
			return false
		}
		if l.steps[key].Settled() {
			continue
		}
		l.returned++
		switch {
		case key == domain.StepDeactivate:
			l.cutOff(ctx)
		case spec.Capability == domain.CanMoveRecords:
			l.move(ctx, spec)
		case key == domain.StepUnlink:
			l.protect(ctx)
		case key == domain.StepSignIn:
			l.reclosing = true
			l.closeSignIn(ctx)
		default:
			l.steps[key] = domain.StepVerified
		}
	}
	if len(result.Left) == 0 && len(result.Unknown) > 0 {
		return l.parkWhy(ctx, domain.StepSweep, "the app does not show enough to read everything back: retry, or skip with a reason", domain.FaultUnavailable)
	}
	return !l.r.ending()
}
