package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// endRights ends what the leaver may do inside Handover, once, as soon as the
// guards of the first app let its access be cut.
func (r *process) endRights(ctx workflow.Context) {
	if !r.in.EndRights || r.ended {
		return
	}
	r.ended = true
	r.setRights(ctx, false)
	r.settled = true
}

func (r *process) setRights(ctx workflow.Context, back bool) {
	in := activities.RightsInput{StepRef: activities.StepRef{Run: r.in.Run, Person: r.in.Person}, Back: back}
	_, _ = execute(ctx, r.in.Timings, QueueHandover, activities.EndRights, in)
}

// endRightsAtLast covers a leaver who has no account anywhere: there is nothing
// to cut, and what they may do here ends with the last moment all the same.
func (r *process) endRightsAtLast(ctx workflow.Context) {
	absent := func(l *line) bool { return !l.snap.Found && l.steps[domain.StepDeactivate] == domain.StepVerified }
	if !r.in.EndRights || r.ended || r.ending() || !r.authorised() || !slices.ContainsFunc(r.lines, absent) {
		return
	}
	for !r.ending() && !r.cutNow {
		due := r.due
		if !awaitUntil(ctx, due, func() bool { return r.ending() || r.cutNow || !r.due.Equal(due) }) {
			break
		}
	}
	if !r.ending() {
		r.endRights(ctx)
	}
}

// authorised tells whether somebody with the right to end access stands behind
// the run: HR, security, or the approvers of some app.
func (r *process) authorised() bool {
	return !r.in.NeedsApproval || r.cutNow || slices.ContainsFunc(r.lines, func(l *line) bool { return l.planned })
}

// giveRightsBack lets somebody whose leaving was undone, or retracted while
// access could not be cut, in again.
func (r *process) giveRightsBack(ctx workflow.Context) {
	if r.ended {
		free, _ := workflow.NewDisconnectedContext(ctx)
		_ = workflow.Await(free, func() bool { return r.settled })
		r.setRights(free, true)
	}
}

func (r *process) receiveLeft(ctx workflow.Context) {
	ch := workflow.GetSignalChannel(ctx, SignalLeft)
	for {
		var left PersonLeft
		if !ch.Receive(ctx, &left) {
			return
		}
		r.moveFrom(ctx, left.Person)
	}
}

// moveFrom takes somebody out of everything that is still open here: requests,
// tasks, and the people who look after the run.
func (r *process) moveFrom(ctx workflow.Context, who domain.PersonID) {
	if who == r.in.Person || slices.Contains(r.gone, who) {
		return
	}
	r.gone = append(r.gone, who)
	without := func(people []domain.PersonID) []domain.PersonID {
		return slices.DeleteFunc(slices.Clone(people), func(id domain.PersonID) bool { return id == who })
	}
	r.in.Admins, r.in.Tell = without(r.in.Admins), without(r.in.Tell)
	for _, l := range r.lines {
		l.moveFrom(ctx, who)
	}
	for _, t := range r.tasks {
		if t.State == domain.TaskOpen || t.State == domain.TaskDone {
			r.moveTask(ctx, t, who)
		}
	}
	for _, a := range r.approvals {
		if a.State == domain.ApprovalOpen {
			*a = a.Leave(who) // whoever waits for the decision tells those asked now
		}
	}
}

// moveFrom gives the parts that somebody had in an app to those who remain, and
// asks for another heir where they were to inherit.
func (l *line) moveFrom(ctx workflow.Context, who domain.PersonID) {
	parts := []*domain.PersonID{&l.in.Owner, &l.in.Backup, &l.in.Second}
	for i := range l.in.Secrets {
		parts = append(parts, &l.in.Secrets[i].Owner)
	}
	for _, part := range parts {
		if *part == who {
			*part = l.r.insteadOf(l, who)
		}
	}
	for _, step := range sortedSteps(l.steps) {
		if l.holders[step] == who {
			delete(l.holders, step)
		}
	}
	inherits := slices.ContainsFunc(sortedHeirKinds(l.heirs), func(k domain.RecordKind) bool { return l.heirs[k] == who })
	if a := l.approval; inherits && a != nil && a.State == domain.ApprovalOpen {
		a.State, a.SettledAt = domain.ApprovalReplaced, workflow.Now(ctx)
		_ = l.r.chaseApproval(ctx, a, "close", nil, "")
	}
}

// insteadOf finds who takes somebody's part in an app: the other one who looks
// after it, else an administrator.
func (r *process) insteadOf(l *line, who domain.PersonID) domain.PersonID {
	for _, id := range append([]domain.PersonID{l.in.Owner, l.in.Backup}, r.in.Admins...) {
		if id != "" && id != who && id != r.in.Person {
			return id
		}
	}
	return ""
}

// moveTask gives an open task to somebody who is still here. What was said about
// it stands.
func (r *process) moveTask(ctx workflow.Context, t *domain.Task, who domain.PersonID) {
	l := r.lineOf(t.App)
	if t.Backup == who {
		t.Backup = ""
	}
	if t.Owner != who || l == nil {
		return
	}
	if t.Owner = t.Backup; t.Owner == "" {
		t.Owner = r.insteadOf(l, who)
	}
	if t.Owner != "" {
		l.chase(ctx, t, "handed-over", []domain.PersonID{t.Owner}, "Its owner has left, so it is yours now: "+t.Title)
	}
}
