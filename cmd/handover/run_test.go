package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/api"
)

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	for args, says := range map[string]string{
		"bogus": "bogus", "runs": "see `handover runs --help`", "runs bogus": "see `handover runs --help`", "runs show": "usage: handover runs show ID",
		"runs show a b": "usage:", "runs list --bogus": "--help", "runs list --format xml": "--format", "runs list --format csv": "--format",
		"offboard": "usage:", "offboard dana@example.com": "say when", "offboard dana@example.com --now --cut-now": "say when, once",
		"offboard dana@example.com --now --last-moment 2026-12-18T17:30": "say when, once",
		"offboard dana@example.com --now --successor eli":                "KIND=EMAIL",
		"offboard dana@example.com --now --successor deals=eli":          "KIND=EMAIL",
		"runs reschedule r1":                               "--last-moment",
		"runs retry-step r1 --app apollo":                  "--step",
		"runs hand-over-step r1 --app apollo --step lists": "--to",
		"approvals deny a1":                                "--reason",
		"audit --since yesterday":                          "2026-11-01",
		"audit --limit many":                               "--help",
		"evidence export r1":                               "-o FILE",
		"evidence verify x.pack --key nonsense":            "--key",
	} {
		s := handover(t, strings.Fields(args)...)
		require.Equal(t, exitUsage, s.status, "%s: %s", args, s.err)
		require.Contains(t, s.err, says, args)
	}
}

func TestRefusedOrFailed(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"runs show refused", "runs retract refused", "approvals approve refused", "tasks done refused", "runs watch refused"} {
		s := handover(t, strings.Fields(args)...)
		require.Equal(t, exitFail, s.status, args)
		require.Contains(t, s.err, "you may not do this; body.reason: too long", args)
	}
}

func TestTheServerIsAway(t *testing.T) {
	t.Setenv("HANDOVER_URL", "http://127.0.0.1:1")
	s := handover(t, "runs", "list")
	require.Equal(t, exitFail, s.status)
	require.Contains(t, s.err, "check HANDOVER_URL")
	t.Setenv("HANDOVER_TOKEN", "")
	s = handover(t, "runs", "list")
	require.Equal(t, exitFail, s.status)
	require.Contains(t, s.err, "HANDOVER_TOKEN is not set")
}

func TestHelpIsNoError(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"--help"}, {"runs", "--help"}, {"offboard", "-h"}} {
		s := handover(t, args...)
		require.Equal(t, exitDone, s.status)
		require.Contains(t, s.out, "handover")
	}
}

func TestTablesAndJSON(t *testing.T) {
	t.Parallel()
	for args, shows := range map[string]string{
		"runs list": "r1", "runs show r1": "1 verified, 1 attested", "approvals list": "eli@example.com", "approvals show a1": "asked",
		"tasks list": "Lists: change the owner", "audit": "role_changed", "seats": "occupied unknown", "notices": "for you",
	} {
		s := handover(t, strings.Fields(args)...)
		require.Equal(t, exitDone, s.status, s.err)
		require.Contains(t, s.out, shows, args)
		s = handover(t, append(strings.Fields(args), "--format", "json")...)
		require.Equal(t, exitDone, s.status)
		require.True(t, json.Valid([]byte(s.out)), args)
	}
	s := handover(t, "audit", "--format", "csv", "--subject", "dana@example.com")
	require.Equal(t, 2, strings.Count(s.out, "\n"))
	require.Contains(t, s.out, `"a, b"`)
	require.Empty(t, played.got("GET", "/audit?limit=200&subject=dana%40example.com"))
}

func TestOffboard(t *testing.T) {
	t.Parallel()
	s := handover(t, "offboard", "dana@example.com", "--app", "apollo", "--successor", "eli@example.com", "--successor", "deals=bo@example.com",
		"--last-moment", "2026-12-18T17:30", "--zone", "Europe/Berlin", "--confidential", "--reader", "eli@example.com", "--reason", "leaves")
	require.Equal(t, exitDone, s.status)
	require.Contains(t, s.out, "handover runs watch r1")
	var b api.OffboardBody
	require.NoError(t, json.Unmarshal([]byte(played.got("POST", "/runs")), &b))
	require.Equal(t, api.OffboardBody{Email: "dana@example.com", Apps: []string{"apollo"}, Successors: map[string]string{"": "eli@example.com", "deals": "bo@example.com"},
		LastMoment: "2026-12-18T17:30", Zone: "Europe/Berlin", Confidential: true, Readers: []string{"eli@example.com"}, Reason: "leaves"}, b)
	s = handover(t, "offboard", "5f00", "--now", "--dry-run")
	require.Contains(t, s.out, "Nothing was written anywhere.")
	require.NoError(t, json.Unmarshal([]byte(played.got("POST", "/runs/preview")), &b))
	require.Equal(t, "5f00", b.Account)
}

func TestCommandsReachTheirRoute(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]struct{ path, body string }{
		"runs retract x1 --reason stays": {"/runs/x1/retract", `{"reason":"stays"}`},
		"runs cut-now x1":                {"/runs/x1/cut-now", `{"reason":""}`},
		"runs undo x1":                   {"/runs/x1/undo", `{"reason":""}`},
		"runs reschedule x1 --last-moment 2027-01-04T12:00":             {"/runs/x1/reschedule", `{"last_moment":"2027-01-04T12:00","zone":""}`},
		"runs retry-step x1 --app apollo --step deals --accept 90":      {"/runs/x1/steps/apollo/deals/retry", `{"accept":90,"reason":""}`},
		"runs skip-step x1 --app apollo --step deals --reason sold":     {"/runs/x1/steps/apollo/deals/skip", `{"accept":0,"reason":"sold"}`},
		"runs hand-over-step x1 --app apollo --step lists --to a@b.com": {"/runs/x1/steps/apollo/lists/hand-over", `{"to":"a@b.com"}`},
		"approvals deny x1 --reason no":                                 {"/approvals/x1/deny", `{"reason":"no"}`},
		"approvals approve x2 --successor eli@example.com":              {"/approvals/a2/approve", `{"digest":"v1:new"}`},
		"tasks done x1 --proof note":                                    {"/tasks/x1/done", `{"proof":"note"}`},
		"tasks done x2 --cannot locked":                                 {"/tasks/x2/done", `{"cannot":true,"proof":"locked"}`},
		"tasks confirm x1 --note seen":                                  {"/tasks/x1/confirm", `{"proof":"seen"}`},
	} {
		s := handover(t, strings.Fields(args)...)
		require.Equal(t, exitDone, s.status, "%s: %s", args, s.err)
		require.JSONEq(t, want.body, played.got("POST", want.path), args)
	}
}

func TestWatchPrintsWhatChangedWhereNobodyLooks(t *testing.T) {
	t.Parallel()
	played.forget("/runs/watched")
	s := handover(t, "runs", "watch", "watched")
	require.Equal(t, exitDone, s.status)
	require.NotContains(t, s.out, "\033", "no terminal, no drawing")
	lines := strings.Split(strings.TrimSpace(s.out), "\n")
	require.Len(t, lines, 5, "run, two steps, and later what changed: %s", s.out)
	require.Contains(t, lines[3], "closed")
	require.Contains(t, lines[4], "verified")
}

func TestEvidenceExport(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "r1.pack")
	require.Equal(t, exitDone, handover(t, "evidence", "export", "r1", "-o", file).status)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "\"pack\"\n", string(raw))
	s := handover(t, "evidence", "export", "r1", "-o", file)
	require.Equal(t, exitFail, s.status, "nothing is overwritten")
	missing := filepath.Join(t.TempDir(), "x.pack")
	require.Equal(t, exitFail, handover(t, "evidence", "export", "refused", "-o", missing).status)
	require.NoFileExists(t, missing)
}
