package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

// shutOnce has the guard of another employment stand before the cut-off until
// somebody agreed.
func (w *world) shutWhileOverlapping() {
	w.deactivate = func(int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardEmployment, State: domain.GuardShut, Why: "another employment"}}, nil
	}
	w.playDeactivate(func(in activities.AccountInput, n int) (activities.ActResult, error) {
		if in.Overlap {
			w.cutAt = append(w.cutAt, w.env.Now())
			return activities.ActResult{Outcome: activities.OutcomeVerified, Channel: domain.ChannelSCIM}, nil
		}
		return w.deactivate(n)
	})
}

func TestAnotherEmploymentAsksInsteadOfCutting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shutWhileOverlapping()
	in := input()
	in.EndRights = true
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.at(12*time.Hour, func(workflows.StateView) {
		require.Empty(t, w.cutAt)
		require.Empty(t, w.rights, "whoever may stay keeps their rights")
	})
	w.decide(13*time.Hour, "", eli, domain.Approve)
	w.robot(14*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.Len(t, w.cutAt, 1)
	require.Equal(t, domain.ApproveOverlap, w.latest().Approvals[1].Scope)
}

func TestWhoStaysIsNotCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shutWhileOverlapping()
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.decide(13*time.Hour, "", eli, domain.Deny)
	r := w.handled(input())
	require.Equal(t, domain.RunRetracted, r.State)
	require.Empty(t, w.cutAt)
}

func TestPeopleAreAskedWhenTheNoticeSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Due = w.env.Now().AddDate(0, 0, 20)
	in.NoticeAt = w.env.Now().AddDate(0, 0, 15)
	w.at(14*24*time.Hour, func(s workflows.StateView) { require.Empty(t, s.Approvals) })
	w.at(15*24*time.Hour+time.Minute, func(s workflows.StateView) { require.Len(t, s.Approvals, 1) })
	w.decide(16*24*time.Hour, "apollo", eli, domain.Approve)
	w.robot(21*24*time.Hour, 90*24*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
}

func TestANoticeThatComesAfterTheCutIsGivenAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Due = w.env.Now().AddDate(0, 0, 20)
	in.NoticeAt = w.env.Now().AddDate(0, 0, 15)
	w.env.RegisterDelayedCallback(func() {
		w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow})
	}, time.Hour)
	w.at(time.Hour+time.Minute, func(s workflows.StateView) {
		require.Len(t, s.Approvals, 1, "access is cut, and the handover is asked about")
	})
	w.decide(2*time.Hour, "apollo", eli, domain.Approve)
	w.robot(24*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
}

func TestChoosingASuccessorEarlyAsksAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Due = w.env.Now().AddDate(0, 0, 20)
	in.NoticeAt = w.env.Now().AddDate(0, 0, 15)
	chosen := w.update(time.Hour, workflows.UpdateChooseHeir, workflows.ChooseHeirRequest{App: "apollo", Heirs: map[domain.RecordKind]domain.PersonID{"": bo}, Person: ada})
	w.decide(2*time.Hour, "apollo", eli, domain.Approve)
	w.robot(21*24*time.Hour, 90*24*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.True(t, chosen.done)
	require.Equal(t, bo, w.proposals[0].Heirs[""])
}

func TestTheNewManagerIsAskedInThePlaceOfTheOldOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		defaultHeir domain.PersonID
		requests    int
	}{"where somebody else inherits": {"", 1}, "and inherits where nobody chose": {eli, 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			in := input()
			p := &in.Apps[0].Approval
			p.Stages[0].Refs, p.DefaultHeir = map[domain.PersonID]string{eli: "manager", ada: "app_owner"}, c.defaultHeir
			in.Heirs[""] = eli
			w.env.RegisterDelayedCallback(func() {
				w.env.SignalWorkflow(workflows.SignalManager, workflows.ManagerChanged{From: eli, To: cy})
			}, time.Hour)
			old := w.decide(2*time.Hour, "apollo", eli, domain.Approve)
			w.decide(3*time.Hour, "apollo", cy, domain.Approve)
			w.robot(10*time.Hour, 90*time.Hour)
			require.Equal(t, domain.RunClosed, w.handled(in).State)
			require.Error(t, old.err)
			require.Len(t, w.latest().Approvals, c.requests)
			if c.defaultHeir != "" {
				require.Equal(t, cy, w.proposals[1].Heirs[""])
			}
		})
	}
}

func TestASecurityTerminationByHRCutsAtOnceAndIsConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.ConfirmCutNow = domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Approvers: []domain.PersonID{bo}}}}
	w.env.RegisterDelayedCallback(func() {
		w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow, CutNow: true})
	}, time.Hour)
	w.decide(2*time.Hour, "", bo, domain.Approve)
	w.decide(3*time.Hour, "apollo", eli, domain.Approve)
	w.robot(4*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.WithinDuration(t, input().Due.Add(-8*time.Hour-30*time.Minute).Add(time.Hour), w.cutAt[0], time.Minute)
}
