package workflows

import (
	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// secondWord is what a second person says to a promotion in an emergency.
type secondWord struct {
	asked    *domain.Approval // nil where the policy asks nobody
	needless bool             // the role was not set, and is not going to be
	over     bool
}

// denied tells that the second person, or the clock in their place, said no.
func (w *secondWord) denied() bool {
	return w.asked != nil && w.asked.State == domain.ApprovalDenied
}

// mayBeAtOnce tells that a change may be made before anybody is asked: what takes a
// role away, or money, is no emergency.
func mayBeAtOnce(change domain.Change) bool {
	return len(change.Gains) > 0 && !change.Demotes && change.Seat <= 0
}

// askSecond asks a second person about a promotion that is made at once, and does
// not wait for the answer. The request is written before anything is changed, with
// the plan that it is about. It comes back false where that cannot be.
func (j *joiner) askSecond(ctx workflow.Context, policy domain.ApprovalPolicy, change domain.Change) (*secondWord, bool) {
	if len(policy.Stages) == 0 {
		return &secondWord{over: true}, true
	}
	w := &secondWord{asked: j.r.newApproval(ctx, j.in.App, domain.ApprovePromoted, policy,
		"Somebody is promoted at once, in an emergency: a second person says whether that is right. A no stops it as long as it is not done; once it is done the role stays until somebody changes it back.")}
	if !j.writeRequest(ctx, w.asked, j.rolePlan(activities.FindSeatResult{Need: domain.SeatNone}, change)) {
		w.over = true
		return w, false
	}
	workflow.Go(ctx, func(ctx workflow.Context) { j.hearSecond(ctx, w) })
	return w, true
}

// writeRequest writes a request with its plan, and tells those who are asked.
func (j *joiner) writeRequest(ctx workflow.Context, a *domain.Approval, in activities.ProposeJoinInput) bool {
	told := *a
	in.Approval = &told
	for {
		proposed, err := execute(ctx, j.r.in.Timings, j.in.Queue, activities.ProposeJoin, in)
		if err == nil {
			j.digest, j.line.join.Digest = proposed.Digest, proposed.Digest
			a.Digest, a.LateAt = proposed.Digest, proposed.LateAt
			j.r.noteTold(told, proposed.Clock)
			return true
		}
		if !j.park(ctx, domain.StepRole, err) || j.leftOut(domain.StepRole) {
			j.r.closeApproval(ctx, a) // an attempt that got no answer may have opened it
			return false
		}
	}
}

// hearSecond waits for the second person's word. It is wanted as long as the role is
// set, or may be, whether the run was retracted or not.
func (j *joiner) hearSecond(ctx workflow.Context, w *secondWord) {
	defer func() { w.over = true }()
	switch j.r.awaitDecision(ctx, w.asked, func() bool { return w.needless }) {
	case domain.ApprovalApproved:
		j.line.join.Approved = approvers(*w.asked)
	case domain.ApprovalDenied:
		j.stopRole(ctx, *w.asked)
	default:
		j.r.closeApproval(ctx, w.asked)
	}
}

// stopRole ends a promotion that was denied before it was done: the step is skipped
// in the name of whoever said no, and with it the task of a person. What the app
// shows by then is done.
func (j *joiner) stopRole(ctx workflow.Context, a domain.Approval) {
	j.lastLook(ctx)
	if !j.steps[domain.StepRole].Settled() {
		no := a.Decisions[len(a.Decisions)-1]
		j.skips[domain.StepRole] = StepRequest{App: j.in.App, Step: domain.StepRole, Person: no.Actor, Reason: "a second person said no before it was done"}
	}
	j.r.wakeTasks(j.in.App, domain.StepRole)
}
