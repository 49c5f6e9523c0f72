package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/api"
)

func rosterFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roster.csv")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// importing runs the import with a standard input.
func importing(t *testing.T, in string, args ...string) (int, string, string) {
	t.Helper()
	var out, stderr bytes.Buffer
	root := newRoot()
	root.SetArgs(append([]string{"hr", "import"}, args...))
	root.SetIn(strings.NewReader(in))
	root.SetOut(&out)
	root.SetErr(&stderr)
	if err := root.ExecuteContext(t.Context()); err != nil {
		return exitFail, out.String(), stderr.String() + err.Error()
	}
	return exitDone, out.String(), stderr.String()
}

func TestARosterIsShownBeforeItIsApplied(t *testing.T) {
	path := rosterFile(t, "Employee #;Work Email;Status;Last Day;Shoe Size\n7;dana@example.com;active;18/12/2026;40\n8;fay@example.com;on leave;;\n")
	status, out, told := importing(t, "", path, "--date-format", "dmy", "--full", "--source", "bamboo")
	require.Equal(t, exitDone, status, told)
	require.Contains(t, told, "not read: Shoe Size")
	for _, want := range []string{"people in the file", "new@example.com", "dana@example.com", "2026-12-18 23:59", "gone@example.com", "the brake would hold leavings", "Add --apply"} {
		require.Contains(t, out, want)
	}
	var sent api.RosterBody
	require.NoError(t, json.Unmarshal([]byte(played.got("POST", "/people/roster")), &sent))
	require.Equal(t, api.RosterBody{Source: "bamboo", Full: true, Rows: []api.RosterRow{
		{Line: 2, Employment: "7", Email: "dana@example.com", Status: "active", LastDay: "2026-12-18"}, {Line: 3, Employment: "8", Email: "fay@example.com", Status: "on_leave"}}}, sent)

	status, out, _ = importing(t, "email\ndana@example.com\n", "-", "--apply", "--format", "json")
	require.Equal(t, exitDone, status)
	var plan api.RosterPlan
	require.NoError(t, json.Unmarshal([]byte(out), &plan))
	require.Equal(t, 2, plan.Rows)
	sent = api.RosterBody{}
	require.NoError(t, json.Unmarshal([]byte(played.got("POST", "/people/roster")), &sent))
	require.True(t, sent.Apply)
}

func TestAFileWithProblemsIsNotSent(t *testing.T) {
	path := rosterFile(t, "email,last day\nnobody,03/04/2026\n")
	before := played.got("POST", "/people/roster")
	status, out, told := importing(t, "", path)
	require.Equal(t, exitFail, status)
	require.Empty(t, out)
	require.Contains(t, told, path+":2: email is missing")
	require.Contains(t, told, path+":2: last day: day and month cannot be told apart")
	require.Contains(t, told, "nothing was done")
	require.Equal(t, before, played.got("POST", "/people/roster"))
	_, _, told = importing(t, "", rosterFile(t, ""))
	require.Contains(t, told, ".csv: the file is empty")
	_, _, told = importing(t, "", path+"x")
	require.Contains(t, told, "it is not there")
	_, _, told = importing(t, "email\nx\n", "-")
	require.Contains(t, told, "standard input:2:")
	require.Equal(t, exitUsage, handover(t, "hr", "import").status)
	require.Equal(t, exitUsage, handover(t, "hr").status)
}

func TestWhatHRSaidAndWhoIsKnown(t *testing.T) {
	s := handover(t, "hr", "events", "--outcome", "started", "--source", "hr")
	require.Contains(t, s.out, "employment.ending")
	require.Contains(t, s.out, "(confidential)")
	require.Empty(t, played.got("GET", "/people/hr-events?limit=100&outcome=started&source=hr"))
	s = handover(t, "people", "list", "--state", "leaving")
	require.Less(t, strings.Index(s.out, "bot@example.com"), strings.Index(s.out, "dana@example.com"))
	require.Empty(t, played.got("GET", "/people?limit=1000&state=leaving"))
	s = handover(t, "people", "show", "dana@example.com")
	require.Contains(t, s.out, "last moment 2026-12-18T17:30:00 Europe/Berlin")
	require.Contains(t, s.out, "eli@example.com")
}
