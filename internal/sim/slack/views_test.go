package slack_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func input(block string, element object) object {
	return object{"type": "input", "block_id": block, "label": plain("About " + block), "element": element}
}

func textInput(action string) object {
	return object{"type": "plain_text_input", "action_id": action, "multiline": true}
}

func modal(blocks ...object) object {
	if len(blocks) == 0 {
		blocks = []object{input("why", with(textInput("reason"), "max_length", 20))}
	}
	return object{"type": "modal", "title": plain("Deny"), "submit": plain("Send"), "callback_id": "handover:deny",
		"private_metadata": "v1.r1", "blocks": blocks}
}

// clicked makes a person click and gives what came of it.
func (w *world) clicked(t *testing.T) (user string, reply slack.Reply) {
	t.Helper()
	user = w.AddUser(slack.User{})
	channel, ts := w.ask(t, user)
	reply, err := w.Click(t.Context(), slack.Click{User: user, Channel: channel, TS: ts, ActionID: "handover:deny"})
	require.NoError(t, err)
	return user, reply
}

// opens makes a person click and opens a form for them.
func (w *world) opens(t *testing.T, view object) (user, id string) {
	t.Helper()
	user, reply := w.clicked(t)
	out := w.ok(t, "views.open", object{"trigger_id": reply.TriggerID, "view": view})
	return user, out["view"].(object)["id"].(string)
}

func TestATriggerOpensOneFormInThreeSeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, reply := w.clicked(t)
	require.Regexp(t, `^\d+\.\d+\.[0-9a-f]+$`, reply.TriggerID)
	w.clock.Advance(3 * time.Second)
	out := w.ok(t, "views.open", object{"trigger_id": reply.TriggerID, "view": modal()})["view"].(object)
	require.Equal(t, "v1.r1", out["private_metadata"])
	require.Equal(t, out["id"], out["root_view_id"])
	require.Nil(t, out["previous_view_id"])
	require.Equal(t, "A1", out["app_id"])
	require.Equal(t, "T1", out["team_id"])
	require.Equal(t, object{"values": object{}}, out["state"])
	require.NotEmpty(t, out["hash"])
	require.Len(t, w.Views(user), 1)
	require.Equal(t, "handover:deny", w.Views(user)[0].CallbackID)
	require.Contains(t, w.Views(user)[0].Shown, "About why")

	w.refused(t, "exchanged_trigger_id", "views.open", object{"trigger_id": reply.TriggerID, "view": modal()})
	w.refused(t, "invalid_trigger_id", "views.open", object{"trigger_id": "1.2.3", "view": modal()})
	_, late := w.clicked(t)
	w.clock.Advance(3*time.Second + time.Millisecond)
	w.refused(t, "expired_trigger_id", "views.open", object{"trigger_id": late.TriggerID, "view": modal()})
}

func TestTriggersOfAnotherWorld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *slack.Options) { o.Switches.ReuseTriggers, o.Switches.TriggerLife = true, time.Minute })
	_, reply := w.clicked(t)
	w.clock.Advance(time.Minute)
	for range 2 {
		w.ok(t, "views.open", object{"trigger_id": reply.TriggerID, "view": modal()})
	}
}

func TestFormsThatAreWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, reply := w.clicked(t)
	divider := func(int) object { return object{"type": "divider"} }
	for name, c := range map[string]struct {
		view    object
		pointer string
	}{
		"title":                {with(modal(), "title", plain(letters(25))), "/view/title/text"},
		"no title":             {with(modal(), "title", nil), "/view"},
		"submit":               {with(modal(), "submit", plain(letters(25))), "/view/submit/text"},
		"close":                {with(modal(), "close", plain(letters(25))), "/view/close/text"},
		"callback_id":          {with(modal(), "callback_id", letters(256)), "/view/callback_id"},
		"private_metadata":     {with(modal(), "private_metadata", letters(3001)), "/view/private_metadata"},
		"blocks":               {modal(repeat(101, divider)...), "/view/blocks"},
		"a block":              {modal(section(letters(3001))), "/view/blocks/0/text/text"},
		"inputs without send":  {with(modal(), "submit", nil), "/view"},
		"another kind of view": {with(modal(), "type", "home"), "/view/type"},
	} {
		out := w.refused(t, "invalid_arguments", "views.open", object{"trigger_id": reply.TriggerID, "view": c.view})
		require.Contains(t, fmt.Sprint(out["response_metadata"]), "[json-pointer:"+c.pointer+"]", name)
	}
	w.refused(t, "invalid_arguments", "views.open", object{"trigger_id": reply.TriggerID})
	w.refused(t, "invalid_blocks_format", "views.open", object{"trigger_id": reply.TriggerID, "view": with(modal(), "blocks", "x")})
	w.refused(t, "view_too_large", "views.open", object{"trigger_id": reply.TriggerID, "view": with(modal(), "blocks", []string{strings.Repeat("x", 250<<10)})})
	w.ok(t, "views.open", object{"trigger_id": reply.TriggerID, "view": with(with(modal(repeat(100, divider)...), "title", plain(letters(24))),
		"private_metadata", letters(3000))})
}

func TestFormsAreUpdatedAndStacked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, id := w.opens(t, with(modal(), "external_id", "ext"))
	_, other := w.clicked(t)
	w.refused(t, "duplicate_external_id", "views.open", object{"trigger_id": other.TriggerID, "view": with(modal(), "external_id", "ext")})

	first := w.ok(t, "views.update", object{"view_id": id, "view": with(modal(), "title", plain("Again"))})["view"].(object)
	require.Equal(t, "Again", w.Views(user)[0].Title)
	w.ok(t, "views.update", object{"view_id": id, "hash": first["hash"], "view": with(modal(), "external_id", "ext")})
	w.refused(t, "hash_conflict", "views.update", object{"view_id": id, "hash": first["hash"], "view": modal()})
	w.ok(t, "views.update", object{"external_id": "ext", "view": with(modal(), "external_id", "ext")})
	w.refused(t, "not_found", "views.update", object{"view_id": "V404", "view": modal()})
	w.refused(t, "invalid_arguments", "views.update", object{"view_id": id, "view": with(modal(), "title", plain(letters(25)))})

	for depth := 2; depth <= 4; depth++ {
		reply, err := w.Shortcut(t.Context(), user, "again")
		require.NoError(t, err)
		out := w.call(t, "views.push", object{"trigger_id": reply.TriggerID, "view": modal()})
		if depth == 4 {
			require.Equal(t, "push_limit_reached", out["error"])
			break
		}
		require.Equal(t, id, out["view"].(object)["root_view_id"])
	}
	require.Len(t, w.Views(user), 3)
	w.refused(t, "not_found", "views.push", object{"trigger_id": other.TriggerID, "view": modal()})
}

func TestASubmissionCarriesWhatWasFilledIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, id := w.opens(t, modal(
		input("why", textInput("reason")),
		with(input("until", object{"type": "datepicker", "action_id": "date", "initial_date": "2026-12-18"}), "optional", true),
		with(input("who", object{"type": "users_select", "action_id": "person"}), "optional", true),
		input("how", object{"type": "radio_buttons", "action_id": "way", "options": []object{option(1), option(2)}}),
		with(input("what", object{"type": "checkboxes", "action_id": "boxes", "options": []object{option(1), option(2)}}), "optional", true),
		with(input("teams", object{"type": "multi_users_select", "action_id": "people", "initial_users": []string{"U1", "U2"}}), "optional", true),
	))
	reply, err := w.Submit(t.Context(), user, id, map[string]string{"reason": "not yet", "how": "2", "what/boxes": "1,2"})
	require.NoError(t, err)
	require.True(t, reply.OK())
	require.Empty(t, w.Views(user), "an empty answer closes the form")
	p := w.last(t).payload(t)
	require.Equal(t, "view_submission", p["type"])
	require.Equal(t, user, p["user"].(object)["id"])
	require.Equal(t, reply.TriggerID, p["trigger_id"])
	view := p["view"].(object)
	require.Equal(t, id, view["id"])
	require.Equal(t, "v1.r1", view["private_metadata"])
	require.Equal(t, object{
		"why":   object{"reason": object{"type": "plain_text_input", "value": "not yet"}},
		"until": object{"date": object{"type": "datepicker", "selected_date": "2026-12-18"}},
		"who":   object{"person": object{"type": "users_select", "selected_user": nil}},
		"how":   object{"way": object{"type": "radio_buttons", "selected_option": option(2)}},
		"what":  object{"boxes": object{"type": "checkboxes", "selected_options": []any{option(1), option(2)}}},
		"teams": object{"people": object{"type": "multi_users_select", "selected_users": []any{"U1", "U2"}}},
	}, view["state"].(object)["values"])
}

func TestWhatSlackItselfDoesNotLetThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, id := w.opens(t, modal(input("why", with(with(textInput("reason"), "max_length", 5), "min_length", 2)),
		with(input("how", object{"type": "static_select", "action_id": "way", "options": []object{option(1)}}), "optional", true)))
	heard := len(w.heard)
	for name, values := range map[string]map[string]string{
		"empty":       {},
		"too short":   {"reason": "a"},
		"too long":    {"reason": "abcdef"},
		"no option":   {"reason": "abc", "way": "9"},
		"no such one": {"reason": "abc", "other": "x"},
	} {
		_, err := w.Submit(t.Context(), user, id, values)
		require.ErrorIs(t, err, slack.ErrRefused, name)
	}
	_, err := w.Submit(t.Context(), w.AddUser(slack.User{}), id, map[string]string{"reason": "abc"})
	require.ErrorIs(t, err, slack.ErrRefused)
	_, err = w.Submit(t.Context(), user, "V404", nil)
	require.ErrorIs(t, err, slack.ErrRefused)
	require.Len(t, w.heard, heard)
	require.Len(t, w.Views(user), 1)
}

func TestAnswersToASubmissionAreApplied(t *testing.T) {
	t.Parallel()
	next := with(modal(section("next")), "title", plain("Next"))
	for name, c := range map[string]struct {
		answer any
		titles []string
		errors map[string]string
		shown  bool
	}{
		"nothing":                {nil, nil, nil, false},
		"an empty object":        {object{}, nil, nil, false},
		"clear":                  {object{"response_action": "clear"}, nil, nil, false},
		"errors":                 {object{"response_action": "errors", "errors": object{"why": "say more"}}, []string{"Deny"}, map[string]string{"why": "say more"}, false},
		"errors of no input":     {object{"response_action": "errors", "errors": object{"other": "x"}}, []string{"Deny"}, map[string]string{}, true},
		"errors without any":     {object{"response_action": "errors"}, []string{"Deny"}, map[string]string{}, true},
		"update":                 {object{"response_action": "update", "view": next}, []string{"Next"}, map[string]string{}, false},
		"push":                   {object{"response_action": "push", "view": next}, []string{"Deny", "Next"}, map[string]string{}, false},
		"a view that is wrong":   {object{"response_action": "update", "view": object{"type": "modal"}}, []string{"Deny"}, map[string]string{}, true},
		"an action nobody knows": {object{"response_action": "explode"}, []string{"Deny"}, map[string]string{}, true},
		"no object":              {[]string{"x"}, []string{"Deny"}, map[string]string{}, true},
	} {
		w := newWorld(t)
		user, id := w.opens(t, modal())
		if c.answer != nil {
			w.answersWith(c.answer)
		}
		reply, err := w.Submit(t.Context(), user, id, map[string]string{"why": "because"})
		require.NoError(t, err, name)
		require.Equal(t, c.shown, reply.Shown != "", name)
		var titles []string
		for _, v := range w.Views(user) {
			titles = append(titles, v.Title)
		}
		require.Equal(t, c.titles, titles, name)
		if len(c.titles) == 1 {
			require.Equal(t, c.errors, w.Views(user)[0].Errors, name)
		}
	}
}

func TestALateOrFailedAnswerChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, id := w.opens(t, modal())
	w.answers(func(http.ResponseWriter, *http.Request) { w.clock.Advance(4 * time.Second) })
	reply, err := w.Submit(t.Context(), user, id, map[string]string{"why": "because"})
	require.NoError(t, err)
	require.True(t, reply.Late)
	require.NotEmpty(t, reply.Shown)
	require.Len(t, w.Views(user), 1)
	w.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusUnauthorized) })
	reply, err = w.Submit(t.Context(), user, id, map[string]string{"why": "because"})
	require.NoError(t, err)
	require.Equal(t, 401, reply.Status)
	require.Len(t, w.Views(user), 1)
}

func TestClosingAForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, id := w.opens(t, modal())
	heard := len(w.heard)
	_, err := w.CloseView(t.Context(), user, id)
	require.NoError(t, err)
	require.Len(t, w.heard, heard, "the app is told only if it asked")
	require.Empty(t, w.Views(user))
	_, err = w.CloseView(t.Context(), user, id)
	require.ErrorIs(t, err, slack.ErrRefused)

	user, id = w.opens(t, with(modal(), "notify_on_close", true))
	reply, err := w.CloseView(t.Context(), user, id)
	require.NoError(t, err)
	require.True(t, reply.OK())
	p := w.last(t).payload(t)
	require.Equal(t, "view_closed", p["type"])
	require.Equal(t, false, p["is_cleared"])
	require.Equal(t, id, p["view"].(object)["id"])
}

func TestButtonsInsideAForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, id := w.opens(t, modal(section("hello"), actions(button("more", "More", "v"))))
	reply, err := w.Click(t.Context(), slack.Click{User: user, View: id, ActionID: "more"})
	require.NoError(t, err)
	require.Empty(t, reply.ResponseURL)
	p := w.last(t).payload(t)
	require.Equal(t, object{"type": "view", "view_id": id}, p["container"])
	require.Equal(t, id, p["view"].(object)["id"])
	require.NotContains(t, p, "message")
	_, err = w.Click(t.Context(), slack.Click{User: w.AddUser(slack.User{}), View: id, ActionID: "more"})
	require.ErrorIs(t, err, slack.ErrRefused)
}
