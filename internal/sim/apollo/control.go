package apollo

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// instruction is what a robot in another process wants done: one JSON object for all acts, of which each reads its own
// members.
type instruction struct {
	User      string `json:"user"`
	Mailbox   string `json:"mailbox"`
	ForwardTo string `json:"forward_to"`
	Profile   string `json:"profile"`
	Workflow  string `json:"workflow"`
	List      string `json:"list"`
	Email     string `json:"email"`
	Message   string `json:"message"`
	Invite    string `json:"invite"`
	Seats     int    `json:"seats"`
	Key       string `json:"key"`
	Endpoint  string `json:"endpoint"`
	Count     int    `json:"count"`
	Kind      Kind   `json:"kind"`
	ID        string `json:"id"`
	Variant   string `json:"variant"`
}

func (s *Simulator) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	for name, do := range s.instructions() {
		mux.HandleFunc("POST /control/"+name, func(w http.ResponseWriter, r *http.Request) {
			var in instruction
			if !readJSON(w, r, &in) {
				return
			}
			id, err := do(in)
			answerAct(w, id, err)
		})
	}
	mux.HandleFunc("POST /control/faults", s.controlFaults)
	mux.HandleFunc("POST /control/drift", s.controlDrift)
	mux.HandleFunc("GET /control/state", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, s.State()) })
	mux.HandleFunc("GET /control/effects", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, s.Effects()) })
	mux.HandleFunc("GET /control/requests", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, 200, object{"requests": s.Requests(), "counts": s.Counts()})
	})
	mux.HandleFunc("GET /control/hash", s.controlHash)
	return s.guardControl(mux)
}

// instructions names what a robot can have done. Those that make something give its id.
func (s *Simulator) instructions() map[string]func(instruction) (string, error) {
	quiet := func(do func(instruction) error) func(instruction) (string, error) {
		return func(in instruction) (string, error) { return "", do(in) }
	}
	return map[string]func(instruction) (string, error){
		"deactivate":        quiet(func(in instruction) error { return s.Deactivate(in.User) }),
		"reactivate":        quiet(func(in instruction) error { return s.Reactivate(in.User) }),
		"unlink":            quiet(func(in instruction) error { return s.Unlink(in.Mailbox, in.ForwardTo) }),
		"set-profile":       quiet(func(in instruction) error { return s.SetProfile(in.User, in.Profile) }),
		"transfer-workflow": quiet(func(in instruction) error { return s.TransferWorkflow(in.Workflow, in.User) }),
		"transfer-list":     quiet(func(in instruction) error { return s.TransferList(in.List, in.User) }),
		"set-crm-user":      quiet(func(in instruction) error { return s.SetCRMUser(in.User) }),
		"set-seats":         quiet(func(in instruction) error { return s.SetSeats(in.Seats) }),
		"resend":            quiet(func(in instruction) error { return s.ResendFrom(in.Message, in.Mailbox) }),
		"set-owner":         quiet(func(in instruction) error { return s.SetOwner(in.Kind, in.ID, in.User) }),
		"invite":            func(in instruction) (string, error) { return s.Invite(in.Email, in.Profile) },
		"accept":            func(in instruction) (string, error) { return s.AcceptInvite(in.Invite) },
		"revoke":            quiet(func(in instruction) error { return s.RevokeInvite(in.Invite) }),
		"variant":           quiet(func(in instruction) error { return s.SetVariant(in.Variant, in.User) }),
		"rotate-key": quiet(func(in instruction) error {
			s.SetAPIKey(in.Key, in.User)
			return nil
		}),
		"consume": quiet(func(in instruction) error {
			s.Consume(in.Endpoint, in.Count)
			return nil
		}),
	}
}

func (s *Simulator) guardControl(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.opt.AdminToken == "":
			http.NotFound(w, r)
		case !sameToken(r.Header.Get("Authorization"), "Bearer "+s.opt.AdminToken):
			writeJSON(w, http.StatusUnauthorized, object{"error": "bearer token missing or wrong"})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (s *Simulator) controlFaults(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Seed  uint64  `json:"seed"`
		Rules []Fault `json:"rules"`
	}
	if readJSON(w, r, &in) {
		answerAct(w, "", s.SetFaults(in.Seed, in.Rules...))
	}
}

func (s *Simulator) controlDrift(w http.ResponseWriter, r *http.Request) {
	var in Drift
	if readJSON(w, r, &in) {
		answerAct(w, "", s.AddDrift(in))
	}
}

// controlHash reads ?except=kind:id,... &kinds=... &fields=... &users=..., each a list with commas.
func (s *Simulator) controlHash(w http.ResponseWriter, r *http.Request) {
	split := func(name string) []string {
		text := r.URL.Query().Get(name)
		if text == "" {
			return nil
		}
		return strings.Split(text, ",")
	}
	f := HashFilter{Fields: split("fields"), Users: split("users")}
	for _, kind := range split("kinds") {
		f.Kinds = append(f.Kinds, Kind(kind))
	}
	for _, ref := range split("except") {
		kind, id, found := strings.Cut(ref, ":")
		if !found {
			writeJSON(w, http.StatusBadRequest, object{"error": fmt.Sprintf("%q is not kind:id", ref)})
			return
		}
		f.Except = append(f.Except, Ref{Kind(kind), id})
	}
	writeJSON(w, http.StatusOK, object{"hash": s.HashExcept(f)})
}

func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		writeJSON(w, http.StatusBadRequest, object{"error": "read body: " + err.Error()})
		return false
	}
	return true
}

func answerAct(w http.ResponseWriter, id string, err error) {
	switch {
	case errors.Is(err, ErrUnknown):
		writeJSON(w, http.StatusNotFound, object{"error": err.Error()})
	case errors.Is(err, ErrRefused):
		writeJSON(w, http.StatusConflict, object{"error": err.Error()})
	case err != nil:
		writeJSON(w, http.StatusBadRequest, object{"error": err.Error()})
	default:
		writeJSON(w, http.StatusOK, object{"ok": true, "id": id})
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(body) // the client may be gone
}
