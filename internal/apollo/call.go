package apollo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-resty/resty/v2"

	"handover/domain"
)

// arguments of one call.
type arguments struct {
	id    string // fills {id} in the path
	query url.Values
	body  any
}

// trace is what a successful call leaves for evidence.
type trace struct {
	requestID string
	at        time.Time
}

// call sends one request and decodes its answer into out. Every failure comes
// back as a fault.
func (c *Connector) call(ctx context.Context, op operation, args arguments, out any) (trace, error) {
	req := c.rest.R().SetHeader("X-Api-Key", string(c.cfg.APIKey)).SetHeader("Content-Type", "application/json")
	return c.send(ctx, c.cfg.BaseURL, op, args, req, out)
}

func (c *Connector) send(ctx context.Context, base string, op operation, args arguments, req *resty.Request, out any) (trace, error) {
	req.SetContext(withEndpoint(ctx, op.counted())).SetQueryParamsFromValues(args.query)
	if args.id != "" {
		req.SetPathParam("id", args.id)
	}
	if args.body != nil {
		req.SetBody(args.body)
	}
	started := c.cfg.Clock()
	resp, err := req.Execute(op.method, base+op.path)
	tr := trace{at: c.cfg.Clock()}
	if resp != nil && resp.RawResponse != nil {
		tr.requestID = requestID(resp.Header())
	}
	switch {
	case err != nil:
		err = c.transportFault(ctx, op, err, tr)
	case resp.StatusCode() < 200 || resp.StatusCode() > 299:
		err = c.statusFault(op, resp, tr)
	default:
		err = c.decode(op, resp, tr, out)
	}
	c.logCall(ctx, op, resp, tr, started, err)
	return tr, err
}

// logCall tells endpoint, status and request id: never bodies, queries or
// addresses.
func (c *Connector) logCall(ctx context.Context, op operation, resp *resty.Response, tr trace, started time.Time, err error) {
	status := 0
	if resp != nil {
		status = resp.StatusCode()
	}
	fields := []any{"app", c.cfg.App, "endpoint", op.grant, "status", status, "request_id", tr.requestID, "took", tr.at.Sub(started)}
	if err != nil {
		c.log.WarnContext(ctx, "apollo call failed", append(fields, "fault", domain.KindOf(err))...)
		return
	}
	c.log.DebugContext(ctx, "apollo call", fields...)
}

// requestID takes the app's id of a request, when it has the form of an id.
func requestID(h http.Header) string {
	id := h.Get("X-Request-Id")
	if len(id) > 64 {
		return ""
	}
	for _, r := range id {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_') {
			return ""
		}
	}
	return id
}

// decode reads a successful answer. One that breaks off is the network's
// fault; one that is whole but strange is ours.
func (c *Connector) decode(op operation, resp *resty.Response, tr trace, out any) error {
	raw := bytes.TrimSpace(resp.Body())
	if len(raw) > 0 && raw[0] == '<' {
		return c.fault(domain.FaultUnavailable, op, tr, "a page came instead of data, as during maintenance or from a proxy on the way: "+again(op), nil)
	}
	err := json.NewDecoder(bytes.NewReader(raw)).Decode(out)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return c.fault(domain.FaultUnavailable, op, tr, "the answer broke off: "+again(op), err)
	default:
		return c.strange(op, tr, err)
	}
}

// strange is an answer of success that does not have the documented form.
func (c *Connector) strange(op operation, tr trace, cause error) error {
	return c.fault(domain.FaultInternal, op, tr, "the answer does not have the documented form: report it with the request id, Apollo may have changed its API", cause)
}

func (c *Connector) fault(kind domain.FaultKind, op operation, tr trace, message string, cause error) *domain.Fault {
	f := domain.NewFault(kind, op.name, c.cfg.App, message, cause)
	f.RequestID = tr.requestID
	return f
}

// again says what a caller does after an answer that was lost.
func again(op operation) string {
	if op.write {
		return "the write may have been applied, read it back before it is sent again"
	}
	return "it is tried again"
}
