package slack_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func TestAResponseURLWorksFiveTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, reply := w.clicked(t)
	require.Equal(t, http.StatusBadRequest, w.respond(t, reply.ResponseURL, object{}), "a refusal is no use of it")
	for range 5 {
		require.Equal(t, http.StatusOK, w.respond(t, reply.ResponseURL, object{"text": "only you"}))
	}
	require.Equal(t, http.StatusNotFound, w.respond(t, reply.ResponseURL, object{"text": "once more"}))
	require.Len(t, w.Ephemerals(user), 5)
	require.Len(t, w.Messages(user), 1)
}

func TestAResponseURLWorksForThirtyMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, reply := w.clicked(t)
	w.clock.Advance(30 * time.Minute)
	require.Equal(t, http.StatusOK, w.respond(t, reply.ResponseURL, object{"text": "all see it", "response_type": "in_channel"}))
	w.clock.Advance(time.Second)
	require.Equal(t, http.StatusNotFound, w.respond(t, reply.ResponseURL, object{"text": "late"}))
	require.Equal(t, http.StatusNotFound, w.respond(t, w.server.URL+"/actions/T1/1/none", object{"text": "x"}))
	require.Len(t, w.Messages(user), 2)
	require.Empty(t, w.Ephemerals(user))
}

func TestResponseURLsLieWhereTheAppReachesSlack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, reply := w.clicked(t)
	require.Contains(t, reply.ResponseURL, w.server.URL+"/actions/T1/")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/", nil)
	require.NoError(t, err)
	req.Host = "browser.example.com"
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	_, reply = w.clicked(t)
	require.Contains(t, reply.ResponseURL, w.server.URL+"/")

	w = newWorld(t, func(o *slack.Options) { o.PublicURL = "https://slack.example.com/" })
	_, reply = w.clicked(t)
	require.Contains(t, reply.ResponseURL, "https://slack.example.com/actions/T1/")
	_, out := w.callAs(t, "apps.connections.open", appToken, nil)
	require.Contains(t, out["url"], "wss://slack.example.com/socket/")
}

func TestAResponseURLReplacesAndDeletes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, reply := w.clicked(t)
	require.Equal(t, http.StatusOK, w.respond(t, reply.ResponseURL, object{"replace_original": true, "text": "denied", "blocks": []object{section("*denied*")}}))
	m := w.Messages(user)[0]
	require.Equal(t, "*denied*", m.Shown())
	require.Equal(t, 1, m.Edits)
	require.Equal(t, http.StatusBadRequest, w.respond(t, reply.ResponseURL, object{"replace_original": true, "blocks": []object{section("")}}))
	require.Equal(t, http.StatusOK, w.respond(t, reply.ResponseURL, object{"delete_original": true}))
	require.Empty(t, w.Messages(user))
	require.Equal(t, http.StatusBadRequest, w.respond(t, reply.ResponseURL, object{"replace_original": true, "text": "x"}))
}

func TestEphemeralMessagesAreClickedAndReplaced(t *testing.T) {
	t.Parallel()
	for sent := range map[bool]int{false: 0, true: 1} {
		w := newWorld(t, func(o *slack.Options) { o.Switches.EphemeralMessageInPayload = sent })
		eli, mia := w.AddUser(slack.User{}), w.AddUser(slack.User{})
		ops := w.AddChannel(slack.Channel{Members: []string{eli, mia}, HasApp: true})
		ts := w.ok(t, "chat.postEphemeral", object{"channel": ops, "user": eli, "blocks": []object{actions(button("ok", "OK", "v"))}})["message_ts"].(string)
		_, err := w.Click(t.Context(), slack.Click{User: mia, Channel: ops, TS: ts, ActionID: "ok"})
		require.ErrorIs(t, err, slack.ErrRefused)
		reply, err := w.Click(t.Context(), slack.Click{User: eli, Channel: ops, TS: ts, ActionID: "ok"})
		require.NoError(t, err)
		p := w.last(t).payload(t)
		require.Equal(t, true, p["container"].(object)["is_ephemeral"])
		require.Equal(t, sent, p["message"] != nil)
		require.Equal(t, http.StatusOK, w.respond(t, reply.ResponseURL, object{"delete_original": true}))
		require.Empty(t, w.Ephemerals(eli))
	}
}
