package slack_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func (w *world) get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := http.Get(w.server.URL + path)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// press sends one of the page's forms, with its token.
func (w *world) press(t *testing.T, user, act string, fields url.Values) string {
	t.Helper()
	_, text := w.get(t, "/people/"+user)
	token := csrfField.FindStringSubmatch(text)
	require.NotNil(t, token)
	fields.Set("csrf", token[1])
	resp, err := http.PostForm(w.server.URL+"/people/"+user+"/"+act, fields)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	out, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(out)
}

func TestThePageShowsAConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{ID: "U1", RealName: "Eli Park", Email: "eli@example.com"})
	w.AddUser(slack.User{ID: "U2", RealName: "Guest One", IsUltraRestricted: slack.Yes, TeamID: "T9"})
	w.AddUser(slack.User{ID: "U3", RealName: "Gone Two", Deleted: slack.Yes})
	out := w.ok(t, "chat.postMessage", object{"channel": eli, "text": "fallback", "blocks": []object{
		{"type": "header", "text": plain("A leaver :wave:")},
		{"type": "section", "fields": []object{mrkdwn("*App*\nApollo"), mrkdwn("<https://example.com/r1|Request>")}},
		{"type": "divider"},
		{"type": "context", "elements": []object{mrkdwn("asked because you own _Apollo_")}},
		actions(with(button("handover:approve", "Approve", "v1.r1"), "style", "primary"),
			with(button("handover:deny", "Deny", "v1.r1"), "confirm", object{"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes, deny"), "deny": plain("No")}),
			selectOf([]object{option(1)}), with(button("web", "Open", ""), "url", "https://example.com/r1")),
	}})
	channel, ts := out["channel"].(string), out["ts"].(string)
	w.ok(t, "chat.postMessage", object{"channel": eli, "thread_ts": ts, "text": "a reply"})
	w.ok(t, "chat.postEphemeral", object{"channel": channel, "user": eli, "text": "just for you"})
	second := w.ok(t, "chat.postMessage", object{"channel": eli, "text": "before"})["ts"]
	w.ok(t, "chat.update", object{"channel": channel, "ts": second, "text": "after"})

	status, front := w.get(t, "/")
	require.Equal(t, 200, status)
	for _, want := range []string{"<title>People · Slack (simulated)</title>", "Eli Park", "guest", "external", "deactivated", "3 messages, 1 with something to click"} {
		require.Contains(t, front, want)
	}
	_, text := w.get(t, "/people/"+eli)
	for _, want := range []string{"<title>Eli Park · Slack (simulated)</title>", "<h3>A leaver 👋</h3>", "<strong>App</strong><br>Apollo",
		`<a href="https://example.com/r1" target="_blank" rel="noopener noreferrer">Request</a>`, "<hr>", "<em>Apollo</em>", `data-id="handover:approve"`,
		"Yes, deny", "option 1", "1 reply", "a reply", "just for you", "Only visible to you", "after", "(edited)"} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "fallback")
	require.NotContains(t, text, secret)
	require.NotContains(t, text, botToken)
	status, _ = w.get(t, "/people/U404")
	require.Equal(t, 404, status)
	status, _ = w.get(t, "/people/U1?channel=C404")
	require.Equal(t, 404, status)
}

func TestThePageEscapes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const bad = `<script>alert(1)</script>"><img src=x onerror=alert(1)>`
	eli := w.AddUser(slack.User{RealName: bad, Email: bad})
	w.ok(t, "chat.postMessage", object{"channel": eli, "text": bad})
	w.ok(t, "chat.postMessage", object{"channel": eli, "blocks": []object{section(bad + " <javascript:alert(1)|click> <https://example.com/\"onmouseover=alert(1)|x>"),
		{"type": "header", "text": plain(bad)}, actions(button(bad, "b"+bad[:20], bad))}})
	w.SetFaults()
	_, text := w.get(t, "/people/"+eli)
	for _, never := range []string{"<script>alert", "<img", `"onmouseover`, `href="javascript`} {
		require.NotContains(t, text, never)
	}
	require.Contains(t, text, "&lt;script&gt;alert(1)&lt;/script&gt;")
	resp, err := http.Get(w.server.URL + "/")
	require.NoError(t, err)
	resp.Body.Close()
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
}

func TestAPersonActsOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{ID: "U1", RealName: "Eli Park"})
	channel, ts := w.ask(t, eli)
	w.press(t, eli, "click", url.Values{"channel": {channel}, "ts": {ts}, "action": {"handover:deny"}, "block": {"decision"}})
	h := w.last(t)
	require.True(t, verifies(h))
	p := h.payload(t)
	require.Equal(t, "handover:deny", p["actions"].([]any)[0].(object)["action_id"])

	w.ok(t, "views.open", object{"trigger_id": p["trigger_id"], "view": modal(input("why", textInput("reason")), actions(button("more", "More", "v")))})
	_, text := w.get(t, "/people/U1")
	for _, want := range []string{`role="dialog"`, "About why", "Deny", "Send", `name="v.why/reason"`, `formaction="/people/U1/pick"`} {
		require.Contains(t, text, want)
	}
	view := w.Views(eli)[0].ID
	w.press(t, eli, "pick", url.Values{"view": {view}, "pick": {"decision/more"}})
	require.Equal(t, "more", w.last(t).payload(t)["actions"].([]any)[0].(object)["action_id"])

	w.answersWith(object{"response_action": "errors", "errors": object{"why": "say more, please"}})
	text = w.press(t, eli, "submit", url.Values{"view": {view}, "v.why/reason": {"no, because,"}})
	require.Contains(t, text, "say more, please")
	require.Contains(t, text, "no, because,", "what was typed is kept")
	w.answers(nil)
	text = w.press(t, eli, "submit", url.Values{"view": {view}, "v.why/reason": {""}})
	require.Contains(t, text, "must be filled in")
	w.press(t, eli, "close", url.Values{"view": {view}})
	require.Empty(t, w.Views(eli))
}

func TestAPersonTypesOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{ID: "U1", RealName: "Eli Park"})
	ops := w.AddChannel(slack.Channel{Name: "ops", Members: []string{eli}, HasApp: true})
	w.answers(says("On it"))
	text := w.press(t, eli, "command", url.Values{"line": {"/handover status @dana"}})
	require.Equal(t, "status @dana", w.last(t).form.Get("text"))
	require.Contains(t, text, "On it")
	text = w.press(t, eli, "command", url.Values{"line": {"hello all"}, "channel": {ops}})
	require.Contains(t, text, "hello all")
	require.Contains(t, text, "#ops")
	w.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(500) })
	require.Contains(t, w.press(t, eli, "command", url.Values{"line": {"/handover"}}), "http_service_error")
	text = w.press(t, eli, "click", url.Values{"channel": {w.DM(eli)}, "ts": {"1.000001"}, "action": {"x"}})
	require.Contains(t, text, "sees no message")
}

func TestFormsFromElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{ID: "U1"})
	channel, ts := w.ask(t, eli)
	for _, token := range []string{"", "guess"} {
		for _, act := range []string{"click", "pick", "submit", "close", "command"} {
			resp, err := http.PostForm(w.server.URL+"/people/U1/"+act, url.Values{"csrf": {token}, "channel": {channel}, "ts": {ts},
				"action": {"handover:deny"}, "line": {"/handover"}})
			require.NoError(t, err)
			resp.Body.Close()
			require.Equal(t, http.StatusForbidden, resp.StatusCode)
		}
	}
	require.Empty(t, w.heard)
}

func TestThePageKnowsWhenToLoadAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{ID: "U1"})
	_, before := w.get(t, "/version")
	_, same := w.get(t, "/version")
	require.Equal(t, before, same)
	w.ok(t, "chat.postMessage", object{"channel": eli, "text": "x"})
	_, after := w.get(t, "/version")
	require.NotEqual(t, before, after)
	w.Down(true)
	_, text := w.get(t, "/people/U1")
	require.Contains(t, text, "Slack is down")
	require.True(t, strings.Contains(text, `data-version="`))
}
