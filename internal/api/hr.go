package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

// A roster of the largest company takes more than other requests.
const (
	rosterPath = "/api/v1/people/roster"
	maxRoster  = 96 << 20
	rosterTime = 2 * time.Minute
)

func (x *door) routeHR(api huma.API) {
	roster := operation("import-roster", http.MethodPost, "/people/roster", "What a roster of HR would do; with apply it is carried out")
	roster.MaxBodyBytes, roster.BodyReadTimeout = maxRoster, rosterTime
	huma.Register(api, roster, x.importRoster)
	huma.Register(api, operation("list-hr-events", http.MethodGet, "/people/hr-events", "What HR said, and what came of it, the newest first"), x.hrEvents)
	huma.Register(api, operation("list-people", http.MethodGet, "/people", "Who is known"), x.listPeople)
	huma.Register(api, operation("get-person", http.MethodGet, "/people/{email}", "One person with their employments"), x.getPerson)
}

func (x *door) importRoster(ctx context.Context, in *struct{ Body RosterBody }) (*body[RosterPlan], error) {
	source := in.Body.Source
	if source == "" {
		source = domain.HRSourceDefault
	}
	if source != domain.HRSourceDefault && x.desk.Policy().HR.Sources[source] == nil {
		return nil, huma.Error422UnprocessableEntity("the policy file names no such HR source: an unknown one would make new employments of all that are known")
	}
	rows := make([]domain.RosterRow, len(in.Body.Rows))
	for i, r := range in.Body.Rows {
		rows[i] = domain.RosterRow(r)
	}
	do := x.desk.PreviewRoster
	if in.Body.Apply {
		do = x.desk.ApplyRoster
	}
	plan, err := do(ctx, actor(ctx), source, rows, in.Body.Full)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	if n := len(plan.Problems); n > 0 {
		details := make([]error, n)
		for i, text := range plan.Problems {
			details[i] = &huma.ErrorDetail{Message: text, Location: "body.rows"}
		}
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("the roster has %d problems: nothing of it was applied", n), details...)
	}
	return &body[RosterPlan]{x.view(ctx).roster(plan)}, nil
}

type hrEventsInput struct {
	Outcome    string    `query:"outcome" enum:"waiting,started,told,stands,superseded,held,cancelled,noted,refused"`
	Source     string    `query:"source" maxLength:"40"`
	Employment string    `query:"employment_id" maxLength:"500"`
	Batch      string    `query:"batch" maxLength:"100"`
	Before     time.Time `query:"before" doc:"received before"`
	Limit      int       `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

func (x *door) hrEvents(ctx context.Context, in *hrEventsInput) (*body[[]HREvent], error) {
	rows, err := x.desk.HREvents(ctx, actor(ctx), store.HRFilter{Source: in.Source, Employment: in.Employment, Outcome: domain.HROutcome(in.Outcome),
		Batch: in.Batch, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := &body[[]HREvent]{Body: []HREvent{}}, x.view(ctx)
	for _, r := range rows {
		out.Body = append(out.Body, v.hrEvent(r))
	}
	return out, nil
}

type peopleInput struct {
	State string `query:"state" enum:"active,on_leave,leaving,left"`
	After string `query:"after" maxLength:"64" doc:"id of the last person that you have"`
	Limit int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

func (x *door) listPeople(ctx context.Context, in *peopleInput) (*body[[]KnownPerson], error) {
	rows, err := x.desk.People(ctx, actor(ctx), desk.PeopleFilter{State: domain.PersonState(in.State), After: domain.PersonID(in.After), Limit: in.Limit})
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := &body[[]KnownPerson]{Body: []KnownPerson{}}, x.view(ctx)
	for _, p := range rows {
		out.Body = append(out.Body, v.known(p))
	}
	return out, nil
}

func (x *door) getPerson(ctx context.Context, in *struct {
	Email string `path:"email" maxLength:"254"`
}) (*body[KnownPerson], error) {
	detail, err := x.desk.PersonDetail(ctx, actor(ctx), in.Email)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	v := x.view(ctx)
	out := v.known(detail.Person)
	for _, e := range detail.Employments {
		out.Employments = append(out.Employments, v.employment(e))
	}
	return &body[KnownPerson]{out}, nil
}
