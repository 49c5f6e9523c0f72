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

// byHand is a leaving whose deactivation waits for a person who does not come by
// itself, while the sign-in is closed at the moment.
func byHand(t *testing.T) (*world, workflows.OffboardingInput) {
	w, in := newWorld(t), input()
	in.Apps[0].SignIn = true
	w.snapshot.Channels[0].Channel = domain.ChannelPerson
	w.deactivate = answers(activities.OutcomeUnsupported, "a person does it")
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	return w, in
}

// A door that was closed is access that was cut: nothing is taken back or moved as
// if nothing had happened, and an undo gives it back.
func TestAClosedDoorIsACutThatWasMade(t *testing.T) {
	t.Parallel()
	w, in := byHand(t)
	retract := w.update(9*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "they stay"})
	move := w.update(9*time.Hour+time.Minute, workflows.UpdateReschedule, workflows.MomentRequest{Due: in.Due.Add(240 * time.Hour), Zone: "UTC", Person: ada})
	undo := w.update(10*time.Hour, workflows.UpdateUndo, workflows.ReasonRequest{Person: ada, Reason: "they stay"})
	r := w.run(in)
	require.Equal(t, domain.RunRetracted, r.State)
	require.ErrorContains(t, retract.err, "cut already")
	require.ErrorContains(t, move.err, "cut already")
	require.NoError(t, undo.err)
	require.Equal(t, 1, w.calls[activities.ReopenSignIn.Name])
	require.Equal(t, domain.StepUndone, w.state(domain.StepSignIn))
}

// An undo waits for a close that is under way, and gives back what it took.
func TestUndoWhileTheDoorIsBeingClosed(t *testing.T) {
	t.Parallel()
	for name, close := range map[string]func(int) (activities.ActResult, error){
		"not shown yet": answers(activities.OutcomeUnverified, "accepted"),
		"failing": func(int) (activities.ActResult, error) {
			return activities.ActResult{}, temporal.NewApplicationError("okta failed", "unavailable")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, in := front(t)
			in.Timings.RetryInitial, in.Timings.RetryMax = 10*time.Minute, 10*time.Minute
			w.close = close
			w.reads(domain.StepSignIn, func(activities.ReadBackInput) domain.StepState { return domain.StepDoneUnverified })
			w.reactivate = func() (activities.ActResult, error) {
				return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "a person"}, nil
			}
			w.update(8*time.Hour+32*time.Minute, workflows.UpdateUndo, workflows.ReasonRequest{Person: ada, Reason: "wrong"})
			w.update(30*time.Hour, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: domain.StepDeactivate, Person: ada, Reason: "by hand"})
			require.Equal(t, domain.RunRetracted, w.run(in).State)
			require.Equal(t, 1, w.calls[activities.ReopenSignIn.Name])
		})
	}
}

// The door of somebody who had no user is given back too.
func TestUndoOfTheDoorOfSomebodyWithoutAUser(t *testing.T) {
	t.Parallel()
	w, in := byHand(t)
	absent := w.snapshot
	absent.Found, absent.Account = false, ""
	w.snapshots = map[domain.AppID]activities.SnapshotResult{"other": absent}
	other := appInput("other")
	other.SignIn, in.Apps[0].SignIn = true, false
	in.Apps = append(in.Apps, other)
	undo := w.update(10*time.Hour, workflows.UpdateUndo, workflows.ReasonRequest{Person: ada, Reason: "they stay"})
	require.Equal(t, domain.RunRetracted, w.run(in).State)
	require.NoError(t, undo.err)
	require.Len(t, w.closedAt, 1)
	require.Equal(t, 1, w.calls[activities.ReopenSignIn.Name])
}

// A guard that stays shut when the deactivation asks nobody any more asks here, and
// is not knocked at again and again.
func TestAGuardThatOnlyTheDoorMeets(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	shut := activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardActingUser, State: domain.GuardShut, Why: "they made the API key"}}
	rotated := false
	w.close = func(n int) (activities.ActResult, error) {
		if !rotated {
			return shut, nil
		}
		return answers(activities.OutcomeVerified, "")(n)
	}
	w.env.RegisterDelayedCallback(func() { rotated = true }, 19*time.Hour)
	w.update(20*time.Hour, workflows.UpdateRetry, workflows.StepRequest{App: "apollo", Step: domain.StepSignIn, Person: ada})
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.LessOrEqual(t, w.calls[activities.CloseSignIn.Name], 3)
	require.Contains(t, w.attention[0].Why, "API key")
	require.Equal(t, domain.StepSignIn, w.attention[0].Step)
}

// When the guard is open the door does not wait until a person has done their part,
// and a security termination tries it again at once.
func TestTheDoorFollowsTheGuardAndNotThePerson(t *testing.T) {
	t.Parallel()
	shut := activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardSoleAdmin, State: domain.GuardShut, Why: "the last admin"}}
	t.Run("the guard opens", func(t *testing.T) {
		t.Parallel()
		w, in := byHand(t)
		opened := false
		w.open = func(in activities.TaskInput) activities.TaskResult {
			if in.Guarded && !opened && in.Task.Steps[0] == domain.StepDeactivate {
				return activities.TaskResult{Guard: shut.Guard}
			}
			return activities.TaskResult{Opened: true}
		}
		w.close = func(n int) (activities.ActResult, error) {
			if !opened {
				return shut, nil
			}
			return answers(activities.OutcomeVerified, "")(n)
		}
		w.reads(domain.StepPromote, onceDone)
		w.env.RegisterDelayedCallback(func() { opened = true }, 11*time.Hour)
		w.robot(12*time.Hour, 12*time.Hour) // promotes; the deactivation waits on
		w.robotFrom(40*time.Hour, 2*time.Hour, 80*time.Hour)
		w.env.RegisterDelayedCallback(func() {
			require.Equal(t, domain.StepVerified, w.state(domain.StepSignIn))
			require.False(t, w.state(domain.StepDeactivate).Settled())
		}, 20*time.Hour)
		require.Equal(t, domain.RunClosed, w.run(in).State)
	})
	t.Run("security", func(t *testing.T) {
		t.Parallel()
		w, in := byHand(t)
		w.close = func(n int) (activities.ActResult, error) {
			if n == 1 {
				return shut, nil
			}
			return answers(activities.OutcomeVerified, "")(n)
		}
		w.open = func(in activities.TaskInput) activities.TaskResult {
			return activities.TaskResult{Opened: w.env.Now().After(time.Date(2026, 12, 2, 9, 0, 0, 0, time.UTC)) || !in.Guarded, Guard: shut.Guard}
		}
		w.reads(domain.StepPromote, onceDone)
		w.update(9*time.Hour, workflows.UpdateCutNow, workflows.ReasonRequest{Person: ada, Reason: "security"})
		w.robot(30*time.Hour, 300*time.Hour)
		require.Equal(t, domain.RunClosed, w.run(in).State)
		require.Less(t, w.closedAt[1].Sub(in.Due), time.Hour)
	})
}

func TestADeactivationThatWasSkippedEarlyLeavesNoDoorOpen(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	good := w.snapshot
	w.snapshot.Ambiguous = 2
	w.env.RegisterDelayedCallback(func() { w.snapshot = good }, 30*time.Minute)
	w.update(30*time.Minute+time.Second, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: domain.StepDeactivate, Person: ada, Reason: "done by hand"})
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.Equal(t, []time.Time{in.Due}, w.closedAt)
}

// A person's part is behind the same guards as the program's.
func TestTheTaskOfADoorIsGuarded(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	in.Apps[0].SignIn, in.Apps[0].Instructions = false, map[domain.StepKey]string{domain.StepSignIn: "suspend"}
	guarded := false
	w.open = func(in activities.TaskInput) activities.TaskResult {
		guarded = guarded || in.Task.Steps[0] == domain.StepSignIn && in.Guarded
		return activities.TaskResult{Opened: true}
	}
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.True(t, guarded)
}

// Somebody who had no user when the run began, and made themselves one by logging
// in before their door was closed, is cut off in the app too.
func TestAUserWhoAppearedBeforeTheDoorClosed(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	good := w.snapshot
	w.snapshot = activities.SnapshotResult{Complete: true}
	w.env.RegisterDelayedCallback(func() { w.snapshot = good }, 3*time.Hour)
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.Len(t, w.closedAt, 1)
	require.Len(t, w.cutAt, 1)
	require.Equal(t, domain.StepVerified, w.state(domain.StepDeactivate))
}

// A provider that is away holds up nothing but its own step.
func TestAProviderThatIsAwayHoldsNoSweep(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	up := in.Due.Add(72 * time.Hour)
	w.close = func(n int) (activities.ActResult, error) {
		if w.env.Now().Before(up) {
			return activities.ActResult{}, temporal.NewApplicationError("okta failed", "unavailable")
		}
		return answers(activities.OutcomeVerified, "")(n)
	}
	var first time.Time
	w.sweep = func(activities.SweepInput, int) (activities.SweepResult, error) {
		if first.IsZero() {
			first = w.env.Now()
		}
		return activities.SweepResult{Clean: true}, nil
	}
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.Less(t, first.Sub(in.Due), 24*time.Hour)
	require.Equal(t, domain.StepVerified, w.state(domain.StepSignIn), "the run waits for it at the end")
}

// A security termination closes the door of somebody whom the app does not show.
func TestCutNowDoesNotWaitForAnAppThatDoesNotTell(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	in.CutNow, in.Authority, in.Requester = true, domain.AuthoritySecurity, ada
	in.Due = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	in.Timings.SlowRetry = 2 * time.Hour
	good := w.snapshot
	w.snapshot.Found, w.snapshot.Complete = false, false
	w.env.RegisterDelayedCallback(func() { w.snapshot = good }, 30*time.Hour)
	w.decide(34*time.Hour, "apollo", eli, domain.Approve)
	w.update(31*time.Hour, workflows.UpdateRetry, workflows.StepRequest{App: "apollo", Step: domain.StepDeactivate, Person: ada})
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.LessOrEqual(t, w.closedAt[0].Sub(in.Due), 2*time.Minute)
}
