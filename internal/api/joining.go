package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"handover/domain"
	"handover/internal/desk"
)

// OnboardBody asks for somebody's access to an app.
type OnboardBody struct {
	Email   string `json:"email"`
	Name    string `json:"name,omitempty" maxLength:"200"`
	Manager string `json:"manager,omitempty" doc:"work email, where HR did not say"`
	App     string `json:"app"`
	Role    string `json:"role,omitempty" doc:"key or name; the app's starting role when empty"`
	Starts  string `json:"starts,omitempty" doc:"first day; now when empty"`
	Until   string `json:"until,omitempty" doc:"last day of access that is given for a time"`
	Reason  string `json:"reason,omitempty" maxLength:"2000"`
}

// RoleBody asks for another role of somebody in an app.
type RoleBody struct {
	Email     string `json:"email"`
	App       string `json:"app"`
	Role      string `json:"role" doc:"key or name"`
	Emergency bool   `json:"emergency,omitempty" doc:"at once; a second person confirms afterwards"`
	Reason    string `json:"reason,omitempty" maxLength:"2000"`
}

// Invite is somebody's invitation to an app.
type Invite struct {
	ID        string     `json:"id"`
	Run       string     `json:"run"`
	App       string     `json:"app"`
	Person    Person     `json:"person"`
	Role      string     `json:"role"`
	State     string     `json:"state" doc:"sending, pending, accepted, revoked or expired"`
	Link      int        `json:"link" doc:"how often it was sent; only the last one is good"`
	Channel   string     `json:"channel,omitempty"`
	SentAt    time.Time  `json:"sent_at"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"missing where the app does not say"`
	SettledAt *time.Time `json:"settled_at,omitempty"`
}

func (x *door) routeJoining(api huma.API) {
	huma.Register(api, operation("start-onboarding", http.MethodPost, "/invites", "Ask for somebody's access to an app"), x.onboard)
	huma.Register(api, operation("list-invites", http.MethodGet, "/invites", "Invitations, the oldest first"), x.invites)
	huma.Register(api, operation("resend-invite", http.MethodPost, "/invites/{id}/resend", "Send a new link; the one before is no longer good"), x.reasoned(x.desk.ResendInvite))
	huma.Register(api, operation("revoke-invite", http.MethodPost, "/invites/{id}/revoke", "Take an invite back"), x.reasoned(x.desk.RevokeInvite))
	huma.Register(api, operation("change-invite-role", http.MethodPost, "/invites/{id}/role", "Have an invite carry another role; it is sent anew"), x.inviteRole)
	huma.Register(api, operation("start-role-change", http.MethodPost, "/roles", "Ask for another role of somebody in an app"), x.changeRole)
}

func (x *door) onboard(ctx context.Context, in *body[OnboardBody]) (*body[Started], error) {
	b := in.Body
	run, created, err := x.desk.Onboard(ctx, actor(ctx), desk.OnboardRequest{Email: b.Email, Name: b.Name, Manager: b.Manager, App: domain.AppID(b.App), Role: b.Role, Starts: b.Starts,
		Until: b.Until, Reason: b.Reason})
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Started]{Started{Run: x.view(ctx).run(run), Created: created}}, nil
}

func (x *door) changeRole(ctx context.Context, in *body[RoleBody]) (*body[Started], error) {
	b := in.Body
	run, created, err := x.desk.ChangeRole(ctx, actor(ctx), desk.RoleRequest{Email: b.Email, App: domain.AppID(b.App), Role: b.Role, Emergency: b.Emergency, Reason: b.Reason})
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[Started]{Started{Run: x.view(ctx).run(run), Created: created}}, nil
}

func (x *door) invites(ctx context.Context, in *struct {
	Any bool `query:"settled" doc:"also those that are settled"`
}) (*body[[]Invite], error) {
	rows, err := x.desk.Invites(ctx, actor(ctx), !in.Any)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := &body[[]Invite]{Body: []Invite{}}, x.view(ctx)
	for _, i := range rows {
		shown := Invite{ID: i.ID, Run: i.Run, App: string(i.App), Person: v.person(i.Person), Role: i.RoleName, State: string(i.State), Link: i.Link, Channel: string(i.Channel), SentAt: i.SentAt}
		shown.ExpiresAt, shown.SettledAt = when(i.ExpiresAt), when(i.SettledAt)
		out.Body = append(out.Body, shown)
	}
	return out, nil
}

func (x *door) inviteRole(ctx context.Context, in *struct {
	RunPath
	Body struct {
		Role   string `json:"role" doc:"key or name"`
		Reason string `json:"reason,omitempty" maxLength:"2000"`
	}
}) (*body[Message], error) {
	answer, err := x.desk.InviteRole(ctx, actor(ctx), in.ID, in.Body.Role, in.Body.Reason)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return message(answer), nil
}
