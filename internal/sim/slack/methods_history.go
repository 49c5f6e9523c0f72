package slack

import (
	"encoding/base64"
	"slices"
)

// readable finds a conversation whose messages the app may read.
func (s *Simulator) readable(c *call) (*conversation, *answer) {
	refuse := func(a answer) (*conversation, *answer) { return nil, &a }
	conv := s.conversations[c.args.text("channel")]
	if conv == nil {
		return refuse(failed("channel_not_found"))
	}
	if scope := conv.historyScope(); !s.hasScope(scope) {
		return refuse(s.missingScope(scope))
	}
	if !conv.hasApp {
		return refuse(failed("not_in_channel"))
	}
	return conv, nil
}

// history lists the messages of a conversation, newest first, without the replies in threads.
func (s *Simulator) history(c *call) answer {
	conv, refused := s.readable(c)
	if refused != nil {
		return *refused
	}
	var found []*message
	for _, m := range conv.messages {
		if m.threadTS == "" || m.threadTS == m.ts {
			found = append(found, m)
		}
	}
	slices.Reverse(found)
	return s.pageOf(c, found)
}

// replies lists a thread: the message it hangs on, then the replies, oldest first.
func (s *Simulator) replies(c *call) answer {
	conv, refused := s.readable(c)
	if refused != nil {
		return *refused
	}
	root := conv.byTS[c.args.text("ts")]
	if root == nil || root.deleted {
		return failed("thread_not_found")
	}
	found := []*message{root}
	for _, m := range conv.messages {
		if m.threadTS == root.ts && m != root {
			found = append(found, m)
		}
	}
	return s.pageOf(c, found)
}

// pageOf cuts a page out. History has 100 messages a page and at most 999; 15 of either where it is limited.
func (s *Simulator) pageOf(c *call, found []*message) answer {
	most, usual := 999, 100
	if s.opt.Switches.HistoryLimited {
		most, usual = 15, 15
	}
	limit := c.args.number("limit", usual)
	if limit < 1 || limit > 999 {
		return failed("invalid_limit")
	}
	limit = min(limit, most)
	after, ok := readCursor(c.args.text("cursor"))
	if !ok {
		return failed("invalid_cursor")
	}
	out := []object{}
	more, last := false, ""
	seen := after == ""
	for _, m := range found {
		if !seen {
			seen = m.ts == after
			continue
		}
		if m.deleted || !inWindow(c.args, m.ts) {
			continue
		}
		if len(out) == limit {
			more = true
			break
		}
		out, last = append(out, s.wire(m, c.args.flag("include_all_metadata"))), m.ts
	}
	body := object{"messages": out, "has_more": more}
	if more {
		body["response_metadata"] = object{"next_cursor": base64.StdEncoding.EncodeToString([]byte("next_ts:" + last))}
	}
	return success(body)
}

func readCursor(cursor string) (after string, ok bool) {
	if cursor == "" {
		return "", true
	}
	raw, err := base64.StdEncoding.DecodeString(cursor)
	if err != nil || len(raw) < len("next_ts:") {
		return "", false
	}
	return string(raw[len("next_ts:"):]), true
}

// inWindow applies oldest and latest, which leave out their own moment unless inclusive says otherwise. Timestamps have
// equal lengths, so that text order is time order.
func inWindow(a args, ts string) bool {
	oldest, latest := a.text("oldest"), a.text("latest")
	if a.flag("inclusive") {
		return (oldest == "" || ts >= oldest) && (latest == "" || ts <= latest)
	}
	return (oldest == "" || ts > oldest) && (latest == "" || ts < latest)
}
