package slack_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func TestClicksThatAPersonCannotMake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli, mia := w.AddUser(slack.User{}), w.AddUser(slack.User{})
	gone := w.AddUser(slack.User{Deleted: slack.Yes})
	channel, ts := w.ask(t, eli)
	good := slack.Click{User: eli, Channel: channel, TS: ts, ActionID: "handover:approve"}
	for name, change := range map[string]func(*slack.Click){
		"somebody else":      func(c *slack.Click) { c.User = mia },
		"nobody":             func(c *slack.Click) { c.User = "U404" },
		"somebody gone":      func(c *slack.Click) { c.User = gone },
		"no such place":      func(c *slack.Click) { c.Channel = "D404" },
		"no such message":    func(c *slack.Click) { c.TS = "1.000001" },
		"no such button":     func(c *slack.Click) { c.ActionID = "handover:other" },
		"not in that block":  func(c *slack.Click) { c.BlockID = "other" },
		"a form nobody sees": func(c *slack.Click) { c.View = "V404" },
	} {
		click := good
		change(&click)
		_, err := w.Click(t.Context(), click)
		require.ErrorIs(t, err, slack.ErrRefused, name)
	}
	require.Empty(t, w.heard)
	_, err := w.Click(t.Context(), good)
	require.NoError(t, err)
	w.ok(t, "chat.update", object{"channel": channel, "ts": ts, "text": "done", "blocks": []object{section("done")}})
	_, err = w.Click(t.Context(), good)
	require.ErrorIs(t, err, slack.ErrRefused, "the button is gone")
	require.NoError(t, w.DeleteMessage(channel, ts))
	_, err = w.Click(t.Context(), good)
	require.ErrorIs(t, err, slack.ErrRefused)

	ops := w.AddChannel(slack.Channel{Name: "ops", Members: []string{eli}, HasApp: true})
	posted := w.ok(t, "chat.postMessage", object{"channel": ops, "blocks": []object{actions(button("a", "b", "v"))}})
	inOps := slack.Click{User: eli, Channel: ops, TS: posted["ts"].(string), ActionID: "a"}
	_, err = w.Click(t.Context(), inOps)
	require.NoError(t, err)
	require.Equal(t, object{"id": ops, "name": "ops"}, w.last(t).payload(t)["channel"])
	require.NoError(t, w.Archive(ops))
	_, err = w.Click(t.Context(), inOps)
	require.ErrorIs(t, err, slack.ErrRefused)
}

func TestPeopleFromElsewhereSayWhereTheyAreFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := w.AddUser(slack.User{TeamID: "T9", IsStranger: slack.Yes})
	channel, ts := w.ask(t, stranger)
	_, err := w.Click(t.Context(), slack.Click{User: stranger, Channel: channel, TS: ts, ActionID: "handover:approve"})
	require.NoError(t, err)
	p := w.last(t).payload(t)
	require.Equal(t, "T9", p["user"].(object)["team_id"])
	require.Equal(t, "T1", p["team"].(object)["id"])
}

func TestChoicesInAMessageAreRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	out := w.ok(t, "chat.postMessage", object{"channel": eli, "blocks": []object{
		with(section("Who takes over?"), "accessory", object{"type": "users_select", "action_id": "successor"}),
		actions(selectOf([]object{option(1), option(2)}), object{"type": "overflow", "action_id": "more", "options": []object{option(3)}}, button("go", "Go", "v"))}})
	at := slack.Click{User: eli, Channel: out["channel"].(string), TS: out["ts"].(string)}
	click := func(action, value string) object {
		at.ActionID, at.Value = action, value
		_, err := w.Click(t.Context(), at)
		require.NoError(t, err)
		return w.last(t).payload(t)
	}
	require.Equal(t, "U9", click("successor", "U9")["actions"].([]any)[0].(object)["selected_user"])
	require.Equal(t, option(2), click("pick", "2")["actions"].([]any)[0].(object)["selected_option"])
	require.Equal(t, option(3), click("more", "3")["actions"].([]any)[0].(object)["selected_option"])
	values := click("go", "")["state"].(object)["values"].(object)
	require.Equal(t, object{"pick": object{"type": "static_select", "selected_option": option(2)}}, values["decision"])
	require.Len(t, values, 2)
	for action, value := range map[string]string{"pick": "9", "successor": ""} {
		at.ActionID, at.Value = action, value
		_, err := w.Click(t.Context(), at)
		require.ErrorIs(t, err, slack.ErrRefused)
	}
}

func TestAClickInAThreadSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	channel, root := w.ask(t, eli)
	out := w.ok(t, "chat.postMessage", object{"channel": eli, "thread_ts": root, "blocks": []object{actions(button("a", "b", "v"))}})
	_, err := w.Click(t.Context(), slack.Click{User: eli, Channel: channel, TS: out["ts"].(string), ActionID: "a"})
	require.NoError(t, err)
	require.Equal(t, root, w.last(t).payload(t)["container"].(object)["thread_ts"])
	require.Equal(t, root, w.Messages(eli)[1].ThreadTS)
}

func TestCommandsEscapeNamesOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	for escape, want := range map[bool]string{
		false: "offboard @dana in #ops or @nobody, mail dana@example.com",
		true:  "offboard <@U1|dana> in <#C1|ops> or @nobody, mail dana@example.com",
	} {
		w := newWorld(t, func(o *slack.Options) { o.ShouldEscape = escape })
		dana := w.AddUser(slack.User{ID: "U1", Name: "dana"})
		w.AddChannel(slack.Channel{ID: "C1", Name: "ops", Members: []string{dana}})
		_, err := w.Command(t.Context(), dana, "C1", "/handover", "offboard @dana in #ops or @nobody, mail dana@example.com")
		require.NoError(t, err)
		h := w.last(t)
		require.Equal(t, want, h.form.Get("text"))
		require.Equal(t, "ops", h.form.Get("channel_name"))
	}
}

func TestAnswersToACommandAreShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer            http.HandlerFunc
		ephemeral, public string
		shown             string
	}{
		"nothing":          {func(http.ResponseWriter, *http.Request) {}, "", "", ""},
		"plain text":       {says("On it"), "On it", "", ""},
		"an object":        {says(`{"text":"Only you"}`), "Only you", "", ""},
		"an empty object":  {says(`{}`), "", "", ""},
		"for all":          {says(`{"response_type":"in_channel","text":"All"}`), "", "All", ""},
		"blocks":           {says(`{"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*B*"}}]}`), "*B*", "", ""},
		"no JSON":          {says(`{"text"`), "", "", `/handover failed with the error "http_response_invalid"`},
		"blocks of no use": {says(`{"blocks":[{"type":"poem"}]}`), "", "", `/handover failed with the error "invalid_blocks"`},
	} {
		w := newWorld(t)
		eli := w.AddUser(slack.User{})
		w.answers(c.answer)
		reply, err := w.Command(t.Context(), eli, "", "/handover", "x")
		require.NoError(t, err, name)
		require.Equal(t, c.shown, reply.Shown, name)
		require.Equal(t, c.ephemeral, shownOf(w.Ephemerals(eli)), name)
		require.Equal(t, c.public, shownOf(w.Messages(eli)), name)
	}
}

func TestPeopleAreMentionedByHandleOrFullName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *slack.Options) { o.ShouldEscape = true })
	dana := w.AddUser(slack.User{ID: "U1", Name: "dana", RealName: "Dana Reyes"})
	w.AddUser(slack.User{ID: "U2", Name: "dana.k", RealName: "Dana Ré"})
	for text, want := range map[string]string{
		"offboard @Dana Reyes now": "offboard <@U1|Dana Reyes> now",
		"@DANA":                    "<@U1|DANA>",
		"@dana.k, @Dana Ré":        "<@U2|dana.k>, <@U2|Dana Ré>",
		"@danach @d @ a@dana #ops": "@danach @d @ a@dana #ops",
	} {
		_, err := w.Command(t.Context(), dana, "", "/handover", text)
		require.NoError(t, err)
		require.Equal(t, want, w.last(t).form.Get("text"))
	}
}

func says(text string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte(text)) }
}

func shownOf(messages []slack.Message) string {
	if len(messages) == 0 {
		return ""
	}
	return messages[0].Shown()
}

func TestCommandsThatCannotBeTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	gone := w.AddUser(slack.User{Deleted: slack.Yes})
	elsewhere := w.AddChannel(slack.Channel{})
	for name, c := range map[string][3]string{
		"no slash": {eli, "", "handover"}, "gone": {gone, "", "/handover"}, "not there": {eli, elsewhere, "/handover"}, "nowhere": {eli, "C404", "/handover"},
	} {
		_, err := w.Command(t.Context(), c[0], c[1], c[2], "")
		require.ErrorIs(t, err, slack.ErrRefused, name)
	}
	_, err := w.Shortcut(t.Context(), gone, "x")
	require.ErrorIs(t, err, slack.ErrRefused)
	w.answers(func(http.ResponseWriter, *http.Request) { w.clock.Advance(4 * time.Second) })
	reply, err := w.Command(t.Context(), eli, "", "/handover", "")
	require.NoError(t, err)
	require.Equal(t, `/handover failed with the error "operation_timeout"`, reply.Shown)
}

func TestAShortcutHasATriggerAndNoPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	reply, err := w.Shortcut(t.Context(), eli, "handover:new")
	require.NoError(t, err)
	p := w.last(t).payload(t)
	require.Equal(t, "shortcut", p["type"])
	require.Equal(t, "handover:new", p["callback_id"])
	require.NotContains(t, p, "channel")
	w.ok(t, "views.open", object{"trigger_id": reply.TriggerID, "view": modal()})
}
