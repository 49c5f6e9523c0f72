package domain

import (
	"slices"
	"time"
)

// RateFlight is a permit whose answer has not been seen.
type RateFlight struct {
	Seq      int64     `json:"seq"`
	IssuedAt time.Time `json:"issued_at"`
	Probe    bool      `json:"probe,omitempty"`
}

// RateState is all that is known about one endpoint of one app. It is a value:
// the store keeps it in one row, locks the row, applies Decide or Observe and
// saves the outcome. Nothing in it is personal.
type RateState struct {
	App          AppID        `json:"app"`
	Endpoint     string       `json:"endpoint"`
	Seq          int64        `json:"seq"`
	Windows      []RateWindow `json:"windows,omitempty"` // shortest first
	InFlight     []RateFlight `json:"in_flight,omitempty"`
	Wants        []time.Time  `json:"wants,omitempty"` // when refused urgent callers come back
	BlockedUntil time.Time    `json:"blocked_until"`   // the app refused us until then
	HeardAt      time.Time    `json:"heard_at"`        // the last answer
}

// NewRateState begins with the limits that the plan promises.
func NewRateState(app AppID, endpoint string, limits RateLimits) RateState {
	s := RateState{App: app, Endpoint: endpoint}
	for _, l := range limits {
		s.Windows = append(s.Windows, RateWindow{Length: l.Length, Limit: l.Limit})
	}
	s.sortWindows()
	return s
}

// Configured brings limits that were configured up to date. What the app's own
// headers said stands.
func (s RateState) Configured(limits RateLimits) RateState {
	s = s.clone()
	s.Windows = slices.DeleteFunc(s.Windows, func(w RateWindow) bool {
		return !w.Told && !slices.ContainsFunc(limits, func(l RateLimit) bool { return l.Length == w.Length })
	})
	for _, l := range limits {
		i := slices.IndexFunc(s.Windows, func(w RateWindow) bool { return w.Length == l.Length })
		switch {
		case i < 0:
			s.Windows = append(s.Windows, RateWindow{Length: l.Length, Limit: l.Limit})
		case !s.Windows[i].Told:
			s.Windows[i].Limit = l.Limit
		}
	}
	s.sortWindows()
	return s
}

// Decide admits a request or says when to ask again. It spends a window as a
// burst. After a silence one request goes alone, and its answer's headers
// release the rest. An urgent request that is refused leaves a want, for which
// bulk makes room.
func (s RateState) Decide(now time.Time, urgent bool) (RateState, RateDecision) {
	s = s.settle(now)
	if until := s.waitUntil(now, urgent); until.After(now) {
		if urgent {
			s.want(now, until)
		}
		return s, RateDecision{WaitUntil: until}
	}
	s.Seq++
	permit := RatePermit{App: s.App, Endpoint: s.Endpoint, Seq: s.Seq, IssuedAt: now, Urgent: urgent, Probe: s.silent(now)}
	s.InFlight = append(s.InFlight, RateFlight{Seq: s.Seq, IssuedAt: now, Probe: permit.Probe})
	if urgent && len(s.Wants) > 0 && !s.Wants[0].After(now) {
		s.Wants = s.Wants[1:]
	}
	return s, RateDecision{Admit: true, Permit: permit}
}

// Observe books what became of a permit: the limits that the headers name
// replace what was configured, their counts correct ours, a refusal closes the
// endpoint. Answers without headers, such as 401 and 403, teach nothing but
// count as used. A permit that expired before has been booked already.
func (s RateState) Observe(permit RatePermit, seen RateObservation) RateState {
	s = s.clone()
	i := slices.IndexFunc(s.InFlight, func(f RateFlight) bool { return f.Seq == permit.Seq })
	if i < 0 {
		return s
	}
	flight := s.InFlight[i]
	s.InFlight = slices.Delete(s.InFlight, i, i+1)
	s = s.settle(seen.ReceivedAt)
	s.learn(seen.Windows)
	s.land(flight, seen)
	if seen.Lost {
		return s
	}
	s.HeardAt = later(s.HeardAt, seen.ReceivedAt)
	if seen.Refused {
		s.BlockedUntil = later(s.BlockedUntil, seen.ReceivedAt.Add(seen.Closed()))
		s.HeardAt = time.Time{} // the first request afterwards goes alone
	}
	return s
}

// Orphaned books every permit whose holders have died as used without an
// answer, so that nobody waits for the end of its life.
func (s RateState) Orphaned(now time.Time) RateState {
	s = s.clone()
	for _, f := range s.InFlight {
		s.land(f, RateObservation{ReceivedAt: now, Lost: true})
	}
	s.InFlight = nil
	return s
}

// waitUntil is now when a request may go.
func (s RateState) waitUntil(now time.Time, urgent bool) time.Time {
	if now.Before(s.BlockedUntil) {
		return s.BlockedUntil
	}
	if !s.limited() {
		return now
	}
	poll := s.poll()
	if s.silent(now) && len(s.InFlight) > 0 {
		return now.Add(poll) // a probe is on its way, or the next one waits until it can go alone
	}
	until := now
	for _, w := range s.Windows {
		switch {
		case w.Limit <= 0:
		case urgent:
			until = later(until, w.roomAt(now, len(s.InFlight), 0, poll))
		default:
			until = later(until, w.bulkRoomAt(now, len(s.InFlight), len(s.Wants), poll))
		}
	}
	return until
}

// want notes when a refused urgent caller will be back. A caller that came
// back as told and was refused again takes over its earlier want.
func (s *RateState) want(now, until time.Time) {
	if len(s.Wants) > 0 && !s.Wants[0].After(now) {
		s.Wants = s.Wants[1:]
	}
	if len(s.Wants) < rateMaxWants {
		s.Wants = append(s.Wants, until)
		slices.SortFunc(s.Wants, time.Time.Compare)
	}
}

// settle brings the state to a moment: requests age out, permits without an
// answer are booked as used, wants that nobody came back for lapse.
func (s RateState) settle(now time.Time) RateState {
	s = s.clone()
	var waiting []RateFlight
	for _, f := range s.InFlight {
		if now.Sub(f.IssuedAt) < RatePermitLife {
			waiting = append(waiting, f)
			continue
		}
		s.land(f, RateObservation{ReceivedAt: f.IssuedAt.Add(RatePermitLife), Lost: true})
	}
	s.InFlight = waiting
	s.Wants = slices.DeleteFunc(s.Wants, func(due time.Time) bool { return now.Sub(due) > rateWantLife })
	for i := range s.Windows {
		s.Windows[i] = s.Windows[i].age(now)
	}
	return s
}

func (s RateState) land(flight RateFlight, seen RateObservation) {
	for i, w := range s.Windows {
		used := -1
		for _, r := range seen.Windows {
			if r.Length == w.Length && !r.Unlimited {
				used = r.Used
			}
		}
		s.Windows[i] = w.land(seen.ReceivedAt, used, flight.Probe)
	}
}

func (s *RateState) learn(readings []RateReading) {
	for _, r := range readings {
		limit := r.Limit
		if r.Unlimited {
			limit = 0
		}
		i := slices.IndexFunc(s.Windows, func(w RateWindow) bool { return w.Length == r.Length })
		if i < 0 {
			s.Windows = append(s.Windows, RateWindow{Length: r.Length, Limit: limit, Told: true})
			continue
		}
		s.Windows[i].Limit, s.Windows[i].Told = limit, true
	}
	s.sortWindows()
}

// silent tells that nothing was heard from the endpoint for so long that
// others may have used it up meanwhile.
func (s RateState) silent(now time.Time) bool {
	return s.limited() && now.Sub(s.HeardAt) > s.shortest()/10
}

func (s RateState) limited() bool { return s.shortest() > 0 }

func (s RateState) shortest() time.Duration {
	for _, w := range s.Windows {
		if w.Limit > 0 {
			return w.Length
		}
	}
	return 0
}

// poll is the pause before asking again when an answer on its way decides.
func (s RateState) poll() time.Duration {
	return max(min(s.shortest()/1200, rateMaxPoll), time.Millisecond)
}

func (s RateState) sortWindows() {
	slices.SortFunc(s.Windows, func(a, b RateWindow) int { return int(a.Length - b.Length) })
}

func (s RateState) clone() RateState {
	s.InFlight = slices.Clone(s.InFlight)
	s.Wants = slices.Clone(s.Wants)
	s.Windows = slices.Clone(s.Windows)
	for i := range s.Windows {
		s.Windows[i].Marks = slices.Clone(s.Windows[i].Marks)
	}
	return s
}
