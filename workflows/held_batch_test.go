package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

// brakeWorld plays a batch of the brake: what it holds, and how many of those
// that were let go are verified gone.
type brakeWorld struct {
	*world
	held, released int
	settledAfter   time.Duration // of a release
	lastRelease    time.Time
	releases       []int
	cancelled      []activities.BatchInput
	joins          int       // that come while people are asked
	joinWeighed    int       // that come after those who are held were counted
	joinLate       int       // that come between the cancelling and the closing
	due            time.Time // of the canary; zero is at once
	weighed        int
}

func newBrakeWorld(t *testing.T, held int) *brakeWorld {
	w := &brakeWorld{world: newWorld(t), held: held, settledAfter: 10 * time.Minute}
	play(w.world, activities.WeighBatch, func(in activities.BatchInput, _ int) (activities.BatchResult, error) {
		now := w.env.Now()
		r := activities.BatchResult{Held: w.held, Released: w.released, Digest: fmt.Sprintf("v1:%d", w.held), LookAt: now.Add(in.Every)}
		w.weighed++
		if w.due.After(r.LookAt) {
			r.LookAt = w.due
		}
		if w.released > 0 && !now.Before(w.lastRelease.Add(w.settledAfter)) && !now.Before(w.due) {
			r.Settled = w.released
		}
		if w.joinWeighed > 0 {
			w.held, w.joinWeighed = w.held+w.joinWeighed, 0
			w.env.SignalWorkflow(workflows.SignalGrew, "")
		}
		return r, nil
	})
	play(w.world, activities.ReleaseBatch, func(in activities.BatchInput, _ int) (activities.Nothing, error) {
		w.releases = append(w.releases, in.N)
		w.held, w.released, w.lastRelease = w.held-in.N, w.released+in.N, w.env.Now()
		w.held, w.joins = w.held+w.joins, 0
		return activities.Nothing{}, nil
	})
	play(w.world, activities.CancelBatch, func(in activities.BatchInput, _ int) (activities.Nothing, error) {
		w.cancelled, w.held = append(w.cancelled, in), w.joinLate
		w.joinLate = 0
		return activities.Nothing{}, nil
	})
	play(w.world, activities.CloseBatch, func(activities.BatchInput, int) (activities.BatchResult, error) {
		return activities.BatchResult{Closed: w.held == 0}, nil
	})
	return w
}

func (w *brakeWorld) ask() workflows.OffboardingResult {
	w.t.Helper()
	in := workflows.HeldBatchInput{Run: "held-batch:1", Canary: 3, Why: "11 leavings within an hour", Admins: []domain.PersonID{ada}, Tell: []domain.PersonID{ada},
		Timings: input().Timings, Approval: domain.ApprovalPolicy{Reminder: time.Hour, Stages: []domain.ApprovalStage{{Name: "brake",
			Approvers: []domain.PersonID{eli}, Backup: []domain.PersonID{ada}, Timeout: time.Hour}}}}
	w.env.RegisterWorkflow(workflows.HeldBatch)
	w.env.ExecuteWorkflow(workflows.HeldBatch, in)
	require.True(w.t, w.env.IsWorkflowCompleted())
	require.NoError(w.t, w.env.GetWorkflowError())
	var r workflows.OffboardingResult
	require.NoError(w.t, w.env.GetWorkflowResult(&r))
	require.Equal(w.t, r.State, w.concluded[0].State)
	return r
}

func TestTheFirstFewGoAndAreVerifiedBeforeTheRest(t *testing.T) {
	t.Parallel()
	w := newBrakeWorld(t, 12)
	w.decide(time.Hour, "", eli, domain.Approve)
	w.at(time.Hour+5*time.Minute, func(workflows.StateView) { require.Equal(t, []int{3}, w.releases, "the rest waits") })
	r := w.ask()
	require.Equal(t, domain.RunClosed, r.State)
	require.Equal(t, []int{3, 9}, w.releases)
}

func TestWhoJoinsWhilePeopleAreAskedIsAskedAboutAgain(t *testing.T) {
	t.Parallel()
	w := newBrakeWorld(t, 5)
	w.joins = 4
	w.decide(time.Hour, "", eli, domain.Approve)
	w.decide(3*time.Hour, "", eli, domain.Approve)
	require.Equal(t, domain.RunClosed, w.ask().State)
	require.Equal(t, []int{3, 2, 3, 1}, w.releases)
	require.NotEqual(t, w.latest().Approvals[0].Digest, w.latest().Approvals[1].Digest, "each decision is about those who were held then")
}

func TestABatchThatGrowsIsAskedAboutAnew(t *testing.T) {
	t.Parallel()
	w := newBrakeWorld(t, 1)
	w.env.RegisterDelayedCallback(func() {
		w.held = 9
		w.env.SignalWorkflow(workflows.SignalGrew, "")
	}, time.Hour)
	w.at(59*time.Minute, func(s workflows.StateView) { require.Len(t, s.Approvals, 1) })
	w.decide(2*time.Hour, "", eli, domain.Approve)
	require.Equal(t, domain.RunClosed, w.ask().State)
	require.Equal(t, []int{3, 6}, w.releases, "nobody agreed to one and let nine go")
	require.Equal(t, domain.ApprovalReplaced, w.latest().Approvals[0].State)
}

// Whoever joins between the counting and the asking is asked about with the others,
// and not after somebody decided about those.
func TestWhoJoinsWhileTheBatchIsWeighedIsAskedAboutAtOnce(t *testing.T) {
	t.Parallel()
	w := newBrakeWorld(t, 12)
	w.joinWeighed = 2
	w.decide(time.Hour, "", eli, domain.Approve)
	require.Equal(t, domain.RunClosed, w.ask().State)
	require.Equal(t, []int{3, 11}, w.releases)
	require.Equal(t, domain.ApprovalReplaced, w.latest().Approvals[0].State)
}

func TestCancellingWhatIsHeldNeedsAReasonAndStartsNobody(t *testing.T) {
	t.Parallel()
	w := newBrakeWorld(t, 12)
	w.decide(time.Hour, "", eli, domain.Deny)
	r := w.ask()
	require.Equal(t, domain.RunDenied, r.State)
	require.Empty(t, w.releases)
	require.Equal(t, eli, w.cancelled[0].Actor)
	require.Equal(t, "not like this", w.cancelled[0].Reason)
}

func TestSilenceKeepsTheBrakeShutAndAsksTheBackup(t *testing.T) {
	t.Parallel()
	w := newBrakeWorld(t, 12)
	w.at(50*time.Hour, func(s workflows.StateView) {
		require.Empty(t, w.releases)
		require.Len(t, w.chases("escalate", s.Approvals[0].ID), 1)
		require.True(t, w.chases("escalate", s.Approvals[0].ID)[0].Urgent)
	})
	w.decide(51*time.Hour, "", ada, domain.Approve)
	require.Equal(t, domain.RunClosed, w.ask().State)
}

// Who joins while a batch is cancelled is asked about: a batch that ended with
// somebody in it would hold everybody who comes after.
func TestACancelledBatchEndsWithNobodyInIt(t *testing.T) {
	t.Parallel()
	w := newBrakeWorld(t, 12)
	w.joinLate = 2
	w.decide(time.Hour, "", eli, domain.Deny)
	w.decide(2*time.Hour, "", eli, domain.Approve)
	require.Equal(t, domain.RunClosed, w.ask().State)
	require.Len(t, w.cancelled, 1)
	require.Equal(t, []int{2}, w.releases)
}

// A canary whose last moment lies weeks ahead keeps nobody waiting in silence who
// joined since.
func TestWhoJoinsBehindACanaryOfNextMonthIsAskedAbout(t *testing.T) {
	t.Parallel()
	w := newBrakeWorld(t, 12)
	w.due = w.env.Now().AddDate(0, 0, 30)
	w.decide(time.Hour, "", eli, domain.Approve)
	w.env.RegisterDelayedCallback(func() {
		w.held, w.due = w.held+1, time.Time{}
		w.env.SignalWorkflow(workflows.SignalGrew, "")
	}, 48*time.Hour)
	w.at(47*time.Hour, func(s workflows.StateView) { require.Len(t, s.Approvals, 1) })
	w.at(48*time.Hour+5*time.Minute, func(s workflows.StateView) { require.Len(t, s.Approvals, 2) })
	w.decide(49*time.Hour, "", eli, domain.Approve)
	require.Equal(t, domain.RunClosed, w.ask().State)
	require.Equal(t, []int{3, 3, 7}, w.releases)
}

// A canary that hangs must not fill the history of the run.
func TestACanaryThatHangsIsLookedAtRarely(t *testing.T) {
	t.Parallel()
	w := newBrakeWorld(t, 12)
	w.settledAfter = 72 * time.Hour
	w.decide(time.Hour, "", eli, domain.Approve)
	require.Equal(t, domain.RunClosed, w.ask().State)
	require.Less(t, w.weighed, 400, "of 4,320 minutes")
}
