package slack_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func TestEveryMethodHasItsTier(t *testing.T) {
	t.Parallel()
	for method, perMinute := range map[string]int{
		"users.info": 100, "users.lookupByEmail": 50, "usergroups.users.list": 20, "conversations.open": 50, "chat.update": 50,
		"chat.delete": 50, "chat.postEphemeral": 100, "conversations.history": 50, "conversations.replies": 50, "views.open": 100,
		"views.push": 100, "views.update": 100, "auth.test": 600, "apps.connections.open": 20,
	} {
		w := newWorld(t)
		token := botToken
		if method == "apps.connections.open" {
			token = appToken
		}
		for range perMinute {
			status, out := w.callAs(t, method, token, nil)
			require.Equal(t, http.StatusOK, status, method)
			require.NotEqual(t, "ratelimited", out["error"], method)
		}
		w.clock.Advance(59500 * time.Millisecond)
		status, out := w.callAs(t, method, token, nil)
		require.Equal(t, http.StatusTooManyRequests, status, method)
		require.Equal(t, "ratelimited", out["error"], method)
		require.Equal(t, "1", out["retry_after"], method)
		require.Equal(t, 1, w.Counts().Limited, method)
		w.clock.Advance(500 * time.Millisecond)
		status, _ = w.callAs(t, method, token, nil)
		require.Equal(t, http.StatusOK, status, method)
	}
}

func TestPostsAreLimitedPerChannelAndPerTeam(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	for range 3 {
		w.ok(t, "chat.postMessage", object{"channel": eli, "text": "x"})
	}
	for _, same := range []string{eli, w.DM(eli)} {
		status, out := w.callAs(t, "chat.postMessage", botToken, object{"channel": same, "text": "x"})
		require.Equal(t, http.StatusTooManyRequests, status)
		require.Equal(t, "3", out["retry_after"])
	}
	for range 297 {
		w.ok(t, "chat.postMessage", object{"channel": w.AddUser(slack.User{}), "text": "x"})
	}
	status, out := w.callAs(t, "chat.postMessage", botToken, object{"channel": w.AddUser(slack.User{}), "text": "x"})
	require.Equal(t, http.StatusTooManyRequests, status)
	require.Equal(t, "60", out["retry_after"])
	require.Equal(t, 3, w.Counts().Limited)
	require.Equal(t, 3, w.Counts().TooMany)
}

func TestLimitsCanBeChanged(t *testing.T) {
	t.Parallel()
	refusedAfter := func(l slack.Limits) int {
		w := newWorld(t, func(o *slack.Options) { o.Limits = l })
		for n := range 130 {
			if status, _ := w.callAs(t, "users.info", botToken, nil); status == http.StatusTooManyRequests {
				return n
			}
		}
		return -1
	}
	require.Equal(t, 100, refusedAfter(slack.Limits{}))
	require.Equal(t, 50, refusedAfter(slack.Limits{Scale: .5}))
	require.Equal(t, 1, refusedAfter(slack.Limits{Scale: .0001}))
	require.Equal(t, 7, refusedAfter(slack.Limits{Methods: map[string]slack.Limit{"users.info": {Count: 7, Per: time.Minute}}}))
	require.Equal(t, -1, refusedAfter(slack.Limits{Methods: map[string]slack.Limit{"users.info": {}}}))
	require.Equal(t, -1, refusedAfter(slack.Limits{Off: true}))

	w := newWorld(t, func(o *slack.Options) {
		o.Limits = slack.Limits{PerChannel: slack.Limit{Count: 1, Per: time.Second}, PerTeam: slack.Limit{Count: 2, Per: time.Second}}
	})
	eli := w.AddUser(slack.User{})
	w.ok(t, "chat.postMessage", object{"channel": eli, "text": "x"})
	status, _ := w.callAs(t, "chat.postMessage", botToken, object{"channel": eli, "text": "x"})
	require.Equal(t, http.StatusTooManyRequests, status)
}

func TestARefusalInAnotherForm(t *testing.T) {
	t.Parallel()
	one := slack.Limits{Methods: map[string]slack.Limit{"auth.test": {Count: 1, Per: time.Minute}}}
	w := newWorld(t, func(o *slack.Options) { o.Limits, o.Switches.RateLimitedOK = one, true })
	w.ok(t, "auth.test", nil)
	require.Equal(t, "60", w.refused(t, "ratelimited", "auth.test", nil)["retry_after"])
	require.Equal(t, 1, w.Counts().Limited)

	w = newWorld(t, func(o *slack.Options) { o.Limits, o.Switches.NoRetryAfter = one, true })
	w.ok(t, "auth.test", nil)
	status, out := w.callAs(t, "auth.test", botToken, nil)
	require.Equal(t, http.StatusTooManyRequests, status)
	require.NotContains(t, out, "retry_after")
}
