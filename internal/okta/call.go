package okta

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"handover/domain"
	"handover/internal/gated"
)

// operation is one call of Okta's management API.
type operation struct {
	name   string // as faults and logs name it
	method string
	path   string
	scope  string // that a service app needs for it (documented)
}

func (op operation) write() bool { return op.method != http.MethodGet }

// The scopes, each granted by itself: who reads needs no right to write.
const (
	readApps     = "okta.apps.read"
	readUsers    = "okta.users.read"
	readGroups   = "okta.groups.read"
	readLogs     = "okta.logs.read"
	manageApps   = "okta.apps.manage"
	manageGroups = "okta.groups.manage"
	manageUsers  = "okta.users.manage"
)

// The operations that this package uses (documented).
var (
	opApp         = operation{"okta.get_app", http.MethodGet, "/api/v1/apps/{app}", readApps}
	opAppUser     = operation{"okta.get_app_user", http.MethodGet, "/api/v1/apps/{app}/users/{user}", readApps}
	opAppUsers    = operation{"okta.list_app_users", http.MethodGet, "/api/v1/apps/{app}/users", readApps}
	opAppGroups   = operation{"okta.list_app_groups", http.MethodGet, "/api/v1/apps/{app}/groups", readApps}
	opAssign      = operation{"okta.assign_user", http.MethodPost, "/api/v1/apps/{app}/users", manageApps}
	opUnassign    = operation{"okta.unassign_user", http.MethodDelete, "/api/v1/apps/{app}/users/{user}", manageApps}
	opUsers       = operation{"okta.find_user", http.MethodGet, "/api/v1/users", readUsers}
	opUser        = operation{"okta.get_user", http.MethodGet, "/api/v1/users/{user}", readUsers}
	opUserGroups  = operation{"okta.list_user_groups", http.MethodGet, "/api/v1/users/{user}/groups", readUsers}
	opEndSessions = operation{"okta.end_sessions", http.MethodDelete, "/api/v1/users/{user}/sessions", manageUsers}
	opGroupApps   = operation{"okta.list_group_apps", http.MethodGet, "/api/v1/groups/{group}/apps", readGroups}
	opRules       = operation{"okta.list_group_rules", http.MethodGet, "/api/v1/groups/rules", readGroups}
	opJoin        = operation{"okta.join_group", http.MethodPut, "/api/v1/groups/{group}/users/{user}", manageGroups}
	opLeave       = operation{"okta.leave_group", http.MethodDelete, "/api/v1/groups/{group}/users/{user}", manageGroups}
	opLog         = operation{"okta.read_log", http.MethodGet, "/api/v1/logs", readLogs}
	opToken       = operation{"okta.get_token", http.MethodPost, "/oauth2/v1/token", ""}
)

// arguments of one call.
type arguments struct {
	user, group string // fill the path
	next        string // a page's address, instead of the path
	query       url.Values
	form        url.Values
	body        any
	bearer      string // what is sent as authorization
}

// answer is what a call came back with.
type answer struct {
	status    int
	body      []byte
	header    http.Header
	requestID string
	at        time.Time
	said      said // of an error
}

// call sends one request. Every failure comes back as a fault, together with what
// Okta answered, if it did. A service app's token that Okta no longer knows is
// asked for anew, once: what was refused for it was not carried out.
func (a *App) call(ctx context.Context, op operation, args arguments) (answer, error) {
	for again := a.key == nil; ; again = true {
		bearer, err := a.authorization(ctx, op.scope)
		if err != nil {
			return answer{}, err
		}
		args.bearer = bearer
		got, err := a.send(ctx, op, args)
		if err == nil || got.status != http.StatusUnauthorized || again {
			return got, err
		}
		a.forget(op.scope, bearer)
	}
}

func (a *App) send(ctx context.Context, op operation, args arguments) (answer, error) {
	req := a.rest.R().SetContext(ctx).SetPathParams(map[string]string{"app": a.cfg.AppID, "user": args.user, "group": args.group}).SetQueryParamsFromValues(args.query)
	if args.bearer != "" {
		req.SetHeader("Authorization", args.bearer)
	}
	if args.form != nil {
		req.SetFormDataFromValues(args.form)
	}
	if args.body != nil {
		req.SetHeader("Content-Type", "application/json").SetBody(args.body)
	}
	address := a.cfg.URL + op.path
	if args.next != "" {
		address = args.next
	}
	started := a.now()
	resp, err := req.Execute(op.method, address)
	got := read(resp, a.now())
	switch {
	case err != nil:
		err = a.transportFault(ctx, op, err, got)
	case got.status < 200 || got.status > 299:
		err = a.refusalFault(op, &got)
	}
	a.logCall(ctx, op, got, started, err)
	return got, err
}

func read(resp *resty.Response, at time.Time) answer {
	got := answer{at: at, header: http.Header{}}
	if resp == nil || resp.RawResponse == nil {
		return got
	}
	got.status, got.body, got.header = resp.StatusCode(), bytes.TrimSpace(resp.Body()), resp.Header()
	got.said = readSaid(got.body)
	if got.requestID = gated.PlainID(got.header.Get("X-Okta-Request-Id")); got.requestID == "" {
		got.requestID = gated.PlainID(got.said.ID)
	}
	return got
}

// logCall tells operation, status and request id: never bodies, queries or
// addresses.
func (a *App) logCall(ctx context.Context, op operation, got answer, started time.Time, err error) {
	fields := []any{"app", a.cfg.App, "provider", a.cfg.Provider, "operation", op.name, "status", got.status, "request_id", got.requestID, "took", got.at.Sub(started)}
	if err != nil {
		a.cfg.Log.WarnContext(ctx, "okta call failed", append(fields, "fault", domain.KindOf(err))...)
		return
	}
	a.cfg.Log.DebugContext(ctx, "okta call", fields...)
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

// get makes a call and reads its answer.
func (a *App) get(ctx context.Context, op operation, args arguments, out any) (answer, error) {
	got, err := a.call(ctx, op, args)
	if err == nil {
		err = a.decode(op, got, out)
	}
	return got, err
}

// plain refuses an id that Okta cannot have given: it would lead elsewhere.
func (a *App) plain(op operation, ids ...string) error {
	for _, id := range ids {
		if id == "" || strings.Trim(id, ".") == "" || gated.PlainID(id) != id {
			return a.fault(domain.FaultInvalid, op, answer{}, "this is no id that Okta gives: read the assignment again", nil)
		}
	}
	return nil
}
