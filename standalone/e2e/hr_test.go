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
	"handover/standalone/demo"
)

// hrSays is an event about a hire, said so many seconds ago.
func hrSays(kind, employment, email string, ago time.Duration, moment time.Time) map[string]any {
	return map[string]any{"type": kind, "employment_id": employment, "email": email, "manager_email": eli, "department": "Sales",
		"occurred_at": time.Now().Add(-ago).UTC().Format(time.RFC3339Nano), "last_moment": moment.In(berlin()).Format("2006-01-02T15:04:05"), "time_zone": "Europe/Berlin"}
}

// deliver repeats a webhook until it is heard, as HR systems do. meanwhile is called
// before each try.
func (w *world) deliver(id string, event map[string]any, meanwhile func()) error {
	for until := time.Now().Add(patience); time.Now().Before(until); pause() {
		meanwhile()
		if home := w.home.address(); home != "" {
			status, err := demo.Webhook(context.Background(), home, id, event)
			if err == nil && status == 202 {
				return nil
			}
			w.say("webhook %s: %d %v", id, status, err)
		}
	}
	return fmt.Errorf("webhook %s was never heard", id)
}

// revive starts a home that died by itself, also in the middle of a delivery, as a
// supervisor does.
func (w *world) revive() {
	if !w.home.running() {
		w.home.kill()
		w.home.start("")
	}
}

func hrWorld(t *testing.T) *world {
	t.Helper()
	name, secret := demo.HREnv()
	return newWorld(t, func(s *setup) { s.env = append(s.env, name+"="+secret) })
}

func (w *world) allRuns() []api.Run {
	w.t.Helper()
	runs, err := client.Get[[]api.Run](context.Background(), w.present(w.t, priya), "/runs", url.Values{"limit": {"100"}})
	require.NoError(w.t, err)
	return runs
}

// TestTheSameEventTenTimesInAnyOrderAfterRestarts delivers what HR said again and
// again, mixed up, to an installation that is killed meanwhile, also between
// carrying out an event and its record. One run stands, for what HR said last.
func TestTheSameEventTenTimesInAnyOrderAfterRestarts(t *testing.T) {
	t.Parallel()
	w := hrWorld(t)
	before, err := demo.Take(w.app, dana)
	require.NoError(t, err)
	dice := rand.New(rand.NewPCG(*seed, 4))
	last := time.Now().Add(25 * time.Second)
	events := map[string]map[string]any{
		"said-first": hrSays("employment.ending", "emp-1", dana, 3*time.Hour, time.Now().Add(240*time.Hour)),
		"said-next":  hrSays("employment.moved", "emp-1", dana, 2*time.Hour, time.Now().Add(120*time.Hour)),
		"said-last":  hrSays("employment.moved", "emp-1", dana, time.Hour, last),
	}
	var deliveries []string
	for range 10 {
		deliveries = append(deliveries, "said-first", "said-next", "said-last")
	}
	dice.Shuffle(len(deliveries), func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })
	w.robot(nil)
	w.home.start("hr-applied-not-recorded:1")
	for i, id := range deliveries {
		if i == 20 {
			w.home.kill()
			w.home.start("")
		}
		require.NoError(t, w.deliver(id, events[id], w.revive))
	}
	w.revive()
	require.NotEmpty(t, w.onlyRun(), "HR's word starts a run")
	runs := w.allRuns()
	require.Len(t, runs, 1)
	want, _ := events["said-last"]["last_moment"].(string)
	w.await(runs[0].ID, "what HR said last", func(r api.Run) bool { return r.LastMoment == want })
	run := w.awaitState(runs[0].ID, domain.RunClosed)
	w.checkRuns(before, run)
	require.Len(t, w.allRuns(), 1)
}
