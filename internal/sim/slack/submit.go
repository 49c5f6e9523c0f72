package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Submit fills in an open form and sends it. values holds what is put in, by block
// id, action id or both ("block/action"); what is not named
// keeps what the form came with. What Slack itself would not let through is refused.
func (s *Simulator) Submit(ctx context.Context, user, viewID string, values map[string]string) (Reply, error) {
	s.mu.Lock()
	in, v, err := s.submitted(user, viewID, values)
	s.mu.Unlock()
	if err != nil {
		return Reply{}, fmt.Errorf("submit %s: %w", viewID, err)
	}
	reply, err := s.deliver(ctx, in)
	if err != nil || !reply.OK() {
		reply.Shown = trouble
	} else {
		reply.Shown = s.applySubmission(v, reply.Body)
	}
	if reply.Shown != "" {
		s.notify(user, "", reply.Shown)
	}
	return reply, err
}

// trouble is what a form shows when the app's answer is of no use.
const trouble = "We had some trouble connecting. Try again?"

func (s *Simulator) submitted(user, viewID string, values map[string]string) (interaction, *view, error) {
	u, v, err := s.opened(user, viewID)
	if err != nil {
		return interaction{}, nil, err
	}
	if sub(v.fields, "submit") == nil && hasInput(v.blocks) {
		return interaction{}, nil, fmt.Errorf("the form has no submit button: %w", ErrRefused)
	}
	state, err := fillIn(v, values)
	if err != nil {
		return interaction{}, nil, err
	}
	now := s.now()
	p := s.payload("view_submission", u)
	trigger := s.newTrigger(u.ID, now)
	p["trigger_id"], p["view"], p["response_urls"] = trigger, s.viewObject(v, state), []object{}
	return interaction{payload: p, trigger: trigger}, v, nil
}

// opened finds a form that a person has on top.
func (s *Simulator) opened(user, viewID string) (*User, *view, error) {
	u, err := s.person(user)
	if err != nil {
		return nil, nil, err
	}
	stack := s.viewStacks[user]
	if len(stack) == 0 || stack[len(stack)-1].id != viewID {
		return nil, nil, fmt.Errorf("%s does not have form %s before them: %w", user, viewID, ErrRefused)
	}
	return u, stack[len(stack)-1], nil
}

// fillIn makes state.values and checks what Slack checks: required inputs, lengths, options.
func fillIn(v *view, values map[string]string) (map[string]map[string]object, error) {
	state := map[string]map[string]object{}
	used := map[string]bool{}
	v.values = map[string]string{}
	for _, p := range elementsIn(v.blocks) {
		if !keepsState(p.element) {
			continue
		}
		block, action := str(p.block, "block_id"), str(p.element, "action_id")
		input := initialInput(p.element)
		for _, name := range []string{action, block, block + "/" + action} {
			if given, ok := values[name]; ok {
				input, used[name] = given, true
			}
		}
		v.values[block] = input
		if err := inBounds(p, input); err != nil {
			return nil, err
		}
		entry, err := stateOf(p.element, input)
		if err != nil {
			return nil, err
		}
		put(state, block, action, entry)
	}
	for name := range values {
		if !used[name] {
			return nil, fmt.Errorf("the form has no input %q: %w", name, ErrRefused)
		}
	}
	return state, nil
}

func inBounds(p placed, input string) error {
	optional, _ := p.block["optional"].(bool)
	block := str(p.block, "block_id")
	if input == "" {
		if str(p.block, "type") == "input" && !optional {
			return fmt.Errorf("input %q must be filled in: %w", block, ErrRefused)
		}
		return nil
	}
	if least, ok := bound(p.element, "min_length"); ok && characters(input) < least {
		return fmt.Errorf("input %q must have at least %d characters: %w", block, least, ErrRefused)
	}
	if most, ok := bound(p.element, "max_length"); ok && characters(input) > most {
		return fmt.Errorf("input %q must have at most %d characters: %w", block, most, ErrRefused)
	}
	return nil
}

func bound(e object, name string) (int, bool) {
	n, ok := e[name].(json.Number)
	if !ok {
		return 0, false
	}
	v, err := n.Int64()
	return int(v), err == nil
}

// applySubmission does what the app's answer asks for: an empty one closes the form. It says what the person is shown
// when the answer is of no use.
func (s *Simulator) applySubmission(v *view, body []byte) string {
	var o object
	if text := strings.TrimSpace(string(body)); text != "" {
		if err := decode(body, &o); err != nil {
			return trouble
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.views[v.id] != v {
		return "" // closed or replaced in the meantime
	}
	switch str(o, "response_action") {
	case "":
		s.dropView(v)
	case "clear":
		s.dropViews(v.user)
	case "errors":
		return v.complain(sub(o, "errors"))
	case "update", "push":
		return s.showNext(v, o)
	default:
		return trouble
	}
	return ""
}

// complain shows errors under inputs. Ids of other blocks are no use (slack-go, NewErrorsViewSubmissionResponse).
func (v *view) complain(errors object) string {
	inputs := map[string]bool{}
	for _, b := range v.blocks {
		if str(b, "type") == "input" {
			inputs[str(b, "block_id")] = true
		}
	}
	if len(errors) == 0 {
		return trouble
	}
	said := map[string]string{}
	for id := range errors {
		if !inputs[id] || str(errors, id) == "" {
			return trouble
		}
		said[id] = str(errors, id)
	}
	v.errors = said
	return ""
}

func (s *Simulator) showNext(v *view, o object) string {
	fields, blocks, refused := s.readView(o["view"])
	if refused != nil {
		return trouble
	}
	if str(o, "response_action") == "update" {
		s.replaceView(v, fields, blocks, s.now())
		return ""
	}
	if len(s.viewStacks[v.user]) >= deepestView {
		return trouble
	}
	s.addView(v.user, fields, blocks, s.now(), true)
	return ""
}

// CloseView closes the form a person has before them. The app is told only if the form asked for it with notify_on_close;
// otherwise the Reply is empty.
func (s *Simulator) CloseView(ctx context.Context, user, viewID string) (Reply, error) {
	s.mu.Lock()
	in, err := s.closed(user, viewID)
	s.mu.Unlock()
	if err != nil {
		return Reply{}, fmt.Errorf("close %s: %w", viewID, err)
	}
	if in == nil {
		return Reply{}, nil
	}
	return s.deliver(ctx, *in)
}

func (s *Simulator) closed(user, viewID string) (*interaction, error) {
	u, v, err := s.opened(user, viewID)
	if err != nil {
		return nil, err
	}
	s.dropView(v)
	if told, _ := v.fields["notify_on_close"].(bool); !told {
		return nil, nil
	}
	p := s.payload("view_closed", u)
	p["view"], p["is_cleared"] = s.viewObject(v, nil), false
	return &interaction{payload: p}, nil
}

// Shortcut runs one of the app's global shortcuts.
func (s *Simulator) Shortcut(ctx context.Context, user, callbackID string) (Reply, error) {
	s.mu.Lock()
	u, err := s.person(user)
	if err != nil {
		s.mu.Unlock()
		return Reply{}, fmt.Errorf("shortcut %s: %w", callbackID, err)
	}
	now := s.now()
	p := s.payload("shortcut", u)
	trigger := s.newTrigger(u.ID, now)
	p["callback_id"], p["trigger_id"], p["action_ts"] = callbackID, trigger, s.actionTS(now)
	s.mu.Unlock()
	return s.deliver(ctx, interaction{payload: p, trigger: trigger})
}
