package activities_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

// slowList is an app whose listing takes some time; listings are told apart by
// their request id.
type slowList struct {
	mu      sync.Mutex
	takes   time.Duration
	began   []time.Time
	ends    []context.Context
	failing map[int]error // by number, the first is 1
	partial bool
}

func (l *slowList) read(ctx context.Context) (domain.Listing, error) {
	l.mu.Lock()
	l.began, l.ends = append(l.began, time.Now()), append(l.ends, ctx)
	n, err := len(l.began), l.failing[len(l.began)]
	l.mu.Unlock()
	started := time.Now()
	select {
	case <-ctx.Done():
		return domain.Listing{}, ctx.Err()
	case <-time.After(l.takes):
	}
	return domain.Listing{Complete: !l.partial, StartedAt: started, RequestID: fmt.Sprint(n)}, err
}

func (l *slowList) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.began)
}

// However many ask, at whatever time and for whatever age: nobody gets a listing
// that is older than it asked for, and there are few.
func TestManyCallersFewListingsNoneTooOld(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			dice := rand.New(rand.NewPCG(seed, 1))
			shared, app := activities.NewListings(), &slowList{takes: time.Duration(1+dice.IntN(400)) * time.Millisecond}
			span := time.Duration(1+dice.IntN(4000)) * time.Millisecond
			var all sync.WaitGroup
			for range 400 {
				after, age := time.Duration(dice.Int64N(int64(span))), time.Duration(0)
				if dice.IntN(3) == 0 {
					age = time.Duration(dice.IntN(3000)) * time.Millisecond
				}
				gives := dice.IntN(8) == 0
				all.Go(func() {
					<-time.After(after)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if gives {
						ctx, cancel = context.WithTimeout(ctx, app.takes/2)
						defer cancel()
					}
					asked := time.Now()
					l, err := shared.Read(ctx, "apollo", age, app.read)
					if gives && err != nil {
						require.ErrorIs(t, err, context.DeadlineExceeded)
						return
					}
					require.NoError(t, err, "somebody else's giving up is not ours")
					require.False(t, l.StartedAt.Before(asked.Add(-age)), "asked for %s, got one that began %s before", age, asked.Sub(l.StartedAt))
				})
			}
			all.Wait()
			most := int((span+2*app.takes)/max(2*app.takes, app.takes+250*time.Millisecond)) + 7
			require.LessOrEqual(t, app.count(), most, "listings of %s in %s", app.takes, span)
		})
	}
}

func TestAFailedListingFailsThoseWhoWaitedForIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		shared, app := activities.NewListings(), &slowList{takes: time.Second, failing: map[int]error{1: broken}}
		results := make([]error, 3)
		var all sync.WaitGroup
		for i, after := range []time.Duration{0, 500 * time.Millisecond, 600 * time.Millisecond} {
			all.Go(func() {
				<-time.After(after)
				_, results[i] = shared.Read(t.Context(), "apollo", 0, app.read)
			})
		}
		all.Wait()
		require.ErrorIs(t, results[0], broken)
		require.NoError(t, results[1], "it waited for the next one")
		require.NoError(t, results[2])
		require.Equal(t, 2, app.count())
		_, err := shared.Read(t.Context(), "apollo", 10*time.Second, app.read)
		require.NoError(t, err)
		require.Equal(t, 2, app.count(), "the good one is young enough")
		_, err = shared.Read(t.Context(), "another", 10*time.Second, app.read)
		require.NoError(t, err)
		require.Equal(t, 3, app.count(), "each app has its own")
	})
}

func TestAListingThatPanicsHurtsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared, app := activities.NewListings(), &slowList{takes: time.Second}
		_, err := shared.Read(t.Context(), "apollo", 0, func(context.Context) (domain.Listing, error) { panic("no") })
		require.Equal(t, domain.FaultInternal, kindOf(t, err))
		_, err = shared.Read(t.Context(), "apollo", 0, app.read)
		require.NoError(t, err)
	})
}

// What proves nothing is not kept for others, and what is old is let go.
func TestOnlyCompleteAndYoungListingsAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared, app := activities.NewListings(), &slowList{takes: time.Millisecond, partial: true}
		for n := range 2 {
			_, err := shared.Read(t.Context(), "apollo", time.Minute, app.read)
			require.NoError(t, err)
			require.Equal(t, n+1, app.count())
		}
		app.partial = false
		for range 3 {
			_, err := shared.Read(t.Context(), "apollo", time.Hour, app.read)
			require.NoError(t, err)
		}
		require.Equal(t, 3, app.count())
		<-time.After(domain.MaxListingAge + time.Millisecond) // the very moment is a race of two timers
		_, err := shared.Read(t.Context(), "apollo", time.Hour, app.read)
		require.NoError(t, err)
		require.Equal(t, 4, app.count())
	})
}

func TestAListingThatNobodyWaitsForIsBrokenOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared, app := activities.NewListings(), &slowList{takes: time.Minute}
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := shared.Read(ctx, "apollo", 0, app.read)
			require.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		cancel()
		all.Wait()
		synctest.Wait()
		require.Error(t, app.ends[0].Err())
		app.takes = time.Second
		l, err := shared.Read(t.Context(), "apollo", time.Minute, app.read)
		require.NoError(t, err)
		require.Equal(t, "2", l.RequestID)
	})
}

// A listing is as urgent as the most urgent of those who wait for it, also when
// they came later.
func TestAListingBecomesAsUrgentAsItsCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared, app := activities.NewListings(), &slowList{takes: time.Second}
		var all sync.WaitGroup
		all.Go(func() { _, _ = shared.Read(t.Context(), "apollo", 0, app.read) })
		synctest.Wait()
		require.Equal(t, domain.UrgencyBulk, domain.UrgencyOf(app.ends[0]))
		all.Go(func() {
			_, _ = shared.Read(domain.AtUrgency(t.Context(), domain.UrgencyNow), "apollo", time.Minute, app.read)
		})
		synctest.Wait()
		require.Equal(t, domain.UrgencyNow, domain.UrgencyOf(app.ends[0]))
		all.Wait()
		require.Equal(t, 1, app.count())
	})
}
