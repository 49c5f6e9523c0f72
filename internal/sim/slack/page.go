package slack

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

//go:embed pages
var pageFiles embed.FS

// pagePatience is how long a person in front of the page waits for the app.
const pagePatience = 10 * time.Second

func newFormToken() string { return rand.Text() }

var pageTemplate = template.Must(template.New("").Funcs(template.FuncMap{
	"dict": dict,
	"css":  func() (template.CSS, error) { return readPage[template.CSS]("style.css") },
	"js":   func() (template.JS, error) { return readPage[template.JS]("watch.js") },
}).ParseFS(pageFiles, "pages/*.html"))

func readPage[T ~string](name string) (T, error) {
	raw, err := pageFiles.ReadFile("pages/" + name)
	return T(raw), err
}

// dict hands several values to an inner template.
func dict(pairs ...any) map[string]any {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		out[name] = pairs[i+1]
	}
	return out
}

func (s *Simulator) pageRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.showPage)
	mux.HandleFunc("GET /people/{user}", s.showPage)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, _ = w.Write([]byte(s.version())) // the browser may be gone
	})
	for name, act := range map[string]func(context.Context, *http.Request) error{
		"click": s.pageClick, "pick": s.pagePick, "submit": s.pageSubmit, "close": s.pageClose, "command": s.pageCommand,
	} {
		mux.HandleFunc("POST /people/{user}/"+name, s.pageAct(act))
	}
}

func (s *Simulator) showPage(w http.ResponseWriter, r *http.Request) {
	p, ok := s.pageFor(r.PathValue("user"), r.URL.Query().Get("channel"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	p.Nonce = rand.Text()
	var buf bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&buf, "page", p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'; form-action 'self'; "+
		"base-uri 'none'; frame-ancestors 'none'; script-src 'nonce-"+p.Nonce+"'")
	_, _ = w.Write(buf.Bytes()) // the browser may be gone
}

// pageAct runs one act of a person and shows the page again. Forms carry a token that other sites cannot know.
func (s *Simulator) pageAct(act func(context.Context, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if subtle.ConstantTimeCompare([]byte(r.PostFormValue("csrf")), []byte(s.csrf)) != 1 {
			http.Error(w, "this form is not from this page: load the page again", http.StatusForbidden)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), pagePatience)
		defer cancel()
		user, channel := r.PathValue("user"), r.PostFormValue("channel")
		// What the app did wrong is shown by the act itself; what the person cannot do is said here.
		if err := act(ctx, r); errors.Is(err, ErrRefused) {
			s.notify(user, channel, err.Error())
		}
		target := url.URL{Path: "/people/" + user}
		if channel != "" && s.DM(user) != channel {
			target.RawQuery = url.Values{"channel": {channel}}.Encode()
		}
		if ts := r.PostFormValue("ts"); ts != "" {
			target.Fragment = "m" + ts
		}
		http.Redirect(w, r, target.String(), http.StatusSeeOther)
	}
}

// pageClick is a click in a message.
func (s *Simulator) pageClick(ctx context.Context, r *http.Request) error {
	_, err := s.Click(ctx, Click{
		User: r.PathValue("user"), Channel: r.PostFormValue("channel"), TS: r.PostFormValue("ts"),
		ActionID: r.PostFormValue("action"), BlockID: r.PostFormValue("block"), Value: joined(r.PostForm["value"]),
	})
	return err
}

// pagePick is a click on a button inside a form.
func (s *Simulator) pagePick(ctx context.Context, r *http.Request) error {
	block, action, _ := strings.Cut(r.PostFormValue("pick"), "/")
	_, err := s.Click(ctx, Click{User: r.PathValue("user"), View: r.PostFormValue("view"), BlockID: block, ActionID: action})
	return err
}

func (s *Simulator) pageSubmit(ctx context.Context, r *http.Request) error {
	values := map[string]string{}
	for name, given := range r.PostForm {
		if field, ok := strings.CutPrefix(name, "v."); ok {
			values[field] = joined(given)
		}
	}
	_, err := s.Submit(ctx, r.PathValue("user"), r.PostFormValue("view"), values)
	return err
}

// joined puts several choices into one value. Lists of boxes carry an empty one, so that none can be told from not asked.
func joined(given []string) string {
	if len(given) == 1 {
		return given[0]
	}
	return strings.Join(slices.DeleteFunc(slices.Clone(given), func(v string) bool { return v == "" }), ",")
}

func (s *Simulator) pageClose(ctx context.Context, r *http.Request) error {
	_, err := s.CloseView(ctx, r.PathValue("user"), r.PostFormValue("view"))
	return err
}

func (s *Simulator) pageCommand(ctx context.Context, r *http.Request) error {
	line := strings.TrimSpace(r.PostFormValue("line"))
	user, channel := r.PathValue("user"), r.PostFormValue("channel")
	if !strings.HasPrefix(line, "/") {
		if channel == "" || line == "" {
			return nil
		}
		_, err := s.Say(user, channel, line)
		return err
	}
	command, text, _ := strings.Cut(line, " ")
	_, err := s.Command(ctx, user, channel, command, strings.TrimSpace(text))
	return err
}
