package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"handover/domain"
	"handover/internal/desk"
)

func (x *door) routeFindings(api huma.API) {
	huma.Register(api, operation("list-findings", http.MethodGet, "/findings", "What HR, the identity providers and the apps do not agree on"), x.findings)
	huma.Register(api, operation("reconcile", http.MethodPost, "/findings/reconcile", "Compare apps with HR now"), x.reconcile)
	huma.Register(api, operation("fix-findings", http.MethodPost, "/findings/fix", "Start what fixes one finding, or those of a kind: a few first"), x.fix)
	huma.Register(api, operation("except-finding", http.MethodPost, "/findings/{id}/exception", "Ask for a finding to be let be for a time"), x.except)
	huma.Register(api, operation("decide-exception", http.MethodPost, "/findings/{id}/exception/decision", "Agree to an exception as second person, or refuse it"), x.decideException)
	huma.Register(api, operation("list-exceptions", http.MethodGet, "/findings/exceptions", "The register of exceptions"), x.exceptions)
}

// Findings is what is found, and when each app was last compared.
type Findings struct {
	Readings []Reading `json:"readings"`
	Findings []Finding `json:"findings" doc:"the gravest first, at most a thousand"`
}

// Finding is something that does not agree.
type Finding struct {
	ID        string         `json:"id"`
	App       string         `json:"app"`
	Kind      string         `json:"kind"`
	Severity  string         `json:"severity" doc:"high, medium or low"`
	State     string         `json:"state" doc:"open, excepted, fixing or closed"`
	Person    Person         `json:"person"`
	Account   string         `json:"account,omitempty"`
	Email     string         `json:"email,omitempty" doc:"under which the app showed the account last"`
	Owner     Person         `json:"owner" doc:"who is to see to it"`
	Why       string         `json:"why"`
	Counts    map[string]int `json:"counts,omitempty"`
	FirstSeen time.Time      `json:"first_seen"`
	LastSeen  time.Time      `json:"last_seen"`
	AgeDays   int            `json:"age_days"`
	ClosedAt  *time.Time     `json:"closed_at,omitempty"`
	Run       string         `json:"run,omitempty" doc:"that is at it, or was"`
	Starts    bool           `json:"starts" doc:"handover reconcile fix starts what fixes it"`
	Command   string         `json:"command,omitempty" doc:"what else may be done"`
	Exception *Exception     `json:"exception,omitempty" doc:"in force, or waiting for a second person"`
}

// Exception is the word of two people that a finding is let be for a time.
type Exception struct {
	ID        string     `json:"id"`
	Finding   string     `json:"finding"`
	App       string     `json:"app"`
	Until     time.Time  `json:"until"`
	Reason    string     `json:"reason"`
	AskedBy   Person     `json:"asked_by"`
	AskedAt   time.Time  `json:"asked_at"`
	DecidedBy Person     `json:"decided_by"`
	DecidedAt *time.Time `json:"decided_at,omitempty"`
	Agreed    bool       `json:"agreed"`
}

// Reading is one comparison of an app with HR and its identity provider.
type Reading struct {
	App      string     `json:"app"`
	BeganAt  *time.Time `json:"began_at,omitempty" doc:"missing where the app was never compared"`
	Complete bool       `json:"complete"`
	Why      string     `json:"why,omitempty" doc:"what could not be read"`
	Accounts int        `json:"accounts"`
	Total    int        `json:"total" doc:"the app's own, -1 when it gives none"`
	Assigned int        `json:"assigned" doc:"who have the app at the identity provider, -1 where that was not read"`
	Found    int        `json:"found"`
	Closed   int        `json:"closed"`
	Outside  int        `json:"outside" doc:"changes that no run explains"`
	Fault    string     `json:"fault,omitempty" doc:"why there is no reading"`
}

// ReconcileBody names apps; none is all.
type ReconcileBody struct {
	Apps []string `json:"apps,omitempty" maxItems:"100"`
}

// FixBody names one finding, or all of a kind in an app.
type FixBody struct {
	ID   string `json:"id,omitempty" maxLength:"40"`
	App  string `json:"app,omitempty" maxLength:"100"`
	Kind string `json:"kind,omitempty" maxLength:"40"`
}

// FixReport is what was started.
type FixReport struct {
	Started []Fixed `json:"started"`
	Refused []Fixed `json:"refused"`
	Open    int     `json:"open" doc:"findings that still wait"`
	Why     string  `json:"why,omitempty" doc:"why they wait"`
}

// Fixed is one finding of a report.
type Fixed struct {
	Finding string `json:"finding"`
	Run     string `json:"run,omitempty"`
	Why     string `json:"why,omitempty"`
}

// ExceptionBody asks for an exception.
type ExceptionBody struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason" maxLength:"1000"`
}

// ExceptionDecision is the second person's word.
type ExceptionDecision struct {
	Agree bool `json:"agree"`
}

func (x *door) findings(ctx context.Context, in *struct {
	App   string `query:"app" maxLength:"100"`
	Kind  string `query:"kind" maxLength:"40"`
	State string `query:"state" maxLength:"20"`
	All   bool   `query:"all" doc:"closed ones too"`
}) (*body[Findings], error) {
	q := desk.FindingQuery{App: domain.AppID(in.App), Kind: domain.FindingKind(in.Kind), State: domain.FindingState(in.State), All: in.All}
	found, err := x.desk.Findings(ctx, actor(ctx), q)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	readings, err := x.desk.Readings(ctx, actor(ctx))
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := Findings{Readings: []Reading{}, Findings: []Finding{}}, x.view(ctx)
	for _, r := range readings {
		if in.App == "" || string(r.App) == in.App {
			out.Readings = append(out.Readings, readingOf(r))
		}
	}
	for _, f := range found {
		out.Findings = append(out.Findings, v.finding(f))
	}
	return &body[Findings]{out}, nil
}

func (v *viewer) finding(f desk.FindingView) Finding {
	out := Finding{ID: f.ID, App: string(f.App), Kind: string(f.Kind), Severity: string(f.Severity), State: string(f.State), Person: v.person(f.Person), Account: string(f.Account),
		Email: f.Email, Owner: v.person(f.Owner), Why: f.Why, Counts: f.Counts, FirstSeen: f.FirstSeen, LastSeen: f.LastSeen,
		AgeDays: int(f.Age(v.desk.Now()).Hours()) / 24, ClosedAt: when(f.ClosedAt), Run: f.Run, Starts: f.Fix.Starts, Command: f.Fix.Command}
	if f.Excuse != nil {
		e := v.exception(*f.Excuse)
		out.Exception = &e
	}
	return out
}

func (v *viewer) exception(e domain.Exception) Exception {
	return Exception{ID: e.ID, Finding: e.Finding, App: string(e.App), Until: e.Until, Reason: e.Reason, AskedBy: v.person(e.AskedBy), AskedAt: e.AskedAt,
		DecidedBy: v.person(e.DecidedBy), DecidedAt: when(e.DecidedAt), Agreed: e.Agreed}
}

func readingOf(r domain.Reading) Reading {
	return Reading{App: string(r.App), BeganAt: when(r.BeganAt), Complete: r.Complete, Why: r.Why, Accounts: r.Accounts, Total: r.Total, Assigned: r.Assigned,
		Found: r.Found, Closed: r.Closed, Outside: r.Outside}
}

func (x *door) reconcile(ctx context.Context, in *struct{ Body ReconcileBody }) (*body[[]Reading], error) {
	apps := make([]domain.AppID, 0, len(in.Body.Apps))
	for _, id := range in.Body.Apps {
		apps = append(apps, domain.AppID(id))
	}
	answers, err := x.desk.Reconcile(ctx, actor(ctx), apps)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out := []Reading{}
	for _, answer := range answers {
		r := readingOf(answer.Result.Reading)
		r.App, r.Fault = answer.App, answer.Text
		out = append(out, r)
	}
	return &body[[]Reading]{out}, nil
}

func (x *door) fix(ctx context.Context, in *struct{ Body FixBody }) (*body[FixReport], error) {
	r, err := x.desk.Fix(ctx, actor(ctx), desk.FixRequest{ID: in.Body.ID, App: domain.AppID(in.Body.App), Kind: domain.FindingKind(in.Body.Kind)})
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out := FixReport{Started: []Fixed{}, Refused: []Fixed{}, Open: r.Open, Why: r.Why}
	for _, f := range r.Started {
		out.Started = append(out.Started, Fixed(f))
	}
	for _, f := range r.Refused {
		out.Refused = append(out.Refused, Fixed(f))
	}
	return &body[FixReport]{out}, nil
}

func (x *door) except(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"40"`
	Body ExceptionBody
}) (*body[Exception], error) {
	e, err := x.desk.Except(ctx, actor(ctx), in.ID, in.Body.Until, in.Body.Reason)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Exception]{x.view(ctx).exception(e)}, nil
}

func (x *door) decideException(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"40"`
	Body ExceptionDecision
}) (*body[Exception], error) {
	e, err := x.desk.DecideException(ctx, actor(ctx), in.ID, in.Body.Agree)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Exception]{x.view(ctx).exception(e)}, nil
}

func (x *door) exceptions(ctx context.Context, _ *struct{}) (*body[[]Exception], error) {
	all, err := x.desk.Exceptions(ctx, actor(ctx), 1000)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := []Exception{}, x.view(ctx)
	for _, e := range all {
		out = append(out, v.exception(e))
	}
	return &body[[]Exception]{out}, nil
}
