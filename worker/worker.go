package worker

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/worker"

	"handover/activities"
	"handover/workflows"
)

const (
	// stopTimeout lets a call to an app finish before the process ends, so that
	// it is not made again by the next worker.
	stopTimeout = 30 * time.Second
	// cachedWorkflows bounds memory: a waiting run costs some 100 KB while cached.
	// Those that fall out are read again from their history when their moment comes,
	// which is when there is no time for it.
	cachedWorkflows = 1500
	// appActivities bounds how many activities are under way side by side. Most of
	// them wait: a cut-off that is armed for its moment, and any call for the rate
	// windows, which decide how fast they go.
	appActivities = 2500
	// appTurns bounds those among them for which nobody's access waits.
	appTurns = 64
)

// Pool is the workers of one process, one for each task queue.
type Pool struct {
	workers []sdk.Worker
}

// New makes the workers of a process. queues are those of the apps whose
// connectors this process holds; the default queue for apps is always among them.
//
// fatal is called once a worker can poll no more: the process should end then, so
// that whoever runs it starts it again.
func New(c client.Client, set *activities.Set, queues []string, fatal func(error)) *Pool {
	sdk.SetStickyWorkflowCacheSize(cachedWorkflows)
	p := &Pool{}
	seen := map[string]bool{}
	for _, queue := range append([]string{workflows.QueueHandover, workflows.QueueApps}, queues...) {
		if seen[queue] || queue == "" {
			continue
		}
		seen[queue] = true
		w := sdk.New(c, queue, sdk.Options{
			WorkerStopTimeout: stopTimeout, Interceptors: []interceptor.WorkerInterceptor{&faultInterceptor{now: time.Now, crash: set.Crash}},
			MaxConcurrentActivityExecutionSize: appActivities, DisableWorkflowWorker: queue != workflows.QueueHandover,
			DisableRegistrationAliasing: true,
			OnFatalError:                fatal,
		})
		if queue == workflows.QueueHandover {
			RegisterWorkflows(w)
		}
		RegisterActivities(w, set)
		p.workers = append(p.workers, w)
	}
	return p
}

// Start begins to poll. It fails when Temporal cannot be reached.
func (p *Pool) Start() error {
	for i, w := range p.workers {
		if err := w.Start(); err != nil {
			for _, started := range p.workers[:i] {
				started.Stop()
			}
			return fmt.Errorf("start worker: %w", err)
		}
	}
	return nil
}

// Stop lets running activities finish, for at most the stop timeout.
func (p *Pool) Stop() {
	done := make(chan struct{})
	for _, w := range p.workers {
		go func() {
			w.Stop()
			done <- struct{}{}
		}()
	}
	for range p.workers {
		<-done
	}
}
