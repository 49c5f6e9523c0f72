package domain_test

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// rateServer counts as an app does, in one of the three known ways.
type rateServer struct {
	kind   string
	limits []domain.RateLimit
	opened []time.Time
	hits   [][]time.Time
}

func (r *rateServer) serve(at time.Time) domain.RateObservation {
	spent := false
	for i, l := range r.limits {
		r.forget(i, l.Length, at)
		spent = spent || len(r.hits[i]) >= l.Limit
	}
	var seen domain.RateObservation
	for i, l := range r.limits {
		if !spent {
			r.hits[i] = append(r.hits[i], at)
		}
		seen.Windows = append(seen.Windows, read(l.Length, l.Limit, len(r.hits[i])))
	}
	seen.Refused = spent
	return seen
}

func (r *rateServer) forget(i int, length time.Duration, at time.Time) {
	switch r.kind {
	case "fixed":
		if r.opened[i].IsZero() || !at.Before(r.opened[i].Add(length)) {
			r.opened[i], r.hits[i] = at, nil
		}
	case "aligned":
		if start := at.Truncate(length); !start.Equal(r.opened[i]) {
			r.opened[i], r.hits[i] = start, nil
		}
	case "sliding":
		for len(r.hits[i]) > 0 && !at.Before(r.hits[i][0].Add(length)) {
			r.hits[i] = r.hits[i][1:]
		}
	}
}

// rateWorld plays several clients with their own clocks, network delays and
// one shared state against a server, in virtual time.
type rateWorld struct {
	t       *testing.T
	rnd     *rand.Rand
	server  *rateServer
	state   domain.RateState
	events  eventQueue
	left    int           // bulk requests to send
	delay   time.Duration // the longest way there or back
	crash   float64       // share of permits whose holder dies
	last    time.Time     // the last bulk answer
	worst   time.Duration // the longest that an urgent request waited
	urgent  int           // urgent requests served
	refused int           // our requests that the server refused
	blind   int           // those of them that were no probes
}

type event struct {
	at  time.Time
	seq int
	run func(now time.Time)
}

type eventQueue []event

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	return q[i].at.Before(q[j].at) || q[i].at.Equal(q[j].at) && q[i].seq < q[j].seq
}
func (q eventQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *eventQueue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *eventQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

func newRateWorld(t *testing.T, kind string, seed uint64, limits ...domain.RateLimit) *rateWorld {
	server := &rateServer{kind: kind, limits: limits, opened: make([]time.Time, len(limits)), hits: make([][]time.Time, len(limits))}
	delay := min(80*time.Millisecond, limits[0].Length/750)
	return &rateWorld{t: t, delay: delay, rnd: rand.New(rand.NewPCG(seed, 1)), server: server, state: newRates(limits...)}
}

var eventSeq int

func (w *rateWorld) at(now time.Time, run func(now time.Time)) {
	eventSeq++
	heap.Push(&w.events, event{now, eventSeq, run})
}

func (w *rateWorld) jitter(most time.Duration) time.Duration {
	return time.Duration(w.rnd.Int64N(int64(most)))
}

// send asks for a permit until it gets one, sends, and calls done.
func (w *rateWorld) send(now time.Time, skew time.Duration, urgent bool, done func(now time.Time)) {
	var d domain.RateDecision
	w.state, d = w.state.Decide(now.Add(skew), urgent)
	if !d.Admit {
		back := d.WaitUntil.Add(-skew)
		require.True(w.t, back.After(now), "a refusal names a later moment")
		w.at(back.Add(w.jitter(w.delay/8)), func(now time.Time) { w.send(now, skew, urgent, done) })
		return
	}
	w.at(now.Add(w.jitter(w.delay)), func(now time.Time) {
		seen := w.server.serve(now)
		if seen.Refused {
			w.refused++
			if !d.Permit.Probe {
				w.blind++
			}
		}
		if w.rnd.Float64() < w.crash {
			w.at(now.Add(time.Second), done)
			return
		}
		w.at(now.Add(w.jitter(w.delay)), func(now time.Time) {
			seen.ReceivedAt = now.Add(skew)
			w.state = w.state.Observe(d.Permit, seen)
			done(now)
		})
	})
}

func (w *rateWorld) bulkClient(skew time.Duration) func(now time.Time) {
	var next func(now time.Time)
	next = func(now time.Time) {
		if w.left == 0 {
			return
		}
		w.left--
		w.send(now, skew, false, func(now time.Time) { w.last = now; next(now) })
	}
	return next
}

func (w *rateWorld) urgentEvery(pause time.Duration) func(now time.Time) {
	var next func(now time.Time)
	next = func(now time.Time) {
		if w.left == 0 {
			return
		}
		asked := now
		w.send(now, 0, true, func(now time.Time) {
			w.urgent++
			w.worst = max(w.worst, now.Sub(asked))
			w.at(now.Add(pause), next)
		})
	}
	return next
}

func (w *rateWorld) run(clients, requests int, skew time.Duration) time.Duration {
	w.left = requests
	for range clients {
		offset := time.Duration(0)
		if skew > 0 {
			offset = w.jitter(2*skew) - skew
		}
		w.at(rateStart.Add(w.jitter(20*time.Millisecond)), w.bulkClient(offset))
	}
	for w.events.Len() > 0 {
		e := heap.Pop(&w.events).(event)
		e.run(e.at)
	}
	return w.last.Sub(rateStart)
}

// rateFloor is the least time that any client needs for n requests under two
// windows, when the share held back for urgent requests stays unspent in the
// last long window.
func rateFloor(n int, short, long domain.RateLimit) time.Duration {
	held := 0
	if long.Length >= time.Hour {
		held = long.Limit * 3 / 100
	}
	full := 0
	for n > long.Limit-held {
		n, full = n-long.Limit, full+1
	}
	return time.Duration(full)*long.Length + time.Duration(max(n-1, 0)/short.Limit)*short.Length
}

func TestRateSpendsWindowsFullyWithoutARefusal(t *testing.T) {
	for _, kind := range []string{"fixed", "aligned", "sliding"} {
		for _, tc := range []struct {
			short, long domain.RateLimit
			requests    int
		}{
			{perMinute(200), perHour(400), 1300},
			{perMinute(50), perHour(200), 900},
			{perMinute(200), perHour(600), 2500},
			{perHour(400), domain.RateLimit{Length: 24 * time.Hour, Limit: 2000}, 3100},
			{domain.RateLimit{Length: 3 * time.Second, Limit: 60}, domain.RateLimit{Length: 20 * time.Second, Limit: 340}, 1020},
		} {
			for seed := range uint64(4) {
				name := fmt.Sprintf("%s/%d in %s and %d in %s/%d", kind, tc.short.Limit, tc.short.Length, tc.long.Limit, tc.long.Length, seed)
				t.Run(name, func(t *testing.T) {
					w := newRateWorld(t, kind, seed, tc.short, tc.long)
					took := w.run(24, tc.requests, 0)
					floor := rateFloor(tc.requests, tc.short, tc.long)
					require.Zero(t, w.refused)
					require.LessOrEqual(t, took.Seconds(), 1.02*floor.Seconds(), "floor %s", floor)
				})
			}
		}
	}
}

func TestRateUrgentPassesBulk(t *testing.T) {
	for _, kind := range []string{"fixed", "aligned", "sliding"} {
		t.Run(kind, func(t *testing.T) {
			w := newRateWorld(t, kind, 7, perMinute(200), perHour(400))
			w.at(rateStart.Add(30*time.Second), w.urgentEvery(7*time.Minute))
			w.run(12, 2500, 0)
			require.Zero(t, w.refused)
			require.Greater(t, w.urgent, 30)
			require.LessOrEqual(t, w.worst, 65*time.Second)
		})
	}
}

func TestRateCrashesAndSkewedClocksCauseNoRefusal(t *testing.T) {
	for _, kind := range []string{"fixed", "aligned", "sliding"} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprint(kind, seed), func(t *testing.T) {
				w := newRateWorld(t, kind, seed, perMinute(50), perHour(200))
				w.crash = 0.02
				took := w.run(8, 700, 50*time.Millisecond)
				require.Zero(t, w.refused)
				require.Less(t, took, 5*time.Hour)
			})
		}
	}
}

func TestRateForeignUseWhileWeSleepCausesNoRefusal(t *testing.T) {
	for _, kind := range []string{"fixed", "aligned", "sliding"} {
		t.Run(kind, func(t *testing.T) {
			w := newRateWorld(t, kind, 3, perMinute(200), perHour(400))
			for i := range 20 {
				// Others take a dozen at once each ten minutes, when our burst is over.
				w.at(rateStart.Add(time.Duration(i)*10*time.Minute+5*time.Minute), func(now time.Time) {
					for range 12 {
						w.server.serve(now)
					}
				})
			}
			w.run(16, 1000, 0)
			require.Zero(t, w.blind, "only a probe can find that others left nothing")
			require.LessOrEqual(t, w.refused, 5)
		})
	}
}
