package apollo

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"time"
)

// FaultKind names a way for an exchange to go wrong.
type FaultKind string

// Kinds of faults.
const (
	// FaultQuota answers 429 as if the hour's quota were gone.
	FaultQuota FaultKind = "429"
	// FaultError answers 500, FaultUnavailable 503.
	FaultError       FaultKind = "500"
	FaultUnavailable FaultKind = "503"
	// FaultDropBefore closes the connection without an answer and without having applied anything.
	FaultDropBefore FaultKind = "drop_before"
	// FaultDropAfter applies the request and closes the connection without an answer.
	FaultDropAfter FaultKind = "drop_after"
	// FaultLag shows the state as it was Lag ago. It starts to bite on writes made after the rule was set.
	FaultLag FaultKind = "lag"
	// FaultTruncate sends the first half of the answer, as if it were all.
	FaultTruncate FaultKind = "truncate"
	// FaultHTML answers with a page instead of JSON, with Status (default 502).
	FaultHTML FaultKind = "html"
	// FaultSlow waits Delay before anything else.
	FaultSlow FaultKind = "slow"
	// FaultSequenceLock answers 429 as when the team's sequence lock is taken.
	FaultSequenceLock FaultKind = "sequence_lock"
)

// Duration is a time.Duration that JSON writes as text ("1.5s").
type Duration time.Duration

// UnmarshalJSON reads text such as "250ms".
func (d *Duration) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("read duration: %w", err)
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("read duration: %w", err)
	}
	*d = Duration(parsed)
	return nil
}

// MarshalJSON writes the duration as text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// Fault is a rule: which requests go wrong, and how. A request that several rules hit suffers the first of them, and the
// longest lag and delay of all.
type Fault struct {
	// Endpoint is a regular expression over endpoint keys; empty matches all.
	Endpoint string    `json:"endpoint"`
	Kind     FaultKind `json:"kind"`
	// Nth hits only the n-th matching request, Every each k-th, Probability each with that chance. None of them: all.
	Nth         int     `json:"nth,omitempty"`
	Every       int     `json:"every,omitempty"`
	Probability float64 `json:"probability,omitempty"`
	// Count is how often the rule hits at most; zero means without end.
	Count int `json:"count,omitempty"`
	// Applied makes 500, 503 and HTML answers come after the request was carried out.
	Applied    bool     `json:"applied,omitempty"`
	Status     int      `json:"status,omitempty"`
	RetryAfter Duration `json:"retry_after,omitempty"`
	Delay      Duration `json:"delay,omitempty"`
	Lag        Duration `json:"lag,omitempty"`
}

type activeRule struct {
	Fault
	match *regexp.Regexp
	seen  int
	hits  int
}

// SetFaults replaces all fault rules. The seed decides which requests rules with a probability hit.
func (s *Simulator) SetFaults(seed uint64, rules ...Fault) error {
	active := make([]*activeRule, 0, len(rules))
	var lag time.Duration
	for i, rule := range rules {
		match, err := regexp.Compile(rule.Endpoint)
		if err != nil {
			return fmt.Errorf("fault %d: read endpoint: %w", i, err)
		}
		if !knownFault(rule.Kind) {
			return fmt.Errorf("fault %d: unknown kind %q", i, rule.Kind)
		}
		lag = max(lag, time.Duration(rule.Lag))
		active = append(active, &activeRule{Fault: rule, match: match})
	}
	s.mu.Lock()
	s.lag = lag
	s.t.keepReplaced(lag)
	s.mu.Unlock()
	s.faultMu.Lock()
	defer s.faultMu.Unlock()
	s.rules = active
	s.dice = rand.New(rand.NewPCG(seed, seed))
	return nil
}

func knownFault(k FaultKind) bool {
	switch k {
	case FaultQuota, FaultError, FaultUnavailable, FaultDropBefore, FaultDropAfter, FaultLag, FaultTruncate,
		FaultHTML, FaultSlow, FaultSequenceLock:
		return true
	}
	return false
}

// fate finds what hits this request. Lag and delay come on top of the first other rule. The zero Fault means none.
func (s *Simulator) fate(key string) Fault {
	s.faultMu.Lock()
	defer s.faultMu.Unlock()
	var out Fault
	for _, r := range s.rules {
		if !r.match.MatchString(key) || (r.Count > 0 && r.hits >= r.Count) {
			continue
		}
		r.seen++
		if !r.hit(s.dice) {
			continue
		}
		r.hits++
		out = out.plus(r.Fault)
	}
	return out
}

// plus adds a rule to those that hit before it.
func (f Fault) plus(next Fault) Fault {
	passive := f.Kind == "" || f.Kind == FaultLag || f.Kind == FaultSlow
	joined := f
	if passive && (f.Kind == "" || (next.Kind != FaultLag && next.Kind != FaultSlow)) {
		joined = next
	}
	joined.Lag = max(f.Lag, next.Lag)
	joined.Delay = max(f.Delay, next.Delay)
	return joined
}

func (r *activeRule) hit(dice *rand.Rand) bool {
	switch {
	case r.Nth > 0:
		return r.seen == r.Nth
	case r.Every > 0:
		return r.seen%r.Every == 0
	case r.Probability > 0:
		return dice.Float64() < r.Probability
	}
	return true
}

// run takes an admitted exchange through its fault, if it has one.
func (x *exchange) run(admit, operate func() reply) {
	x.fault = x.s.fate(x.e.key)
	if x.fault.Kind == FaultQuota {
		wait := time.Duration(x.fault.RetryAfter)
		if wait == 0 {
			wait = time.Minute
		}
		x.finish(quotaReply(x.e, &refusal{window: 1, limit: x.s.limits.of(x.e.key).Hour.Count, wait: wait}))
		return
	}
	if refused := admit(); refused.status != 0 {
		x.quota = true
		x.finish(refused)
		return
	}
	if !x.wait(time.Duration(x.fault.Delay)) {
		return
	}
	instead, replaces := x.instead()
	if replaces && !x.fault.Applied {
		x.finish(instead)
		return
	}
	if x.fault.Kind == FaultDropBefore {
		x.drop()
	}
	out := operate()
	switch {
	case x.fault.Kind == FaultDropAfter:
		x.drop()
	case replaces:
		x.finish(instead)
	default:
		x.finish(out)
	}
}

// instead gives the answer that a fault puts in place of the real one.
func (x *exchange) instead() (reply, bool) {
	switch x.fault.Kind {
	case FaultError:
		out := fail(http.StatusInternalServerError, "Internal server error")
		out.bare = true
		return out, true
	case FaultUnavailable:
		return reply{status: http.StatusServiceUnavailable, text: "Service unavailable", bare: true}, true
	case FaultHTML:
		status := x.fault.Status
		if status == 0 {
			status = http.StatusBadGateway
		}
		page := "<!doctype html><html><head><title>Please wait</title></head><body><h1>Please wait</h1></body></html>"
		return reply{status: status, text: page, bare: true}, true
	case FaultSequenceLock:
		return fail(http.StatusTooManyRequests, sequenceLocked), true
	}
	return reply{}, false
}

// wait holds the request back. It gives false when the client left meanwhile.
func (x *exchange) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.r.Context().Done():
		x.log(0)
		return false
	}
}

// drop closes the connection without an answer. It does not return.
func (x *exchange) drop() {
	x.log(0)
	if x.s.opt.OnExchange != nil && x.via == ViaAPI {
		x.s.opt.OnExchange(x.r, x.raw, 0, nil)
	}
	panic(http.ErrAbortHandler)
}
