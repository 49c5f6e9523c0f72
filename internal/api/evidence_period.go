package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"handover/domain"
	"handover/internal/desk"
)

func (x *door) routeEvidence(api huma.API) {
	huma.Register(api, operation("export-evidence-period", http.MethodGet, "/evidence/period", "The evidence pack of all leavers, joiners and movers between two dates"), x.evidencePeriod)
}

func (x *door) evidencePeriod(ctx context.Context, in *struct {
	From string `query:"from" required:"true" doc:"first day, of the company's time zone: 2026-10-01"`
	To   string `query:"to" required:"true" doc:"last day, which is included"`
	App  string `query:"app" maxLength:"100"`
	Seed string `query:"seed" maxLength:"100" doc:"of the sample; made of the dates by default"`
}) (*huma.StreamResponse, error) {
	pack, err := x.desk.EvidencePeriod(ctx, actor(ctx), desk.PeriodRequest{From: in.From, To: in.To, App: domain.AppID(in.App), Seed: in.Seed})
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer func() { _ = pack.Close() }()
		hctx.SetHeader("Content-Type", "application/octet-stream")
		if _, err := io.Copy(hctx.BodyWriter(), pack); err != nil {
			x.log.WarnContext(ctx, "evidence pack of a period not sent whole")
		}
	}}, nil
}
