package activities_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/apollo"
	sim "handover/internal/sim/apollo"
)

// wideApp sees which writes are under way at once. Each waits until its wave is
// whole, so that calls one after the other would never end.
type wideApp struct {
	*apollo.Connector
	t       *testing.T
	fails   int // the n-th write of a wave, from 1, after it was applied
	panics  bool
	mu      sync.Mutex
	waves   [][]string
	arrived chan struct{} // closed when the wave is whole
}

const wave = 4

func (a *wideApp) join(id string) (nth int, whole <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	last := len(a.waves) - 1
	if last < 0 || len(a.waves[last]) == wave {
		a.waves, a.arrived = append(a.waves, nil), make(chan struct{})
		last++
	}
	a.waves[last] = append(a.waves[last], id)
	if len(a.waves[last]) == wave {
		close(a.arrived)
	}
	return len(a.waves[last]), a.arrived
}

func (a *wideApp) MoveRecords(ctx context.Context, kind domain.RecordKind, records []domain.Record, to domain.AccountID) (domain.Moved, error) {
	nth, whole := a.join(records[0].ID)
	select {
	case <-whole:
	case <-time.After(time.Minute):
		a.t.Error("writes that may go at once go one after the other")
	}
	moved, err := a.Connector.MoveRecords(ctx, kind, records, to)
	if nth == a.fails {
		if a.panics {
			panic("a defect")
		}
		return domain.Moved{}, domain.NewFault(domain.FaultUnavailable, "records.move", app, "no answer", nil)
	}
	return moved, err
}

// eightTasks lets two waves of tasks move, without a canary.
func eightTasks(t *testing.T) (*world, *wideApp, activities.MoveInput) {
	t.Helper()
	w := newWorld(t, team(func(s *sim.TenantSpec) { s.Users[4].ScheduledTasks = 2 * wave }))
	wide := &wideApp{Connector: w.apollo, t: t}
	w.Connectors = connectors{wide}
	m := movableOf(domain.Tasks)
	m.of = 2 * wave
	in := w.moveInput(m)
	in.Canary = 0
	return w, wide, in
}

func TestSingleRecordsGoAFewAtOnce(t *testing.T) {
	t.Parallel()
	w, wide, in := eightTasks(t)
	m := movableOf(domain.Tasks)
	m.of = 2 * wave
	ids, before := w.inScope(m), w.hash()
	require.True(t, w.move(in).Done)
	require.Len(t, wide.waves, 2)
	require.ElementsMatch(t, ids, slices.Concat(wide.waves...))
	w.requireMoved(m, ids, before)
}

// Where one of a wave is never answered the others are known all the same, that
// one stays in doubt, and what was not sent waits.
func TestAWaveWithOneThatIsNotAnswered(t *testing.T) {
	t.Parallel()
	w, wide, in := eightTasks(t)
	wide.fails = 2
	r, err := w.MoveRecords(t.Context(), in)
	w.requireTrouble(r, err)
	require.Len(t, wide.waves, 1, "nothing goes after a failure")
	states := w.itemStates(in)
	for i, id := range wide.waves[0] {
		want := domain.ItemMoved
		if i == wide.fails-1 {
			want = domain.ItemSent
		}
		require.Equal(t, want, states[id])
		delete(states, id)
	}
	require.Len(t, states, wave)
	for _, state := range states {
		require.Equal(t, domain.ItemCollected, state)
	}
	wide.fails = 0
	require.True(t, w.move(in).Done)
	for id, n := range w.writes() {
		require.Equal(t, 1, n, "task %s was written more than once", id)
	}
}

// A defect in one of a wave ends the attempt, which the worker recovers from, and
// not the process.
func TestAWaveWithADefect(t *testing.T) {
	t.Parallel()
	w, wide, in := eightTasks(t)
	wide.fails, wide.panics = 3, true
	require.PanicsWithValue(t, "a defect", func() { _, _ = w.MoveRecords(t.Context(), in) })
	wide.fails = 0
	require.True(t, w.move(in).Done)
	for id, n := range w.writes() {
		require.Equal(t, 1, n, "task %s was written more than once", id)
	}
}

func (w *world) itemStates(in activities.MoveInput) map[string]domain.ItemState {
	w.t.Helper()
	items, err := w.store.Items(w.t.Context(), domain.TransferKey{Run: in.Run, App: in.App, Kind: in.Rule.Kind}, "", 1000)
	require.NoError(w.t, err)
	states := map[string]domain.ItemState{}
	for _, i := range items {
		states[i.Record.ID] = i.State
	}
	return states
}
