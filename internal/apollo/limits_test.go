package apollo_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	sim "handover/internal/sim/apollo"
)

func TestNoQuotaRefusalOfOurOwnMaking(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.BenchTenant(50, 10, 10, 900, 5), onPlan(sim.PlanProfessional))
	w.gate.longer = true
	tasks, _ := w.all(domain.Tasks, w.id("leaver@example.com"))
	require.Len(t, tasks, 900)
	started := w.clock.Now()
	work := make(chan domain.Record)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for task := range work {
				_, err := w.MoveRecords(t.Context(), domain.Tasks, []domain.Record{task}, w.id("successor@example.com"))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, task := range tasks {
		work <- task
	}
	close(work)
	workers.Wait()
	require.Zero(t, w.sim.Counts().Quota)
	require.Len(t, w.owned(sim.KindTask, "leaver@example.com"), 0)
	// 900 at 400 an hour: two full hours and a burst of a hundred.
	require.Less(t, w.clock.Now().Sub(started), 2*time.Hour+2*time.Minute)
}

func TestForeignUseIsSeenInTheHeaders(t *testing.T) {
	t.Parallel()
	w := demo(t, onPlan(sim.PlanProfessional))
	for _, n := range []int{150, 150, 98} {
		w.sim.Consume("api/v1/users/search", n)
		w.clock.advanceTo(w.clock.Now().Add(time.Minute))
	}
	for range 2 {
		_, err := w.ListAccounts(domain.WithUrgency(t.Context()))
		require.NoError(t, err)
	}
	_, err := w.ListAccounts(domain.WithUrgency(t.Context()))
	f := fault(t, err)
	require.Equal(t, domain.FaultRateLimited, f.Kind)
	require.Greater(t, f.RetryAt.Sub(w.clock.Now()), 50*time.Minute)
	require.Zero(t, w.sim.Counts().Quota)
}

func TestTheGateSeesEveryRequestWithItsKeyAndUrgency(t *testing.T) {
	t.Parallel()
	w := demo(t, withSCIM)
	account := w.account(leaver)
	_, err := w.DeactivateAccount(domain.WithUrgency(t.Context()), account)
	require.NoError(t, err)
	_, _ = w.all(domain.Deals, account.ID)
	require.Equal(t, []string{"api/v1/users/search", "scim/v2", "scim/v2", "deals/api/v1/opportunities/search"}, w.gate.asked)
	require.Equal(t, 2, w.gate.urgent)
	for endpoint, state := range w.gate.states {
		require.Empty(t, state.InFlight, endpoint)
	}
	hour := w.gate.states["api/v1/users/search"].Windows[1]
	require.Equal(t, []int{600, 1}, []int{hour.Limit, hour.Used()})
}
