package desk_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// settle lets an hour pass and carries the outbox until nothing waits any more.
func (w *world) settle() {
	w.t.Helper()
	w.ticks.Add(time.Hour.Milliseconds())
	ctx, stop := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.Deliver(ctx) }()
	require.Eventually(w.t, func() bool {
		n, _, err := w.st.OutboxDepth(ctx)
		return err == nil && n == 0
	}, 30*time.Second, 50*time.Millisecond)
	stop()
	<-done
}

// impatient hangs up as soon as Temporal is asked.
func (w *world) impatient() (context.Context, context.CancelFunc) {
	ctx, hangUp := context.WithCancel(w.t.Context())
	w.tmp.mu.Lock()
	w.tmp.missed = hangUp
	w.tmp.mu.Unlock()
	return ctx, hangUp
}

func TestTemporalAwayKeepsTheCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	w.tmp.set(true)
	ctx, stop := w.impatient()
	defer stop()
	_, err := w.Retract(ctx, w.as("ada"), run.ID, "stays")
	require.ErrorIs(t, err, desk.ErrPending)
	require.Empty(t, w.events(store.AuditFilter{Run: run.ID, Kind: domain.EventRunRetracted}), "nothing is told before it happened")
	w.tmp.set(false)
	w.settle()
	require.Len(t, w.tmp.delivered(), 1)
	events := w.events(store.AuditFilter{Run: run.ID, Kind: domain.EventRunRetracted})
	require.Len(t, events, 1)
	require.Equal(t, w.id("ada"), events[0].Actor)
	require.Equal(t, "stays", events[0].Reason)
	_, err = w.Retract(t.Context(), w.as("ada"), run.ID, "stays")
	require.NoError(t, err, "the same click has the same answer")
	require.Len(t, w.tmp.delivered(), 1)
}

func TestTemporalAwayAtTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tmp.set(true)
	ended := desk.OffboardRequest{Email: "dana@example.com", Employment: "emp-1", Now: true}
	run, created, err := w.Offboard(t.Context(), w.as("hr"), ended)
	require.NoError(t, err)
	require.True(t, created)
	require.Empty(t, w.tmp.started)
	ctx, stop := w.impatient()
	defer stop()
	_, err = w.Reschedule(ctx, w.as("ada"), run.ID, domain.LastMoment{Local: "2027-01-04T12:00", Zone: "UTC"})
	require.ErrorIs(t, err, desk.ErrPending)
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
		if len(w.tmp.started) == 0 {
			return nil, errors.New("delivered before the start")
		}
		return workflows.Answer{}, nil
	}
	w.tmp.set(false)
	w.settle()
	require.Len(t, w.tmp.started, 1)
	require.Len(t, w.tmp.delivered(), 1, "the run's start goes first")
}

func TestACrashBetweenDeliveryAndRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	approval, _ := w.request(run, "eli", "ada")
	w.tmp.answer = decided(approval, run)
	died := false
	w.Crash = func(point string) {
		if point == "delivered-not-recorded" && !died {
			died = true
			panic("killed")
		}
	}
	require.Panics(t, func() {
		_, _ = w.Decide(t.Context(), w.as("eli"), approval, "", domain.Approve, "")
	})
	require.Empty(t, w.events(store.AuditFilter{Run: run.ID, Kind: domain.EventDecision}))
	w.settle()
	sent := w.tmp.delivered()
	require.Len(t, sent, 2, "it is delivered again")
	require.Equal(t, sent[0].UpdateID, sent[1].UpdateID, "as the same decision")
	events := w.events(store.AuditFilter{Run: run.ID, Kind: domain.EventDecision})
	require.Len(t, events, 1)
	require.Equal(t, "approve", events[0].To)
	row, err := w.st.Approval(t.Context(), approval)
	require.NoError(t, err)
	require.Equal(t, domain.ApprovalApproved, row.State)
}

// decided answers like a workflow in which Eli's word is enough.
func decided(approval string, run domain.Run) func(client.UpdateWorkflowOptions) (any, error) {
	return func(client.UpdateWorkflowOptions) (any, error) {
		return workflows.ApprovalAnswer{Approval: domain.Approval{ID: approval, Run: run.ID, App: "apollo", Digest: "v1:d", Subject: run.Person,
			State: domain.ApprovalApproved, OpenedAt: morning, Decisions: []domain.Decision{{Verdict: domain.Approve, Digest: "v1:d"}}}}, nil
	}
}

func TestWhoHangsUpIsHeardAllTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	ctx, hangUp := context.WithCancel(t.Context())
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
		hangUp()
		return workflows.Answer{Text: "retracted"}, nil
	}
	_, err := w.Retract(ctx, w.as("ada"), run.ID, "")
	require.ErrorIs(t, err, desk.ErrPending)
	w.settle()
	require.Len(t, w.events(store.AuditFilter{Run: run.ID, Kind: domain.EventRunRetracted}), 1, "what Temporal answered is in the log")
}

func TestARefusalByTheWorkflowIsAnEventAndMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
		return nil, temporal.NewNonRetryableApplicationError("access is cut already", domain.RefusedState, nil)
	}
	_, err := w.Retract(t.Context(), w.as("ada"), run.ID, "stays")
	require.Equal(t, domain.RefusedState, code(err))
	require.ErrorContains(t, err, "cut already")
	events := w.refusals("ada")
	require.Len(t, events, 1)
	require.Equal(t, map[string]string{"command": workflows.UpdateRetract, "code": domain.RefusedState}, events[0].Facts)
	require.Empty(t, events[0].Reason)

	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) { return workflows.Answer{Text: "retracted"}, nil }
	answer, err := w.Retract(t.Context(), w.as("ada"), run.ID, "stays")
	require.NoError(t, err)
	require.Equal(t, "retracted", answer.Text)
	sent := w.tmp.delivered()
	require.NotEqual(t, sent[0].UpdateID, sent[1].UpdateID, "a refusal changed nothing, so a new try is a new command")
}

func TestARunThatEndedSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
		return nil, serviceerror.NewNotFound("workflow execution already completed")
	}
	_, err := w.Undo(t.Context(), w.as("ada"), run.ID, "")
	require.Equal(t, domain.RefusedState, code(err))
	require.ErrorContains(t, err, "the run has ended")
	require.Len(t, w.refusals("ada"), 1)
}

func TestMovingTheLastMomentBackIsANewCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	for _, local := range []string{"2027-01-04T12:00", "2027-01-05T12:00", "2027-01-04T12:00"} {
		_, err := w.Reschedule(t.Context(), w.as("ada"), run.ID, domain.LastMoment{Local: local, Zone: "Europe/Berlin"})
		require.NoError(t, err)
	}
	require.Len(t, w.tmp.delivered(), 3)
	row, err := w.st.Run(t.Context(), run.ID)
	require.NoError(t, err)
	require.Equal(t, domain.LastMoment{Local: "2027-01-04T12:00", Zone: "Europe/Berlin"}, row.LastMoment)
}

func TestRescheduleRefusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	for _, m := range []domain.LastMoment{{Local: "yesterday"}, {Local: "2026-11-01T12:00"}, {Local: "2099-11-01T12:00"}, {Local: "2027-01-04T12:00", Zone: "Nowhere/At"}} {
		_, err := w.Reschedule(t.Context(), w.as("ada"), run.ID, m)
		require.Equal(t, domain.RefusedReason, code(err), m.Local)
	}
	require.Len(t, w.refusals("ada"), 4)
	require.Empty(t, w.tmp.delivered())
}

func TestSayingDoneAgainIsMeant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	_, task := w.request(run, "eli", "bo")
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
		return workflows.Answer{Text: "read back", Task: &domain.Task{ID: task, Run: run.ID, App: "apollo", Owner: w.id("bo"), State: domain.TaskDone}}, nil
	}
	for range 2 {
		_, err := w.CompleteTask(t.Context(), w.as("bo"), task, "note", false)
		require.NoError(t, err)
	}
	require.Len(t, w.events(store.AuditFilter{Run: run.ID, Kind: domain.EventTaskDone}), 2)
	mine, err := w.Tasks(t.Context(), w.as("bo"), store.RequestFilter{}, false)
	require.NoError(t, err)
	require.Len(t, mine, 1)
}

func TestEveryCommandLeavesItsEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	approval, task := w.request(run, "eli", "bo")
	ada := w.as("ada")
	step := desk.StepRequest{App: "apollo", Step: domain.StepDeals, Reason: "sold", Accept: 90}
	for kind, do := range map[domain.EventKind]func() error{
		domain.EventRunCutNow: func() error { _, err := w.CutNow(t.Context(), w.as("sec"), run.ID, "now"); return err },
		domain.EventUndone:    func() error { _, err := w.Undo(t.Context(), ada, run.ID, "back"); return err },
		domain.EventDecision: func() error {
			_, err := w.ChooseHeirs(t.Context(), w.as("eli"), approval, map[domain.RecordKind]string{domain.Deals: "gil@example.com"}, "")
			return err
		},
		domain.EventTaskConfirmed: func() error { _, err := w.ConfirmTask(t.Context(), ada, task, "seen"); return err },
		domain.EventStepChanged:   func() error { _, err := w.Step(t.Context(), ada, run.ID, desk.SkipStep, step); return err },
	} {
		before := len(w.events(store.AuditFilter{Run: run.ID, Kind: kind}))
		require.NoError(t, do(), kind)
		require.Len(t, w.events(store.AuditFilter{Run: run.ID, Kind: kind}), before+1, kind)
	}
	broken, err := w.st.VerifyGlobal(t.Context())
	require.NoError(t, err, "at %d", broken)
	row, err := w.st.Run(t.Context(), run.ID)
	require.NoError(t, err)
	require.True(t, row.CutNow)
}

func TestOnlyThoseWhoDecideChooseTheSuccessor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	approval, _ := w.request(run, "eli", "bo")
	heirs := map[domain.RecordKind]string{"": "gil@example.com"}
	for who, want := range map[string]string{"eli": "", "ada": "", "aud": domain.RefusedNotApprover, "bo": domain.RefusedNotApprover, "dana": domain.RefusedNotApprover} {
		_, err := w.ChooseHeirs(t.Context(), w.as(who), approval, heirs, "")
		require.Equal(t, want, code(err), who)
	}
	_, err := w.ChooseHeirs(t.Context(), w.as("eli"), approval, map[domain.RecordKind]string{"": "gil"}, "")
	require.Equal(t, domain.RefusedReason, code(err))
}
