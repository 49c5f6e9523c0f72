package desk_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/desk"
	"handover/workflows"
)

// faltering fails signals as told.
type faltering struct {
	*cluster
	mu   sync.Mutex
	fail func(name string) error
}

func (f *faltering) SignalWorkflow(ctx context.Context, run, id, name string, arg any) error {
	f.mu.Lock()
	err := f.fail(name)
	f.mu.Unlock()
	if err != nil {
		return err
	}
	return f.cluster.SignalWorkflow(ctx, run, id, name, arg)
}

func (w *world) falters(fail func(name string) error) {
	w.Temporal = &faltering{cluster: w.tmp, fail: fail}
}

// goesOn lets the rounds of the desk go on for some minutes.
func (w *world) goesOn() {
	for range 12 {
		w.later(2 * time.Minute)
		w.HRDue(w.t.Context())
		w.Deliveries(w.t.Context())
	}
}

func TestARunIsToldWhenHRSaidWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREnding, 1))
	run := w.leavings("emp-1")[0]
	n := 0
	w.falters(func(string) error {
		if n++; n == 1 {
			return serviceerror.NewUnavailable("away")
		}
		return nil
	})
	w.hears(said("b", domain.HRMoved, 4), said("c", domain.HREndedNow, 5))
	w.settle()
	told := w.signals(run.ID, workflows.SignalEmployment)
	require.Len(t, told, 2)
	heard := map[string]time.Time{}
	for _, raw := range told {
		var change workflows.EmploymentChange
		require.NoError(t, json.Unmarshal([]byte(raw), &change))
		heard[change.Kind] = change.SaidAt
	}
	require.True(t, heard[workflows.EmploymentEndedNow].After(heard[workflows.EmploymentMoved]), "the run can tell which is newer: %v", heard)
}

func TestCutNowAgainAfterTheSecondPersonSaidNo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.Leaving.CutNow.Confirm = domain.ConfirmBefore
	run := w.start("ada", leaving("dana"))
	_, err := w.CutNow(t.Context(), w.as("sec"), run.ID, "security")
	require.NoError(t, err)
	require.Len(t, w.tmp.delivered(), 1)
	w.later(time.Hour) // a second person said no meanwhile; now there is more reason
	_, err = w.CutNow(t.Context(), w.as("sec"), run.ID, "security")
	require.NoError(t, err)
	require.Len(t, w.tmp.delivered(), 2, "they were told that a second person is asked")
}

func TestTheManagerIsToldThoughTheProcessDies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREnding, 1))
	run := w.leavings("emp-1")[0]
	w.Crash = func(point string) {
		if point == "manager-told-not-noted" {
			panic("died")
		}
	}
	changed := said("p", domain.HRChanged, 2, func(e *domain.HREvent) { e.Manager = "gil@example.com" })
	require.Panics(t, func() { w.hears(changed) })
	w.Crash = nil
	w.later(time.Hour) // the lease is over
	w.HRDue(t.Context())
	w.settle()
	require.Len(t, w.signals(run.ID, workflows.SignalManager), 1)
	dana, err := w.st.Person(t.Context(), w.id("dana"))
	require.NoError(t, err)
	require.Equal(t, w.id("gil"), dana.Manager)
}

func TestAPersonsMomentIsKeptThoughTheAnswerIsLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREnding, 8))
	run := w.leavings("emp-1")[0]
	w.tmp.set(true)
	ctx, stop := w.impatient()
	defer stop()
	sooner := domain.LastMoment{Local: "2026-12-10T12:00", Zone: "UTC"}
	_, err := w.Reschedule(ctx, w.as("ada"), run.ID, sooner)
	require.ErrorIs(t, err, desk.ErrPending)
	w.tmp.set(false)
	w.settle()
	require.Len(t, w.tmp.delivered(), 1, "the run was moved")
	said, err := w.st.SaidOf(t.Context(), w.employment("emp-1").ID)
	require.NoError(t, err)
	due, err := sooner.Instant()
	require.NoError(t, err)
	require.Equal(t, due.UTC(), said.Ends.UTC(), "else the guard holds the cut-off until HR's moment")
}

func TestHRsWordReachesARunThatHasEnded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ gone bool }{"retracting": {false}, "gone": {true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.hears(said("a", domain.HREnding, 1))
			run := w.leavings("emp-1")[0]
			_, err := w.Retract(t.Context(), w.as("ada"), run.ID, "stays")
			require.NoError(t, err)
			if c.gone {
				w.falters(func(string) error { return serviceerror.NewNotFound("workflow execution already completed") })
			}
			w.hears(said("n", domain.HREndedNow, 5))
			// The worker closes the run that ada took back.
			require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, RunState: domain.RunRetracted}))
			w.goesOn()
			require.NotEmpty(t, w.standing("emp-1"), "HR said that it ended; outcome %v", w.outcome("n").Outcome)
		})
	}
}

// The run weighs the batch a settling time after it began, or after it grew. Who joins
// after that is in no question, unless the run hears of them; who joins before needs no
// word of their own.
func TestTheRunHearsOfWhoJoinsAfterItHasAsked(t *testing.T) {
	t.Parallel()
	w := company(t, 60)
	w.policy.Brake.CompanyPercent, w.policy.Brake.DepartmentPercent = none(), none()
	for n := range 11 {
		w.hears(someone(n, domain.HREnding, ""))
	}
	grew := func() int { return len(w.signals("held-batch:1", workflows.SignalGrew)) }
	w.hears(someone(11, domain.HREnding, ""), someone(12, domain.HREnding, ""))
	require.Equal(t, 1, grew(), "both are in the first question")
	require.NoError(t, w.st.SetSetting(t.Context(), domain.BatchWeighed("held-batch:1"), "1")) // now people are asked
	w.hears(someone(13, domain.HREnding, ""))
	require.Equal(t, 2, grew())
	w.hears(someone(14, domain.HREnding, ""))
	require.Equal(t, 2, grew(), "the run weighs all again by now")
	_, held := w.counts()
	require.Equal(t, 5, held)
}

func TestTheSecondPersonIsAskedAboutAnotherProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	_, task := w.request(run, "eli", "ada")
	for _, proof := range []string{"a screenshot of yesterday", "a screenshot of today"} {
		w.later(time.Hour)
		w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
			return workflows.Answer{Task: &domain.Task{ID: task, Run: run.ID, App: "apollo", Owner: w.id("ada"), Second: w.id("gil"), Subject: run.Person, Attest: true,
				State: domain.TaskDone, DoneBy: w.id("ada"), Proof: proof}}, nil
		}
		_, err := w.CompleteTask(t.Context(), w.as("ada"), task, proof, false)
		require.NoError(t, err)
	}
	require.Len(t, w.notices("confirm"), 2, "what they stood for before stands no more")
}

// The nightly feed says the same again: that takes nothing back of what a person said.
func TestAPersonsMomentIsKeptThoughHRRepeatsItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREnding, 8))
	run := w.leavings("emp-1")[0]
	w.tmp.set(true)
	ctx, stop := w.impatient()
	defer stop()
	sooner := domain.LastMoment{Local: "2026-12-10T12:00", Zone: "UTC"}
	_, err := w.Reschedule(ctx, w.as("ada"), run.ID, sooner)
	require.ErrorIs(t, err, desk.ErrPending)
	w.hears(said("b", domain.HREnding, 9, func(e *domain.HREvent) { e.LastMoment = said("a", domain.HREnding, 8).LastMoment }))
	w.tmp.set(false)
	w.later(10 * time.Minute)
	w.settle()
	w.Deliveries(t.Context())
	require.NotEmpty(t, w.tmp.delivered(), "the run was moved")
	kept, err := w.st.SaidOf(t.Context(), w.employment("emp-1").ID)
	require.NoError(t, err)
	due, err := sooner.Instant()
	require.NoError(t, err)
	require.Equal(t, due.UTC(), kept.Ends.UTC())
}

func TestTheWordThatBeganARunIsNotToldToItAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.Leaving.CutNow.Confirm = domain.ConfirmBefore
	w.Crash = func(point string) {
		if point == "hr-applied-not-recorded" {
			panic("died")
		}
	}
	require.Panics(t, func() { w.hears(said("x", domain.HREndedNow, 1, func(e *domain.HREvent) { e.CutNow = true })) })
	w.Crash = nil
	w.later(time.Hour)
	w.HRDue(t.Context())
	w.settle()
	run := w.leavings("emp-1")[0]
	require.True(t, run.CutNow)
	require.Empty(t, w.signals(run.ID, workflows.SignalEmployment), "else it would stand against a second person's no")
}

// A run may end between our look at it and the signal: HR's word is carried out anew.
func TestHRsWordThatMeetsAnEndedRunIsCarriedOutAnew(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]error{"at once": nil, "from the outbox": serviceerror.NewUnavailable("away")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.hears(said("a", domain.HREnding, 1))
			run := w.leavings("emp-1")[0]
			w.falters(func(string) error {
				if failed := first; failed != nil {
					first = nil
					return failed
				}
				return serviceerror.NewNotFound("workflow execution already completed")
			})
			w.hears(said("n", domain.HREndedNow, 5))
			require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, RunState: domain.RunDenied}))
			w.goesOn()
			require.NotEmpty(t, w.standing("emp-1"), "outcome %v", w.outcome("n").Outcome)
		})
	}
}

// A move that reached nobody is no repetition of itself.
func TestPeopleHearOfAMoveThatReachedNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("a", domain.HREnding, 1))
	run := w.leavings("emp-1")[0]
	n := 0
	w.falters(func(string) error {
		if n++; n == 1 {
			return serviceerror.NewUnavailable("away")
		}
		return serviceerror.NewNotFound("workflow execution already completed")
	})
	w.hears(said("b", domain.HRMoved, 9))
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, RunState: domain.RunClosed}))
	require.NoError(t, w.st.SetPersonState(t.Context(), w.id("dana"), domain.PersonLeft))
	w.goesOn()
	require.NotEmpty(t, w.notices("hr-too-late"))
}
