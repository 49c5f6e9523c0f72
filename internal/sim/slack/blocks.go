package slack

import (
	"fmt"
	"unicode/utf8"
)

// Most blocks of a surface (blocks).
const (
	maxMessageBlocks = 50
	maxViewBlocks    = 100
)

// readBlocks checks a list of blocks and fills in the block ids that are missing, as Slack does.
func (s *Simulator) readBlocks(v any, most int) ([]object, *answer) {
	refuse := func(a answer) ([]object, *answer) { return nil, &a }
	entries, ok := v.([]any)
	if !ok {
		return refuse(failed("invalid_blocks_format"))
	}
	i := &inspector{ids: map[string]bool{}, modal: most == maxViewBlocks}
	var blocks []object
	for n, entry := range entries {
		b, ok := entry.(object)
		if !ok {
			return refuse(failed("invalid_blocks_format"))
		}
		i.block(fmt.Sprintf("/blocks/%d", n), b)
		blocks = append(blocks, b)
	}
	if len(blocks) > most {
		i.say("/blocks", "no more than %d items allowed", most)
	}
	if len(i.problems) > 0 {
		return refuse(i.answer("invalid_blocks"))
	}
	for _, b := range blocks {
		if str(b, "block_id") == "" {
			b["block_id"] = s.ids.next("b")
		}
	}
	return blocks, nil
}

// inspector collects what is wrong with blocks, in the words Slack uses.
type inspector struct {
	problems []string
	ids      map[string]bool
	modal    bool
}

func (i *inspector) say(at, format string, values ...any) {
	i.problems = append(i.problems, fmt.Sprintf(format, values...)+" [json-pointer:"+at+"]")
}

// answer is the refusal. Of blocks the problems come twice, once with their level (incidentbot/incidentbot#328); of views
// once (slackapi/java-slack-sdk#302).
func (i *inspector) answer(code string) answer {
	messages := make([]string, 0, len(i.problems))
	for _, p := range i.problems {
		messages = append(messages, "[ERROR] "+p)
	}
	said := object{"response_metadata": object{"messages": messages}}
	if code == "invalid_blocks" {
		said["errors"] = i.problems
	}
	return failed(code).with(said)
}

// short checks the length of a text member, in characters.
func (i *inspector) short(at string, o object, name string, most int) {
	if utf8.RuneCountInString(str(o, name)) > most {
		i.say(at+"/"+name, "must be less than %d characters", most+1)
	}
}

// items checks the size of a list member.
func (i *inspector) items(at string, o object, name string, least, most int) []object {
	entries := list(o, name)
	raw, _ := o[name].([]any)
	switch {
	case len(raw) != len(entries):
		i.say(at+"/"+name, "must be a list of objects")
	case len(entries) < least:
		i.say(at+"/"+name, "must have at least %d item", least)
	case len(entries) > most:
		i.say(at+"/"+name, "no more than %d items allowed", most)
	}
	return entries
}

// text checks a text object. plain allows plain_text alone.
func (i *inspector) text(at string, o object, name string, most int, plain, required bool) {
	inner := sub(o, name)
	if inner == nil {
		if required || o[name] != nil {
			i.say(at, "missing required field: %s", name)
		}
		return
	}
	at += "/" + name
	kind := str(inner, "type")
	if kind != "plain_text" && (plain || kind != "mrkdwn") {
		i.say(at+"/type", "must be a valid text type")
	}
	if str(inner, "text") == "" {
		i.say(at+"/text", "must be more than 0 characters")
	}
	i.short(at, inner, "text", most)
}

func (i *inspector) block(at string, b object) {
	i.short(at, b, "block_id", 255)
	if id := str(b, "block_id"); id != "" {
		if i.ids[id] {
			i.say(at+"/block_id", "`block_id` already exists: %s", id)
		}
		i.ids[id] = true
	}
	switch kind := str(b, "type"); kind {
	case "header":
		i.text(at, b, "text", 150, true, true)
	case "section":
		i.section(at, b)
	case "context":
		for n, e := range i.items(at, b, "elements", 1, 10) {
			if str(e, "type") != "image" {
				i.text(at+"/elements", object{fmt.Sprint(n): e}, fmt.Sprint(n), 3000, false, true)
			} else if str(e, "image_url") == "" || str(e, "alt_text") == "" {
				i.say(fmt.Sprintf("%s/elements/%d", at, n), "missing required field: image_url or alt_text")
			}
		}
	case "actions":
		for n, e := range i.items(at, b, "elements", 1, 25) {
			i.element(fmt.Sprintf("%s/elements/%d", at, n), e)
		}
	case "input":
		i.input(at, b)
	case "image":
		i.short(at, b, "image_url", 3000)
		i.short(at, b, "alt_text", 2000)
	case "markdown":
		i.short(at, b, "text", 12000)
	case "divider", "rich_text", "video", "file", "table", "alert", "card", "carousel":
	default:
		i.say(at+"/type", "unsupported type: %s", kind)
	}
}

func (i *inspector) section(at string, b object) {
	if sub(b, "text") == nil && b["fields"] == nil {
		i.say(at, "must define either `text` or `fields`")
	}
	i.text(at, b, "text", 3000, false, false)
	if b["fields"] != nil {
		for n, f := range i.items(at, b, "fields", 1, 10) {
			i.text(at+"/fields", object{fmt.Sprint(n): f}, fmt.Sprint(n), 2000, false, true)
		}
	}
	if accessory := sub(b, "accessory"); accessory != nil {
		i.element(at+"/accessory", accessory)
	}
}

func (i *inspector) input(at string, b object) {
	i.text(at, b, "label", 2000, true, true)
	i.text(at, b, "hint", 2000, true, false)
	element := sub(b, "element")
	if element == nil {
		i.say(at, "missing required field: element")
		return
	}
	if str(element, "type") == "button" {
		i.say(at+"/element/type", "unsupported type: button")
		return
	}
	i.element(at+"/element", element)
}
