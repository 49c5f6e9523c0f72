package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

type body[T any] struct {
	Body T
}

// RunPath names a run, an approval or a task in a path. It is exported because
// the API library does not look into embedded types that are not.
type RunPath struct {
	ID string `path:"id"`
}

// StepPath names a step of a run in a path.
type StepPath struct {
	ID   string `path:"id"`
	App  string `path:"app"`
	Step string `path:"step"`
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: "/api/v1" + path, Summary: summary}
}

func (x *door) routeRuns(api huma.API) {
	huma.Register(api, operation("start-offboarding", http.MethodPost, "/runs", "Start a leaving, or find the run that stands for it"), x.start)
	huma.Register(api, operation("preview-offboarding", http.MethodPost, "/runs/preview", "What a leaving would do; nothing is written anywhere"), x.previewRun)
	huma.Register(api, operation("list-runs", http.MethodGet, "/runs", "Runs, the newest first"), x.listRuns)
	huma.Register(api, operation("get-run", http.MethodGet, "/runs/{id}", "One run with its steps"), x.getRun)
	huma.Register(api, operation("reschedule-run", http.MethodPost, "/runs/{id}/reschedule", "Move the last moment"), x.reschedule)
	for verb, do := range map[string]func(context.Context, desk.Actor, string, string) (desk.Answer, error){
		"retract": x.desk.Retract, "cut-now": x.desk.CutNow, "undo": x.desk.Undo} {
		huma.Register(api, operation(verb+"-run", http.MethodPost, "/runs/{id}/"+verb, "Give a run the command "+verb), x.reasoned(do))
	}
	for verb, update := range map[string]string{"retry": desk.RetryStep, "skip": desk.SkipStep} {
		huma.Register(api, operation(verb+"-step", http.MethodPost, "/runs/{id}/steps/{app}/{step}/"+verb, "Give a step the command "+verb), x.step(update))
	}
	huma.Register(api, operation("hand-over-step", http.MethodPost, "/runs/{id}/steps/{app}/{step}/hand-over", "Give a step to somebody else"), x.handOver)
}

func (b OffboardBody) request() desk.OffboardRequest {
	r := desk.OffboardRequest{Email: b.Email, Account: domain.AccountID(b.Account), Heirs: map[domain.RecordKind]string{}, Now: b.Now, CutNow: b.CutNow,
		Confidential: b.Confidential, LegalHold: b.LegalHold, Reason: b.Reason, Readers: b.Readers}
	for _, app := range b.Apps {
		r.Apps = append(r.Apps, domain.AppID(app))
	}
	for kind, email := range b.Successors {
		r.Heirs[domain.RecordKind(kind)] = email
	}
	if b.LastMoment != "" {
		r.LastMoment = &domain.LastMoment{Local: b.LastMoment, Zone: b.Zone}
	}
	return r
}

func (x *door) start(ctx context.Context, in *body[OffboardBody]) (*body[Started], error) {
	run, created, err := x.desk.Offboard(ctx, actor(ctx), in.Body.request())
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Started]{Started{Run: x.view(ctx).run(run), Created: created}}, nil
}

func (x *door) previewRun(ctx context.Context, in *body[OffboardBody]) (*body[[]Preview], error) {
	answers, err := x.desk.PreviewOffboard(ctx, actor(ctx), in.Body.request())
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out := &body[[]Preview]{Body: []Preview{}}
	for _, a := range answers {
		out.Body = append(out.Body, x.view(ctx).preview(a))
	}
	return out, nil
}

type listRunsInput struct {
	Open  bool   `query:"open"`
	State string `query:"state"`
	Limit int    `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

func (x *door) listRuns(ctx context.Context, in *listRunsInput) (*body[[]Run], error) {
	runs, err := x.desk.Runs(ctx, actor(ctx), store.RunFilter{Open: in.Open, State: domain.RunState(in.State), Limit: in.Limit})
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := &body[[]Run]{Body: []Run{}}, x.view(ctx)
	for _, r := range runs {
		out.Body = append(out.Body, v.run(r))
	}
	return out, nil
}

func (x *door) getRun(ctx context.Context, in *RunPath) (*body[Run], error) {
	d, err := x.desk.RunDetail(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Run]{x.view(ctx).detail(d)}, nil
}

func message(a desk.Answer) *body[Message] {
	return &body[Message]{Message{Text: a.Text, State: string(a.State)}}
}

func (x *door) reschedule(ctx context.Context, in *struct {
	RunPath
	Body struct {
		LastMoment string `json:"last_moment"`
		Zone       string `json:"zone,omitempty"`
	}
}) (*body[Message], error) {
	answer, err := x.desk.Reschedule(ctx, actor(ctx), in.ID, domain.LastMoment{Local: in.Body.LastMoment, Zone: in.Body.Zone})
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return message(answer), nil
}

type reasonInput struct {
	RunPath
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (x *door) reasoned(do func(context.Context, desk.Actor, string, string) (desk.Answer, error)) func(context.Context, *reasonInput) (*body[Message], error) {
	return func(ctx context.Context, in *reasonInput) (*body[Message], error) {
		answer, err := do(ctx, actor(ctx), in.ID, in.Body.Reason)
		if err != nil {
			return nil, x.problem(ctx, err)
		}
		return message(answer), nil
	}
}

type stepInput struct {
	StepPath
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"2000"`
		Accept int    `json:"accept,omitempty" doc:"accept so many records although the plan's ceiling is lower"`
	}
}

func (x *door) step(update string) func(context.Context, *stepInput) (*body[Message], error) {
	return func(ctx context.Context, in *stepInput) (*body[Message], error) {
		answer, err := x.desk.Step(ctx, actor(ctx), in.ID, update, desk.StepRequest{App: domain.AppID(in.App), Step: domain.StepKey(in.Step),
			Reason: in.Body.Reason, Accept: in.Body.Accept})
		if err != nil {
			return nil, x.problem(ctx, err)
		}
		return message(answer), nil
	}
}

func (x *door) handOver(ctx context.Context, in *struct {
	StepPath
	Body struct {
		To string `json:"to" doc:"work email"`
	}
}) (*body[Message], error) {
	answer, err := x.desk.HandOverStep(ctx, actor(ctx), in.ID, domain.AppID(in.App), domain.StepKey(in.Step), in.Body.To)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return message(answer), nil
}
