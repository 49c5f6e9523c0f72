package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
)

// reviewPoints lie between an effect of a review and its record, in the order in which
// they are passed. While the telling dies again and again, reviewers decide everything.
var reviewPoints = []string{"review-frozen-not-open", "reviewers-told-not-recorded", "reviewers-told-not-recorded", "reviewers-told-not-recorded",
	"review-run-started-not-bound", "delivered-not-recorded", "concluded-not-packed"}

// reviews has Priya start a review and the managers decide: Dana is removed, everybody
// else is kept.
func (w *world) reviews() *asking {
	a := &asking{done: make(chan struct{})}
	begin := func(c *client.Client) bool {
		started, err := client.Post[api.ReviewStarted](context.Background(), c, "/reviews", api.ReviewBody{App: "apollo", Reason: "the quarter"})
		if err == nil {
			a.mu.Lock()
			a.ids = []string{started.Review.ID}
			a.mu.Unlock()
		}
		return err == nil
	}
	go func() {
		defer close(a.done)
		w.until(priya, func(c *client.Client) bool {
			_, err := client.Post[api.RosterPlan](context.Background(), c, "/people/roster", api.RosterBody{Rows: reviewPeople(), Apply: true})
			return err == nil
		})
		w.until(priya, begin)
		if len(a.all()) == 0 {
			return
		}
		// Who decides, and who confirms, hangs on how much of HR's word was heard when the
		// review was frozen: they look again until nothing waits for any of them.
		w.until(priya, func(*client.Client) bool {
			over := true
			for _, who := range []string{eli, sam, priya} {
				c := w.as(who)
				over = c != nil && w.decidesAll(c, a.all()[0]) && over
			}
			return over
		})
	}()
	w.t.Cleanup(func() { <-a.done })
	return a
}

// until lets somebody try again until it worked.
func (w *world) until(who string, try func(*client.Client) bool) {
	for end := time.Now().Add(patience); time.Now().Before(end) && w.t.Context().Err() == nil; pause() {
		if c := w.as(who); c != nil && try(c) {
			return
		}
	}
	w.say("%s gave up", who)
}

func reviewPeople() []api.RosterRow {
	managers := map[string]string{dana: eli, aiko: eli, finn: eli, eli: sam, sam: eli, priya: sam}
	var rows []api.RosterRow
	for _, email := range []string{priya, sam, finn, eli, dana, aiko} {
		rows = append(rows, api.RosterRow{Line: len(rows) + 2, Email: email, Manager: managers[email], Department: "Sales", Employment: "emp-" + email, Starts: "2024-03-03"})
	}
	return rows
}

// decidesAll decides everything that waits for somebody, and tells whether nothing
// does any more.
func (w *world) decidesAll(c *client.Client, id string) bool {
	path := "/reviews/" + url.PathEscape(id)
	r, err := client.Get[api.Review](context.Background(), c, path, nil)
	if err != nil || r.State == string(domain.ReviewCollecting) || r.State == string(domain.ReviewBlocked) {
		return false
	}
	page, err := client.Get[api.ReviewLines](context.Background(), c, path+"/lines", url.Values{"mine": {"true"}, "state": {"open,exception,confirm"}, "limit": {"100"}})
	if err != nil {
		return false
	}
	var choices []api.ReviewChoice
	for _, l := range page.Lines {
		choice := api.ReviewChoice{Line: l.Line, Verdict: string(domain.ReviewKeep), Reason: "needs it"}
		switch {
		case l.Confirms && l.State == string(domain.LineConfirm):
			choice = api.ReviewChoice{Line: l.Line, Verdict: "confirm", Seen: l.Decision}
		case l.State == string(domain.LineConfirm):
			continue // somebody else's word is waited for
		case l.Email == dana:
			choice.Verdict = string(domain.ReviewRemove)
		}
		choices = append(choices, choice)
	}
	if len(choices) == 0 {
		return true
	}
	_, _ = client.Post[api.ReviewAnswer](context.Background(), c, path+"/decisions", choices)
	return false // looked at once more, whatever came of it: somebody's decision may wait for us now
}

// TestAReviewSurvivesTheDeathOfEverything kills one installation at every named point
// of a review and another one at seeded moments. One review, each line in it once, one
// removal, and a pack that verifies.
func TestAReviewSurvivesTheDeathOfEverything(t *testing.T) {
	t.Parallel()
	t.Run("at every point", func(t *testing.T) {
		t.Parallel()
		var plan []death
		for _, point := range reviewPoints {
			plan = append(plan, death{point: point + ":1"})
		}
		killed := map[string]int{}
		inFull(t, plan, func(t *testing.T, plan []death) []death { return killedReview(t, plan, killed) })
		for _, point := range []string{"review-frozen-not-open:1", "reviewers-told-not-recorded:1", "review-run-started-not-bound:1"} {
			require.NotZero(t, killed[point], "never killed where it matters: %v", killed)
		}
	})
	t.Run("at moments", func(t *testing.T) {
		t.Parallel()
		dice := rand.New(rand.NewPCG(*seed, 77))
		var plan []death
		for range 10 {
			plan = append(plan, death{after: time.Duration(dice.IntN(2000)) * time.Millisecond})
		}
		killed := map[string]int{}
		killedReview(t, plan, killed)
		require.NotEmpty(t, killed)
	})
}

// killedReview takes a review through deaths, counts them, and holds it to what becomes of
// one without. It gives back what the review was too quick for.
func killedReview(t *testing.T, plan []death, killed map[string]int) (left []death) {
	w := newWorld(t, func(s *setup) {
		s.policy.Reviews = "{every_months: 0, due: 10m, look: 1s, retry: 1s}"
	})
	w.robot(nil)
	asked := w.reviews()
	for i, d := range plan {
		if w.dieOrClose(d, asked) {
			left = plan[i:]
			break
		}
		killed[d.point]++
		w.say("killed: %s", d)
	}
	w.unarm()
	<-asked.done
	require.Len(t, asked.all(), 1)
	id := asked.all()[0]
	w.awaitState(id, domain.RunClosed)
	c := w.present(t, priya)
	r, err := client.Get[api.Review](context.Background(), c, "/reviews/"+url.PathEscape(id), nil)
	require.NoError(t, err)
	require.Equal(t, string(domain.ReviewComplete), r.State)
	page, err := client.Get[api.ReviewLines](context.Background(), c, "/reviews/"+url.PathEscape(id)+"/lines", nil)
	require.NoError(t, err)
	accounts, runs := map[string]bool{}, map[string]bool{}
	for _, l := range page.Lines {
		require.False(t, accounts[l.Account], "twice in the review")
		accounts[l.Account] = true
		require.Equal(t, string(domain.LineDone), l.State)
		if l.Run != "" {
			runs[l.Run] = true
		}
	}
	require.Len(t, accounts, r.Population.Lines)
	require.Len(t, runs, 1, "one removal")
	removals := 0
	for _, e := range w.app.Effects() {
		if e.Op == "users.deactivate" {
			removals++
		}
	}
	require.Equal(t, 1, removals)
	for _, run := range w.allRuns() {
		require.Contains(t, []string{id, fmt.Sprint(only(runs))}, run.ID, "no run that nobody asked for")
	}
	require.NoError(t, w.home.stop())
	return left
}

func only(set map[string]bool) string {
	for id := range set {
		return id
	}
	return ""
}
