package hr

import (
	"encoding/json"
	"errors"
	"net/http"

	"handover/domain"
)

// Words for what is turned away, in answers and in the audit log.
const (
	codeForged    = "forged"    // no good signature
	codeStale     = "stale"     // well signed, too long ago or in the future
	codeTooLarge  = "too-large" // over the bound
	codeType      = "not-json"  // another content type
	codeMalformed = "malformed" // no JSON that can be meant
	codeInvalid   = "invalid"   // JSON, and a field that cannot be meant
	codeUnmapped  = "unmapped"  // no type that is known here
)

// refusal is why a delivery was turned away. It quotes nothing that was sent:
// answers end in other systems' logs.
type refusal struct {
	status int
	code   string
	text   string
}

func (r *refusal) Error() string { return r.text }

func malformed(text string) *refusal { return &refusal{http.StatusBadRequest, codeMalformed, text} }
func invalid(text string) *refusal {
	return &refusal{http.StatusUnprocessableEntity, codeInvalid, text}
}
func unmapped(text string) *refusal {
	return &refusal{http.StatusUnprocessableEntity, codeUnmapped, text}
}

// refusalOf reads what the desk, or this room, has against something.
func refusalOf(err error) (*refusal, bool) {
	var mine *refusal
	if errors.As(err, &mine) {
		return mine, true
	}
	var desks *domain.Refusal
	if errors.As(err, &desks) {
		return invalid(desks.Text), true
	}
	return nil, false
}

// problem is an answer that says what is wrong (RFC 9457).
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func (r *refusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	switch r.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Webhook-Signature")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "30")
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	}
	w.WriteHeader(r.status)
	// The sender may be gone; what it was told is in the audit log.
	_ = json.NewEncoder(w).Encode(problem{Type: "urn:handover:problem:hr-" + r.code, Title: http.StatusText(r.status), Status: r.status, Detail: r.text})
}
