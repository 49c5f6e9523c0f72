package activities

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"handover/domain"
)

const (
	// crowd is how many callers within crowdSpan make the next listing wait until
	// more have gathered: one for each handful would use the vendor's window up.
	crowd     = 4
	crowdSpan = 2 * time.Second
	// shortestRest is how long they gather at least; otherwise as long as the last
	// listing took.
	shortestRest = 250 * time.Millisecond
)

// Listings shares complete listings of accounts among the callers of a process:
// a thousand who are cut off in one minute need not read all users a thousand
// times. What a caller gets is never older than it asked for.
type Listings struct {
	mu   sync.Mutex
	apps map[domain.AppID]*sharedApp
}

// NewListings makes the listings of a process.
func NewListings() *Listings { return &Listings{apps: map[domain.AppID]*sharedApp{}} }

// sharedApp is what goes on in one app: at most one listing at a time, and at
// most one that waits for it.
type sharedApp struct {
	last    *sharedListing // the newest complete one, while somebody may still want it
	running *sharedListing
	next    *sharedListing // begins when the running one, and the rest after it, is over
	resting bool
	served  []servedAt // of the listings that began within crowdSpan
}

// servedAt is how many callers a listing had that began at a time.
type servedAt struct {
	began time.Time
	n     int
}

// sharedListing is one listing and those who wait for it.
type sharedListing struct {
	read    func(ctx context.Context) (domain.Listing, error)
	ctx     context.Context
	cancel  context.CancelFunc
	urgency atomic.Int64
	began   time.Time
	waiters int
	served  int
	dropped bool // everybody went away while it was running
	done    chan struct{}
	listing domain.Listing
	err     error
}

// Read gives a listing that began at most age ago; with an age of zero, after
// this call. Whoever cannot use the one that is running waits for the next,
// together with everybody else who does. A failure is told to those who waited
// for the listing that failed and to nobody else; a caller who gives up takes
// nothing from the others. The listing is shared: it must not be changed.
func (s *Listings) Read(ctx context.Context, app domain.AppID, age time.Duration, read func(ctx context.Context) (domain.Listing, error)) (domain.Listing, error) {
	l := s.join(ctx, app, age, read)
	select {
	case <-l.done:
		return l.listing, l.err
	case <-ctx.Done():
		s.leave(app, l)
		return domain.Listing{}, ctx.Err()
	}
}

func (s *Listings) join(ctx context.Context, app domain.AppID, age time.Duration, read func(ctx context.Context) (domain.Listing, error)) *sharedListing {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[app]
	if a == nil {
		a = &sharedApp{}
		s.apps[app] = a
	}
	for _, l := range []*sharedListing{a.last, a.running} {
		if l != nil && !l.dropped && age > 0 && time.Since(l.began) <= age {
			l.take(ctx)
			return l
		}
	}
	if a.next == nil {
		a.next = newSharedListing(ctx, read)
	}
	l := a.next
	l.take(ctx)
	s.begin(app, a)
	return l
}

func newSharedListing(ctx context.Context, read func(ctx context.Context) (domain.Listing, error)) *sharedListing {
	l := &sharedListing{read: read, done: make(chan struct{})}
	ranked := domain.UrgencyFrom(context.WithoutCancel(ctx), func() domain.Urgency { return domain.Urgency(l.urgency.Load()) })
	l.ctx, l.cancel = context.WithCancel(ranked)
	return l
}

// take lets one more caller wait. The listing becomes as urgent as that caller.
func (l *sharedListing) take(ctx context.Context) {
	l.waiters++
	l.served++
	if u := int64(domain.UrgencyOf(ctx)); u > l.urgency.Load() {
		l.urgency.Store(u)
	}
}

// begin starts the next listing where nothing stands before it.
func (s *Listings) begin(app domain.AppID, a *sharedApp) {
	if a.running != nil || a.resting || a.next == nil {
		return
	}
	a.running, a.next = a.next, nil
	a.running.began = time.Now()
	go s.run(app, a, a.running)
}

func (s *Listings) run(app domain.AppID, a *sharedApp, l *sharedListing) {
	l.listing, l.err = guarded(l.ctx, l.read)
	l.cancel()
	took := time.Since(l.began)
	s.mu.Lock()
	defer s.mu.Unlock()
	close(l.done)
	a.running = nil
	if l.err == nil && l.listing.Complete {
		a.last = l
		time.AfterFunc(domain.MaxListingAge, func() { s.forget(a) }) // without l: a newer one lets it go at once
	}
	if a.crowded(l) {
		a.resting = true
		time.AfterFunc(max(took, shortestRest), func() { s.rested(app, a) })
	}
	s.begin(app, a)
}

// crowded tells that many were served of late, the last listing's callers
// included.
func (a *sharedApp) crowded(last *sharedListing) bool {
	a.served = append(a.served, servedAt{last.began, last.served})
	a.served = slices.DeleteFunc(a.served, func(l servedAt) bool { return last.began.Sub(l.began) > crowdSpan })
	all := 0
	for _, l := range a.served {
		all += l.n
	}
	return all > crowd
}

// guarded turns a panic into an error: it must not take the process with it.
func guarded(ctx context.Context, read func(ctx context.Context) (domain.Listing, error)) (l domain.Listing, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = domain.NewFault(domain.FaultInternal, "account.list", "", "reading the list of users broke off", fmt.Errorf("panic: %v", r))
		}
	}()
	return read(ctx)
}

func (s *Listings) rested(app domain.AppID, a *sharedApp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.resting = false
	s.begin(app, a)
}

// forget lets the last listing go when nobody may use it any more: it holds all
// users.
func (s *Listings) forget(a *sharedApp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.last != nil && time.Since(a.last.began) >= domain.MaxListingAge {
		a.last = nil
	}
}

// leave takes a caller who gave up from a listing. One that nobody waits for is
// not begun, or broken off, and nobody joins it any more.
func (s *Listings) leave(app domain.AppID, l *sharedListing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.waiters--; l.waiters > 0 {
		return
	}
	if a := s.apps[app]; a.next == l {
		a.next = nil
	}
	l.dropped = true
	l.cancel()
}
