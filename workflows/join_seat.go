package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// findSeat asks whether there is one; keep promises it to the person.
func (j *joiner) findSeat(ctx workflow.Context, keep bool) (activities.FindSeatResult, bool) {
	if _, ok := j.book.Step(domain.StepFindSeat); !ok || j.sits() || j.want.Role.FullSeat == domain.No {
		return activities.FindSeatResult{Need: domain.SeatNone}, true
	}
	in := activities.FindSeatInput{StepRef: j.ref(domain.StepFindSeat), Contract: j.in.Contract, Promise: keep}
	defer j.begin(domain.StepFindSeat)()
	for !j.r.ending() && j.revoke == nil {
		found, err := execute(ctx, j.r.in.Timings, j.in.Queue, activities.FindSeat, in)
		if err == nil {
			j.seat = found.Need
			return found, true
		}
		if !j.park(ctx, domain.StepFindSeat, err) {
			break
		}
		if j.steps[domain.StepFindSeat] == domain.StepSkipped { // nobody looked: it is decided like a purchase
			return activities.FindSeatResult{Need: domain.SeatUnknown, Why: "whether a paid seat is free was not looked up"}, true
		}
	}
	return activities.FindSeatResult{}, false
}

// sits tells that the person has a paid seat already. A seat of somebody who was
// deactivated may have gone to another.
func (j *joiner) sits() bool {
	return j.look.State == domain.MemberActive && j.look.FullSeat == domain.Yes
}

// buy has a person buy a seat where none is free, and a second one stand for it.
func (j *joiner) buy(ctx workflow.Context, kept activities.FindSeatResult) bool {
	if !kept.Need.Costs() {
		j.settleAll(ctx, domain.StepVerified, kept.Why, func(s domain.StepSpec) bool { return s.Key == domain.StepFindSeat })
		return true
	}
	spec, _ := j.book.Step(domain.StepFindSeat)
	if j.steps[domain.StepFindSeat].Settled() {
		return true // somebody skipped it and answers for it
	}
	bought := j.attempt(ctx, spec.Key, func(ctx workflow.Context) (bool, error) {
		j.carryOut(ctx, j.seatTask(ctx, spec, kept.Why), false)
		return j.steps[spec.Key].Settled(), nil
	})
	return bought && (j.steps[spec.Key] == domain.StepSkipped || j.noteBought(ctx))
}

func (j *joiner) seatTask(ctx workflow.Context, spec domain.StepSpec, why string) *domain.Task {
	t := j.newTask(ctx, "Buy a seat", []domain.StepSpec{spec}, j.deadline(ctx), false)
	t.Why = why
	if j.in.Contract.PricePerSeat.Currency != "" {
		t.Instructions = append(t.Instructions, fmt.Sprintf("The price was %s a seat and period on %s: stop and say so if the page shows another.", j.in.Contract.PricePerSeat, j.in.Contract.PriceDate))
	}
	return t
}

// noteBought keeps that there is one seat more than the policy file says.
func (j *joiner) noteBought(ctx workflow.Context) bool {
	state := j.steps[domain.StepFindSeat]
	defer j.begin(domain.StepFindSeat)()
	for {
		_, err := execute(ctx, j.r.in.Timings, j.in.Queue, activities.FindSeat, activities.FindSeatInput{StepRef: j.ref(domain.StepFindSeat), Bought: true})
		if err == nil {
			j.steps[domain.StepFindSeat] = state
			return true
		}
		if !j.park(ctx, domain.StepFindSeat, err) {
			return false
		}
	}
}
