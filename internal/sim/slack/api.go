package slack

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxBody bounds what a request may send; it is above all of Slack's own bounds.
const maxBody = 4 << 20

// method is one method of the Web API.
type method struct {
	name   string
	scopes []string
	limit  Limit
	// limitedAs groups methods for a special rule.
	limitedAs string
	// app methods take the app's token instead of the bot's.
	app bool
	do  func(*call) answer
}

// call is one admitted request.
type call struct {
	now  time.Time
	args args
}

// answer is what a method says: a body, or an error code with what Slack adds to it.
type answer struct {
	err  string
	body object
}

func failed(code string) answer       { return answer{err: code} }
func success(body object) answer      { return answer{body: body} }
func (a answer) with(o object) answer { a.body = o; return a }

// methodPost has limits of its own.
const methodPost = "chat.postMessage"

func (s *Simulator) methods() map[string]method {
	out := map[string]method{}
	for _, m := range []method{
		{name: "auth.test", limit: special, do: s.authTest},
		{name: "users.info", scopes: []string{"users:read"}, limit: tier4, do: s.usersInfo},
		{name: "users.lookupByEmail", scopes: []string{"users:read.email"}, limit: tier3, do: s.lookupByEmail},
		{name: "usergroups.users.list", scopes: []string{"usergroups:read"}, limit: tier2, do: s.groupMembers},
		{name: "conversations.open", scopes: []string{"im:write"}, limit: tier3, do: s.openConversation},
		{name: methodPost, scopes: []string{"chat:write"}, do: s.postMessage},
		{name: "chat.update", scopes: []string{"chat:write"}, limit: tier3, do: s.updateMessage},
		{name: "chat.delete", scopes: []string{"chat:write"}, limit: tier3, do: s.deleteMessage},
		{name: "chat.postEphemeral", scopes: []string{"chat:write"}, limit: tier4, do: s.postEphemeral},
		{name: "chat.getPermalink", limit: special, do: s.permalink},
		{name: "conversations.history", limit: tier3, limitedAs: "history", do: s.history},
		{name: "conversations.replies", limit: tier3, limitedAs: "history", do: s.replies},
		{name: "views.open", limit: tier4, do: s.openView},
		{name: "views.push", limit: tier4, do: s.pushView},
		{name: "views.update", limit: tier4, do: s.updateView},
		{name: "apps.connections.open", limit: tier2, app: true, do: s.openConnection},
	} {
		out[m.name] = m
	}
	return out
}

// serveAPI takes a request through the steps that every method has in common.
func (s *Simulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	s.noteHost(r)
	x := &exchange{s: s, w: w, r: r, name: r.PathValue("method"), began: s.now()}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		x.fail("request_timeout")
		return
	}
	in, token, code := readArgs(r, raw)
	if code != "" {
		x.fail(code)
		return
	}
	x.args, x.token = in, token
	x.run()
}

// perform checks the token, the limits and the scopes, and runs the method. Callers hold the lock.
func (s *Simulator) perform(name string, token string, in args) (a answer, wait time.Duration) {
	m, known := s.table[name]
	if !known {
		return failed("unknown_method"), 0
	}
	if code := s.refuseToken(token, m.app); code != "" {
		return failed(code), 0
	}
	c := &call{now: s.now(), args: in}
	if wait := s.limiter.admit(c.now, s.buckets(m, c)); wait > 0 {
		return failed("ratelimited"), wait
	}
	for _, scope := range m.scopes {
		if !s.hasScope(scope) {
			return s.missingScope(scope), 0
		}
	}
	return m.do(c), 0
}

func (s *Simulator) hasScope(scope string) bool { return slices.Contains(s.opt.Scopes, scope) }

func (s *Simulator) missingScope(needed string) answer {
	return failed("missing_scope").with(object{"needed": needed, "provided": strings.Join(s.opt.Scopes, ",")})
}

// refuseToken gives the error a token gets; empty when it is good.
func (s *Simulator) refuseToken(token string, app bool) string {
	if token == "" {
		return "not_authed"
	}
	state, known := s.tokens[token]
	switch {
	case !known:
		return "invalid_auth"
	case state != "":
		return state
	case app != (token == s.opt.AppToken):
		return "not_allowed_token_type"
	}
	return ""
}

// args are a request's arguments, form-encoded or JSON.
type args map[string]any

// readArgs reads the arguments and the token: from the Authorization header, or from the member "token".
func readArgs(r *http.Request, raw []byte) (in args, token, code string) {
	in = args{}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // a missing one reads as a form
	for name, values := range r.URL.Query() {
		in[name] = values[0]
	}
	if kind == "application/json" {
		if charset := params["charset"]; charset == "" {
			in[warning] = "missing_charset"
		}
		if len(raw) > 0 {
			var body object
			if err := decode(raw, &body); err != nil {
				return nil, "", "invalid_json"
			}
			for name, v := range body {
				in[name] = v
			}
		}
	} else {
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return nil, "", "invalid_form_data"
		}
		for name, values := range form {
			in[name] = values[0]
		}
	}
	token = in.text("token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	delete(in, "token")
	return in, token, ""
}

// warning is the argument under which a warning travels to the answer.
const warning = "\x00warning"

func (a args) text(name string) string {
	switch v := a[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (a args) has(name string) bool { return a[name] != nil && a[name] != "" }

func (a args) flag(name string) bool {
	switch a.text(name) {
	case "1", "true":
		return true
	}
	return false
}

func (a args) number(name string, otherwise int) int {
	if n, err := strconv.Atoi(a.text(name)); err == nil {
		return n
	}
	return otherwise
}

// value reads a member that is JSON, or text that holds JSON.
func (a args) value(name string) (v any, ok bool) {
	text, isText := a[name].(string)
	if !isText {
		return a[name], a[name] != nil
	}
	if err := decode([]byte(text), &v); err != nil {
		return nil, false
	}
	return v, true
}
