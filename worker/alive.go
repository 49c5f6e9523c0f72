package worker

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
)

// keepAlive beats while an activity is at work, so that the silence of a worker
// that died is told from a slow answer of an app. The first beat comes after
// half of the time allowed: most calls are over before, and cost none. The
// returned function ends it.
func keepAlive(ctx context.Context) func() {
	silence := activity.GetInfo(ctx).HeartbeatTimeout
	if silence <= 0 {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	go func() {
		ticker := time.NewTicker(silence / 2)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return stop
}
