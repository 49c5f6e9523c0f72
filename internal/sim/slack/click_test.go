package slack_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func TestAClickReachesTheAppSigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{ID: "U1", Email: "eli@example.com", RealName: "Eli Park"})
	channel, ts := w.ask(t, eli)
	require.Equal(t, byte('D'), channel[0])

	reply, err := w.Click(t.Context(), slack.Click{User: eli, Channel: channel, TS: ts, ActionID: "handover:approve"})
	require.NoError(t, err)
	require.True(t, reply.OK())

	h := w.last(t)
	require.Equal(t, "/interactions", h.path)
	require.Equal(t, slack.Sign(secret, h.header.Get("X-Slack-Request-Timestamp"), h.body), h.header.Get("X-Slack-Signature"))
	p := h.payload(t)
	require.Equal(t, "block_actions", p["type"])
	require.Equal(t, "U1", p["user"].(object)["id"])
	require.Equal(t, "T1", p["user"].(object)["team_id"])
	require.Equal(t, object{"id": "T1", "domain": "example-team"}, p["team"])
	require.Equal(t, object{"id": channel, "name": "directmessage"}, p["channel"])
	require.Equal(t, object{"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false}, p["container"])
	action := p["actions"].([]any)[0].(object)
	require.Equal(t, "handover:approve", action["action_id"])
	require.Equal(t, "decision", action["block_id"])
	require.Equal(t, "v1.r1", action["value"])
	require.Equal(t, "button", action["type"])
	require.Equal(t, reply.TriggerID, p["trigger_id"])
	require.Equal(t, reply.ResponseURL, p["response_url"])
	require.Equal(t, ts, p["message"].(object)["ts"])
}

func TestACommandReachesTheAppSigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{ID: "U1", Email: "eli@example.com"})
	w.answers(nil)
	reply, err := w.Command(t.Context(), eli, "", "/handover", "status @dana")
	require.NoError(t, err)
	require.True(t, reply.OK())
	h := w.last(t)
	require.Equal(t, "/commands", h.path)
	require.Equal(t, slack.Sign(secret, h.header.Get("X-Slack-Request-Timestamp"), h.body), h.header.Get("X-Slack-Signature"))
	for field, want := range map[string]string{"command": "/handover", "text": "status @dana", "user_id": "U1", "user_name": "eli",
		"team_id": "T1", "api_app_id": "A1", "trigger_id": reply.TriggerID, "response_url": reply.ResponseURL, "channel_id": w.DM(eli)} {
		require.Equal(t, want, h.form.Get(field), field)
	}
}
