package store

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"handover/domain"
)

const (
	// mostFlying bounds the requests of one process on one endpoint that are on
	// their way: whoever is urgent and comes later waits behind no more.
	mostFlying = 64
	// mostRefused bounds how many urgent requests leave a want in one transaction.
	mostRefused = 32
	// headStart is how long those behind a security termination wait at most for its
	// answer before they are let go: among requests on their way nobody is first.
	headStart = 250 * time.Millisecond
	// passLimit bounds one transaction of a line.
	passLimit = 30 * time.Second
)

// line is the requests of one process that wait for one row, and the answers
// that are to be booked in it. One goroutine works for all of them while there
// is something to do, so that a thousand do not ask the database at once.
type line struct {
	gate *Gate
	key  lineKey
	kick chan struct{}

	mu      sync.Mutex
	waiting []*waiter
	seen    []*sighting
	flying  map[int64]flight // permits without an answer
	number  int64
	working bool
}

// waiter is a request that waits for its permit.
type waiter struct {
	ctx      context.Context
	urgent   bool
	number   int64     // its place among equals
	deadline time.Time // the caller waits no longer
	resume   time.Time // it was refused until then
	done     chan grant
}

// flight is a permit without an answer.
type flight struct {
	issued time.Time
	rank   domain.Urgency
}

type grant struct {
	permit domain.RatePermit
	err    error
}

// sighting is an answer that is to be booked.
type sighting struct {
	permit domain.RatePermit
	seen   domain.RateObservation
	done   chan error
}

func (l *line) stand(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.number++
	w.number = l.number
	l.waiting = append(l.waiting, w)
	l.work()
}

func (l *line) see(o *sighting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, o)
	l.work()
}

// leave takes a request out of the line. It answers false when its permit was
// given meanwhile.
func (l *line) leave(w *waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.waiting, w)
	if i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	return i >= 0
}

func (l *line) work() {
	if l.working {
		select {
		case l.kick <- struct{}{}:
		default:
		}
		return
	}
	l.working = true
	go l.run()
}

// run serves the line until nobody is in it.
func (l *line) run() {
	for {
		asking, seen, idle := l.take()
		if idle {
			return
		}
		if len(asking) > 0 || len(seen) > 0 {
			l.pass(asking, seen)
			continue
		}
		l.rest()
	}
}

// take gives those whose turn it is, the most urgent first, and the answers to
// book. Whoever was refused until a later moment holds back those behind, so
// that nobody overtakes; idle tells that there is nothing to do at all.
func (l *line) take() (asking []*waiter, seen []*sighting, idle bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 && len(l.seen) == 0 {
		l.working = false
		return nil, nil, true
	}
	seen, l.seen = l.seen, nil
	now := l.gate.now()
	for _, o := range seen {
		delete(l.flying, o.permit.Seq)
	}
	for seq, f := range l.flying {
		if now.Sub(f.issued) > domain.RatePermitLife {
			delete(l.flying, seq)
		}
	}
	l.order()
	l.expire(now)
	for _, w := range l.waiting {
		if w.resume.After(now) || len(asking) >= mostFlying-len(l.flying) || l.behind(w, asking, now) {
			break
		}
		asking = append(asking, w)
	}
	return asking, seen, false
}

// behind tells that a security termination that asks, or is on its way, has its
// head start before a request.
func (l *line) behind(w *waiter, asking []*waiter, now time.Time) bool {
	if rank(w) == domain.UrgencyNow {
		return false
	}
	if len(asking) > 0 && rank(asking[0]) == domain.UrgencyNow {
		return true
	}
	for _, f := range l.flying {
		if f.rank == domain.UrgencyNow && now.Sub(f.issued) < headStart {
			return true
		}
	}
	return false
}

// expire lets those go who waited behind others for longer than they would.
func (l *line) expire(now time.Time) {
	for _, w := range slices.Clone(l.waiting) {
		if now.After(w.deadline) {
			l.answer(w, grant{err: spent(l.key.app, now.Add(time.Second))})
		}
	}
}

// order sorts the line. Urgency may rise while a request waits.
func (l *line) order() {
	ranks := make(map[*waiter]domain.Urgency, len(l.waiting))
	for _, w := range l.waiting {
		ranks[w] = rank(w)
	}
	slices.SortFunc(l.waiting, func(a, b *waiter) int {
		return cmp.Or(cmp.Compare(ranks[b], ranks[a]), cmp.Compare(a.number, b.number))
	})
}

func rank(w *waiter) domain.Urgency {
	u := domain.UrgencyOf(w.ctx)
	if w.urgent {
		u = max(u, domain.UrgencyMoment)
	}
	return u
}

// pass books answers and asks for permits in one transaction.
func (l *line) pass(asking []*waiter, seen []*sighting) {
	ctx, cancel := context.WithTimeout(context.Background(), passLimit)
	defer cancel()
	var decided map[*waiter]domain.RateDecision
	err := l.gate.change(ctx, l.key, func(state domain.RateState) domain.RateState {
		for _, o := range seen {
			state = state.Observe(o.permit, o.seen)
		}
		state, decided = l.decide(state, asking)
		return state
	})
	for _, o := range seen {
		o.done <- err
	}
	l.settle(asking, decided, err)
}

// decide asks for one after the other. After a refusal only those who are urgent
// go on asking, because each leaves a want for which bulk makes room.
func (l *line) decide(state domain.RateState, asking []*waiter) (domain.RateState, map[*waiter]domain.RateDecision) {
	decided, refused := map[*waiter]domain.RateDecision{}, 0
	for _, w := range asking {
		urgent := rank(w) > domain.UrgencyBulk
		if refused > 0 && !urgent || refused >= mostRefused {
			break
		}
		var d domain.RateDecision
		state, d = state.Decide(l.gate.now(), urgent)
		decided[w] = d
		if !d.Admit && !d.WaitUntil.After(w.deadline) {
			refused++ // it will wait, and those behind it
		}
	}
	return state, decided
}

// settle tells those who asked what came of it.
func (l *line) settle(asking []*waiter, decided map[*waiter]domain.RateDecision, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range asking {
		d, asked := decided[w]
		switch {
		case err != nil:
			l.answer(w, grant{err: err})
		case !asked:
		case d.Admit:
			l.flying[d.Permit.Seq] = flight{issued: d.Permit.IssuedAt, rank: rank(w)}
			l.answer(w, grant{permit: d.Permit})
		case d.WaitUntil.After(w.deadline):
			l.answer(w, grant{err: spent(l.key.app, d.WaitUntil)})
		default:
			w.resume = d.WaitUntil
		}
	}
}

// answer gives a waiter what came of it and takes it out of the line. A permit
// for somebody who has left is booked as used, which is safe.
func (l *line) answer(w *waiter, g grant) {
	i := slices.Index(l.waiting, w)
	if i < 0 {
		if g.err == nil {
			l.seen = append(l.seen, &sighting{permit: g.permit, seen: domain.RateObservation{ReceivedAt: l.gate.now(), Lost: true}, done: make(chan error, 1)})
		}
		return
	}
	l.waiting = slices.Delete(l.waiting, i, i+1)
	w.done <- g
}

func spent(app domain.AppID, until time.Time) error {
	f := domain.NewFault(domain.FaultRateLimited, "rate.acquire", app, "the vendor's limit for this kind of request is used up until "+
		until.UTC().Format(time.RFC3339), nil)
	f.RetryAt = until
	return f
}

// rest waits until the first of the line may ask again, or somebody came, or an
// answer did.
func (l *line) rest() {
	l.mu.Lock()
	wait := domain.RatePermitLife // as long as a permit may stay without an answer
	now := l.gate.now()
	switch {
	case len(l.waiting) > 0 && l.waiting[0].resume.After(now):
		wait = l.waiting[0].resume.Sub(now)
	case len(l.waiting) > 0 && l.behind(l.waiting[0], nil, now):
		wait = headStart
	}
	l.mu.Unlock()
	timer := time.NewTimer(max(wait, time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.kick:
	}
}
