package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Notice is a message for the person behind the token.
type Notice struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Run    string    `json:"run,omitempty"`
	App    string    `json:"app,omitempty"`
	About  string    `json:"about,omitempty" doc:"the request, task or step that it is about"`
	Text   string    `json:"text"`
	Urgent bool      `json:"urgent"`
}

type noticesInput struct {
	Limit int `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

func (x *door) routeNotices(api huma.API) {
	huma.Register(api, operation("list-notices", http.MethodGet, "/notices", "Messages for you, the newest first"), x.notices)
}

func (x *door) notices(ctx context.Context, in *noticesInput) (*body[[]Notice], error) {
	rows, err := x.desk.Notices(ctx, actor(ctx), in.Limit)
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out := &body[[]Notice]{Body: []Notice{}}
	for _, r := range rows {
		n := r.Notice
		out.Body = append(out.Body, Notice{At: n.At, Kind: n.Kind, Run: n.Run, App: string(n.App), About: n.About, Text: n.Text, Urgent: n.Urgent})
	}
	return out, nil
}
