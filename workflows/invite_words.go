package workflows

import (
	"go.temporal.io/sdk/workflow"

	"handover/domain"
)

// listenJoining registers what people can say to a joining or a role change.
func (r *process) listenJoining(ctx workflow.Context, all []*joiner) error {
	if err := r.listenSmall(ctx); err != nil {
		return err
	}
	workflow.Go(ctx, r.receiveObserved)
	find := func(app domain.AppID) *joiner {
		for _, j := range all {
			if j.in.App == app {
				return j
			}
		}
		return nil
	}
	check := func(role bool) func(workflow.Context, InviteRequest) *domain.Refusal {
		return func(_ workflow.Context, in InviteRequest) *domain.Refusal {
			return r.checkInvite(find(in.App), in, role)
		}
	}
	again := func(_ workflow.Context, in InviteRequest) (Answer, error) {
		j := find(in.App)
		j.asked = append(j.asked, in)
		j.awake()
		return Answer{Text: "A new invite goes out; the one before is no longer good.", State: r.state}, nil
	}
	if err := handle(ctx, UpdateResend, check(false), again); err != nil {
		return err
	}
	if err := handle(ctx, UpdateInviteRole, check(true), again); err != nil {
		return err
	}
	return handle(ctx, UpdateRevoke, check(false), func(_ workflow.Context, in InviteRequest) (Answer, error) {
		j := find(in.App)
		j.revoke = &in
		j.awake() // also where a fault waits for somebody
		return Answer{Text: "The invite is being taken back.", State: r.state}, nil
	})
}

// awake has steps that wait for a person after a fault tried again: what was said
// about the invite is dealt with first.
func (j *joiner) awake() {
	for _, key := range []domain.StepKey{domain.StepInvite, domain.StepAccept, domain.StepFindSeat, j.first()} {
		j.retries[key]++
	}
}

// checkInvite lets those who look after the app steer an invite, and nobody their
// own.
func (r *process) checkInvite(j *joiner, in InviteRequest, role bool) *domain.Refusal {
	if j == nil {
		return domain.Refuse(domain.RefusedUnknown, "this run does not touch that app")
	}
	refused := r.checkRight(j.line, in.Person)
	switch {
	case refused != nil:
		return refused
	case j.done || j.state == domain.InviteAccepted:
		return domain.Refuse(domain.RefusedSettled, "the invite is settled already")
	case j.link == 0:
		return domain.Refuse(domain.RefusedState, "nothing was sent yet")
	case j.revoke != nil, j.takingBack, r.ending():
		return domain.Refuse(domain.RefusedState, "the invite is being taken back: nothing more is sent. Ask for the access again if it is wanted")
	case role && in.Role == nil:
		return domain.Refuse(domain.RefusedReason, "say which role the invite is to carry")
	}
	return nil
}
