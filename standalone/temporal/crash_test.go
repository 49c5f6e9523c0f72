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

// crashFolder tells the test binary that it is the process to be killed, and
// where its data is.
const crashFolder = "TEMPORAL_TEST_CRASH_FOLDER"

// crashTimer is longer than it takes to kill the process and short enough to be
// over soon after the restart.
const crashTimer = 2 * time.Second

func TestTimerSurvivesKill(t *testing.T) {
	folder := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestCrashingProcess$")
	child.Env = append(os.Environ(), crashFolder+"="+folder)
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

	c := dial(t, start(t, Options{DataDir: folder}))
	described, err := c.DescribeWorkflowExecution(t.Context(), "nap", "")
	require.NoError(t, err)
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, described.GetWorkflowExecutionInfo().GetStatus())
	work(t, c)
	requireNapped(t, c, "nap")
}

// TestCrashingProcess is the process that TestTimerSurvivesKill kills: it starts
// a run, says when its timer is running, and waits.
func TestCrashingProcess(t *testing.T) {
	folder := os.Getenv(crashFolder)
	if folder == "" {
		t.Skip("runs as a child of TestTimerSurvivesKill")
	}
	c := dial(t, start(t, Options{DataDir: folder}))
	work(t, c)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "nap", TaskQueue: queue}, nap, crashTimer)
	require.NoError(t, err)
	awaitEvent(t, c, run.GetID(), enums.EVENT_TYPE_TIMER_STARTED)
	_, err = os.Stdout.WriteString("napping\n")
	require.NoError(t, err)
	select {}
}

// awaitEvent follows the history until the event is in it.
func awaitEvent(t *testing.T, c client.Client, id string, kind enums.EventType) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	history := c.GetWorkflowHistory(ctx, id, "", true, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		require.NoError(t, err)
		if event.GetEventType() == kind {
			return
		}
	}
	require.FailNow(t, "the run ended without "+kind.String())
}
