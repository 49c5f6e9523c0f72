package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// choosers are the elements that have nothing of their own to check; the others stand in the switch of element.
var choosers = []string{"users_select", "conversations_select", "channels_select", "external_select", "multi_users_select",
	"multi_conversations_select", "multi_channels_select", "multi_external_select", "datepicker", "timepicker",
	"datetimepicker", "rich_text_input", "file_input", "workflow_button", "image"}

// element checks an interactive element (blocks).
func (i *inspector) element(at string, e object) {
	i.short(at, e, "action_id", 255)
	i.text(at, e, "placeholder", 150, true, false)
	i.confirm(at, e)
	switch kind := str(e, "type"); kind {
	case "button":
		i.text(at, e, "text", 75, true, true)
		i.short(at, e, "value", 2000)
		i.short(at, e, "url", 3000)
		if style := str(e, "style"); e["style"] != nil && style != "primary" && style != "danger" {
			i.say(at+"/style", "must be one of the allowed values: primary, danger")
		}
	case "static_select", "multi_static_select":
		i.grouped(at, e)
	case "overflow":
		i.options(at, e, 5)
	case "radio_buttons", "checkboxes":
		i.options(at, e, 10)
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		i.inputLengths(at, e)
	default:
		if !slices.Contains(choosers, kind) {
			i.say(at+"/type", "unsupported type: %s", kind)
		}
	}
}

func (i *inspector) inputLengths(at string, e object) {
	i.short(at, e, "initial_value", 3000)
	for _, name := range []string{"min_length", "max_length"} {
		n, isNumber := e[name].(json.Number)
		if !isNumber {
			continue
		}
		if v, err := n.Int64(); err != nil || v < 0 || v > 3000 {
			i.say(at+"/"+name, "must be less than 3001")
		}
	}
}

func (i *inspector) confirm(at string, e object) {
	c := sub(e, "confirm")
	if c == nil {
		return
	}
	at += "/confirm"
	i.text(at, c, "title", 100, true, true)
	i.text(at, c, "text", 300, false, true)
	i.text(at, c, "confirm", 30, true, true)
	i.text(at, c, "deny", 30, true, true)
}

func (i *inspector) grouped(at string, e object) {
	if e["option_groups"] == nil {
		i.options(at, e, 100)
		return
	}
	for n, g := range i.items(at, e, "option_groups", 1, 100) {
		inner := fmt.Sprintf("%s/option_groups/%d", at, n)
		i.text(inner, g, "label", 75, true, true)
		i.options(inner, g, 100)
	}
}

func (i *inspector) options(at string, e object, most int) {
	for n, o := range i.items(at, e, "options", 1, most) {
		inner := fmt.Sprintf("%s/options/%d", at, n)
		i.text(inner, o, "text", 75, false, true)
		i.short(inner, o, "value", 150)
	}
}

// placed is an element and the block it stands in.
type placed struct {
	block   object
	element object
}

// elementsIn lists the interactive elements of blocks, from top to bottom.
func elementsIn(blocks []object) []placed {
	var out []placed
	for _, b := range blocks {
		if e := sub(b, "accessory"); e != nil && str(e, "type") != "image" {
			out = append(out, placed{b, e})
		}
		if e := sub(b, "element"); e != nil {
			out = append(out, placed{b, e})
		}
		if str(b, "type") == "actions" {
			for _, e := range list(b, "elements") {
				out = append(out, placed{b, e})
			}
		}
	}
	return out
}

func elementsOf(blocks []object) []Element {
	var out []Element
	for _, p := range elementsIn(blocks) {
		label := str(sub(p.element, "text"), "text")
		if label == "" {
			label = str(sub(p.block, "label"), "text")
		}
		e := Element{Type: str(p.element, "type"), BlockID: str(p.block, "block_id"), ActionID: str(p.element, "action_id"),
			Label: label, Value: str(p.element, "value")}
		for _, o := range optionsOf(p.element) {
			e.Options = append(e.Options, str(o, "value"))
		}
		out = append(out, e)
	}
	return out
}

// optionsOf lists what an element offers, groups or not.
func optionsOf(e object) []object {
	out := list(e, "options")
	for _, g := range list(e, "option_groups") {
		out = append(out, list(g, "options")...)
	}
	return out
}

// findElement finds an element by its action id, and by its block id when one is given.
func findElement(blocks []object, blockID, actionID string) (placed, bool) {
	for _, p := range elementsIn(blocks) {
		if str(p.element, "action_id") == actionID && (blockID == "" || str(p.block, "block_id") == blockID) {
			return p, true
		}
	}
	return placed{}, false
}

// textOf is all text of blocks, one line a piece.
func textOf(blocks []object) string {
	var lines []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		case object:
			if text, ok := v["text"].(string); ok {
				lines = append(lines, text)
			}
			for _, name := range []string{"label", "text", "fields", "element", "elements", "accessory", "placeholder", "options", "hint"} {
				walk(v[name])
			}
		}
	}
	for _, b := range blocks {
		walk(b)
	}
	return strings.Join(lines, "\n")
}
