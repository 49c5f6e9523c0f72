package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/api"
)

// findingsServer answers about findings and keeps what was sent.
func findingsServer(t *testing.T) map[string]string {
	t.Helper()
	sent := map[string]string{}
	until := time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)
	asked := api.Exception{ID: "x1", Finding: "f2", Until: until, Reason: "the agency's own", AskedBy: dana}
	agreed := asked
	agreed.Agreed, agreed.DecidedBy = true, eli
	list := api.Findings{Readings: []api.Reading{{App: "apollo", BeganAt: &listed, Complete: true, Accounts: 15, Assigned: 14, Found: 3, Outside: 1},
		{App: "vault", Why: "it was not compared yet: run `handover reconcile`"}, {App: "wiki", BeganAt: &listed, Why: "the list of users was cut short"}},
		Findings: []api.Finding{
			{ID: "f1", App: "apollo", Kind: "left_but_active", Severity: "high", State: "open", Email: "hugo@example.com", Account: "a1", AgeDays: 3, Owner: eli, Why: "HR says that they left", Starts: true},
			{ID: "f2", App: "apollo", Kind: "unknown_to_hr", Severity: "medium", State: "open", Account: "a2", Exception: &asked},
			{ID: "f3", App: "apollo", Kind: "orphaned_records", Severity: "medium", State: "fixing", Person: dana, Run: "r1", Counts: map[string]int{"deals": 2, "contacts": 85}},
			{ID: "f4", App: "apollo", Kind: "one_admin", Severity: "high", State: "excepted", Exception: &agreed},
			{ID: "f5", App: "apollo", Kind: "idle_seat", Severity: "low", State: "open", Command: "handover seats"}}}
	answers := map[string]any{"POST /findings/reconcile": list.Readings[:1], "GET /findings": list, "GET /findings?app=apollo": list,
		"GET /findings?all=true&app=apollo&kind=one_admin&state=closed": api.Findings{}, "GET /findings/exceptions": []api.Exception{agreed},
		"POST /findings/f2/exception": asked, "POST /findings/f2/exception/decision": agreed,
		"POST /findings/fix": api.FixReport{Started: []api.Fixed{{Finding: "f1", Run: "r9"}}, Refused: []api.Fixed{{Finding: "f7", Why: "two users have this email"}}, Open: 4, Why: "the first 3 go before the rest"}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		key := r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), "/api/v1")
		sent[key] = string(raw)
		answer, known := answers[key]
		if !known {
			w.WriteHeader(http.StatusTeapot)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(server.Close)
	t.Setenv("HANDOVER_URL", server.URL)
	return sent
}

func TestReconcileCommands(t *testing.T) {
	sent := findingsServer(t)
	words := func(args ...string) string {
		t.Helper()
		s := handover(t, append([]string{"reconcile"}, args...)...)
		require.Equal(t, exitDone, s.status, s.err)
		return strings.Join(strings.Fields(s.out), " ")
	}
	told := words("--app", "apollo")
	require.JSONEq(t, `{"apps":["apollo"]}`, sent["POST /findings/reconcile"])
	require.Contains(t, told, "15 accounts, 14 at the identity provider, 3 findings, 0 closed, 1 changes outside")
	told = words("list")
	for _, want := range []string{"app vault it was not compared yet", "app wiki read ", "the list of users was cut short",
		"f1 high left_but_active apollo hugo@example.com 3 open eli@example.com HR says that they left handover reconcile fix f1",
		"a second person: handover reconcile approve f2", "dana@example.com 0 fixing contacts 85, deals 2 run r1", "let be until 2027-0", "handover seats"} {
		require.Contains(t, told, want)
	}
	require.Contains(t, words("list", "--all", "--app", "apollo", "--kind", "one_admin", "--state", "closed"), "Nothing is found.")
	require.Contains(t, words("except", "f2", "--until", "2027-03-31", "--reason", "the agency's own"), "handover reconcile approve f2")
	require.Contains(t, sent["POST /findings/f2/exception"], `"reason":"the agency's own"`)
	require.Contains(t, words("approve", "f2"), "let be until")
	require.JSONEq(t, `{"agree":true}`, sent["POST /findings/f2/exception/decision"])
	require.Contains(t, words("approve", "f2", "--refuse"), "stays open")
	require.Contains(t, words("exceptions"), "the agency's own")
	require.Contains(t, words("fix", "--kind", "left_but_active", "--app", "apollo"), "f1 started r9 f7 not started two users have this email 1 started, 4 still wait the first 3")
	require.JSONEq(t, `{"kind":"left_but_active","app":"apollo"}`, sent["POST /findings/fix"])
	words("fix", "f1")
	require.JSONEq(t, `{"id":"f1"}`, sent["POST /findings/fix"])
	for _, wrong := range [][]string{{"fix"}, {"fix", "f1", "--kind", "x", "--app", "a"}, {"fix", "--kind", "x"}, {"except", "f1", "--until", "soon", "--reason", "r"}, {"except", "f1", "--until", "2027-01-01"}} {
		require.Equal(t, exitUsage, handover(t, append([]string{"reconcile"}, wrong...)...).status, wrong)
	}
}
