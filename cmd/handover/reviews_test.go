package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/api"
)

const reviewID = "access-review:apollo:2026-Q4"

// answerReviews plays what the server says of access reviews.
func answerReviews(method, path string) any {
	path, query, _ := strings.Cut(path, "?")
	if !strings.HasPrefix(path, "/reviews") {
		return nil
	}
	due := time.Date(2026, 12, 15, 9, 0, 0, 0, time.UTC)
	r := api.Review{ID: reviewID, App: "apollo", Period: "2026-Q4", State: "deciding", DueAt: &due,
		Population: &api.ReviewPopulation{Query: "every page", ReadAt: due, Total: 41, Captured: 41, Left: 1, Lines: 40, AddsUp: true},
		Counts:     &api.ReviewCounts{Lines: 40, ByState: map[string]int{"open": 8, "exception": 1}, ByVerdict: map[string]int{"keep": 29, "remove": 2}, Privileged: 4, OpenAdmins: 1},
		Progress:   []api.ReviewerProgress{{Reviewer: eli, Lines: 40, Open: 9, Confirm: 2, LastAt: &due}, {Lines: 1, Open: 1}}}
	_, rest, _ := strings.Cut(strings.TrimPrefix(path, "/reviews/"), "/")
	switch {
	case path == "/reviews" && method == http.MethodPost:
		return api.ReviewStarted{Review: r, Created: true}
	case path == "/reviews":
		return []api.Review{r, {ID: "old", State: "complete", Progress: []api.ReviewerProgress{{Lines: 5, Open: 0}}}}
	case rest == "":
		return r
	case rest == "lines" && strings.HasSuffix(query, "&state=confirm") && !strings.Contains(query, "after="):
		return api.ReviewLines{Lines: []api.ReviewLine{{Line: 3, Email: "dana@example.com", RoleName: "Admin", Privileged: true, State: "confirm", Confirms: true, Verdict: "keep", Decision: 2,
			DecidedBy: "eli@example.com", Reason: "runs the CRM"}, {Line: 5, State: "confirm", Verdict: "keep"}}, Next: 5}
	case rest == "lines" && strings.HasSuffix(query, "&state=confirm"):
		return api.ReviewLines{Lines: []api.ReviewLine{{Line: 9, Email: "bo@example.com", State: "confirm", Confirms: true, Verdict: "change_role", NewRole: "viewer", Decision: 1}}}
	case rest == "lines" && !strings.Contains(query, "after=1"):
		return api.ReviewLines{Lines: []api.ReviewLine{{Line: 1, Email: "dana@example.com", RoleName: "Admin", Privileged: true, LastUse: "used on 2026-11-03", Hints: []string{"left"}, Reviewer: eli, State: "open"}}, Next: 1}
	case rest == "lines":
		return api.ReviewLines{Lines: []api.ReviewLine{{Line: 2, Email: "bo@example.com", State: "done", Verdict: "change_role", NewRole: "viewer"}}}
	case strings.HasSuffix(rest, "/decisions"):
		return []api.ReviewDecision{{N: 1, Verdict: "keep", Reason: "runs the CRM", By: eli, ActingFor: &dana, Channel: "page", Bulk: true, Confirms: true, Seconds: 7}, {Rule: "silence_keep", Seconds: -1}}
	case rest == "decisions" && strings.HasPrefix(path, "/reviews/partly"):
		return api.ReviewAnswer{Applied: 1, Refused: []api.ReviewRefusal{{Line: 2, Why: "say why this person keeps rights to administer"}}, Left: 3}
	case rest == "decisions", rest == "decisions/csv" && method == http.MethodPost:
		return api.ReviewAnswer{Applied: 2, Left: 3}
	case rest == "decisions/csv", rest == "export":
		return "as it comes"
	}
	return nil
}

func TestAReviewIsStarted(t *testing.T) {
	s := handover(t, "review", "start", "apollo", "--period", "2026-Q4", "--reason", "audit")
	require.Equal(t, exitDone, s.status, s.err)
	require.JSONEq(t, `{"app":"apollo","period":"2026-Q4","reason":"audit"}`, played.got("POST", "/reviews"))
	require.Contains(t, s.out, reviewID)

	path := filepath.Join(t.TempDir(), "list.csv")
	text := "\ufeffemail;role\ndana@example.com;Admin\n"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	require.Equal(t, exitDone, handover(t, "review", "start", "space", "--list", path, "--count", "1", "--read-at", "2026-12-01T13:00:00+01:00").status)
	var sent api.ReviewBody
	require.NoError(t, json.Unmarshal([]byte(played.got("POST", "/reviews")), &sent))
	require.Equal(t, []any{text, 1}, []any{sent.CSV, sent.Count})
	require.True(t, sent.ReadAt.Equal(time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)))
	for _, wrong := range [][]string{{"--list", path}, {"--count", "3"}, {"--read-at", "2026-12-01T13:00:00Z"}, {"--list", path, "--count", "1", "--read-at", "yesterday"}} {
		require.Equal(t, exitUsage, handover(t, append([]string{"review", "start", "space"}, wrong...)...).status, wrong)
	}
}

func TestReviewsAreShown(t *testing.T) {
	s := handover(t, "review", "list", "--open", "--app", "apollo")
	require.Contains(t, s.out, "31 of 40")
	require.Contains(t, s.out, "5 of 5")
	require.Equal(t, "", played.got("GET", "/reviews?app=apollo&state=collecting%2Cblocked%2Cdeciding%2Ccarrying_out"))
	s = handover(t, "review", "show", reviewID)
	for _, want := range []string{"40 lines of 41 rows; the app says 41", "it adds up", "keep 29, change 0, remove 2", "1 of 4 are open", "eli@example.com", "nobody"} {
		require.Contains(t, s.out, want)
	}
	s = handover(t, "review", "lines", reviewID, "--mine", "--open", "--reviewer", "eli@example.com")
	for _, want := range []string{"dana@example.com", "used on 2026-11-03", "left", "change_role viewer"} {
		require.Contains(t, s.out, want)
	}
	require.Equal(t, "", played.got("GET", "/reviews/"+reviewID+"/lines?after=1&limit=1000&mine=true&reviewer=eli%40example.com&state=open%2Cconfirm%2Cexception"))
	s = handover(t, "review", "history", reviewID, "1")
	for _, want := range []string{"runs the CRM", "page, in bulk, as second person", "dana@example.com", "silence_keep", "unknown"} {
		require.Contains(t, s.out, want)
	}
	var lines []api.ReviewLine
	require.NoError(t, json.Unmarshal([]byte(handover(t, "review", "lines", reviewID, "--format", "json").out), &lines))
	require.Len(t, lines, 2)
}

func TestLinesAreDecided(t *testing.T) {
	for _, c := range []struct {
		args []string
		sent string
	}{
		{[]string{"3", "--keep"}, `[{"line":3,"verdict":"keep"}]`},
		{[]string{"3", "4", "--remove", "--reason", "left the team"}, `[{"line":3,"verdict":"remove","reason":"left the team","bulk":true},{"line":4,"verdict":"remove","reason":"left the team","bulk":true}]`},
		{[]string{"3", "--role", "viewer"}, `[{"line":3,"verdict":"change_role","role":"viewer"}]`},
		{[]string{"3@2", "--confirm"}, `[{"line":3,"verdict":"confirm","seen":2}]`},
		{[]string{"3@2", "9@1", "--confirm"}, `[{"line":3,"verdict":"confirm","seen":2,"bulk":true},{"line":9,"verdict":"confirm","seen":1,"bulk":true}]`},
		{[]string{"3@2", "--send-back", "--reason", "on leave"}, `[{"line":3,"verdict":"send_back","reason":"on leave","seen":2}]`},
	} {
		s := handover(t, append([]string{"review", "decide", reviewID}, c.args...)...)
		require.Equal(t, exitDone, s.status, s.err)
		require.Contains(t, s.out, "2 lines decided. 3 still wait for you.")
		require.JSONEq(t, c.sent, played.got("POST", "/reviews/"+reviewID+"/decisions"))
	}
	for _, wrong := range [][]string{{"3"}, {"--keep"}, {"3", "--keep", "--remove"}, {"x", "--keep"}, {"0", "--keep"}, {"3", "4", "--keep"}, {"3", "--csv", "x.csv"}, {"3", "--keep", "--csv", "x.csv"}, {"3@2", "--keep"},
		{"3@", "--confirm"}, {"3@x", "--confirm"}, {"3@0", "--confirm"}, {"@2", "--confirm"}} {
		require.Equal(t, exitUsage, handover(t, append([]string{"review", "decide", reviewID}, wrong...)...).status, wrong)
	}
	s := handover(t, "review", "decide", "partly", "1", "2", "--keep", "--reason", "x")
	require.Equal(t, exitFail, s.status)
	require.Contains(t, s.err, "1 lines were decided, 1 were refused: line 2: say why this person keeps rights to administer")
}

// Nobody at a terminal confirms what they have not seen.
func TestASecondPersonAtATerminalIsShownWhatTheyConfirm(t *testing.T) {
	handover(t, "review", "decide", reviewID, "1", "--keep")
	before := played.got("POST", "/reviews/"+reviewID+"/decisions")
	s := handover(t, "review", "decide", reviewID, "3", "9@1", "--confirm")
	require.Equal(t, exitDone, s.status)
	for _, want := range []string{"3@2", "dana@example.com", "keep", "eli@example.com", "runs the CRM", "9@1", "change_role viewer"} {
		require.Contains(t, s.out, want)
	}
	require.Contains(t, s.out, "Nothing was done yet")
	require.Contains(t, s.out, "handover review decide "+reviewID+" 3@2 9@1 --confirm")
	s = handover(t, "review", "decide", reviewID, "9", "--send-back", "--reason", "on leave")
	require.Contains(t, s.out, "9@1 --send-back --reason TEXT")
	s = handover(t, "review", "decide", reviewID, "5", "--confirm")
	require.Equal(t, exitFail, s.status)
	require.Contains(t, s.err, "line 5: nothing waits for you there")
	require.Equal(t, before, played.got("POST", "/reviews/"+reviewID+"/decisions"), "nothing was sent")
	var lines []api.ReviewLine
	require.NoError(t, json.Unmarshal([]byte(handover(t, "review", "decide", reviewID, "3", "--confirm", "--format", "json").out), &lines))
	require.Equal(t, 2, lines[0].Decision)
}

func TestAFileOfDecisionsGoesWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.csv")
	require.NoError(t, os.WriteFile(path, []byte("line,account,verdict\n1,a,keep\n"), 0o600))
	require.Equal(t, exitDone, handover(t, "review", "decide", reviewID, "--csv", path).status)
	require.JSONEq(t, `{"csv":"line,account,verdict\n1,a,keep\n"}`, played.got("POST", "/reviews/"+reviewID+"/decisions/csv"))
	require.Contains(t, handover(t, "review", "export", reviewID, "--csv").out, "as it comes")
	pack := filepath.Join(t.TempDir(), "r.zip")
	require.Equal(t, exitDone, handover(t, "review", "export", reviewID, "-o", pack).status)
	raw, err := os.ReadFile(pack)
	require.NoError(t, err)
	require.Contains(t, string(raw), "as it comes")
	require.Equal(t, exitFail, handover(t, "review", "export", reviewID, "-o", pack).status, "nothing is written over")
	require.Equal(t, exitUsage, handover(t, "review", "export", reviewID).status)
}

func TestLinesAreGivenAwayAndReviewsEnded(t *testing.T) {
	require.Equal(t, exitDone, handover(t, "review", "reassign", reviewID, "3", "4", "--to", "gil@example.com", "--reason", "his team").status)
	require.JSONEq(t, `{"lines":[3,4],"to":"gil@example.com","reason":"his team"}`, played.got("POST", "/reviews/"+reviewID+"/reassign"))
	require.Equal(t, exitUsage, handover(t, "review", "reassign", reviewID, "3", "--to", "gil@example.com").status)
	require.Equal(t, exitDone, handover(t, "review", "end", reviewID, "--reason", "begun by mistake").status)
	require.JSONEq(t, `{"reason":"begun by mistake"}`, played.got("POST", "/reviews/"+reviewID+"/end"))
	require.Equal(t, exitUsage, handover(t, "review", "end", reviewID).status)
}
