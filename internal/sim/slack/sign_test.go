package slack_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

// The published example of docs.slack.dev, verifying requests from Slack.
func TestThePublishedVectorVerifies(t *testing.T) {
	t.Parallel()
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
		"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F" +
		"commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	require.Equal(t, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
		slack.Sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", []byte(body)))
}

// verifies is what the app does with a request.
func verifies(h heard) bool {
	return h.header.Get("X-Slack-Signature") == slack.Sign(secret, h.header.Get("X-Slack-Request-Timestamp"), h.body)
}

func TestReplayIsTheSameRequestAndForgeriesAreSpoiled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	channel, ts := w.ask(t, eli)
	reply, err := w.Click(t.Context(), slack.Click{User: eli, Channel: channel, TS: ts, ActionID: "handover:deny"})
	require.NoError(t, err)
	first := w.last(t)

	_, err = w.Replay(t.Context(), reply.Sent)
	require.NoError(t, err)
	again := w.last(t)
	require.Equal(t, first.body, again.body)
	for _, name := range []string{"X-Slack-Signature", "X-Slack-Request-Timestamp", "Content-Type"} {
		require.Equal(t, first.header.Get(name), again.header.Get(name), name)
	}

	for how, valid := range map[slack.Forgery]bool{
		slack.ForgeWrongSecret: false, slack.ForgeChangedBody: false, slack.ForgeNoSignature: false, slack.ForgeNoTimestamp: false,
		slack.ForgeFreshTimestamp: false, slack.ForgeOldTimestamp: true, slack.ForgeFutureTimestamp: true, slack.ForgeQuery: true,
	} {
		_, err := w.Forge(t.Context(), reply.Sent, how)
		require.NoError(t, err)
		h := w.last(t)
		require.Equal(t, valid, verifies(h), string(how))
		if how == slack.ForgeQuery {
			require.Empty(t, h.body)
		}
	}
	_, err = w.Forge(t.Context(), reply.Sent, "nonsense")
	require.Error(t, err)
	_, err = w.Replay(t.Context(), slack.Sent{})
	require.Error(t, err)
}

func TestOldAndFutureForgeriesAreTenMinutesAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	reply, err := w.Command(t.Context(), eli, "", "/handover", "")
	require.NoError(t, err)
	require.Equal(t, "1795165200", w.last(t).header.Get("X-Slack-Request-Timestamp"))
	for how, want := range map[slack.Forgery]string{slack.ForgeOldTimestamp: "1795164600", slack.ForgeFutureTimestamp: "1795165800"} {
		_, err := w.Forge(t.Context(), reply.Sent, how)
		require.NoError(t, err)
		require.Equal(t, want, w.last(t).header.Get("X-Slack-Request-Timestamp"))
	}
}

func TestAnAppThatIsSlowOrAwayIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	channel, ts := w.ask(t, eli)
	click := slack.Click{User: eli, Channel: channel, TS: ts, ActionID: "handover:approve"}

	w.answers(func(http.ResponseWriter, *http.Request) { w.clock.Advance(ackLimit) })
	reply, err := w.Click(t.Context(), click)
	require.NoError(t, err)
	require.False(t, reply.Late, "three seconds are just in time")
	require.Equal(t, ackLimit, reply.Took)

	w.answers(func(http.ResponseWriter, *http.Request) { w.clock.Advance(ackLimit + 1) })
	reply, err = w.Click(t.Context(), click)
	require.NoError(t, err)
	require.True(t, reply.Late)
	require.False(t, reply.OK())
	require.NotEmpty(t, reply.Shown)

	w.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) })
	reply, err = w.Command(t.Context(), eli, "", "/handover", "")
	require.NoError(t, err)
	require.Equal(t, 500, reply.Status)
	require.Equal(t, `/handover failed with the error "http_service_error"`, reply.Shown)

	w.SetEndpoints("http://127.0.0.1:1/none", "http://127.0.0.1:1/none")
	_, err = w.Click(t.Context(), click)
	require.ErrorIs(t, err, slack.ErrDelivery)
	reply, err = w.Command(t.Context(), eli, "", "/handover", "")
	require.ErrorIs(t, err, slack.ErrDelivery)
	require.Equal(t, `/handover failed with the error "dispatch_failed"`, reply.Shown)
}

func TestWithoutARequestURLNothingIsDelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *slack.Options) { o.CommandsURL = "" })
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	_, err := w.Command(t.Context(), eli, "", "/handover", "")
	require.ErrorIs(t, err, slack.ErrDelivery)
	require.ErrorContains(t, err, "SetEndpoints")
}
