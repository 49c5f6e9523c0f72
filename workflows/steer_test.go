package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

// byPerson makes deactivating a task for a person.
func (w *world) byPerson() {
	w.snapshot.Channels = nil
	w.deactivate = func(int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "no interface"}, nil
	}
}

func (w *world) at(after time.Duration, look func(workflows.StateView)) {
	w.env.RegisterDelayedCallback(func() { look(w.latest()) }, after)
}

// handled requires that everything asked of a run was answered before it ended
// and that nothing is left open.
func (w *world) handled(in workflows.OffboardingInput) workflows.OffboardingResult {
	w.t.Helper()
	r := w.run(in)
	for _, a := range w.latest().Approvals {
		require.NotEqual(w.t, domain.ApprovalOpen, a.State, "request %s is left open", a.ID)
	}
	for _, t := range w.latest().Tasks {
		require.NotContains(w.t, []domain.TaskState{domain.TaskOpen, domain.TaskDone}, t.State, "task %s is left open", t.ID)
	}
	return r
}

func personal() workflows.OffboardingInput {
	in := input()
	in.Authority, in.NeedsApproval, in.Requester = domain.AuthorityPerson, true, ada
	return in
}

func second() domain.ApprovalPolicy {
	return domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: "second", Approvers: []domain.PersonID{bo}, Timeout: 15 * time.Minute}}}
}

var cut = workflows.ReasonRequest{Person: "p-sec", Reason: "security"}

func TestCutNowWhileWaiting(t *testing.T) {
	t.Parallel()
	for _, order := range []domain.RunOrder{domain.OrderGuide, domain.OrderProtectEmail, domain.OrderHandoverFirst} {
		in := personal()
		in.Apps[0].Order, in.ConfirmCutNow = order, second()
		w := newWorld(t)
		said := w.update(2*time.Hour, workflows.UpdateCutNow, cut)
		w.at(2*time.Hour+time.Minute, func(s workflows.StateView) {
			require.Len(t, w.cutAt, 1, "%s waits for nothing", order)
			require.Empty(t, w.moves)
			for _, a := range s.Approvals {
				if a.Scope == domain.ApproveCutNow {
					require.Equal(t, domain.PersonID("p-sec"), a.Requester)
				} else {
					require.Equal(t, ada, a.Requester, "whoever started the run still does not approve its plan")
				}
			}
		})
		w.decide(3*time.Hour, "", bo, domain.Approve)
		w.decide(4*time.Hour, "apollo", eli, domain.Approve)
		w.robot(5*time.Hour, 60*time.Hour)
		require.Equal(t, domain.RunClosed, w.handled(in).State)
		require.NoError(t, said.err)
	}
}

func TestAPlanDeniedAfterACutNowHoldsTheHandover(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(time.Hour, workflows.UpdateCutNow, cut)
	w.decide(2*time.Hour, "apollo", eli, domain.Deny)
	chosen := w.update(3*time.Hour, workflows.UpdateChooseHeir, workflows.ChooseHeirRequest{App: "apollo", Heirs: map[domain.RecordKind]domain.PersonID{"": eli}, Person: ada})
	w.decide(4*time.Hour, "apollo", eli, domain.Approve)
	w.robot(5*time.Hour, 60*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(personal()).State)
	require.True(t, chosen.done, "the choice is answered")
	require.NotEmpty(t, w.moves)
	require.NotEmpty(t, w.attention, "somebody is told that it waits")
}

func TestCutNowIsConfirmedFirstWhereThePolicySaysSo(t *testing.T) {
	t.Parallel()
	for verdict, at := range map[domain.Verdict]time.Time{
		domain.Approve: time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC), domain.Deny: input().Due} {
		in := input()
		in.ConfirmCutNow, in.ConfirmFirst = second(), true
		w := newWorld(t)
		w.update(2*time.Hour, workflows.UpdateCutNow, cut)
		again := w.update(2*time.Hour+time.Minute, workflows.UpdateCutNow, cut)
		self := w.decide(150*time.Minute, "", "p-sec", domain.Approve)
		w.decide(3*time.Hour, "", bo, verdict)
		w.decide(4*time.Hour, "apollo", eli, domain.Approve)
		w.robot(10*time.Hour, 60*time.Hour)
		require.Equal(t, domain.RunClosed, w.handled(in).State)
		require.WithinDuration(t, at, w.cutAt[0], time.Second, "%s", verdict)
		require.ErrorContains(t, self.err, "somebody else")
		require.True(t, again.done, "asking twice asks once")
	}
}

func TestASecurityTerminationThatNobodyConfirmsFirst(t *testing.T) {
	t.Parallel()
	in := input()
	in.CutNow, in.ConfirmFirst, in.ConfirmCutNow = true, true, second()
	w := newWorld(t)
	w.decide(time.Minute, "", bo, domain.Deny)
	r := w.handled(in)
	require.Equal(t, domain.RunDenied, r.State)
	require.Contains(t, r.Why, "confirmed")
	require.Empty(t, w.cutAt)

	w = newWorld(t)
	in.ConfirmCutNow = domain.ApprovalPolicy{}
	require.Equal(t, domain.RunDenied, w.handled(in).State, "nobody is named: it ends, and hangs nowhere")

	w = newWorld(t)
	in.ConfirmCutNow = second()
	w.update(time.Minute, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada})
	require.Equal(t, domain.RunRetracted, w.handled(in).State)
}

func TestCutNowPassesAGuardThatAPersonHadToOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deactivate = func(n int) (activities.ActResult, error) {
		if n == 1 {
			return activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardProtected, State: domain.GuardShut, Why: "protected"}}, nil
		}
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.update(20*time.Hour, workflows.UpdateCutNow, cut)
	w.robot(22*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.Len(t, w.cutAt, 2)
}

func TestCutNowAfterTheCutIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.update(20*time.Hour, workflows.UpdateCutNow, cut)
	w.decide(21*time.Hour, "apollo", eli, domain.Approve)
	w.robot(22*time.Hour, 90*time.Hour)
	w.handled(input())
	require.ErrorContains(t, late.err, "cut already")
}

func moment(at time.Time) workflows.MomentRequest {
	return workflows.MomentRequest{Due: at, Zone: "UTC", Person: ada}
}

func TestReschedule(t *testing.T) {
	t.Parallel()
	due := input().Due
	for name, moves := range map[string][]time.Time{
		"earlier": {due.Add(-3 * time.Hour)}, "later": {due.Add(50 * time.Hour)}, "into the past": {due.Add(-20 * time.Hour)},
		"twice": {due.Add(50 * time.Hour), due.Add(30 * time.Hour)}, "and back": {due.Add(50 * time.Hour), due},
	} {
		w := newWorld(t)
		for i, to := range moves {
			w.update(time.Duration(i+1)*time.Hour, workflows.UpdateReschedule, moment(to))
		}
		own := w.update(3*time.Hour, workflows.UpdateReschedule, workflows.MomentRequest{Due: due.Add(1000 * time.Hour), Person: dana})
		w.decide(4*time.Hour, "apollo", eli, domain.Approve)
		w.robot(10*time.Hour, 90*time.Hour)
		late := w.update(80*time.Hour, workflows.UpdateReschedule, moment(due.Add(500*time.Hour)))
		require.Equal(t, domain.RunClosed, w.handled(input()).State, name)
		want := moves[len(moves)-1]
		if start := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC); want.Before(start) {
			want = start
		}
		require.Len(t, w.cutAt, 1, name)
		require.WithinDuration(t, want, w.cutAt[0], time.Second, name)
		require.ErrorContains(t, own.err, "their own", name)
		require.ErrorContains(t, late.err, "cut already", name)
	}
}

func TestALastMomentThatMovesWhileATaskIsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.byPerson()
	later := input().Due.Add(48 * time.Hour)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.at(8*time.Hour, func(s workflows.StateView) {
		require.Equal(t, domain.TaskOpen, s.Tasks[0].State, "the task is issued ahead")
	})
	w.update(8*time.Hour+time.Minute, workflows.UpdateReschedule, moment(later))
	w.at(9*time.Hour, func(s workflows.StateView) {
		require.Equal(t, domain.TaskClosed, s.Tasks[0].State, "nobody cuts too early")
	})
	w.robot(57*time.Hour, 57*57*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.WithinDuration(t, later.Add(-time.Hour), w.tasks[1].OpenedAt, time.Second)
	require.WithinDuration(t, later, w.tasks[1].DueAt, time.Second)
}

func TestALastMomentThatMovesWhileAGuardIsShut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deactivate = func(n int) (activities.ActResult, error) {
		if n == 1 {
			return activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardActingUser, State: domain.GuardShut, Why: "rotate first"}}, nil
		}
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	}
	later := input().Due.Add(48 * time.Hour)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.update(10*time.Hour, workflows.UpdateReschedule, moment(later))
	w.update(11*time.Hour, workflows.UpdateRetry, workflows.StepRequest{App: "apollo", Step: domain.StepDeactivate, Person: ada})
	w.robot(12*time.Hour, 100*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.WithinDuration(t, later, w.cutAt[1], time.Second, "an opened guard is no reason to cut early")
}

func TestRetractDuringEachWait(t *testing.T) {
	t.Parallel()
	retract := workflows.ReasonRequest{Person: ada}
	for name, c := range map[string]struct {
		set   func(w *world, in *workflows.OffboardingInput)
		after time.Duration
		says  string
	}{
		"for the moment":   {func(*world, *workflows.OffboardingInput) {}, time.Hour, "nothing was changed"},
		"for the approval": {func(_ *world, in *workflows.OffboardingInput) { *in = personal() }, 30 * time.Hour, "nothing was changed"},
		"for a task":       {func(w *world, _ *workflows.OffboardingInput) { w.byPerson() }, 30 * time.Hour, "nothing was changed"},
		"at a fault": {func(w *world, _ *workflows.OffboardingInput) {
			w.deactivate = func(int) (activities.ActResult, error) {
				return activities.ActResult{}, temporalFault(domain.FaultForbidden, "no grant")
			}
		}, 30 * time.Hour, "nothing was changed"},
		"at a listing cut short": {func(w *world, _ *workflows.OffboardingInput) { w.snapshot = activities.SnapshotResult{} }, time.Hour, "nothing was changed"},
		"at two users":           {func(w *world, _ *workflows.OffboardingInput) { w.snapshot.Ambiguous = 2 }, time.Hour, "nothing was changed"},
		"records gone ahead": {func(w *world, in *workflows.OffboardingInput) {
			in.Apps[0].Order = domain.OrderHandoverFirst
			w.decide(time.Hour, "apollo", eli, domain.Approve)
		}, 6 * time.Hour, "stays as it is"},
	} {
		w, in := newWorld(t), input()
		c.set(w, &in)
		said := w.update(c.after, workflows.UpdateRetract, retract)
		r := w.handled(in)
		require.Equal(t, domain.RunRetracted, r.State, name)
		require.Contains(t, r.Why, c.says, name)
		require.True(t, said.done, name)
		require.Equal(t, []domain.AppID{"apollo"}, w.concluded[0].Release, name)
	}
}

func TestRetractAfterTheCutIsRefused(t *testing.T) {
	t.Parallel()
	for name, outcome := range map[string]activities.Outcome{"shown": activities.OutcomeVerified, "accepted and not shown yet": activities.OutcomeUnverified} {
		w := newWorld(t)
		w.deactivate = func(int) (activities.ActResult, error) { return activities.ActResult{Outcome: outcome}, nil }
		w.readBack = func(in activities.ReadBackInput, n int) activities.ReadBackResult {
			r := verifiedOrAttested(in)
			if in.Steps[0] == domain.StepDeactivate && n > 1 {
				return activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{domain.StepDeactivate: domain.StepVerified}, Settled: true}
			}
			return r
		}
		w.decide(time.Hour, "apollo", eli, domain.Approve)
		late := w.update(8*time.Hour+31*time.Minute, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada})
		own := w.update(9*time.Hour, workflows.UpdateUndo, workflows.ReasonRequest{Person: dana})
		w.robot(10*time.Hour, 90*time.Hour)
		require.Equal(t, domain.RunClosed, w.handled(input()).State, name)
		require.ErrorContains(t, late.err, "undo", name)
		require.ErrorContains(t, own.err, "their own", name)
	}
}
