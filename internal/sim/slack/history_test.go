package slack_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func TestHistoryAndReplies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *slack.Options) { o.Limits.Off = true })
	eli := w.AddUser(slack.User{})
	meta := object{"event_type": "asked", "event_payload": object{"request": "r1"}}
	out := w.ok(t, "chat.postMessage", object{"channel": eli, "text": "first", "metadata": meta})
	channel, first := out["channel"].(string), out["ts"].(string)
	w.ok(t, "chat.postMessage", object{"channel": eli, "text": "reply", "thread_ts": first})
	w.clock.Advance(time.Minute)
	second := w.ok(t, "chat.postMessage", object{"channel": eli, "text": "second"})["ts"].(string)

	read := func(method string, in object) []string {
		in["channel"] = channel
		texts := []string{}
		for _, m := range w.ok(t, method, in)["messages"].([]any) {
			texts = append(texts, m.(object)["text"].(string))
		}
		return texts
	}
	require.Equal(t, []string{"second", "first"}, read("conversations.history", object{}))
	require.Equal(t, []string{"first", "reply"}, read("conversations.replies", object{"ts": first}))
	require.Equal(t, []string{"second"}, read("conversations.history", object{"oldest": first}))
	require.Equal(t, []string{"second", "first"}, read("conversations.history", object{"oldest": first, "inclusive": true}))
	require.Equal(t, []string{"first"}, read("conversations.history", object{"latest": second}))

	with := w.ok(t, "conversations.history", object{"channel": channel, "include_all_metadata": true})["messages"].([]any)[1].(object)
	require.Equal(t, meta["event_type"], with["metadata"].(object)["event_type"])
	without := w.ok(t, "conversations.history", object{"channel": channel})["messages"].([]any)[1].(object)
	require.NotContains(t, without, "metadata")

	w.refused(t, "thread_not_found", "conversations.replies", object{"channel": channel, "ts": "1.000001"})
	w.refused(t, "channel_not_found", "conversations.history", object{"channel": "C404"})
	w.refused(t, "invalid_limit", "conversations.history", object{"channel": channel, "limit": 1000})
	w.refused(t, "invalid_cursor", "conversations.history", object{"channel": channel, "cursor": "?"})
	elsewhere := w.AddChannel(slack.Channel{})
	w.refused(t, "not_in_channel", "conversations.history", object{"channel": elsewhere})
	private := w.AddChannel(slack.Channel{Private: true, HasApp: true})
	require.Equal(t, "groups:history", w.refused(t, "missing_scope", "conversations.history", object{"channel": private})["needed"])
}

func TestHistoryIsReadInPages(t *testing.T) {
	t.Parallel()
	for limited, perPage := range map[bool]int{false: 20, true: 15} {
		w := newWorld(t, func(o *slack.Options) { o.Limits.Off, o.Switches.HistoryLimited = true, limited })
		eli := w.AddUser(slack.User{})
		for n := range 45 {
			w.ok(t, "chat.postMessage", object{"channel": eli, "text": fmt.Sprint(n)})
		}
		cursor, sizes, last := "", []int{}, ""
		for {
			out := w.ok(t, "conversations.history", object{"channel": w.DM(eli), "limit": 20, "cursor": cursor})
			page := out["messages"].([]any)
			sizes, last = append(sizes, len(page)), page[len(page)-1].(object)["text"].(string)
			if out["has_more"] == false {
				break
			}
			cursor = out["response_metadata"].(object)["next_cursor"].(string)
		}
		require.Equal(t, "0", last)
		require.Equal(t, perPage, sizes[0])
	}
}

func TestHistoryOfAppsSoldOutsideTheMarketplaceIsSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *slack.Options) { o.Switches.HistoryLimited = true })
	channel, _ := w.ask(t, w.AddUser(slack.User{}))
	w.ok(t, "conversations.history", object{"channel": channel})
	status, out := w.callAs(t, "conversations.history", botToken, object{"channel": channel})
	require.Equal(t, 429, status)
	require.Equal(t, "60", out["retry_after"])
}
