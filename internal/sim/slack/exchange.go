package slack

import (
	"net/http"
	"time"
)

// exchange is one Web API request on its way to an answer.
type exchange struct {
	s     *Simulator
	w     http.ResponseWriter
	r     *http.Request
	name  string
	began time.Time
	args  args
	token string
	fault Fault
}

// run takes the exchange through its fault, if it has one, and through the method.
func (x *exchange) run() {
	x.fault = x.s.fate(x.name)
	if x.s.isDown() {
		x.fault = Fault{Kind: FaultUnavailable}
	}
	if !wait(x.r.Context(), x.fault.Delay) {
		x.log(0, "", false)
		return
	}
	switch x.fault.Kind {
	case FaultRateLimited:
		x.limited(orSeconds(x.fault.RetryAfter, 30), http.StatusTooManyRequests, true)
		return
	case FaultRateLimitedOK:
		x.limited(orSeconds(x.fault.RetryAfter, 30), http.StatusOK, true)
		return
	case FaultDropBefore:
		x.drop()
		return
	case FaultError, FaultUnavailable, FaultHTML:
		if !x.fault.Applied {
			x.broken()
			return
		}
	}
	x.s.mu.Lock()
	a, delay := x.s.perform(x.name, x.token, x.args)
	body := x.body(a)
	x.s.mu.Unlock()
	switch {
	case x.fault.Kind == FaultDropAfter:
		x.drop()
	case x.fault.Kind == FaultError, x.fault.Kind == FaultUnavailable, x.fault.Kind == FaultHTML:
		x.broken()
	case delay > 0 && x.s.opt.Switches.RateLimitedOK:
		x.limited(delay, http.StatusOK, false)
	case delay > 0:
		x.limited(delay, http.StatusTooManyRequests, false)
	default:
		x.write(http.StatusOK, a.err, false, body)
	}
}

func orSeconds(d time.Duration, otherwise int) time.Duration {
	if d == 0 {
		return time.Duration(otherwise) * time.Second
	}
	return d
}

// body renders an answer. Callers hold the lock: the answer may hold parts of the state.
func (x *exchange) body(a answer) []byte {
	o := object{"ok": a.err == ""}
	for name, v := range a.body {
		o[name] = v
	}
	if a.err != "" {
		o["error"] = a.err
	}
	if said := x.args.text(warning); said != "" {
		o["warning"] = said
		if sub(o, "response_metadata") == nil {
			o["response_metadata"] = object{"warnings": []string{said}}
		}
	}
	return encode(o)
}

// fail answers an error before the method was looked at.
func (x *exchange) fail(code string) {
	x.write(http.StatusOK, code, false, encode(object{"ok": false, "error": code}))
}

// limited answers a refusal of the limiter, or of a fault that looks like it.
func (x *exchange) limited(after time.Duration, status int, fault bool) {
	if !x.s.opt.Switches.NoRetryAfter {
		x.w.Header().Set("Retry-After", seconds(after))
	}
	x.write(status, "ratelimited", !fault, encode(object{"ok": false, "error": "ratelimited"}))
}

// broken answers with a page instead of JSON, which is what Slack's edge does with status 5xx.
func (x *exchange) broken() {
	status := x.fault.Status
	if status == 0 {
		status = map[FaultKind]int{FaultError: 500, FaultUnavailable: 503, FaultHTML: 502}[x.fault.Kind]
	}
	x.log(status, "", false)
	x.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	x.w.WriteHeader(status)
	_, _ = x.w.Write([]byte("<!doctype html><title>Server Error</title><h1>Something went wrong</h1>")) // the client may be gone
}

// drop closes the connection without an answer.
func (x *exchange) drop() {
	x.log(0, "", false)
	panic(http.ErrAbortHandler)
}

func (x *exchange) write(status int, code string, limited bool, body []byte) {
	x.log(status, code, limited)
	x.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body) // the client may be gone; the log has the exchange either way
}
