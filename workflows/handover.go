package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// handover moves the records, and has people do what has no interface, once the
// plan is approved. Access is cut by then; whatever is undecided waits.
func (l *line) handover(ctx workflow.Context) {
	if l.r.in.LegalHold {
		l.settleAll(ctx, domain.StepSkipped, "legal hold: mailboxes and records stay untouched", l.untouched)
		return
	}
	people := workflow.NewWaitGroup(ctx)
	people.Add(1)
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer people.Done()
		l.moveAllWhenPlanned(ctx)
	})
	people.Add(1)
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer people.Done()
		l.handoverByPeople(ctx)
	})
	over := false
	l.watching++ // an undo waits for what it cuts again
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { l.watching-- }()
		l.watchAccess(ctx, func() bool { return over })
	})
	people.Wait(ctx)
	over = true
}

// watchAccess keeps sweeping while a handover waits for people: access that
// comes back must not stay unseen because nobody answered.
func (l *line) watchAccess(ctx workflow.Context, over func() bool) {
	if !l.sweeps() {
		return
	}
	start := workflow.Now(ctx)
	for i, wait := range l.r.in.Timings.Sweeps {
		if i == 0 {
			continue
		}
		if awaitUntil(ctx, start.Add(wait), func() bool { return over() || l.r.ending() }) || !l.cut {
			return
		}
		l.sweepOnce(ctx, fmt.Sprintf("while waiting, %d", i))
	}
}

// waitPlanned waits for the approval of the plan. It comes back false when the
// handover will not happen.
func (l *line) waitPlanned(ctx workflow.Context) bool {
	err := workflow.Await(ctx, func() bool { return l.planned || l.r.ending() || l.handoverSettled() })
	return err == nil && l.planned && !l.r.ending()
}

func (l *line) handoverSettled() bool {
	for _, s := range l.specs() {
		if s.Phase == domain.PhaseHandover && !l.steps[s.Key].Settled() {
			if _, skipped := l.skips[s.Key]; !skipped {
				return false
			}
		}
	}
	return true
}

// moveAllWhenPlanned moves every kind of record. Kinds that do not hang together
// go side by side, because each endpoint has rate windows of its own; contacts
// wait for their accounts. A sequence that changes hands keeps its tasks, so
// tasks wait for nothing.
func (l *line) moveAllWhenPlanned(ctx workflow.Context) {
	if !l.waitPlanned(ctx) {
		l.applyHandoverSkips(ctx)
		return
	}
	done := workflow.NewWaitGroup(ctx)
	for _, chain := range l.chains() {
		done.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer done.Done()
			for _, spec := range chain {
				l.move(ctx, spec)
			}
		})
	}
	done.Wait(ctx)
}

func (l *line) applyHandoverSkips(ctx workflow.Context) {
	for _, s := range l.specs() {
		if s.Phase == domain.PhaseHandover {
			l.applySkip(ctx, s.Key)
		}
	}
}

// chains groups the kinds that must go one after the other.
func (l *line) chains() [][]domain.StepSpec {
	order := [][]domain.RecordKind{{domain.Accounts, domain.Contacts}, {domain.Deals}, {domain.Sequences}, {domain.Tasks}}
	var chains [][]domain.StepSpec
	named := map[domain.RecordKind]bool{}
	for _, kinds := range order {
		var chain []domain.StepSpec
		for _, kind := range kinds {
			named[kind] = true
			if s, ok := l.book.ByKind(kind); ok {
				chain = append(chain, s)
			}
		}
		if len(chain) > 0 {
			chains = append(chains, chain)
		}
	}
	for _, s := range l.specs() {
		if s.Capability == domain.CanMoveRecords && !named[s.Kind] {
			chains = append(chains, []domain.StepSpec{s})
		}
	}
	return chains
}

// move carries one kind of record over in slices.
func (l *line) move(ctx workflow.Context, spec domain.StepSpec) {
	if l.steps[spec.Key].Settled() || l.r.ending() {
		return
	}
	if l.in.Scopes[spec.Kind] == domain.ScopeNone {
		l.settleAll(ctx, domain.StepSkipped, "left alone by policy", func(s domain.StepSpec) bool { return s.Key == spec.Key })
		return
	}
	// Records that began to move ahead of the cut-off may still be moving: the
	// same ones are never moved by two at once.
	if err := workflow.Await(ctx, func() bool { return !l.busy[spec.Key] }); err != nil || l.steps[spec.Key].Settled() || l.r.ending() {
		return
	}
	l.busy[spec.Key] = true
	defer func() { l.busy[spec.Key] = false }()
	l.moving++
	defer func() { l.moving-- }()
	l.attempt(ctx, spec.Key, func(ctx workflow.Context) (bool, error) { return l.moveSlice(ctx, spec) })
}

func (l *line) moveSlice(ctx workflow.Context, spec domain.StepSpec) (bool, error) {
	if _, skipped := l.skips[spec.Key]; skipped {
		l.applySkip(ctx, spec.Key)
		return true, nil
	}
	l.steps[spec.Key] = domain.StepRunning
	result, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.MoveRecords, l.moveInput(spec))
	switch {
	case err != nil:
		return false, err
	case result.Done:
		l.steps[spec.Key] = domain.StepVerified
		return true, nil
	case result.Drift != nil:
		l.askAboutDrift(ctx, spec, *result.Drift)
		return false, nil
	case result.Attention != "":
		l.parkWhy(ctx, spec.Key, result.Attention, domain.FaultConflict)
		return l.steps[spec.Key].Settled(), nil
	}
	l.steps[spec.Key] = domain.StepWaiting
	awaitUntil(ctx, result.ResumeAt, func() bool { return l.r.ending() || l.hasSkip(spec.Key) })
	return false, nil
}

func (l *line) hasSkip(key domain.StepKey) bool {
	_, ok := l.skips[key]
	return ok
}

func (l *line) moveInput(spec domain.StepSpec) activities.MoveInput {
	rule, ok := l.rules[spec.Kind]
	if !ok {
		rule = domain.PlanRule{Kind: spec.Kind, Scope: l.in.Scopes[spec.Kind], Successor: l.heir, Ceiling: l.in.Drift.Ceiling(0)}
	}
	in := activities.MoveInput{StepRef: l.ref(spec.Key), Account: l.snap.Account, Rule: rule, Plan: l.digest, Canary: l.in.Canary,
		IndexLag: l.in.IndexLag, Slice: orDefault(l.r.in.Timings.Slice, 10*time.Minute), Accept: l.accepted[spec.Kind]}
	if spec.Kind == domain.Contacts && l.in.Together {
		in.With = l.rules[domain.Accounts].Successor
	}
	return in
}

// askAboutDrift asks again about one kind of record. What was authorised already
// goes on beside it.
func (l *line) askAboutDrift(ctx workflow.Context, spec domain.StepSpec, d domain.Drift) {
	l.steps[spec.Key] = domain.StepWaiting
	counts := map[domain.RecordKind]int{spec.Kind: d.Count}
	unneeded := func() bool { return l.r.ending() || l.hasSkip(spec.Key) }
	defer l.begin(spec.Key)()
	for !unneeded() {
		a, err := l.propose(ctx, domain.ApproveDrift, counts)
		if err != nil {
			if !l.park(ctx, spec.Key, err) {
				return
			}
			continue
		}
		switch l.r.awaitDecision(ctx, a, unneeded) {
		case domain.ApprovalApproved:
			l.digest = a.Digest
			l.accepted[spec.Kind] = l.rules[spec.Kind].Ceiling
			return
		case domain.ApprovalDenied:
			l.begun[spec.Key] = l.atNo[spec.Key] // only who asks again after the no is heard
			if !l.parkWhy(ctx, spec.Key, "the larger plan was denied: retry for a new request, or skip with a reason", domain.FaultConflict) {
				return
			}
		case domain.ApprovalOpen:
			if !l.r.ending() {
				l.r.closeApproval(ctx, a)
			}
		}
	}
}

// handoverByPeople opens one task for what has no interface and is done in one
// sitting, as far as there is anything to do, and another one for what a task
// that could not be opened left.
func (l *line) handoverByPeople(ctx workflow.Context) {
	if !l.waitPlanned(ctx) {
		return
	}
	l.settleNothingOwned(ctx)
	for !l.r.ending() {
		specs := l.forPeople(ctx)
		if len(specs) == 0 {
			return
		}
		t := l.newTask(ctx, "Hand over what the app's interface cannot", specs, l.deadline(ctx), false)
		t.Why = "the app offers no interface for it"
		l.carryOut(ctx, t, false)
	}
}

// forPeople names what is still to be handed over by hand.
func (l *line) forPeople(ctx workflow.Context) []domain.StepSpec {
	var specs []domain.StepSpec
	for _, s := range l.specs() {
		if s.Phase != domain.PhaseHandover || s.Capability == domain.CanMoveRecords {
			continue
		}
		l.applySkip(ctx, s.Key)
		if !l.steps[s.Key].Settled() {
			specs = append(specs, s)
		}
	}
	return specs
}

// settleNothingOwned settles what the app itself shows to be empty.
func (l *line) settleNothingOwned(ctx workflow.Context) {
	l.settleAll(ctx, domain.StepVerified, "the app lists none with the leaver", func(s domain.StepSpec) bool {
		n, known := l.snap.Owned[string(s.Key)]
		return s.ReadBack == domain.ReadBackOwned && known && n == 0
	})
	l.settleAll(ctx, domain.StepVerified, "the app lists no enrolment that sends from the leaver's mailboxes", func(s domain.StepSpec) bool {
		return s.Key == domain.StepEnrolments && (l.snap.Enrolments == 0 || l.snap.Mailboxes == 0)
	})
}

// secrets has everything that the leaver knew changed: one task each, all
// attested.
func (l *line) secrets(ctx workflow.Context) {
	wg := workflow.NewWaitGroup(ctx)
	for _, secret := range l.in.Secrets {
		key := domain.SecretStep(secret.Name)
		if l.steps[key].Settled() {
			continue
		}
		wg.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wg.Done()
			spec := domain.StepSpec{Key: key, Title: "Change " + secret.Name, Phase: domain.PhaseSecrets, Capability: domain.CanRotateSecrets,
				ReadBack: domain.ReadBackNone, Instruction: secret.Instruction}
			for !l.steps[key].Settled() && !l.r.ending() {
				t := l.newTask(ctx, spec.Title, []domain.StepSpec{spec}, l.deadline(ctx), false)
				if secret.Owner != "" && secret.Owner != l.r.in.Person && !slices.Contains(l.r.gone, secret.Owner) {
					t.Owner = secret.Owner
				}
				l.carryOut(ctx, t, false)
			}
		})
	}
	wg.Wait(ctx)
}
