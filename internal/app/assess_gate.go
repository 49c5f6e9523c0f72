package app

import (
	"context"
	"sync"
	"time"

	"handover/domain"
)

// lonelyGate keeps the app's limits for one process that has no store to count in:
// the same rules, in memory. It waits for as long as a window lasts, and tells so.
type lonelyGate struct {
	limits func(app domain.AppID, endpoint string) domain.RateLimits
	waits  func(until time.Time)
	now    func() time.Time

	mu     sync.Mutex
	states map[string]domain.RateState
	calls  map[string]int // requests by endpoint
}

func newLonelyGate(limits func(domain.AppID, string) domain.RateLimits, waits func(until time.Time)) *lonelyGate {
	return &lonelyGate{limits: limits, waits: waits, now: time.Now, states: map[string]domain.RateState{}, calls: map[string]int{}}
}

// longestLook bounds how long a spent window is left alone without looking again:
// the answer that is on its way may open it.
const longestLook = time.Second

// Acquire implements apollo.Gate.
func (g *lonelyGate) Acquire(ctx context.Context, app domain.AppID, endpoint string, urgent bool) (domain.RatePermit, error) {
	told := false
	for {
		d := g.decide(app, endpoint, urgent)
		if d.Admit {
			return d.Permit, nil
		}
		if wait := d.WaitUntil.Sub(g.now()); wait > longestLook && !told {
			told = true
			g.waits(d.WaitUntil)
		}
		timer := time.NewTimer(min(max(d.WaitUntil.Sub(g.now()), 10*time.Millisecond), longestLook))
		select {
		case <-ctx.Done():
			timer.Stop()
			return domain.RatePermit{}, ctx.Err()
		case <-timer.C:
		}
	}
}

func (g *lonelyGate) decide(app domain.AppID, endpoint string, urgent bool) domain.RateDecision {
	g.mu.Lock()
	defer g.mu.Unlock()
	state, known := g.states[endpoint]
	if !known {
		state = domain.NewRateState(app, endpoint, g.limits(app, endpoint))
	}
	state, d := state.Decide(g.now(), urgent)
	g.states[endpoint] = state
	if d.Admit {
		g.calls[endpoint]++
	}
	return d
}

// Observe implements apollo.Gate.
func (g *lonelyGate) Observe(_ context.Context, permit domain.RatePermit, seen domain.RateObservation) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.states[permit.Endpoint] = g.states[permit.Endpoint].Observe(permit, seen)
	return nil
}
