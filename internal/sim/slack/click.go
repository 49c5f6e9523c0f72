package slack

import (
	"context"
	"fmt"
	"maps"
)

// Click is a click on a button, or a choice in a select, of a message or an open form.
type Click struct {
	User string
	// Channel and TS name the message; View names a form instead.
	Channel string
	TS      string
	View    string
	// ActionID finds the element; BlockID is needed only where several have the same action id.
	ActionID string
	BlockID  string
	// Value is what is picked in a select; several are separated by commas. Buttons have a value of their own.
	Value string
}

// Click does what a person does, if they can: they must be in the conversation, and the button must still be there.
// Confirmation dialogs are answered with yes. The error is ErrRefused when nothing was sent, ErrDelivery when the app
// gave no answer.
func (s *Simulator) Click(ctx context.Context, click Click) (Reply, error) {
	s.mu.Lock()
	in, err := s.clicked(click)
	s.mu.Unlock()
	if err != nil {
		return Reply{}, fmt.Errorf("click %s: %w", click.ActionID, err)
	}
	reply, err := s.deliver(ctx, in)
	if err != nil || !reply.OK() {
		reply.Shown = "This action could not be completed: the app did not respond."
		s.notify(click.User, click.Channel, reply.Shown)
	}
	return reply, err
}

// clicked finds the element and makes the payload.
func (s *Simulator) clicked(click Click) (interaction, error) {
	u, err := s.person(click.User)
	if err != nil {
		return interaction{}, err
	}
	p := s.payload("block_actions", u)
	now := s.now()
	var blocks []object
	var respond string
	var chosen map[string]map[string]object
	if click.View != "" {
		v := s.views[click.View]
		if v == nil || v.user != u.ID {
			return interaction{}, fmt.Errorf("%s has no form %s open: %w", u.ID, click.View, ErrRefused)
		}
		blocks = v.blocks
		p["view"] = s.viewObject(v, nil)
		p["container"] = object{"type": "view", "view_id": v.id}
		chosen = map[string]map[string]object{}
	} else {
		conv, m, err := s.seen(u, click.Channel, click.TS)
		if err != nil {
			return interaction{}, err
		}
		blocks, chosen = m.blocks, s.choicesOf(m, u.ID)
		respond = s.newResponseURL("actions", conv, u.ID, m, now)
		s.fillMessagePayload(p, conv, m)
		p["response_url"] = respond
	}
	found, ok := findElement(blocks, click.BlockID, click.ActionID)
	if !ok {
		return interaction{}, fmt.Errorf("no element with action id %q is there (any more): %w", click.ActionID, ErrRefused)
	}
	action, err := s.actionOf(found, click.Value, chosen)
	if err != nil {
		return interaction{}, err
	}
	action["action_ts"] = s.actionTS(now)
	trigger := s.newTrigger(u.ID, now)
	p["trigger_id"], p["actions"] = trigger, []object{action}
	if click.View == "" {
		p["state"] = object{"values": copyJSON(chosen)}
	}
	return interaction{payload: p, trigger: trigger, respond: respond}, nil
}

// seen finds a message that a person sees and can click in.
func (s *Simulator) seen(u *User, channel, ts string) (*conversation, *message, error) {
	conv := s.conversations[channel]
	switch {
	case conv == nil || !conv.sees(u.ID):
		return nil, nil, fmt.Errorf("%s is not in conversation %q: %w", u.ID, channel, ErrRefused)
	case conv.archived:
		return nil, nil, fmt.Errorf("conversation %s is archived: %w", channel, ErrRefused)
	}
	m := conv.find(ts, u.ID)
	if m == nil {
		return nil, nil, fmt.Errorf("%s sees no message %s in %s: %w", u.ID, ts, channel, ErrRefused)
	}
	return conv, m, nil
}

// fillMessagePayload adds where the click was.
func (s *Simulator) fillMessagePayload(p object, conv *conversation, m *message) {
	container := object{"type": "message", "message_ts": m.ts, "channel_id": conv.id, "is_ephemeral": m.ephemeral != ""}
	if m.threadTS != "" {
		container["thread_ts"] = m.threadTS
	}
	p["container"] = container
	p["channel"] = object{"id": conv.id, "name": conv.title()}
	if m.ephemeral == "" || s.opt.Switches.EphemeralMessageInPayload {
		p["message"] = s.wire(m, true)
	}
}

// choicesOf is what a person has picked in a message so far, by block and action.
func (s *Simulator) choicesOf(m *message, user string) map[string]map[string]object {
	if m.chosen == nil {
		m.chosen = map[string]map[string]map[string]object{}
	}
	if m.chosen[user] == nil {
		m.chosen[user] = map[string]map[string]object{}
	}
	for _, p := range elementsIn(m.blocks) {
		block, action := str(p.block, "block_id"), str(p.element, "action_id")
		if !keepsState(p.element) || m.chosen[user][block][action] != nil {
			continue
		}
		if state, err := stateOf(p.element, initialInput(p.element)); err == nil {
			put(m.chosen[user], block, action, state)
		}
	}
	return m.chosen[user]
}

func put(values map[string]map[string]object, block, action string, state object) {
	if values[block] == nil {
		values[block] = map[string]object{}
	}
	values[block][action] = state
}

// actionOf is the entry of actions, and remembers a choice.
func (s *Simulator) actionOf(found placed, value string, chosen map[string]map[string]object) (object, error) {
	e, block, id := found.element, str(found.block, "block_id"), str(found.element, "action_id")
	action := object{"type": str(e, "type"), "block_id": block, "action_id": id}
	if str(e, "type") == "button" {
		for _, name := range []string{"text", "value", "style", "url"} {
			if e[name] != nil {
				action[name] = e[name]
			}
		}
		return action, nil
	}
	if value == "" {
		return nil, fmt.Errorf("element %q needs a value: set Click.Value: %w", id, ErrRefused)
	}
	state, err := stateOf(e, value)
	if err != nil {
		return nil, err
	}
	if keepsState(e) {
		put(chosen, block, id, state)
	}
	maps.Copy(action, state)
	if e["placeholder"] != nil {
		action["placeholder"] = e["placeholder"]
	}
	return action, nil
}
