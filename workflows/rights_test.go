package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

func (w *world) left(after time.Duration, who domain.PersonID) {
	w.env.RegisterDelayedCallback(func() { w.env.SignalWorkflow(workflows.SignalLeft, workflows.PersonLeft{Person: who}) }, after)
}

const cy domain.PersonID = "p-cy"

func TestTheLeaversOwnRightsEndWithTheCutOffOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	in := input()
	in.EndRights = true
	in.Apps = append(in.Apps, appInput("second"))
	w.decide(time.Hour, "second", eli, domain.Approve)
	w.robot(10*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.Equal(t, []activities.RightsInput{{StepRef: activities.StepRef{Run: in.Run, Person: dana}}}, w.rights)
}

func TestARunForOneAppEndsNoRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.Empty(t, w.rights)
}

func TestALeaverWithoutAnAccountKeepsTheirRightsUntilTheLastMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.snapshot = activities.SnapshotResult{Complete: true}
	in := input()
	in.EndRights = true
	w.at(time.Hour, func(workflows.StateView) { require.Empty(t, w.rights) })
	w.env.RegisterDelayedCallback(func() {
		w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentMoved, Due: in.Due.Add(time.Hour), Zone: "UTC"})
	}, 2*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.Len(t, w.rights, 1)
	require.False(t, w.env.Now().Before(in.Due.Add(time.Hour)))
}

func TestUndoGivesTheRightsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.EndRights = true
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.update(30*time.Hour, workflows.UpdateUndo, workflows.ReasonRequest{Person: ada, Reason: "hired again"})
	require.Equal(t, domain.RunRetracted, w.handled(in).State)
	require.Len(t, w.rights, 2)
	require.True(t, w.rights[1].Back)
}

func TestAnApproverWhoLeavesIsReplacedInTheOpenRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Apps[0].Approval = domain.ApprovalPolicy{Reminder: 24 * time.Hour, Fallback: []domain.PersonID{dana, bo}, Stages: []domain.ApprovalStage{{Name: "manager",
		Approvers: []domain.PersonID{eli}, Quorum: 1}}}
	in.Heirs[""] = cy
	w.left(time.Hour, eli)
	gone := w.decide(2*time.Hour, "apollo", eli, domain.Approve)
	w.decide(3*time.Hour, "apollo", bo, domain.Approve)
	w.robot(10*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.ErrorContains(t, gone.err, "your rights here ended")
	asked := w.latest().Approvals[0]
	require.Equal(t, []domain.PersonID{bo}, asked.Policy.Stages[0].Approvers, "never the leaver of the run")
	moved := w.chases("moved", asked.ID)
	require.Len(t, moved, 1)
	require.Equal(t, []domain.PersonID{bo}, moved[0].To)
}

func TestATaskOfSomebodyWhoLeavesMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.byPerson()
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	in := input()
	in.Admins = []domain.PersonID{ada, cy}
	w.at(9*time.Hour, func(s workflows.StateView) {
		require.Equal(t, ada, s.Tasks[0].Owner)
	})
	w.left(9*time.Hour+time.Minute, ada)
	w.left(9*time.Hour+2*time.Minute, bo)
	w.at(9*time.Hour+3*time.Minute, func(s workflows.StateView) {
		require.Equal(t, cy, s.Tasks[0].Owner, "the backup left as well")
		require.Empty(t, s.Tasks[0].Backup)
	})
	late := w.update(10*time.Hour, workflows.UpdateRetry, step(domain.StepUnlink, ada))
	w.update(11*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: cy, Reason: "enough seen"})
	require.Equal(t, domain.RunRetracted, w.run(in).State)
	require.Error(t, late.err, "an administrator who left steers nothing")
}

func TestAnHeirWhoLeavesIsAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Heirs[""] = cy
	w.left(time.Hour, cy)
	w.at(2*time.Hour, func(s workflows.StateView) {
		require.Equal(t, domain.ApprovalReplaced, s.Approvals[0].State)
		require.Equal(t, domain.ApprovalOpen, s.Approvals[1].State)
	})
	w.decide(3*time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
}

func TestNobodyAnsweredAndThePolicyDenies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Apps[0].Approval.Stages[0].OnTimeout = domain.TimeoutDeny
	w.at(5*time.Hour, func(s workflows.StateView) {
		require.Equal(t, domain.ApprovalDenied, s.Approvals[0].State)
		require.Equal(t, domain.SystemActor, s.Approvals[0].Decisions[0].Actor)
		require.Len(t, w.chases("expired", s.Approvals[0].ID), 1)
	})
	w.update(20*time.Hour, workflows.UpdateChooseHeir, workflows.ChooseHeirRequest{App: "apollo", Heirs: map[domain.RecordKind]domain.PersonID{"": bo}, Person: ada})
	w.decide(21*time.Hour, "apollo", eli, domain.Approve)
	w.robot(25*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.NotEmpty(t, w.cutAt, "nobody's silence keeps a leaver's access")
}

func TestASuccessorWhoGainsIsNotAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Heirs[""] = eli
	in.Apps[0].Approval.Gains, in.Apps[0].Approval.Fallback = []domain.RecordKind{domain.Deals}, []domain.PersonID{bo}
	own := w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.decide(2*time.Hour, "apollo", bo, domain.Approve)
	w.robot(10*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.ErrorContains(t, own.err, "gains")
	require.Equal(t, []domain.PersonID{eli}, w.latest().Approvals[0].Gains)
}

func TestAShutGuardEndsNoRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deactivate = func(int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardActingUser, State: domain.GuardShut, Why: "stays"}}, nil
	}
	in := input()
	in.EndRights = true
	w.update(20*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "they stay"})
	require.Equal(t, domain.RunRetracted, w.handled(in).State)
	require.Empty(t, w.rights, "nobody who stays loses what they may do here")
}

func TestRetractingWhileTheAppIsAwayGivesTheRightsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deactivate = func(int) (activities.ActResult, error) {
		return activities.ActResult{}, temporal.NewNonRetryableApplicationError("down", string(domain.FaultForbidden), nil)
	}
	in := input()
	in.EndRights = true
	w.update(20*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "they stay"})
	require.Equal(t, domain.RunRetracted, w.handled(in).State)
	require.Len(t, w.rights, 2)
	require.False(t, w.rights[0].Back, "their access should be gone, so their rights are")
	require.True(t, w.rights[1].Back)
}

func TestNobodysWordEndsTheRightsOfSomebodyWithoutAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.snapshot = activities.SnapshotResult{Complete: true}
	in := personal()
	in.EndRights = true
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.Empty(t, w.rights, "neither HR nor an approver said so")
}

func TestAStageThatPassesWhilePeopleAreRemindedIsNotMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Apps[0].Approval.Reminder = time.Hour
	in.Apps[0].Approval.Stages = append(in.Apps[0].Approval.Stages, domain.ApprovalStage{Name: "owner", Approvers: []domain.PersonID{bo}, Backup: []domain.PersonID{cy}, Timeout: time.Hour})
	passed := false
	w.during = func(c activities.ChaseInput) {
		if c.Kind == "remind" && !passed {
			passed = true
			w.env.UpdateWorkflow(workflows.UpdateDecide, "", quiet(), workflows.DecideRequest{Approval: c.About, Digest: c.Approval.Digest, Verdict: domain.Approve, Person: eli})
		}
	}
	w.decide(4*time.Hour, "apollo", cy, domain.Approve)
	w.robot(10*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	opened := w.chases("approval-opened", w.latest().Approvals[0].ID)
	require.Len(t, opened, 1)
	require.Equal(t, []domain.PersonID{bo}, opened[0].To)
	require.Len(t, w.chases("escalate", opened[0].About), 1, "its time runs as well")
}

func TestSomebodyWhoLeavesWhileThePlanIsMadeIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Apps[0].Approval = domain.ApprovalPolicy{Reminder: 48 * time.Hour, Fallback: []domain.PersonID{bo}, Stages: []domain.ApprovalStage{{Name: "owner",
		Approvers: []domain.PersonID{cy}, Quorum: 1}}}
	w.propose = func(in activities.ProposeInput) activities.ProposeResult {
		w.env.SignalWorkflow(workflows.SignalLeft, workflows.PersonLeft{Person: cy})
		return w.plainPlan(in)
	}
	w.decide(3*time.Hour, "apollo", bo, domain.Approve)
	w.robot(10*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	moved := w.chases("moved", w.latest().Approvals[0].ID)
	require.Len(t, moved, 1)
	require.Equal(t, []domain.PersonID{bo}, moved[0].To)
}

func TestWhereNobodyIsLeftToDecideThoseWhoLookAfterTheRunHearIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Apps[0].Approval = domain.ApprovalPolicy{Reminder: time.Hour, Stages: []domain.ApprovalStage{{Name: "owner", Approvers: []domain.PersonID{cy}, Quorum: 1, Timeout: 2 * time.Hour}}}
	w.left(30*time.Minute, cy)
	w.update(4*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "start again"})
	require.Equal(t, domain.RunRetracted, w.handled(in).State)
	asked := w.latest().Approvals[0].ID
	for _, c := range []activities.ChaseInput{w.chases("moved", asked)[0], w.chases("remind", asked)[0], w.chases("escalate", asked)[0]} {
		require.Equal(t, in.Tell, c.To)
		require.NotContains(t, c.Text, "you may", c.Kind)
		require.NotContains(t, c.Text, "your decision", c.Kind)
	}
}

func TestASecretOfSomebodyWhoLeavesMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Apps[0].Secrets = []workflows.Secret{{Name: "api-key", Owner: cy}}
	w.left(time.Hour, cy)
	w.decide(2*time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	owners := map[string]domain.PersonID{}
	for _, task := range w.tasks {
		owners[task.Title] = task.Owner
	}
	require.Equal(t, ada, owners["Change api-key"])
}
