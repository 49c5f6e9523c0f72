package workflows

import (
	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// closeSignIn takes the app away at the identity provider at the last moment,
// beside the deactivation in the app: neither waits for the other, and neither
// stands for the other.
func (l *line) closeSignIn(ctx workflow.Context) {
	spec, ok := l.book.Step(domain.StepSignIn)
	if !ok || l.closing || l.steps[spec.Key].Settled() {
		return
	}
	l.closing = true
	defer func() { l.closing = false }()
	l.attempt(ctx, spec.Key, func(ctx workflow.Context) (bool, error) {
		if !l.momentOfSignIn(ctx) {
			return false, nil
		}
		if spec.ReadBack == domain.ReadBackNone {
			return l.signInByTask(ctx, spec, "no identity provider is connected to Handover: a person closes the sign-in there"), nil
		}
		result, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.CloseSignIn, l.accountInput(spec.Key))
		if err != nil {
			return false, err
		}
		switch result.Outcome {
		case activities.OutcomeVerified:
			l.steps[spec.Key] = domain.StepVerified
			return true, nil
		case activities.OutcomeUnverified:
			return l.signInShown(ctx), nil
		case activities.OutcomeShut:
			l.behindGuard(ctx)
			return false, nil
		default:
			return l.signInByTask(ctx, spec, result.Why), nil
		}
	})
}

// momentOfSignIn waits for the last moment itself: no lead, because nobody has to
// prepare anything. It comes back false when the run ends, or the step was skipped.
func (l *line) momentOfSignIn(ctx workflow.Context) bool {
	for {
		due := l.r.due
		if awaitUntil(ctx, due, func() bool { return l.r.ending() || l.r.cutNow || !l.r.due.Equal(due) || l.hasSkip(domain.StepSignIn) }) && !l.r.due.Equal(due) && !l.r.cutNow {
			continue
		}
		return !l.r.ending() && !l.hasSkip(domain.StepSignIn)
	}
}

// behindGuard waits until people have opened the guard that stands before the
// deactivation too: they are asked about it once, there.
func (l *line) behindGuard(ctx workflow.Context) {
	l.steps[domain.StepSignIn] = domain.StepWaiting
	before := l.retries[domain.StepSignIn]
	_ = workflow.Await(ctx, func() bool {
		return l.stopped() || l.hasSkip(domain.StepSignIn) || l.retries[domain.StepSignIn] > before || l.steps[domain.StepDeactivate].Settled()
	})
}

// signInShown reads back until the provider shows what it accepted: what it
// changes is seen a little later on other servers of its own.
func (l *line) signInShown(ctx workflow.Context) bool {
	l.steps[domain.StepSignIn] = domain.StepDoneUnverified
	if l.shown(ctx, domain.StepSignIn, domain.ChannelIDP) || l.r.ending() {
		return l.steps[domain.StepSignIn].Settled()
	}
	l.parkWhy(ctx, domain.StepSignIn, "the identity provider accepted it, but still shows the app with the person: look at it there, then retry", domain.FaultConflict)
	return l.steps[domain.StepSignIn].Settled()
}

func (l *line) signInByTask(ctx workflow.Context, spec domain.StepSpec, why string) bool {
	t := l.newTask(ctx, spec.Title, []domain.StepSpec{spec}, l.r.due, true)
	t.Why = why
	l.carryOut(ctx, t, false)
	return l.steps[spec.Key].Settled()
}

// lastDoor tells the step that is done even where the app shows no user: a sign-in
// that stays open makes one at the next log-in.
func (l *line) lastDoor(s domain.StepSpec) bool {
	return s.Key == domain.StepSignIn && s.ReadBack == domain.ReadBackSignIn && !l.r.in.NeedsApproval
}

// closeDoorOfNobody closes the sign-in of somebody who has no user in the app.
func (l *line) closeDoorOfNobody(ctx workflow.Context) {
	if l.steps[domain.StepSignIn].Settled() {
		return
	}
	l.untilMoment(ctx)
	if !l.r.ending() {
		l.closeSignIn(ctx)
	}
}

// awaitSignIn lets the run go on to its sweeps when the sign-in is dealt with.
func (l *line) awaitSignIn(ctx workflow.Context) {
	_ = workflow.Await(ctx, func() bool { return !l.closing || l.stopped() })
}

// playFirst has the browser do a step where a recipe is recorded for it. Where it
// stopped, people hear what it saw, and a person does the step.
func (l *line) playFirst(ctx workflow.Context, spec domain.StepSpec) (why string, done bool, err error) {
	if l.channel(spec.Capability) != domain.ChannelBrowser {
		return l.channelWhy(spec.Capability), false, nil
	}
	in := activities.PlayInput{StepRef: l.ref(spec.Key), Capability: spec.Capability, Account: l.snap.Account, Heir: l.heir, ForwardTo: l.forwardTo}
	result, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.PlayRecipe, in)
	switch {
	case err != nil:
		return "", false, err
	case result.Outcome == activities.OutcomeUnverified:
		l.steps[spec.Key] = domain.StepDoneUnverified
		if l.shown(ctx, spec.Key, domain.ChannelBrowser) {
			return "", true, nil
		}
		if l.stopped() {
			return "", true, nil
		}
		result.Why = "the browser did it, and the app does not show it: a person looks"
	}
	attention := activities.AttentionInput{StepRef: l.ref(spec.Key), Why: result.Why, Fault: domain.FaultConflict, Count: l.r.next(), To: l.ask(), State: domain.StepNeedsAttention}
	l.must(execute(ctx, l.r.in.Timings, QueueHandover, activities.ReportAttention, attention))
	return result.Why, false, nil
}

// shown reads a step back now, and after the waits of the policy.
func (l *line) shown(ctx workflow.Context, key domain.StepKey, channel domain.Channel) bool {
	for i := -1; i < len(l.r.in.Timings.ReadBacks); i++ {
		if i >= 0 {
			if err := workflow.Sleep(ctx, l.r.in.Timings.ReadBacks[i]); err != nil || l.r.ending() {
				return false
			}
		}
		back, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.ReadBackSteps, l.readBackInput([]domain.StepKey{key}, channel))
		if err == nil && back.Settled {
			l.steps[key] = back.States[key]
			return true
		}
	}
	return false
}
