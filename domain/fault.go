package domain

import (
	"errors"
	"fmt"
	"time"
)

// FaultKind says what went wrong in the only terms a run needs to decide what
// to do next.
type FaultKind string

// The kinds of fault. See docs/operations.md for what a run does on each.
const (
	FaultInvalid         FaultKind = "invalid"         // the app refuses the request as malformed
	FaultNotFound        FaultKind = "not_found"       // the app does not know the target
	FaultConflict        FaultKind = "conflict"        // the target is not as we last read it
	FaultUnauthenticated FaultKind = "unauthenticated" // the app does not know our credentials
	FaultForbidden       FaultKind = "forbidden"       // our credentials may not do this
	FaultRateLimited     FaultKind = "rate_limited"    // the app, or our own window, says later
	FaultUnavailable     FaultKind = "unavailable"     // no answer, or the app's own failure
	FaultUnsupported     FaultKind = "unsupported"     // the app cannot do this on any channel of ours
	FaultInternal        FaultKind = "internal"        // a bug, or an answer that cannot be read
)

// Fault is the one error type that adapters return. SafeMessage is shown to
// people, logged and kept in history: it holds no personal data, no secret and
// no body of an answer.
type Fault struct {
	Kind        FaultKind
	Op          string    // the act, for example "contacts.update_owners"
	App         AppID     // the app it was tried in, empty for Handover's own parts
	SafeMessage string    // what happened and what to do now
	RetryAt     time.Time // for rate_limited: the first moment at which a new try makes sense
	RequestID   string    // the app's own id of the failed request, if it gave one
	cause       error
}

// NewFault makes a fault around its cause, which may be nil.
func NewFault(kind FaultKind, op string, app AppID, message string, cause error) *Fault {
	return &Fault{Kind: kind, Op: op, App: app, SafeMessage: message, cause: cause}
}

// Error renders the fault without its cause, because a cause may quote an
// answer's body or an address.
func (f *Fault) Error() string {
	where := f.Op
	if f.App != "" {
		where = fmt.Sprintf("%s in %s", f.Op, f.App)
	}
	return fmt.Sprintf("%s: %s: %s", where, f.Kind, f.SafeMessage)
}

// Unwrap gives the cause to errors.Is and errors.As.
func (f *Fault) Unwrap() error { return f.cause }

// Retryable tells whether the same call may succeed later without anybody
// doing anything.
func (k FaultKind) Retryable() bool {
	return k == FaultRateLimited || k == FaultUnavailable || k == FaultInternal
}

// KindOf finds the fault kind of an error; an error that is no fault is internal.
func KindOf(err error) FaultKind {
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return FaultInternal
}

// ErrNotFound matches, through errors.Is, every fault of kind not_found.
var ErrNotFound = &Fault{Kind: FaultNotFound, SafeMessage: "not found"}

// ErrUnproven matches, through errors.Is, an evidence pack that the audit log does not
// bear out: somebody changed the database. No such pack is handed out.
var ErrUnproven = errors.New("the database does not say what the audit log says")

// Is makes a fault match the sentinel of its kind.
func (f *Fault) Is(target error) bool {
	t, ok := target.(*Fault)
	return ok && t == ErrNotFound && f.Kind == FaultNotFound
}
