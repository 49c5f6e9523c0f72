package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

// An activity whose worker died runs for a while without doing anything. What people say
// meanwhile is heard, and not only if they say it again.

func TestARetryWhileTheTroubleIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deactivate = func(n int) (activities.ActResult, error) {
		if n == 1 {
			return activities.ActResult{}, temporalFault(domain.FaultForbidden, "no grant")
		}
		return activities.ActResult{Outcome: activities.OutcomeVerified, Channel: domain.ChannelSCIM}, nil
	}
	retried := w.while(activities.ReportAttention.Name, workflows.UpdateRetry, step(domain.StepDeactivate, ada))
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(12*time.Hour, 60*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.NoError(t, retried.err)
	require.Len(t, w.cutAt, 2)
	require.Less(t, w.cutAt[1].Sub(w.cutAt[0]), time.Minute)
}

// A security termination that is asked for while the cut-off knocks at a guard does not
// stand before that guard afterwards.
func TestCutNowWhileTheCutOffIsUnderWay(t *testing.T) {
	t.Parallel()
	shut := activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardProtected, Why: "protected: a second person opens it"}}
	open := activities.ActResult{Outcome: activities.OutcomeVerified, Channel: domain.ChannelSCIM}
	for name, c := range map[string]struct {
		in    func(t *testing.T) (*world, workflows.OffboardingInput)
		under domain.StepKey
	}{
		"in the app":  {func(t *testing.T) (*world, workflows.OffboardingInput) { return newWorld(t), input() }, domain.StepDeactivate},
		"at the door": {front, domain.StepSignIn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, in := c.in(t)
			in.ConfirmCutNow = second()
			said := &answer{}
			knock := func(n int) (activities.ActResult, error) {
				if n == 1 {
					w.says(said, workflows.UpdateCutNow, cut)
					return shut, nil
				}
				return open, nil
			}
			if c.under == domain.StepSignIn {
				w.close = knock
				w.deactivate = func(int) (activities.ActResult, error) {
					if w.env.Now().Before(in.Due.Add(5 * time.Hour)) {
						return activities.ActResult{}, temporalFault(domain.FaultUnavailable, "the app does not answer")
					}
					return open, nil
				}
			} else {
				w.deactivate = knock
			}
			w.decide(time.Hour, "apollo", eli, domain.Approve)
			w.decide(10*time.Hour, "", bo, domain.Approve)
			w.robot(12*time.Hour, 60*time.Hour)
			require.Equal(t, domain.RunClosed, w.run(in).State)
			require.NoError(t, said.err)
			at := w.cutAt
			if c.under == domain.StepSignIn {
				at = w.closedAt
			}
			require.Len(t, at, 2)
			require.Less(t, at[1].Sub(at[0]), time.Minute)
		})
	}
}

func TestATaskIsRefusedWhileItIsOpened(t *testing.T) {
	t.Parallel()
	w, in := newWorld(t), input()
	w.snapshot.Channels[0].Channel = domain.ChannelPerson
	w.deactivate = answers(activities.OutcomeUnsupported, "a person does it")
	refused := &answer{}
	w.meanwhile[activities.OpenTask.Name] = func() {
		task := w.latest().Tasks[0]
		w.says(refused, workflows.UpdateTask, workflows.TaskRequest{Task: task.ID, Cannot: true, Proof: "no rights there", Person: ada})
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.at(7*time.Hour+31*time.Minute, func(workflows.StateView) {
		require.NotEmpty(t, w.attention, "people hear at once")
		require.Contains(t, w.attention[0].Why, "cannot be done")
	})
	w.robotFrom(10*time.Hour, time.Hour, 40*time.Hour)
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.NoError(t, refused.err)
}

func TestASkipWhileTheAppIsAskedWhoHasCome(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	skip := step(domain.StepAccept, ada)
	skip.Reason = "they start next year"
	skipped := h.while(activities.SettleJoin.Name, workflows.UpdateSkip, skip)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.at(2*time.Hour, func(workflows.StateView) {
		require.Equal(t, domain.StepSkipped, h.state(domain.StepAccept), "not only when the app is asked again")
	})
	h.robot(20*time.Hour, 60*time.Hour)
	h.onboard(joinInput(standard))
	require.NoError(t, skipped.err)
}
