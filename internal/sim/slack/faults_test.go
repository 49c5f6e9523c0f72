package slack_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

// try posts a message and gives the raw answer; status 0 means that the connection was cut.
func (w *world) try(t *testing.T, ctx context.Context, user string) (status int, kind, body string) {
	t.Helper()
	raw := []byte(`{"channel":"` + user + `","text":"hello"}`)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.server.URL+"/api/chat.postMessage", bytes.NewReader(raw))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+botToken)
	req.GetBody = nil // a transport that repeats by itself would hide a cut connection
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(text)
}

func TestFaultsBeforeAndAfterTheWrite(t *testing.T) {
	t.Parallel()
	const page, data = "text/html; charset=utf-8", "application/json; charset=utf-8"
	for name, c := range map[string]struct {
		fault   slack.Fault
		status  int
		kind    string
		applied int
	}{
		"429":              {slack.Fault{Kind: slack.FaultRateLimited, RetryAfter: time.Minute}, 429, data, 0},
		"200 ratelimited":  {slack.Fault{Kind: slack.FaultRateLimitedOK}, 200, data, 0},
		"500":              {slack.Fault{Kind: slack.FaultError}, 500, page, 0},
		"503":              {slack.Fault{Kind: slack.FaultUnavailable}, 503, page, 0},
		"503 after":        {slack.Fault{Kind: slack.FaultUnavailable, Applied: true}, 503, page, 1},
		"html":             {slack.Fault{Kind: slack.FaultHTML}, 502, page, 0},
		"html with 200":    {slack.Fault{Kind: slack.FaultHTML, Status: 200}, 200, page, 0},
		"dropped before":   {slack.Fault{Kind: slack.FaultDropBefore}, 0, "", 0},
		"dropped after":    {slack.Fault{Kind: slack.FaultDropAfter}, 0, "", 1},
		"slow":             {slack.Fault{Kind: slack.FaultSlow, Delay: time.Millisecond}, 200, data, 1},
		"of this method":   {slack.Fault{Method: "chat.postMessage", Kind: slack.FaultError}, 500, page, 0},
		"of another":       {slack.Fault{Method: "chat.update", Kind: slack.FaultError}, 200, data, 1},
		"of the next post": {slack.Fault{Kind: slack.FaultError, Skip: 1}, 200, data, 1},
	} {
		w := newWorld(t)
		eli := w.AddUser(slack.User{})
		c.fault.Times = 1
		w.SetFaults(c.fault)
		status, kind, _ := w.try(t, t.Context(), eli)
		require.Equal(t, c.status, status, name)
		require.Equal(t, c.kind, kind, name)
		require.Len(t, w.Messages(eli), c.applied, name)
		require.Zero(t, w.Counts().Limited, name)
		if c.fault.Skip == 0 {
			status, _, _ = w.try(t, t.Context(), eli)
			require.Equal(t, 200, status, name)
		}
	}
}

func TestAFaultLooksLikeTheLimiterButIsCountedApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.SetFaults(slack.Fault{Method: "auth.test", Kind: slack.FaultRateLimited, Times: 1, RetryAfter: 7 * time.Second})
	status, out := w.callAs(t, "auth.test", botToken, nil)
	require.Equal(t, 429, status)
	require.Equal(t, "7", out["retry_after"])
	counts := w.Counts()
	require.Equal(t, 0, counts.Limited)
	require.Equal(t, 1, counts.TooMany)
	require.Equal(t, 1, counts.Faulted)
	require.Equal(t, slack.FaultRateLimited, w.Requests()[0].Fault)
}

func TestASlowAnswerEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	w.SetFaults(slack.Fault{Kind: slack.FaultSlow, Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	status, _, _ := w.try(t, ctx, eli)
	require.Zero(t, status)
	require.Empty(t, w.Messages(eli))
	w.SetFaults()
	w.ok(t, "chat.postMessage", object{"channel": eli, "text": "x"})
}

func TestWhileSlackIsDownNothingWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	channel, ts := w.ask(t, eli)
	click := slack.Click{User: eli, Channel: channel, TS: ts, ActionID: "handover:approve"}
	reply, err := w.Click(t.Context(), click)
	require.NoError(t, err)

	w.Down(true)
	status, _, _ := w.try(t, t.Context(), eli)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, http.StatusServiceUnavailable, w.respond(t, reply.ResponseURL, object{"text": "x"}))
	_, err = w.Click(t.Context(), click)
	require.ErrorIs(t, err, slack.ErrRefused)

	w.Down(false)
	status, _, _ = w.try(t, t.Context(), eli)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, http.StatusOK, w.respond(t, reply.ResponseURL, object{"text": "x"}))
}

// respond uses a response URL and gives the status.
func (w *world) respond(t *testing.T, target string, in object) int {
	t.Helper()
	resp, err := http.Post(target, "application/json", bytes.NewReader(marshal(t, in)))
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp.StatusCode
}
