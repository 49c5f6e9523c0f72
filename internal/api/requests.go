package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"handover/domain"
	"handover/internal/store"
)

type listRequestsInput struct {
	All bool   `query:"all" doc:"not only your own"`
	Any bool   `query:"settled" doc:"also those that are settled"`
	Run string `query:"run"`
}

func (in listRequestsInput) filter() store.RequestFilter {
	return store.RequestFilter{Run: in.Run, Open: !in.Any, Limit: 500}
}

func (x *door) routeRequests(api huma.API) {
	huma.Register(api, operation("list-approvals", http.MethodGet, "/approvals", "Requests that wait for a decision"), x.listApprovals)
	huma.Register(api, operation("get-approval", http.MethodGet, "/approvals/{id}", "One request with its plan"), x.getApproval)
	huma.Register(api, operation("approve", http.MethodPost, "/approvals/{id}/approve", "Approve a plan by its digest"), x.decide(domain.Approve))
	huma.Register(api, operation("deny", http.MethodPost, "/approvals/{id}/deny", "Deny, with a reason"), x.decide(domain.Deny))
	huma.Register(api, operation("choose-successor", http.MethodPost, "/approvals/{id}/successor", "Choose who inherits; answers with the new plan's request"), x.choose)
	huma.Register(api, operation("list-tasks", http.MethodGet, "/tasks", "Tasks for people"), x.listTasks)
	huma.Register(api, operation("complete-task", http.MethodPost, "/tasks/{id}/done", "Say that a task is done; the app is read back"), x.taskDone)
	huma.Register(api, operation("confirm-task", http.MethodPost, "/tasks/{id}/confirm", "Stand for a task as second person"), x.taskConfirm)
}

func (x *door) listApprovals(ctx context.Context, in *listRequestsInput) (*body[[]Approval], error) {
	rows, err := x.desk.Approvals(ctx, actor(ctx), in.filter(), in.All)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := &body[[]Approval]{Body: []Approval{}}, x.view(ctx)
	for _, a := range rows {
		out.Body = append(out.Body, v.approval(a, nil))
	}
	return out, nil
}

func (x *door) getApproval(ctx context.Context, in *RunPath) (*body[Approval], error) {
	row, plan, err := x.desk.Approval(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Approval]{x.view(ctx).approval(row, plan)}, nil
}

type decideInput struct {
	RunPath
	Body struct {
		Digest string `json:"digest,omitempty" doc:"of the plan you saw; the present one when empty"`
		Reason string `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (x *door) decide(verdict domain.Verdict) func(context.Context, *decideInput) (*body[Approval], error) {
	return func(ctx context.Context, in *decideInput) (*body[Approval], error) {
		row, err := x.desk.Decide(ctx, actor(ctx), in.ID, in.Body.Digest, verdict, in.Body.Reason)
		if err != nil {
			return nil, x.problem(ctx, err)
		}
		return &body[Approval]{x.view(ctx).approval(row, nil)}, nil
	}
}

func (x *door) choose(ctx context.Context, in *struct {
	RunPath
	Body struct {
		Successors map[string]string `json:"successors" doc:"email by kind of record; the empty kind is for all"`
		Emails     string            `json:"emails,omitempty" enum:"send,hold,cancel"`
	}
}) (*body[Approval], error) {
	heirs := map[domain.RecordKind]string{}
	for kind, email := range in.Body.Successors {
		heirs[domain.RecordKind(kind)] = email
	}
	answer, err := x.desk.ChooseHeirs(ctx, actor(ctx), in.ID, heirs, domain.EmailChoice(in.Body.Emails))
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out := x.view(ctx).approval(answer.Approval, nil)
	if answer.Problem != "" {
		out.Why = answer.Problem
	}
	return &body[Approval]{out}, nil
}

func (x *door) listTasks(ctx context.Context, in *listRequestsInput) (*body[[]Task], error) {
	rows, err := x.desk.Tasks(ctx, actor(ctx), in.filter(), in.All)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := &body[[]Task]{Body: []Task{}}, x.view(ctx)
	for _, t := range rows {
		out.Body = append(out.Body, v.task(t))
	}
	return out, nil
}

type taskInput struct {
	RunPath
	Body struct {
		Proof  string `json:"proof,omitempty" maxLength:"2000" doc:"a note or a link"`
		Cannot bool   `json:"cannot,omitempty" doc:"it cannot be done; say why as proof"`
	}
}

func (x *door) taskDone(ctx context.Context, in *taskInput) (*body[Message], error) {
	answer, err := x.desk.CompleteTask(ctx, actor(ctx), in.ID, in.Body.Proof, in.Body.Cannot)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return message(answer), nil
}

func (x *door) taskConfirm(ctx context.Context, in *taskInput) (*body[Message], error) {
	answer, err := x.desk.ConfirmTask(ctx, actor(ctx), in.ID, in.Body.Proof)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return message(answer), nil
}
