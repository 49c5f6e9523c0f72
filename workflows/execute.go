package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// execute calls an activity by its definition, so that the compiler pairs
// caller and implementation.
func execute[In, Out any](ctx workflow.Context, t Timings, queue string, a activities.Activity[In, Out], in In) (Out, error) {
	var out Out
	ctx = workflow.WithActivityOptions(ctx, activityOptions(t, queue, a.Profile))
	err := workflow.ExecuteActivity(ctx, a.Name, in).Get(ctx, &out)
	return out, err
}

// begin calls an activity and does not wait for it. One that is cancelled is waited
// for all the same: what it did meanwhile has to be known. Urgent ones are handed
// to a worker before others.
func begin[In, Out any](ctx workflow.Context, t Timings, queue string, a activities.Activity[In, Out], in In, urgency int) workflow.Future {
	options := activityOptions(t, queue, a.Profile)
	options.WaitForCancellation, options.Priority = true, temporal.Priority{PriorityKey: urgency}
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), a.Name, in)
}

// activityOptions bounds activities by profile. The store has to come back, so
// its activities are retried for ever; an app may stay away, so a person is
// asked after the attempts and slow retries go on meanwhile.
func activityOptions(t Timings, queue string, p activities.Profile) workflow.ActivityOptions {
	retry := &temporal.RetryPolicy{
		InitialInterval: orDefault(t.RetryInitial, 2*time.Second), BackoffCoefficient: 2,
		MaximumInterval: orDefault(t.RetryMax, time.Minute), MaximumAttempts: t.Attempts,
	}
	// A worker that died is noticed by its silence, not by the longest time that
	// a call may take: a cut-off must not wait for that.
	beat := orDefault(t.Heartbeat, 30*time.Second)
	switch p {
	case activities.ProfileStore:
		retry.MaximumAttempts = 0
		return workflow.ActivityOptions{TaskQueue: QueueHandover, StartToCloseTimeout: 30 * time.Second, HeartbeatTimeout: beat, RetryPolicy: retry}
	case activities.ProfileSlice:
		return workflow.ActivityOptions{TaskQueue: queue, StartToCloseTimeout: orDefault(t.Slice, 10*time.Minute) + 5*time.Minute,
			HeartbeatTimeout: 4 * beat, RetryPolicy: retry}
	default:
		return workflow.ActivityOptions{TaskQueue: queue, StartToCloseTimeout: 5 * time.Minute, HeartbeatTimeout: beat, RetryPolicy: retry}
	}
}

func orDefault(d, def time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return def
}

// faultOf reads the kind of fault and the text for a reader from an activity's
// error.
func faultOf(err error) (domain.FaultKind, string) {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return domain.FaultKind(app.Type()), app.Message()
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return domain.FaultUnavailable, "no worker or app answered in time"
	}
	return domain.FaultInternal, "the step failed in a way that it should not: look at the worker's log"
}

// refuse makes a refusal an error that reaches the caller of an update with its
// code.
func refuse(r *domain.Refusal) error {
	if r == nil {
		return nil
	}
	return temporal.NewNonRetryableApplicationError(r.Text, r.Code, nil)
}
