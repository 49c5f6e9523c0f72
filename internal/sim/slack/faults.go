package slack

import (
	"context"
	"time"
)

// FaultKind names a way for a Web API request to go wrong.
type FaultKind string

// Kinds of faults.
const (
	// FaultRateLimited answers 429 with Retry-After, FaultRateLimitedOK the same with status 200.
	FaultRateLimited   FaultKind = "429"
	FaultRateLimitedOK FaultKind = "200_ratelimited"
	// FaultError answers 500, FaultUnavailable 503.
	FaultError       FaultKind = "500"
	FaultUnavailable FaultKind = "503"
	// FaultDropBefore closes the connection without an answer and without having applied anything.
	FaultDropBefore FaultKind = "drop_before"
	// FaultDropAfter applies the request and closes the connection without an answer: the lost answer.
	FaultDropAfter FaultKind = "drop_after"
	// FaultHTML answers with a page instead of JSON, with Status (default 502).
	FaultHTML FaultKind = "html"
	// FaultSlow waits Delay, in real time, and then answers.
	FaultSlow FaultKind = "slow"
)

// Fault is a rule: which requests go wrong, and how. The first rule that has hits left decides; Delay holds for every
// kind.
type Fault struct {
	// Method is a Web API method such as "chat.postMessage"; empty means all.
	Method string
	Kind   FaultKind
	// Times is how often the rule hits; zero means without end.
	Times int
	// Skip lets that many matching requests through first.
	Skip int
	// Applied makes 5xx and HTML answers come after the request was carried out.
	Applied    bool
	Status     int
	RetryAfter time.Duration
	Delay      time.Duration
}

type activeFault struct {
	Fault
	seen, hits int
}

// SetFaults replaces all fault rules; without arguments it clears them.
func (s *Simulator) SetFaults(rules ...Fault) {
	active := make([]*activeFault, 0, len(rules))
	for _, rule := range rules {
		active = append(active, &activeFault{Fault: rule})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = active
}

// fate finds what hits this request. The zero Fault means nothing does.
func (s *Simulator) fate(name string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Method != "" && f.Method != name || f.Times > 0 && f.hits >= f.Times {
			continue
		}
		f.seen++
		if f.seen <= f.Skip {
			continue
		}
		f.hits++
		return f.Fault
	}
	return Fault{}
}

// wait lets real time pass, or ends with the context. It says whether the time passed.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
