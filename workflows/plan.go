package workflows

import (
	"maps"
	"slices"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// startPlan proposes the plan and waits for its approval beside the main line:
// an absent approver holds the handover, never the cut-off.
func (l *line) startPlan(ctx workflow.Context) {
	if l.r.in.LegalHold && !l.r.in.NeedsApproval {
		l.planned = true // nothing is handed over, so nothing is asked
		return
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		l.untilNotice(ctx)
		l.plan(ctx, domain.ApproveHandover, nil)
	})
}

// plan proposes until a proposal is approved or denied. Choosing another heir
// makes a new proposal, with a new digest.
func (l *line) plan(ctx workflow.Context, scope domain.ApprovalScope, counts map[domain.RecordKind]int) domain.ApprovalState {
	if scope == domain.ApproveHandover && l.r.in.NeedsApproval {
		scope = domain.ApproveAll
	}
	unneeded := func() bool { return l.r.ending() || l.unneeded(scope) }
	for !unneeded() {
		a, ok := l.proposed(ctx, scope, counts, unneeded)
		if !ok {
			return domain.ApprovalClosed
		}
		switch state := l.r.awaitDecision(ctx, a, unneeded); state {
		case domain.ApprovalApproved:
			l.planned, l.digest = true, a.Digest
			return state
		case domain.ApprovalDenied:
			if scope == domain.ApproveAll && !l.r.cutNow || !l.holdAfterDenial(ctx) {
				return state
			}
		case domain.ApprovalReplaced:
		default:
			if !l.r.ending() {
				l.r.closeApproval(ctx, a)
			}
			return state
		}
	}
	return domain.ApprovalClosed
}

// count counts the records of somebody whose access had to go first.
func (l *line) count(ctx workflow.Context) error {
	if l.counted {
		return nil
	}
	in := activities.SnapshotInput{StepRef: l.ref(""), Kind: l.in.Kind, Account: l.snap.Account, Scopes: l.in.Scopes, Counts: true}
	counted, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.SnapshotAccount, in)
	if err == nil {
		l.counted, l.snap.Counts, l.snap.Truncated = true, counted.Counts, counted.Truncated
	}
	return err
}

// proposed counts and proposes until that works. It comes back false when the run ends,
// or nobody needs the plan any more.
func (l *line) proposed(ctx workflow.Context, scope domain.ApprovalScope, counts map[domain.RecordKind]int, unneeded func() bool) (*domain.Approval, bool) {
	for !unneeded() {
		key := l.firstOpen()
		end := l.begin(key)
		var a *domain.Approval
		err := l.count(ctx)
		if err == nil {
			a, err = l.propose(ctx, scope, counts)
		}
		goes := err == nil || l.park(ctx, key, err)
		if end(); err == nil || !goes {
			return a, err == nil
		}
	}
	return nil, false
}

// propose makes the next version of the plan and opens its request.
func (l *line) propose(ctx workflow.Context, scope domain.ApprovalScope, counts map[domain.RecordKind]int) (*domain.Approval, error) {
	l.version++
	if counts == nil {
		counts = l.snap.Counts
	}
	a := l.r.newApproval(ctx, l.in.App, scope, l.policyFor(scope), whyAsked(scope))
	l.r.bar(a, a.Policy.Gainers(l.heirs, l.r.in.Heirs))
	in := activities.ProposeInput{StepRef: l.ref(""), Kind: l.in.Kind, Version: l.version, Approval: *a, Heirs: l.heirs, Scopes: l.in.Scopes,
		Counts: counts, Drift: l.in.Drift, Order: l.in.Order, Together: l.in.Together, Emails: l.emails, ForwardTo: l.forwardTo,
		PolicyHash: l.r.in.PolicyHash, Protected: l.in.Protected, LegalHold: l.r.in.LegalHold, KeyOwner: l.in.KeyOwner}
	if whole, _ := domain.RunbookFor(l.in.Kind); len(whole.Steps) != len(l.book.Steps) {
		in.Steps = l.book.Keys()
	}
	if l.r.in.LegalHold {
		in.Scopes = nil
		in.Counts = zeroCounts(l.snap.Counts)
	}
	l.approval = nil
	before := l.named(scope)
	result, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.ProposePlan, in)
	if err != nil {
		l.r.closeApproval(ctx, a) // an attempt that got no answer may have opened it
		return nil, err
	}
	if before.changed(l.named(scope)) {
		a.State, a.SettledAt = domain.ApprovalReplaced, workflow.Now(ctx)
		_ = l.r.chaseApproval(ctx, a, "close", nil, "")
		return l.propose(ctx, scope, counts)
	}
	a.Digest, l.problem, l.forwardTo = result.Digest, result.Problem, result.ForwardTo
	a.LateAt = result.LateAt
	l.r.noteTold(in.Approval, result.Clock)
	for _, rule := range result.Rules {
		l.rules[rule.Kind] = rule
	}
	l.heir = result.Accounts[l.heirs[""]]
	l.approval = a
	return a, nil
}

// policyFor is the approval policy of what is asked.
func (l *line) policyFor(scope domain.ApprovalScope) domain.ApprovalPolicy {
	policy := l.in.Approval
	switch {
	case scope == domain.ApproveAll && len(l.in.ForStart.Stages) > 0:
		policy = l.in.ForStart
	case scope == domain.ApproveDrift && len(l.in.ForDrift.Stages) > 0:
		policy = l.in.ForDrift
	}
	return policy
}

// whyAsked says why there is a request at all.
func whyAsked(scope domain.ApprovalScope) string {
	switch scope {
	case domain.ApproveAll:
		return "No HR event stands behind this leaving: access is cut, and work handed over, only when it is approved."
	case domain.ApproveDrift:
		return "There is more to hand over than was approved. What was approved goes on; this is about the rest."
	default:
		return "Somebody leaves: say who inherits and what is kept. The cut-off does not wait for it."
	}
}

// named is who decides about a proposal and who inherits by it.
type named struct {
	heirs  map[domain.RecordKind]domain.PersonID
	policy string
	gone   []domain.PersonID
}

func (l *line) named(scope domain.ApprovalScope) named {
	return named{maps.Clone(l.heirs), l.policyFor(scope).Digest(), slices.Clone(l.r.gone)}
}

// changed tells that somebody who decides or inherits is another one by now, or has
// left: what was proposed meanwhile names the one of before.
func (n named) changed(now named) bool {
	kinds := sortedHeirKinds(now.heirs)
	return n.policy != now.policy || len(n.heirs) != len(now.heirs) || slices.ContainsFunc(kinds, func(k domain.RecordKind) bool {
		return n.heirs[k] != now.heirs[k] || slices.Contains(now.gone[len(n.gone):], now.heirs[k])
	})
}

// zeroCounts makes a plan under legal hold move nothing.
func zeroCounts(counts map[domain.RecordKind]int) map[domain.RecordKind]int {
	zero := map[domain.RecordKind]int{}
	//workflowcheck:ignore
	for kind := range counts {
		zero[kind] = 0
	}
	return zero
}

// unneeded tells whether a plan is needed no more: people skipped everything that
// it is about. Where it stands for the cut-off too, it is needed until that.
func (l *line) unneeded(scope domain.ApprovalScope) bool {
	return l.handoverSettled() && (scope != domain.ApproveAll || l.r.cutNow || l.cut)
}

// holdAfterDenial keeps the handover where it is until somebody asks again or
// all its steps are skipped. The cut-off stands either way.
func (l *line) holdAfterDenial(ctx workflow.Context) bool {
	for !l.handoverSettled() {
		key := l.firstOpen()
		before := l.atNo[key]
		if l.retries[key] > before {
			return true // somebody asked again as soon as it was denied
		}
		if !l.parkWhy(ctx, key, "the plan was denied: choose another successor, retry for a new request, or skip the steps with a reason", domain.FaultConflict) {
			return false
		}
		if l.retries[key] > before {
			return true
		}
	}
	return false
}

// askAgain lets every open step of the handover, whichever waits for a person,
// go on to a new request.
func (l *line) askAgain() {
	for _, s := range l.specs() {
		if s.Phase == domain.PhaseHandover && !l.steps[s.Key].Settled() {
			l.retries[s.Key]++
		}
	}
}

// firstOpen is the step under which trouble with the plan is shown.
func (l *line) firstOpen() domain.StepKey {
	for _, s := range l.specs() {
		if s.Phase == domain.PhaseHandover && !l.steps[s.Key].Settled() {
			return s.Key
		}
	}
	return domain.StepDeactivate
}
