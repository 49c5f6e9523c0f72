package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

const defaultSlowRetry = 15 * time.Minute

// cutOff ends access: by the door that the tenant has, else by a task, after the
// guards. Where the leaver is the last admin somebody else is made one first.
func (l *line) cutOff(ctx workflow.Context) {
	if l.steps[domain.StepDeactivate].Settled() {
		l.cut = true
		return
	}
	l.r.state = domain.RunRunning
	if !l.attempt(ctx, domain.StepDeactivate, l.tryCutOff) {
		return
	}
	l.cut = true
	if !l.steps[domain.StepPromote].Settled() {
		l.settleAll(ctx, domain.StepSkipped, "not needed: another admin remains", func(s domain.StepSpec) bool { return s.Key == domain.StepPromote })
	}
}

// tryCutOff is one try of the cut-off. It answers done once the step is settled.
func (l *line) tryCutOff(ctx workflow.Context) (bool, error) {
	// The last moment may have moved, and the step may have been skipped, while
	// somebody opened a guard.
	l.untilMoment(ctx)
	if l.r.ending() || l.hasSkip(domain.StepDeactivate) {
		return false, nil
	}
	in := l.aim(ctx)
	result, err := l.strike(ctx, in)
	if l.tooEarly(ctx, in, result, err) {
		return false, nil
	}
	if err != nil || result.Outcome != activities.OutcomeShut { // a shut guard may mean that the person stays
		workflow.Go(ctx, l.r.endRights)
	}
	l.acted = l.acted || result.Outcome == activities.OutcomeUnverified
	if err == nil && (result.Outcome == activities.OutcomeVerified || result.Outcome == activities.OutcomeUnverified) {
		l.passed++ // what stood behind the guards with it may begin too
	}
	if err != nil {
		return false, err
	}
	switch result.Outcome {
	case activities.OutcomeVerified:
		l.steps[domain.StepDeactivate] = domain.StepVerified
		return true, nil
	case activities.OutcomeUnverified:
		return l.awaitShown(ctx, result.Channel), nil
	case activities.OutcomeShut:
		l.openGuard(ctx, result.Guard)
		return false, nil
	default:
		return l.cutByTask(ctx, result.Why), nil
	}
}

func (l *line) accountInput(step domain.StepKey) activities.AccountInput {
	return activities.AccountInput{StepRef: l.ref(step), Account: l.snap.Account, Due: l.r.due, Limit: l.limit(), Class: l.class(),
		Protected: l.in.Protected && !l.r.cutNow, KeyOwner: l.in.KeyOwner, CutNow: l.r.cutNow, Overlap: l.r.overlap, Zone: l.r.zone, Digest: l.digest,
		Returned: l.returned, EndSessions: l.r.in.EndRights}
}

// awaitShown reads back until the app shows what the door accepted.
func (l *line) awaitShown(ctx workflow.Context, channel domain.Channel) bool {
	l.steps[domain.StepDeactivate] = domain.StepDoneUnverified
	for _, wait := range l.r.in.Timings.ReadBacks {
		if err := workflow.Sleep(ctx, wait); err != nil || l.r.ending() {
			return false
		}
		in := l.readBackInput([]domain.StepKey{domain.StepDeactivate}, channel)
		back, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.ReadBackSteps, in)
		if err == nil && back.Settled {
			l.steps[domain.StepDeactivate] = domain.StepVerified
			return true
		}
	}
	if channel == domain.ChannelIDP || channel == domain.ChannelBrowser {
		return l.cutByTask(ctx, "it was done on the channel "+string(channel)+", and the app still lists the user as active: a person looks, and does it in the app")
	}
	l.parkWhy(ctx, domain.StepDeactivate, "the door accepted the deactivation, but the app still lists the user as active: look at it in the app, then retry", domain.FaultConflict)
	return l.steps[domain.StepDeactivate].Settled()
}

func (l *line) readBackInput(steps []domain.StepKey, channel domain.Channel) activities.ReadBackInput {
	return activities.ReadBackInput{StepRef: l.ref(steps[0]), Kind: l.in.Kind, Steps: steps, Account: l.snap.Account, Channel: channel,
		Due: l.r.due, Limit: l.limit(), Class: l.class(), Zone: l.r.zone, Returned: l.returned, Join: l.join}
}

// class is how fast access must be gone: an admin, or somebody of whom the app
// does not tell, is privileged.
func (l *line) class() string {
	if l.snap.Admin == domain.No {
		return "others"
	}
	return "privileged"
}

func (l *line) limit() time.Duration {
	if l.class() == "others" {
		return l.in.CutOffLimit
	}
	return l.in.AdminLimit
}

// openGuard does what opens a shut guard. Only the sole-admin guard has a
// procedure; the others wait for a person.
func (l *line) openGuard(ctx workflow.Context, g domain.GuardFinding) {
	if g.Guard == domain.GuardEmployment {
		l.r.askOverlap(ctx, l, g.Why)
		return
	}
	if g.Guard != domain.GuardSoleAdmin {
		l.parkWhy(ctx, domain.StepDeactivate, g.Why, domain.FaultForbidden)
		return
	}
	l.promote(ctx, g.Why)
}

// promote asks for another admin: a task whose read-back is that some other
// working admin is listed and not about to leave as well.
func (l *line) promote(ctx workflow.Context, why string) {
	spec, ok := l.book.Step(domain.StepPromote)
	if !ok {
		l.parkWhy(ctx, domain.StepDeactivate, why, domain.FaultForbidden)
		return
	}
	l.steps[domain.StepPromote] = domain.StepWaiting
	t := l.newTask(ctx, spec.Title, []domain.StepSpec{spec}, l.r.due, true)
	t.Why = why
	t.Instructions = append(t.Instructions, adminCost(l.in.Contract))
	l.carryOut(ctx, t, false)
	if l.steps[domain.StepPromote] == domain.StepSkipped {
		l.begun[domain.StepDeactivate] = l.retries[domain.StepDeactivate] // who skips it wants no other task like it
		l.parkWhy(ctx, domain.StepDeactivate, why, domain.FaultForbidden)
		delete(l.skips, domain.StepPromote)
		l.steps[domain.StepPromote] = domain.StepPlanned
	}
}

// cutByTask has a person cut the access, together with the mailboxes where the
// same person does both in one sitting.
func (l *line) cutByTask(ctx workflow.Context, why string) bool {
	specs := l.sitting(domain.StepDeactivate)
	t := l.newTask(ctx, "Cut off access", specs, l.r.due, true)
	t.Why = why
	shut := l.carryOut(ctx, t, true)
	if shut != nil {
		l.openGuard(ctx, *shut)
		return false
	}
	return l.steps[domain.StepDeactivate].Settled()
}

// sitting gives the steps that one person does in one go with a step, as far as
// they are still open and have no channel of their own.
func (l *line) sitting(key domain.StepKey) []domain.StepSpec {
	first, _ := l.book.Step(key)
	specs := []domain.StepSpec{}
	for _, s := range l.specs() {
		same := s.Key == key || (s.Sitting != "" && s.Sitting == first.Sitting)
		if s.Key == domain.StepUnlink && l.protecting {
			continue // its own task is open already
		}
		byPerson := s.Key == key || l.channel(s.Capability) == domain.ChannelPerson // the first is asked of a person whatever its channel was
		if same && !l.steps[s.Key].Settled() && byPerson && !l.untouched(s) {
			specs = append(specs, s)
		}
	}
	if l.in.Order == domain.OrderProtectEmail && !l.r.cutNow {
		slices.Reverse(specs)
	}
	return specs
}

// untouched names the steps that this run leaves alone: under legal hold
// everything but access, and mailboxes where there are none.
func (l *line) untouched(s domain.StepSpec) bool {
	if l.r.in.LegalHold && (s.Phase == domain.PhaseProtect || s.Phase == domain.PhaseHandover) {
		return true
	}
	return s.Key == domain.StepUnlink && l.snap.Mailboxes == 0
}

// protect unlinks the mailboxes.
func (l *line) protect(ctx workflow.Context) {
	spec, ok := l.book.Step(domain.StepUnlink)
	if !ok {
		return
	}
	// What began ahead of the cut-off may still be under way.
	if err := workflow.Await(ctx, func() bool { return !l.protecting }); err != nil || l.steps[spec.Key].Settled() {
		return
	}
	l.protecting = true
	defer func() { l.protecting = false }()
	if l.r.in.LegalHold {
		l.settleAll(ctx, domain.StepSkipped, "legal hold: mailboxes and records stay untouched", l.untouched)
		return
	}
	if l.snap.Mailboxes == 0 {
		l.settleAll(ctx, domain.StepVerified, "the app lists no linked mailbox", func(s domain.StepSpec) bool { return s.Key == spec.Key })
		return
	}
	l.attempt(ctx, spec.Key, func(ctx workflow.Context) (bool, error) {
		why, done, err := l.playFirst(ctx, spec)
		if done || err != nil {
			return done, err
		}
		t := l.newTask(ctx, spec.Title, []domain.StepSpec{spec}, l.r.due, true)
		t.Why = why
		l.carryOut(ctx, t, false)
		return l.steps[spec.Key].Settled(), nil
	})
}
