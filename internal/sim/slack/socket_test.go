package slack_test

import (
	"context"
	"encoding/binary"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

// hello reads the first message of a connection.
func (c *wsClient) hello(t *testing.T, connections int) *wsClient {
	t.Helper()
	hello := c.message()
	require.Equal(t, "hello", hello["type"])
	require.EqualValues(t, connections, hello["num_connections"])
	require.Equal(t, object{"app_id": "A1"}, hello["connection_info"])
	return c
}

func TestOverASocketActsAreEnvelopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{ID: "U1"})
	channel, ts := w.ask(t, eli)
	c := w.connect(t).hello(t, 1)
	require.Equal(t, 1, w.Sockets())
	envelopes := make(chan object, 4)
	c.acknowledges(func(envelope object) any {
		envelopes <- envelope
		if envelope["type"] == "slash_commands" {
			return object{"text": "On it"}
		}
		return nil
	})

	reply, err := w.Click(t.Context(), slack.Click{User: eli, Channel: channel, TS: ts, ActionID: "handover:approve"})
	require.NoError(t, err)
	require.True(t, reply.OK())
	require.Equal(t, slack.ViaSocket, reply.Via)
	require.Empty(t, w.heard, "nothing goes over HTTP")
	envelope := <-envelopes
	require.Equal(t, "interactive", envelope["type"])
	require.Equal(t, false, envelope["accepts_response_payload"])
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$`, envelope["envelope_id"])
	p := envelope["payload"].(object)
	require.Equal(t, "block_actions", p["type"])
	require.Equal(t, "U1", p["user"].(object)["id"])

	reply, err = w.Command(t.Context(), eli, "", "/handover", "reviews")
	require.NoError(t, err)
	require.True(t, reply.OK())
	envelope = <-envelopes
	require.Equal(t, "slash_commands", envelope["type"])
	require.Equal(t, true, envelope["accepts_response_payload"])
	require.Equal(t, "reviews", envelope["payload"].(object)["text"])
	require.Equal(t, "On it", shownOf(w.Ephemerals(eli)))
	_, err = w.Replay(t.Context(), reply.Sent)
	require.Error(t, err)
}

func TestAFormOverASocket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, id := w.opens(t, modal())
	w.connect(t).hello(t, 1).acknowledges(func(envelope object) any {
		if envelope["accepts_response_payload"] == true {
			return object{"response_action": "errors", "errors": object{"why": "say more"}}
		}
		return nil
	})
	_, err := w.Submit(t.Context(), user, id, map[string]string{"why": "x"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"why": "say more"}, w.Views(user)[0].Errors)
}

func TestSocketsTakeTurnsAndHaveABound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	used := make(chan int, 20)
	for n := range 10 {
		w.connect(t).hello(t, n+1).acknowledges(func(object) any { used <- n; return nil })
	}
	for range 10 {
		_, err := w.Command(t.Context(), eli, "", "/handover", "")
		require.NoError(t, err)
	}
	seen := map[int]bool{}
	for range 10 {
		seen[<-used] = true
	}
	require.Len(t, seen, 10)
	extra := w.connect(t)
	require.Equal(t, "disconnect", extra.message()["type"])
	_, err := extra.next()
	require.Error(t, err)
	require.Equal(t, 10, w.Sockets())
}

func TestSocketURLsWorkOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, out := w.callAs(t, "apps.connections.open", appToken, nil)
	target := out["url"].(string)
	dial(t, target).hello(t, 1)
	for _, u := range []string{target, strings.Replace(target, "/socket/", "/socket/x", 1)} {
		resp, err := http.Get(strings.Replace(u, "ws://", "http://", 1))
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, http.StatusForbidden, resp.StatusCode)
	}
	_, out = w.callAs(t, "apps.connections.open", appToken, nil)
	resp, err := http.Get(strings.Replace(out["url"].(string), "ws://", "http://", 1))
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, http.StatusUpgradeRequired, resp.StatusCode)
}

func TestAClosedSocketLeavesTheActUnanswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	c := w.connect(t).hello(t, 1)
	go func() {
		_, _ = c.next()
		c.conn.Close()
	}()
	reply, err := w.Command(t.Context(), eli, "", "/handover", "")
	require.ErrorIs(t, err, slack.ErrDelivery)
	require.NotEmpty(t, reply.Shown)
	require.Eventually(t, func() bool { return w.Sockets() == 0 }, 10*time.Second, time.Millisecond)
	reply, err = w.Command(t.Context(), eli, "", "/handover", "")
	require.NoError(t, err)
	require.Equal(t, slack.ViaHTTP, reply.Via)
}

func TestAcknowledgementsThatDoNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	c := w.connect(t).hello(t, 1)
	answers := make(chan any, 1)
	c.acknowledges(func(object) any { return <-answers })

	answers <- object{"text": strings.Repeat("x", 20<<10)}
	_, err := w.Command(t.Context(), eli, "", "/handover", "")
	require.ErrorContains(t, err, "dropped")
	require.Empty(t, w.Ephemerals(eli))

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	reply, err := w.Command(ctx, eli, "", "/handover", "")
	require.ErrorIs(t, err, slack.ErrDelivery)
	require.True(t, reply.Late)
	answers <- nil // comes after Slack has given up
	answers <- nil
	_, err = w.Command(t.Context(), eli, "", "/handover", "")
	require.NoError(t, err)
}

func TestDisconnectsAreAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect(t).hello(t, 1)
	w.DisconnectSockets("warning")
	require.Equal(t, "warning", c.message()["reason"])
	require.Equal(t, 1, w.Sockets())
	w.DisconnectSockets("refresh_requested")
	require.Equal(t, "refresh_requested", c.message()["reason"])
	_, err := c.next()
	require.Error(t, err)
	require.Eventually(t, func() bool { return w.Sockets() == 0 }, 10*time.Second, time.Millisecond)

	c = w.connect(t).hello(t, 1)
	w.Down(true)
	_, err = c.next()
	require.Error(t, err)
}

func TestTheServerKeepsToTheProtocol(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect(t).hello(t, 1)
	require.NoError(t, c.write(0x89, []byte("are you there")))
	op, payload, err := c.frame()
	require.NoError(t, err)
	require.Equal(t, byte(0xA), op)
	require.Equal(t, "are you there", string(payload))

	// A message in pieces, with a pong between them, is one message.
	require.NoError(t, c.write(0x01, []byte(`{"envelope_`)))
	require.NoError(t, c.write(0x8A, nil))
	require.NoError(t, c.write(0x80, []byte(`id":"nobody waits for this"}`)))
	require.NoError(t, c.write(0x81, []byte(strings.Repeat(" ", 70000)+"{}")))
	require.NoError(t, c.write(0x81, []byte("no JSON at all")))

	require.NoError(t, c.write(0x88, binary.BigEndian.AppendUint16(nil, 1000)))
	op, _, err = c.frame()
	require.NoError(t, err)
	require.Equal(t, byte(0x8), op)

	for name, raw := range map[string][]byte{
		"unmasked":         {0x81, 0x02, '{', '}'},
		"reserved bits":    {0xF1, 0x80, 1, 2, 3, 4},
		"unknown opcode":   {0x83, 0x80, 1, 2, 3, 4},
		"a ping in pieces": {0x09, 0x80, 1, 2, 3, 4},
		"far too long":     {0x81, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0},
	} {
		c := w.connect(t)
		c.message()
		_, err := c.conn.Write(raw)
		require.NoError(t, err, name)
		op, payload, err := c.frame()
		require.NoError(t, err, name)
		require.Equal(t, byte(0x8), op, name)
		want := uint16(1002)
		if name == "far too long" {
			want = 1009
		}
		require.Equal(t, want, binary.BigEndian.Uint16(payload), name)
	}
}
