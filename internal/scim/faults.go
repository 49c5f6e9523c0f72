package scim

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"handover/domain"
	"handover/internal/gated"
)

// transportFault is for a call without a readable answer. It is never invalid:
// nobody judged the request.
func (c *Connector) transportFault(ctx context.Context, op operation, err error, got answer) error {
	own, kind, message, cause := gated.Lost(ctx, err, c.cfg.HTTPTimeout, again(op))
	if own != nil {
		return own
	}
	return c.fault(kind, op, got, message, cause)
}

// statusFault classifies an answer that is no success. The status line decides:
// the one in the body is text or number, or missing (Okta's own samples).
func (c *Connector) statusFault(op operation, h http.Header, got *answer) error {
	got.scimType = scimType(got.body)
	kind, message := domain.FaultInvalid, "the app refuses the request as invalid: look at the user in the app"
	switch status := got.status; {
	case status == http.StatusUnauthorized:
		kind, message = domain.FaultUnauthenticated, "the SCIM token is refused: put a working one in place, the app's steps go on by themselves"
	case status == http.StatusForbidden:
		kind, message = domain.FaultForbidden, "the SCIM token may not do this: give it the right to provision users in the app's settings"
	case status == http.StatusNotFound, status == http.StatusGone:
		kind, message = domain.FaultNotFound, "the app does not know what the call is about"
	case status == http.StatusConflict, status == http.StatusPreconditionFailed:
		kind, message = domain.FaultConflict, "it is no longer as it was read, or it stands there already: read it again"
	case status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented:
		kind, message = domain.FaultUnsupported, "the app's SCIM does not offer this call: a person does it in the app"
	case status == http.StatusTooManyRequests:
		seen := domain.RateObservation{RetryAfter: gated.RetryAfter(h, got.at)}
		f := c.fault(domain.FaultRateLimited, op, *got, "the app's quota for SCIM is spent: it goes on by itself", nil)
		f.RetryAt = got.at.Add(seen.Closed())
		return f
	case status == http.StatusRequestTimeout, status >= 500:
		kind, message = domain.FaultUnavailable, "the app failed: "+again(op)
	case status < 400:
		kind, message = domain.FaultInternal, "the answer points elsewhere: check the SCIM address in the app's configuration"
	case got.scimType != "":
		message += " (" + got.scimType + ")"
	}
	return c.fault(kind, op, *got, message, nil)
}

// scimTypes are the words of RFC 7644 section 3.12. Any other text may quote
// people and stays here.
var scimTypes = []string{"invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue", "invalidVers", "sensitive"}

func scimType(raw []byte) string {
	var body struct {
		Type any `json:"scimType"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return "" // not SCIM's form: the status alone has to do
	}
	if word, ok := body.Type.(string); ok && slices.Contains(scimTypes, word) {
		return word
	}
	return ""
}
