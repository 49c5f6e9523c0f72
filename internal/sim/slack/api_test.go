package slack_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func TestTokensDecideWhoIsHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct{ method, token, code string }{
		"none":                      {"auth.test", "", "not_authed"},
		"unknown":                   {"auth.test", "xoxb-other", "invalid_auth"},
		"the app's for the bot":     {"auth.test", appToken, "not_allowed_token_type"},
		"the bot's for the app":     {"apps.connections.open", botToken, "not_allowed_token_type"},
		"right":                     {"auth.test", botToken, ""},
		"the app's":                 {"apps.connections.open", appToken, ""},
		"a method nobody knows":     {"chat.sing", botToken, "unknown_method"},
		"unknown before the tokens": {"chat.sing", "", "unknown_method"},
	} {
		status, out := w.callAs(t, c.method, c.token, object{})
		require.Equal(t, http.StatusOK, status, name)
		require.Equal(t, c.code == "", out["ok"], name)
		if c.code != "" {
			require.Equal(t, c.code, out["error"], name)
		}
	}
	w.RevokeToken()
	w.refused(t, "token_revoked", "auth.test", nil)
	w.DeactivateApp()
	w.refused(t, "account_inactive", "auth.test", nil)
	w.RestoreToken()
	out := w.ok(t, "auth.test", nil)
	require.Equal(t, "T1", out["team_id"])
	require.Equal(t, w.BotUser(), out["user_id"])
	require.NotEmpty(t, out["bot_id"])
	require.NotContains(t, out, "enterprise_id")
}

func TestEmptyTokensAdmitNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *slack.Options) { o.BotToken, o.AppToken = "", "" })
	_, out := w.callAs(t, "auth.test", "", nil)
	require.Equal(t, "not_authed", out["error"])
	w.RevokeToken()
	_, out = w.callAs(t, "auth.test", "x", nil)
	require.Equal(t, "invalid_auth", out["error"])
}

func TestOnGridTheEnterpriseIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *slack.Options) { o.EnterpriseID, o.Switches.OrgInstall = "E1", true })
	out := w.ok(t, "auth.test", nil)
	require.Equal(t, "E1", out["enterprise_id"])
	require.Equal(t, true, out["is_enterprise_install"])
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	group := w.AddGroup(slack.Group{Members: []string{eli}})
	w.refused(t, "missing_argument", "usergroups.users.list", object{"usergroup": group})
	w.ok(t, "usergroups.users.list", object{"usergroup": group, "team_id": "T1"})
	_, err := w.Command(t.Context(), eli, "", "/handover", "")
	require.NoError(t, err)
	require.Equal(t, "true", w.last(t).form.Get("is_enterprise_install"))
	require.Equal(t, "E1", w.last(t).form.Get("enterprise_id"))
	channel, ts := w.ask(t, eli)
	_, err = w.Click(t.Context(), slack.Click{User: eli, Channel: channel, TS: ts, ActionID: "handover:deny"})
	require.NoError(t, err)
	require.Equal(t, "E1", w.last(t).payload(t)["enterprise"].(object)["id"])
}

func TestMissingScopesAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *slack.Options) { o.Scopes = []string{"chat:write"} })
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	out := w.ok(t, "chat.postMessage", object{"channel": eli, "text": "hello"})
	for method, c := range map[string]struct {
		in     object
		needed string
	}{
		"users.info":            {object{"user": eli}, "users:read"},
		"users.lookupByEmail":   {object{"email": "eli@example.com"}, "users:read.email"},
		"usergroups.users.list": {object{"usergroup": "S1"}, "usergroups:read"},
		"conversations.open":    {object{"users": eli}, "im:write"},
		"conversations.history": {object{"channel": out["channel"]}, "im:history"},
		"conversations.replies": {object{"channel": out["channel"], "ts": out["ts"]}, "im:history"},
	} {
		refused := w.refused(t, "missing_scope", method, c.in)
		require.Equal(t, c.needed, refused["needed"], method)
		require.Equal(t, "chat:write", refused["provided"], method)
	}
}

// form sends a request the way most clients do: form-encoded, the token among the fields.
func (w *world) form(t *testing.T, method string, in url.Values) object {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+"/api/"+method, strings.NewReader(in.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, out := send(t, req)
	return out
}

func TestFormsAndJSONAreReadAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	out := w.form(t, "chat.postMessage", url.Values{"token": {botToken}, "channel": {eli}, "text": {"hello"},
		"blocks": {`[{"type":"section","text":{"type":"mrkdwn","text":"*hello*"}}]`}, "metadata": {`{"event_type":"asked","event_payload":{"id":"r1"}}`}})
	require.Equal(t, true, out["ok"], out)
	m := w.Messages(eli)[0]
	require.Equal(t, "*hello*", m.Shown())
	require.JSONEq(t, `{"event_type":"asked","event_payload":{"id":"r1"}}`, string(m.Metadata))

	require.Equal(t, "invalid_auth", w.form(t, "auth.test", url.Values{"token": {"xoxb-other"}})["error"])
	require.Equal(t, "invalid_blocks_format", w.form(t, "chat.postMessage", url.Values{"token": {botToken}, "channel": {eli}, "blocks": {"{"}})["error"])

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+"/api/auth.test", strings.NewReader("{"))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	_, out = send(t, req)
	require.Equal(t, "invalid_json", out["error"])
}

func TestJSONWithoutACharsetIsWarnedOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+"/api/auth.test", strings.NewReader("{}"))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+botToken)
	_, out := send(t, req)
	require.Equal(t, true, out["ok"])
	require.Equal(t, "missing_charset", out["warning"])
}

func TestTheLogOfRequestsHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{ID: "U1", Email: "eli@example.com"})
	w.ok(t, "chat.postMessage", object{"channel": eli, "text": "hello"})
	w.refused(t, "channel_not_found", "chat.postMessage", object{"channel": "C404", "text": "hello"})
	log := w.Requests()
	require.Equal(t, []slack.Request{
		{Seq: 1, At: w.clock.Now(), Method: "chat.postMessage", Status: 200, Channel: "U1"},
		{Seq: 2, At: w.clock.Now(), Method: "chat.postMessage", Status: 200, Channel: "C404", Error: "channel_not_found"},
	}, log)
	require.Equal(t, slack.Counts{Total: 2, PerMethod: map[string]int{"chat.postMessage": 2}, Errors: map[string]int{"channel_not_found": 1}}, w.Counts())
}
