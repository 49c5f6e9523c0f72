package worker

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"handover/domain"
)

// faultInterceptor stands between Temporal and the activities. It shows that the
// worker lives while an activity is at work, and turns faults into Temporal
// application errors: the kind is the type, the safe message the text, and only
// what may pass by itself is retried. The cause stays behind: it may quote an
// answer.
type faultInterceptor struct {
	interceptor.WorkerInterceptorBase
	now   func() time.Time
	crash func(point string) // for kill tests; nil otherwise
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (f *faultInterceptor) InterceptActivity(ctx context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &faultInbound{now: f.now, crash: f.crash}
	i.Next = next
	return i
}

type faultInbound struct {
	interceptor.ActivityInboundInterceptorBase
	now   func() time.Time
	crash func(point string)
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (f *faultInbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	defer keepAlive(ctx)()
	out, err := f.Next.ExecuteActivity(ctx, in)
	if f.crash != nil {
		f.crash("done-not-answered")
	}
	return out, translate(err, f.now())
}

func translate(err error, now time.Time) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var fault *domain.Fault
	if !errors.As(err, &fault) {
		return temporal.NewApplicationErrorWithOptions("an internal error: look at the worker's log", string(domain.FaultInternal), temporal.ApplicationErrorOptions{})
	}
	options := temporal.ApplicationErrorOptions{NonRetryable: !fault.Kind.Retryable()}
	if wait := fault.RetryAt.Sub(now); fault.Kind == domain.FaultRateLimited && wait > 0 {
		options.NextRetryDelay = wait
	}
	return temporal.NewApplicationErrorWithOptions(fault.Error(), string(fault.Kind), options)
}
