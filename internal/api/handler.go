package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"handover/domain"
	"handover/internal/desk"
)

// maxBody bounds what a request may carry.
const maxBody = 1 << 20

// door is the HTTP door to a desk.
type door struct {
	desk *desk.Desk
	log  *slog.Logger
}

// Handler answers everything below /api/v1, and the probes.
func Handler(d *desk.Desk, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Handover", "1")
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/api/v1/openapi", "", "/api/v1/schemas"
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	config.Security = []map[string][]string{{"token": {}}}
	config.Transformers = append([]huma.Transformer{withoutValues}, config.Transformers...)
	api := humago.New(mux, config)
	x := &door{desk: d, log: log}
	api.UseMiddleware(x.signIn(api))
	x.routeRuns(api)
	x.routeRequests(api)
	x.routeRecords(api)
	x.routeEvidence(api)
	x.routeNotices(api)
	x.routePeople(api)
	x.routeHR(api)
	x.routeMembers(api)
	x.routeJoining(api)
	x.routeReviews(api)
	x.routeFindings(api)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", x.ready)
	return bounded(mux)
}

// bounded refuses bodies that no request needs.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := int64(maxBody)
		if r.URL.Path == rosterPath {
			most = maxRoster
		}
		http.MaxBytesHandler(next, most).ServeHTTP(w, r)
	})
}

// withoutValues keeps what somebody sent out of the answer that refuses it:
// answers are logged by proxies and pasted into tickets.
func withoutValues(_ huma.Context, _ string, v any) (any, error) {
	if m, ok := v.(*huma.ErrorModel); ok {
		for _, detail := range m.Errors {
			detail.Value = nil
		}
	}
	return v, nil
}

func (x *door) ready(w http.ResponseWriter, r *http.Request) {
	if err := x.desk.Ready(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

type actorKey struct{}

// signIn finds the person behind the token. Whoever has none gets one answer,
// whatever was asked for.
func (x *door) signIn(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		token, ok := strings.CutPrefix(ctx.Header("Authorization"), "Bearer ")
		person, err := x.desk.Store.PersonByToken(ctx.Context(), token)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			// Nobody shall throw a good token away because the database is away.
			x.log.ErrorContext(ctx.Context(), "sign-in not checked", "error", err)
			_ = huma.WriteErr(api, ctx, http.StatusServiceUnavailable, "the server cannot check your token now: try again in a minute")
			return
		}
		if !ok || err != nil {
			_ = huma.WriteErr(api, ctx, http.StatusUnauthorized, "sign in with a personal token: set HANDOVER_TOKEN to one that is valid")
			return
		}
		channel := "api"
		if strings.HasPrefix(ctx.Header("User-Agent"), ClientName) {
			channel = "cli"
		}
		next(huma.WithValue(ctx, actorKey{}, desk.Actor{Person: person, Channel: channel}))
	}
}

// ClientName is how the command line names itself.
const ClientName = "handover-cli"

func actor(ctx context.Context) desk.Actor {
	a, _ := ctx.Value(actorKey{}).(desk.Actor)
	return a
}

func (x *door) view(ctx context.Context) *viewer {
	return &viewer{ctx: ctx, desk: x.desk, names: map[domain.PersonID]string{}}
}

// problem turns an error into a problem document. What is no refusal and no
// fault is logged and stays inside.
func (x *door) problem(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var refused *domain.Refusal
	if errors.As(err, &refused) {
		return huma.NewError(refusalStatus(refused.Code), refused.Text)
	}
	if errors.Is(err, desk.ErrPending) {
		return huma.NewError(http.StatusGatewayTimeout, err.Error())
	}
	var fault *domain.Fault
	if errors.As(err, &fault) {
		switch fault.Kind {
		case domain.FaultNotFound:
			return huma.Error404NotFound("there is no such thing: " + fault.SafeMessage)
		case domain.FaultUnavailable, domain.FaultRateLimited:
			return huma.Error503ServiceUnavailable(fault.SafeMessage)
		case domain.FaultInvalid:
			return huma.Error422UnprocessableEntity(fault.SafeMessage)
		}
	}
	x.log.ErrorContext(ctx, "request failed", "error", err)
	return huma.Error500InternalServerError("something went wrong here: the server's log says what")
}

func refusalStatus(code string) int {
	switch code {
	case domain.RefusedRight, domain.RefusedNotApprover, domain.RefusedSelf, domain.RefusedSecond, domain.RefusedLeft, domain.RefusedProof:
		return http.StatusForbidden
	case domain.RefusedUnknown:
		return http.StatusNotFound
	case domain.RefusedReason, domain.RefusedVerdict:
		return http.StatusUnprocessableEntity
	default:
		return http.StatusConflict
	}
}
