package slack_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func letters(n int) string { return strings.Repeat("ä", n) }

func repeat(n int, make func(int) object) []object {
	out := []object{}
	for i := range n {
		out = append(out, make(i))
	}
	return out
}

func option(n int) object {
	return object{"text": plain(fmt.Sprint("option ", n)), "value": fmt.Sprint(n)}
}

func selectOf(options []object) object {
	return object{"type": "static_select", "action_id": "pick", "options": options}
}

func with(o object, name string, v any) object {
	out := object{name: v}
	for k, v := range o {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// Each row is just inside a limit with n, and just outside with n+1.
func TestBlockLimitsCountInCharacters(t *testing.T) {
	t.Parallel()
	confirm := object{"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No")}
	for name, c := range map[string]struct {
		most    int
		blocks  func(n int) []object
		pointer string
	}{
		"blocks of a message": {50, func(n int) []object { return repeat(n, func(int) object { return object{"type": "divider"} }) }, "/blocks"},
		"header":              {150, func(n int) []object { return []object{{"type": "header", "text": plain(letters(n))}} }, "/blocks/0/text/text"},
		"section":             {3000, func(n int) []object { return []object{section(letters(n))} }, "/blocks/0/text/text"},
		"number of fields": {10, func(n int) []object {
			return []object{{"type": "section", "fields": repeat(n, func(int) object { return mrkdwn("x") })}}
		}, "/blocks/0/fields"},
		"a field":      {2000, func(n int) []object { return []object{{"type": "section", "fields": []object{mrkdwn(letters(n))}}} }, "/blocks/0/fields/0/text"},
		"button text":  {75, func(n int) []object { return []object{actions(button("a", letters(n), "v"))} }, "/blocks/0/elements/0/text/text"},
		"button value": {2000, func(n int) []object { return []object{actions(button("a", "b", letters(n)))} }, "/blocks/0/elements/0/value"},
		"button url":   {3000, func(n int) []object { return []object{actions(with(button("a", "b", "v"), "url", letters(n)))} }, "/blocks/0/elements/0/url"},
		"action_id":    {255, func(n int) []object { return []object{actions(button(letters(n), "b", "v"))} }, "/blocks/0/elements/0/action_id"},
		"block_id":     {255, func(n int) []object { return []object{with(section("x"), "block_id", letters(n))} }, "/blocks/0/block_id"},
		"actions": {25, func(n int) []object {
			return []object{actions(repeat(n, func(i int) object { return button(fmt.Sprint(i), "b", "v") })...)}
		}, "/blocks/0/elements"},
		"context": {10, func(n int) []object {
			return []object{{"type": "context", "elements": repeat(n, func(int) object { return mrkdwn("x") })}}
		}, "/blocks/0/elements"},
		"options": {100, func(n int) []object { return []object{actions(selectOf(repeat(n, option)))} }, "/blocks/0/elements/0/options"},
		"option text": {75, func(n int) []object {
			return []object{actions(selectOf([]object{{"text": plain(letters(n)), "value": "v"}}))}
		}, "/blocks/0/elements/0/options/0/text/text"},
		"option value": {150, func(n int) []object {
			return []object{actions(selectOf([]object{{"text": plain("x"), "value": letters(n)}}))}
		}, "/blocks/0/elements/0/options/0/value"},
		"overflow": {5, func(n int) []object { return []object{actions(with(selectOf(repeat(n, option)), "type", "overflow"))} }, "/blocks/0/elements/0/options"},
		"placeholder": {150, func(n int) []object {
			return []object{actions(with(selectOf(repeat(1, option)), "placeholder", plain(letters(n))))}
		}, "/blocks/0/elements/0/placeholder/text"},
		"confirm title": {100, func(n int) []object {
			return []object{actions(with(button("a", "b", "v"), "confirm", with(confirm, "title", plain(letters(n)))))}
		}, "/blocks/0/elements/0/confirm/title/text"},
		"confirm text": {300, func(n int) []object {
			return []object{actions(with(button("a", "b", "v"), "confirm", with(confirm, "text", plain(letters(n)))))}
		}, "/blocks/0/elements/0/confirm/text/text"},
		"confirm yes": {30, func(n int) []object {
			return []object{actions(with(button("a", "b", "v"), "confirm", with(confirm, "confirm", plain(letters(n)))))}
		}, "/blocks/0/elements/0/confirm/confirm/text"},
		"input label": {2000, func(n int) []object {
			return []object{{"type": "input", "label": plain(letters(n)), "element": object{"type": "plain_text_input", "action_id": "a"}}}
		}, "/blocks/0/label/text"},
		"input max_length": {3000, func(n int) []object {
			return []object{{"type": "input", "label": plain("x"), "element": object{"type": "plain_text_input", "action_id": "a", "max_length": n}}}
		}, "/blocks/0/element/max_length"},
		"markdown": {12000, func(n int) []object { return []object{{"type": "markdown", "text": letters(n)}} }, "/blocks/0/text"},
	} {
		w := newWorld(t)
		eli := w.AddUser(slack.User{})
		w.ok(t, "chat.postMessage", object{"channel": eli, "blocks": c.blocks(c.most)})
		out := w.refused(t, "invalid_blocks", "chat.postMessage", object{"channel": eli, "blocks": c.blocks(c.most + 1)})
		said := fmt.Sprint(out["response_metadata"].(object)["messages"])
		require.Contains(t, said, "[json-pointer:"+c.pointer+"]", name)
		require.Contains(t, said, "[ERROR] ", name)
		require.Len(t, w.Messages(eli), 1, name)
	}
}

func TestBlocksThatAreWrong(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]object{
		"no type":               {},
		"unknown type":          {"type": "poem"},
		"section with nothing":  {"type": "section"},
		"empty text":            section(""),
		"text of no type":       {"type": "section", "text": object{"text": "x"}},
		"text that is no text":  {"type": "section", "text": "x"},
		"header with markup":    {"type": "header", "text": mrkdwn("x")},
		"header without text":   {"type": "header"},
		"button with markup":    actions(with(button("a", "b", "v"), "text", mrkdwn("b"))),
		"button of odd style":   actions(with(button("a", "b", "v"), "style", "pink")),
		"no elements":           {"type": "actions", "elements": []object{}},
		"elements of no object": {"type": "actions", "elements": []string{"x"}},
		"an element of no kind": actions(object{"type": "lever", "action_id": "a"}),
		"a select of nothing":   actions(selectOf([]object{})),
		"input without element": {"type": "input", "label": plain("x")},
		"input with a button":   {"type": "input", "label": plain("x"), "element": button("a", "b", "v")},
		"confirm half done":     actions(with(button("a", "b", "v"), "confirm", object{"title": plain("x")})),
		"image without text":    {"type": "context", "elements": []object{{"type": "image", "image_url": "https://example.com/a.png"}}},
	} {
		w := newWorld(t)
		eli := w.AddUser(slack.User{})
		require.Equal(t, "invalid_blocks", w.call(t, "chat.postMessage", object{"channel": eli, "blocks": []object{block}})["error"], name)
	}
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	out := w.refused(t, "invalid_blocks", "chat.postMessage", object{"channel": eli, "blocks": []object{actions(button("a", "x", "v")), actions(button("b", "y", "v"))}})
	require.Contains(t, fmt.Sprint(out["errors"]), "`block_id` already exists: decision")
	w.refused(t, "invalid_blocks_format", "chat.postMessage", object{"channel": eli, "blocks": object{}})
	w.refused(t, "invalid_blocks_format", "chat.postMessage", object{"channel": eli, "blocks": []string{"x"}})
}

func TestMissingBlockIDsAreFilledIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	out := w.ok(t, "chat.postMessage", object{"channel": eli, "blocks": []object{section("one"), section("two"), actions(button("a", "b", "v"))}})
	seen := map[any]bool{}
	for _, b := range out["message"].(object)["blocks"].([]any) {
		id := b.(object)["block_id"]
		require.NotEmpty(t, id)
		require.False(t, seen[id])
		seen[id] = true
	}
	require.True(t, seen["decision"])
	e, ok := w.Messages(eli)[0].Element("a")
	require.True(t, ok)
	require.Equal(t, slack.Element{Type: "button", BlockID: "decision", ActionID: "a", Label: "b", Value: "v"}, e)
	_, ok = w.Messages(eli)[0].Element("none")
	require.False(t, ok)
}

func TestGroupsOfOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.AddUser(slack.User{})
	grouped := object{"type": "static_select", "action_id": "pick", "option_groups": []object{
		{"label": plain("one"), "options": []object{option(1)}}, {"label": plain("two"), "options": []object{option(2)}}}}
	w.ok(t, "chat.postMessage", object{"channel": eli, "blocks": []object{actions(grouped)}})
	require.Equal(t, []string{"1", "2"}, w.Messages(eli)[0].Elements[0].Options)
	w.refused(t, "invalid_blocks", "chat.postMessage", object{"channel": eli, "blocks": []object{
		actions(with(grouped, "option_groups", []object{{"label": plain(letters(76)), "options": []object{option(1)}}}))}})
}
