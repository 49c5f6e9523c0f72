package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/go-resty/resty/v2"

	"handover/domain"
	"handover/internal/gated"
)

// operation is one call of the protocol.
type operation struct {
	name   string // as faults and logs name it
	method string
	path   string
}

func (op operation) write() bool { return op.method != http.MethodGet }

// The operations that this package uses (RFC 7644 sections 3 and 4).
var (
	opList     = operation{"scim.list_users", http.MethodGet, "/Users"}
	opFind     = operation{"scim.find_user", http.MethodGet, "/Users"}
	opGet      = operation{"scim.get_user", http.MethodGet, "/Users/{id}"}
	opCreate   = operation{"scim.create_user", http.MethodPost, "/Users"}
	opPatch    = operation{"scim.patch_user", http.MethodPatch, "/Users/{id}"}
	opPut      = operation{"scim.replace_user", http.MethodPut, "/Users/{id}"}
	opDelete   = operation{"scim.delete_user", http.MethodDelete, "/Users/{id}"}
	opProvider = operation{"scim.provider_config", http.MethodGet, "/ServiceProviderConfig"}
)

// mediaType is that of bodies (RFC 7644 section 3.1). Answers are read whatever
// type they claim: AWS sends application/json, others text/json.
const mediaType = "application/scim+json"

// arguments of one call.
type arguments struct {
	id    string // fills {id} in the path
	etag  string // sent as If-Match (RFC 7644 section 3.14)
	query url.Values
	body  any
}

// answer is what a call came back with.
type answer struct {
	status    int
	body      []byte
	etag      string
	requestID string
	at        time.Time
	scimType  string // of an error
}

// call sends one request. Every failure comes back as a fault, together with
// what the server answered, if it did.
func (c *Connector) call(ctx context.Context, op operation, args arguments) (answer, error) {
	req := c.rest.R().SetContext(ctx).SetAuthToken(string(c.cfg.Token)).SetQueryParamsFromValues(args.query)
	if args.id != "" {
		req.SetPathParam("id", args.id)
	}
	if args.etag != "" {
		req.SetHeader("If-Match", args.etag)
	}
	if args.body != nil {
		raw, err := json.Marshal(args.body)
		if err != nil {
			return answer{}, c.fault(domain.FaultInternal, op, answer{}, "the request cannot be written", err)
		}
		req.SetHeader("Content-Type", mediaType).SetBody(raw)
	}
	started := c.cfg.Clock()
	resp, err := req.Execute(op.method, c.cfg.URL+op.path)
	got := read(resp, c.cfg.Clock())
	switch {
	case err != nil:
		err = c.transportFault(ctx, op, err, got)
	case got.status < 200 || got.status > 299:
		err = c.statusFault(op, resp.Header(), &got)
	}
	c.logCall(ctx, op, got, started, err)
	return got, err
}

func read(resp *resty.Response, at time.Time) answer {
	got := answer{at: at}
	if resp == nil || resp.RawResponse == nil {
		return got
	}
	got.status, got.body, got.requestID = resp.StatusCode(), bytes.TrimSpace(resp.Body()), gated.PlainID(resp.Header().Get("X-Request-Id"))
	got.etag = resp.Header().Get("ETag")
	return got
}

// logCall tells operation, status and request id: never bodies, queries or
// addresses.
func (c *Connector) logCall(ctx context.Context, op operation, got answer, started time.Time, err error) {
	fields := []any{"app", c.cfg.App, "operation", op.name, "status", got.status, "request_id", got.requestID, "took", got.at.Sub(started)}
	if err != nil {
		c.log.WarnContext(ctx, "scim call failed", append(fields, "fault", domain.KindOf(err))...)
		return
	}
	c.log.DebugContext(ctx, "scim call", fields...)
}

// decode reads a successful answer.
func (c *Connector) decode(op operation, got answer, out any) error {
	kind, message, err := gated.Decode(got.body, out, again(op))
	switch {
	case kind != "":
		return c.fault(kind, op, got, message, err)
	case err != nil:
		return c.strange(op, got, err)
	}
	return nil
}

// strange is an answer of success that is not of the form of the RFC.
func (c *Connector) strange(op operation, got answer, cause error) error {
	return c.fault(domain.FaultInternal, op, got, "the answer does not have SCIM's form: check that the address is that of SCIM 2.0, and report it with the request id", cause)
}

func (c *Connector) fault(kind domain.FaultKind, op operation, got answer, message string, cause error) *domain.Fault {
	f := domain.NewFault(kind, op.name, c.cfg.App, message, cause)
	f.RequestID = got.requestID
	return f
}

// again says what a caller does after an answer that was lost.
func again(op operation) string {
	if op.write() {
		return "the write may have been applied, the user is read back before it is sent again"
	}
	return "it is tried again"
}
