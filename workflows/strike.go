package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// armLead is how long before the last moment a cut-off is prepared, so that at
// the moment only the call to the door is left, however many leave at it. It
// stays well under the age that a guard's listing may have.
const armLead = 30 * time.Second

// Ranks of activities that cut access; others have Temporal's default, 3.
const (
	rankNow    = 1
	rankMoment = 2
)

// lead is how long before the last moment the cut-off begins: a task is issued
// ahead, and where a machine does it and nothing has to come first, it is armed.
func (l *line) lead() time.Duration {
	switch {
	case l.cutByPerson():
		return l.r.in.Timings.TaskLead
	case l.in.Order == domain.OrderGuide || l.in.Order == "":
		return armLead
	default:
		return 0
	}
}

// aim is the input of a cut-off: at once, or armed for a last moment that lies
// ahead.
func (l *line) aim(ctx workflow.Context) activities.AccountInput {
	in := l.accountInput(domain.StepDeactivate)
	if !in.CutNow && in.Due.After(workflow.Now(ctx)) {
		in.NotBefore = in.Due
	}
	return in
}

// strike cuts access as it was aimed. What people or HR say while it is armed has
// it held back; it may have come too late for that, so the answer counts either
// way.
func (l *line) strike(ctx workflow.Context, in activities.AccountInput) (activities.ActResult, error) {
	rank := rankMoment
	if in.CutNow {
		rank = rankNow
	}
	var result activities.ActResult
	armed, disarm := workflow.WithCancel(ctx)
	defer disarm()
	l.cutting, l.armedUntil = true, in.NotBefore
	defer func() { l.cutting = false }()
	future := begin(armed, l.r.in.Timings, l.in.Queue, activities.DeactivateAccount, in, rank)
	unwanted := func() bool { return !in.NotBefore.IsZero() && l.unwanted(in) }
	if err := workflow.Await(ctx, func() bool { return future.IsReady() || unwanted() }); err != nil {
		return result, err
	}
	if !future.IsReady() {
		disarm()
		row := domain.StepRecord{Key: domain.StepDeactivate, State: domain.StepWaiting, Why: "held back: the last moment was moved, or the leaving is in question"}
		l.record(ctx, []domain.StepRecord{row}, domain.EventStepChanged, "", "") // the armed activity looks at it
	}
	err := future.Get(ctx, &result)
	return result, err
}

// unwanted tells that an armed cut-off must not go on as it was armed.
func (l *line) unwanted(in activities.AccountInput) bool {
	return l.r.holding > 0 || l.r.ending() || l.r.cutNow != in.CutNow || !l.r.due.Equal(in.Due) || l.hasSkip(domain.StepDeactivate)
}

// tooEarly tells that an armed cut-off came back without having done anything: it
// was held, or could not be prepared ahead. Then it is tried again, in the latter
// case when the moment comes.
func (l *line) tooEarly(ctx workflow.Context, in activities.AccountInput, result activities.ActResult, err error) bool {
	held := err == nil && result.Outcome == activities.OutcomeHeld
	switch {
	case ctx.Err() != nil:
		return false
	case held || temporal.IsCanceledError(err):
	case err == nil || in.NotBefore.IsZero():
		return false
	case workflow.Now(ctx).Before(in.NotBefore):
		l.unprepared = in.NotBefore
	case l.unwanted(in):
		return l.lost(ctx)
	default:
		return false
	}
	if !l.unprepared.Equal(in.NotBefore) {
		// Whoever leaves later, or not at all, must not stand in another admin's way.
		l.giveUpClaim(ctx)
	}
	_ = workflow.Await(ctx, func() bool { return l.r.holding == 0 })
	return true
}

// lost deals with a worker that was lost at the moment, when the cut-off was just
// not wanted any more: only the app knows whether the door was asked. Where it
// does not tell, access counts as cut.
func (l *line) lost(ctx workflow.Context) bool {
	in := l.readBackInput([]domain.StepKey{domain.StepDeactivate}, l.channel(domain.CanDeactivate))
	back, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.ReadBackSteps, in)
	switch {
	case err != nil:
		l.acted = true
		return false
	case back.Settled:
		l.steps[domain.StepDeactivate], l.cut = domain.StepVerified, true
		workflow.Go(ctx, l.r.endRights)
	}
	return true
}

func (l *line) giveUpClaim(ctx workflow.Context) {
	row := domain.StepRecord{Key: domain.StepDeactivate, State: domain.StepWaiting, Why: "held back: nothing was done"}
	in := activities.SettleInput{StepRef: l.ref(""), Steps: []domain.StepRecord{row}, Event: domain.EventStepChanged, Count: l.r.next(), Release: true}
	l.must(execute(ctx, l.r.in.Timings, QueueHandover, activities.SettleSteps, in))
}

// holdBack has every armed cut-off come back before its moment. It answers false
// when one of them could not be held any more: access is cut, or may be.
func (r *process) holdBack(ctx workflow.Context) bool {
	r.holding++
	defer func() { r.holding-- }()
	armed := func() bool {
		for _, l := range r.lines {
			if l.cutting {
				return true
			}
		}
		return false
	}
	if err := workflow.Await(ctx, func() bool { return !armed() }); err != nil {
		return false
	}
	return !r.anyCut(ctx)
}
