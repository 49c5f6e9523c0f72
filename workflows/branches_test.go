package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

func TestATaskThatCouldNotBeOpenedIsOpenedAgain(t *testing.T) {
	t.Parallel()
	for _, key := range []domain.StepKey{domain.StepUnlink, domain.StepWorkflows, "secret-shared"} {
		w, in := newWorld(t), input()
		in.Apps[0].Secrets = []workflows.Secret{{Name: "shared"}}
		failed := false
		w.openErr = func(task domain.Task) error {
			for _, k := range task.Steps {
				if k == key && !failed {
					failed = true
					return temporalFault(domain.FaultForbidden, "the database refused it")
				}
			}
			return nil
		}
		w.decide(time.Hour, "apollo", eli, domain.Approve)
		for h := 20; h < 200; h += 20 {
			for _, k := range []domain.StepKey{domain.StepUnlink, domain.StepWorkflows, domain.StepEnrolments, "secret-shared"} {
				w.update(time.Duration(h)*time.Hour, workflows.UpdateRetry, step(k, ada))
			}
		}
		w.robot(10*time.Hour, 220*time.Hour)
		require.Equal(t, domain.RunClosed, w.handled(in).State)
		require.True(t, failed, key)
		require.True(t, w.latest().Steps["apollo"][key].Settled(), "%s is done all the same", key)
	}
}

func TestGraceOfProtectEmailIsBounded(t *testing.T) {
	t.Parallel()
	for _, order := range []domain.RunOrder{domain.OrderProtectEmail, domain.OrderHandoverFirst} {
		w, in := newWorld(t), input()
		in.Apps[0].Order = order
		w.move = func(activities.MoveInput, int) (activities.MoveResult, error) {
			if w.env.Now().Before(in.Due.Add(5 * time.Hour)) {
				return activities.MoveResult{ResumeAt: w.env.Now().Add(time.Hour)}, nil
			}
			return activities.MoveResult{Done: true}, nil
		}
		w.decide(time.Hour, "apollo", eli, domain.Approve)
		w.robot(20*time.Hour, 100*time.Hour)
		require.Equal(t, domain.RunClosed, w.handled(in).State)
		require.WithinDuration(t, in.Due.Add(in.Timings.Grace), w.cutAt[0], time.Second, "%s waits for its grace and no longer", order)
		require.True(t, w.latest().Steps["apollo"][domain.StepUnlink].Settled(), "what began ahead is finished")
	}
}

func TestGraceEndsWhenTheWorkIsDone(t *testing.T) {
	t.Parallel()
	w, in := newWorld(t), input()
	in.Apps[0].Order = domain.OrderHandoverFirst
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.at(6*time.Hour, func(workflows.StateView) { require.NotEmpty(t, w.moves, "records move ahead") })
	w.robot(20*time.Hour, 100*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.WithinDuration(t, in.Due, w.cutAt[0], time.Second)
}

func TestOneKindIsMovedByOneOnly(t *testing.T) {
	t.Parallel()
	w, in := newWorld(t), input()
	in.Apps[0].Order = domain.OrderHandoverFirst
	resume := map[domain.RecordKind]time.Time{}
	w.move = func(m activities.MoveInput, _ int) (activities.MoveResult, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		require.False(t, w.env.Now().Before(resume[m.Rule.Kind]), "%s is asked for before its window opens", m.Rule.Kind)
		if w.env.Now().Before(in.Due.Add(5 * time.Hour)) {
			resume[m.Rule.Kind] = w.env.Now().Add(time.Hour)
			return activities.MoveResult{ResumeAt: resume[m.Rule.Kind]}, nil
		}
		return activities.MoveResult{Done: true}, nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(20*time.Hour, 100*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
}

func TestUndo(t *testing.T) {
	t.Parallel()
	undo := workflows.ReasonRequest{Person: ada, Reason: "stays"}
	t.Run("before anything", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		early := w.update(time.Hour, workflows.UpdateUndo, undo)
		w.decide(2*time.Hour, "apollo", eli, domain.Approve)
		w.robot(10*time.Hour, 90*time.Hour)
		require.Equal(t, domain.RunClosed, w.handled(input()).State)
		require.ErrorContains(t, early.err, "retract")
	})
	t.Run("during the handover", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.move = func(in activities.MoveInput, _ int) (activities.MoveResult, error) {
			if !in.Undo && in.Rule.Kind == domain.Contacts {
				return activities.MoveResult{ResumeAt: w.env.Now().Add(time.Hour)}, nil
			}
			return activities.MoveResult{Done: true}, nil
		}
		w.decide(time.Hour, "apollo", eli, domain.Approve)
		said := w.update(20*time.Hour, workflows.UpdateUndo, undo)
		r := w.handled(input())
		require.Equal(t, domain.RunRetracted, r.State)
		require.True(t, said.done)
		require.Equal(t, 1, w.calls[activities.ReactivateAccount.Name])
		for _, key := range []domain.StepKey{domain.StepDeactivate, domain.StepContacts, domain.StepDeals} {
			require.Equal(t, domain.StepUndone, w.latest().Steps["apollo"][key], key)
		}
	})
	t.Run("while the door has accepted and the app does not show it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.deactivate = func(int) (activities.ActResult, error) {
			return activities.ActResult{Outcome: activities.OutcomeUnverified}, nil
		}
		w.update(20*time.Hour, workflows.UpdateUndo, undo)
		require.Equal(t, domain.RunRetracted, w.handled(input()).State)
		require.Equal(t, 1, w.calls[activities.ReactivateAccount.Name], "what may be cut is given back")
	})
}

func TestHREndsItDuringTheApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env.RegisterDelayedCallback(func() {
		w.env.SignalWorkflow(workflows.SignalEmployment, workflows.EmploymentChange{Kind: workflows.EmploymentEndedNow})
	}, time.Hour)
	w.decide(20*time.Hour, "apollo", eli, domain.Approve)
	w.robot(30*time.Hour, 100*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.WithinDuration(t, time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC), w.cutAt[0], time.Second, "HR's word does not wait for an approver")
}

func TestAlreadyDeactivatedStillHandsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.snapshot.Active = domain.No
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.NotEmpty(t, w.moves)
}

func TestAListingCutShortProvesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	whole := w.snapshot
	w.snapshot = activities.SnapshotResult{Found: false, Complete: false}
	w.at(time.Hour, func(s workflows.StateView) {
		require.False(t, s.Steps["apollo"][domain.StepDeactivate].Settled())
		require.NotEmpty(t, w.attention)
		w.snapshot = whole
	})
	w.decide(2*time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.Len(t, w.cutAt, 1, "it is looked at again by itself")
}

// TestTwentyAppsStayUnderFourThousandEvents counts what a history would hold:
// three events for each activity (scheduled, started, completed; the server's own
// retries add none), two for each timer and each update, and three for each
// workflow task: one for each activity and update that comes back, and one for
// each instant at which timers fire. People answer within the hour; nobody is
// reminded. Three retries by a person in each app, with a report each, cost some
// thousand events more; the server warns at ten thousand.
func TestTwentyAppsStayUnderFourThousandEvents(t *testing.T) {
	t.Parallel()
	require.Less(t, eventsOfTwentyApps(t, domain.FaultUnavailable), 4000)
	require.Less(t, eventsOfTwentyApps(t, domain.FaultForbidden), 5000)
}

func eventsOfTwentyApps(t *testing.T, fault domain.FaultKind) int {
	t.Helper()
	const apps = 20
	in := input()
	in.Apps, in.Timings.Attempts = nil, 4
	for i := range apps {
		in.Apps = append(in.Apps, appInput(domain.AppID(fmt.Sprintf("app-%02d", i))))
	}
	w := newWorld(t)
	failures := map[domain.AppID]int{}
	w.move = func(m activities.MoveInput, _ int) (activities.MoveResult, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if m.Rule.Kind == domain.Deals && failures[m.App] < 3 {
			failures[m.App]++
			if fault.Retryable() {
				w.calls[activities.MoveRecords.Name]-- // a retry of the server's is no event
				return activities.MoveResult{}, temporal.NewApplicationError("away", string(fault))
			}
			return activities.MoveResult{}, temporalFault(fault, "no grant")
		}
		return activities.MoveResult{Done: true}, nil
	}
	updates := 0
	for _, app := range in.Apps {
		w.decide(time.Hour, app.App, eli, domain.Approve)
		updates++
		for retry := 0; retry < 3 && !fault.Retryable(); retry++ {
			s := step(domain.StepDeals, ada)
			s.App = app.App
			w.update(9*time.Hour+time.Duration(retry)*time.Minute, workflows.UpdateRetry, s)
			updates++
		}
	}
	timers, instants := 0, map[time.Time]bool{}
	w.env.SetOnTimerScheduledListener(func(_ string, wait time.Duration) {
		timers++
		instants[w.env.Now().Add(wait).Truncate(time.Second)] = true
	})
	for _, after := range []time.Duration{515, 530} { // minutes
		w.robot(after*time.Minute, after*time.Minute)
	}
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	ran := 0
	for _, n := range w.calls {
		ran += n
	}
	for _, task := range w.latest().Tasks {
		updates++
		if task.ConfirmedBy != "" {
			updates++
		}
	}
	events := 3*ran + 2*(timers+updates) + 3*(ran+len(instants)+updates)
	t.Logf("%d activities, %d timers at %d instants, %d updates: %d events", ran, timers, len(instants), updates, events)
	require.Equal(t, apps*3, sum(failures))
	return events
}

func sum(by map[domain.AppID]int) int {
	total := 0
	for _, n := range by {
		total += n
	}
	return total
}

// An app that is away for hours is tried again and again; people hear of it once.
func TestTheSameTroubleIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deactivate = func(int) (activities.ActResult, error) {
		if w.env.Now().Before(input().Due.Add(5 * time.Hour)) {
			return activities.ActResult{}, temporalFault(domain.FaultUnavailable, "the app does not answer")
		}
		return activities.ActResult{Outcome: activities.OutcomeVerified, Channel: domain.ChannelSCIM}, nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.update(11*time.Hour, workflows.UpdateRetry, step(domain.StepDeactivate, ada))
	w.robot(14*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	told, all := 0, 0
	for _, a := range w.attention {
		if a.Step == domain.StepDeactivate {
			all++
			if !a.Quiet {
				told++
			}
		}
	}
	require.Greater(t, all, 10, "it is tried every quarter of an hour")
	require.Equal(t, 2, told, "at first, and to whoever tried again")
}
