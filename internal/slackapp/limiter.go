package slackapp

import (
	"context"
	"sync"
	"time"

	"handover/domain"
)

// allowance is how many requests Slack takes in a stretch of time.
type allowance struct {
	count int
	per   time.Duration
}

// The documented limits, per method, workspace and app
// (docs.slack.dev/apis/web-api/rate-limits). What Slack calls "more than" is
// taken as the most. For posting there is one message a second in each channel,
// and "several hundred a minute" in the workspace.
var (
	tier2      = allowance{20, time.Minute}
	tier3      = allowance{50, time.Minute}
	tier4      = allowance{100, time.Minute}
	perChannel = allowance{1, time.Second}
	perTeam    = allowance{240, time.Minute}
	hundreds   = allowance{240, time.Minute}
)

// patience is how long a request waits here for its turn. Beyond it the caller
// hears when the turn will come.
const patience = 5 * time.Second

// limiter keeps this process inside Slack's limits. A place that a request took
// is free again its stretch of time after the answer came: right however the
// request travelled, and whether Slack's windows are fixed or sliding.
type limiter struct {
	mu      sync.Mutex
	places  map[string]*places
	changed chan struct{} // closed when places became free
}

type places struct {
	allowed allowance
	open    int         // on their way
	until   []time.Time // when the others are free again
	rest    time.Time   // after a refusal of Slack
}

func newLimiter() *limiter {
	return &limiter{places: map[string]*places{}, changed: make(chan struct{})}
}

// claim is one limit that a request counts against.
type claim struct {
	key     string
	allowed allowance
}

// acquire waits for a place under every claim. The function it gives back is
// called when the answer is there, with how long Slack wants the method to rest.
func (l *limiter) acquire(ctx context.Context, op string, now func() time.Time, claims ...claim) (func(rest time.Duration), error) {
	deadline := time.Now().Add(patience)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	for {
		wait, changed := l.take(claims)
		if wait == 0 {
			return func(rest time.Duration) { l.release(claims, rest) }, nil
		}
		if time.Now().Add(wait).After(deadline) {
			return nil, later(op, now(), wait)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, domain.NewFault(domain.FaultUnavailable, op, "", slackAway, ctx.Err())
		case <-changed:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// take takes a place under every claim, or none and says how long to wait.
func (l *limiter) take(claims []claim) (time.Duration, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	var wait time.Duration
	for _, c := range claims {
		p := l.places[c.key]
		if p == nil {
			l.tidy(now)
			p = &places{allowed: c.allowed}
			l.places[c.key] = p
		}
		wait = max(wait, p.wait(now))
	}
	if wait > 0 {
		return wait, l.changed
	}
	for _, c := range claims {
		l.places[c.key].open++
	}
	return 0, nil
}

// wait is how long until a place is free. While all are on their way nobody
// knows; then it is looked at again soon.
func (p *places) wait(now time.Time) time.Duration {
	for len(p.until) > 0 && !p.until[0].After(now) {
		p.until = p.until[1:]
	}
	if rest := p.rest.Sub(now); rest > 0 {
		return rest
	}
	over := p.open + len(p.until) - p.allowed.count
	switch {
	case over < 0:
		return 0
	case over < len(p.until):
		return p.until[over].Sub(now)
	}
	return 50 * time.Millisecond
}

func (l *limiter) release(claims []claim, rest time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for i, c := range claims {
		p := l.places[c.key]
		p.open--
		p.until = append(p.until, now.Add(p.allowed.per))
		if i == 0 && rest > 0 {
			p.rest = now.Add(rest)
		}
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// tidy forgets channels that nothing was posted to for a while.
func (l *limiter) tidy(now time.Time) {
	if len(l.places) < 1000 {
		return
	}
	for key, p := range l.places {
		if p.wait(now) == 0 && p.open == 0 && len(p.until) == 0 {
			delete(l.places, key)
		}
	}
}
