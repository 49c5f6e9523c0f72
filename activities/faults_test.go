package activities_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// endpoints are where a kind is listed and where it is written.
var endpoints = map[domain.RecordKind][2]string{
	domain.Contacts: {"contacts/search", "contacts/update_owners"}, domain.Accounts: {"accounts/search", "accounts/update_owners"},
	domain.Deals: {"opportunities/search", "opportunities/update"}, domain.Tasks: {"tasks/search", "tasks/update"},
	domain.Sequences: {"emailer_campaigns/search", "sequences/update"},
}

// moments are requests of a transfer: one of each phase.
var moments = map[string]struct{ write, nth int }{
	"collecting": {0, 1}, "first write": {1, 1}, "second write": {1, 2}, "first closing listing": {0, 2}, "second closing listing": {0, 3},
}

func TestMoveThroughFaults(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, fault := range []sim.Fault{
		{Kind: sim.FaultError}, {Kind: sim.FaultError, Applied: true}, {Kind: sim.FaultUnavailable}, {Kind: sim.FaultDropBefore}, {Kind: sim.FaultDropAfter},
		{Kind: sim.FaultTruncate}, {Kind: sim.FaultHTML}, {Kind: sim.FaultHTML, Status: 200, Applied: true},
		{Kind: sim.FaultQuota, RetryAfter: sim.Duration(5 * time.Minute)},
	} {
		t.Run(string(fault.Kind), func(t *testing.T) {
			t.Parallel()
			for _, kind := range []domain.RecordKind{domain.Contacts, domain.Tasks} {
				for name, at := range moments {
					m, w := movableOf(kind), newWorldIn(t, s)
					ids, before := w.inScope(m), w.hash()
					fault.Endpoint, fault.Nth = endpoints[kind][at.write], at.nth
					require.NoError(t, w.sim.SetFaults(1, fault))
					w.requireInterrupted(m, fault.Kind)
					require.NoError(t, w.sim.SetFaults(1))
					require.True(t, w.move(w.moveInput(m)).Done)
					w.requireMoved(m, ids, before)
					w.requireListedTwice(kind)
					if t.Failed() {
						t.Fatalf("%s while %s", kind, name)
					}
				}
			}
		})
	}
}

// requireInterrupted wants the slice to end as the fault demands, and not done.
func (w *world) requireInterrupted(m movable, kind sim.FaultKind) {
	w.t.Helper()
	r, err := w.MoveRecords(w.t.Context(), w.moveInput(m))
	if kind == sim.FaultQuota {
		until := w.clock.Now().Add(5 * time.Minute)
		require.NoError(w.t, err)
		require.False(w.t, r.Done)
		require.Equal(w.t, until, r.ResumeAt)
		require.Equal(w.t, domain.StepWaiting, w.step(m.step).State)
		require.Equal(w.t, until, w.step(m.step).ResumeAt)
		return
	}
	w.requireTrouble(r, err)
	require.Empty(w.t, w.events(domain.EventRecordsMoved))
}

// requireTrouble wants a slice that the app broke off: to go on soon where it had
// got on, else to be tried again as a failure.
func (w *world) requireTrouble(r activities.MoveResult, err error) {
	w.t.Helper()
	if err == nil {
		require.False(w.t, r.Done)
		require.Positive(w.t, r.Of, "only a slice that got on is no failure")
		require.Equal(w.t, w.clock.Now().Add(time.Second), r.ResumeAt)
		return
	}
	require.Equal(w.t, domain.FaultUnavailable, kindOf(w.t, err))
	require.Equal(w.t, activities.MoveResult{}, r)
}

// requireListedTwice wants two whole listings after the last write.
func (w *world) requireListedTwice(kind domain.RecordKind) {
	w.t.Helper()
	listings := 0
	for _, r := range w.sim.Requests() {
		switch {
		case strings.HasSuffix(r.Endpoint, endpoints[kind][1]):
			listings = 0
		case strings.HasSuffix(r.Endpoint, endpoints[kind][0]) && r.Status == 200:
			listings++
		}
	}
	require.GreaterOrEqual(w.t, listings, 2)
}

// What looks unmoved right after a write may only be stale: nothing is sent
// twice because the app's index lags.
func TestMoveBeforeAnIndexThatLags(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range movables {
		t.Run(string(m.kind), func(t *testing.T) {
			t.Parallel()
			w := newWorldIn(t, s, onTheClock)
			ids, before := w.inScope(m), w.hash()
			require.NoError(t, w.sim.SetFaults(1, sim.Fault{Kind: sim.FaultLag, Endpoint: "search", Lag: sim.Duration(150 * time.Millisecond)}))
			in := w.moveInput(m)
			in.IndexLag = 400 * time.Millisecond
			require.True(t, w.move(in).Done)
			w.requireMoved(m, ids, before)
		})
	}
}

// A chunk whose answer was lost is left to the closing listing. A colleague who
// took a record meanwhile keeps it, whether or not our write came first.
func TestColleagueKeepsWhatWasInDoubt(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, kind := range []sim.FaultKind{sim.FaultDropBefore, sim.FaultDropAfter} {
		for _, m := range movables {
			w := newWorldIn(t, s)
			ids := w.inScope(m)
			require.NoError(t, w.sim.SetFaults(1, sim.Fault{Kind: kind, Endpoint: endpoints[m.kind][1], Nth: 1}))
			r, err := w.MoveRecords(t.Context(), w.moveInput(m))
			w.requireTrouble(r, err)
			require.NoError(t, w.sim.SetOwner(m.sim, ids[0], aiko))
			r = w.move(w.moveInput(m))
			require.Equal(t, activities.MoveResult{Done: true, Moved: m.of - 1, Of: m.of, Foreign: 1}, r, "%s, %s", kind, m.kind)
			require.Contains(t, w.owned(m.sim, aiko), ids[0])
			require.Subset(t, w.owned(m.sim, eli), ids[1:])
			for id, n := range w.writes() {
				require.Equal(t, 1, n, "%s, %s, %s", kind, m.kind, id)
			}
		}
	}
}

// The same before an index that still shows the record as the leaver's, also in
// the rounds after the first.
func TestColleagueKeepsWhatAStaleIndexShows(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t, onTheClock), movableOf(domain.Contacts)
	ids, returned := w.inScope(m), false
	require.NoError(t, w.sim.SetFaults(1, sim.Fault{Kind: sim.FaultLag, Endpoint: "search", Lag: sim.Duration(100 * time.Millisecond)}))
	app := w.hook()
	app.moved = func(records []domain.Record, _ *domain.Moved) {
		for _, r := range records {
			switch {
			case r.ID == ids[3] && !returned: // somebody gives it back: there will be a second round
				returned = true
				require.NoError(t, w.sim.SetOwner(m.sim, r.ID, dana))
			case r.ID == ids[3]:
				require.NoError(t, w.sim.SetOwner(m.sim, r.ID, aiko))
			}
		}
	}
	in := w.moveInput(m)
	in.IndexLag = 300 * time.Millisecond
	require.True(t, w.move(in).Done)
	require.True(t, returned)
	require.Contains(t, w.owned(m.sim, aiko), ids[3])
}

func TestGateThatSaysLaterAndSlicesThatEnd(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t), movableOf(domain.Tasks)
	ids, before := w.inScope(m), w.hash()
	in := w.moveInput(m)
	in.Slice = time.Minute
	app := w.hook()
	app.moved = func([]domain.Record, *domain.Moved) { w.clock.advance(31 * time.Second) }
	r, err := w.MoveRecords(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.MoveResult{ResumeAt: w.clock.Now(), Moved: 2, Of: 4}, r, "the slice is over after the first chunk")
	require.Equal(t, domain.StepRunning, w.step(m.step).State)
	require.True(t, w.move(in).Done)
	w.requireMoved(m, ids, before)
}
