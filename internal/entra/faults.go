package entra

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"handover/domain"
	"handover/internal/gated"
)

// The error codes of Graph on which something hangs. Its messages are for people,
// change, and quote them.
const (
	codeDenied  = "Authorization_RequestDenied"
	codeLicence = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
)

// codes may be shown. Any other text stays here.
var codes = []string{codeDenied, codeLicence, "Request_BadRequest", "Request_ResourceNotFound", "Request_UnsupportedQuery", "BadRequest",
	"Directory_ResultSizeLimitExceeded", "InvalidAuthenticationToken", "TooManyRequests", "ServiceUnavailable", "Directory_ConcurrencyViolation"}

// graphError is Graph's form of an error.
type graphError struct {
	Error struct {
		Code  string `json:"code"`
		Inner struct {
			RequestID string `json:"request-id"`
		} `json:"innerError"`
	} `json:"error"`
}

// lost is for a call without a readable answer. It is never invalid: nobody judged
// the request.
func (a *App) lost(ctx context.Context, op operation, err error, got answer) error {
	own, kind, message, cause := gated.Lost(ctx, err, a.cfg.Timeout, again(op))
	if own != nil {
		return own
	}
	return a.fault(kind, op, got, message, cause)
}

// refusal classifies an answer that is no success.
func (a *App) refusal(op operation, h http.Header, got *answer) error {
	var body graphError
	if err := json.Unmarshal(got.body, &body); err == nil { // another form, as of a proxy, has no code
		if slices.Contains(codes, body.Error.Code) {
			got.code = body.Error.Code
		}
		if got.requestID == "" {
			got.requestID = gated.PlainID(body.Error.Inner.RequestID)
		}
	}
	kind, message := domain.FaultInvalid, "Microsoft Graph refuses the request as invalid: look at the person and the app in Entra"
	switch status := got.status; {
	case status == http.StatusUnauthorized:
		kind, message = domain.FaultUnauthenticated, "Microsoft refuses the token: check the tenant and the client secret, the app's steps go on by themselves"
	case status == http.StatusForbidden && got.code == codeLicence:
		kind, message = domain.FaultForbidden, "the tenant has no Entra ID P1 or P2 licence, without which Microsoft does not show this"
	case status == http.StatusForbidden:
		kind, message = domain.FaultForbidden, "the app registration may not do this: grant it the application permission "+op.needs+" with admin consent"
	case status == http.StatusNotFound:
		kind, message = domain.FaultNotFound, "Entra does not know what the call is about"
	case status == http.StatusConflict, status == http.StatusPreconditionFailed:
		kind, message = domain.FaultConflict, "it is no longer as it was read: read it again"
	case status == http.StatusTooManyRequests:
		return a.limited(op, h, *got)
	case status == http.StatusRequestTimeout, status >= 500:
		kind, message = domain.FaultUnavailable, "Microsoft Graph failed: "+again(op)
	case status < 400:
		kind, message = domain.FaultInternal, "the answer points elsewhere: check the login and Graph addresses"
	case got.code != "":
		message += " (" + got.code + ")"
	}
	return a.fault(kind, op, *got, message, nil)
}

// limited is a refusal for too many requests. Not every service behind Graph says
// how long to stay away (Graph, "throttling").
func (a *App) limited(op operation, h http.Header, got answer) error {
	seen := domain.RateObservation{RetryAfter: gated.RetryAfter(h, got.at)}
	f := a.fault(domain.FaultRateLimited, op, got, "Microsoft's quota is spent: it goes on by itself", nil)
	f.RetryAt = got.at.Add(seen.Closed())
	return f
}

// is tells whether an error is a fault of a kind. An error of nil is none.
func is(err error, kind domain.FaultKind) bool { return err != nil && domain.KindOf(err) == kind }

// requestOf is the request id of a fault.
func requestOf(err error) string {
	var f *domain.Fault
	if errors.As(err, &f) {
		return f.RequestID
	}
	return ""
}

// messageOf is what a fault says to people.
func messageOf(err error) string {
	var f *domain.Fault
	if errors.As(err, &f) {
		return f.SafeMessage
	}
	return ""
}
