package entra

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"handover/domain"
	"handover/internal/gated"
)

// operation is one kind of call.
type operation struct {
	name   string // as faults and logs name it
	method string
	needs  string // the least application permission, for whoever has to grant it
}

func (op operation) write() bool { return op.method != http.MethodGet }

// The calls that this package makes, with the least permission that Graph's tables
// name for each.
var (
	opToken    = operation{"entra.token", http.MethodPost, ""}
	opApp      = operation{"entra.get_app", http.MethodGet, needApps}
	opRows     = operation{"entra.list_assigned", http.MethodGet, needApps}
	opGrants   = operation{"entra.list_grants", http.MethodGet, needApps}
	opJobs     = operation{"entra.list_jobs", http.MethodGet, needJobs}
	opFind     = operation{"entra.find_user", http.MethodGet, needUsers}
	opGetUser  = operation{"entra.get_user", http.MethodGet, needUsers}
	opUsers    = operation{"entra.list_users", http.MethodGet, needUsers}
	opMemberOf = operation{"entra.list_groups_of_user", http.MethodGet, needGroups}
	opGroup    = operation{"entra.get_group", http.MethodGet, needGroups}
	opMembers  = operation{"entra.list_members", http.MethodGet, needGroups}
	opGives    = operation{"entra.list_apps_of_group", http.MethodGet, needDirectory}
	opSignIns  = operation{"entra.list_sign_ins", http.MethodGet, needLogs}
	opActivity = operation{"entra.get_sign_in_activity", http.MethodGet, needLogs}
	opUnassign = operation{"entra.delete_assignment", http.MethodDelete, needAssign}
	opAssign   = operation{"entra.create_assignment", http.MethodPost, needAssign}
	opLeave    = operation{"entra.remove_member", http.MethodDelete, needMembers}
	opJoin     = operation{"entra.add_member", http.MethodPost, needMembers}
	opRevoke   = operation{"entra.revoke_sessions", http.MethodPost, needSessions}
)

// answer is what a call came back with.
type answer struct {
	status    int
	body      []byte
	requestID string
	at        time.Time
	code      string // of an error
}

// address is a call's place at Graph. Spaces are written %20, because a plus is
// part of some email addresses.
func (a *App) address(path string, query url.Values) string {
	if len(query) == 0 {
		return a.cfg.GraphURL + path
	}
	return a.cfg.GraphURL + path + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// call sends one request to Graph. Every failure comes back as a fault, together
// with what Graph answered, if it did. A request that was refused for its token was
// not carried out, so that it goes once more with a new one.
func (a *App) call(ctx context.Context, op operation, address string, body any) (answer, error) {
	for {
		bearer, fresh, err := a.bearer(ctx)
		if err != nil {
			return answer{}, err
		}
		got, err := a.exchange(ctx, op, address, a.rest.R().SetAuthToken(string(bearer)), body)
		if got.status != http.StatusUnauthorized {
			return got, err
		}
		a.forget(bearer)
		if fresh {
			return got, err
		}
	}
}

func (a *App) exchange(ctx context.Context, op operation, address string, req *resty.Request, body any) (answer, error) {
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, a.fault(domain.FaultInternal, op, answer{}, "the request cannot be written", err)
		}
		req.SetHeader("Content-Type", "application/json").SetBody(raw)
	}
	started := a.cfg.Now()
	resp, err := req.SetContext(ctx).Execute(op.method, address)
	got := read(resp, a.cfg.Now())
	switch {
	case err != nil:
		err = a.lost(ctx, op, err, got)
	case got.status < 200 || got.status > 299:
		err = a.refusal(op, resp.Header(), &got)
	}
	a.logCall(ctx, op, got, started, err)
	return got, err
}

func read(resp *resty.Response, at time.Time) answer {
	got := answer{at: at}
	if resp == nil || resp.RawResponse == nil {
		return got
	}
	got.status, got.body = resp.StatusCode(), bytes.TrimSpace(resp.Body())
	got.requestID = gated.PlainID(resp.Header().Get("request-id"))
	return got
}

// logCall tells operation, status and request id: never bodies, queries or
// addresses.
func (a *App) logCall(ctx context.Context, op operation, got answer, started time.Time, err error) {
	fields := []any{"app", a.cfg.App, "operation", op.name, "status", got.status, "request_id", got.requestID, "took", got.at.Sub(started)}
	if err != nil {
		a.cfg.Log.WarnContext(ctx, "entra call failed", append(fields, "fault", domain.KindOf(err))...)
		return
	}
	a.cfg.Log.DebugContext(ctx, "entra call", fields...)
}

// get reads one object.
func (a *App) get(ctx context.Context, op operation, path string, query url.Values, out any) (answer, error) {
	got, err := a.call(ctx, op, a.address(path, query), nil)
	if err != nil {
		return got, err
	}
	return got, a.decode(op, got, out)
}

// decode reads a successful answer.
func (a *App) decode(op operation, got answer, out any) error {
	kind, message, err := gated.Decode(got.body, out, again(op))
	switch {
	case kind != "":
		return a.fault(kind, op, got, message, err)
	case err != nil:
		return a.strange(op, got, err)
	}
	return nil
}

// strange is an answer of success that has not the documented form.
func (a *App) strange(op operation, got answer, cause error) error {
	return a.fault(domain.FaultInternal, op, got, "the answer does not have the form that Microsoft Graph v1.0 documents: check the Graph address, and report it with the request id", cause)
}

func (a *App) fault(kind domain.FaultKind, op operation, got answer, message string, cause error) *domain.Fault {
	f := domain.NewFault(kind, op.name, a.cfg.App, message, cause)
	f.RequestID = got.requestID
	return f
}

// again says what a caller does after an answer that was lost.
func again(op operation) string {
	if op.write() {
		return "the change may have been made, it is read back before it is tried again"
	}
	return "it is tried again"
}
