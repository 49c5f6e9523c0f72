package e2e

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
	sim "handover/internal/sim/apollo"
	"handover/standalone/demo"
)

// A process that is away when nothing is due fires the last moment once, and not
// before it. How late it may be is the benchmarks' matter.
func TestTheLastMomentSurvivesTheProcess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ahead time.Duration
		end   func(w *world, due time.Time)
	}{
		"stopped in the middle of the wait": {12 * time.Second, func(w *world, _ time.Time) { require.NoError(w.t, w.home.stop()) }},
		"killed two seconds before": {12 * time.Second, func(w *world, due time.Time) {
			<-time.After(time.Until(due) - 2*time.Second)
			require.True(w.t, w.home.kill())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			before, err := demo.Take(w.app, dana)
			require.NoError(t, err)
			w.home.start("")
			w.robot(nil)
			body := leaving(dana, c.ahead)
			due := moment(t, body)
			id := w.start(body).ID
			w.await(id, "the plan is approved", func(r api.Run) bool { return approved(r) })
			c.end(w, due)
			w.home.start("")
			r := w.awaitState(id, domain.RunClosed)
			w.checkRun(r, before)
			require.Len(t, r.CutOffs, 1)
			for _, e := range w.app.Effects() {
				require.False(t, e.At.Before(due), "%s was done %s before the last moment", e.Op, due.Sub(e.At))
			}
			t.Logf("cut %s after the last moment", cutAt(t, w.app).Sub(due).Round(time.Millisecond))
		})
	}
}

func moment(t *testing.T, b api.OffboardBody) time.Time {
	t.Helper()
	due, err := domain.LastMoment{Local: b.LastMoment, Zone: b.Zone}.Instant()
	require.NoError(t, err)
	return due
}

func approved(r api.Run) bool {
	for _, a := range r.Approvals {
		if a.State == string(domain.ApprovalApproved) {
			return true
		}
	}
	return false
}

// cutAt is when the simulator saw the user deactivated.
func cutAt(t *testing.T, app *sim.Simulator) time.Time {
	t.Helper()
	for _, e := range app.Effects() {
		if e.Kind == sim.KindUser && e.Field == "deleted" {
			return e.At
		}
	}
	require.Fail(t, "nobody was deactivated")
	return time.Time{}
}

// Saying done is not doing: the app is read back, and the run stays open.
func TestWhoClicksDoneWithoutDoingLeavesTheRunOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) {
		s.options.SCIMToken, s.options.Plan, s.policy.Plan, s.tenant.Subscription.Plan = "", "professional", "professional", "professional"
	})
	w.home.start("")
	listings := func() int { return w.app.Counts().PerEndpoint["api/v1/users/search"] }
	var reads atomic.Int64 // before anybody says done
	w.robot(func(r *demo.Robot) {
		r.Do = func(task api.Task) bool {
			if task.Urgent {
				reads.CompareAndSwap(0, int64(listings()))
			}
			return true
		}
	})
	id := w.start(leaving(dana, time.Second)).ID
	shown := func(r api.Run, step domain.StepKey) api.Step {
		for _, s := range r.Steps {
			if s.Step == string(step) {
				return s
			}
		}
		return api.Step{}
	}
	said := func(r api.Run) bool {
		for _, task := range r.Tasks {
			if task.Urgent && task.DoneBy != nil {
				return true
			}
		}
		return false
	}
	// The read-backs of the policy come after half a second, one and two more.
	w.await(id, "somebody says done", said)
	require.NotZero(t, reads.Load())
	w.await(id, "the app is read back again and again", func(api.Run) bool { return int64(listings()) >= reads.Load()+3 })
	r, _ := w.run(id)
	require.False(t, closed(r), "a run closed on somebody's word")
	for _, step := range []domain.StepKey{domain.StepDeactivate, domain.StepUnlink} {
		require.NotContains(t, []string{"verified", "attested", "skipped"}, shown(r, step).State)
	}
	require.Empty(t, r.CutOffs)
	for _, e := range w.app.Effects() {
		require.NotEqual(t, "deleted", e.Field)
	}
}
