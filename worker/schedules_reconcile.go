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

// reconcileCatchUp is how late a night's reconciliation may still begin: later, the
// next night is nearer.
const reconcileCatchUp = 6 * time.Hour

// EnsureReconciliation creates or updates the schedule that compares all apps with HR
// every night, at an hour and minute of a time zone. One that goes on is not started
// again beside itself, and one that fails pauses nothing: the age of the last reading
// tells.
func EnsureReconciliation(ctx context.Context, c client.Client, in workflows.ReconciliationInput, hour, minute int, zone string) error {
	const id = "reconcile"
	action := &client.ScheduleWorkflowAction{ID: workflows.ReconciliationType, Workflow: workflows.ReconciliationType, Args: []any{in}, TaskQueue: workflows.QueueHandover}
	spec := client.ScheduleSpec{TimeZoneName: zone, Calendars: []client.ScheduleCalendarSpec{
		{Hour: []client.ScheduleRange{{Start: hour}}, Minute: []client.ScheduleRange{{Start: minute}}}}}
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{ID: id, Spec: spec, Action: action,
		Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: reconcileCatchUp})
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		if err != nil {
			return fmt.Errorf("create schedule %s: %w", id, err)
		}
		return nil
	}
	err = c.ScheduleClient().GetHandle(ctx, id).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(u client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := u.Description.Schedule
			s.Spec, s.Action = &spec, action
			return &client.ScheduleUpdate{Schedule: &s}, nil
		}})
	if err != nil {
		return fmt.Errorf("update schedule %s: %w", id, err)
	}
	return nil
}
