package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"handover/domain"
	"handover/internal/desk"
)

func (x *door) routeMembers(api huma.API) {
	huma.Register(api, operation("list-members", http.MethodGet, "/apps/{app}/members", "The members of an app as somebody last read them off its screen"), x.members)
	huma.Register(api, operation("import-members", http.MethodPost, "/apps/{app}/members", "Upload the members of an app as read off its screen, all or nothing"), x.importMembers)
}

// MemberBody is a member list as somebody read it off an app's screen.
type MemberBody struct {
	CSV     string    `json:"csv" minLength:"1" doc:"with a header: email, role, and where shown name, state (member or pending), sent, expires"`
	Members int       `json:"members" minimum:"0" doc:"the number of members that the screen shows"`
	Pending int       `json:"pending" minimum:"0" doc:"the number of pending invites that it shows"`
	ReadAt  time.Time `json:"read_at,omitempty,omitzero" doc:"when it was read off the screen; now when empty"`
}

// MemberLists is what is known of an app's members.
type MemberLists struct {
	App      string         `json:"app"`
	List     *MemberList    `json:"list,omitempty" doc:"the newest"`
	Current  bool           `json:"current" doc:"the list says something about now"`
	Why      string         `json:"why,omitempty" doc:"why it does not"`
	Members  []Member       `json:"members"`
	Changes  []MemberChange `json:"changes" doc:"since the list before"`
	Returned []Member       `json:"returned,omitempty" doc:"removed before, and there all the same"`
	Hints    []string       `json:"hints,omitempty"`
	History  []MemberList   `json:"history,omitempty" doc:"the newest first"`
}

// MemberList is one upload.
type MemberList struct {
	ID         string    `json:"id"`
	ReadAt     time.Time `json:"read_at"`
	UploadedAt time.Time `json:"uploaded_at"`
	UploadedBy Person    `json:"uploaded_by"`
	Members    int       `json:"members"`
	Pending    int       `json:"pending"`
}

// Member is one line of a list.
type Member struct {
	Account string     `json:"account"`
	Email   string     `json:"email"`
	Name    string     `json:"name,omitempty"`
	Role    string     `json:"role" doc:"owner, admin, member or viewer"`
	Pending bool       `json:"pending"`
	Person  string     `json:"person,omitempty" doc:"id, where the directory knows them"`
	SentAt  *time.Time `json:"sent_at,omitempty"`
	Ends    *time.Time `json:"ends,omitempty" doc:"of a pending invite"`
}

// MemberChange is what differs between two lists.
type MemberChange struct {
	Kind      string `json:"kind" doc:"the name of the event"`
	Account   string `json:"account"`
	Person    Person `json:"person"`
	From      string `json:"from,omitempty"`
	To        string `json:"to,omitempty"`
	Explained bool   `json:"explained" doc:"by something that Handover knows of"`
}

func (x *door) members(ctx context.Context, in *struct {
	App string `path:"app" maxLength:"100"`
}) (*body[MemberLists], error) {
	r, err := x.desk.Members(ctx, actor(ctx), domain.AppID(in.App))
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	return &body[MemberLists]{x.view(ctx).members(in.App, r)}, nil
}

func (x *door) importMembers(ctx context.Context, in *struct {
	App  string `path:"app" maxLength:"100"`
	Body MemberBody
}) (*body[MemberLists], error) {
	r, err := x.desk.ImportMembers(ctx, actor(ctx), desk.MemberUpload{App: domain.AppID(in.App), CSV: in.Body.CSV, Members: in.Body.Members, Pending: in.Body.Pending, ReadAt: in.Body.ReadAt})
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	if n := len(r.Problems); n > 0 {
		details := make([]error, n)
		for i, text := range r.Problems {
			details[i] = &huma.ErrorDetail{Message: text, Location: "body.csv"}
		}
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("the list has %d problems: nothing of it was kept", n), details...)
	}
	return &body[MemberLists]{x.view(ctx).members(in.App, r)}, nil
}

func (v *viewer) members(app string, r desk.MemberReport) MemberLists {
	out := MemberLists{App: app, Current: r.Outdated == "", Why: r.Outdated, Members: []Member{}, Changes: []MemberChange{}, Hints: r.Hints}
	if r.List.ID != "" {
		l := v.memberList(r.List)
		out.List = &l
	}
	for _, row := range r.List.Rows {
		out.Members = append(out.Members, memberOf(row))
	}
	for _, row := range r.Returned {
		out.Returned = append(out.Returned, memberOf(row))
	}
	for _, c := range r.Changes {
		out.Changes = append(out.Changes, MemberChange{Kind: string(c.Kind), Account: string(c.Account), Person: v.person(c.Person), From: string(c.From), To: string(c.To), Explained: c.Explained})
	}
	for _, l := range r.History {
		out.History = append(out.History, v.memberList(l))
	}
	return out
}

func (v *viewer) memberList(l domain.MemberList) MemberList {
	return MemberList{ID: l.ID, ReadAt: l.ReadAt, UploadedAt: l.UploadedAt, UploadedBy: v.person(l.UploadedBy), Members: l.Members, Pending: l.Pending}
}

func memberOf(r domain.MemberRow) Member {
	m := Member{Account: string(r.Account), Email: r.Email, Name: r.Name, Role: string(r.Role), Pending: r.Pending, Person: string(r.Person), SentAt: when(r.SentAt)}
	if r.Pending {
		m.Ends = when(r.Ends())
	}
	return m
}
