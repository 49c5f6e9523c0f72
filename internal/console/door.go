package console

import (
	"context"
	"crypto/rand"
	_ "embed" // the page
	"encoding/json"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"handover/domain"
	"handover/internal/desk"
)

// maxBody bounds a form: a page of lines with a reason each.
const maxBody = 1 << 20

// cookieName is the cookie that ties forms to the browser they were made for. It
// says nothing about anybody.
const cookieName = "handover_form"

// door is the door of pages to a desk.
type door struct {
	desk *desk.Desk
	log  *slog.Logger

	mu     sync.Mutex
	wrong  int // links that opened nothing, since they were last written down
	noted  time.Time
	secure bool // the cookie goes over TLS alone
}

// Handler answers everything below desk.ReviewPath. Looking at a link, with GET or
// HEAD, changes nothing, whoever looks; what is wrong with a link is never told.
func Handler(d *desk.Desk, log *slog.Logger) http.Handler {
	x := &door{desk: d, log: log, secure: strings.HasPrefix(d.PublicURL, "https://")}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+desk.ReviewPath+"{token}", x.linked(x.show))
	mux.HandleFunc("POST "+desk.ReviewPath+"{token}", x.linked(x.act))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { x.nothing(w, newVisit(w)) })
	return mux
}

// visit is one request: what its page may run, and whose link it came by.
type visit struct {
	nonce  string
	link   desk.ReviewLink
	cookie string
	script bool // asks for JSON
}

// newVisit sets what every answer carries. The page runs its own script and nothing
// else, is shown in no frame, kept nowhere, and tells no other site where it is.
func newVisit(w http.ResponseWriter) visit {
	v := visit{nonce: rand.Text()}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+v.nonce+"'; style-src 'nonce-"+v.nonce+
		"'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	return v
}

// linked opens the link of a request before anything else.
func (x *door) linked(next func(http.ResponseWriter, *http.Request, visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := newVisit(w)
		v.script = r.Header.Get("Accept") == "application/json"
		link, err := x.desk.OpenReviewLink(r.Context(), r.PathValue("token"))
		switch {
		case errors.Is(err, domain.ErrNotFound):
			x.countWrong(r.Context())
			x.nothing(w, v)
			return
		case err != nil:
			x.failed(w, r, v, err)
			return
		}
		v.link, v.cookie = link, x.browser(w, r)
		if link.Ended {
			x.word(w, v, http.StatusGone, "This review takes no decisions any more", "The link shows nothing now. What came of the review is known to whoever looks after the app.")
			return
		}
		next(w, r, v)
	}
}

// browser gives the browser its cookie where it has none. It is sent with forms of
// our own pages alone.
func (x *door) browser(w http.ResponseWriter, r *http.Request) string {
	if c, err := r.Cookie(cookieName); err == nil && len(c.Value) >= 20 && len(c.Value) <= 100 {
		return c.Value
	}
	if r.Method == http.MethodPost {
		return ""
	}
	value := rand.Text()
	//nolint:gosec // Secure wherever people come by TLS; a demo on loopback has none
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: value, Path: desk.ReviewPath, HttpOnly: true, Secure: x.secure, SameSite: http.SameSiteLaxMode})
	return value
}

// wrongEvery is how often wrong links are written down at most: nobody shall fill
// the audit log from outside.
const wrongEvery = time.Minute

// countWrong writes down that a link opened nothing: the first at once, those of the
// next minute with the first one after it.
func (x *door) countWrong(ctx context.Context) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wrong++
	if now := time.Now(); now.Sub(x.noted) >= wrongEvery {
		x.log.WarnContext(ctx, "links that open nothing", "count", x.wrong)
		x.desk.NoteForged(context.WithoutCancel(ctx), desk.ChannelPage, x.wrong)
		x.wrong, x.noted = 0, now
	}
}

// nothing is the one answer to everything that opens nothing.
func (x *door) nothing(w http.ResponseWriter, v visit) {
	x.word(w, v, http.StatusNotFound, "This link opens nothing", "Type /handover reviews in Slack to get a link that does.")
}

// failed answers what went wrong here. Refusals and faults say what to do; anything
// else stays in the log.
func (x *door) failed(w http.ResponseWriter, r *http.Request, v visit, err error) {
	status, text := http.StatusInternalServerError, "Something went wrong here: the server's log says what. Nothing you decided before is lost."
	var refused *domain.Refusal
	var fault *domain.Fault
	switch {
	case errors.As(err, &refused):
		status, text = http.StatusConflict, refused.Text
	case errors.As(err, &fault) && fault.Kind == domain.FaultInvalid:
		status, text = http.StatusUnprocessableEntity, fault.SafeMessage
	case errors.As(err, &fault) && fault.Kind == domain.FaultConflict:
		status, text = http.StatusConflict, fault.SafeMessage
	case errors.As(err, &fault) && fault.Kind == domain.FaultUnavailable:
		status, text = http.StatusServiceUnavailable, "The database does not answer now: try again in a minute."
		x.log.ErrorContext(r.Context(), "page not shown", "fault", fault.Kind)
	default:
		x.log.ErrorContext(r.Context(), "page not shown", "error", err)
	}
	x.word(w, v, status, "That did not work", text)
}

// word answers with a sentence.
func (x *door) word(w http.ResponseWriter, v visit, status int, title, text string) {
	if v.script {
		answerJSON(w, status, answer{Error: text})
		return
	}
	x.render(w, status, page{Nonce: v.nonce, Style: style, Title: title, Word: text})
}

func answerJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the browser may be gone
}

var (
	//go:embed page/page.html
	pageText string
	//go:embed page/page.css
	styleText string
	//go:embed page/page.js
	scriptText string

	pages  = template.Must(template.New("page").Parse(pageText))
	style  = template.CSS(styleText) //nolint:gosec // our own, not somebody's input
	script = template.JS(scriptText) //nolint:gosec // our own, not somebody's input
)

func (x *door) render(w http.ResponseWriter, status int, p page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := pages.Execute(w, p); err != nil {
		x.log.Warn("page not sent whole", "error", err)
	}
}
