package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// roleSet tells that the role of a role change is set: the app shows it, or two
// people stand for it. Nothing that ends the run takes it away again.
func (l *line) roleSet() bool {
	state := l.steps[domain.StepRole]
	return l.changing && (state == domain.StepVerified || state == domain.StepAttested)
}

// stands tells that the role is set, or may be: a door took it, or a person says so.
func (j *joiner) stands() bool { return j.roleSet() || j.took }

// endRole keeps what came of a role change, whatever was said meanwhile, and waits
// for the second person where the role is set, or may be. Nobody takes it away
// unasked: who looks after the run hears that it stands.
func (j *joiner) endRole(ctx workflow.Context, second *secondWord) {
	j.lastLook(ctx)
	if j.roleSet() {
		j.keepRole(ctx)
	}
	if j.r.ending() && j.stands() {
		j.tellStands(ctx, "A role change was retracted too late")
	}
	second.needless = !j.stands()
	_ = workflow.Await(ctx, func() bool { return second.over })
	switch {
	case !j.stands():
		if j.denied == "" && !j.r.ending() {
			j.leftOut(domain.StepRole)
		}
	case second.denied():
		j.tellStands(ctx, "A second person said no to a promotion in an emergency")
	}
	if j.roleSet() {
		return
	}
	if j.took {
		j.settleAll(ctx, domain.StepSkipped, "ended after it was said to be done: look whether the role is there", isRole)
	}
	j.giveUp(ctx)
}

func isRole(s domain.StepSpec) bool { return s.Key == domain.StepRole }

// lastLook reads the role back before the run lets go of it: whoever was asked to set
// it may have done so, and not have said it yet. Of an app that shows no roles nobody
// knows.
func (j *joiner) lastLook(ctx workflow.Context) {
	if !j.began || j.steps[domain.StepRole].Settled() {
		return
	}
	if !j.shownNow(ctx, domain.StepRole) && (j.look.Hidden || j.look.Role == "") {
		j.took = true
	}
}

// keepRole records what the person has now.
func (j *joiner) keepRole(ctx workflow.Context) {
	grant := activities.GrantInput{StepRef: j.ref(domain.StepBookSeat), Role: j.want.Role, Account: j.look.Account, Seat: j.seat, Was: j.look.FullSeat, Digest: j.digest}
	j.must(execute(ctx, j.r.in.Timings, QueueHandover, activities.GrantAccess, grant))
	j.settleAll(ctx, domain.StepVerified, "the ledger says so", func(s domain.StepSpec) bool { return s.Key == domain.StepBookSeat })
}

// tellStands tells the administrators, and who asked, of a role that nobody stands
// for any more, and how to end it.
func (j *joiner) tellStands(ctx workflow.Context, what string) {
	role, before := j.want.Role.Name, j.line.join.From.Name
	stands := fmt.Sprintf("they have the role %s in %s until somebody changes it back", role, j.in.App)
	if !j.roleSet() {
		stands = fmt.Sprintf("look in %s whether they have the role %s, and change it back if so", j.in.App, role)
	}
	if before == "" {
		before = "ROLE"
	}
	in := activities.ChaseInput{StepRef: j.ref(domain.StepRole), About: j.r.in.Run, Kind: "access-stands", To: once(j.r.in.Admins, j.r.in.Tell), Count: j.r.next(), Urgent: true,
		Text: fmt.Sprintf("%s: %s: handover role EMAIL --app %s --role %q.", what, stands, j.in.App, before)}
	_, _ = execute(ctx, j.r.in.Timings, QueueHandover, activities.ChaseApproval, in)
}
