package bench

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"handover/workflows"
)

// actions counts what Temporal bills as Actions, from a run's history: the
// start, every activity and each retry of it, every timer (also of a wait that
// ended early), every signal and accepted update, two for a child.
type actions struct {
	total  int
	by     map[string]int
	timers int
	// beats bounds the heartbeats that were delivered. History does not show them
	// and they are not in the total: the first beat of an activity goes at once, the
	// next ones after eight tenths of its heartbeat timeout and at most a minute.
	beats int
}

func (a *actions) add(n int, what string) {
	a.total += n
	a.by[what] += n
}

func (a *actions) String() string {
	var parts []string
	for _, what := range slices.SortedFunc(maps.Keys(a.by), func(x, y string) int {
		if a.by[x] != a.by[y] {
			return a.by[y] - a.by[x]
		}
		return strings.Compare(x, y)
	}) {
		parts = append(parts, fmt.Sprintf("%d %s", a.by[what], what))
	}
	return strings.Join(parts, ", ")
}

// actions reads the history of the one leaving of this installation.
func (i *installation) actions(b *testing.B) *actions {
	b.Helper()
	c, err := client.Dial(client.Options{HostPort: i.temporal, Logger: quiet{}})
	require(b, err)
	defer c.Close()
	var id string
	for until := time.Now().Add(patience); id == "" && time.Now().Before(until); pause() {
		found, err := c.ListWorkflow(b.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowType = '" + workflows.OffboardingType + "'"})
		require(b, err)
		if len(found.Executions) > 0 {
			id = found.Executions[0].Execution.WorkflowId
		}
	}
	a := &actions{by: map[string]int{}}
	names, starts := map[int64]*history.HistoryEvent{}, map[int64]time.Time{}
	for iter := c.GetWorkflowHistory(b.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); iter.HasNext(); {
		e, err := iter.Next()
		require(b, err)
		a.count(e, names, starts)
	}
	if a.total == 0 {
		b.Fatal("the run's history was not found")
	}
	return a
}

func (a *actions) count(e *history.HistoryEvent, scheduled map[int64]*history.HistoryEvent, starts map[int64]time.Time) {
	switch e.EventType {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		a.add(1, "start")
	case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		scheduled[e.EventId] = e
		a.add(1, e.GetActivityTaskScheduledEventAttributes().ActivityType.Name)
	case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		at := e.GetActivityTaskStartedEventAttributes()
		starts[at.ScheduledEventId] = e.EventTime.AsTime()
		if at.Attempt > 1 {
			a.add(int(at.Attempt)-1, "retry")
		}
	case enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		by := e.GetActivityTaskCompletedEventAttributes().ScheduledEventId
		at := scheduled[by].GetActivityTaskScheduledEventAttributes()
		every := min(time.Minute, at.HeartbeatTimeout.AsDuration()*8/10)
		took := e.EventTime.AsTime().Sub(starts[by])
		if beatsAtOnce := strings.HasPrefix(at.ActivityType.Name, "records."); beatsAtOnce {
			a.beats += 1 + int(took/every)
		} else if took > at.HeartbeatTimeout.AsDuration()/2 {
			a.beats += int(took / every)
		}
	case enums.EVENT_TYPE_TIMER_STARTED:
		a.timers++
		a.add(1, "timer")
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
		a.add(1, "update")
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, enums.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
		a.add(1, "signal")
	case enums.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		a.add(1, "search attributes")
	case enums.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
		a.add(2, "child")
	case enums.EVENT_TYPE_MARKER_RECORDED:
		if e.GetMarkerRecordedEventAttributes().MarkerName == "LocalActivity" {
			a.add(1, "local activity")
		}
	}
}

// quiet drops what the client would say.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
