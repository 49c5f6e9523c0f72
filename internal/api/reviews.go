package api

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

func (x *door) routeReviews(api huma.API) {
	huma.Register(api, operation("list-reviews", http.MethodGet, "/reviews", "Access reviews that you may see, the newest first"), x.listReviews)
	huma.Register(api, operation("start-review", http.MethodPost, "/reviews", "Start an access review of an app, or find the one that is open"), x.startReview)
	huma.Register(api, operation("get-review", http.MethodGet, "/reviews/{id}", "One access review: population, counts, progress"), x.getReview)
	huma.Register(api, operation("list-review-lines", http.MethodGet, "/reviews/{id}/lines", "Lines of a review that you may see"), x.reviewLines)
	huma.Register(api, operation("list-review-decisions", http.MethodGet, "/reviews/{id}/lines/{line}/decisions", "The history of one line, the oldest first"), x.reviewDecisions)
	huma.Register(api, operation("decide-review", http.MethodPost, "/reviews/{id}/decisions", "Decide lines of yours; each stands for itself"), x.decideReview)
	huma.Register(api, operation("decide-review-file", http.MethodPost, "/reviews/{id}/decisions/csv", "Decide lines of yours by a file, all or nothing"), x.decideReviewFile)
	huma.Register(api, operation("get-review-file", http.MethodGet, "/reviews/{id}/decisions/csv", "Your open lines as a file to fill in"), x.reviewFile)
	huma.Register(api, operation("reassign-review", http.MethodPost, "/reviews/{id}/reassign", "Give lines to another reviewer"), x.reassignReview)
	huma.Register(api, operation("end-review", http.MethodPost, "/reviews/{id}/end", "End a review before it is complete; what is open becomes an exception"), x.endReview)
	huma.Register(api, operation("export-review", http.MethodGet, "/reviews/{id}/export", "The evidence pack of a review"), x.evidence)
}

func (x *door) listReviews(ctx context.Context, in *struct {
	App   string   `query:"app" maxLength:"100"`
	State []string `query:"state" doc:"separated by commas"`
	Limit int      `query:"limit" default:"50" minimum:"1" maximum:"500"`
}) (*body[[]Review], error) {
	f := store.ReviewsFilter{App: domain.AppID(in.App), Limit: in.Limit}
	for _, s := range in.State {
		f.States = append(f.States, domain.ReviewState(s))
	}
	found, err := x.desk.Reviews(ctx, actor(ctx), f)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := &body[[]Review]{Body: []Review{}}, x.view(ctx)
	for _, r := range found {
		out.Body = append(out.Body, v.review(r))
	}
	return out, nil
}

func (x *door) startReview(ctx context.Context, in *body[ReviewBody]) (*body[ReviewStarted], error) {
	b := in.Body
	req := desk.ReviewRequest{App: domain.AppID(b.App), Period: b.Period, Reason: b.Reason, Count: b.Count, ReadAt: b.ReadAt}
	if b.CSV != "" {
		rows, problems, err := x.desk.ReviewRows(ctx, actor(ctx), b.CSV, b.Count)
		if err != nil {
			return nil, x.problem(ctx, err)
		}
		if len(problems) > 0 {
			return nil, wrongFile("the list", problems)
		}
		req.Rows = rows
	}
	r, created, err := x.desk.StartReview(ctx, actor(ctx), req)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[ReviewStarted]{ReviewStarted{Review: x.view(ctx).review(desk.ReviewSummary{Review: r}), Created: created}}, nil
}

// wrongFile tells all that is wrong with a file of which nothing was taken.
func wrongFile(what string, problems []string) error {
	details := make([]error, len(problems))
	for i, text := range problems {
		details[i] = &huma.ErrorDetail{Message: text, Location: "body.csv"}
	}
	return huma.Error422UnprocessableEntity(fmt.Sprintf("%s has %d problems: nothing of it was taken", what, len(problems)), details...)
}

func (x *door) getReview(ctx context.Context, in *RunPath) (*body[Review], error) {
	r, err := x.desk.Review(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Review]{x.view(ctx).review(r)}, nil
}

func (x *door) reviewLines(ctx context.Context, in *struct {
	RunPath
	Mine     bool     `query:"mine" doc:"only those that lie with you"`
	Reviewer string   `query:"reviewer" maxLength:"254" doc:"work email; for those who see all lines"`
	State    []string `query:"state" doc:"separated by commas"`
	Verdict  []string `query:"verdict"`
	After    int      `query:"after" minimum:"0"`
	Limit    int      `query:"limit" default:"200" minimum:"1" maximum:"1000"`
}) (*body[ReviewLines], error) {
	f := domain.ReviewFilter{Review: in.ID, After: in.After, Limit: in.Limit}
	for _, s := range in.State {
		f.States = append(f.States, domain.LineState(s))
	}
	for _, s := range in.Verdict {
		f.Verdicts = append(f.Verdicts, domain.ReviewVerdict(s))
	}
	page, err := x.desk.ReviewLines(ctx, actor(ctx), f, in.Reviewer, in.Mine)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := ReviewLines{Lines: []ReviewLine{}, Next: page.Next}, x.view(ctx)
	for _, l := range page.Lines {
		out.Lines = append(out.Lines, v.reviewLine(l))
	}
	return &body[ReviewLines]{out}, nil
}

func (x *door) reviewDecisions(ctx context.Context, in *struct {
	RunPath
	Line int `path:"line" minimum:"1"`
}) (*body[[]ReviewDecision], error) {
	found, err := x.desk.ReviewDecisions(ctx, actor(ctx), in.ID, in.Line)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := &body[[]ReviewDecision]{Body: []ReviewDecision{}}, x.view(ctx)
	for _, d := range found {
		out.Body = append(out.Body, ReviewDecision{N: d.N, Verdict: string(d.Verdict), Role: d.Role, Reason: d.Reason, By: v.person(d.By), ActingFor: v.maybe(d.ActingFor),
			Confirms: d.Confirms, At: d.At, Channel: d.Channel, Bulk: d.Bulk, Seconds: d.Seconds, Rule: string(d.Rule)})
	}
	return out, nil
}

func (x *door) decideReview(ctx context.Context, in *struct {
	RunPath
	Body []ReviewChoice `minItems:"1" maxItems:"5000"`
}) (*body[ReviewAnswer], error) {
	words := make([]desk.ReviewWord, 0, len(in.Body))
	for _, c := range in.Body {
		words = append(words, desk.ReviewWord{Line: c.Line, Word: c.Verdict, Role: c.Role, Reason: c.Reason, Bulk: c.Bulk, Seconds: -1, Seen: c.Seen})
	}
	answer, err := x.desk.SayReview(ctx, actor(ctx), in.ID, words)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[ReviewAnswer]{reviewAnswer(answer)}, nil
}

func (x *door) decideReviewFile(ctx context.Context, in *struct {
	RunPath
	Body struct {
		CSV string `json:"csv" minLength:"1" doc:"with a header: line, account, verdict, role, reason and, needed for confirm and send_back, decision"`
	}
}) (*body[ReviewAnswer], error) {
	answer, problems, err := x.desk.DecideReviewFile(ctx, actor(ctx), in.ID, in.Body.CSV)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	if len(problems) > 0 {
		return nil, wrongFile("the file", problems)
	}
	return &body[ReviewAnswer]{reviewAnswer(answer)}, nil
}

func reviewAnswer(a desk.ReviewAnswer) ReviewAnswer {
	out := ReviewAnswer{Applied: a.Applied, Refused: []ReviewRefusal{}, Left: a.Left}
	for _, line := range slices.Sorted(maps.Keys(a.Refused)) {
		out.Refused = append(out.Refused, ReviewRefusal{Line: line, Why: a.Refused[line]})
	}
	return out
}

func (x *door) reviewFile(ctx context.Context, in *RunPath) (*huma.StreamResponse, error) {
	file, err := x.desk.ReviewFile(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		hctx.SetHeader("Content-Type", "text/csv; charset=utf-8")
		if _, err := hctx.BodyWriter().Write(file); err != nil {
			x.log.WarnContext(ctx, "file of a review not sent whole", "review", in.ID)
		}
	}}, nil
}

func (x *door) reassignReview(ctx context.Context, in *struct {
	RunPath
	Body struct {
		Lines  []int  `json:"lines" minItems:"1" maxItems:"5000"`
		To     string `json:"to" maxLength:"254" doc:"work email"`
		Reason string `json:"reason" maxLength:"2000"`
	}
}) (*body[Message], error) {
	if err := x.desk.ReassignReview(ctx, actor(ctx), in.ID, in.Body.Lines, in.Body.To, in.Body.Reason); err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Message]{Message{Text: fmt.Sprintf("%d lines were given to them; they are told.", len(in.Body.Lines))}}, nil
}

func (x *door) endReview(ctx context.Context, in *struct {
	RunPath
	Body struct {
		Reason string `json:"reason" maxLength:"2000"`
	}
}) (*body[Message], error) {
	if err := x.desk.EndReview(ctx, actor(ctx), in.ID, in.Body.Reason); err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Message]{Message{Text: "The review ends. What was open is listed as an exception for good."}}, nil
}

func (v *viewer) review(s desk.ReviewSummary) Review {
	r := s.Review
	out := Review{ID: r.ID, App: string(r.App), Period: r.Period, State: string(r.State), Why: r.Why, Requester: v.person(r.Requester), StartedAt: r.StartedAt,
		OpenedAt: when(r.OpenedAt), DueAt: when(r.DueAt), ClosedAt: when(r.ClosedAt), PolicyHash: r.PolicyHash, Frozen: r.Frozen, Digest: r.Digest,
		Roles: []ReviewRole{}, Progress: []ReviewerProgress{}}
	for _, role := range r.Settings.Roles {
		out.Roles = append(out.Roles, ReviewRole{Key: role.Key, Name: role.Name})
	}
	for _, p := range s.Progress {
		out.Progress = append(out.Progress, ReviewerProgress{Reviewer: v.person(p.Reviewer), Lines: p.Lines, Open: p.Open, Confirm: p.Confirm, LastAt: when(p.LastAt)})
	}
	if !s.Whole {
		return out
	}
	p, n := r.Population, s.Counts
	out.Population = &ReviewPopulation{Source: string(p.Source), Query: p.Query, ReadAt: p.ReadAt, Total: p.Total, Captured: p.Captured, Left: p.Left, Lines: p.Lines,
		AddsUp: p.AddsUp(), RequestID: p.RequestID, By: v.maybe(p.By), PeopleAt: when(p.PeopleAt), People: p.People}
	out.Counts = &ReviewCounts{Lines: n.Lines, ByState: texts(n.ByState), ByVerdict: texts(n.ByVerdict), Silent: n.Silent, Privileged: n.Privileged,
		OpenAdmins: n.OpenAdmins, Nobody: n.Nobody}
	return out
}

func texts[K ~string](counts map[K]int) map[string]int {
	out := map[string]int{}
	for k, n := range counts {
		out[string(k)] = n
	}
	return out
}

func (v *viewer) reviewLine(l desk.ReviewItem) ReviewLine {
	out := ReviewLine{Line: l.No, Account: string(l.Account), Person: string(l.Person), Email: l.Email, Name: l.Name, Role: l.Role, RoleName: l.RoleName, Seat: l.Seat,
		Privileged: l.Privileged, Invited: l.Invited, LastUse: l.LastUse(), Hints: []string{}, Suggest: string(l.Suggest), Reviewer: v.person(l.Reviewer),
		Because: string(l.Because), Second: v.maybe(l.Second), Confirms: l.Confirms, State: string(l.State), Verdict: string(l.Verdict), NewRole: l.NewRole,
		Run: l.Run, Why: l.Why, SettledAt: when(l.SettledAt)}
	if l.Decided != nil {
		out.Decision, out.DecidedBy, out.Reason = l.Decided.N, l.DecidedBy, l.Decided.Reason
	}
	for _, h := range l.Hints {
		out.Hints = append(out.Hints, string(h))
	}
	return out
}
