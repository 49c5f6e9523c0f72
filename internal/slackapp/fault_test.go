package slackapp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
)

// answering is a Slack that answers one thing to everything.
func answering(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return NewClient(ClientConfig{Token: "xoxb-canary", URL: server.URL})
}

func says(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestEveryAnswerOfSlackIsAFault(t *testing.T) {
	t.Parallel()
	code := func(c string) string {
		return `{"ok":false,"error":"` + c + `","needed":"chat:write","provided":"users:read"}`
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   domain.FaultKind
		unsure bool
		says   string
	}{
		"429":                             {says(429, "", "Retry-After", "7"), domain.FaultRateLimited, false, "wait"},
		"429 without a time":              {says(429, ""), domain.FaultRateLimited, false, "wait"},
		"429 with a time that is no time": {says(429, "", "Retry-After", "soon"), domain.FaultUnavailable, true, ""},
		"ratelimited with status 200":     {says(200, code("ratelimited"), "Retry-After", "7"), domain.FaultRateLimited, false, "wait"},
		"ratelimited without a time":      {says(200, code("ratelimited")), domain.FaultRateLimited, false, "wait"},
		"500":                             {says(500, "<html>"), domain.FaultUnavailable, false, "again"},
		"503":                             {says(503, "<html>"), domain.FaultUnavailable, false, "again"},
		"internal_error":                  {says(200, code("internal_error")), domain.FaultUnavailable, false, "again"},
		"403":                             {says(403, ""), domain.FaultUnauthenticated, false, "token"},
		"404":                             {says(404, ""), domain.FaultInternal, false, "SLACK_API_URL"},
		"a page instead of an answer":     {says(200, "<html>dana@example.com</html>"), domain.FaultUnavailable, true, ""},
		"half an answer":                  {says(200, `{"ok":tr`), domain.FaultUnavailable, true, ""},
		"a cut connection":                {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, domain.FaultUnavailable, true, ""},
		"invalid_auth":                    {says(200, code("invalid_auth")), domain.FaultUnauthenticated, false, "SLACK_BOT_TOKEN"},
		"token_revoked":                   {says(200, code("token_revoked")), domain.FaultUnauthenticated, false, "SLACK_BOT_TOKEN"},
		"account_inactive":                {says(200, code("account_inactive")), domain.FaultUnauthenticated, false, "SLACK_BOT_TOKEN"},
		"missing_scope":                   {says(200, code("missing_scope")), domain.FaultForbidden, false, "add chat:write"},
		"restricted_action":               {says(200, code("restricted_action")), domain.FaultForbidden, false, "owner"},
		"restricted_action_thread_only":   {says(200, code("restricted_action_thread_only_channel")), domain.FaultForbidden, false, "owner"},
		"not_in_channel":                  {says(200, code("not_in_channel")), domain.FaultForbidden, false, "/invite"},
		"is_archived":                     {says(200, code("is_archived")), domain.FaultForbidden, false, "slack.channel"},
		"messages_tab_disabled":           {says(200, code("messages_tab_disabled")), domain.FaultForbidden, false, "App Home"},
		"plan_upgrade_required":           {says(200, code("plan_upgrade_required")), domain.FaultForbidden, false, "paid plan"},
		"channel_not_found":               {says(200, code("channel_not_found")), domain.FaultNotFound, false, "invite"},
		"user_not_found":                  {says(200, code("user_not_found")), domain.FaultNotFound, false, "CLI"},
		"user_disabled":                   {says(200, code("user_disabled")), domain.FaultNotFound, false, "CLI"},
		"message_not_found":               {says(200, code("message_not_found")), domain.FaultNotFound, false, "gone"},
		"cant_update_message":             {says(200, code("cant_update_message")), domain.FaultNotFound, false, ""},
		"edit_window_closed":              {says(200, code("edit_window_closed")), domain.FaultNotFound, false, ""},
		"invalid_blocks":                  {says(200, code("invalid_blocks")), domain.FaultInvalid, false, "plain text"},
		"msg_too_long":                    {says(200, code("msg_too_long")), domain.FaultInvalid, false, "plain text"},
		"something new":                   {says(200, code("wholly_new")), domain.FaultInternal, false, "wholly_new"},
		"something with an address in it": {says(200, code("Dana <dana@example.com>")), domain.FaultInternal, false, "danadanaexample.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := answering(t, c.answer)
			before := time.Now()
			_, _, err := client.postMessage(t.Context(), "U1", message{text: "to dana@example.com"})
			var f *domain.Fault
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.kind, f.Kind, f.Error())
			require.Equal(t, c.unsure, errors.Is(err, desk.ErrUnsure))
			require.Contains(t, f.SafeMessage, c.says)
			require.NotContains(t, f.Error(), "dana@example.com")
			require.NotContains(t, f.Error(), "canary")
			if c.kind == domain.FaultRateLimited {
				require.True(t, f.RetryAt.After(before.Add(6*time.Second)))
			}
		})
	}
}

func TestALostAnswerIsOnlyUnsureAfterARequestThatWrites(t *testing.T) {
	t.Parallel()
	hang, come := make(chan struct{}), make(chan context.CancelFunc, 1)
	client := answering(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		(<-come)() // whoever asks hangs up as soon as the request has come
		<-hang
	})
	t.Cleanup(func() { close(hang) })
	ctx, cancel := context.WithCancel(t.Context())
	come <- cancel
	_, _, err := client.postMessage(ctx, "U1", message{text: "x"})
	require.ErrorIs(t, err, desk.ErrUnsure)
	ctx, cancel = context.WithCancel(t.Context())
	come <- cancel
	_, err = client.user(ctx, "U1")
	require.NotErrorIs(t, err, desk.ErrUnsure)
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
	// Nobody listens: the request never went out.
	gone := NewClient(ClientConfig{Token: "x", URL: "http://127.0.0.1:1/api/"})
	_, _, err = gone.postMessage(t.Context(), "U1", message{text: "x"})
	require.NotErrorIs(t, err, desk.ErrUnsure)
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
}

func TestAfterARefusalTheMethodRests(t *testing.T) {
	t.Parallel()
	asked := 0
	client := answering(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		says(429, "", "Retry-After", "30")(w, r)
	})
	for range 5 {
		_, err := client.user(t.Context(), "U1")
		require.Equal(t, domain.FaultRateLimited, domain.KindOf(err))
	}
	require.Equal(t, 1, asked, "Slack asked to wait")
	_, err := client.userByEmail(t.Context(), "eli@example.com")
	require.Equal(t, domain.FaultRateLimited, domain.KindOf(err))
	require.Equal(t, 2, asked, "another method does not rest")
}

func TestAnEmptyAnswerAboutSomebodyIsNobody(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `[]`, `null`, `{"ok":false}`} {
		_, err := answering(t, says(200, body)).user(t.Context(), "U1")
		require.Error(t, err, body)
	}
}

func TestAnswersGoToSlackOnly(t *testing.T) {
	t.Parallel()
	own := NewClient(ClientConfig{URL: "http://127.0.0.1:8082/api/"})
	real := NewClient(ClientConfig{})
	for address, c := range map[string][2]bool{ // real, simulator
		"https://hooks.slack.com/commands/T1/1/x":       {true, true},
		"https://hooks.slack.com.example.com/x":         {false, false},
		"http://hooks.slack.com/x":                      {false, false},
		"http://127.0.0.1:8082/commands/T1/1/x":         {false, true},
		"http://127.0.0.1:80820/commands/T1/1/x":        {false, false},
		"http://169.254.169.254/latest/meta-data":       {false, false},
		"https://example.com/?https://hooks.slack.com/": {false, false},
		"": {false, false},
	} {
		require.Equal(t, c, [2]bool{real.isSlack(address), own.isSlack(address)}, address)
	}
	err := real.respond(t.Context(), "http://169.254.169.254/", message{text: "x"})
	require.Equal(t, domain.FaultInvalid, domain.KindOf(err))
}

func TestAnAnswerIsReadUpToABound(t *testing.T) {
	t.Parallel()
	client := answering(t, says(200, `{"ok":true,"user":{"id":"U1","name":"`+strings.Repeat("x", largestAnswer)+`"}}`))
	_, err := client.user(t.Context(), "U1")
	require.Error(t, err)
}
