package slack

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of a response URL (docs.slack.dev, handling user interaction).
const (
	responseUses = 5
	responseLife = 30 * time.Minute
)

// responseURL is the right to write a few messages where a person acted.
type responseURL struct {
	conv   *conversation
	user   string
	source *message // of clicks: the message that was clicked
	at     time.Time
	uses   int
}

// newResponseURL makes a URL in the form of Slack's own, on this simulator's host.
func (s *Simulator) newResponseURL(kind string, conv *conversation, user string, source *message, now time.Time) string {
	s.ids.n++
	path := "/" + kind + "/" + s.opt.TeamID + "/" + strconv.FormatInt(100000000+s.ids.n, 10) + "/" + s.ids.secretPart()
	s.responses[path] = &responseURL{conv: conv, user: user, source: source, at: now}
	base := s.base
	if base == "" {
		base = "http://127.0.0.1"
	}
	return base + path
}

// serveResponseURL takes what the app sends to a response URL. The refusals' form is from memory.
func (s *Simulator) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "request_timeout", http.StatusBadRequest)
		return
	}
	if s.isDown() {
		http.Error(w, "service unavailable", http.StatusServiceUnavailable)
		return
	}
	status, code := s.respond(r.URL.Path, raw)
	if code == "" {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "ok")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(object{"ok": false, "error": code})) // the client may be gone
}

// respond applies one use of a response URL.
func (s *Simulator) respond(path string, raw []byte) (status int, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var o object
	if err := decode(raw, &o); err != nil {
		return http.StatusBadRequest, "invalid_payload"
	}
	u := s.responses[path]
	switch {
	case u == nil:
		return http.StatusNotFound, "no_such_url"
	case s.now().Sub(u.at) > responseLife:
		return http.StatusNotFound, "expired_url"
	case u.uses >= responseUses:
		return http.StatusNotFound, "used_url"
	}
	if code := s.respondWith(u.conv, u.user, u.source, o); code != "" {
		return http.StatusBadRequest, code
	}
	u.uses++
	s.changes++
	return http.StatusOK, ""
}

// respondWith applies a response: it deletes or replaces the message that was clicked, or writes a new one, which only
// the person sees unless response_type says in_channel.
func (s *Simulator) respondWith(conv *conversation, user string, source *message, o object) string {
	a := args(o)
	var blocks []object
	if a.has("blocks") {
		v, _ := a.value("blocks")
		read, refused := s.readBlocks(v, maxMessageBlocks)
		if refused != nil {
			return refused.err
		}
		blocks = read
	}
	now := s.now()
	text := a.text("text")
	switch {
	case a.flag("delete_original") && source != nil:
		source.deleted = true
		return ""
	case strings.TrimSpace(text) == "" && len(blocks) == 0:
		return "no_text"
	case a.flag("replace_original") && source != nil:
		if source.deleted {
			return "message_not_found"
		}
		source.text, source.blocks = text, blocks
		source.edits++
		source.editedTS = formatTS(now.Unix() * 1e6)
		return ""
	}
	m := &message{ts: s.ids.ts(now), threadTS: a.text("thread_ts"), author: s.botUser, text: text, blocks: blocks, at: now}
	if a.text("response_type") != "in_channel" {
		m.ephemeral = user
	}
	conv.add(m)
	return ""
}
