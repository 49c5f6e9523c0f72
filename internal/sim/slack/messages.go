package slack

import (
	"encoding/json"
	"fmt"
	"time"
)

// message is what the app, or a person, wrote into a conversation.
type message struct {
	ts        string
	threadTS  string
	author    string // user id
	text      string
	blocks    []object
	metadata  any
	edits     int
	editedTS  string
	deleted   bool
	ephemeral string // of ephemeral messages: who sees it
	at        time.Time
	// chosen holds what people picked in selects of the message, by user, block and action.
	chosen map[string]map[string]map[string]object
}

// Message is a copy of a message as it is now.
type Message struct {
	Channel  string
	TS       string
	ThreadTS string
	// Author is a user id: the app's bot, or a person.
	Author string
	Text   string
	// Blocks is the JSON list of blocks, with the block ids Slack filled in; nil without blocks.
	Blocks json.RawMessage
	// Metadata is the JSON of the message's metadata; nil without.
	Metadata json.RawMessage
	// Elements are what can be clicked or filled in.
	Elements []Element
	// Edits counts the changes through chat.update and response URLs.
	Edits     int
	Deleted   bool
	Ephemeral bool
	At        time.Time
}

// Element is a button, select or input of a message or form.
type Element struct {
	Type     string
	BlockID  string
	ActionID string
	// Label is the text on a button or over an input.
	Label string
	Value string
	// Options are the values a select offers.
	Options []string
}

// Shown is all text that a reader of the message sees: that of its blocks, or its plain text when it has none.
func (m Message) Shown() string {
	var blocks []object
	if len(m.Blocks) == 0 || decode(m.Blocks, &blocks) != nil || len(blocks) == 0 {
		return m.Text
	}
	return textOf(blocks)
}

// Element finds an element by its action id.
func (m Message) Element(actionID string) (Element, bool) {
	for _, e := range m.Elements {
		if e.ActionID == actionID {
			return e, true
		}
	}
	return Element{}, false
}

func (c *conversation) copyOf(m *message) Message {
	out := Message{
		Channel: c.id, TS: m.ts, ThreadTS: m.threadTS, Author: m.author, Text: m.text, Elements: elementsOf(m.blocks),
		Edits: m.edits, Deleted: m.deleted, Ephemeral: m.ephemeral != "", At: m.at,
	}
	if len(m.blocks) > 0 {
		out.Blocks = encode(m.blocks)
	}
	if m.metadata != nil {
		out.Metadata = encode(m.metadata)
	}
	return out
}

// add puts a new message into the conversation.
func (c *conversation) add(m *message) {
	if m.ephemeral != "" {
		c.ephemerals = append(c.ephemerals, m)
		return
	}
	c.messages = append(c.messages, m)
	c.byTS[m.ts] = m
}

// find finds a message that a person sees: one of the conversation, or an ephemeral one of theirs.
func (c *conversation) find(ts, user string) *message {
	if m := c.byTS[ts]; m != nil && !m.deleted {
		return m
	}
	for _, m := range c.ephemerals {
		if m.ts == ts && m.ephemeral == user && !m.deleted {
			return m
		}
	}
	return nil
}

// wire is a message as methods and payloads show it.
func (s *Simulator) wire(m *message, metadata bool) object {
	o := object{"type": "message", "user": m.author, "text": m.text, "ts": m.ts, "team": s.opt.TeamID}
	if m.author == s.botUser {
		o["bot_id"], o["app_id"] = s.botID, s.opt.AppID
	}
	if len(m.blocks) > 0 {
		o["blocks"] = m.blocks
	}
	if m.threadTS != "" {
		o["thread_ts"] = m.threadTS
	}
	if m.editedTS != "" {
		o["edited"] = object{"user": m.author, "ts": m.editedTS}
	}
	if metadata && m.metadata != nil {
		o["metadata"] = m.metadata
	}
	return o
}

// Messages lists what a person sees in their direct messages with the app, threads included, oldest first.
func (s *Simulator) Messages(user string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dms[user].visible()
}

// ChannelMessages lists what the members of a conversation see, threads included, oldest first.
func (s *Simulator) ChannelMessages(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conversations[channel].visible()
}

func (c *conversation) visible() []Message {
	if c == nil {
		return nil
	}
	var out []Message
	for _, m := range c.messages {
		if !m.deleted {
			out = append(out, c.copyOf(m))
		}
	}
	return out
}

// Message gives one message, also when it was deleted.
func (s *Simulator) Message(channel, ts string) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	conv := s.conversations[channel]
	if conv == nil || conv.byTS[ts] == nil {
		return Message{}, false
	}
	return conv.copyOf(conv.byTS[ts]), true
}

// Ephemerals lists the messages that only this person sees, in all conversations, oldest first within each.
func (s *Simulator) Ephemerals(user string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	for _, id := range s.convOrder {
		conv := s.conversations[id]
		for _, m := range conv.ephemerals {
			if m.ephemeral == user && !m.deleted {
				out = append(out, conv.copyOf(m))
			}
		}
	}
	return out
}

// DeleteMessage deletes a message, as a person or an administrator would.
func (s *Simulator) DeleteMessage(channel, ts string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	conv := s.conversations[channel]
	if conv == nil || conv.byTS[ts] == nil || conv.byTS[ts].deleted {
		return fmt.Errorf("no message %s in %s: %w", ts, channel, ErrRefused)
	}
	conv.byTS[ts].deleted = true
	s.changes++
	return nil
}

// Say writes a person's own message into a conversation.
func (s *Simulator) Say(user, channel, text string) (ts string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	conv := s.conversations[channel]
	if conv == nil || !conv.sees(user) || conv.archived {
		return "", fmt.Errorf("%s cannot write in %s: %w", user, channel, ErrRefused)
	}
	now := s.now()
	m := &message{ts: s.ids.ts(now), author: user, text: text, at: now}
	conv.add(m)
	return m.ts, nil
}
