package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"sync"
	"time"

	"handover/domain"
	"handover/internal/desk"
)

// Bounds of a request and of the time in which Slack wants to hear of it.
const (
	maxBody  = 1 << 20
	keepTime = 2500 * time.Millisecond // Slack waits three seconds
	formTime = 2800 * time.Millisecond // a trigger lives three seconds
	openings = 64                      // forms that may be on their way at once
)

// Door takes what people do in Slack.
type Door struct {
	Desk   *desk.Desk
	Client *Client
	Secret domain.Secret // signs what Slack sends over HTTP
	Log    *slog.Logger

	known   known
	forged  forged
	slots   chan struct{}
	once    sync.Once
	running sync.WaitGroup
}

// Handler answers everything below /hooks/slack/. What carries no good signature
// gets 401 and nothing else.
func (x *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hooks/slack/interactions", x.signed(x.interaction))
	mux.HandleFunc("POST /hooks/slack/commands", x.signed(x.command))
	mux.HandleFunc("POST /hooks/slack/events", x.signed(x.event))
	return mux
}

// reply is what Slack hears at once.
type reply struct {
	status int
	body   any // JSON, or nothing
}

// signed lets only through what Slack signed within the last minutes.
func (x *Door) signed(next func(*http.Request, []byte) reply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "the request cannot be read", http.StatusBadRequest)
			return
		}
		if err := verify(r.Header, raw, string(x.Secret), time.Now()); err != nil {
			x.forged.count(x)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		write(w, next(r, raw))
	}
}

func write(w http.ResponseWriter, a reply) {
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body) // the connection may be gone; the act is kept
}

func formOf(r *http.Request, raw []byte) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, errAct
	}
	return url.ParseQuery(string(raw))
}

func (x *Door) interaction(r *http.Request, raw []byte) reply {
	q, err := formOf(r, raw)
	if err != nil || len(q["payload"]) != 1 {
		return x.unreadable(r.Context(), "interaction")
	}
	a, err := decodeInteraction([]byte(q.Get("payload")))
	if err != nil {
		return x.unreadable(r.Context(), "interaction")
	}
	return x.take(r.Context(), a)
}

func (x *Door) command(r *http.Request, raw []byte) reply {
	q, err := formOf(r, raw)
	if err != nil {
		return x.unreadable(r.Context(), "command")
	}
	a, err := decodeCommand(q)
	if err != nil {
		return x.unreadable(r.Context(), "command")
	}
	return x.take(r.Context(), a)
}

// event answers Slack's question whether the address is ours. No events are
// asked for; any that come are done with.
func (x *Door) event(r *http.Request, raw []byte) reply {
	var e struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" || json.Unmarshal(raw, &e) != nil || len(e.Challenge) > maxValue {
		return x.unreadable(r.Context(), "event")
	}
	if e.Type == "url_verification" {
		return reply{status: http.StatusOK, body: map[string]string{"challenge": e.Challenge}}
	}
	return reply{status: http.StatusOK}
}

func (x *Door) unreadable(ctx context.Context, what string) reply {
	x.Log.WarnContext(ctx, "a request of Slack is not understood", "what", what)
	return reply{status: http.StatusBadRequest}
}

// take acknowledges an act: it opens the form that was asked for, complains about
// a form that was filled in wrongly, or keeps the act to be worked off.
func (x *Door) take(ctx context.Context, a act) reply {
	a.At = x.Desk.Now().UTC()
	if a.wantsForm() || a.asksForForm() {
		x.open(ctx, a)
		return reply{status: http.StatusOK}
	}
	if a.Kind == actCommand && a.isHelp() {
		return reply{status: http.StatusOK, body: map[string]any{"response_type": "ephemeral", "text": helpText}}
	}
	if wrong := x.complaints(a); len(wrong) > 0 {
		return reply{status: http.StatusOK, body: map[string]any{"response_action": "errors", "errors": wrong}}
	}
	if err := x.keep(ctx, a); err != nil {
		// Never a false OK: Slack shows the person that it did not work.
		x.Log.ErrorContext(ctx, "an act in Slack could not be kept", "kind", a.Kind, "fault", domain.KindOf(err))
		return reply{status: http.StatusServiceUnavailable}
	}
	return reply{status: http.StatusOK}
}

func (x *Door) keep(ctx context.Context, a act) error {
	body, err := a.encode()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	kept := make(chan error, 1)
	go func() {
		_, err := x.Desk.KeepClick(ctx, a.ID, body)
		kept <- err
	}()
	// A driver may take its time over a context that has ended; Slack does not.
	select {
	case err := <-kept:
		return err
	case <-ctx.Done():
		return errors.New("keep click: the store did not answer in time")
	}
}

// open opens a form after Slack has its answer.
func (x *Door) open(ctx context.Context, a act) {
	x.once.Do(func() { x.slots = make(chan struct{}, openings) })
	select {
	case x.slots <- struct{}{}:
	default:
		x.Log.WarnContext(ctx, "form not opened: too many at once")
		return
	}
	ctx = context.WithoutCancel(ctx)
	x.running.Go(func() {
		defer func() { <-x.slots }()
		timed, cancel := context.WithTimeout(ctx, formTime)
		err := x.openForm(timed, a)
		cancel()
		if err != nil {
			x.notOpened(ctx, a, err)
		}
	})
}

func (x *Door) notOpened(ctx context.Context, a act, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var refused *domain.Refusal
	if errors.As(err, &refused) {
		x.say(ctx, a, refused.Text)
		return
	}
	x.Log.WarnContext(ctx, "form not opened", "verb", a.Verb, "fault", domain.KindOf(err), "error", err)
	if errors.Is(err, domain.ErrNotFound) {
		x.say(ctx, a, "This is no longer there, or it is not yours to see.")
		return
	}
	x.say(ctx, a, "Slack did not open the form in time: please click again.")
}

// Wait waits for the forms that are being opened.
func (x *Door) Wait() { x.running.Wait() }
