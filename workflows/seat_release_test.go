package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

const fin domain.PersonID = "p-fin"

// seatWorld plays an app with twelve seats bought of which three are spare.
type seatWorld struct {
	*world
	spare   []int // of each weighing; the last one stays
	fails   int
	weighed int
	reduced []activities.ReduceInput
}

func newSeatWorld(t *testing.T, spare ...int) *seatWorld {
	w := &seatWorld{world: newWorld(t), spare: spare}
	play(w.world, activities.WeighSeats, func(activities.WeighInput, int) (activities.WeighResult, error) {
		if w.fails > 0 {
			w.fails--
			return activities.WeighResult{}, temporalFault(domain.FaultForbidden, "the key lacks the grant")
		}
		n := w.spare[min(w.weighed, len(w.spare)-1)]
		w.weighed++
		return activities.WeighResult{Balance: domain.SeatBalance{Bought: 12, Occupied: 12 - n, Spare: n}}, nil
	})
	note(w.world, activities.ReduceSeats, &w.reduced)
	return w
}

func (w *seatWorld) release() workflows.OffboardingResult {
	w.t.Helper()
	in := workflows.SeatReleaseInput{Run: "seat-release:apollo:2027-01-31", App: appInput("apollo"), Admins: []domain.PersonID{ada}, Tell: []domain.PersonID{ada},
		Timings: input().Timings}
	in.App.Contract = domain.SeatContract{Bought: 12, Billing: domain.BillingAnnual, Renewal: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), NoticeDays: 30,
		LeadDays: 30, PricePerSeat: domain.Money{Minor: 9900, Currency: "USD"}, PriceDate: "2026-11"}
	in.App.Approval = domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: "finance", Approvers: []domain.PersonID{fin}, Backup: []domain.PersonID{ada}, Timeout: 72 * time.Hour}}}
	w.env.RegisterWorkflow(workflows.SeatRelease)
	w.env.ExecuteWorkflow(workflows.SeatRelease, in)
	require.True(w.t, w.env.IsWorkflowCompleted())
	require.NoError(w.t, w.env.GetWorkflowError())
	var r workflows.OffboardingResult
	require.NoError(w.t, w.env.GetWorkflowResult(&r))
	for _, a := range w.latest().Approvals {
		require.NotEqual(w.t, domain.ApprovalOpen, a.State)
	}
	require.Equal(w.t, r.State, w.concluded[0].State, "the row says how it ended")
	return r
}

func (w *seatWorld) decideSeats(after time.Duration, verdict domain.Verdict) {
	w.decide(after, "", fin, verdict)
}

func TestSeatsAreGivenBackOnceAttested(t *testing.T) {
	t.Parallel()
	w := newSeatWorld(t, 3, 2)
	w.decideSeats(time.Hour, domain.Approve)
	w.robot(2*time.Hour, 8*time.Hour)
	r := w.release()
	require.Equal(t, domain.RunClosed, r.State)
	require.Len(t, w.reduced, 1)
	require.Equal(t, 2, w.reduced[0].Seats, "a joiner took one meanwhile: never more than is spare now")
	require.Equal(t, ada, w.reduced[0].DoneBy)
	require.Equal(t, bo, w.reduced[0].Attested)
	require.Contains(t, r.Why, "198.00 USD")
}

func TestSeatsStay(t *testing.T) {
	t.Parallel()
	retract := workflows.ReasonRequest{Person: ada}
	skip := workflows.StepRequest{App: "apollo", Step: workflows.StepReduce, Person: ada, Reason: "we hire"}
	for name, c := range map[string]struct {
		spare []int
		play  func(w *seatWorld)
		state domain.RunState
		says  string
	}{
		"nothing to give back":        {[]int{0}, func(*seatWorld) {}, domain.RunClosed, "No seat to give back"},
		"unknown how many":            {[]int{-1}, func(*seatWorld) {}, domain.RunClosed, "unknown"},
		"finance says no":             {[]int{3}, func(w *seatWorld) { w.decideSeats(time.Hour, domain.Deny) }, domain.RunDenied, "finance said no"},
		"nobody answers":              {[]int{3}, func(*seatWorld) {}, domain.RunDenied, "nobody answered"},
		"taken meanwhile":             {[]int{3, 0}, func(w *seatWorld) { w.decideSeats(time.Hour, domain.Approve) }, domain.RunClosed, "taken by joiners"},
		"retracted before the answer": {[]int{3}, func(w *seatWorld) { w.update(time.Hour, workflows.UpdateRetract, retract) }, domain.RunRetracted, "Retracted"},
		"retracted while it waits": {[]int{0}, func(w *seatWorld) { w.update(30*time.Hour, workflows.UpdateRetract, retract) }, domain.RunRetracted,
			"Retracted"},
		"retracted during the task": {[]int{3}, func(w *seatWorld) {
			w.decideSeats(time.Hour, domain.Approve)
			w.update(2*time.Hour, workflows.UpdateRetract, retract)
		}, domain.RunRetracted, "Retracted"},
		"skipped": {[]int{3}, func(w *seatWorld) {
			w.decideSeats(time.Hour, domain.Approve)
			w.update(2*time.Hour, workflows.UpdateSkip, skip)
		}, domain.RunClosed, "skipped"},
	} {
		w := newSeatWorld(t, c.spare...)
		c.play(w)
		r := w.release()
		require.Equal(t, c.state, r.State, name)
		require.Contains(t, r.Why, c.says, name)
		require.Empty(t, w.reduced, name)
	}
}

func TestSomebodyLeavesWhileNoticeCanStillBeGiven(t *testing.T) {
	t.Parallel()
	w := newSeatWorld(t, 0, 0, 0, 1)
	w.decideSeats(100*time.Hour, domain.Approve)
	w.robot(110*time.Hour, 400*time.Hour)
	require.Equal(t, domain.RunClosed, w.release().State)
	require.Len(t, w.reduced, 1)
}

func TestAnAppThatDoesNotAnswerFailsNoSeatRelease(t *testing.T) {
	t.Parallel()
	w := newSeatWorld(t, 3)
	w.fails = 2
	retry := workflows.StepRequest{App: "apollo", Step: workflows.StepReduce, Person: ada}
	w.update(time.Hour, workflows.UpdateRetry, retry)
	w.update(2*time.Hour, workflows.UpdateRetry, retry)
	w.decideSeats(3*time.Hour, domain.Approve)
	w.robot(4*time.Hour, 40*time.Hour)
	require.Equal(t, domain.RunClosed, w.release().State)
	require.Len(t, w.attention, 2)
	require.Len(t, w.reduced, 1)
}

func TestASeatTaskThatCouldNotBeOpened(t *testing.T) {
	t.Parallel()
	w := newSeatWorld(t, 3)
	failed := false
	w.openErr = func(task domain.Task) error {
		require.Equal(t, domain.TaskOpen, task.State, "it is opened as open")
		if !failed {
			failed = true
			return temporalFault(domain.FaultForbidden, "refused")
		}
		return nil
	}
	w.decideSeats(time.Hour, domain.Approve)
	w.update(2*time.Hour, workflows.UpdateRetry, workflows.StepRequest{App: "apollo", Step: workflows.StepReduce, Person: ada})
	w.robot(3*time.Hour, 40*time.Hour)
	require.Equal(t, domain.RunClosed, w.release().State)
	require.Len(t, w.reduced, 1)
}
