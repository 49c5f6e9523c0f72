package slack_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func TestPostingToAPersonOpensTheirDirectMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	require.Empty(t, w.DM(eli))
	out := w.ok(t, "chat.postMessage", object{"channel": eli, "text": "hello"})
	require.Equal(t, w.DM(eli), out["channel"])
	again := w.ok(t, "chat.postMessage", object{"channel": out["channel"], "text": "again"})
	require.Greater(t, again["ts"], out["ts"])
	require.Equal(t, "1795165200.000000", out["ts"])
	require.Equal(t, w.BotUser(), out["message"].(object)["user"])
	texts := []string{}
	for _, m := range w.Messages(eli) {
		texts = append(texts, m.Shown())
	}
	require.Equal(t, []string{"hello", "again"}, texts)
	require.Empty(t, w.Messages("U404"))
}

func TestWhereTheAppMayNotPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	bot := w.AddUser(slack.User{IsBot: slack.Yes})
	open := w.AddChannel(slack.Channel{Name: "ops", Members: []string{eli}, HasApp: true})
	out := w.AddChannel(slack.Channel{Name: "elsewhere"})
	private := w.AddChannel(slack.Channel{Name: "board", Private: true})
	old := w.AddChannel(slack.Channel{Name: "old", HasApp: true})
	require.NoError(t, w.Archive(old))
	w.ok(t, "chat.postMessage", object{"channel": open, "text": "hello"})
	require.Len(t, w.ChannelMessages(open), 1)
	for name, c := range map[string]struct {
		in   object
		code string
	}{
		"no channel":       {object{"text": "x"}, "channel_not_found"},
		"unknown":          {object{"channel": "C404", "text": "x"}, "channel_not_found"},
		"unknown person":   {object{"channel": "U404", "text": "x"}, "channel_not_found"},
		"a bot":            {object{"channel": bot, "text": "x"}, "channel_not_found"},
		"not a member":     {object{"channel": out, "text": "x"}, "not_in_channel"},
		"hidden from it":   {object{"channel": private, "text": "x"}, "channel_not_found"},
		"archived":         {object{"channel": old, "text": "x"}, "is_archived"},
		"nothing to say":   {object{"channel": open}, "no_text"},
		"only spaces":      {object{"channel": open, "text": "  "}, "no_text"},
		"no blocks either": {object{"channel": open, "blocks": []object{}}, "no_text"},
		"no such thread":   {object{"channel": open, "text": "x", "thread_ts": "1.000001"}, "thread_not_found"},
		"bad metadata":     {object{"channel": open, "text": "x", "metadata": object{"event_type": "asked"}}, "invalid_metadata_format"},
	} {
		w.clock.Advance(time.Minute)
		require.Equal(t, c.code, w.call(t, "chat.postMessage", c.in)["error"], name)
	}
	there := w.ok(t, "chat.postMessage", object{"channel": open, "text": "x"})["ts"]
	require.NoError(t, w.Archive(open))
	w.refused(t, "is_inactive", "chat.update", object{"channel": open, "ts": there, "text": "y"})
	w.AddChannel(slack.Channel{ID: open, Members: []string{eli}, HasApp: true})
	require.Len(t, w.ChannelMessages(open), 2, "a channel that is added again keeps its messages")
	require.NoError(t, w.RemoveApp(open))
	w.refused(t, "not_in_channel", "chat.postMessage", object{"channel": open, "text": "x"})
	require.ErrorIs(t, w.RemoveApp("C404"), slack.ErrRefused)
	require.ErrorIs(t, w.Archive("C404"), slack.ErrRefused)
}

func TestPostingToSomebodyDeactivated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := w.AddUser(slack.User{Deleted: slack.Yes})
	w.ok(t, "chat.postMessage", object{"channel": gone, "text": "accepted, as Slack does"})

	strict := newWorld(t, func(o *slack.Options) { o.Switches.DeletedRefused = "channel_not_found" })
	eli := strict.AddUser(slack.User{})
	channel := strict.ok(t, "chat.postMessage", object{"channel": eli, "text": "hello"})["channel"]
	require.NoError(t, strict.ChangeUser(eli, func(u *slack.User) { u.Deleted = slack.Yes }))
	strict.refused(t, "channel_not_found", "chat.postMessage", object{"channel": eli, "text": "x"})
	strict.refused(t, "channel_not_found", "chat.postMessage", object{"channel": channel, "text": "x"})

	tab := newWorld(t, func(o *slack.Options) { o.Switches.MessagesTabDisabled = true })
	tab.refused(t, "messages_tab_disabled", "chat.postMessage", object{"channel": tab.AddUser(slack.User{}), "text": "x"})
}

func TestUpdatesReplaceAndRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	channel, ts := w.ask(t, eli)
	w.clock.Advance(time.Hour)
	out := w.ok(t, "chat.update", object{"channel": channel, "ts": ts, "text": "Approved", "blocks": []object{section("*Approved* by Eli")}})
	require.Equal(t, channel, out["channel"])
	require.Equal(t, ts, out["ts"])
	require.NotNil(t, out["message"].(object)["edited"])
	m := w.Messages(eli)[0]
	require.Equal(t, 1, m.Edits)
	require.Equal(t, "*Approved* by Eli", m.Shown())
	require.Empty(t, m.Elements)
	require.Equal(t, ts, m.TS)

	said, err := w.Say(eli, channel, "thanks")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		in   object
		code string
	}{
		"no channel":    {object{"ts": ts, "text": "x"}, "channel_not_found"},
		"not an id":     {object{"channel": eli, "ts": ts, "text": "x"}, "channel_not_found"},
		"no message":    {object{"channel": channel, "ts": "1.000001", "text": "x"}, "message_not_found"},
		"a person's":    {object{"channel": channel, "ts": said, "text": "x"}, "cant_update_message"},
		"too long":      {object{"channel": channel, "ts": ts, "text": strings.Repeat("ä", 4001)}, "msg_too_long"},
		"nothing":       {object{"channel": channel, "ts": ts}, "no_text"},
		"broken blocks": {object{"channel": channel, "ts": ts, "blocks": "nonsense"}, "invalid_blocks_format"},
	} {
		require.Equal(t, c.code, w.call(t, "chat.update", c.in)["error"], name)
	}
	w.ok(t, "chat.update", object{"channel": channel, "ts": ts, "text": strings.Repeat("ä", 4000)})
	require.NoError(t, w.DeleteMessage(channel, ts))
	require.ErrorIs(t, w.DeleteMessage(channel, ts), slack.ErrRefused)
	w.refused(t, "message_not_found", "chat.update", object{"channel": channel, "ts": ts, "text": "x"})
	kept, ok := w.Message(channel, ts)
	require.True(t, ok)
	require.True(t, kept.Deleted)
	_, ok = w.Message(channel, "1.000001")
	require.False(t, ok)
}

func TestAnUpdateWithoutBlocksKeepsThem(t *testing.T) {
	t.Parallel()
	for drops, want := range map[bool]string{false: "*Dana Reyes* leaves\nApprove\nDeny", true: "closed"} {
		w := newWorld(t, func(o *slack.Options) { o.Switches.UpdateDropsBlocks = drops })
		eli := w.AddUser(slack.User{})
		channel, ts := w.ask(t, eli)
		w.ok(t, "chat.update", object{"channel": channel, "ts": ts, "text": "closed"})
		require.Equal(t, want, w.Messages(eli)[0].Shown())
		w.ok(t, "chat.update", object{"channel": channel, "ts": ts, "text": "closed", "blocks": []object{}})
		require.Equal(t, "closed", w.Messages(eli)[0].Shown())
	}
}

func TestTheEditWindowCloses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *slack.Options) { o.Switches.EditWindow = time.Hour })
	channel, ts := w.ask(t, w.AddUser(slack.User{}))
	w.clock.Advance(time.Hour)
	w.ok(t, "chat.update", object{"channel": channel, "ts": ts, "text": "x"})
	w.clock.Advance(time.Second)
	w.refused(t, "edit_window_closed", "chat.update", object{"channel": channel, "ts": ts, "text": "x"})
}

func TestDeletingAndLinking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	channel, ts := w.ask(t, eli)
	said, err := w.Say(eli, channel, "thanks")
	require.NoError(t, err)
	link := w.ok(t, "chat.getPermalink", object{"channel": channel, "message_ts": ts})["permalink"]
	require.Equal(t, fmt.Sprintf("https://example-team.slack.com/archives/%s/p%s", channel, strings.ReplaceAll(ts, ".", "")), link)
	w.refused(t, "message_not_found", "chat.getPermalink", object{"channel": channel, "message_ts": "1.000001"})
	w.refused(t, "channel_not_found", "chat.getPermalink", object{"channel": "C404", "message_ts": ts})
	w.refused(t, "cant_delete_message", "chat.delete", object{"channel": channel, "ts": said})
	w.ok(t, "chat.delete", object{"channel": channel, "ts": ts})
	w.refused(t, "message_not_found", "chat.delete", object{"channel": channel, "ts": ts})
	w.refused(t, "message_not_found", "chat.getPermalink", object{"channel": channel, "message_ts": ts})
	_, err = w.Say("U404", channel, "x")
	require.ErrorIs(t, err, slack.ErrRefused)
}

func TestEphemeralMessagesAreSeenByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli, mia := w.AddUser(slack.User{}), w.AddUser(slack.User{})
	gone := w.AddUser(slack.User{Deleted: slack.Yes})
	ops := w.AddChannel(slack.Channel{Name: "ops", Members: []string{eli, gone}, HasApp: true})
	out := w.ok(t, "chat.postEphemeral", object{"channel": ops, "user": eli, "text": "only you"})
	require.NotEmpty(t, out["message_ts"])
	require.Len(t, w.Ephemerals(eli), 1)
	require.True(t, w.Ephemerals(eli)[0].Ephemeral)
	require.Empty(t, w.Ephemerals(mia))
	require.Empty(t, w.ChannelMessages(ops))
	for name, c := range map[string]struct {
		in   object
		code string
	}{
		"not there":  {object{"channel": ops, "user": mia, "text": "x"}, "user_not_in_channel"},
		"nobody":     {object{"channel": ops, "user": "U404", "text": "x"}, "user_not_in_channel"},
		"gone":       {object{"channel": ops, "user": gone, "text": "x"}, "user_not_in_channel"},
		"no text":    {object{"channel": ops, "user": eli}, "no_text"},
		"no channel": {object{"channel": "C404", "user": eli, "text": "x"}, "channel_not_found"},
	} {
		require.Equal(t, c.code, w.call(t, "chat.postEphemeral", c.in)["error"], name)
	}
	w.refused(t, "message_not_found", "chat.update", object{"channel": ops, "ts": out["message_ts"], "text": "cannot"})
}

func TestADeletedMessageKeepsOnlyTheThreadItHad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	channel, root := w.ask(t, w.AddUser(slack.User{}))
	reply := object{"channel": channel, "text": "x", "thread_ts": root}
	first := w.ok(t, "chat.postMessage", reply)["ts"].(string)
	require.NoError(t, w.DeleteMessage(channel, root))
	w.ok(t, "chat.postMessage", reply)
	for _, m := range w.ChannelMessages(channel) {
		require.NoError(t, w.DeleteMessage(channel, m.TS))
	}
	require.NotEmpty(t, first)
	w.clock.Advance(time.Minute)
	w.refused(t, "thread_not_found", "chat.postMessage", reply)
}

func TestLongPostsAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	w.ok(t, "chat.postMessage", object{"channel": eli, "text": strings.Repeat("ä", 40001)})
	require.Len(t, []rune(w.Messages(eli)[0].Text), 40000)
}
