package temporal

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// request asks the UI as its own page in a browser does.
func request(t *testing.T, s *Server, method, path string) (status int, body string) {
	t.Helper()
	question, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.UIAddr()+path, strings.NewReader("{}"))
	require.NoError(t, err)
	question.Header.Set("Content-Type", "application/json")
	question.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := http.DefaultClient.Do(question)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(text)
}

func TestUIWriteActions(t *testing.T) {
	for name, c := range map[string]struct {
		allowed bool
		status  int
		run     enums.WorkflowExecutionStatus
	}{
		"off by default": {false, http.StatusMethodNotAllowed, enums.WORKFLOW_EXECUTION_STATUS_RUNNING},
		"on":             {true, http.StatusOK, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{DataDir: t.TempDir(), UIAddr: ":0", UIWriteActions: c.allowed, Namespace: "people"})
			temporal := dial(t, s)
			_, err := temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "nap", TaskQueue: queue}, nap, time.Hour)
			require.NoError(t, err)

			status, _ := request(t, s, http.MethodPost, "/api/v1/namespaces/people/workflows/nap/terminate")
			require.Equal(t, c.status, status)
			described, err := temporal.DescribeWorkflowExecution(t.Context(), "nap", "")
			require.NoError(t, err)
			require.Equal(t, c.run, described.GetWorkflowExecutionInfo().GetStatus())

			status, seen := request(t, s, http.MethodGet, "/api/v1/namespaces/people/workflows/nap")
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, seen, "WORKFLOW_EXECUTION_STATUS_"+strings.ToUpper(c.run.String()))
			_, settings := request(t, s, http.MethodGet, "/api/v1/settings")
			require.Contains(t, settings, `"DisableNewsFetch":true`)
		})
	}
}

func TestUIOnIPv6(t *testing.T) {
	_, ours, err := listenAddress("[::1]:0")
	if err != nil {
		t.Skipf("no ipv6 here: %v", err)
	}
	ours.release()
	s := start(t, Options{DataDir: t.TempDir(), Addr: "[::1]:0", UIAddr: "[::1]:0"})
	dial(t, s)
	status, _ := request(t, s, http.MethodGet, "/")
	require.Equal(t, http.StatusOK, status)
}
