package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

const endpoint = "api/v1/users/search"

func gate(s *store.Store, now func() time.Time, limits ...domain.RateLimit) *store.Gate {
	return store.NewGate(s, func(domain.AppID, string) domain.RateLimits { return limits }, now)
}

// answer books a permit's answer whose headers count what an app would.
func answer(t *testing.T, g *store.Gate, p domain.RatePermit, at time.Time, used int, limit domain.RateLimit) {
	t.Helper()
	require.NoError(t, g.Observe(t.Context(), p, domain.RateObservation{ReceivedAt: at,
		Windows: []domain.RateReading{{Length: limit.Length, Limit: limit.Limit, Used: used}}}))
}

var gateTests = map[string]func(t *testing.T, s *store.Store){
	"a spent window says when to come back": func(t *testing.T, s *store.Store) {
		limit := domain.RateLimit{Length: time.Hour, Limit: 3}
		now := noon
		g := gate(s, func() time.Time { return now }, limit)
		for i := range 3 {
			p, err := g.Acquire(t.Context(), "apollo", endpoint, true)
			require.NoError(t, err)
			answer(t, g, p, now, i+1, limit)
		}
		_, err := g.Acquire(t.Context(), "apollo", endpoint, true)
		var f *domain.Fault
		require.ErrorAs(t, err, &f)
		require.Equal(t, domain.FaultRateLimited, f.Kind)
		require.WithinDuration(t, now.Add(time.Hour), f.RetryAt, time.Minute)
		_, err = g.Acquire(t.Context(), "apollo", "another endpoint", false)
		require.NoError(t, err)
		now = f.RetryAt
		_, err = g.Acquire(t.Context(), "apollo", endpoint, true)
		require.NoError(t, err)
		states, err := s.RateStates(t.Context())
		require.NoError(t, err)
		require.Len(t, states, 2)
	},
	"nobody waits for the permit of a process that died": func(t *testing.T, s *store.Store) {
		g := gate(s, time.Now, domain.RateLimit{Length: time.Hour, Limit: 3})
		_, err := g.Acquire(t.Context(), "apollo", endpoint, true)
		require.NoError(t, err)
		waiting, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = g.Acquire(waiting, "apollo", endpoint, true)
		require.ErrorIs(t, err, context.DeadlineExceeded, "a probe goes alone")
		require.NoError(t, s.ReleaseLeases(t.Context()))
		p, err := g.Acquire(t.Context(), "apollo", endpoint, true)
		require.NoError(t, err)
		require.True(t, p.Probe)
		states, err := s.RateStates(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, states[0].Windows[0].Marks, "the lost request counts as used")
	},
	"two processes share one window and meet no refusal": func(t *testing.T, s *store.Store) {
		limit := domain.RateLimit{Length: 400 * time.Millisecond, Limit: 40}
		app := &fixedWindow{limit: limit}
		gates := []*store.Gate{gate(s, time.Now, limit), gate(s, time.Now, limit)}
		allFine(t, together(8, func(i int) error {
			for range 10 {
				p, err := gates[i%2].Acquire(t.Context(), "apollo", endpoint, false)
				if err != nil {
					return err
				}
				seen, err := app.request()
				if err != nil {
					return err
				}
				if err := gates[i%2].Observe(t.Context(), p, seen); err != nil {
					return err
				}
			}
			return nil
		}))
	},
	"terminations pass those who wait, and those pass bulk": func(t *testing.T, s *store.Store) {
		limit := domain.RateLimit{Length: 600 * time.Millisecond, Limit: 4}
		clock := &stoppedClock{at: noon}
		g := gate(s, clock.now, limit)
		ask := func(ctx context.Context, urgent bool) (domain.RatePermit, error) {
			p, err := g.Acquire(ctx, "apollo", endpoint, urgent)
			if err == nil {
				err = g.Observe(t.Context(), p, domain.RateObservation{ReceivedAt: clock.now()})
			}
			return p, err
		}
		for range limit.Limit {
			_, err := ask(t.Context(), true)
			require.NoError(t, err)
		}
		came := []domain.Urgency{domain.UrgencyBulk, domain.UrgencyMoment, domain.UrgencyBulk, domain.UrgencyMoment, domain.UrgencyNow, domain.UrgencyMoment, domain.UrgencyNow}
		permits := make([]domain.RatePermit, len(came))
		var inLine sync.WaitGroup
		inLine.Add(len(came))
		go func() {
			inLine.Wait()
			clock.goOn(2 * limit.Length)
		}()
		allFine(t, together(len(came), func(i int) (err error) {
			stands := sync.OnceFunc(inLine.Done)
			defer stands()
			permits[i], err = ask(domain.UrgencyFrom(t.Context(), func() domain.Urgency {
				stands() // only who stands in the line is ranked
				return came[i]
			}), came[i] > domain.UrgencyBulk)
			return err
		}))
		went := map[int64]domain.Urgency{}
		for i, p := range permits {
			went[p.Seq-int64(limit.Limit)] = came[i]
		}
		require.Equal(t, map[int64]domain.Urgency{1: domain.UrgencyNow, 2: domain.UrgencyNow, 3: domain.UrgencyMoment, 4: domain.UrgencyMoment, 5: domain.UrgencyMoment,
			6: domain.UrgencyBulk, 7: domain.UrgencyBulk}, went)
	},
	"a thousand at once are counted each": func(t *testing.T, s *store.Store) {
		limit := domain.RateLimit{Length: time.Minute, Limit: 1000}
		g := gate(s, time.Now, limit)
		allFine(t, together(1000, func(int) error {
			p, err := g.Acquire(t.Context(), "apollo", endpoint, true)
			if err != nil {
				return err
			}
			return g.Observe(t.Context(), p, domain.RateObservation{ReceivedAt: time.Now()})
		}))
		states, err := s.RateStates(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1000, states[0].Windows[0].Used())
		require.Empty(t, states[0].InFlight)
	},
	"a limit that the policy changes holds at once, unless headers told another": func(t *testing.T, s *store.Store) {
		limit := domain.RateLimit{Length: time.Hour, Limit: 2}
		policy := []domain.RateLimit{limit}
		g := store.NewGate(s, func(domain.AppID, string) domain.RateLimits { return policy }, time.Now)
		take := func() error {
			p, err := g.Acquire(t.Context(), "apollo", endpoint, true)
			if err == nil {
				err = g.Observe(t.Context(), p, domain.RateObservation{ReceivedAt: time.Now()})
			}
			return err
		}
		require.NoError(t, take())
		require.NoError(t, take())
		require.Error(t, take())
		policy[0].Limit = 3
		require.NoError(t, take())
		require.Error(t, take())
		policy = nil
		p, err := g.Acquire(t.Context(), "apollo", endpoint, true)
		require.NoError(t, err, "nobody told a limit any more")
		answer(t, g, p, time.Now(), 5, domain.RateLimit{Length: time.Hour, Limit: 5})
		policy = []domain.RateLimit{{Length: time.Hour, Limit: 100}}
		require.Error(t, take(), "the app knows better")
	},
	"whoever gives up waiting is let go": func(t *testing.T, s *store.Store) {
		limit := domain.RateLimit{Length: 30 * time.Second, Limit: 1}
		g := gate(s, time.Now, limit)
		p, err := g.Acquire(t.Context(), "apollo", endpoint, false)
		require.NoError(t, err)
		answer(t, g, p, time.Now(), 1, limit)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = g.Acquire(ctx, "apollo", endpoint, false)
		require.ErrorIs(t, err, context.Canceled)
	},
}

// stoppedClock stands still until it is let go on.
type stoppedClock struct {
	lock    sync.Mutex
	at      time.Time
	running time.Time // since then; zero while it stands
}

func (c *stoppedClock) now() time.Time {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.running.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.running))
}

// goOn leaps ahead and runs from there.
func (c *stoppedClock) goOn(ahead time.Duration) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.at, c.running = c.at.Add(ahead), time.Now()
}

// fixedWindow is an app that counts from the first request of a window on.
type fixedWindow struct {
	lock  sync.Mutex
	limit domain.RateLimit
	began time.Time
	used  int
}

func (w *fixedWindow) request() (domain.RateObservation, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	now := time.Now()
	if now.Sub(w.began) >= w.limit.Length {
		w.began, w.used = now, 0
	}
	if w.used++; w.used > w.limit.Limit {
		return domain.RateObservation{}, errors.New("429")
	}
	return domain.RateObservation{ReceivedAt: time.Now(), Windows: []domain.RateReading{{Length: w.limit.Length, Limit: w.limit.Limit, Used: w.used}}}, nil
}
