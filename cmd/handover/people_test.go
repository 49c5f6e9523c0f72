package main

import (
	"bytes"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/api"
)

func TestAwayCommands(t *testing.T) {
	s := handover(t, "away", "--until", "2027-01-03", "--substitute", "dana@example.com", "--for", "eli@example.com")
	require.Equal(t, exitDone, s.status)
	require.JSONEq(t, `{"for":"eli@example.com","until":"2027-01-03","substitute":"dana@example.com"}`, played.got("POST", "/people/absences"))
	require.Contains(t, s.out, "x2")
	require.Contains(t, handover(t, "away", "list").out, "dana@example.com")
	require.Contains(t, handover(t, "away", "end", "x1").out, "so it is")
	require.Empty(t, played.got("DELETE", "/people/absences/x1"))
	for _, wrong := range [][]string{{"away"}, {"away", "--until", "2027-01-03"}, {"away", "end"}, {"people"}, {"people", "unbind"}} {
		require.Equal(t, exitUsage, handover(t, wrong...).status, wrong)
	}
	require.Contains(t, handover(t, "people", "unbind", "eli@example.com").out, "so it is")
	require.JSONEq(t, `{"email":"eli@example.com"}`, played.got("POST", "/people/unbind"))
}

func TestARequestIsShownWithItsPolicy(t *testing.T) {
	late := time.Date(2026, 12, 18, 17, 0, 0, 0, time.UTC)
	a := request
	a.Policy, a.PolicyDigest, a.Stage, a.Stages, a.StageName, a.Quorum, a.LateAt, a.OnTimeout = "handover", "v1:p", 1, 2, "manager", 2, &late, "deny"
	a.HighRisk, a.Because, a.ActingFor, a.Backup = true, "you own the app", &dana, []api.Person{dana}
	a.Decisions = []api.Decision{{By: eli, ActingFor: &dana, Verdict: "approve", Channel: "cli"}}
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 4, 2, ' ', 0)
	printApproval(w, a)
	require.NoError(t, w.Flush())
	text := out.String()
	for _, want := range []string{"handover", "v1:p", "1 of 2", "2 must agree", "then it counts as denied", "high risk", "you stand in for dana@example.com", "you own the app", "eli@example.com for dana@example.com"} {
		require.Contains(t, text, want)
	}
}
