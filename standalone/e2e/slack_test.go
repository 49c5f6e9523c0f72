package e2e

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	slacksim "handover/internal/sim/slack"
	"handover/standalone/demo"
)

// twoInSlack is a policy of two stages, whose people are asked in Slack.
const twoInSlack = `
    clock: wall
    reminder: 1h
    stages:
      - {name: manager, who: [manager], backup: [app_owner], timeout: 1h}
      - {name: revenue operations, who: [app_backup]}`

// workspace connects an installation to a simulated Slack.
func workspace(t *testing.T, s *setup, o slacksim.Options) *demo.Hand {
	t.Helper()
	slack := demo.SlackWorkspace(o)
	server := httptest.NewServer(slack.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(slack.Close)
	for _, name := range slices.Sorted(maps.Keys(demo.SlackEnv(server.URL))) {
		s.env = append(s.env, name+"="+demo.SlackEnv(server.URL)[name])
	}
	s.policy.Handover = twoInSlack
	return &demo.Hand{Slack: slack}
}

// clickPoints lie between a click and what becomes of it.
var clickPoints = []struct {
	name string
	most int
}{
	{"posted-not-recorded", 1}, {"click-kept-not-acknowledged", 1}, {"clicked-not-recorded", 1}, {"done-not-answered", 4}, {"delivered-not-recorded", 2},
	{"posted-not-recorded", 2}, {"click-kept-not-acknowledged", 2}, {"clicked-not-recorded", 2},
}

// clickDeaths draws kills; the first installation dies at every point.
func clickDeaths(dice *rand.Rand, n int) []death {
	var plan []death
	for _, p := range clickPoints {
		switch {
		case n == 0:
			plan = append(plan, death{point: fmt.Sprintf("%s:%d", p.name, p.most)})
		case dice.IntN(2) == 0:
			plan = append(plan, death{point: fmt.Sprintf("%s:%d", p.name, 1+dice.IntN(p.most))})
		case dice.IntN(3) == 0:
			plan = append(plan, death{after: time.Duration(dice.IntN(2000)) * time.Millisecond})
		}
	}
	return plan
}

// TestAClickSurvivesTheDeathOfEverything kills worker and server between a click
// and its decision. Each person's word counts once, and nobody is told anything
// more than twice.
func TestAClickSurvivesTheDeathOfEverything(t *testing.T) {
	t.Parallel()
	count := &tally{by: map[string]int{}}
	t.Run("installations", func(t *testing.T) {
		for n := range 3 {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				plan := clickDeaths(rand.New(rand.NewPCG(*seed, uint64(n))), n)
				if n > 0 {
					killedWhileClicking(t, plan, count)
					return
				}
				inFull(t, plan, func(t *testing.T, plan []death) []death { return killedWhileClicking(t, plan, count) })
			})
		}
	})
	t.Logf("%d kills with seed %d: %v", count.done.Load(), *seed, count.by)
	if !t.Failed() {
		for _, p := range clickPoints {
			require.NotZero(t, count.by[p.name], "never killed at %s", p.name)
		}
	}
}

// killedWhileClicking answers what of the plan came to nothing because the run was
// closed.
func killedWhileClicking(t *testing.T, plan []death, count *tally) (left []death) {
	var hand *demo.Hand
	w := newWorld(t, func(s *setup) { hand = workspace(t, s, slacksim.Options{}) })
	hand.Say = w.say
	before, err := demo.Take(w.app, dana)
	require.NoError(t, err)
	w.robot(func(r *demo.Robot) { r.Decide = nil })
	w.clickers(hand, eli, sam)
	asked := w.askAll([]string{dana}, 2*time.Second, false)
	for i, d := range plan {
		w.connectWhenUp(hand)
		if w.dieOrClose(d, asked) {
			left = plan[i:]
			break
		}
		count.add(d)
		w.say("killed: %s", d)
	}
	w.connectWhenUp(hand)
	w.unarm()
	<-asked.done
	require.Len(t, asked.all(), 1)
	run := w.awaitState(asked.all()[0], domain.RunClosed)
	w.checkRuns(before, run)
	w.checkDecidedOnce(run)
	w.awaitNoButtons(hand, eli, sam)
	checkToldOnce(t, hand, eli, sam)
	return left
}

// clickers are people who click Approve until they see what became of it, as
// somebody does whose Slack shows an error.
func (w *world) clickers(hand *demo.Hand, people ...string) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, len(people))
	for _, who := range people {
		go func() {
			defer func() { done <- struct{}{} }()
			for tick := time.NewTicker(200 * time.Millisecond); ; {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				if m, ok := hand.Offered(who, "approve"); ok {
					if err := hand.PressOn(ctx, who, "approve", m, nil); err != nil {
						w.say("slack: %v", err)
					}
				}
			}
		}()
	}
	w.t.Cleanup(func() {
		cancel()
		for range people {
			<-done
		}
	})
}

// connectWhenUp points Slack at the installation as soon as it answers: its
// address is another after each start.
func (w *world) connectWhenUp(hand *demo.Hand) {
	old := w.home.address()
	go func() {
		for until := time.Now().Add(patience); time.Now().Before(until) && w.t.Context().Err() == nil; pause() {
			if url := w.home.address(); url != "" && url != old {
				demo.ConnectSlack(hand.Slack, url)
				return
			}
		}
	}()
}

// checkDecidedOnce wants one decision of each person, through Slack.
func (w *world) checkDecidedOnce(run api.Run) {
	w.t.Helper()
	got := map[string][]string{}
	for _, row := range run.Approvals {
		a, err := client.Get[api.Approval](context.Background(), w.present(w.t, priya), "/approvals/"+row.ID, nil)
		require.NoError(w.t, err)
		for _, d := range a.Decisions {
			got[a.Scope] = append(got[a.Scope], fmt.Sprintf("%s %s %s", d.By.Email, d.Verdict, d.Channel))
		}
	}
	require.Equal(w.t, []string{eli + " approve slack", sam + " approve slack"}, got[string(domain.ApproveAll)])
	lines, err := client.Get[[]api.Event](context.Background(), w.present(w.t, priya), "/audit", url.Values{"run": {run.ID}, "kind": {string(domain.EventDecision)}})
	require.NoError(w.t, err)
	require.Len(w.t, lines, 2, "each word is one event")
}

func (w *world) awaitNoButtons(hand *demo.Hand, people ...string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		return !slices.ContainsFunc(people, func(who string) bool { _, ok := hand.Offered(who, "approve"); return ok })
	}, patience, 100*time.Millisecond, "a request that is decided still has its buttons")
}

var reference = regexp.MustCompile(`R-[0-9a-f]{8}`)

// checkToldOnce wants no message more than twice, and those under one reference.
func checkToldOnce(t *testing.T, hand *demo.Hand, people ...string) {
	t.Helper()
	for _, who := range people {
		count := map[string]int{}
		for _, m := range hand.Slack.Messages(hand.Slack.UserByEmail(who)) {
			if m.ThreadTS == "" && strings.Contains(m.Shown(), "cut off access and hand over work") {
				count[reference.FindString(m.Shown())]++
			}
		}
		require.NotEmpty(t, count, who)
		for name, n := range count {
			require.NotEmpty(t, name)
			require.LessOrEqual(t, n, 2, "%s was told of %s", who, name)
		}
	}
}
