package slack

import (
	"strings"
	"unicode/utf8"
)

// Longest texts: chat.postMessage cuts at 40,000 characters, chat.update refuses above 4,000 (methods).
const (
	longestPost   = 40000
	longestUpdate = 4000
)

// place finds where a message goes: a channel, direct messages, or a person, whose direct messages are opened then.
// The second value is the error code.
func (s *Simulator) place(id string) (*conversation, string) {
	if u := s.users[id]; u != nil {
		if u.Hidden || u.IsBot == Yes {
			return nil, "channel_not_found"
		}
		if refused := s.opt.Switches.DeletedRefused; u.deleted() && refused != "" {
			return nil, refused
		}
		conv, _ := s.dm(u.ID)
		return conv, ""
	}
	conv := s.conversations[id]
	if conv == nil {
		return nil, "channel_not_found"
	}
	if u := s.users[conv.user]; u != nil && u.deleted() && s.opt.Switches.DeletedRefused != "" {
		return nil, s.opt.Switches.DeletedRefused
	}
	return conv, ""
}

// writable finds a place the app may write to.
func (s *Simulator) writable(id string) (*conversation, string) {
	conv, code := s.place(id)
	switch {
	case code != "":
		return nil, code
	case conv.private && !conv.hasApp:
		return nil, "channel_not_found"
	case !conv.hasApp:
		return nil, "not_in_channel"
	case conv.archived:
		return nil, "is_archived"
	case conv.user != "" && s.opt.Switches.MessagesTabDisabled:
		return nil, "messages_tab_disabled"
	}
	return conv, ""
}

// content reads text and blocks. absent says that no blocks were sent at all.
func (s *Simulator) content(c *call) (text string, blocks []object, absent bool, refused *answer) {
	text = c.args.text("text")
	if !c.args.has("blocks") {
		return text, nil, true, nil
	}
	v, ok := c.args.value("blocks")
	if !ok {
		a := failed("invalid_blocks_format")
		return text, nil, false, &a
	}
	blocks, refused = s.readBlocks(v, maxMessageBlocks)
	return text, blocks, false, refused
}

func (s *Simulator) postMessage(c *call) answer {
	text, blocks, _, refused := s.content(c)
	if refused != nil {
		return *refused
	}
	conv, code := s.writable(c.args.text("channel"))
	if code != "" {
		return failed(code)
	}
	if strings.TrimSpace(text) == "" && len(blocks) == 0 {
		return failed("no_text")
	}
	m := &message{author: s.botUser, text: cut(text, longestPost), blocks: blocks, at: c.now}
	if thread := c.args.text("thread_ts"); thread != "" {
		if !conv.hasThread(thread) {
			return failed("thread_not_found")
		}
		m.threadTS = thread
	}
	if c.args.has("metadata") {
		meta, ok := c.args.value("metadata")
		if o, isObject := meta.(object); !ok || !isObject || str(o, "event_type") == "" || sub(o, "event_payload") == nil {
			return failed("invalid_metadata_format")
		}
		m.metadata = meta
	}
	m.ts = s.ids.ts(c.now)
	conv.add(m)
	return success(object{"channel": conv.id, "ts": m.ts, "message": s.wire(m, true)})
}

func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

// own finds one of the app's messages for a change. Messages of a conversation the app has left are out of reach.
func (s *Simulator) own(c *call, foreign string) (*conversation, *message, string) {
	conv := s.conversations[c.args.text("channel")]
	switch {
	case conv == nil || !conv.hasApp:
		return nil, nil, "channel_not_found"
	case conv.archived:
		return nil, nil, "is_inactive" // methods: chat.update; posting says is_archived
	}
	m := conv.byTS[c.args.text("ts")]
	switch {
	case m == nil || m.deleted:
		return nil, nil, "message_not_found"
	case m.author != s.botUser:
		return nil, nil, foreign
	}
	return conv, m, ""
}

func (s *Simulator) updateMessage(c *call) answer {
	text, blocks, absent, refused := s.content(c)
	if refused != nil {
		return *refused
	}
	conv, m, code := s.own(c, "cant_update_message")
	window := s.opt.Switches.EditWindow
	switch {
	case code != "":
		return failed(code)
	case window > 0 && c.now.After(m.at.Add(window)):
		return failed("edit_window_closed")
	case utf8.RuneCountInString(text) > longestUpdate:
		return failed("msg_too_long")
	case text == "" && (absent || len(blocks) == 0):
		return failed("no_text")
	}
	if text != "" || !c.args.has("text") && !absent {
		m.text = text
	}
	if !absent || s.opt.Switches.UpdateDropsBlocks {
		m.blocks = blocks
	}
	if c.args.has("metadata") {
		m.metadata, _ = c.args.value("metadata")
	}
	m.edits++
	m.editedTS = formatTS(c.now.Unix() * 1e6)
	return success(object{"channel": conv.id, "ts": m.ts, "text": m.text, "message": s.wire(m, true)})
}

func (s *Simulator) deleteMessage(c *call) answer {
	conv, m, code := s.own(c, "cant_delete_message")
	if code != "" {
		return failed(code)
	}
	m.deleted = true
	return success(object{"channel": conv.id, "ts": m.ts})
}

// postEphemeral shows a message to one member of a conversation. It takes the id of the conversation; of the ids of
// people, direct messages must have been opened before (memory).
func (s *Simulator) postEphemeral(c *call) answer {
	text, blocks, _, refused := s.content(c)
	if refused != nil {
		return *refused
	}
	conv, code := s.writable(c.args.text("channel"))
	user := s.users[c.args.text("user")]
	switch {
	case code != "":
		return failed(code)
	case user == nil || user.deleted() || !conv.sees(user.ID):
		return failed("user_not_in_channel")
	case strings.TrimSpace(text) == "" && len(blocks) == 0:
		return failed("no_text")
	}
	m := &message{ts: s.ids.ts(c.now), threadTS: c.args.text("thread_ts"), author: s.botUser, text: text, blocks: blocks,
		ephemeral: user.ID, at: c.now}
	conv.add(m)
	return success(object{"message_ts": m.ts})
}

func (s *Simulator) permalink(c *call) answer {
	conv := s.conversations[c.args.text("channel")]
	if conv == nil {
		return failed("channel_not_found")
	}
	m := conv.byTS[c.args.text("message_ts")]
	if m == nil || m.deleted {
		return failed("message_not_found")
	}
	return success(object{"channel": conv.id,
		"permalink": "https://" + s.opt.TeamDomain + ".slack.com/archives/" + conv.id + "/p" + strings.Replace(m.ts, ".", "", 1)})
}
