package apollo

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
)

// The administration pages do what has no API. They are plain HTML forms that work without scripts, so that a person or
// a browser robot can go through the same steps an Apollo administrator goes through.

//go:embed pages
var pageFiles embed.FS

const adminCookie = "apollo_sim_admin"

// sessionSeconds is how long a sign-in is good for. It outlives the browser, as sessions of such apps do.
const sessionSeconds = 12 * 60 * 60

var pageNames = []string{"users", "user", "confirm", "plan", "workflows", "lists", "crm", "invites", "emails", "login"}

func parsePages() map[string]*template.Template {
	out := map[string]*template.Template{}
	for _, name := range pageNames {
		out[name] = template.Must(template.ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html"))
	}
	return out
}

// admin serves the pages.
type admin struct {
	s     *Simulator
	pages map[string]*template.Template
}

func (s *Simulator) adminRoutes() http.Handler {
	a := &admin{s: s, pages: parsePages()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /admin/{$}", a.show("users", a.usersPage))
	mux.HandleFunc("GET /admin/users/{id}", a.show("user", a.userPage))
	mux.HandleFunc("GET /admin/users/{id}/{act}", a.show("confirm", a.confirmPage))
	mux.HandleFunc("GET /admin/plan", a.show("plan", a.planPage))
	mux.HandleFunc("GET /admin/workflows", a.show("workflows", a.plainPage("Workflows")))
	mux.HandleFunc("GET /admin/lists", a.show("lists", a.plainPage("Lists")))
	mux.HandleFunc("GET /admin/crm", a.show("crm", a.plainPage("CRM sync")))
	mux.HandleFunc("GET /admin/invites", a.show("invites", a.plainPage("Invites")))
	mux.HandleFunc("GET /admin/emails", a.show("emails", a.plainPage("Scheduled emails")))
	mux.HandleFunc("GET /admin/login", a.show("login", a.plainPage("Log in")))
	mux.HandleFunc("GET /admin/style.css", a.style)
	a.userForms(mux)
	a.teamForms(mux)
	a.inviteForms(mux)
	return a.guard(http.NewCrossOriginProtection().Handler(mux))
}

// guard asks for the admin token, in a cookie or once in the query.
func (a *admin) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := a.s.opt.AdminToken
		if want == "" {
			http.NotFound(w, r)
			return
		}
		if token := r.URL.Query().Get("token"); token != "" && sameToken(token, want) {
			http.SetCookie(w, &http.Cookie{Name: adminCookie, Value: url.QueryEscape(want), Path: "/admin/",
				HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: sessionSeconds})
			rest := r.URL.Query()
			rest.Del("token")
			target := url.URL{Path: r.URL.Path, RawQuery: rest.Encode()}
			http.Redirect(w, r, target.String(), http.StatusSeeOther)
			return
		}
		cookie, err := r.Cookie(adminCookie)
		if err != nil || !sameToken(cookie.Value, url.QueryEscape(want)) {
			http.Error(w, "Sign in with /admin/?token=...", http.StatusUnauthorized)
			return
		}
		if !a.instead(w, r) {
			next.ServeHTTP(w, r)
		}
	})
}

// page is what every template gets.
type page struct {
	Title, Path, Done, Error string
	State                    State
	Profiles                 []Profile
	User                     UserState
	Mailboxes                []MailboxState
	Owned                    []ownedCount
	Act                      string
	Scheduled                int
	MinSeats                 int
	Deactivated              int
	Variant, Host            string
	Framed                   bool
	Other                    UserState // whom a variant's trap acts on
}

type ownedCount struct {
	Kind string
	N    int
}

func (a *admin) show(name string, fill func(*http.Request, *page) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := &page{
			Path: r.URL.Path, Done: r.URL.Query().Get("done"), Error: r.URL.Query().Get("error"),
			State: a.s.State(), Profiles: Profiles(),
		}
		a.trap(r, p)
		if !fill(r, p) {
			http.NotFound(w, r)
			return
		}
		var buf bytes.Buffer
		if err := a.pages[name].ExecuteTemplate(&buf, "layout", p); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(buf.Bytes()) // the browser may be gone
	}
}

func (a *admin) style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, pageFiles, "pages/style.css")
}

// form registers one write. It goes back to a page and says there what happened.
func form(mux *http.ServeMux, path, done string, back func(*http.Request) string, do func(*http.Request) error) {
	mux.HandleFunc("POST /admin/"+path, func(w http.ResponseWriter, r *http.Request) {
		said := url.Values{"done": {done}}
		if err := do(r); err != nil {
			said = url.Values{"error": {err.Error()}}
		}
		http.Redirect(w, r, back(r)+"?"+said.Encode(), http.StatusSeeOther)
	})
}

func backTo(path string) func(*http.Request) string {
	return func(*http.Request) string { return path }
}

func (a *admin) userForms(mux *http.ServeMux) {
	s := a.s
	back := func(r *http.Request) string { return "/admin/users/" + url.PathEscape(r.PathValue("id")) }
	unless := func(do func(id string) error) func(*http.Request) error {
		return func(r *http.Request) error {
			if skip, err := a.noEffect(); skip {
				return err
			}
			return do(r.PathValue("id"))
		}
	}
	form(mux, "users/{id}/deactivate", "User deactivated", back, unless(s.Deactivate))
	form(mux, "users/{id}/reactivate", "User reactivated", back, unless(s.Reactivate))
	form(mux, "users/{id}/profile", "Permission profile changed", back, func(r *http.Request) error {
		return s.SetProfile(r.PathValue("id"), r.FormValue("profile"))
	})
	form(mux, "users/{id}/unlink", "Mailbox unlinked", back, func(r *http.Request) error {
		return s.Unlink(r.FormValue("mailbox"), r.FormValue("forward_to"))
	})
}

func (a *admin) teamForms(mux *http.ServeMux) {
	s := a.s
	form(mux, "plan/seats", "Seats changed", backTo("/admin/plan"), func(r *http.Request) error {
		n, err := strconv.Atoi(r.FormValue("seats"))
		if err != nil {
			return fmt.Errorf("%q is no number of seats: %w", r.FormValue("seats"), ErrRefused)
		}
		return s.SetSeats(n)
	})
	form(mux, "workflows/owner", "Workflow transferred", backTo("/admin/workflows"), func(r *http.Request) error {
		return s.TransferWorkflow(r.FormValue("id"), r.FormValue("user"))
	})
	form(mux, "lists/owner", "List transferred", backTo("/admin/lists"), func(r *http.Request) error {
		return s.TransferList(r.FormValue("id"), r.FormValue("user"))
	})
	form(mux, "crm/user", "CRM sync user changed", backTo("/admin/crm"), func(r *http.Request) error {
		return s.SetCRMUser(r.FormValue("user"))
	})
	form(mux, "emails/resend", "Email moved", backTo("/admin/emails"), func(r *http.Request) error {
		return s.ResendFrom(r.FormValue("id"), r.FormValue("mailbox"))
	})
}

func (a *admin) inviteForms(mux *http.ServeMux) {
	back := backTo("/admin/invites")
	form(mux, "invites/send", "Invite sent", back, func(r *http.Request) error {
		_, err := a.s.Invite(r.FormValue("email"), r.FormValue("profile"))
		return err
	})
	form(mux, "invites/accept", "Invite accepted", back, func(r *http.Request) error {
		_, err := a.s.AcceptInvite(r.FormValue("id"))
		return err
	})
	form(mux, "invites/revoke", "Invite revoked", back, func(r *http.Request) error { return a.s.RevokeInvite(r.FormValue("id")) })
}
