package slackapp

import (
	"context"
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	slacksim "handover/internal/sim/slack"
)

func TestPlacesAreFreeAgainAfterTheirTime(t *testing.T) {
	t.Parallel()
	l := newLimiter()
	c := claim{"m", allowance{2, 200 * time.Millisecond}}
	began := time.Now()
	for range 5 {
		done, err := l.acquire(t.Context(), "m", time.Now, c)
		require.NoError(t, err)
		done(0)
	}
	require.GreaterOrEqual(t, time.Since(began), 400*time.Millisecond)
	full := claim{"n", allowance{1, time.Minute}}
	done, err := l.acquire(t.Context(), "n", time.Now, full)
	require.NoError(t, err)
	done(0)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = l.acquire(ctx, "n", time.Now, full)
	var f *domain.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, domain.FaultRateLimited, f.Kind)
	require.WithinDuration(t, time.Now().Add(time.Minute), f.RetryAt, 30*time.Second)
}

func TestWhoWaitsForAnAnswerOnItsWayGetsTheNextPlace(t *testing.T) {
	t.Parallel()
	l := newLimiter()
	c := claim{"m", allowance{1, time.Millisecond}}
	done, err := l.acquire(t.Context(), "m", time.Now, c)
	require.NoError(t, err)
	got := make(chan error, 1)
	go func() {
		_, err := l.acquire(t.Context(), "m", time.Now, c)
		got <- err
	}()
	done(0)
	require.NoError(t, <-got)
}

// Many at once, against the simulator's own limiter at its real strictness in
// time made short: there is no refusal of our own making.
func TestThereIsNoRefusalOfOurOwnMaking(t *testing.T) {
	t.Parallel()
	short := slacksim.Limit{Count: 5, Per: 300 * time.Millisecond}
	sim := slacksim.New(slacksim.Options{BotToken: testBot, Limits: slacksim.Limits{PerChannel: slacksim.Limit{Count: 1, Per: 200 * time.Millisecond}, PerTeam: short,
		Methods: map[string]slacksim.Limit{"users.info": short}}})
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	c := NewClient(ClientConfig{Token: testBot, URL: server.URL + "/api/"})
	c.limits.places["users.info"] = &places{allowed: allowance{5, 300 * time.Millisecond}}
	c.limits.places["chat.postMessage"] = &places{allowed: allowance{5, 300 * time.Millisecond}}
	var users []string
	for i := range 4 {
		users = append(users, sim.AddUser(slacksim.User{Email: fmt.Sprintf("u%d@example.com", i)}))
		c.limits.places["channel:"+users[i]] = &places{allowed: allowance{1, 200 * time.Millisecond}}
		_, _, err := c.postMessage(t.Context(), users[i], message{text: "first"})
		require.NoError(t, err)
	}
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			to := users[i%len(users)]
			if i%3 == 0 {
				to = sim.DM(to) // counted together with the person
			}
			_, err := c.user(t.Context(), users[0])
			if err == nil {
				_, _, err = c.postMessage(t.Context(), to, message{text: "x"})
			}
			if err != nil && domain.KindOf(err) != domain.FaultRateLimited {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Zero(t, sim.Counts().TooMany)
	require.Positive(t, sim.Counts().PerMethod["chat.postMessage"])
}
