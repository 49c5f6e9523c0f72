package slackapp

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"handover/domain"
	"handover/internal/desk"
)

// defaultPause is how long a method rests when Slack refused it and did not say
// for how long.
const defaultPause = 30 * time.Second

// wrong is what an error code of Slack means here, and what to do about it.
type wrong struct {
	kind domain.FaultKind
	text string
}

const (
	badToken   = "Slack does not take the token: set SLACK_BOT_TOKEN to the one under OAuth & Permissions of the app, or install the app again"
	noSuchUser = "Slack does not know this person any more, or does not show them to the app: they can decide by CLI"
	badShape   = "Slack cannot show this: it is sent as plain text instead"
)

// codes holds the error codes of the methods used here. Sources: the error lists
// of docs.slack.dev/reference/methods/<method>.
var codes = map[string]wrong{
	"invalid_auth": {domain.FaultUnauthenticated, badToken}, "not_authed": {domain.FaultUnauthenticated, badToken},
	"token_revoked": {domain.FaultUnauthenticated, badToken}, "token_expired": {domain.FaultUnauthenticated, badToken},
	"account_inactive": {domain.FaultUnauthenticated, badToken}, "not_allowed_token_type": {domain.FaultUnauthenticated, badToken},
	"org_login_required": {domain.FaultUnauthenticated, badToken},

	"missing_scope":           {domain.FaultForbidden, "the app lacks a scope"},
	"restricted_action":       {domain.FaultForbidden, "a setting of the workspace keeps the app from posting there: ask a workspace owner to allow it"},
	"not_in_channel":          {domain.FaultForbidden, "the app is not in the channel: invite it with /invite @handover"},
	"is_archived":             {domain.FaultForbidden, "the channel is archived: name another one under slack.channel in the policy file"},
	"messages_tab_disabled":   {domain.FaultForbidden, "direct messages to the app are off: turn on the messages tab under App Home of the app"},
	"plan_upgrade_required":   {domain.FaultForbidden, "user groups need a paid plan of Slack: name people or roles in the policy file instead"},
	"ekm_access_denied":       {domain.FaultForbidden, "a setting of the workspace (key management) keeps the app out: ask a workspace owner"},
	"team_access_not_granted": {domain.FaultForbidden, "the app is not granted this workspace: ask an owner of the organisation to add it"},
	"access_denied":           {domain.FaultForbidden, "Slack denies the app access: ask a workspace owner"},
	"no_permission":           {domain.FaultForbidden, "Slack denies the app permission: install it again with the scopes of docs/slack-manifest.yaml"},

	"user_not_found": {domain.FaultNotFound, noSuchUser}, "users_not_found": {domain.FaultNotFound, "nobody in this workspace has the email: they can decide by CLI, or bind them with people[].slack in the policy file"},
	"user_not_visible": {domain.FaultNotFound, noSuchUser}, "user_disabled": {domain.FaultNotFound, noSuchUser},
	"user_not_in_channel": {domain.FaultNotFound, "the person is not in this channel any more"},
	"channel_not_found":   {domain.FaultNotFound, "Slack knows no such channel, or the app is not in it: check the id and invite the app"},
	"message_not_found":   {domain.FaultNotFound, "the message is gone"},
	"cant_update_message": {domain.FaultNotFound, "the message cannot be changed by the app any more"},
	"edit_window_closed":  {domain.FaultNotFound, "the message is too old to be changed in this workspace"},
	"thread_not_found":    {domain.FaultNotFound, "the message that this replies to is gone"},
	"no_such_subteam":     {domain.FaultNotFound, "Slack knows no such user group: check the id in the policy file"},

	"invalid_blocks": {domain.FaultInvalid, badShape}, "invalid_blocks_format": {domain.FaultInvalid, badShape},
	"msg_blocks_too_long": {domain.FaultInvalid, badShape}, "msg_too_long": {domain.FaultInvalid, badShape},
	"no_text": {domain.FaultInvalid, badShape}, "invalid_arguments": {domain.FaultInvalid, badShape},
	"view_too_large":          {domain.FaultInvalid, "the form is too large for Slack"},
	"invalid_metadata_format": {domain.FaultInvalid, badShape}, "metadata_too_large": {domain.FaultInvalid, badShape},
	"expired_trigger_id":   {domain.FaultConflict, "the click was too long ago for a form to open: click again"},
	"exchanged_trigger_id": {domain.FaultConflict, "the click has opened a form already: click again"},
	"invalid_trigger_id":   {domain.FaultConflict, "the click cannot open a form: click again"},

	"internal_error": {domain.FaultUnavailable, slackAway}, "fatal_error": {domain.FaultUnavailable, slackAway},
	"service_unavailable": {domain.FaultUnavailable, slackAway}, "request_timeout": {domain.FaultUnavailable, slackAway},
	"team_added_to_org": {domain.FaultUnavailable, "the workspace is being moved into an organisation: it is tried again"},
}

const (
	slackAway = "Slack does not answer now: it is tried again"
	slackLate = "Slack asks to wait: it is tried again later"
)

// exchange is what one request went through, as the transport saw it.
type exchange struct {
	written    atomic.Bool   // the whole request was handed to the network
	retryAfter time.Duration // of the answer, whatever its status
}

// translate makes a fault of whatever a method of Slack came back with. posting
// says that the request made something that is visible, so that a lost answer
// leaves it open whether it is there.
func translate(op string, err error, x *exchange, now time.Time, posting bool) error {
	if err == nil {
		return nil
	}
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return later(op, now, limited.RetryAfter)
	}
	var status slack.StatusCodeError
	if errors.As(err, &status) {
		return byStatus(op, status.Code, x, now)
	}
	var said slack.SlackErrorResponse
	if errors.As(err, &said) {
		return byCode(op, said, x, now)
	}
	if posting && x.written.Load() {
		return domain.NewFault(domain.FaultUnavailable, op, "", desk.ErrUnsure.Error(), desk.ErrUnsure)
	}
	if errors.Is(err, slack.ErrBlockIDNotUnique) || errors.Is(err, slack.ErrParametersMissing) {
		return domain.NewFault(domain.FaultInternal, op, "", "the request is incomplete: this is a bug", err)
	}
	if x.written.Load() && !gone(err) {
		return domain.NewFault(domain.FaultInternal, op, "", "Slack answered something that cannot be read", err)
	}
	return domain.NewFault(domain.FaultUnavailable, op, "", slackAway, err)
}

func byStatus(op string, code int, x *exchange, now time.Time) error {
	switch {
	case code == 429:
		return later(op, now, x.retryAfter)
	case code >= 500:
		return domain.NewFault(domain.FaultUnavailable, op, "", slackAway, nil)
	case code == 401 || code == 403:
		return domain.NewFault(domain.FaultUnauthenticated, op, "", badToken, nil)
	}
	return domain.NewFault(domain.FaultInternal, op, "", "Slack answered with a status that is not known here: check SLACK_API_URL", nil)
}

func byCode(op string, said slack.SlackErrorResponse, x *exchange, now time.Time) error {
	switch said.Err {
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return later(op, now, x.retryAfter)
	}
	known, ok := codes[said.Err]
	switch {
	case said.Err == "missing_scope":
		known.text += ": add " + plainCode(said.Needed) + " under OAuth & Permissions of the app and install it again"
	case strings.HasPrefix(said.Err, "restricted_action"):
		known = codes["restricted_action"]
	case !ok:
		known = wrong{domain.FaultInternal, "Slack answered an error that is not known here: " + plainCode(said.Err)}
	}
	return domain.NewFault(known.kind, op, "", known.text, said)
}

func later(op string, now time.Time, wait time.Duration) error {
	if wait <= 0 {
		wait = defaultPause
	}
	f := domain.NewFault(domain.FaultRateLimited, op, "", slackLate, nil)
	f.RetryAt = now.Add(wait)
	return f
}

// gone tells a connection or a deadline that ended from an answer that is wrong.
func gone(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) || cut(err)
}

var notCode = regexp.MustCompile(`[^a-z0-9_.:,]+`)

// plainCode leaves of an error code, or of a list of scopes, nothing that could
// be anything else.
func plainCode(s string) string {
	s = notCode.ReplaceAllString(strings.ToLower(s), "")
	if len(s) > 100 {
		s = s[:100]
	}
	if s == "" {
		return "(not named)"
	}
	return s
}

// codeOf is the error code that a fault was made of, if it was one of Slack's.
func codeOf(err error) string {
	var said slack.SlackErrorResponse
	if errors.As(err, &said) {
		return said.Err
	}
	return ""
}
