package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// grant records what the person has now.
func (j *joiner) grant(ctx workflow.Context) bool {
	j.granted = j.letIn(ctx, j.roleNow(), false)
	return j.granted
}

// letIn records that somebody has access, early while the app does not show yet the
// role that was granted. It comes back false where they have left meanwhile.
func (j *joiner) letIn(ctx workflow.Context, role domain.AppRole, early bool) bool {
	in := j.grantInput(role)
	in.LetsIn, in.Early = true, early
	_, err := execute(ctx, j.r.in.Timings, QueueHandover, activities.GrantAccess, in)
	if kind, _ := faultOf(err); err == nil || kind != domain.FaultConflict {
		return true // only the end of the run breaks a store activity off
	}
	j.leaverIn, j.denied = true, "the person has left and has access all the same: remove them"
	j.tellLeaverIn(ctx)
	return false
}

func (j *joiner) grantInput(role domain.AppRole) activities.GrantInput {
	in := activities.GrantInput{StepRef: j.ref(domain.StepBookSeat), Role: role, Account: j.look.Account, Seat: j.seat, Was: domain.No, Until: j.until, Digest: j.digest}
	if j.link == 0 && j.look.State == domain.MemberActive {
		in.Was = j.look.FullSeat
	}
	return in
}

// endAt ends a joining whose access was asked for until a moment that has come: an
// invite that is out there is taken back, and whoever came has their end already.
func (r *process) endAt(ctx workflow.Context, until time.Time, apps int) {
	over := func() bool { return r.ending() || r.finished == apps }
	if !awaitUntil(ctx, until, over) && ctx.Err() == nil {
		r.retracted = "the time for which the access was asked for has passed"
	}
}

// lapsed tells that the time for which somebody was given access has passed.
func (j *joiner) lapsed(ctx workflow.Context) bool {
	return !j.until.IsZero() && !workflow.Now(ctx).Before(j.until)
}

// leaverStays deals with a person who has left while the run waited for them. A link
// that is out is taken back: false. Whoever came in by it was not let in: the
// administrators hear of it until the app no longer lists them.
func (j *joiner) leaverStays(ctx workflow.Context, look activities.LookResult) bool {
	if look.State != domain.MemberActive {
		if j.leaverIn && look.State == domain.MemberUnknown {
			return true
		}
		j.denied = "the person has left: nothing was granted"
		return false
	}
	told := j.leaverIn
	j.leaverIn, j.state, j.steps[domain.StepAccept] = true, domain.InviteAccepted, domain.StepNeedsAttention
	if !told {
		j.tellLeaverIn(ctx)
	}
	return true
}

// tellLeaverIn warns the administrators.
func (j *joiner) tellLeaverIn(ctx workflow.Context) {
	in := activities.ChaseInput{StepRef: j.ref(domain.StepAccept), About: j.r.in.Run, Kind: "leaver-came-in", To: j.r.in.Admins, Count: j.r.next(), Urgent: true,
		Text: fmt.Sprintf("Somebody who has left has access to %s, by a joining that was not ended. Nothing was granted: remove them now, with handover offboard EMAIL --app %s.", j.in.App, j.in.App)}
	_, _ = execute(ctx, j.r.in.Timings, QueueHandover, activities.ChaseApproval, in)
}

// giveUp leaves nothing behind of a joining that does not come about: no promised
// seat, no step that seems to wait.
func (j *joiner) giveUp(ctx workflow.Context) {
	if j.came() {
		j.tooLate(ctx)
		return
	}
	if j.loose() {
		j.takeBack(ctx)
	}
	if j.revoke != nil && j.denied == "" {
		j.denied = "the invite was revoked"
	}
	why := j.denied
	if why == "" {
		why = "retracted: nothing more is done"
	}
	if _, ok := j.book.Step(domain.StepFindSeat); ok {
		j.must(execute(ctx, j.r.in.Timings, QueueHandover, activities.WaiveSeat, j.ref(domain.StepFindSeat)))
	}
	j.settleAll(ctx, domain.StepSkipped, why, func(domain.StepSpec) bool { return true })
}

// takeBack has a person revoke an invite that may still be accepted, whatever ended
// the joining: whoever accepts it later would have an account that nobody granted.
func (j *joiner) takeBack(ctx workflow.Context) {
	book, _ := domain.RevokingFor(j.in.Kind)
	spec := book.Steps[0]
	j.takingBack = true
	j.book.Steps = append(j.book.Steps, spec)
	j.steps[spec.Key] = domain.StepRunning
	in := j.inviteInput(domain.InviteRevoked)
	in.By = j.r.in.Requester
	why := "the joining has ended; until the invite is taken back it can still be accepted"
	if j.revoke != nil {
		in.By, in.Reason = j.revoke.Person, j.revoke.Reason
		why = "somebody asked for it; until it is taken back the invite can still be accepted"
	}
	row := domain.StepRecord{Key: spec.Key, Order: len(j.book.Steps), Title: spec.Title, Phase: spec.Phase, State: domain.StepRunning, Channel: domain.ChannelPerson, Why: why}
	j.record(ctx, []domain.StepRecord{row}, domain.EventStepChanged, in.By, in.Reason)
	for !j.steps[spec.Key].Settled() && ctx.Err() == nil {
		t := j.newTask(ctx, spec.Title, []domain.StepSpec{spec}, j.deadline(ctx), true)
		t.Why = why
		j.carryOut(ctx, t, false)
		if t.DoneBy != "" {
			in.By, in.For = t.DoneBy, in.By
		}
	}
	if j.steps[spec.Key] == domain.StepAttested {
		j.state = domain.InviteRevoked
		j.must(execute(ctx, j.r.in.Timings, QueueHandover, activities.NoteInvite, in))
	}
}

// loose tells that a link is, or may be, out there that can still be accepted.
func (j *joiner) loose() bool {
	return j.shows() && j.maybeSent && j.state != domain.InviteAccepted && j.state != domain.InviteRevoked
}

// came tells that this run brought the person in: the app lists them, or, where it
// shows nobody, people stand for it.
func (j *joiner) came() bool {
	switch invited := j.steps[domain.StepInvite]; {
	case j.leaverIn:
		return false
	case j.shows():
		return j.link > 0 && j.state == domain.InviteAccepted
	default:
		return invited == domain.StepAttested || invited == domain.StepDoneUnverified
	}
}

// roleNow is the role with which somebody came: the one that the app shows, or,
// where it shows none that the policy names, the one that was granted.
func (j *joiner) roleNow() domain.AppRole {
	state := j.steps[domain.StepRole]
	if shown := j.line.join.From; shown.Key != "" && state != domain.StepVerified && state != domain.StepAttested {
		return shown // it was not changed to the one that was granted
	}
	return j.want.Role
}

// tooLate records the access of somebody who came before the run was ended, so that
// its end and its seat are kept. Nobody takes it away unasked: the administrators are
// told, but where its own end takes it.
func (j *joiner) tooLate(ctx workflow.Context) {
	j.must(execute(ctx, j.r.in.Timings, QueueHandover, activities.GrantAccess, j.grantInput(j.roleNow())))
	if j.lapsed(ctx) {
		j.settleAll(ctx, domain.StepSkipped, "the time for which the access was given has passed", func(domain.StepSpec) bool { return true })
		return
	}
	j.settleAll(ctx, domain.StepSkipped, "retracted after the person had come: the access is there until somebody ends it", func(domain.StepSpec) bool { return true })
	j.tellAccessStands(ctx)
}

// tellAccessStands tells the administrators of access that outlives the run which gave it.
func (j *joiner) tellAccessStands(ctx workflow.Context) {
	in := activities.ChaseInput{StepRef: j.ref(domain.StepAccept), About: j.r.in.Run, Kind: "access-stands", To: j.r.in.Admins, Count: j.r.next(),
		Text: fmt.Sprintf("A joining was taken back after the person had come: they have access to %s. To end it: handover offboard EMAIL --app %s.", j.in.App, j.in.App)}
	_, _ = execute(ctx, j.r.in.Timings, QueueHandover, activities.ChaseApproval, in)
}
