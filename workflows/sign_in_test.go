package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

// front is a leaving from an app with an identity provider before it.
func front(t *testing.T) (*world, workflows.OffboardingInput) {
	w, in := newWorld(t), input()
	in.Apps[0].SignIn = true
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(2*time.Hour, 48*time.Hour)
	return w, in
}

func answers(outcome activities.Outcome, why string) func(int) (activities.ActResult, error) {
	return func(int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: outcome, Channel: domain.ChannelIDP, Why: why}, nil
	}
}

// reads answers the read-back of one step, and leaves the others as they are.
func (w *world) reads(key domain.StepKey, answer func(activities.ReadBackInput) domain.StepState) {
	others := w.readBack
	w.readBack = func(in activities.ReadBackInput, n int) activities.ReadBackResult {
		if in.Steps[0] != key {
			return others(in, n)
		}
		state := answer(in)
		return activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{key: state}, Settled: state.Settled()}
	}
}

// onceDone is verified when somebody has said that it is done.
func onceDone(in activities.ReadBackInput) domain.StepState {
	if in.DoneBy != "" {
		return domain.StepVerified
	}
	return domain.StepWaiting
}

func (w *world) state(key domain.StepKey) domain.StepState { return w.latest().Steps["apollo"][key] }

func TestTheSignInIsClosedBesideTheAppAtTheMoment(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.Equal(t, []time.Time{in.Due}, w.closedAt, "not before the moment, and once")
	require.Equal(t, []time.Time{in.Due}, []time.Time{w.cutAt[0].UTC()}, "neither stands for the other")
	require.Equal(t, domain.StepVerified, w.state(domain.StepSignIn))
	require.Empty(t, w.attention)
}

func TestNoProviderNoStep(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	in.Apps[0].SignIn = false
	w.run(in)
	require.Zero(t, w.calls[activities.CloseSignIn.Name])
	require.Empty(t, w.state(domain.StepSignIn))
}

func TestASignInThatTheProviderShowsLater(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	w.close = answers(activities.OutcomeUnverified, "accepted")
	reads := 0
	w.reads(domain.StepSignIn, func(activities.ReadBackInput) domain.StepState {
		if reads++; reads < 3 {
			return domain.StepDoneUnverified
		}
		return domain.StepVerified
	})
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.Equal(t, 3, reads)
	require.Empty(t, w.attention)
}

func TestASignInThatTheProviderNeverShowsNeedsAPerson(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	w.close = func(n int) (activities.ActResult, error) {
		if n > 1 {
			return answers(activities.OutcomeVerified, "")(n)
		}
		return answers(activities.OutcomeUnverified, "accepted")(n)
	}
	w.reads(domain.StepSignIn, func(activities.ReadBackInput) domain.StepState { return domain.StepDoneUnverified })
	w.env.RegisterDelayedCallback(func() {
		require.Equal(t, domain.StepVerified, w.state(domain.StepDeactivate), "the app is cut meanwhile")
		require.Equal(t, domain.StepNeedsAttention, w.state(domain.StepSignIn))
	}, 12*time.Hour)
	w.update(20*time.Hour, workflows.UpdateRetry, workflows.StepRequest{App: "apollo", Step: domain.StepSignIn, Person: ada})
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.Equal(t, 2, w.calls[activities.CloseSignIn.Name])
	require.Contains(t, w.attention[0].Why, "still shows the app")
}

// A guard that shuts before the deactivation shuts the sign-in too, and people are
// asked once.
func TestAGuardHoldsTheSignInToo(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	shut := activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardSoleAdmin, State: domain.GuardShut, Why: "the last admin"}}
	cut := false
	w.deactivate = func(n int) (activities.ActResult, error) {
		if n == 1 {
			return shut, nil
		}
		cut = true
		return activities.ActResult{Outcome: activities.OutcomeVerified, Channel: domain.ChannelSCIM}, nil
	}
	w.close = func(n int) (activities.ActResult, error) {
		if !cut {
			return shut, nil
		}
		return answers(activities.OutcomeVerified, "")(n)
	}
	w.reads(domain.StepPromote, onceDone)
	require.Equal(t, domain.RunClosed, w.run(in).State)
	promotions := 0
	for _, task := range w.tasks {
		for _, key := range task.Steps {
			if key == domain.StepPromote {
				promotions++
			}
		}
	}
	require.Equal(t, 1, promotions)
	require.Equal(t, 2, w.calls[activities.CloseSignIn.Name])
	require.Empty(t, w.attention)
}

func TestASignInThatHandoverMayNotCloseIsATask(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	w.close = answers(activities.OutcomeUnsupported, "the group is filled by a rule: change the rule, or the person's department")
	w.reads(domain.StepSignIn, onceDone)
	require.Equal(t, domain.RunClosed, w.run(in).State)
	var asked *domain.Task
	for _, task := range w.tasks {
		if task.Steps[0] == domain.StepSignIn {
			asked = &task
		}
	}
	require.NotNil(t, asked)
	require.Contains(t, asked.Why, "filled by a rule")
	require.Equal(t, in.Due, asked.DueAt)
}

// Words in the policy alone make it a step of people: a team on another provider
// loses nothing.
func TestASignInByWordsOfThePolicyAlone(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	in.Apps[0].SignIn, in.Apps[0].Instructions = false, map[domain.StepKey]string{domain.StepSignIn: "In the admin console suspend the person."}
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.Zero(t, w.calls[activities.CloseSignIn.Name])
	require.Equal(t, domain.StepAttested, w.state(domain.StepSignIn))
	require.Contains(t, w.tasks[0].Instructions, "In the admin console suspend the person.")
}

// Whoever has no user in the app gets one at their next log-in where the provider
// still lets them in.
func TestTheDoorOfSomebodyWithoutAUserIsClosedToo(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	w.snapshot = activities.SnapshotResult{Complete: true}
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.Equal(t, []time.Time{in.Due}, w.closedAt)
	require.Empty(t, w.cutAt)
}

func TestTheSignInMovesWithTheMoment(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	later := in.Due.Add(26 * time.Hour)
	w.update(3*time.Hour, workflows.UpdateReschedule, workflows.MomentRequest{Due: later, Zone: "UTC", Person: ada})
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.Equal(t, []time.Time{later}, w.closedAt)
}

func TestARetractedRunClosesNoSignIn(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	w.update(3*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "they stay"})
	require.Equal(t, domain.RunRetracted, w.run(in).State)
	require.Empty(t, w.closedAt)
}

func TestCutNowClosesTheSignInNow(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	in.CutNow, in.Authority, in.Requester = true, domain.AuthoritySecurity, ada
	in.Due = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	in.ConfirmCutNow = domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: "second", Approvers: []domain.PersonID{bo}, Timeout: 15 * time.Minute}}}
	w.decide(5*time.Minute, "", bo, domain.Approve)
	w.env.RegisterDelayedCallback(func() { require.Len(t, w.closedAt, 1) }, time.Second)
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.True(t, w.closes[0].CutNow)
}

func TestUndoGivesTheSignInBack(t *testing.T) {
	t.Parallel()
	for name, reopened := range map[string]activities.Outcome{"by the provider": activities.OutcomeVerified, "by hand": activities.OutcomeUnsupported} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, in := front(t)
			w.reopen = func() (activities.ActResult, error) {
				return activities.ActResult{Outcome: reopened, Why: "not captured"}, nil
			}
			w.update(20*time.Hour, workflows.UpdateUndo, workflows.ReasonRequest{Person: ada, Reason: "the wrong person"})
			w.update(30*time.Hour, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: domain.StepSignIn, Person: ada, Reason: "given back by hand"})
			require.Equal(t, domain.RunRetracted, w.run(in).State)
			require.Equal(t, 1, w.calls[activities.ReopenSignIn.Name])
			require.Equal(t, reopened != activities.OutcomeVerified, len(w.attention) > 0)
		})
	}
}

// A sign-in that came back is closed again on a person's word, under a name of its
// own in the record.
func TestASignInThatCameBack(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	w.sweep = func(_ activities.SweepInput, n int) (activities.SweepResult, error) {
		if n == 2 {
			return activities.SweepResult{Returned: true, Left: []domain.StepKey{domain.StepSignIn}}, nil
		}
		return activities.SweepResult{Clean: true}, nil
	}
	w.update(60*time.Hour, workflows.UpdateRetry, workflows.StepRequest{App: "apollo", Step: domain.StepSignIn, Person: ada})
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.Len(t, w.closes, 2)
	require.Equal(t, []int{0, 1}, []int{w.closes[0].Returned, w.closes[1].Returned})
}

func withBrowser(w *world) {
	w.snapshot.Channels = append(w.snapshot.Channels, domain.ChannelChoice{Capability: domain.CanUnlinkMailbox, Channel: domain.ChannelBrowser, Why: "recorded"})
}

func TestABrowserUnlinksTheMailbox(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	withBrowser(w)
	w.plays = func(in activities.PlayInput, _ int) (activities.ActResult, error) {
		require.Equal(t, domain.CanUnlinkMailbox, in.Capability)
		return activities.ActResult{Outcome: activities.OutcomeUnverified, Channel: domain.ChannelBrowser}, nil
	}
	w.reads(domain.StepUnlink, func(in activities.ReadBackInput) domain.StepState {
		require.Equal(t, domain.ChannelBrowser, in.Channel)
		return domain.StepVerified
	})
	require.Equal(t, domain.RunClosed, w.run(in).State)
	require.Equal(t, 1, w.calls[activities.PlayRecipe.Name])
	for _, task := range w.tasks {
		require.NotContains(t, task.Steps, domain.StepUnlink)
	}
	require.Empty(t, w.attention)
}

// What the browser stopped at people hear, and a person does the step.
func TestABrowserThatStoppedIsToldAndAPersonGoesOn(t *testing.T) {
	t.Parallel()
	for name, outcome := range map[string]activities.Outcome{"stopped": activities.OutcomeUnsupported, "without effect": activities.OutcomeUnverified} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, in := front(t)
			withBrowser(w)
			w.plays = func(activities.PlayInput, int) (activities.ActResult, error) {
				return activities.ActResult{Outcome: outcome, Channel: domain.ChannelBrowser, Why: "the browser stopped: two buttons match"}, nil
			}
			require.Equal(t, domain.RunClosed, w.run(in).State)
			require.Equal(t, 1, w.calls[activities.PlayRecipe.Name], "a browser does not try its luck")
			require.Len(t, w.attention, 1)
			asked := 0
			for _, task := range w.tasks {
				if task.Steps[0] == domain.StepUnlink {
					asked++
					require.Equal(t, w.attention[0].Why, task.Why)
				}
			}
			require.Equal(t, 1, asked)
			require.Equal(t, domain.StepVerified, w.state(domain.StepUnlink))
		})
	}
}

// A cut on a door that is not the app's own, which the app does not show, is done
// by a person: nothing is done before the app shows it.
func TestACutThatTheAppDoesNotShowFallsToAPerson(t *testing.T) {
	t.Parallel()
	for _, channel := range []domain.Channel{domain.ChannelIDP, domain.ChannelBrowser} {
		t.Run(string(channel), func(t *testing.T) {
			t.Parallel()
			w, in := front(t)
			w.snapshot.Channels[0].Channel = channel
			w.deactivate = func(int) (activities.ActResult, error) {
				return activities.ActResult{Outcome: activities.OutcomeUnverified, Channel: channel}, nil
			}
			require.Equal(t, domain.RunClosed, w.run(in).State)
			asked := false
			for _, task := range w.tasks {
				if task.Steps[0] == domain.StepDeactivate {
					asked = true
					require.Contains(t, task.Why, "still lists the user as active")
				}
			}
			require.True(t, asked)
		})
	}
}
