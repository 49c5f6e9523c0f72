package slack_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

const (
	secret   = "signing-secret-of-the-tests"
	botToken = "xoxb-tests"
	appToken = "xapp-tests"
	ackLimit = 3 * time.Second
)

type object = map[string]any

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// heard is a request that reached the app.
type heard struct {
	path   string
	header http.Header
	body   []byte
	form   url.Values
}

func (h heard) payload(t *testing.T) object {
	t.Helper()
	var o object
	require.NoError(t, json.Unmarshal([]byte(h.form.Get("payload")), &o))
	return o
}

// world is a workspace, its server, and an app that writes down what it hears.
type world struct {
	*slack.Simulator
	clock  *clock
	server *httptest.Server

	mu     sync.Mutex
	heard  []heard
	answer http.HandlerFunc
}

func newWorld(t *testing.T, change ...func(*slack.Options)) *world {
	t.Helper()
	w := &world{clock: newClock()}
	app := httptest.NewServer(http.HandlerFunc(w.hear))
	t.Cleanup(app.Close)
	opt := slack.Options{
		SigningSecret: secret, BotToken: botToken, AppToken: appToken, TeamID: "T1", TeamDomain: "example-team", AppID: "A1",
		InteractionsURL: app.URL + "/interactions", CommandsURL: app.URL + "/commands", Clock: w.clock.Now,
		Scopes: append(slack.DefaultScopes(), "im:history", "channels:history"),
	}
	for _, c := range change {
		c(&opt)
	}
	w.Simulator = slack.New(opt)
	w.server = httptest.NewServer(w.Handler())
	t.Cleanup(w.server.Close)
	t.Cleanup(w.Close)
	return w
}

func (w *world) hear(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	w.mu.Lock()
	w.heard = append(w.heard, heard{r.URL.Path, r.Header.Clone(), body, form})
	answer := w.answer
	w.mu.Unlock()
	if answer != nil {
		answer(rw, r)
	}
}

func (w *world) answers(do http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = do
}

// answersWith makes the app answer with a JSON body.
func (w *world) answersWith(o any) {
	w.answers(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(o)
	})
}

func (w *world) last(t *testing.T) heard {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	require.NotEmpty(t, w.heard, "the app heard nothing")
	return w.heard[len(w.heard)-1]
}

// call is one Web API request with a JSON body.
func (w *world) call(t *testing.T, method string, in object) object {
	t.Helper()
	status, out := w.callAs(t, method, botToken, in)
	require.Equal(t, http.StatusOK, status)
	return out
}

func (w *world) callAs(t *testing.T, method, token string, in object) (int, object) {
	t.Helper()
	raw, err := json.Marshal(in)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+"/api/"+method, bytes.NewReader(raw))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return send(t, req)
}

func send(t *testing.T, req *http.Request) (int, object) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var out object
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&out))
	if after := resp.Header.Get("Retry-After"); after != "" {
		out["retry_after"] = after
	}
	return resp.StatusCode, out
}

// ok is a call that must succeed.
func (w *world) ok(t *testing.T, method string, in object) object {
	t.Helper()
	out := w.call(t, method, in)
	require.Equal(t, true, out["ok"], "%s: %v", method, out)
	return out
}

// refused is a call that must fail with an error code.
func (w *world) refused(t *testing.T, code, method string, in object) object {
	t.Helper()
	out := w.call(t, method, in)
	require.Equal(t, false, out["ok"], "%s: %v", method, out)
	require.Equal(t, code, out["error"], "%s: %v", method, out)
	return out
}

func plain(text string) object  { return object{"type": "plain_text", "text": text} }
func mrkdwn(text string) object { return object{"type": "mrkdwn", "text": text} }

func button(action, label, value string) object {
	return object{"type": "button", "action_id": action, "text": plain(label), "value": value}
}

func actions(elements ...object) object {
	return object{"type": "actions", "block_id": "decision", "elements": elements}
}

func section(text string) object { return object{"type": "section", "text": mrkdwn(text)} }

// ask posts a message with two buttons to a person.
func (w *world) ask(t *testing.T, user string) (channel, ts string) {
	t.Helper()
	out := w.ok(t, "chat.postMessage", object{"channel": user, "text": "Please decide", "blocks": []object{
		section("*Dana Reyes* leaves"), actions(button("handover:approve", "Approve", "v1.r1"), button("handover:deny", "Deny", "v1.r1")),
	}})
	return out["channel"].(string), out["ts"].(string)
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return raw
}
