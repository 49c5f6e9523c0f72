package workflows

import (
	"fmt"
	"maps"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// findApproval finds a request of this run by id.
func (r *process) findApproval(id string) *domain.Approval {
	for _, a := range r.approvals {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// newApproval makes a request under a frozen policy. Whoever left since the run
// began is not in it.
func (r *process) newApproval(ctx workflow.Context, app domain.AppID, scope domain.ApprovalScope, policy domain.ApprovalPolicy, why string) *domain.Approval {
	return r.newApprovalBy(ctx, r.in.Requester, app, scope, policy, why)
}

// newApprovalBy opens a request that somebody else than the run's requester makes.
func (r *process) newApprovalBy(ctx workflow.Context, by domain.PersonID, app domain.AppID, scope domain.ApprovalScope, policy domain.ApprovalPolicy, why string) *domain.Approval {
	now := workflow.Now(ctx)
	a := &domain.Approval{ID: fmt.Sprintf("%s:%s:a%d", r.in.Run, app, r.next()), Run: r.in.Run, App: app, Scope: scope, Policy: policy,
		Subject: r.in.Person, Requester: by, State: domain.ApprovalOpen, OpenedAt: now, StageAt: now, Why: why}
	if scope == domain.ApproveCutNow && r.cutBy != "" {
		a.Requester = r.cutBy
	}
	for _, gone := range r.gone {
		*a = a.Leave(gone)
	}
	a.Policy = a.Without() // who asked, or cut at once, is not asked as well
	a.PolicyDigest = a.Policy.Digest()
	r.approvals = append(r.approvals, a)
	return a
}

// bar keeps those who gain by a request from deciding it; others are asked in
// their place.
func (r *process) bar(a *domain.Approval, gainers []domain.PersonID) {
	if len(gainers) == 0 {
		return
	}
	a.Gains = gainers
	a.Policy = a.Without(gainers...)
	a.PolicyDigest = a.Policy.Digest()
}

// openPlainApproval opens a request that has no plan behind it. Its digest binds
// the decision to the request itself.
func (r *process) openPlainApproval(ctx workflow.Context, scope domain.ApprovalScope, policy domain.ApprovalPolicy, why string) (*domain.Approval, error) {
	a := r.newApproval(ctx, "", scope, policy, why)
	a.Digest = domain.Plan{Run: r.in.Run, Version: r.counter}.Digest()
	return a, r.ask(ctx, a, "approval-opened", why)
}

// heard is how a request stood when its people were told of it last: they are
// told again when the stage passed, or somebody left.
type heard struct{ stage, left int }

// noteTold keeps what the people of a request heard, and when they are reminded.
func (r *process) noteTold(a domain.Approval, clock activities.Clock) {
	if r.told == nil {
		r.told = map[string]heard{}
	}
	r.told[a.ID], r.reminders[a.ID] = heard{a.Stage, len(a.Left)}, clock.RemindAt
}

// awaitDecision waits until a request is decided or replaced, reminds those who
// have not answered, and does what the policy says when a stage's time runs out.
// Nothing ever proceeds because nobody answered. It lets go when the request is
// needed no more.
func (r *process) awaitDecision(ctx workflow.Context, a *domain.Approval, unneeded func() bool) domain.ApprovalState {
	escalated := -1
	over := func() bool { return a.State != domain.ApprovalOpen || unneeded() }
	for !over() {
		last := r.told[a.ID]
		news := func() bool { return a.Stage != last.stage || len(a.Left) != last.left }
		until := r.reminders[a.ID]
		if !a.LateAt.IsZero() && escalated < a.Stage {
			until = earlier(until, a.LateAt)
		}
		awaitUntil(ctx, until, func() bool { return over() || news() })
		now := workflow.Now(ctx)
		var err error
		switch {
		case over():
		case a.Stage != last.stage:
			err = r.ask(ctx, a, "approval-opened", "The stage before you has agreed: decide about the same plan.")
		case news():
			err = r.ask(ctx, a, "moved", "Somebody who was asked has left: the decision is yours now.")
		case a.Late(now) && escalated < a.Stage:
			escalated = a.Stage
			err = r.runOut(ctx, a)
		default:
			err = r.ask(ctx, a, "remind", "Still waiting for your decision.")
		}
		if err != nil {
			break // only the end of the run breaks a store activity off
		}
	}
	return a.State
}

// ask tells those who may decide now and have not answered. Where nobody is left
// the people who look after the run hear that.
func (r *process) ask(ctx workflow.Context, a *domain.Approval, kind, text string) error {
	to := a.Asked(workflow.Now(ctx))
	if len(to) == 0 {
		to = r.in.Tell
		text = "Nobody is left who may decide this: skip what waits for it, with a reason, or retract the run and start it again under a policy that names somebody."
	}
	return r.chaseApproval(ctx, a, kind, to, text)
}

// runOut does what the policy says when nobody answered in time.
func (r *process) runOut(ctx workflow.Context, a *domain.Approval) error {
	stage := a.Policy.Stages[a.Stage]
	if stage.OnTimeout == domain.TimeoutDeny {
		r.apply(a, domain.Decision{Actor: domain.SystemActor, Verdict: domain.Deny, Digest: a.Digest, Reason: "nobody answered in time",
			At: workflow.Now(ctx), Channel: "clock"})
		return r.chaseApproval(ctx, a, "expired", r.in.Tell, "Nobody answered in time: the request counts as denied, as the policy says.")
	}
	if len(stage.Backup) == 0 {
		return r.chaseApproval(ctx, a, "escalate", r.in.Tell, "Nobody answered in time, and no backup is named: see that somebody decides.")
	}
	return r.chaseApproval(ctx, a, "escalate", stage.Backup, "Nobody answered in time: you may decide as backup.")
}

// apply adds a decision to a request. Whoever asks again after a no is heard, however
// long it takes until the no itself is noticed.
func (r *process) apply(a *domain.Approval, d domain.Decision) {
	*a = a.Apply(d)
	if a.State != domain.ApprovalDenied {
		return
	}
	for _, l := range r.lines {
		if l.approval == a {
			l.atNo = maps.Clone(l.retries)
		}
	}
}

// chaseApproval tells people about a request and learns when to do so again.
func (r *process) chaseApproval(ctx workflow.Context, a *domain.Approval, kind string, to []domain.PersonID, text string) error {
	c := *a
	in := activities.ChaseInput{StepRef: activities.StepRef{Run: r.in.Run, App: a.App, Person: r.in.Person}, About: a.ID, Kind: kind, To: to, Text: text,
		Count: r.next(), Urgent: kind == "escalate" || a.Scope.WallClock(), Approval: &c}
	clock, err := execute(ctx, r.in.Timings, QueueHandover, activities.ChaseApproval, in)
	if err == nil && a.State == domain.ApprovalOpen && a.Stage == c.Stage {
		a.LateAt = clock.LateAt
		r.noteTold(c, clock)
	}
	return err
}

// closeApproval closes a request that is still open.
func (r *process) closeApproval(ctx workflow.Context, a *domain.Approval) {
	if a.State == domain.ApprovalOpen {
		a.State, a.SettledAt = domain.ApprovalClosed, workflow.Now(ctx)
		_ = r.chaseApproval(ctx, a, "close", nil, "")
	}
}

// closeOpenRequests closes what nobody needs to answer any more.
func (r *process) closeOpenRequests(ctx workflow.Context) {
	for _, a := range r.approvals {
		r.closeApproval(ctx, a)
	}
	for _, t := range r.tasks {
		if t.State == domain.TaskOpen || t.State == domain.TaskDone {
			t.State, t.SettledAt = domain.TaskClosed, workflow.Now(ctx)
			c := *t
			in := activities.ChaseInput{StepRef: activities.StepRef{Run: r.in.Run, App: t.App, Person: r.in.Person}, About: t.ID, Kind: "close",
				Count: r.next(), Task: &c}
			_, _ = execute(ctx, r.in.Timings, QueueHandover, activities.ChaseApproval, in)
		}
	}
}
