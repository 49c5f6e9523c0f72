package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	enumspb "go.temporal.io/api/enums/v1"

	"handover/workflows"
)

// observeEvery is how often an app is listed while tasks are open there. The
// activity itself returns at once when none is.
const observeEvery = 15 * time.Minute

// EnsureObservation creates or updates the schedule that observes an app. every
// is the policy's value; zero means the default.
func EnsureObservation(ctx context.Context, c client.Client, in workflows.ObservationInput, every time.Duration) error {
	if every <= 0 {
		every = observeEvery
	}
	id := "observe:" + string(in.App.App)
	action := &client.ScheduleWorkflowAction{ID: id, Workflow: workflows.ObservationType, Args: []any{in}, TaskQueue: workflows.QueueHandover}
	spec := client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}}
	return ensureSchedule(ctx, c, client.ScheduleOptions{ID: id, Spec: spec, Action: action, CatchupWindow: time.Minute})
}

// ensureSchedule creates a schedule, or gives one that is there its new times and
// action. A firing beside one that goes on is left out, and one that fails pauses
// nothing: a schedule that paused in silence is worse than a failure that is told.
func ensureSchedule(ctx context.Context, c client.Client, o client.ScheduleOptions) error {
	o.Overlap = enumspb.SCHEDULE_OVERLAP_POLICY_SKIP
	_, err := c.ScheduleClient().Create(ctx, o)
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		if err != nil {
			return fmt.Errorf("create schedule %s: %w", o.ID, err)
		}
		return nil
	}
	err = c.ScheduleClient().GetHandle(ctx, o.ID).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(u client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := u.Description.Schedule
			s.Spec, s.Action = &o.Spec, o.Action
			return &client.ScheduleUpdate{Schedule: &s}, nil
		}})
	if err != nil {
		return fmt.Errorf("update schedule %s: %w", o.ID, err)
	}
	return nil
}
