package worker_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sdk "go.temporal.io/sdk/worker"

	"handover/worker"
	"handover/workflows"
)

// recordKeys are the keys that `make record` encrypts histories with.
const recordKeys = "record:cmVjb3JkZWQtaGlzdG9yaWVzLWFyZS1uby1zZWNyZXQ="

// Old histories run on today's code. They are recorded by `make record` for each
// release and never edited afterwards.
func TestRecordedHistoriesReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../workflows/testdata/*.json")
	require.NoError(t, err)
	recorded := map[string]bool{}
	for _, file := range files {
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		recorded[name] = true
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			require.NoError(t, replayer(t).ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
	for _, name := range []string{workflows.OffboardingType, workflows.SeatReleaseType, workflows.ObservationType, workflows.PreviewType, workflows.HeldBatchType, workflows.OnboardingType, workflows.RoleChangeType} {
		require.True(t, recorded[name], "no history of %s is recorded: run `make record`", name)
	}
}

func replayer(t *testing.T) sdk.WorkflowReplayer {
	t.Helper()
	keys, err := worker.ParseKeys(recordKeys)
	require.NoError(t, err)
	r, err := sdk.NewWorkflowReplayerWithOptions(sdk.WorkflowReplayerOptions{DataConverter: keys.DataConverter(), FailureConverter: keys.FailureConverter()})
	require.NoError(t, err)
	worker.RegisterWorkflows(r)
	return r
}
