package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"handover/domain"
	"handover/workflows"
)

// due is the last moment of the usual input, counted from the start.
const due = 8*time.Hour + 30*time.Minute

// armed is a moment at which the cut-off waits for the last one.
const armed = due - 10*time.Second

// change says something of HR's to the run.
func (w *world) change(after time.Duration, c workflows.EmploymentChange) {
	w.env.RegisterDelayedCallback(func() { w.env.SignalWorkflow(workflows.SignalEmployment, c) }, after)
}

// finish lets people decide and do their tasks after the cut-off.
func (w *world) finish(in workflows.OffboardingInput) workflows.OffboardingResult {
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(60*time.Hour, 400*time.Hour)
	return w.handled(in)
}

// heldBack counts how often the run wrote down that it held the cut-off back: the
// armed activity looks at it. Each time the claim is given up once nothing can
// happen any more.
func (w *world) heldBack() int {
	held, released := 0, 0
	for _, in := range w.settled {
		for _, row := range in.Steps {
			switch {
			case row.Key != domain.StepDeactivate || row.State != domain.StepWaiting:
			case in.Release:
				released++
			default:
				held++
			}
		}
	}
	require.Equal(w.t, held, released)
	return held
}

func TestTheCutOffIsArmedAheadAndActsAtTheMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(armed, func(workflows.StateView) {
		require.Len(t, w.cuts, 1)
		require.Equal(t, input().Due, w.cuts[0].NotBefore)
		require.Empty(t, w.cutAt)
	})
	require.Equal(t, domain.RunClosed, w.finish(input()).State)
	require.Equal(t, []time.Time{input().Due}, utc(w.cutAt))
	require.Zero(t, w.heldBack())
}

func utc(times []time.Time) []time.Time {
	for i := range times {
		times[i] = times[i].UTC()
	}
	return times
}

func TestOrdersThatPutSomethingFirstAreNotArmed(t *testing.T) {
	t.Parallel()
	for _, order := range []domain.RunOrder{domain.OrderProtectEmail, domain.OrderHandoverFirst} {
		w := newWorld(t)
		in := input()
		in.Apps[0].Order = order
		require.Equal(t, domain.RunClosed, w.finish(in).State)
		require.Zero(t, w.cuts[0].NotBefore, order)
		require.False(t, w.cutAt[0].Before(in.Due))
	}
}

func TestMovedWhileArmed(t *testing.T) {
	t.Parallel()
	later := input().Due.Add(26 * time.Hour)
	for name, move := range map[string]func(w *world){
		"by HR": func(w *world) {
			w.change(armed, workflows.EmploymentChange{Kind: workflows.EmploymentMoved, Due: later, Zone: "UTC"})
		},
		"by a person": func(w *world) {
			w.update(armed, workflows.UpdateReschedule, workflows.MomentRequest{Due: later, Zone: "UTC", Person: ada})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			move(w)
			require.Equal(t, domain.RunClosed, w.finish(input()).State)
			require.Equal(t, []time.Time{later}, utc(w.cutAt))
			require.Equal(t, later, w.cuts[1].NotBefore, "it is armed anew")
			require.Equal(t, later, w.cuts[1].Due)
			require.Equal(t, 1, w.heldBack())
		})
	}
}

func TestMovedToAnEarlierMomentWhileArmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	earlier := input().Due.Add(-5 * time.Second)
	w.change(armed, workflows.EmploymentChange{Kind: workflows.EmploymentMoved, Due: earlier, Zone: "UTC"})
	require.Equal(t, domain.RunClosed, w.finish(input()).State)
	require.Equal(t, []time.Time{earlier}, utc(w.cutAt))
}

func TestRetractedWhileArmed(t *testing.T) {
	t.Parallel()
	for name, retract := range map[string]func(w *world) *answer{
		"by HR": func(w *world) *answer {
			w.change(armed, workflows.EmploymentChange{Kind: workflows.EmploymentRetracted})
			return &answer{done: true}
		},
		"by a person": func(w *world) *answer {
			return w.update(armed, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "stays"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			said := retract(w)
			in := input()
			in.EndRights = true
			require.Equal(t, domain.RunRetracted, w.handled(in).State)
			require.True(t, said.done)
			require.Empty(t, w.cutAt)
			require.Empty(t, w.rights)
			require.Equal(t, 1, w.heldBack())
			require.Equal(t, []domain.AppID{"apollo"}, w.concluded[0].Release, "the claim is given up")
		})
	}
}

// Of two apps none is cut when one word of HR comes in time for both.
func TestRetractedWhileSeveralAppsAreArmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Apps = append(in.Apps, appInput("other"))
	w.change(armed, workflows.EmploymentChange{Kind: workflows.EmploymentRetracted})
	require.Equal(t, domain.RunRetracted, w.handled(in).State)
	require.Empty(t, w.cutAt)
	require.Equal(t, 2, w.heldBack())
}

func TestEndedWhileArmed(t *testing.T) {
	t.Parallel()
	for name, cutNow := range map[string]bool{"ended now": false, "terminated": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.change(armed, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow, CutNow: cutNow})
			require.Equal(t, domain.RunClosed, w.finish(input()).State)
			require.Len(t, w.cutAt, 1)
			require.WithinDuration(t, input().Due.Add(-10*time.Second), w.cutAt[0], time.Second)
			require.Equal(t, cutNow, w.cuts[1].CutNow)
			require.Zero(t, w.cuts[1].NotBefore)
		})
	}
}

func TestSkippedWhileArmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	skip := w.update(armed, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: domain.StepDeactivate, Person: ada, Reason: "done by hand"})
	require.Equal(t, domain.RunClosed, w.finish(input()).State)
	require.True(t, skip.done)
	require.Empty(t, w.cutAt)
}

// A word that comes when access is cut finds that out, however it is said.
func TestTooLateForWhatWasArmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.update(due+time.Second, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "stays"})
	require.Equal(t, domain.RunClosed, w.finish(input()).State)
	require.Error(t, late.err)
	require.Len(t, w.cutAt, 1)
}

// What cannot be prepared ahead is tried at the moment; nobody is asked before.
func TestWhatCannotBePreparedAheadIsDoneAtTheMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.unready = func(n int) error {
		if n > 1 {
			return nil
		}
		return temporal.NewNonRetryableApplicationError("no listing", string(domain.FaultForbidden), nil)
	}
	require.Equal(t, domain.RunClosed, w.finish(input()).State)
	require.Equal(t, []time.Time{input().Due}, utc(w.cutAt))
	require.Zero(t, w.cuts[1].NotBefore)
	for _, a := range w.attention {
		require.NotEqual(t, domain.StepDeactivate, a.Step)
	}
}
