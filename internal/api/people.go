package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

func (x *door) routePeople(api huma.API) {
	huma.Register(api, operation("list-absences", http.MethodGet, "/people/absences", "Who stands in for whom"), x.listAbsences)
	huma.Register(api, operation("set-absence", http.MethodPost, "/people/absences", "Let somebody stand in while a person is away"), x.setAbsence)
	huma.Register(api, operation("end-absence", http.MethodDelete, "/people/absences/{id}", "End a substitution now"), x.endAbsence)
	huma.Register(api, operation("unbind-person", http.MethodPost, "/people/unbind", "Free a person from their user of Slack, so that it is bound anew"), x.unbind)
}

func (x *door) listAbsences(ctx context.Context, _ *struct{}) (*body[[]Absence], error) {
	rows, err := x.desk.Absences(ctx, actor(ctx))
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := &body[[]Absence]{Body: []Absence{}}, x.view(ctx)
	for _, a := range rows {
		out.Body = append(out.Body, v.absence(a))
	}
	return out, nil
}

// AbsenceBody asks for a substitution.
type AbsenceBody struct {
	For        string `json:"for,omitempty" maxLength:"254" doc:"email; yourself when empty"`
	From       string `json:"from,omitempty" maxLength:"32" doc:"a date, or a local date and time, in the zone of the person's calendar; now when empty"`
	Until      string `json:"until" maxLength:"32" doc:"the same; a date is included"`
	Substitute string `json:"substitute" maxLength:"254" doc:"email"`
}

func (x *door) setAbsence(ctx context.Context, in *struct{ Body AbsenceBody }) (*body[Absence], error) {
	a, b := actor(ctx), in.Body
	var from time.Time
	var err error
	if b.From != "" {
		from, err = x.desk.MomentOf(a, b.For, b.From, false)
	}
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	until, err := x.desk.MomentOf(a, b.For, b.Until, true)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	absence, err := x.desk.SetAbsence(ctx, a, b.For, from, until, b.Substitute)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Absence]{x.view(ctx).absence(absence)}, nil
}

func (x *door) endAbsence(ctx context.Context, in *RunPath) (*body[Message], error) {
	if err := x.desk.EndAbsence(ctx, actor(ctx), in.ID); err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Message]{Message{Text: "The substitution has ended."}}, nil
}

func (x *door) unbind(ctx context.Context, in *struct {
	Body struct {
		Email string `json:"email" maxLength:"254"`
	}
}) (*body[Message], error) {
	n, err := x.desk.FreeChat(ctx, actor(ctx), in.Body.Email)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	text := "This person was bound to no user of Slack: nothing was changed."
	if n > 0 {
		text = fmt.Sprintf("Freed from %d. The next click binds the person anew, by the email that Slack has verified.", n)
	}
	return &body[Message]{Message{Text: text}}, nil
}
