package okta

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"

	"handover/domain"
	"handover/internal/gated"
)

// said is what an error's body says, in Okta's form or in OAuth's. Its texts may
// quote people and stay here.
type said struct {
	Code  string
	ID    string
	OAuth string
}

var plainCode = regexp.MustCompile(`^E[0-9]{7}$`)

func readSaid(raw []byte) said {
	var body struct {
		Code  any `json:"errorCode"`
		ID    any `json:"errorId"`
		OAuth any `json:"error"`
	}
	if json.Unmarshal(raw, &body) != nil {
		return said{} // not Okta's form: the status alone has to do
	}
	var s said
	s.Code, _ = body.Code.(string)
	s.ID, _ = body.ID.(string)
	s.OAuth, _ = body.OAuth.(string)
	if !plainCode.MatchString(s.Code) {
		s.Code = ""
	}
	return s
}

// The codes that decide (documented, by Okta's list of error codes).
const (
	codeAuthentication = "E0000004"
	codePermission     = "E0000006"
	codeNotFound       = "E0000007"
	codeToken          = "E0000011"
	codeStatus         = "E0000038" // not in the person's present status
	codeByGroup        = "E0000046" // a group still gives the app
	codeTooMany        = "E0000047"
	codeMapped         = "E0000075" // the attribute is written by a mapping
)

// transportFault is for a call without a readable answer. It is never invalid:
// nobody judged the request.
func (a *App) transportFault(ctx context.Context, op operation, err error, got answer) error {
	own, kind, message, cause := gated.Lost(ctx, err, a.cfg.Timeout, again(op))
	if own != nil {
		return own
	}
	return a.fault(kind, op, got, message, cause)
}

// refusalFault classifies an answer that is no success: by Okta's own code, and by
// the status where there is none that is known, because one status means several
// things (403: no right, a group in the way, a wrong state).
func (a *App) refusalFault(op operation, got *answer) error {
	switch code := got.said.Code; {
	case code == codeTooMany, code == "" && got.status == http.StatusTooManyRequests:
		f := a.fault(domain.FaultRateLimited, op, *got, "Okta's limit of requests is reached: it goes on by itself", nil)
		f.RetryAt = got.at.Add(pause(got.header, got.at))
		return f
	case code == codeAuthentication, code == codeToken:
		return a.fault(domain.FaultUnauthenticated, op, *got, a.refusedCredentials(), nil)
	case code == codePermission:
		return a.forbidden(op, *got)
	case code == codeNotFound:
		return a.fault(domain.FaultNotFound, op, *got, "Okta does not know what the call is about", nil)
	case code == codeByGroup:
		return a.fault(domain.FaultConflict, op, *got, "Okta keeps the assignment because a group gives the app as well: read it again, and leave the group", nil)
	case code == codeStatus:
		return a.fault(domain.FaultConflict, op, *got, "the person's status in Okta does not allow it: look at the person there", nil)
	case code == codeMapped:
		return a.fault(domain.FaultUnsupported, op, *got, "a mapping in Okta writes this attribute: an administrator changes it there", nil)
	}
	return a.statusFault(op, *got)
}

// statusFault classifies by the status alone.
func (a *App) statusFault(op operation, got answer) error {
	kind, message := domain.FaultInvalid, "Okta refuses the request as invalid: look at the person and the app in Okta"
	switch status := got.status; {
	case status == http.StatusUnauthorized:
		kind, message = domain.FaultUnauthenticated, a.refusedCredentials()
	case status == http.StatusForbidden:
		return a.forbidden(op, got)
	case status == http.StatusNotFound, status == http.StatusGone:
		kind, message = domain.FaultNotFound, "Okta does not know what the call is about"
	case status == http.StatusConflict, status == http.StatusPreconditionFailed:
		kind, message = domain.FaultConflict, "it is no longer as it was read: read it again"
	case status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented:
		kind, message = domain.FaultUnsupported, "this org does not offer the call: a person does it in Okta"
	case status == http.StatusTooManyRequests:
		kind, message = domain.FaultRateLimited, "Okta's limit of requests is reached: it goes on by itself"
	case status == http.StatusRequestTimeout, status >= 500:
		kind, message = domain.FaultUnavailable, "Okta failed: "+again(op)
	case status < 400:
		kind, message = domain.FaultInternal, "the answer points elsewhere: check Okta's address in the configuration"
	case got.said.Code != "":
		message += " (" + got.said.Code + ")"
	}
	return a.fault(kind, op, got, message, nil)
}

func (a *App) forbidden(op operation, got answer) error {
	who := "the service app, and an admin role that reaches this app and this person"
	if a.key == nil {
		who = "the API token's owner, by an admin role that reaches this app and this person"
	}
	return a.fault(domain.FaultForbidden, op, got, "Okta does not allow it: give "+op.scope+" to "+who, nil)
}

func (a *App) refusedCredentials() string {
	if a.key == nil {
		return "Okta does not know the API token: it expires when it is not used for 30 days, and with its owner; put a working one in place"
	}
	return "Okta does not accept the service app's token: check that the service app is active and its key still stands there"
}

// strange is an answer of success that is not of Okta's form.
func (a *App) strange(op operation, got answer, cause error) error {
	return a.fault(domain.FaultInternal, op, got, "the answer does not have Okta's form: check Okta's address, and report it with the request id", cause)
}

func (a *App) fault(kind domain.FaultKind, op operation, got answer, message string, cause error) *domain.Fault {
	f := domain.NewFault(kind, op.name, a.cfg.App, message, cause)
	f.RequestID = got.requestID
	return f
}

// again says what a caller does after an answer that was lost.
func again(op operation) string {
	if op.write() {
		return "the change may have been made, the assignment is read before it is sent again"
	}
	return "it is tried again"
}
