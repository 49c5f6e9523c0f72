package desk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// is lets the previews show one account.
func (w *reviewWorld) is(account domain.AccountID, email string) {
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) {
		return []workflows.PreviewAnswer{{App: "apollo", Result: workflows.PreviewResult{Found: true, Complete: true, Account: account, Email: email, Active: domain.Yes}}}, nil
	}
}

// fails ends the runs of lines without what was decided.
func (w *reviewWorld) fails(runs ...store.ReviewRun) {
	w.t.Helper()
	for _, r := range runs {
		require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: r.Run, RunState: domain.RunDenied}))
		require.NoError(w.t, w.st.MarkLines(w.t.Context(), w.id, []domain.LineMark{{Line: r.Line, From: domain.LineCarrying, To: domain.LineFailed, Why: "its run is denied"}}, domain.Entry{Run: w.id}))
	}
}

func (w *reviewWorld) tend(times int) {
	w.t.Helper()
	for range times {
		require.NoError(w.t, w.Tender()(w.t.Context()))
	}
}

// What people decide again after the brake held goes on, the first few alone as
// before, and what fails again is told again.
func TestWhatIsDecidedAgainIsNoLongerHeld(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", remove(), "dana", "bo", "gil", "hana")
	w.past()
	w.shows()
	w.tend(1)
	first := w.runsOf()
	require.Len(t, first, 3)
	w.fails(first...)
	w.tend(3)
	require.Equal(t, domain.LineDecided, w.line("hana").State, "nothing more begins")
	told := len(w.notices(t, "review-attention"))
	require.NotZero(t, told)
	w.ticks.Add(time.Hour.Milliseconds())
	require.Equal(t, 3, w.says("eli", remove(), "dana", "bo", "gil").Applied)
	w.tend(3)
	again := w.runsOf()
	require.Len(t, again, 3, "three go first, and no fourth beside them")
	for i, r := range again {
		require.Equal(t, domain.LineCarrying, r.State)
		require.NotEqual(t, first[i].Run, r.Run)
	}
	require.Len(t, w.notices(t, "review-attention"), told)
	w.fails(again...)
	w.tend(3)
	require.Len(t, w.notices(t, "review-attention"), 2*told, "these are other failures")
}

// The run of an earlier decision is not that of a later one, whatever came between.
func TestADecisionMadeAgainBeginsARunOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", remove(), "dana")
	w.past()
	w.shows()
	w.ticks.Add(time.Hour.Milliseconds())
	w.tend(1)
	first := w.line("dana").Run
	require.NotEmpty(t, first)
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: first, RunState: domain.RunClosed}))
	require.NoError(t, w.st.MarkLines(t.Context(), w.id, []domain.LineMark{{Line: 1, From: domain.LineCarrying, To: domain.LineFailed, Why: "its run is closed"}}, domain.Entry{Run: w.id}))
	w.ticks.Add(time.Hour.Milliseconds())
	require.Equal(t, 1, w.says("eli", remove(), "dana").Applied)
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) {
		return []workflows.PreviewAnswer{{App: "apollo", Fault: "unavailable", Text: "the app does not answer"}}, nil
	}
	w.tend(1)
	require.Equal(t, []any{domain.LineCarrying, ""}, []any{w.line("dana").State, w.line("dana").Run})
	w.shows()
	w.tend(1)
	second := w.line("dana").Run
	require.NotEmpty(t, second)
	require.NotEqual(t, first, second)
}

// A run that stands already and does something else is no proof of the decision.
func TestARunThatDoesOtherwiseIsNotBound(t *testing.T) {
	t.Parallel()
	fails := func(w *reviewWorld, says string) {
		w.t.Helper()
		w.tend(1)
		l := w.line("dana")
		require.Equal(w.t, []any{domain.LineFailed, ""}, []any{l.State, l.Run})
		require.Contains(w.t, l.Why, says)
	}
	t.Run("another role", func(t *testing.T) {
		t.Parallel()
		w := &reviewWorld{world: newJoining(t)}
		r, _, err := w.StartReview(t.Context(), w.as("ada"), desk.ReviewRequest{App: "apollo", Reason: "q"})
		require.NoError(t, err)
		w.id = r.ID
		w.open()
		_, created, err := w.ChangeRole(t.Context(), w.as("ada"), desk.RoleRequest{Email: "dana@example.com", App: "apollo", Role: "Admin", Reason: "grows"})
		require.NoError(t, err)
		require.True(t, created)
		require.Equal(t, 1, w.says("eli", desk.ReviewChoice{Verdict: domain.ReviewChange, Role: "Rep", Reason: "less"}, "dana").Applied)
		w.past()
		fails(w, "another role")
	})
	t.Run("the same role", func(t *testing.T) {
		t.Parallel()
		w := &reviewWorld{world: newJoining(t)}
		r, _, err := w.StartReview(t.Context(), w.as("ada"), desk.ReviewRequest{App: "apollo", Reason: "q"})
		require.NoError(t, err)
		w.id = r.ID
		w.open()
		run, _, err := w.ChangeRole(t.Context(), w.as("ada"), desk.RoleRequest{Email: "dana@example.com", App: "apollo", Role: "Rep", Reason: "less"})
		require.NoError(t, err)
		require.Equal(t, 1, w.says("eli", desk.ReviewChoice{Verdict: domain.ReviewChange, Role: "Rep", Reason: "less"}, "dana").Applied)
		w.past()
		w.tend(1)
		require.Equal(t, run.ID, w.line("dana").Run, "what somebody asked for is what was decided")
	})
	removal := func(t *testing.T, account domain.AccountID) (*reviewWorld, domain.Run) {
		w := newReviewWorld(t)
		w.is(account, "dana@example.com")
		run, created, err := w.Offboard(t.Context(), w.as("ada"), desk.OffboardRequest{Account: account, Apps: []domain.AppID{"apollo"}, Now: true, Reason: "before"})
		require.NoError(t, err)
		require.True(t, created)
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, RunState: domain.RunWaiting, RunWhy: "sweeps"}))
		return w, run
	}
	t.Run("a removal that was over before", func(t *testing.T) {
		t.Parallel()
		w, run := removal(t, "a-dana")
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Steps: []domain.StepRecord{{Run: run.ID, App: "apollo", Key: domain.StepDeactivate, State: domain.StepAttested,
			Title: "Deactivate", SettledAt: w.now()}}}))
		w.ticks.Add((48 * time.Hour).Milliseconds())
		w.open()
		w.says("eli", remove(), "dana")
		w.past()
		fails(w, "an earlier run did this")
	})
	t.Run("a removal that is under way", func(t *testing.T) {
		t.Parallel()
		w, run := removal(t, "a-dana")
		w.open()
		w.says("eli", remove(), "dana")
		w.past()
		w.tend(1)
		require.Equal(t, run.ID, w.line("dana").Run)
	})
	t.Run("another account", func(t *testing.T) {
		t.Parallel()
		w, _ := removal(t, "a-dana-2")
		w.open()
		w.is("a-dana", "dana@example.com")
		w.says("eli", remove(), "dana")
		w.past()
		fails(w, "another account")
	})
}

// What a line says is read by everybody who reads the review.
func TestAConfidentialLeavingIsNotToldByALine(t *testing.T) {
	t.Parallel()
	for name, reader := range map[string]string{"the reviewer may not know": "sec@example.com", "the reviewer is named in it": "eli@example.com"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newReviewWorld(t)
			w.open()
			w.is("a-dana", "dana@example.com")
			req := leaving("dana")
			req.Apps, req.Confidential, req.Readers = []domain.AppID{"apollo"}, true, []string{reader}
			_, created, err := w.Offboard(t.Context(), w.as("ada"), req)
			require.NoError(t, err)
			require.True(t, created)
			w.says("eli", remove(), "dana")
			w.past()
			round := w.Tender()
			require.NoError(t, round(t.Context()))
			w.ticks.Add((11 * time.Minute).Milliseconds())
			require.NoError(t, round(t.Context()))
			l := w.line("dana")
			require.Equal(t, domain.LineFailed, l.State)
			said := []string{l.Why}
			for _, n := range w.notices(t, "review-attention") {
				said = append(said, n.Text)
			}
			for _, e := range w.events(store.AuditFilter{Kind: domain.EventReviewFailed}) {
				said = append(said, e.Facts["why"])
			}
			require.GreaterOrEqual(t, len(said), 3)
			for _, text := range said {
				require.Contains(t, text, "this cannot be done for this person now")
				require.NotContains(t, text, "leaving")
			}
		})
	}
}

// While nobody answers for an app nothing has failed: people hear of it once a day,
// and it goes on by itself.
func TestAnAppThatNobodyAnswersForIsTold(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", remove(), "dana", "bo")
	w.past()
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) { return nil, context.DeadlineExceeded }
	round := w.Tender()
	require.NoError(t, round(t.Context()))
	require.Empty(t, w.notices(t, "review-attention"), "it may pass")
	w.ticks.Add((11 * time.Minute).Milliseconds())
	for range 3 {
		require.NoError(t, round(t.Context()))
	}
	told := w.notices(t, "review-attention")
	require.Len(t, told, 2, "both administrators, once")
	require.Contains(t, told[0].Text, "no worker answered in time")
	w.ticks.Add((24 * time.Hour).Milliseconds())
	require.NoError(t, round(t.Context()))
	require.Len(t, w.notices(t, "review-attention"), 4, "and again on the next day")
	require.Equal(t, []domain.LineState{domain.LineCarrying, domain.LineDecided}, []domain.LineState{w.line("dana").State, w.line("bo").State})
	w.shows()
	require.NoError(t, round(t.Context()))
	require.NotEmpty(t, w.line("dana").Run)
	require.NotEmpty(t, w.line("bo").Run)
}

// A run that has to do it again, because somebody gave the access back by hand, is
// news for the review, although no line has moved.
func TestAReviewHearsOfWhatWasDoneAgain(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", remove(), "dana")
	w.past()
	w.shows()
	w.tend(1)
	run := w.line("dana").Run
	verified := func() {
		w.ticks.Add(time.Hour.Milliseconds())
		for _, state := range []domain.StepState{domain.StepNeedsAttention, domain.StepVerified} {
			now := w.now()
			news := domain.AuditEvent{Key: fmt.Sprintf("%s/%s/%d", run, state, now.UnixMicro()), Run: run, Kind: domain.EventStepChanged, Actor: domain.SystemActor, App: "apollo", Step: domain.StepDeactivate, At: now}
			require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run, Events: []domain.AuditEvent{news},
				Steps: []domain.StepRecord{{Run: run, App: "apollo", Key: domain.StepDeactivate, State: state, Title: "Deactivate", SettledAt: now}}}))
		}
		w.tend(3)
	}
	verified()
	require.Equal(t, 1, w.signalsTo(workflows.SignalCarried))
	verified()
	require.Equal(t, 2, w.signalsTo(workflows.SignalCarried))
}
