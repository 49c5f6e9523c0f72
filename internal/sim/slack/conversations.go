package slack

import (
	"fmt"
	"slices"
)

// Channel is a channel of the workspace.
type Channel struct {
	ID      string
	Name    string
	Private bool
	// Members are people; HasApp says whether the app's bot is one too.
	Members  []string
	HasApp   bool
	Archived bool
}

// conversation is a channel or the direct messages between the app and one person.
type conversation struct {
	id         string
	name       string
	user       string // of direct messages: the person
	private    bool
	members    []string
	hasApp     bool
	archived   bool
	messages   []*message
	byTS       map[string]*message
	ephemerals []*message
}

// sees says whether a person is in the conversation.
func (c *conversation) sees(user string) bool {
	return c.user == user || slices.Contains(c.members, user)
}

// hasThread says whether a message can be replied to. A deleted one keeps the thread it had; without one it is gone
// (slackapi/bolt-js#2307; the first half from memory).
func (c *conversation) hasThread(ts string) bool {
	root := c.byTS[ts]
	if root == nil || !root.deleted {
		return root != nil
	}
	return slices.ContainsFunc(c.messages, func(m *message) bool { return m.threadTS == ts && !m.deleted })
}

// title is the name that payloads carry.
func (c *conversation) title() string {
	switch {
	case c.user != "":
		return "directmessage"
	case c.private:
		return "privategroup"
	}
	return c.name
}

// historyScope is the scope that reading the conversation takes.
func (c *conversation) historyScope() string {
	switch {
	case c.user != "":
		return "im:history"
	case c.private:
		return "groups:history"
	}
	return "channels:history"
}

// AddChannel adds a channel and gives its id. An id that exists keeps its messages.
func (s *Simulator) AddChannel(ch Channel) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ch.ID == "" {
		ch.ID = s.ids.next("C")
	}
	if ch.Name == "" {
		ch.Name = ch.ID
	}
	conv := s.conversations[ch.ID]
	if conv == nil {
		conv = s.newConversation(ch.ID)
	}
	conv.name, conv.private, conv.hasApp, conv.archived = ch.Name, ch.Private, ch.HasApp, ch.Archived
	conv.members = slices.Clone(ch.Members)
	s.changes++
	return ch.ID
}

func (s *Simulator) newConversation(id string) *conversation {
	conv := &conversation{id: id, byTS: map[string]*message{}}
	s.conversations[id] = conv
	s.convOrder = append(s.convOrder, id)
	return conv
}

// Archive archives a channel: nothing can be posted, changed or clicked there from now on.
func (s *Simulator) Archive(channel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	conv := s.conversations[channel]
	if conv == nil || conv.user != "" {
		return fmt.Errorf("no channel %s: add it first: %w", channel, ErrRefused)
	}
	conv.archived = true
	s.changes++
	return nil
}

// RemoveApp takes the app's bot out of a channel.
func (s *Simulator) RemoveApp(channel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	conv := s.conversations[channel]
	if conv == nil || conv.user != "" {
		return fmt.Errorf("no channel %s: add it first: %w", channel, ErrRefused)
	}
	conv.hasApp = false
	return nil
}

// dm finds or opens the direct messages with a person.
func (s *Simulator) dm(user string) (conv *conversation, opened bool) {
	if conv = s.dms[user]; conv != nil {
		return conv, false
	}
	conv = s.newConversation(s.ids.next("D"))
	conv.user, conv.hasApp = user, true
	s.dms[user] = conv
	return conv, true
}

// DM gives the id of the direct messages between the app and a person; empty before they were opened.
func (s *Simulator) DM(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if conv := s.dms[user]; conv != nil {
		return conv.id
	}
	return ""
}
