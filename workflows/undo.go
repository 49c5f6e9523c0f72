package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// undoAll puts back what the run changed, in every app: access first, because a
// person who came back needs it, then the records. It works on a context of its
// own, so that nothing that ended the run ends the undo.
func (r *process) undoAll(ctx workflow.Context) {
	free, _ := workflow.NewDisconnectedContext(ctx)
	if err := workflow.Await(free, func() bool { return r.finished == len(r.lines) && !r.moving() }); err != nil {
		return
	}
	wg := workflow.NewWaitGroup(free)
	for _, l := range r.lines {
		wg.Add(1)
		workflow.Go(free, func(ctx workflow.Context) {
			defer wg.Done()
			l.undo(ctx)
		})
	}
	wg.Wait(free)
}

func (r *process) moving() bool {
	for _, l := range r.lines {
		if l.moving > 0 || l.watching > 0 {
			return true
		}
	}
	return false
}

func (l *line) undo(ctx workflow.Context) {
	l.awaitSignIn(ctx) // what is under way there has to be known
	_ = workflow.Await(ctx, func() bool { return !l.closing })
	l.undoing = true
	l.undoSignIn(ctx) // first: where the provider makes users, it gives the access back too
	if !l.snap.Found {
		return
	}
	l.undoAccess(ctx)
	specs := l.specs()
	for i := len(specs) - 1; i >= 0; i-- {
		spec := specs[i]
		switch {
		case spec.Undo && spec.Kind != "":
			l.undoRecords(ctx, spec)
		case spec.Key == domain.StepUnlink && l.steps[spec.Key] == domain.StepVerified && l.snap.Mailboxes > 0:
			l.cannotUndo(ctx, spec, "a mailbox can be linked again only by its own user")
		}
	}
}

// undoAccess reactivates the user through the door that the tenant has, else by
// a task.
func (l *line) undoAccess(ctx workflow.Context) {
	if !l.hadAccess() || !l.cut && !l.acted || l.steps[domain.StepDeactivate] == domain.StepSkipped {
		return
	}
	spec, _ := l.book.Step(domain.StepDeactivate)
	l.steps[domain.StepDeactivate] = domain.StepRunning
	delete(l.skips, domain.StepDeactivate)
	l.attempt(ctx, domain.StepDeactivate, func(ctx workflow.Context) (bool, error) {
		result, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.ReactivateAccount, l.accountInput(domain.StepDeactivate))
		switch {
		case err != nil:
			return false, err
		case result.Outcome == activities.OutcomeVerified:
			l.steps[domain.StepDeactivate] = domain.StepUndone
			return true, nil
		default:
			l.parkWhy(ctx, domain.StepDeactivate, spec.UndoBy+": "+result.Why, domain.FaultUnsupported)
			return l.steps[domain.StepDeactivate].Settled(), nil
		}
	})
}

// undoSignIn gives the app back at the identity provider.
func (l *line) undoSignIn(ctx workflow.Context) {
	spec, ok := l.book.Step(domain.StepSignIn)
	if !ok || !l.doorTouched {
		return
	}
	if spec.ReadBack == domain.ReadBackNone {
		l.cannotUndo(ctx, spec, spec.UndoBy)
		return
	}
	l.steps[spec.Key] = domain.StepRunning
	delete(l.skips, spec.Key)
	l.attempt(ctx, spec.Key, func(ctx workflow.Context) (bool, error) {
		result, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.ReopenSignIn, l.accountInput(spec.Key))
		switch {
		case err != nil:
			return false, err
		case result.Outcome == activities.OutcomeVerified:
			l.steps[spec.Key] = domain.StepUndone
			return true, nil
		}
		l.parkWhy(ctx, spec.Key, spec.UndoBy+": "+result.Why, domain.FaultUnsupported)
		return l.steps[spec.Key].Settled(), nil
	})
}

// hadAccess tells whether there was access to give back. Of an app that shows
// nobody only people know.
func (l *line) hadAccess() bool { return l.snap.Active == domain.Yes || l.snap.Hidden }

// undoRecords takes the records back from everybody who got some.
func (l *line) undoRecords(ctx workflow.Context, spec domain.StepSpec) {
	state := l.steps[spec.Key]
	if state == domain.StepPlanned || state == domain.StepSkipped {
		return
	}
	for _, from := range l.receivers(spec.Kind) {
		l.steps[spec.Key] = domain.StepRunning
		in := l.moveInput(spec)
		in.Undo, in.Account, in.Rule.Successor, in.With, in.Canary = true, from, l.snap.Account, "", 0
		in.Rule.Scope = domain.ScopeAll
		delete(l.skips, spec.Key)
		l.attempt(ctx, spec.Key, func(ctx workflow.Context) (bool, error) {
			result, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.MoveRecords, in)
			switch {
			case err != nil:
				return false, err
			case result.Done:
				l.steps[spec.Key] = domain.StepUndone
				return true, nil
			case result.Attention != "":
				l.parkWhy(ctx, spec.Key, result.Attention, domain.FaultConflict)
				return l.steps[spec.Key].Settled(), nil
			}
			awaitUntil(ctx, result.ResumeAt, func() bool { return false })
			return false, nil
		})
	}
}

// receivers names the accounts that may have got records of a kind.
func (l *line) receivers(kind domain.RecordKind) []domain.AccountID {
	var accounts []domain.AccountID
	if rule, ok := l.rules[kind]; ok && rule.Successor != "" {
		accounts = append(accounts, rule.Successor)
	}
	if with := l.rules[domain.Accounts].Successor; kind == domain.Contacts && l.in.Together && with != "" && (len(accounts) == 0 || accounts[0] != with) {
		accounts = append(accounts, with)
	}
	return accounts
}

// cannotUndo says what stays as the run left it.
func (l *line) cannotUndo(ctx workflow.Context, spec domain.StepSpec, why string) {
	row := domain.StepRecord{Key: spec.Key, State: l.steps[spec.Key], Why: "not undone: " + why}
	l.record(ctx, []domain.StepRecord{row}, domain.EventUndone, "", "")
}

// undoSummary tells what was put back.
func (r *process) undoSummary() string {
	undone, kept := 0, 0
	for _, l := range r.lines {
		for _, s := range l.specs() {
			switch l.steps[s.Key] {
			case domain.StepUndone:
				undone++
			case domain.StepVerified, domain.StepAttested:
				kept++
			}
		}
	}
	return fmt.Sprintf("Undone: %d steps put back, %d left as they are.", undone, kept)
}
