package hr

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"handover/domain"
	"handover/internal/desk"
)

// Bounds of a delivery. Senders wait 15 to 30 seconds for an answer.
const (
	maxBody  = 1 << 20
	readTime = 10 * time.Second
	keepTime = 8 * time.Second
)

// Door takes what HR systems send.
type Door struct {
	desk    *desk.Desk
	log     *slog.Logger
	sources map[string]*source
	rarely  rarely
	running sync.WaitGroup
}

// NewDoor makes the door from the policy. A secret that cannot be one is an
// error; a source whose secret is not set stays shut.
func NewDoor(d *desk.Desk, log *slog.Logger, p *domain.Policy, secret func(name string) (domain.Secret, error)) (*Door, error) {
	sources, err := newSources(p, secret)
	return &Door{desk: d, log: log, sources: sources}, err
}

// Handler answers POST /hooks/hr, and /hooks/hr/{source} for the sources that
// the policy names. Every refusal is a problem document.
func (x *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hooks/hr", x.hook)
	mux.HandleFunc("POST /hooks/hr/{source}", x.hook)
	mux.HandleFunc("/hooks/hr", notPosted)
	mux.HandleFunc("/hooks/hr/{source}", notPosted)
	mux.HandleFunc("/hooks/hr/", func(w http.ResponseWriter, _ *http.Request) { nothingHere.write(w) })
	return mux
}

var nothingHere = &refusal{http.StatusNotFound, "unknown", "no HR system is heard here: name it under hr.sources in the policy file, and set its secret"}

func notPosted(w http.ResponseWriter, _ *http.Request) {
	(&refusal{http.StatusMethodNotAllowed, "not-posted", "send events with POST"}).write(w)
}

func (x *Door) hook(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("source")
	if name == "" {
		name = domain.HRSourceDefault
	}
	s := x.sources[name]
	if s == nil || s.verifier == nil {
		nothingHere.write(w)
		return
	}
	raw, wrong := x.body(w, r, s)
	if wrong != nil {
		wrong.write(w)
		return
	}
	if s.isPing(raw) {
		w.WriteHeader(http.StatusOK)
		return
	}
	d, wrong := x.signed(r, s, raw)
	if wrong == nil {
		wrong = x.json(r, s)
	}
	if wrong != nil {
		wrong.write(w)
		return
	}
	x.take(r.Context(), w, s, s.read(raw, d))
}

// body reads what was sent, up to the bound, for as long as a sender may need.
func (x *Door) body(w http.ResponseWriter, r *http.Request, s *source) ([]byte, *refusal) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(readTime)) // not every server can
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_ = control.SetReadDeadline(time.Time{})
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		x.rarely.count(kindOf{s.name, codeTooLarge}, x.tell)
		return nil, &refusal{http.StatusRequestEntityTooLarge, codeTooLarge, "the body is larger than 1 MiB: send fewer people at once"}
	case err != nil:
		return nil, malformed("the body did not come whole")
	}
	return raw, nil
}

// signed checks signature and time. Whoever has no secret learns nothing but
// that, and is written down rarely.
func (x *Door) signed(r *http.Request, s *source, raw []byte) (delivery, *refusal) {
	d, err := s.verifier.verify(r, raw, x.desk.Now().UTC())
	switch {
	case err == nil:
		return d, nil
	case errors.Is(err, errStale):
		x.rarely.count(kindOf{s.name, codeStale}, x.tell)
		return d, &refusal{http.StatusUnauthorized, codeStale, "the delivery was signed too long ago, or in the future: check the clock of the sender, and send it anew"}
	case errors.Is(err, errUntold):
		x.rarely.count(kindOf{s.name, codeStale}, x.tell)
		return d, &refusal{http.StatusUnauthorized, codeStale, "the time of the delivery cannot be read: its age cannot be told"}
	default:
		x.rarely.count(kindOf{s.name, codeForged}, x.tell)
		return d, &refusal{http.StatusUnauthorized, codeForged, "the delivery carries no good signature: check that the secret is the same on both sides"}
	}
}

// json refuses another content type. It is asked for after the signature, so
// that only a sender of ours is written down for it.
func (x *Door) json(r *http.Request, s *source) *refusal {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && (kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
		return nil
	}
	text := "the content type is not application/json: choose JSON in the HR system's webhook"
	_ = x.desk.RefuseHR(r.Context(), s.name, codeType, text)
	return &refusal{http.StatusUnsupportedMediaType, codeType, text}
}

// isPing tells whether a body only tries the address. Some systems send theirs
// unsigned and as plain text, and want 200 at once.
func (s *source) isPing(raw []byte) bool {
	for _, ping := range s.policy.Ping {
		if bytes.Equal(compact(raw), compact([]byte(ping))) {
			return true
		}
	}
	return false
}

func compact(text []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, text) == nil {
		return out.Bytes()
	}
	return bytes.TrimSpace(text)
}

// answer is what a sender hears of a delivery that was kept.
type answer struct {
	ID        string   `json:"id"`
	Duplicate bool     `json:"duplicate"`
	Events    []answer `json:"events,omitempty"`  // of a delivery that carries several
	Refused   int      `json:"refused,omitempty"` // of them; the audit log says why
	Ignored   int      `json:"ignored,omitempty"`
	Note      string   `json:"note,omitempty"`
}

// take keeps what a delivery says. A delivery is turned away only when nothing
// of it could be taken: a leaving must not be lost because the entry beside it
// is broken.
func (x *Door) take(ctx context.Context, w http.ResponseWriter, s *source, all []said) {
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	var a answer
	var wrong *refusal
	for _, one := range all {
		switch one.verdict {
		case ignore:
			a.Ignored++
		case note:
			_ = x.desk.RefuseHR(ctx, s.name, one.why.code, one.why.text)
			a.Ignored++
			a.Note = one.why.text
		case refuse:
			_ = x.desk.RefuseHR(ctx, s.name, one.why.code, one.why.text)
			wrong = one.why
			a.Refused++
		case take:
			fresh, err := x.desk.ReceiveHR(ctx, one.event)
			if r, ok := refusalOf(err); ok {
				wrong = r
				a.Refused++
				continue
			}
			if err != nil {
				// Never a false 202: the sender tries again, and what is kept
				// already is a repeat then.
				x.log.ErrorContext(ctx, "an HR event could not be kept", "source", s.name, "fault", domain.KindOf(err))
				(&refusal{http.StatusServiceUnavailable, "unavailable", "the event could not be kept: send it again later"}).write(w)
				return
			}
			a.Events = append(a.Events, answer{ID: one.event.ID, Duplicate: !fresh})
		}
	}
	if wrong != nil && len(a.Events) == 0 {
		if len(all) > 1 {
			wrong = &refusal{wrong.status, wrong.code, fmt.Sprintf("none of %d events could be taken; of the last: %s", len(all), wrong.text)}
		}
		wrong.write(w)
		return
	}
	accepted(w, a)
}

func accepted(w http.ResponseWriter, a answer) {
	if len(a.Events) == 1 {
		a.ID, a.Duplicate = a.Events[0].ID, a.Events[0].Duplicate
	}
	if len(a.Events) > 1 {
		a.ID = a.Events[0].ID[:max(0, strings.LastIndexByte(a.Events[0].ID, '/'))]
		a.Duplicate = true
		for _, e := range a.Events {
			a.Duplicate = a.Duplicate && e.Duplicate
		}
	} else {
		a.Events = nil
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(a) // the connection may be gone; the events are kept
}

// tell writes down what came without a good signature.
func (x *Door) tell(what kindOf, n int) {
	x.log.Warn("deliveries turned away at HR's door", "source", what.source, "code", what.code, "count", n)
	x.running.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), keepTime)
		defer cancel()
		if what.code != codeForged {
			_ = x.desk.RefuseHR(ctx, what.source, what.code, "")
			return
		}
		door := "hr"
		if what.source != domain.HRSourceDefault {
			door += "/" + what.source
		}
		x.desk.NoteForged(ctx, door, n)
	})
}

// Wait tells what was counted, and waits until it is written down.
func (x *Door) Wait() {
	x.rarely.flush(x.tell)
	x.running.Wait()
}
