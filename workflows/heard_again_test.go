package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

var unwantedInvite = workflows.InviteRequest{App: "apollo", Person: ada, Reason: "not wanted"}

// Whoever revokes an invite while something about it fails was told that it is being taken
// back: somebody is asked to, and not only when somebody else retries.
func TestARevokedInviteIsTakenBackThoughSomethingFails(t *testing.T) {
	t.Parallel()
	fault := temporalFault(domain.FaultForbidden, "no grant")
	later := func(h *hall) *answer { return h.update(3*time.Hour, workflows.UpdateRevoke, unwantedInvite) }
	for name, set := range map[string]func(h *hall) *answer{
		"after a look failed": func(h *hall) *answer { h.silent = fault; return later(h) },
		"while a look fails": func(h *hall) *answer {
			h.silent = fault
			return h.while(activities.SettleJoin.Name, workflows.UpdateRevoke, unwantedInvite)
		},
		"after sending failed": func(h *hall) *answer {
			h.send = func(activities.InviteInput, int) (activities.ActResult, error) { return activities.ActResult{}, fault }
			return later(h)
		},
		"while sending fails": func(h *hall) *answer {
			h.send = func(activities.InviteInput, int) (activities.ActResult, error) { return activities.ActResult{}, fault }
			return h.while(activities.SendInvite.Name, workflows.UpdateRevoke, unwantedInvite)
		},
		"after a seat could not be found": func(h *hall) *answer {
			play(h.world, activities.FindSeat, func(_ activities.FindSeatInput, n int) (activities.FindSeatResult, error) {
				if n > 2 {
					return activities.FindSeatResult{}, fault
				}
				return activities.FindSeatResult{Need: domain.SeatFree}, nil
			})
			h.update(2*time.Hour, workflows.UpdateInviteRole, workflows.InviteRequest{App: "apollo", Person: ada, Role: &adminRol})
			return later(h)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			said := set(h)
			h.decide(time.Hour, "apollo", eli, domain.Approve)
			asked := false
			h.at(5*time.Hour, func(workflows.StateView) { asked = len(h.tasks) > 0 })
			h.update(6*time.Hour, workflows.UpdateRetract, takeBack)
			h.robot(20*time.Hour, 60*time.Hour)
			h.onboard(joinInput(standard))
			require.NoError(t, said.err)
			require.True(t, asked, "somebody is asked to take it back")
		})
	}
}

func TestRetryWhileCloseSignInFails(t *testing.T) {
	t.Parallel()
	w, in := front(t)
	said := &answer{}
	w.close = func(n int) (activities.ActResult, error) {
		if n == 1 {
			w.says(said, workflows.UpdateRetry, step(domain.StepSignIn, ada))
			return activities.ActResult{}, temporalFault(domain.FaultForbidden, "no grant")
		}
		return activities.ActResult{Outcome: activities.OutcomeVerified, Channel: domain.ChannelIDP}, nil
	}
	n := 0
	w.at(12*time.Hour, func(workflows.StateView) { n = len(w.closedAt) })
	w.update(13*time.Hour, workflows.UpdateRetry, step(domain.StepSignIn, ada))
	w.run(in)
	require.NoError(t, said.err)
	require.Equal(t, 2, n, "the retry is lost")
}

func TestSecretsWaitForASweepMeanwhile(t *testing.T) {
	t.Parallel()
	w, in := newWorld(t), input()
	in.Apps[0].Secrets = []workflows.Secret{{Name: "api-key", Owner: bo}}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	back := true
	w.sweep = func(activities.SweepInput, int) (activities.SweepResult, error) {
		if back {
			return activities.SweepResult{Left: []domain.StepKey{domain.StepDeactivate}}, nil
		}
		return activities.SweepResult{Clean: true}, nil
	}
	// handover by people done at 34h, after the sweep of 24h found access back (32h)
	w.robotFrom(36*time.Hour, time.Hour, 38*time.Hour)
	secret := false
	w.at(60*time.Hour, func(workflows.StateView) {
		for _, task := range w.tasks {
			secret = secret || task.Title == "Change api-key"
		}
		back = false
	})
	w.update(61*time.Hour, workflows.UpdateRetry, step(domain.StepDeactivate, ada))
	w.robotFrom(62*time.Hour, time.Hour, 90*time.Hour)
	w.run(in)
	require.True(t, secret, "what the leaver knew is not changed as long as nobody answers for the access that came back")
}

func TestTheSecondPersonSaysNoAndHRRepeatsItself(t *testing.T) {
	t.Parallel()
	w, in := newWorld(t), input()
	in.CutNow, in.ConfirmFirst, in.ConfirmCutNow = true, true, second()
	in.Due = w.env.Now()
	w.change(5*time.Minute, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow, CutNow: true, SaidAt: w.env.Now()})
	w.decide(8*time.Minute, "", bo, domain.Deny)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(24*time.Hour, 90*time.Hour)
	r := w.run(in)
	require.Empty(t, w.cutAt, "bo said no; %v", r)
}

func TestHRTakesItBackWhileARunWithoutAccountsIsConcluded(t *testing.T) {
	t.Parallel()
	w, in := newWorld(t), input()
	w.snapshot = activities.SnapshotResult{Complete: true}
	in.EndRights = true
	w.meanwhile[activities.ConcludeRun.Name] = func() {
		w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentRetracted})
	}
	r := w.run(in)
	t.Log(r, w.rights)
	require.True(t, r.State == domain.RunRetracted || len(w.chases("hr-too-late", in.Run)) > 0, "HR's word is lost: %v, rights %v", r, w.rights)
}

func TestHRsWordsOfARunThatClosesWithoutAccounts(t *testing.T) {
	t.Parallel()
	w, in := newWorld(t), input()
	w.snapshot = activities.SnapshotResult{Complete: true}
	w.meanwhile[activities.ConcludeRun.Name] = func() {
		w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow})
	}
	r := w.run(in)
	for _, c := range w.chases("hr-too-late", in.Run) {
		require.NotContains(t, c.Text, "taken back or was denied", "%v", r)
	}
}

func TestHRsSecurityTerminationWhileConcluded(t *testing.T) {
	t.Parallel()
	w, in := newWorld(t), input()
	in.ConfirmCutNow = second()
	w.meanwhile[activities.ConcludeRun.Name] = func() {
		w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow, CutNow: true})
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(12*time.Hour, 60*time.Hour)
	w.handled(in)
}

func TestOverlapSpins(t *testing.T) {
	t.Parallel()
	w, in := newWorld(t), input()
	in.Apps = append(in.Apps, appInput("other"))
	calls := map[domain.AppID]int{}
	w.playDeactivate(func(a activities.AccountInput, n int) (activities.ActResult, error) {
		calls[a.App]++
		if calls[a.App] > 50 {
			return activities.ActResult{Outcome: activities.OutcomeVerified, Channel: domain.ChannelSCIM}, nil
		}
		if a.App == "other" && calls[a.App] == 1 {
			return activities.ActResult{Outcome: activities.OutcomeVerified, Channel: domain.ChannelSCIM}, nil
		}
		return activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardEmployment, State: domain.GuardShut, Why: "another employment"}}, nil
	})
	back := false
	w.sweep = func(s activities.SweepInput, _ int) (activities.SweepResult, error) {
		if s.App == "other" && back {
			back = false
			return activities.SweepResult{Left: []domain.StepKey{domain.StepDeactivate}}, nil
		}
		return activities.SweepResult{Clean: true}, nil
	}
	w.update(12*time.Hour, workflows.UpdateSkip, step(domain.StepDeactivate, ada))
	w.at(13*time.Hour, func(workflows.StateView) { back = true })
	re := step(domain.StepDeactivate, ada)
	re.App = "other"
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.decide(time.Hour, "other", eli, domain.Approve)
	w.robot(20*time.Hour, 21*time.Hour)
	w.update(50*time.Hour, workflows.UpdateRetry, re)
	w.robotFrom(51*time.Hour, time.Hour, 90*time.Hour)
	w.run(in)
	require.Less(t, calls["other"], 10)
}

func TestAnOldRetryAsksAgainAfterANo(t *testing.T) {
	t.Parallel()
	w, in := newWorld(t), input()
	drifted := false
	w.move = func(m activities.MoveInput, n int) (activities.MoveResult, error) {
		if m.Rule.Kind == domain.Deals && !drifted {
			drifted = true
			return activities.MoveResult{Drift: &domain.Drift{Kind: domain.Deals, Count: 400}}, nil
		}
		return activities.MoveResult{Done: true, Moved: m.Rule.Count, Of: m.Rule.Count}, nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.update(10*time.Hour, workflows.UpdateRetry, step(domain.StepDeals, ada))
	w.decide(11*time.Hour, "apollo", eli, domain.Deny)
	n := 0
	w.at(12*time.Hour, func(workflows.StateView) { n = len(w.proposals) })
	w.update(13*time.Hour, workflows.UpdateRetry, step(domain.StepDeals, ada))
	w.decide(14*time.Hour, "apollo", eli, domain.Approve)
	w.decide(15*time.Hour, "apollo", eli, domain.Approve)
	w.robot(24*time.Hour, 90*time.Hour)
	w.run(in)
	require.Equal(t, 2, n, "who said no is asked the same again at once")
}

func TestDoneWhileTheReadBackOfASecondStepFails(t *testing.T) {
	t.Parallel()
	w, in := newWorld(t), input()
	w.byPerson()
	broken, phase := false, 0
	said := &answer{}
	play(w, activities.ReadBackSteps, func(b activities.ReadBackInput, n int) (activities.ReadBackResult, error) {
		r := activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{}, Settled: true}
		if len(b.Steps) == 2 && b.Steps[0] == domain.StepDeactivate {
			r.States[domain.StepDeactivate], r.States[domain.StepUnlink], r.Settled = domain.StepVerified, domain.StepWaiting, false
			return r, nil
		}
		if len(b.Steps) == 1 && b.Steps[0] == domain.StepUnlink && broken {
			broken = false
			phase = 1
			w.says(said, workflows.UpdateTask, workflows.TaskRequest{Task: b.Task, Proof: "done now", Person: ada})
			return r, temporalFault(domain.FaultForbidden, "the key lacks a grant")
		}
		return verifiedOrAttested(b), nil
	})
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.env.RegisterDelayedCallback(func() { w.env.SignalWorkflow(workflows.SignalObserved, "") }, 9*time.Hour) // the app shows the first
	w.env.RegisterDelayedCallback(func() { broken = true; w.env.SignalWorkflow(workflows.SignalObserved, "") }, 10*time.Hour)
	state := domain.StepPlanned
	w.at(11*time.Hour, func(s workflows.StateView) { state = s.Steps["apollo"][domain.StepUnlink] })
	w.update(21*time.Hour, workflows.UpdateRetry, step(domain.StepUnlink, ada))
	w.robot(24*time.Hour, 90*time.Hour)
	w.run(in)
	require.Equal(t, 1, phase)
	require.NoError(t, said.err)
	require.Equal(t, domain.StepVerified, state, "they were told that the app is read back now")
}

// Who asks for the invite again while it cannot be sent gets that one, and no second.
func TestAResendWhileSendingFailsIsOneInvite(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	works := false
	h.send = func(activities.InviteInput, int) (activities.ActResult, error) {
		if !works {
			return activities.ActResult{}, temporalFault(domain.FaultForbidden, "no grant")
		}
		return activities.ActResult{Outcome: activities.OutcomeUnverified, Channel: domain.ChannelSCIM}, nil
	}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.at(2*time.Hour, func(workflows.StateView) { works = true })
	again := h.update(3*time.Hour, workflows.UpdateResend, workflows.InviteRequest{App: "apollo", Person: ada})
	h.comes(30 * time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(standard)).State)
	require.NoError(t, again.err)
	require.Len(t, h.sent, 2, "one that failed, and one that went out")
}

// What is being written down as ended takes no retraction any more: whoever asks hears it.
func TestASmallRunThatIsConcludedIsNotRetracted(t *testing.T) {
	t.Parallel()
	w := newBrakeWorld(t, 2)
	said := w.while(activities.ConcludeRun.Name, workflows.UpdateRetract, takeBack)
	w.decide(time.Hour, "", eli, domain.Approve)
	require.Equal(t, domain.RunClosed, w.ask().State)
	require.ErrorContains(t, said.err, "not changed any more")
}
