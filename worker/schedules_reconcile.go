package worker

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

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
	return ensureSchedule(ctx, c, client.ScheduleOptions{ID: id, Spec: spec, Action: action, CatchupWindow: reconcileCatchUp})
}
