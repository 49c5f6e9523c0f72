package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// RoleChange gives somebody another role in one app: what they gain is approved,
// what they lose or what it costs is said first, the last admin is never demoted,
// and the app shows the role, or two people stand for it. An emergency promotion is
// made at once and confirmed by a second person afterwards.
func RoleChange(ctx workflow.Context, in RoleChangeInput) (OffboardingResult, error) {
	r := newJoining(in.Run, in.Person, in.Employment, in.Requester, in.Admins, in.Tell, in.Timings, in.PolicyHash)
	j := newJoiner(r, &in.App, domain.RoleChangeFor, time.Time{})
	j.changing = true
	if err := r.listenJoining(ctx, []*joiner{j}); err != nil {
		return OffboardingResult{}, err
	}
	r.state = domain.RunRunning
	workflow.Go(ctx, func(ctx workflow.Context) { j.changeRole(ctx, in) })
	return r.concludeJoining(ctx, []*joiner{j})
}

func (j *joiner) changeRole(ctx workflow.Context, in RoleChangeInput) {
	defer func() { j.r.finished++; j.done = true }()
	if !j.lookUp(ctx) || !j.isMember(ctx) {
		j.giveUp(ctx)
		return
	}
	change := domain.Weigh(j.in.Kind, j.line.join.From, j.want.Role, j.look.CRM)
	j.narrow(ctx, change)
	second, agreed := &secondWord{over: true}, false
	if in.Emergency && mayBeAtOnce(change) {
		second, agreed = j.askSecond(ctx, in.Confirm, change)
	} else {
		agreed = j.agreeRole(ctx, change)
	}
	if spec, _ := j.book.Step(domain.StepRole); agreed && j.moveCRM(ctx) {
		j.giveRole(ctx, spec, change.Demotes)
	}
	j.endRole(ctx, second)
}

// isMember wants somebody who is in the app. Where nobody is shown, people look.
func (j *joiner) isMember(ctx workflow.Context) bool {
	for !j.look.Hidden && j.look.State != domain.MemberActive {
		if !j.parkWhy(ctx, domain.StepRole, "the app lists no active user of this person: invite them first, or retract", domain.FaultNotFound) || j.leftOut(domain.StepRole) || !j.lookUp(ctx) {
			return false
		}
	}
	return !j.r.ending()
}

// narrow leaves out the steps that this change does not need.
func (j *joiner) narrow(ctx workflow.Context, change domain.Change) {
	crm := j.want.Role.Seat == domain.SeatBilling && j.look.CRM != domain.No
	j.settleAll(ctx, domain.StepSkipped, "not needed for this change", func(s domain.StepSpec) bool {
		return s.Key == domain.StepFindSeat && change.Seat <= 0 || s.Key == domain.StepCRM && !crm || s.Key == domain.StepBookSeat && change.Seat == 0
	})
}

// agreeRole asks about the change: by what is gained, what is lost and what it costs.
func (j *joiner) agreeRole(ctx workflow.Context, change domain.Change) bool {
	if change.Seat <= 0 {
		return j.askRole(ctx, activities.FindSeatResult{Need: domain.SeatNone}, change)
	}
	for !j.r.ending() {
		found, ok := j.findSeat(ctx, false)
		if !ok || !j.askRole(ctx, found, change) {
			return false
		}
		if found.Need == domain.SeatNone {
			return true
		}
		kept, ok := j.findSeat(ctx, true)
		if !ok {
			return false
		}
		if kept.Need == domain.SeatFree || found.Need.Costs() {
			return j.buy(ctx, kept)
		}
	}
	return false
}

func (j *joiner) askRole(ctx workflow.Context, found activities.FindSeatResult, change domain.Change) bool {
	asked := []domain.ApprovalPolicy{j.in.Approval}
	if len(change.Gains) > 0 {
		asked = append(asked, j.want.ForRole)
	}
	if found.Need.Costs() {
		asked = append(asked, j.want.ForMoney)
	}
	a := j.r.newApproval(ctx, j.in.App, domain.ApproveRole, joinPolicies(asked...), "Somebody's role changes: say whether it may.")
	return j.propose(ctx, domain.StepRole, a, j.rolePlan(found, change))
}

// rolePlan is what those who are asked about the change read.
func (j *joiner) rolePlan(found activities.FindSeatResult, change domain.Change) activities.ProposeJoinInput {
	j.version++
	from := j.line.join.From
	j.terms = domain.JoinTerms{Role: j.want.Role.Key, RoleName: j.want.Role.Name, From: from.Key, FromName: from.Name, Seat: found.Need, Gains: change.Gains, Loses: change.Loses,
		Warnings: append(append([]string{}, change.Warnings...), j.want.Warnings...)}
	if change.Seat != 0 {
		j.terms.Price, j.terms.PriceDate = j.in.Contract.PricePerSeat, j.in.Contract.PriceDate
	}
	return activities.ProposeJoinInput{StepRef: j.ref(""), Kind: j.in.Kind, Version: j.version, Terms: j.terms, Account: j.look.Account,
		Steps: j.book.Keys(), Change: true, Guards: change.Demotes, PolicyHash: j.r.in.PolicyHash}
}

// moveCRM has somebody else's credentials run the sync before a role goes that it
// needs.
func (j *joiner) moveCRM(ctx workflow.Context) bool {
	spec, ok := j.book.Step(domain.StepCRM)
	if !ok || j.steps[spec.Key].Settled() {
		return true
	}
	return j.attempt(ctx, spec.Key, func(ctx workflow.Context) (bool, error) {
		t := j.newTask(ctx, spec.Title, []domain.StepSpec{spec}, j.deadline(ctx), false)
		j.carryOut(ctx, t, false)
		return j.steps[spec.Key].Settled(), nil
	})
}

// giveRole changes the role on the tenant's channel, else by a person behind the
// same guards, and reads it back.
func (j *joiner) giveRole(ctx workflow.Context, spec domain.StepSpec, demotes bool) bool {
	return j.attempt(ctx, spec.Key, func(ctx workflow.Context) (bool, error) {
		in := activities.RoleInput{StepRef: j.ref(spec.Key), Account: j.look.Account, From: j.line.join.From, To: j.want.Role, Demotes: demotes, Protected: j.in.Protected,
			For: j.r.in.Requester, Approved: j.line.join.Approved, Digest: j.digest}
		result := activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: domain.WhyHidden}
		var err error
		if !j.look.Hidden {
			j.began = true
			result, err = execute(ctx, j.r.in.Timings, j.in.Queue, activities.ChangeRole, in)
		}
		switch {
		case err != nil:
			return false, err
		case result.Outcome == activities.OutcomeVerified:
			j.steps[spec.Key] = domain.StepVerified
			return true, nil
		case result.Outcome == activities.OutcomeShut:
			j.parkWhy(ctx, spec.Key, result.Guard.Why, domain.FaultForbidden)
			return j.steps[spec.Key].Settled(), nil
		case result.Outcome == activities.OutcomeUnverified:
			j.took = true
			if j.shown(ctx, spec.Key, result.Channel) {
				return true, nil
			}
		}
		if j.stopped() || j.hasSkip(spec.Key) {
			return false, nil // nobody is asked for what is not wanted any more
		}
		return j.roleByTask(ctx, spec, result.Why, demotes), nil
	})
}

func (j *joiner) roleByTask(ctx workflow.Context, spec domain.StepSpec, why string, demotes bool) bool {
	if !demotes && j.line.join.From.Key != "" {
		spec.LookFirst = "" // nobody can be the last Owner who loses it
	}
	t := j.newTask(ctx, spec.Title, []domain.StepSpec{spec}, j.deadline(ctx), demotes)
	t.Why = why
	t.Instructions = append(t.Instructions, "Role: "+j.want.Role.Name)
	t.Attest = t.Attest || j.look.Role == "" // the app shows this person's role nowhere
	j.began = true
	if shut := j.carryOut(ctx, t, demotes && !j.look.Hidden); shut != nil {
		j.parkWhy(ctx, spec.Key, shut.Why, domain.FaultForbidden)
	}
	j.took = j.took || t.DoneBy != ""
	return j.steps[spec.Key].Settled()
}
