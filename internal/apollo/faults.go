package apollo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/go-resty/resty/v2"

	"handover/domain"
)

// sequenceLockWait is how long the team-wide lock on sequence writes is left
// alone. Its duration is unknown; one write takes well under this.
const sequenceLockWait = 2 * time.Second

// transportFault is for a call without a readable answer. It is never invalid:
// nobody judged the request.
func (c *Connector) transportFault(ctx context.Context, op operation, err error, tr trace) error {
	var fault *domain.Fault
	if errors.As(err, &fault) {
		return fault // the gate's own
	}
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err // without the URL, whose query may name people
	}
	switch {
	case errors.Is(err, errNoEndpoint):
		return c.fault(domain.FaultInternal, op, tr, "the call has no rate key", err)
	case errors.Is(err, resty.ErrResponseBodyTooLarge):
		return c.fault(domain.FaultInternal, op, tr, "the answer is larger than any documented one", err)
	case ctx.Err() != nil:
		return c.fault(domain.FaultUnavailable, op, tr, "the call was stopped before its answer came: "+again(op), ctx.Err())
	case os.IsTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return c.fault(domain.FaultUnavailable, op, tr, "no answer within "+c.cfg.HTTPTimeout.String()+": "+again(op), err)
	default:
		return c.fault(domain.FaultUnavailable, op, tr, "no connection, or it broke: "+again(op), err)
	}
}

// statusFault classifies an answer that is no success.
func (c *Connector) statusFault(op operation, resp *resty.Response, tr trace) error {
	body := readErrorBody(resp.Body())
	status := resp.StatusCode()
	switch {
	case status == http.StatusUnauthorized:
		return c.fault(domain.FaultUnauthenticated, op, tr, "the "+credential(op)+" is refused: put a working one in place, the app's steps go on by themselves", nil)
	case status == http.StatusForbidden:
		return c.fault(domain.FaultForbidden, op, tr, forbidden(op, body), nil)
	case status == http.StatusNotFound, status == http.StatusGone:
		return c.fault(domain.FaultNotFound, op, tr, "the app does not know what the call is about", nil)
	case status == http.StatusConflict:
		return c.fault(domain.FaultConflict, op, tr, "it is no longer as it was read: read it again", nil)
	case status == http.StatusTooManyRequests:
		return c.limited(op, resp, body, tr)
	case status == http.StatusRequestTimeout, status >= 500:
		return c.fault(domain.FaultUnavailable, op, tr, "the app failed: "+again(op), nil)
	case status < 400:
		return c.fault(domain.FaultInternal, op, tr, "the answer points elsewhere: check the base URL in the app's configuration", nil)
	default:
		return c.fault(domain.FaultInvalid, op, tr, invalid(body), nil)
	}
}

func credential(op operation) string {
	if op == opSCIMFind || op == opSCIMPatch {
		return "SCIM token"
	}
	return "API key"
}

// forbidden says what is missing, in our own words: the answer may quote people.
func forbidden(op operation, body errorBody) string {
	switch {
	case credential(op) == "SCIM token":
		return "the SCIM token may not do this: check provisioning in Apollo's single sign-on settings"
	case body.paidOnly():
		return "the tenant's plan does not include this call: it takes a paid plan, or a person"
	case body.names(op.grant):
		return "the API key lacks the grant " + op.grant + ": add it in Settings > Integrations > API Keys"
	default:
		return "refused: check that the API key holds the grant " + op.grant +
			", and the permission profile of the longest-standing active admin, as whom a key acts"
	}
}

func invalid(body errorBody) string {
	const message = "the app refuses the request as invalid: look at the record in the app"
	if code := body.safeCode(); code != "" {
		return message + " (" + code + ")"
	}
	return message
}

// limited is a 429: a spent window or, on sequences, a lock that is gone soon.
func (c *Connector) limited(op operation, resp *resty.Response, body errorBody, tr trace) error {
	seen := domain.RateObservation{RetryAfter: readRetryAfter(resp.Header(), tr.at), Windows: readRates(resp.Header(), c.cfg.Windows)}
	f := c.fault(domain.FaultRateLimited, op, tr, "the app's quota for this call is spent: it goes on by itself", nil)
	f.RetryAt = tr.at.Add(seen.Closed())
	if body.sequenceLock() {
		f.SafeMessage = "the app is busy with another sequence of the team: it is tried again"
		f.RetryAt = tr.at.Add(max(seen.RetryAfter, sequenceLockWait))
	}
	return f
}
