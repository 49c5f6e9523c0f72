package domain

import "time"

// RateMark is a number of requests that stop counting together, one window
// length after At.
type RateMark struct {
	At      int64 `json:"at_us"`             // receipt of the last answer among them, microseconds since 1970
	Ours    int   `json:"ours,omitempty"`    // requests of this program
	Foreign int   `json:"foreign,omitempty"` // what the headers showed beyond ours: others use the key too
}

// RateWindow is one window of an endpoint with the requests that still count.
//
// Whether the app's window is fixed from its first request, aligned to the
// clock or sliding, a request never counts longer than one length after its
// answer was received. Counting each that long is therefore right for all
// three, and loses nothing: the next burst starts when the last one ages out.
type RateWindow struct {
	Length time.Duration `json:"length_ns"`
	Limit  int           `json:"limit"`
	Told   bool          `json:"told,omitempty"`  // by the app's own headers
	Marks  []RateMark    `json:"marks,omitempty"` // oldest first
}

// Used is the number of requests that still count.
func (w RateWindow) Used() int {
	ours, foreign := w.counts()
	return ours + foreign
}

func (w RateWindow) counts() (ours, foreign int) {
	for _, m := range w.Marks {
		ours += m.Ours
		foreign += m.Foreign
	}
	return ours, foreign
}

// margin is added to a window's length, because the app's clock and ours
// differ in grain.
func (w RateWindow) margin() time.Duration { return min(w.Length/400, rateMaxMargin) }

func (w RateWindow) freeAt(m RateMark) time.Time {
	return time.UnixMicro(m.At).UTC().Add(w.Length + w.margin())
}

// age forgets what no longer counts.
func (w RateWindow) age(now time.Time) RateWindow {
	kept := make([]RateMark, 0, len(w.Marks)+1)
	for _, m := range w.Marks {
		if w.freeAt(m).After(now) {
			kept = append(kept, m)
		}
	}
	w.Marks = kept
	return w
}

// land books an answer received at a moment. used is the header's count, or
// -1 without one. A probe's count is exact: whatever we believed beyond it has
// ended at the app and is forgotten. Any other count may include requests of
// ours that are still on their way; an excess is booked as foreign until their
// answers explain it.
func (w RateWindow) land(at time.Time, used int, probe bool) RateWindow {
	ours, foreign := w.counts()
	believed := ours + foreign
	if probe && used >= 1 && believed > used-1 {
		w = w.dropOldest(believed - (used - 1))
		_, foreign = w.counts()
		believed = used - 1
	}
	if used >= 0 && used <= believed && foreign > 0 {
		w = w.explainNewest()
		believed--
	}
	w = w.add(at, 1, 0)
	if excess := used - (believed + 1); excess > 0 {
		w = w.add(at, 0, excess)
	}
	return w
}

func (w RateWindow) add(at time.Time, ours, foreign int) RateWindow {
	stamp := at.UnixMicro() + 1 // rounded up: never forgotten too early
	last := len(w.Marks) - 1
	grain := max(w.Length.Microseconds()/500, 1)
	if last >= 0 && (stamp <= w.Marks[last].At || stamp/grain == w.Marks[last].At/grain) {
		m := &w.Marks[last]
		m.At, m.Ours, m.Foreign = max(m.At, stamp), m.Ours+ours, m.Foreign+foreign
		return w
	}
	w.Marks = append(w.Marks, RateMark{At: stamp, Ours: ours, Foreign: foreign})
	if len(w.Marks) > rateMaxMarks {
		w = w.mergeClosest()
	}
	return w
}

// mergeClosest lets the two marks that lie closest age together, at the later
// one's time.
func (w RateWindow) mergeClosest() RateWindow {
	closest := 0
	for i := range len(w.Marks) - 1 {
		if w.Marks[i+1].At-w.Marks[i].At < w.Marks[closest+1].At-w.Marks[closest].At {
			closest = i
		}
	}
	w.Marks[closest+1].Ours += w.Marks[closest].Ours
	w.Marks[closest+1].Foreign += w.Marks[closest].Foreign
	w.Marks = append(w.Marks[:closest], w.Marks[closest+1:]...)
	return w
}

func (w RateWindow) dropOldest(n int) RateWindow {
	for i := range w.Marks {
		m := &w.Marks[i]
		foreign := min(n, m.Foreign)
		m.Foreign, n = m.Foreign-foreign, n-foreign
		ours := min(n, m.Ours)
		m.Ours, n = m.Ours-ours, n-ours
	}
	return w.tidy()
}

// explainNewest takes one foreign request back: it was one of ours whose
// answer had not arrived yet.
func (w RateWindow) explainNewest() RateWindow {
	for i := len(w.Marks) - 1; i >= 0; i-- {
		if w.Marks[i].Foreign > 0 {
			w.Marks[i].Foreign--
			break
		}
	}
	return w.tidy()
}

func (w RateWindow) tidy() RateWindow {
	kept := w.Marks[:0]
	for _, m := range w.Marks {
		if m.Ours+m.Foreign > 0 {
			kept = append(kept, m)
		}
	}
	w.Marks = kept
	return w
}

// held is the share of a long window that bulk leaves alone, so that an urgent
// request need not wait for long.
func (w RateWindow) held() int {
	if w.Length < rateHeldFrom || len(w.Marks) == 0 {
		return 0
	}
	return w.Limit * rateHeldShare / 100
}

// heldUntil is when bulk gets the held share after all: so shortly before
// requests age out that an urgent one would not wait for long any more.
func (w RateWindow) heldUntil() time.Time { return w.freeAt(w.Marks[0]).Add(-rateLongest) }

// roomAt tells when one more request fits beside those in flight and those
// kept free. poll is the pause where only answers on their way can tell.
func (w RateWindow) roomAt(now time.Time, inFlight, keep int, poll time.Duration) time.Time {
	ours, foreign := w.counts()
	over := ours + foreign + inFlight + keep + 1 - w.Limit
	switch {
	case over <= 0:
		return now
	case over <= min(foreign, inFlight):
		return now.Add(poll) // the excess may be the very requests in flight
	}
	for _, m := range w.Marks {
		if over -= m.Ours + m.Foreign; over <= 0 {
			return w.freeAt(m)
		}
	}
	if inFlight > 0 {
		return now.Add(poll)
	}
	return now.Add(w.Length / 60)
}

// bulkRoomAt is roomAt for a request that is not urgent.
func (w RateWindow) bulkRoomAt(now time.Time, inFlight, wants int, poll time.Duration) time.Time {
	held := w.held()
	at := w.roomAt(now, inFlight, wants+held, poll)
	if held == 0 || !at.After(now) {
		return at
	}
	if unheld := later(w.heldUntil(), w.roomAt(now, inFlight, wants, poll)); unheld.Before(at) {
		return unheld
	}
	return at
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
