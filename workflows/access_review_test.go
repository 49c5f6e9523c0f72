package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

const (
	hour    = time.Hour
	oneDay  = 24 * time.Hour
	theTeam = "access-review:apollo:2026-Q4"
)

// startOfTime is when every test workflow begins.
var startOfTime = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// reviewWorld plays the rows of a review: lines that people decide and that runs
// carry out, at times that a test sets.
type reviewWorld struct {
	*world
	blocked int           // freezings that the gate stops
	faults  int           // freezings that the app does not answer
	due     time.Duration // from the opening to the end of deciding
	state   domain.ReviewState
	opened  time.Time

	open, exceptions, moving int
	silent                   int // of the open ones: kept when the time is over
	told                     []string
	toldAt                   []time.Time
	looked                   int
	closed                   []activities.CloseInput
	packed                   int
	lookFault                int // read-backs that fail
	back                     int // lines that turn out to be back when it is to be closed
	frozen                   int
	whileFreezing            func()
	whileTelling             func(kind string)
	whileLooking, whileOver  func() // after the rows were read
}

func newReviewWorld(t *testing.T) *reviewWorld {
	w := &reviewWorld{world: newWorld(t), due: 14 * oneDay, state: domain.ReviewCollecting, open: 4}
	play(w.world, activities.FreezeReview, func(activities.ReviewInput, int) (activities.FreezeResult, error) {
		w.frozen++
		if w.whileFreezing != nil {
			w.whileFreezing()
		}
		if w.faults > 0 {
			w.faults--
			return activities.FreezeResult{}, temporalFault(domain.FaultForbidden, "the key lacks the grant users_list")
		}
		if w.blocked > 0 {
			w.blocked--
			return activities.FreezeResult{Blocked: "import a roster first"}, nil
		}
		w.state, w.opened = domain.ReviewDeciding, w.env.Now()
		return activities.FreezeResult{Lines: w.open, DueAt: w.opened.Add(w.due)}, nil
	})
	play(w.world, activities.BlockReview, func(activities.ReviewInput, int) (activities.Nothing, error) { return activities.Nothing{}, nil })
	play(w.world, activities.TellReviewers, func(in activities.ReviewInput, _ int) (activities.ReviewStanding, error) {
		w.told, w.toldAt = append(w.told, in.Kind), append(w.toldAt, w.env.Now())
		if w.whileTelling != nil {
			w.whileTelling(in.Kind)
		}
		return w.stand(), nil
	})
	play(w.world, activities.LookAtReview, func(activities.ReviewInput, int) (activities.ReviewStanding, error) {
		return w.standThen(&w.whileLooking), nil
	})
	play(w.world, activities.EndDeciding, func(activities.ReviewInput, int) (activities.ReviewStanding, error) {
		w.state = domain.ReviewCarryingOut
		w.exceptions, w.open = w.open-w.silent, w.open-w.silent
		return w.standThen(&w.whileOver), nil
	})
	play(w.world, activities.ReadBackReview, func(activities.ReviewInput, int) (activities.ReviewStanding, error) {
		w.looked++
		if w.lookFault > 0 {
			w.lookFault--
			return activities.ReviewStanding{}, temporalFault(domain.FaultForbidden, "the key lacks the grant")
		}
		return w.stand(), nil
	})
	play(w.world, activities.CloseReview, func(in activities.CloseInput, _ int) (activities.ReviewStanding, error) {
		if in.State == domain.ReviewComplete && w.back > 0 {
			w.moving, w.back = w.back, 0
			return w.stand(), nil
		}
		w.closed, w.state = append(w.closed, in), in.State
		return w.stand(), nil
	})
	play(w.world, activities.PackReview, func(activities.ReviewInput, int) (activities.Nothing, error) {
		w.packed++
		return activities.Nothing{}, nil
	})
	return w
}

func (w *reviewWorld) stand() activities.ReviewStanding {
	return activities.ReviewStanding{State: w.state, Open: w.open, Exceptions: w.exceptions, Moving: w.moving}
}

// standThen reads the rows, and lets something happen once before the answer of the
// activity is there.
func (w *reviewWorld) standThen(then *func()) activities.ReviewStanding {
	s := w.stand()
	if what := *then; what != nil {
		*then = nil
		what()
	}
	return s
}

// at lets something happen, and the desk say so.
func (w *reviewWorld) at(after time.Duration, signal string, what func()) {
	w.env.RegisterDelayedCallback(func() { what(); w.env.SignalWorkflow(signal, "") }, after)
}

func (w *reviewWorld) review() workflows.ReviewResult {
	w.t.Helper()
	in := workflows.AccessReviewInput{Run: theTeam, App: "apollo", Queue: workflows.QueueApps, Tell: []domain.PersonID{ada},
		Reminders: []time.Duration{3 * oneDay, 7 * oneDay}, Escalate: 10 * oneDay, Retry: hour, Look: hour, Timings: input().Timings}
	w.env.RegisterWorkflow(workflows.AccessReview)
	w.env.ExecuteWorkflow(workflows.AccessReview, in)
	require.True(w.t, w.env.IsWorkflowCompleted())
	require.NoError(w.t, w.env.GetWorkflowError())
	var r workflows.ReviewResult
	require.NoError(w.t, w.env.GetWorkflowResult(&r))
	require.Len(w.t, w.closed, 1, "it ends once")
	return r
}

func TestAReviewIsCompleteWhenTheAppShowsEveryDecision(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.at(2*oneDay, workflows.SignalDecided, func() { w.open, w.moving = 0, 2 })
	w.at(2*oneDay+5*hour, workflows.SignalCarried, func() { w.moving = 0 })
	r := w.review()
	require.Equal(t, domain.ReviewComplete, r.State)
	require.Equal(t, []string{activities.ReviewTold}, w.told, "whoever is finished is not reminded")
	require.Equal(t, 1, w.packed)
	require.GreaterOrEqual(t, w.looked, 2)
	require.Empty(t, w.closed[0].Actor)
}

// The desk says once that all is decided. A worker that dies while reviewers are told,
// or looks at the rows just before the last of them decides, takes nothing from that.
func TestAllDecidedIsHeardWhateverTheReviewDoes(t *testing.T) {
	t.Parallel()
	decided := func(w *reviewWorld) func() {
		return func() { w.open = 0; w.env.SignalWorkflow(workflows.SignalDecided, "") }
	}
	for name, set := range map[string]func(w *reviewWorld){
		"while reviewers are told": func(w *reviewWorld) {
			w.whileTelling = func(string) { decided(w)() }
		},
		"while they are reminded": func(w *reviewWorld) {
			w.whileTelling = func(kind string) {
				if kind == activities.ReviewReminded {
					decided(w)()
				}
			}
		},
		"while the rows are looked at": func(w *reviewWorld) {
			w.whileLooking = decided(w)
			w.at(oneDay, workflows.SignalDecided, func() {})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newReviewWorld(t)
			set(w)
			require.Equal(t, domain.ReviewComplete, w.review().State)
			require.True(t, w.env.Now().Before(w.opened.Add(4*oneDay)), "it does not wait for the end of the time")
		})
	}
}

func TestWhatIsDecidedWhileTheTimeRunsOutIsCarriedOutAtOnce(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.silent = 3
	w.whileOver = func() { w.open, w.exceptions = 0, 0; w.env.SignalWorkflow(workflows.SignalDecided, "") }
	require.Equal(t, domain.ReviewComplete, w.review().State)
	require.True(t, w.env.Now().Before(w.opened.Add(w.due+hour)), "not only at the next look")
}

// Whoever mends what blocked a review while it tries once more is heard.
func TestARetryDuringATryIsATryMore(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.blocked, w.open = 1, 0
	w.whileFreezing = func() {
		w.whileFreezing = nil
		w.env.UpdateWorkflow(workflows.UpdateRetry, "again", &testsuite.TestUpdateCallback{OnReject: func(err error) { require.NoError(t, err) }, OnAccept: func() {}, OnComplete: func(any, error) {}}, workflows.StepRequest{})
	}
	require.Equal(t, domain.ReviewComplete, w.review().State)
	require.True(t, w.opened.Before(startOfTime.Add(hour)), "at once")
}

func TestSilentReviewersAreRemindedAndTheRuleSettlesTheRest(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.silent = 4
	r := w.review()
	require.Equal(t, domain.ReviewComplete, r.State)
	require.Equal(t, []string{activities.ReviewTold, activities.ReviewReminded, activities.ReviewReminded, activities.ReviewEscalated}, w.told)
	for i, after := range []time.Duration{0, 3 * oneDay, 7 * oneDay, 10 * oneDay} {
		require.WithinDuration(t, w.opened.Add(after), w.toldAt[i], time.Minute)
	}
	require.False(t, w.env.Now().Before(w.opened.Add(14*oneDay)), "nobody is hurried")
}

func TestPrivilegedLinesKeepTheReviewOpen(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.silent = 3
	w.at(60*oneDay, workflows.SignalDecided, func() {
		require.Empty(t, w.closed, "six weeks late, and still not called complete")
		w.open, w.exceptions = 0, 0
	})
	require.Equal(t, domain.ReviewComplete, w.review().State)
}

func TestWhatIsBackWhenItIsToBeClosedKeepsItOpen(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.back = 1
	w.at(oneDay, workflows.SignalDecided, func() { w.open = 0 })
	w.at(9*oneDay, workflows.SignalCarried, func() {
		require.Empty(t, w.closed)
		w.moving = 0
	})
	require.Equal(t, domain.ReviewComplete, w.review().State)
}

func TestAnAppThatDoesNotAnswerProvesNothing(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.lookFault = 3
	w.at(oneDay, workflows.SignalDecided, func() { w.open, w.moving = 0, 1 })
	w.at(oneDay+time.Minute, workflows.SignalCarried, func() { w.moving = 0 })
	require.Equal(t, domain.ReviewComplete, w.review().State)
	require.Greater(t, w.looked, 3, "it was asked until it answered")
}

func TestABlockedReviewTriesUntilItMayBegin(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.blocked, w.faults, w.open = 20, 2, 0
	require.Equal(t, domain.ReviewComplete, w.review().State)
	require.Equal(t, 23, w.frozen)
	require.Equal(t, activities.ReviewTold, w.told[0])
	require.False(t, w.opened.Before(startOfTime.Add(14*oneDay)), "often at first, then daily")
}

func TestSomebodyEndsAReview(t *testing.T) {
	t.Parallel()
	end := workflows.EndReviewRequest{Person: ada, Reason: "the app is going away"}
	for name, c := range map[string]struct {
		set   func(w *reviewWorld)
		after time.Duration
		state domain.ReviewState
		packs int
	}{
		"before anybody was asked": {func(w *reviewWorld) { w.blocked = 1000 }, 3 * oneDay, domain.ReviewRetracted, 0},
		"while people decide":      {func(*reviewWorld) {}, oneDay, domain.ReviewExceptions, 1},
		"while it is carried out":  {func(w *reviewWorld) { w.silent = 2 }, 20 * oneDay, domain.ReviewExceptions, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newReviewWorld(t)
			c.set(w)
			w.update(c.after-hour, workflows.UpdateEndReview, workflows.EndReviewRequest{Person: ada})
			w.update(c.after, workflows.UpdateEndReview, end)
			require.Equal(t, c.state, w.review().State)
			require.Equal(t, []any{ada, end.Reason, c.packs}, []any{w.closed[0].Actor, w.closed[0].Reason, w.packed})
			require.False(t, w.env.Now().Before(startOfTime.Add(c.after)), "without a reason it does not end")
		})
	}
}

// A review that is ended while the list is read asks nobody.
func TestAReviewThatIsEndedWhileItIsReadAsksNobody(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.blocked = 1
	w.whileFreezing = func() {
		if w.frozen == 2 {
			w.env.UpdateWorkflow(workflows.UpdateEndReview, "late", &testsuite.TestUpdateCallback{OnReject: func(error) {}, OnAccept: func() {}, OnComplete: func(any, error) {}},
				workflows.EndReviewRequest{Person: ada, Reason: "by mistake"})
		}
	}
	require.Equal(t, domain.ReviewRetracted, w.review().State)
	require.Empty(t, w.told)
}

// Whoever was written to, or has decided, was asked: what ends then has a pack and
// exceptions, and is not called taken back.
func TestAReviewThatIsEndedWhileReviewersAreToldIsNotTakenBack(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	end := workflows.EndReviewRequest{Person: ada, Reason: "by mistake"}
	told := 0
	play(w.world, activities.TellReviewers, func(activities.ReviewInput, int) (activities.ReviewStanding, error) {
		if told++; told == 1 {
			w.open-- // the message went out with the first page, and somebody decides at once
			w.env.UpdateWorkflow(workflows.UpdateEndReview, "late", &testsuite.TestUpdateCallback{OnReject: func(error) {}, OnAccept: func() {}, OnComplete: func(any, error) {}}, end)
		}
		return w.stand(), nil
	})
	r := w.review()
	require.Equal(t, domain.ReviewExceptions, r.State)
	require.NotContains(t, r.Why, "before anybody was asked")
	require.Equal(t, []any{1, 1, ada, end.Reason}, []any{told, w.packed, w.closed[0].Actor, w.closed[0].Reason})
}

// A review that stays open for a year keeps a history that fits.
func TestAReviewThatStaysOpenLooksLessAndLess(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.silent = 3
	w.at(360*oneDay, workflows.SignalDecided, func() { w.open, w.exceptions = 0, 0 })
	require.Equal(t, domain.ReviewComplete, w.review().State)
	require.Less(t, w.looked, 95)
}
