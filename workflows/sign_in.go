package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// closeSignIn takes the app away at the identity provider at the last moment,
// beside the deactivation in the app: neither waits for the other, and neither
// stands for the other. It lets go when the run ends; an undo waits for that.
func (l *line) closeSignIn(ctx workflow.Context) {
	spec, ok := l.book.Step(domain.StepSignIn)
	if !ok || l.closing {
		return
	}
	l.closing = true
	defer func() { l.closing = false }()
	for !l.steps[spec.Key].Settled() && !l.r.ending() {
		if l.applySkip(ctx, spec.Key); l.steps[spec.Key].Settled() {
			return
		}
		if !l.momentOfSignIn(ctx) {
			continue // skipped, or the run ends
		}
		end := l.begin(spec.Key)
		err := l.tryCloseSignIn(ctx, spec)
		goes := err == nil || l.park(ctx, spec.Key, err)
		if end(); !goes {
			return
		}
	}
}

// tryCloseSignIn is one try. From here on the door may be closed.
func (l *line) tryCloseSignIn(ctx workflow.Context, spec domain.StepSpec) error {
	since := l.opened()
	if spec.ReadBack == domain.ReadBackNone {
		l.signInByTask(ctx, spec, since, "no identity provider is connected to Handover: a person closes the sign-in there")
		return nil
	}
	l.doorTouched = true
	result, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.CloseSignIn, l.accountInput(spec.Key))
	if err != nil {
		return err
	}
	switch result.Outcome {
	case activities.OutcomeVerified:
		l.steps[spec.Key] = domain.StepVerified
	case activities.OutcomeUnverified:
		l.signInShown(ctx)
	case activities.OutcomeShut:
		l.doorTouched = l.reclosing
		l.behindGuard(ctx, result.Guard, since)
	default:
		l.signInByTask(ctx, spec, since, result.Why)
	}
	return nil
}

// lookedFor is how long a security termination waits for the account that the
// guards are about: an app that does not tell keeps no door open.
const lookedFor = time.Minute

// momentOfSignIn waits for the last moment itself: no lead, because nobody has to
// prepare anything. It waits for the word that the cut-off needs, and for the
// account that the guards are about; a security termination waits for the first not
// at all and for the other not long. It comes back false when the run ends, or the
// step was skipped.
func (l *line) momentOfSignIn(ctx workflow.Context) bool {
	let := func() bool {
		return l.r.ending() || l.hasSkip(domain.StepSignIn) || l.steps[domain.StepSignIn].Settled()
	}
	for !let() {
		due, now := l.r.due, l.r.cutNow
		moved := func() bool { return !l.r.due.Equal(due) || l.r.cutNow != now }
		switch {
		case l.r.cutNow:
			awaitUntil(ctx, workflow.Now(ctx).Add(lookedFor), func() bool { return let() || l.looked })
			return !let()
		case workflow.Now(ctx).Before(due):
			awaitUntil(ctx, due, func() bool { return let() || moved() })
		case l.looked && l.authorised():
			return true
		default:
			if err := workflow.Await(ctx, func() bool { return let() || moved() || l.looked && l.authorised() }); err != nil {
				return false
			}
		}
	}
	return false
}

// authorised tells that the cut-off may begin: on HR's word, or approved.
func (l *line) authorised() bool { return !l.r.in.NeedsApproval || l.planned }

// behindGuard waits until the guard that stands before the deactivation too is open
// there: people are asked about it once. Where the deactivation asks nobody any
// more, people are asked here.
func (l *line) behindGuard(ctx workflow.Context, g domain.GuardFinding, since opened) {
	if l.steps[domain.StepDeactivate].Settled() {
		l.parkWhy(ctx, domain.StepSignIn, g.Why, domain.FaultForbidden)
		return
	}
	l.steps[domain.StepSignIn] = domain.StepWaiting
	_ = workflow.Await(ctx, func() bool {
		return l.r.ending() || l.hasSkip(domain.StepSignIn) || l.opened() != since || l.steps[domain.StepDeactivate].Settled()
	})
}

// opened is what may open a guard before the sign-in: people who try again, the
// deactivation that passed it, and a security termination.
type opened struct {
	retries, passed int
	now             bool
}

func (l *line) opened() opened {
	return opened{l.retries[domain.StepSignIn], l.passed, l.r.cutNow}
}

// signInShown reads back until the provider shows what it accepted: what it
// changes is seen a little later on other servers of its own.
func (l *line) signInShown(ctx workflow.Context) {
	l.steps[domain.StepSignIn] = domain.StepDoneUnverified
	if !l.shown(ctx, domain.StepSignIn, domain.ChannelIDP) && !l.r.ending() {
		l.parkWhy(ctx, domain.StepSignIn, "the identity provider accepted it, but still shows the app with the person: look at it there, then retry", domain.FaultConflict)
	}
}

// signInByTask has a person close it, behind the same guards. Where the provider
// cannot show it, two people stand for it.
func (l *line) signInByTask(ctx workflow.Context, spec domain.StepSpec, since opened, why string) {
	t := l.newTask(ctx, spec.Title, []domain.StepSpec{spec}, l.r.due, true)
	t.Why, t.Attest = why, true
	shut := l.carryOut(ctx, t, true)
	switch {
	case shut != nil:
		l.behindGuard(ctx, *shut, since)
	case t.DoneBy != "":
		l.doorTouched = true
	}
}

// lastDoor tells the step that is done even where the app shows no user: a sign-in
// that stays open makes one at the next log-in.
func (l *line) lastDoor(s domain.StepSpec) bool {
	return s.Key == domain.StepSignIn && s.ReadBack == domain.ReadBackSignIn && !l.r.in.NeedsApproval
}

// closeDoorOfNobody waits until the sign-in of somebody without a user in the app
// is closed, and looks once more: until then a log-in could have made them one.
func (l *line) closeDoorOfNobody(ctx workflow.Context) {
	l.awaitSignIn(ctx)
	if !l.doorTouched || l.r.ending() {
		return
	}
	in := activities.SnapshotInput{StepRef: l.ref(""), Kind: l.in.Kind, Account: l.in.Account, Quick: true}
	again, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.SnapshotAccount, in)
	for err != nil && l.park(ctx, domain.StepDeactivate, err) {
		again, err = execute(ctx, l.r.in.Timings, l.in.Queue, activities.SnapshotAccount, in)
	}
	if err != nil || !again.Found || again.Hidden || l.r.ending() {
		if err == nil && l.steps[domain.StepDeactivate] == domain.StepRunning {
			l.steps[domain.StepDeactivate] = domain.StepVerified
		}
		return
	}
	l.snap = again
	l.steps[domain.StepDeactivate] = domain.StepRunning
	l.cutOff(ctx)
}

// awaitSignIn waits until the sign-in is dealt with.
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
