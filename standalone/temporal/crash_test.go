package temporal

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// They tell the test binary that it is the process to be killed, where its data is,
// and how long its timer runs.
const (
	crashFolder = "TEMPORAL_TEST_CRASH_FOLDER"
	crashTimer  = "TEMPORAL_TEST_CRASH_TIMER"
)

// The timer is to be over soon after the restart, and must not be over before the
// kill: then the process was slow, and another one gets more time.
func TestTimerSurvivesKill(t *testing.T) {
	for _, timer := range []time.Duration{2 * time.Second, 15 * time.Second, time.Minute} {
		if firedAfterKill(t, timer) {
			return
		}
	}
	require.Fail(t, "the timer is over before the process can be killed")
}

// firedAfterKill kills a process whose timer runs, and has the run end in another
// one. It tells whether the timer was still running when the process died.
func firedAfterKill(t *testing.T, timer time.Duration) bool {
	folder := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestCrashingProcess$")
	child.Env = append(os.Environ(), crashFolder+"="+folder, crashTimer+"="+timer.String())
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "napping" {
	}
	require.Equal(t, "napping", lines.Text(), "the process ended too early")
	_, err = Start(t.Context(), Options{DataDir: folder, Addr: ":0"})
	require.ErrorIs(t, err, ErrInUse, "the process does not hold its folder")
	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	killed := time.Now()

	s := start(t, Options{DataDir: folder})
	c := dial(t, s)
	described, err := c.DescribeWorkflowExecution(t.Context(), "nap", "")
	require.NoError(t, err)
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, described.GetWorkflowExecutionInfo().GetStatus())
	stopWork := work(t, c)
	requireNapped(t, c, "nap")
	fired := awaitEvent(t, c, "nap", enums.EVENT_TYPE_TIMER_FIRED)
	stopWork()
	stop(t, s)
	return fired.After(killed)
}

// TestCrashingProcess is the process that TestTimerSurvivesKill kills: it starts
// a run, says when its timer is running, and waits. Nobody works then, so that the run
// cannot come to its end here.
func TestCrashingProcess(t *testing.T) {
	folder := os.Getenv(crashFolder)
	if folder == "" {
		t.Skip("runs as a child of TestTimerSurvivesKill")
	}
	timer, err := time.ParseDuration(os.Getenv(crashTimer))
	require.NoError(t, err)
	c := dial(t, start(t, Options{DataDir: folder}))
	stopWork := work(t, c)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "nap", TaskQueue: queue}, nap, timer)
	require.NoError(t, err)
	awaitEvent(t, c, run.GetID(), enums.EVENT_TYPE_TIMER_STARTED)
	stopWork()
	_, err = os.Stdout.WriteString("napping\n")
	require.NoError(t, err)
	select {}
}

// awaitEvent follows the history until the event is in it, and gives its time.
func awaitEvent(t *testing.T, c client.Client, id string, kind enums.EventType) time.Time {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	history := c.GetWorkflowHistory(ctx, id, "", true, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		require.NoError(t, err)
		if event.GetEventType() == kind {
			return event.GetEventTime().AsTime()
		}
	}
	require.FailNow(t, "the run ended without "+kind.String())
	return time.Time{}
}
