package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

func TestLeavingOnHRsWordWithAnApprovedPlan(t *testing.T) {
	w := newWorld(t)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(2*time.Hour, 48*time.Hour)
	r := w.run(input())
	require.Equal(t, domain.RunClosed, r.State)
	require.Len(t, w.cutAt, 1)
	require.WithinDuration(t, input().Due, w.cutAt[0], time.Second, "the cut-off is at the last moment")
	require.Equal(t, 3, w.calls[activities.SweepApp.Name])
	require.True(t, w.concluded[0].Pack)
	require.Empty(t, w.attention)
}

func TestDenialHoldsTheHandoverNotTheCutOff(t *testing.T) {
	w := newWorld(t)
	w.decide(time.Hour, "apollo", eli, domain.Deny)
	w.robot(2*time.Hour, 48*time.Hour)
	w.env.RegisterDelayedCallback(func() {
		require.Len(t, w.cutAt, 1, "access is cut though the plan was denied")
		require.Empty(t, w.moves, "nothing moves on a denied plan")
	}, 20*time.Hour)
	w.update(24*time.Hour, workflows.UpdateChooseHeir, workflows.ChooseHeirRequest{App: "apollo", Heirs: map[domain.RecordKind]domain.PersonID{"": eli}, Person: ada})
	w.decide(25*time.Hour, "apollo", eli, domain.Approve)
	r := w.run(input())
	require.Equal(t, domain.RunClosed, r.State)
	require.NotEmpty(t, w.moves)
}

func TestWithoutHRNothingIsCutBeforeApproval(t *testing.T) {
	in := input()
	in.Authority, in.NeedsApproval, in.Requester = domain.AuthorityPerson, true, ada
	w := newWorld(t)
	w.env.RegisterDelayedCallback(func() { require.Empty(t, w.cutAt) }, 30*time.Hour)
	self := w.decide(9*time.Hour, "apollo", ada, domain.Approve)
	w.decide(31*time.Hour, "apollo", eli, domain.Approve)
	w.robot(32*time.Hour, 96*time.Hour)
	r := w.run(in)
	require.ErrorContains(t, self.err, "whoever asked")
	require.Equal(t, domain.RunClosed, r.State)
	require.Len(t, w.cutAt, 1)
}

func TestWithoutHRADenialEndsTheRunUntouched(t *testing.T) {
	in := input()
	in.Authority, in.NeedsApproval, in.Requester = domain.AuthorityPerson, true, ada
	w := newWorld(t)
	w.decide(time.Hour, "apollo", eli, domain.Deny)
	r := w.run(in)
	require.Equal(t, domain.RunDenied, r.State)
	require.Empty(t, w.cutAt)
	require.Empty(t, w.moves)
	require.Equal(t, []domain.AppID{"apollo"}, w.concluded[0].Release)
}

func TestRetractBeforeTheLastMoment(t *testing.T) {
	w := newWorld(t)
	w.update(2*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada})
	r := w.run(input())
	require.Equal(t, domain.RunRetracted, r.State)
	require.Empty(t, w.cutAt)
}

func TestHRMovesRetractsAndEndsNow(t *testing.T) {
	t.Run("moved", func(t *testing.T) {
		w := newWorld(t)
		later := input().Due.Add(48 * time.Hour)
		w.env.RegisterDelayedCallback(func() {
			w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentMoved, Due: later, Zone: "UTC"})
		}, time.Hour)
		w.decide(2*time.Hour, "apollo", eli, domain.Approve)
		w.robot(10*time.Hour, 100*time.Hour)
		w.run(input())
		require.WithinDuration(t, later, w.cutAt[0], time.Second)
	})
	t.Run("retracted", func(t *testing.T) {
		w := newWorld(t)
		w.env.RegisterDelayedCallback(func() {
			w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentRetracted})
		}, time.Hour)
		require.Equal(t, domain.RunRetracted, w.run(input()).State)
		require.Empty(t, w.cutAt)
	})
	t.Run("retracted too late", func(t *testing.T) {
		w := newWorld(t)
		w.decide(time.Hour, "apollo", eli, domain.Approve)
		w.env.RegisterDelayedCallback(func() {
			w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentRetracted})
		}, 20*time.Hour)
		w.robot(10*time.Hour, 60*time.Hour)
		require.Equal(t, domain.RunClosed, w.run(input()).State)
		told := slices.IndexFunc(w.chased, func(c activities.ChaseInput) bool { return c.Kind == "hr-too-late" })
		require.GreaterOrEqual(t, told, 0, "people are told that HR came too late")
		require.Equal(t, []domain.PersonID{ada}, w.chased[told].To)
	})
	t.Run("ended now", func(t *testing.T) {
		w := newWorld(t)
		w.env.RegisterDelayedCallback(func() {
			w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow})
		}, time.Hour)
		w.decide(2*time.Hour, "apollo", eli, domain.Approve)
		w.robot(3*time.Hour, 30*time.Hour)
		w.run(input())
		require.WithinDuration(t, time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC), w.cutAt[0], time.Second)
	})
}

func TestARobotThatClicksDoneWithoutDoingItLeavesTheRunOpen(t *testing.T) {
	w := newWorld(t)
	w.readBack = func(in activities.ReadBackInput, _ int) activities.ReadBackResult {
		r := verifiedOrAttested(in)
		for _, key := range in.Steps {
			if key == domain.StepUnlink {
				r.States[key], r.Settled = domain.StepWaiting, false
			}
		}
		return r
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 200*time.Hour)
	w.env.RegisterDelayedCallback(func() {
		state := w.latest()
		require.NotEqual(t, domain.StepVerified, state.Steps["apollo"][domain.StepUnlink])
		w.env.CancelWorkflow()
	}, 400*time.Hour)
	w.env.RegisterWorkflow(workflows.Offboarding)
	w.env.ExecuteWorkflow(workflows.Offboarding, input())
	require.Empty(t, w.concluded, "a run whose mailbox is still linked must not close")
}

func TestSoleAdminIsNotCutBeforeAnotherIsListed(t *testing.T) {
	w := newWorld(t)
	promoted := false
	w.deactivate = func(int) (activities.ActResult, error) {
		if !promoted {
			return activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardSoleAdmin, State: domain.GuardShut, Why: "no other admin would remain"}}, nil
		}
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	}
	w.readBack = func(in activities.ReadBackInput, _ int) activities.ReadBackResult {
		if in.Steps[0] != domain.StepPromote {
			return verifiedOrAttested(in)
		}
		state := domain.StepWaiting
		if promoted {
			state = domain.StepVerified
		}
		return activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{domain.StepPromote: state}, Settled: promoted}
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.env.RegisterDelayedCallback(func() { promoted = true }, 12*time.Hour)
	w.robot(2*time.Hour, 60*time.Hour)
	r := w.run(input())
	require.Equal(t, domain.RunClosed, r.State)
	require.Len(t, w.cutAt, 2)
	require.Equal(t, domain.StepPromote, w.tasks[0].Steps[0])
}

func TestDriftAsksAgainAboutThatKindOnly(t *testing.T) {
	w := newWorld(t)
	w.move = func(in activities.MoveInput, _ int) (activities.MoveResult, error) {
		if in.Rule.Kind == domain.Contacts && max(in.Accept, in.Rule.Ceiling) < 90 {
			return activities.MoveResult{Drift: &domain.Drift{Kind: domain.Contacts, Count: 90, Ceiling: in.Rule.Ceiling}}, nil
		}
		return activities.MoveResult{Done: true}, nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.env.RegisterDelayedCallback(func() {
		state := w.latest()
		require.Equal(t, domain.StepVerified, state.Steps["apollo"][domain.StepDeals], "other kinds go on")
		require.Equal(t, domain.StepWaiting, state.Steps["apollo"][domain.StepContacts])
	}, 20*time.Hour)
	w.decide(30*time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 60*time.Hour)
	r := w.run(input())
	require.Equal(t, domain.RunClosed, r.State)
	require.Len(t, w.proposals, 2)
	require.Equal(t, domain.ApproveDrift, w.proposals[1].Approval.Scope)
	require.Equal(t, 90, w.proposals[1].Counts[domain.Contacts])
}

func TestAFailingStepNeedsAttentionAndOthersGoOn(t *testing.T) {
	w := newWorld(t)
	w.move = func(in activities.MoveInput, _ int) (activities.MoveResult, error) {
		if in.Rule.Kind == domain.Deals {
			return activities.MoveResult{}, temporalFault(domain.FaultForbidden, "the key may not update deals: grant deals/api/v1/opportunities/update")
		}
		return activities.MoveResult{Done: true}, nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 40*time.Hour)
	w.update(50*time.Hour, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: domain.StepDeals, Reason: "sold business", Person: ada})
	r := w.run(input())
	require.Equal(t, domain.RunClosed, r.State)
	require.Equal(t, domain.StepDeals, w.attention[0].Step)
	require.Equal(t, domain.FaultForbidden, w.attention[0].Fault)
	require.Contains(t, w.attention[0].Why, "grant")
}

func TestCutNowPassesEveryWaitAndIsConfirmedAfterwards(t *testing.T) {
	in := input()
	in.CutNow, in.Authority, in.Requester = true, domain.AuthoritySecurity, ada
	in.Apps[0].Order = domain.OrderProtectEmail
	in.ConfirmCutNow = domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: "second", Approvers: []domain.PersonID{bo}, Timeout: 15 * time.Minute}}}
	in.Due = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	w := newWorld(t)
	w.env.RegisterDelayedCallback(func() { require.Len(t, w.cutAt, 1) }, time.Second)
	w.decide(5*time.Minute, "", bo, domain.Approve)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(2*time.Hour, 40*time.Hour)
	r := w.run(in)
	require.Equal(t, domain.RunClosed, r.State)
}

func TestLegalHoldCutsAccessAndTouchesNothingElse(t *testing.T) {
	in := input()
	in.LegalHold = true
	w := newWorld(t)
	r := w.run(in)
	require.Equal(t, domain.RunClosed, r.State)
	require.Len(t, w.cutAt, 1)
	require.Empty(t, w.moves)
	require.Empty(t, w.tasks)
}

func TestNoAccountOnACompleteListingIsVerifiedAbsent(t *testing.T) {
	w := newWorld(t)
	w.snapshot = activities.SnapshotResult{Found: false, Complete: true}
	r := w.run(input())
	require.Equal(t, domain.RunClosed, r.State)
	require.Empty(t, w.cutAt)
}

func TestTwoAppsOneFailing(t *testing.T) {
	in := input()
	in.Apps = append(in.Apps, appInput("apollo-emea"))
	w := newWorld(t)
	w.deactivate = func(n int) (activities.ActResult, error) {
		if n == 1 {
			return activities.ActResult{}, temporalFault(domain.FaultForbidden, "no")
		}
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.decide(2*time.Hour, "apollo-emea", eli, domain.Approve)
	w.robot(10*time.Hour, 40*time.Hour)
	var states map[domain.AppID]map[domain.StepKey]domain.StepState
	w.env.RegisterDelayedCallback(func() {
		states = w.latest().Steps
		for _, app := range []domain.AppID{"apollo", "apollo-emea"} {
			w.env.UpdateWorkflow(workflows.UpdateRetry, "", quiet(), workflows.StepRequest{App: app, Step: domain.StepDeactivate, Person: ada})
		}
	}, 45*time.Hour)
	w.robot(50*time.Hour, 100*time.Hour)
	r := w.run(in)
	require.Equal(t, domain.RunClosed, r.State)
	verified := 0
	for _, app := range []domain.AppID{"apollo", "apollo-emea"} {
		if states[app][domain.StepDeactivate] == domain.StepVerified {
			verified++
		}
	}
	require.Equal(t, 1, verified, "one app is done while the other waits for a person")
}

func TestUndoPutsBack(t *testing.T) {
	w := newWorld(t)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 20*time.Hour)
	w.update(30*time.Hour, workflows.UpdateUndo, workflows.ReasonRequest{Person: ada, Reason: "hired again"})
	r := w.run(input())
	require.Equal(t, domain.RunRetracted, r.State)
	require.Equal(t, 1, w.calls[activities.ReactivateAccount.Name])
	last := w.moves[len(w.moves)-1]
	require.True(t, last.Undo)
	require.Equal(t, eliA, last.Account)
	require.Equal(t, danaA, last.Rule.Successor)
}

func TestWhatCameBackNeedsAPerson(t *testing.T) {
	w := newWorld(t)
	w.sweep = func(_ activities.SweepInput, n int) (activities.SweepResult, error) {
		if n == 2 {
			return activities.SweepResult{Returned: true, Left: []domain.StepKey{domain.StepDeactivate}}, nil
		}
		return activities.SweepResult{Clean: true}, nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 20*time.Hour)
	w.update(60*time.Hour, workflows.UpdateRetry, workflows.StepRequest{App: "apollo", Step: domain.StepDeactivate, Person: ada})
	r := w.run(input())
	require.Equal(t, domain.RunClosed, r.State)
	require.Len(t, w.cutAt, 2, "it is cut again only after a person said so")
	require.True(t, w.cutAt[1].After(input().Due.Add(24*time.Hour)))
}
