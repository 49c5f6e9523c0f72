package slack

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Command types a slash command as a person: "/handover" and the text after it. The app's answer, if it has one, is
// shown in the conversation. channel may be empty: the direct messages with the app.
func (s *Simulator) Command(ctx context.Context, user, channel, command, text string) (Reply, error) {
	s.mu.Lock()
	in, conv, err := s.commanded(user, channel, command, text)
	s.mu.Unlock()
	if err != nil {
		return Reply{}, fmt.Errorf("command %s: %w", command, err)
	}
	reply, err := s.deliver(ctx, in)
	switch {
	case err != nil:
		reply.Shown = command + " failed with the error \"dispatch_failed\""
	case reply.Late:
		reply.Shown = command + " failed with the error \"operation_timeout\""
	case !reply.OK():
		reply.Shown = command + " failed with the error \"http_service_error\""
	default:
		reply.Shown = s.applyCommandAnswer(conv, user, command, reply.Body)
	}
	if reply.Shown != "" {
		s.notify(user, conv.id, reply.Shown)
	}
	return reply, err
}

// commanded makes the form fields of a slash command.
func (s *Simulator) commanded(user, channel, command, text string) (interaction, *conversation, error) {
	u, err := s.person(user)
	if err != nil {
		return interaction{}, nil, err
	}
	if !strings.HasPrefix(command, "/") {
		return interaction{}, nil, fmt.Errorf("%q does not begin with a slash: %w", command, ErrRefused)
	}
	conv := s.conversations[channel]
	if channel == "" {
		conv, _ = s.dm(u.ID)
	}
	if conv == nil || !conv.sees(u.ID) || conv.archived {
		return interaction{}, nil, fmt.Errorf("%s cannot type in conversation %q: %w", user, channel, ErrRefused)
	}
	if s.opt.ShouldEscape {
		text = s.escape(text)
	}
	now := s.now()
	trigger := s.newTrigger(u.ID, now)
	respond := s.newResponseURL("commands", conv, u.ID, nil, now)
	form := url.Values{
		"token": {verificationToken}, "team_id": {s.opt.TeamID}, "team_domain": {s.opt.TeamDomain}, "channel_id": {conv.id},
		"channel_name": {conv.title()}, "user_id": {u.ID}, "user_name": {u.Name}, "command": {command}, "text": {text},
		"api_app_id": {s.opt.AppID}, "is_enterprise_install": {strconv.FormatBool(s.opt.Switches.OrgInstall)},
		"response_url": {respond}, "trigger_id": {trigger},
	}
	if s.opt.EnterpriseID != "" {
		form.Set("enterprise_id", s.opt.EnterpriseID)
		form.Set("enterprise_name", "Example Enterprise")
	}
	return interaction{command: form, trigger: trigger, respond: respond}, conv, nil
}

// escape does what should_escape asks for: @name becomes <@U…|name>, #name becomes <#C…|name>. People are found by their
// handle or their full name, as Slack's own completion does; names nobody has stay.
func (s *Simulator) escape(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		id, name := "", ""
		if i == 0 || text[i-1] == ' ' {
			id, name = s.mentioned(text[i:])
		}
		if id == "" {
			out.WriteByte(text[i])
			i++
			continue
		}
		out.WriteString("<" + text[i:i+1] + id + "|" + name + ">")
		i += 1 + len(name)
	}
	return out.String()
}

// mentioned finds the longest name that a text begins with, after its mark.
func (s *Simulator) mentioned(text string) (id, name string) {
	take := func(candidate, known string) {
		rest := text[1:]
		if len(known) <= len(name) || len(rest) < len(known) || !strings.EqualFold(rest[:len(known)], known) {
			return
		}
		if after, _ := utf8.DecodeRuneInString(rest[len(known):]); len(rest) == len(known) || !unicode.IsLetter(after) && !unicode.IsDigit(after) {
			id, name = candidate, rest[:len(known)]
		}
	}
	switch text[0] {
	case '@':
		for _, u := range s.userOrder {
			take(u, s.users[u].Name)
			take(u, s.users[u].RealName)
		}
	case '#':
		for _, c := range s.convOrder {
			if s.conversations[c].user == "" {
				take(c, s.conversations[c].name)
			}
		}
	}
	return id, name
}

// applyCommandAnswer shows what the app answered to a command: text, or JSON with response_type. It says what Slack
// shows when the answer is of no use.
func (s *Simulator) applyCommandAnswer(conv *conversation, user, command string, body []byte) string {
	text := strings.TrimSpace(string(body))
	if text == "" {
		return ""
	}
	var o object
	if !strings.HasPrefix(text, "{") {
		o = object{"text": text}
	} else if err := decode(body, &o); err != nil {
		return command + " failed with the error \"http_response_invalid\""
	}
	if len(o) == 0 {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if code := s.respondWith(conv, user, nil, o); code != "" {
		return command + " failed with the error \"" + code + "\""
	}
	return ""
}

// notice is something Slack itself told a person.
type notice struct {
	channel string
	text    string
	ts      string
}

func (s *Simulator) notify(user, channel, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notices[user] = append(s.notices[user], notice{channel, text, s.ids.ts(s.now())})
}
