package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// untilNotice waits until people are to be asked who inherits: some working days
// before the last moment, which may move meanwhile. A cut-off that comes earlier
// ends the wait.
func (l *line) untilNotice(ctx workflow.Context) {
	if l.r.in.NeedsApproval {
		return // access waits for the answer
	}
	for {
		at := l.r.noticeAt
		if !awaitUntil(ctx, at, func() bool { return l.r.ending() || l.r.cutNow || l.cut || !l.r.noticeAt.Equal(at) }) {
			return
		}
		if l.r.ending() || l.r.cutNow || l.cut {
			return
		}
	}
}

// askOverlap asks, once for the run, whether access ends although another
// employment of the person goes on. Every app waits for the same answer; no
// answer cuts nothing.
func (r *process) askOverlap(ctx workflow.Context, l *line, why string) {
	if r.overlapAsked == nil || r.overlapAsked.State == domain.ApprovalClosed { // nobody needed the answer any more, until now
		r.overlapAsked = r.newApproval(ctx, "", domain.ApproveOverlap, neverBySilence(l.policyFor(domain.ApproveAll)), why)
		a := r.overlapAsked
		a.Digest = domain.Plan{Run: r.in.Run, Version: r.counter}.Digest()
		workflow.Go(ctx, func(ctx workflow.Context) {
			if err := r.ask(ctx, a, "approval-opened", why); err == nil {
				r.awaitDecision(ctx, a, func() bool { return r.ending() || r.cutNow || r.noneToCut() })
			}
			if !r.ending() { // the end of a run closes what is open, and waits for that
				r.closeApproval(ctx, a)
			}
		})
	}
	a := r.overlapAsked
	_ = workflow.Await(ctx, func() bool {
		return a.State != domain.ApprovalOpen || r.ending() || r.cutNow || l.hasSkip(domain.StepDeactivate)
	})
	switch a.State {
	case domain.ApprovalApproved:
		r.overlap = true
	case domain.ApprovalDenied:
		r.retracted = "people said that the person stays: another employment goes on"
	}
}

// noneToCut tells that nobody's access waits for a word any more.
func (r *process) noneToCut() bool {
	return !slices.ContainsFunc(r.lines, func(l *line) bool {
		return !l.steps[domain.StepDeactivate].Settled() && !l.hasSkip(domain.StepDeactivate)
	})
}

// neverBySilence has a request wait for an answer: that nobody answered says
// neither that somebody leaves nor that they stay.
func neverBySilence(p domain.ApprovalPolicy) domain.ApprovalPolicy {
	p.Stages = slices.Clone(p.Stages)
	for i := range p.Stages {
		p.Stages[i].OnTimeout = domain.TimeoutEscalate
	}
	return p
}

func (r *process) receiveManager(ctx workflow.Context) {
	ch := workflow.GetSignalChannel(ctx, SignalManager)
	for {
		var change ManagerChanged
		if !ch.Receive(ctx, &change) {
			return
		}
		for _, l := range r.lines {
			l.reroute(ctx, change)
		}
	}
}

// reroute gives what waits for the leaver's manager to the one they report to
// now: open requests, those to come, and the inheritance where nobody chose.
func (l *line) reroute(ctx workflow.Context, change ManagerChanged) {
	if change.To == l.r.in.Person {
		return
	}
	for _, p := range []*domain.ApprovalPolicy{&l.in.Approval, &l.in.ForStart, &l.in.ForDrift} {
		*p = p.Reroute(change.From, change.To)
	}
	inherits := l.heirs[""] == change.From && l.in.Approval.DefaultHeir == change.To
	if inherits && !l.planned {
		l.heirs[""] = change.To
	}
	a := l.approval
	if a == nil || a.State != domain.ApprovalOpen {
		return
	}
	if inherits {
		a.State, a.SettledAt = domain.ApprovalReplaced, workflow.Now(ctx)
		_ = l.r.chaseApproval(ctx, a, "close", nil, "")
		return
	}
	a.Policy = a.Policy.Reroute(change.From, change.To)
	in := activities.ChaseInput{StepRef: activities.StepRef{Run: l.r.in.Run, App: a.App, Person: l.r.in.Person}, About: a.ID, Kind: "moved",
		To: []domain.PersonID{change.To}, Text: "The leaver reports to you now: the decision is yours.", Count: l.r.next(), Approval: copied(a)}
	_, _ = execute(ctx, l.r.in.Timings, QueueHandover, activities.ChaseApproval, in)
}

func copied(a *domain.Approval) *domain.Approval {
	c := *a
	return &c
}
