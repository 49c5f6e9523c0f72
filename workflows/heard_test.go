package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

var takeBack = workflows.ReasonRequest{Person: "p-ada", Reason: "a mistake"}

func TestRetractWhileAccessIsRecorded(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	said := h.while(activities.GrantAccess.Name, workflows.UpdateRetract, takeBack)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.comes(3 * time.Hour)
	r := h.onboard(joinInput(standard))
	require.Len(t, h.granted, 1, "the access is there")
	require.NoError(t, said.err)
	require.Len(t, h.told("access-stands"), 1, "state %s: they were told that nothing happened", r.State)
}

func TestRetractAfterOneAppIsDone(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := joinInput(standard)
	other := in.Apps[0]
	other.App.App = "other"
	in.Apps = append(in.Apps, other)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.comes(3 * time.Hour)
	said := h.update(30*time.Hour, workflows.UpdateRetract, takeBack)
	r := h.onboard(in)
	require.NoError(t, said.err)
	require.Len(t, h.granted, 1, "the access to the first app is there")
	require.Len(t, h.told("access-stands"), 1, "%v", r)
}

func TestUndoWhileTheRunIsConcluded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	undo := w.while(activities.ConcludeRun.Name, workflows.UpdateUndo, takeBack)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(12*time.Hour, 60*time.Hour)
	r := w.handled(input())
	require.True(t, undo.err != nil || w.calls[activities.ReactivateAccount.Name] > 0, "undo accepted, state %s, nothing undone", r.State)
}

func TestRetractWhileTheJoiningIsConcluded(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	said := h.while(activities.ConcludeRun.Name, workflows.UpdateRetract, takeBack)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.comes(3 * time.Hour)
	r := h.onboard(joinInput(standard))
	require.True(t, said.err != nil || r.State == domain.RunRetracted, "accepted, and the run is %s", r.State)
}

func TestRevokeWhileTheAppIsAskedWhoHasCome(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	said := &answer{}
	h.env.RegisterDelayedCallback(func() {
		h.joined = true
		h.meanwhile[activities.SettleJoin.Name] = func() {
			h.says(said, workflows.UpdateRevoke, unwantedInvite)
		}
	}, 2*time.Hour+30*time.Minute)
	r := h.onboard(joinInput(standard))
	require.NoError(t, said.err)
	require.Len(t, h.told("access-stands"), 1, "the revocation was accepted, and the run is %s", r.State)
}

func TestSkipTheCutOffWhileAnotherAdminIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deactivate = func(int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardSoleAdmin, State: domain.GuardShut, Why: "no other admin would remain"}}, nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	skip := w.update(12*time.Hour, workflows.UpdateSkip, step(domain.StepDeactivate, ada))
	w.at(14*time.Hour, func(s workflows.StateView) {
		require.NoError(t, skip.err)
		require.Equal(t, domain.StepSkipped, s.Steps["apollo"][domain.StepDeactivate])
	})
	w.update(15*time.Hour, workflows.UpdateSkip, step(domain.StepPromote, ada))
	w.robot(24*time.Hour, 90*time.Hour)
	w.handled(input())
}

func TestSkipTheCutOffWhileTheOverlapIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shutWhileOverlapping()
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	skip := w.update(12*time.Hour, workflows.UpdateSkip, step(domain.StepDeactivate, ada))
	w.at(14*time.Hour, func(s workflows.StateView) {
		require.NoError(t, skip.err)
		require.Equal(t, domain.StepSkipped, s.Steps["apollo"][domain.StepDeactivate])
	})
	w.decide(15*time.Hour, "", eli, domain.Approve)
	w.robot(24*time.Hour, 90*time.Hour)
	w.handled(input())
}

func TestTheManagerChangesWhileThePlanIsMade(t *testing.T) {
	t.Parallel()
	const cy domain.PersonID = "p-cy"
	w := newWorld(t)
	in := input()
	p := &in.Apps[0].Approval
	p.Stages[0].Refs, p.DefaultHeir = map[domain.PersonID]string{eli: "manager", ada: "app_owner"}, eli
	w.propose = func(p activities.ProposeInput) activities.ProposeResult {
		r := w.plainPlan(p)
		r.Accounts["p-cy"] = "acc-cy"
		return r
	}
	w.meanwhile[activities.ProposePlan.Name] = func() {
		w.env.SignalWorkflow(workflows.SignalManager, workflows.ManagerChanged{From: eli, To: cy})
	}
	w.at(30*time.Minute, func(s workflows.StateView) {
		a := s.Approvals[len(s.Approvals)-1]
		require.Equal(t, domain.ApprovalOpen, a.State)
		require.Equal(t, []domain.PersonID{cy}, a.Policy.Stages[0].Approvers, "who leads them now decides")
	})
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.decide(time.Hour, "apollo", cy, domain.Approve)
	w.robot(24*time.Hour, 90*time.Hour)
	w.handled(in)
	require.Equal(t, cy, w.proposals[len(w.proposals)-1].Heirs[""])
}

func TestTheHeirLeavesWhileThePlanIsMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Heirs = map[domain.RecordKind]domain.PersonID{"": "p-cy"}
	w.propose = func(p activities.ProposeInput) activities.ProposeResult {
		r := w.plainPlan(p)
		r.Accounts = map[domain.PersonID]domain.AccountID{"p-cy": "acc-cy"}
		return r
	}
	w.meanwhile[activities.ProposePlan.Name] = func() {
		w.env.SignalWorkflow(workflows.SignalLeft, workflows.PersonLeft{Person: "p-cy"})
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(24*time.Hour, 90*time.Hour)
	w.handled(in)
	require.Greater(t, len(w.proposals), 1, "they cannot inherit any more: it is asked anew")
}

func TestAnotherHeirRightAfterANoWhileAReminderGoesOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Apps[0].Approval.Reminder = time.Hour
	no, other := &answer{}, &answer{}
	w.during = func(c activities.ChaseInput) {
		if c.Kind == "remind" && !no.done {
			a := c.Approval
			w.says(no, workflows.UpdateDecide, workflows.DecideRequest{Approval: a.ID, Digest: a.Digest, Verdict: domain.Deny, Reason: "not eli", Person: eli})
			w.says(other, workflows.UpdateChooseHeir, workflows.ChooseHeirRequest{App: "apollo", Heirs: map[domain.RecordKind]domain.PersonID{"": eli}, Person: eli})
		}
	}
	w.at(8*time.Hour, func(s workflows.StateView) {
		require.True(t, no.done)
		require.NoError(t, other.err)
		require.True(t, other.done, "who chose gets an answer")
		require.Len(t, w.proposals, 2)
	})
	w.update(9*time.Hour, workflows.UpdateRetry, step(domain.StepAccounts, ada))
	w.update(9*time.Hour, workflows.UpdateRetry, step(domain.StepContacts, ada))
	w.decide(10*time.Hour, "apollo", eli, domain.Approve)
	w.robot(24*time.Hour, 90*time.Hour)
	w.handled(in)
}

func TestCutNowWhileTheAccountIsLookedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.ConfirmCutNow = second()
	said := &answer{}
	play(w, activities.SnapshotAccount, func(s activities.SnapshotInput, n int) (activities.SnapshotResult, error) {
		if !s.Quick && !s.Counts {
			if n == 1 {
				w.says(said, workflows.UpdateCutNow, cut)
			}
			return activities.SnapshotResult{}, temporalFault(domain.FaultForbidden, "records cannot be counted")
		}
		return w.snapshot, nil
	})
	w.at(5*time.Minute, func(workflows.StateView) {
		require.NoError(t, said.err)
		require.NotEmpty(t, w.cutAt, "a security termination waits for nobody")
	})
	w.update(time.Hour, workflows.UpdateRetry, step(domain.StepDeactivate, ada))
	w.decide(10*time.Hour, "", bo, domain.Approve)
	w.decide(10*time.Hour, "apollo", eli, domain.Approve)
	w.robot(24*time.Hour, 90*time.Hour)
	w.run(in)
}

func TestHRTakesItBackWhileTheRunIsConcluded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.meanwhile[activities.ConcludeRun.Name] = func() {
		w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentRetracted})
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(12*time.Hour, 60*time.Hour)
	w.handled(input())
	require.NotEmpty(t, w.chases("hr-too-late", input().Run))
}

func TestHREndsItWhileASecondPersonIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.CutNow, in.ConfirmFirst, in.ConfirmCutNow = true, true, second()
	w.change(5*time.Minute, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow})
	w.decide(8*time.Minute, "", bo, domain.Deny)
	w.at(9*time.Minute, func(workflows.StateView) { require.Len(t, w.cutAt, 1, "HR said that they leave") })
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(24*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
}

func TestHREndsItWhileAPersonMovesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	later := input().Due.Add(72 * time.Hour)
	moved := &answer{}
	once := true
	// The armed cut-off is held back: while that is written down, HR says now.
	play(w, activities.SettleSteps, func(in activities.SettleInput, _ int) (activities.Nothing, error) {
		if once && len(in.Steps) > 0 && in.Steps[0].Key == domain.StepDeactivate && in.Steps[0].State == domain.StepWaiting {
			once = false
			w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow})
		}
		w.settled = append(w.settled, in)
		return activities.Nothing{}, nil
	})
	w.env.RegisterDelayedCallback(func() {
		w.says(moved, workflows.UpdateReschedule, workflows.MomentRequest{Due: later, Zone: "UTC", Person: ada})
	}, armed)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(100*time.Hour, 400*time.Hour)
	w.run(input())
	require.NotEmpty(t, w.cutAt)
	require.True(t, w.cutAt[0].Before(input().Due.Add(time.Hour)), "HR said now, it was cut at %s", w.cutAt[0])
}

func TestDoneWhileTheReadBackOfTheTaskHasFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.byPerson()
	broken := true
	play(w, activities.ReadBackSteps, func(in activities.ReadBackInput, n int) (activities.ReadBackResult, error) {
		if broken {
			return activities.ReadBackResult{}, temporalFault(domain.FaultForbidden, "the key lacks a grant")
		}
		return verifiedOrAttested(in), nil
	})
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.env.RegisterDelayedCallback(func() { // the observer, or a reminder, has the app read: that fails
		w.env.SignalWorkflow(workflows.SignalObserved, "")
	}, 9*time.Hour)
	said := &answer{}
	w.env.RegisterDelayedCallback(func() {
		broken = false // somebody mended the key
		w.says(said, workflows.UpdateTask, workflows.TaskRequest{Task: w.latest().Tasks[0].ID, Proof: "done", Person: ada})
	}, 10*time.Hour)
	w.at(20*time.Hour, func(s workflows.StateView) {
		require.NoError(t, said.err)
		require.Equal(t, domain.StepVerified, s.Steps["apollo"][domain.StepDeactivate], "they were told that the app is read back now")
	})
	w.update(21*time.Hour, workflows.UpdateRetry, step(domain.StepDeactivate, ada))
	w.robot(24*time.Hour, 90*time.Hour)
	w.handled(input())
}

func TestASecurityTerminationByHRHeardTwiceIsAskedAboutOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.ConfirmCutNow = second()
	now := workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow, CutNow: true}
	w.change(time.Hour, now)
	w.change(time.Hour+time.Second, now)
	w.at(time.Hour+time.Minute, func(s workflows.StateView) {
		n := 0
		for _, a := range s.Approvals {
			if a.Scope == domain.ApproveCutNow {
				n++
			}
		}
		require.Equal(t, 1, n)
	})
	w.decide(2*time.Hour, "", bo, domain.Approve)
	w.decide(2*time.Hour, "", bo, domain.Approve)
	w.decide(3*time.Hour, "apollo", eli, domain.Approve)
	w.robot(24*time.Hour, 90*time.Hour)
	w.handled(in)
}

func TestRetractWhileTheRunIsConcludedWithNothingCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.snapshot = activities.SnapshotResult{Complete: true}
	said := w.while(activities.ConcludeRun.Name, workflows.UpdateRetract, takeBack)
	r := w.run(input())
	require.True(t, said.err != nil || r.State == domain.RunRetracted, "accepted, state %s", r.State)
}

func TestARetryWhileATaskIsOpenedIsNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := 0
	retried := &answer{}
	w.openErr = func(task domain.Task) error {
		if task.Title != "Hand over what the app's interface cannot" {
			return nil
		}
		n++
		if n == 1 {
			w.says(retried, workflows.UpdateRetry, step(task.Steps[0], ada))
			return temporalFault(domain.FaultForbidden, "no grant")
		}
		return nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.at(10*time.Hour, func(workflows.StateView) {
		require.NoError(t, retried.err)
		require.Equal(t, 2, n)
	})
	w.update(12*time.Hour, workflows.UpdateRetry, step(domain.StepLists, ada))
	w.robot(13*time.Hour, 90*time.Hour)
	w.run(input())
}

func TestUndoWhileAccessThatCameBackIsCutAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Due = w.env.Now()
	inFlight, n := false, 0
	w.env.RegisterActivityWithOptions(func(ctx context.Context, a activities.AccountInput) (activities.ActResult, error) {
		verified := activities.ActResult{Outcome: activities.OutcomeVerified, Channel: domain.ChannelSCIM}
		if n++; n == 1 {
			return verified, nil
		}
		inFlight = true // the app is slow, or the worker was lost and another one takes it up
		token := activity.GetInfo(ctx).TaskToken
		w.env.RegisterDelayedCallback(func() {
			inFlight = false
			_ = w.env.CompleteActivity(token, verified, nil)
		}, 2*time.Minute)
		return activities.ActResult{}, activity.ErrResultPending
	}, activity.RegisterOptions{Name: activities.DeactivateAccount.Name})
	w.sweep = func(activities.SweepInput, int) (activities.SweepResult, error) {
		return activities.SweepResult{Left: []domain.StepKey{domain.StepDeactivate}}, nil
	}
	w.reactivate = func() (activities.ActResult, error) {
		require.False(t, inFlight, "the user is given access back while the call that takes it away is under way")
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	}
	w.update(30*time.Hour, workflows.UpdateRetry, step(domain.StepDeactivate, ada))
	undo := w.update(30*time.Hour+time.Minute, workflows.UpdateUndo, takeBack)
	r := w.run(in)
	require.NoError(t, undo.err)
	require.Equal(t, 2, n)
	require.False(t, inFlight, "the run ends (%s) while it is under way", r.Why)
}

// Signals may arrive in another order than HR spoke: one of them was tried again.
func TestWhatHRSaidLastStandsInWhateverOrderItArrives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := w.env.Now()
	later := input().Due.Add(72 * time.Hour)
	w.change(2*time.Hour, workflows.EmploymentChange{Kind: workflows.EmploymentMoved, Due: later, Zone: "UTC", SaidAt: said.Add(2 * time.Minute)})
	w.change(2*time.Hour+time.Second, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow, SaidAt: said.Add(time.Minute)})
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(100*time.Hour, 400*time.Hour)
	w.run(input())
	require.NotEmpty(t, w.cutAt)
	require.False(t, w.cutAt[0].Before(later), "it was cut at %s", w.cutAt[0])
}

// HR's word comes too late for a run that is being taken back: people hear of it.
func TestHREndsItWhileTheRunIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.while(activities.SnapshotAccount.Name, workflows.UpdateRetract, takeBack)
	w.meanwhile[activities.ConcludeRun.Name] = func() {
		w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow})
	}
	require.Equal(t, domain.RunRetracted, w.run(input()).State)
	require.Empty(t, w.cutAt)
	require.Len(t, w.chases("hr-too-late", input().Run), 1)
}
