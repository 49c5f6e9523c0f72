package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/workflows"
)

// reviewCatchUp is how late a review may still begin by the clock: one that is a
// month late is better than none.
const reviewCatchUp = 30 * 24 * time.Hour

// EnsureReviews creates or updates the schedule of an app's reviews, or takes it
// away where the policy wants none by the clock. A firing that fails does not pause
// the schedule: a compliance schedule that paused in silence is worse than a failure
// that is told. The desk says when a review that was due did not begin.
func EnsureReviews(ctx context.Context, c client.Client, in workflows.ReviewDueInput, p domain.ReviewPolicy, zone string) error {
	id := "review:" + string(in.App)
	hour, minute, err := p.Clock()
	if err != nil {
		return err
	}
	months := p.Months()
	if len(months) == 0 {
		var gone *serviceerror.NotFound
		if err := c.ScheduleClient().GetHandle(ctx, id).Delete(ctx); err != nil && !errors.As(err, &gone) {
			return fmt.Errorf("delete schedule %s: %w", id, err)
		}
		return nil
	}
	calendar := client.ScheduleCalendarSpec{Hour: []client.ScheduleRange{{Start: hour}}, Minute: []client.ScheduleRange{{Start: minute}},
		DayOfMonth: []client.ScheduleRange{{Start: p.Day}}}
	for _, m := range months {
		calendar.Month = append(calendar.Month, client.ScheduleRange{Start: m})
	}
	action := &client.ScheduleWorkflowAction{ID: id, Workflow: workflows.ReviewDueType, Args: []any{in}, TaskQueue: workflows.QueueHandover}
	spec := client.ScheduleSpec{Calendars: []client.ScheduleCalendarSpec{calendar}, TimeZoneName: zone}
	return ensureSchedule(ctx, c, client.ScheduleOptions{ID: id, Spec: spec, Action: action, CatchupWindow: reviewCatchUp})
}
