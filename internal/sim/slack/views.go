package slack

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of forms (methods: views.open, views.push; blocks).
const (
	largestView = 250 << 10
	deepestView = 3
)

// view is one form a person has open.
type view struct {
	id       string
	user     string
	fields   object // as the app sent it, with block ids filled in
	blocks   []object
	hash     string
	root     string
	previous string
	errors   map[string]string // by block id: what response_action errors said
	values   map[string]string // what the person typed before the errors came, by block id
	at       time.Time
}

// View is a copy of an open form.
type View struct {
	ID              string
	User            string
	CallbackID      string
	ExternalID      string
	Title           string
	PrivateMetadata string
	Blocks          json.RawMessage
	Elements        []Element
	// Errors are what the app's answer to the last submission complained of, by block id.
	Errors map[string]string
	// Shown is all text of the form.
	Shown string
}

// Views lists the forms a person has open, the one on top last.
func (s *Simulator) Views(user string) []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []View
	for _, v := range s.viewStacks[user] {
		errs := map[string]string{}
		for id, text := range v.errors {
			errs[id] = text
		}
		title := str(sub(v.fields, "title"), "text")
		out = append(out, View{ID: v.id, User: v.user, CallbackID: str(v.fields, "callback_id"), ExternalID: str(v.fields, "external_id"),
			Title: title, PrivateMetadata: str(v.fields, "private_metadata"), Blocks: encode(v.blocks), Elements: elementsOf(v.blocks),
			Errors: errs, Shown: title + "\n" + textOf(v.blocks)})
	}
	return out
}

// readView checks a view that was sent.
func (s *Simulator) readView(raw any) (fields object, blocks []object, refused *answer) {
	refuse := func(a answer) (object, []object, *answer) { return nil, nil, &a }
	fields, ok := raw.(object)
	if !ok || fields == nil {
		return refuse(failed("invalid_arguments"))
	}
	if len(encode(fields)) > largestView {
		return refuse(failed("view_too_large"))
	}
	i := &inspector{}
	if kind := str(fields, "type"); kind != "modal" {
		i.say("/view/type", "must be modal")
	}
	i.text("/view", fields, "title", 24, true, true)
	i.text("/view", fields, "submit", 24, true, false)
	i.text("/view", fields, "close", 24, true, false)
	i.short("/view", fields, "callback_id", 255)
	i.short("/view", fields, "external_id", 255)
	i.short("/view", fields, "private_metadata", 3000)
	blocks, bad := s.readBlocks(fields["blocks"], maxViewBlocks)
	if bad != nil && bad.body == nil {
		return nil, nil, bad
	}
	if bad != nil {
		said, _ := bad.body["errors"].([]string)
		for _, p := range said {
			i.problems = append(i.problems, strings.Replace(p, "json-pointer:/blocks", "json-pointer:/view/blocks", 1))
		}
	} else if sub(fields, "submit") == nil && hasInput(blocks) {
		i.say("/view", "missing required field: submit")
	}
	if len(i.problems) > 0 {
		return refuse(i.answer("invalid_arguments"))
	}
	delete(fields, "blocks")
	return fields, blocks, nil
}

func hasInput(blocks []object) bool {
	for _, b := range blocks {
		if str(b, "type") == "input" {
			return true
		}
	}
	return false
}

func (s *Simulator) openView(c *call) answer { return s.showView(c, false) }

// pushView puts a form on top of the one a person has open.
func (s *Simulator) pushView(c *call) answer { return s.showView(c, true) }

func (s *Simulator) showView(c *call, push bool) answer {
	raw, _ := c.args.value("view")
	fields, blocks, refused := s.readView(raw)
	if refused != nil {
		return *refused
	}
	if s.externalTaken(str(fields, "external_id"), nil) {
		return failed("duplicate_external_id")
	}
	t, code := s.useTrigger(c.args.text("trigger_id"), c.now)
	if code != "" {
		return failed(code)
	}
	if push && len(s.viewStacks[t.user]) == 0 {
		return failed("not_found")
	}
	if push && len(s.viewStacks[t.user]) >= deepestView {
		return failed("push_limit_reached")
	}
	v := s.addView(t.user, fields, blocks, c.now, push)
	return success(object{"view": s.viewObject(v, nil)})
}

// addView shows a form: on top of the open ones, or instead of them.
func (s *Simulator) addView(user string, fields object, blocks []object, now time.Time, push bool) *view {
	v := &view{id: s.ids.next("V"), user: user, fields: fields, blocks: blocks, at: now}
	v.hash = s.newHash(now)
	v.root = v.id
	if !push {
		for _, old := range s.viewStacks[user] {
			delete(s.views, old.id)
		}
		s.viewStacks[user] = nil
	}
	if stack := s.viewStacks[user]; len(stack) > 0 {
		v.root, v.previous = stack[0].id, stack[len(stack)-1].id
	}
	s.views[v.id] = v
	s.viewStacks[user] = append(s.viewStacks[user], v)
	return v
}

func (s *Simulator) newHash(now time.Time) string {
	return formatTS(now.UnixMicro())[:10] + "." + s.ids.secretPart()[:8]
}

func (s *Simulator) externalTaken(external string, except *view) bool {
	for _, v := range s.views {
		if external != "" && v != except && str(v.fields, "external_id") == external {
			return true
		}
	}
	return false
}

// updateView replaces a form's content, found by view_id or external_id. A hash that is not the form's guards against a
// race.
func (s *Simulator) updateView(c *call) answer {
	raw, _ := c.args.value("view")
	fields, blocks, refused := s.readView(raw)
	if refused != nil {
		return *refused
	}
	v := s.views[c.args.text("view_id")]
	if external := c.args.text("external_id"); v == nil && external != "" {
		for _, open := range s.views {
			if str(open.fields, "external_id") == external {
				v = open
			}
		}
	}
	switch {
	case v == nil:
		return failed("not_found")
	case c.args.has("hash") && c.args.text("hash") != v.hash:
		return failed("hash_conflict")
	case s.externalTaken(str(fields, "external_id"), v):
		return failed("duplicate_external_id")
	}
	s.replaceView(v, fields, blocks, c.now)
	return success(object{"view": s.viewObject(v, nil)})
}

func (s *Simulator) replaceView(v *view, fields object, blocks []object, now time.Time) {
	v.fields, v.blocks, v.errors, v.hash = fields, blocks, nil, s.newHash(now)
}

// viewObject is a form as methods and payloads show it, with what the person put in.
func (s *Simulator) viewObject(v *view, values map[string]map[string]object) object {
	if values == nil {
		values = map[string]map[string]object{}
	}
	o := object{"callback_id": "", "external_id": "", "private_metadata": "", "clear_on_close": false, "notify_on_close": false,
		"close": nil, "submit": nil}
	for name, field := range v.fields {
		o[name] = field
	}
	o["id"], o["team_id"], o["blocks"], o["hash"] = v.id, s.opt.TeamID, v.blocks, v.hash
	o["state"] = object{"values": values}
	o["root_view_id"], o["previous_view_id"] = v.root, nil
	if v.previous != "" {
		o["previous_view_id"] = v.previous
	}
	o["app_id"], o["bot_id"], o["app_installed_team_id"] = s.opt.AppID, s.botID, s.opt.TeamID
	return o
}

// dropView closes a form and leaves those below it open.
func (s *Simulator) dropView(v *view) {
	stack := s.viewStacks[v.user]
	for n, open := range stack {
		if open == v {
			for _, gone := range stack[n:] {
				delete(s.views, gone.id)
			}
			s.viewStacks[v.user] = stack[:n:n]
			return
		}
	}
}

func (s *Simulator) dropViews(user string) {
	for _, v := range s.viewStacks[user] {
		delete(s.views, v.id)
	}
	delete(s.viewStacks, user)
}

func characters(text string) int { return utf8.RuneCountInString(text) }
