package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"handover/domain"
	"handover/internal/store"
)

func (x *door) routeRecords(api huma.API) {
	huma.Register(api, operation("read-audit", http.MethodGet, "/audit", "The audit log, the newest first"), x.audit)
	huma.Register(api, operation("export-evidence", http.MethodGet, "/evidence/{id}", "The evidence pack of a run"), x.evidence)
	huma.Register(api, operation("list-seats", http.MethodGet, "/seats", "Seats of each app: bought, occupied, free, promised, and what they cost"), x.seats)
	huma.Register(api, operation("who-am-i", http.MethodGet, "/people/me", "The person behind the token"), x.me)
}

type auditInput struct {
	Subject string    `query:"subject" doc:"work email"`
	Actor   string    `query:"actor" doc:"work email, or system"`
	Kind    string    `query:"kind"`
	Run     string    `query:"run"`
	Since   time.Time `query:"since"`
	Before  int64     `query:"before" doc:"seq of the last line that you have"`
	Limit   int       `query:"limit" default:"500" minimum:"1" maximum:"5000"`
}

func (x *door) audit(ctx context.Context, in *auditInput) (*body[[]Event], error) {
	f := store.AuditFilter{Kind: domain.EventKind(in.Kind), Run: in.Run, Since: in.Since, Before: in.Before, Limit: in.Limit}
	rows, err := x.desk.Audit(ctx, actor(ctx), in.Subject, in.Actor, f)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := &body[[]Event]{Body: []Event{}}, x.view(ctx)
	for _, r := range rows {
		out.Body = append(out.Body, v.event(r))
	}
	return out, nil
}

func (x *door) evidence(ctx context.Context, in *RunPath) (*huma.StreamResponse, error) {
	pack, err := x.desk.Evidence(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer func() { _ = pack.Close() }()
		hctx.SetHeader("Content-Type", "application/octet-stream")
		if _, err := io.Copy(hctx.BodyWriter(), pack); err != nil {
			x.log.WarnContext(ctx, "evidence pack not sent whole", "run", in.ID)
		}
	}}, nil
}

func (x *door) me(ctx context.Context, _ *struct{}) (*body[Person], error) {
	p := actor(ctx).Person
	return &body[Person]{Person{ID: string(p.ID), Email: p.Email, Name: p.Name}}, nil
}
