package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// arrive makes more records appear in dana's name.
func (w *world) arrive(m movable, n int) {
	w.t.Helper()
	d := sim.Drift{Owner: dana}
	map[sim.Kind]func(){
		sim.KindContact: func() { d.Contacts = n }, sim.KindAccount: func() { d.Accounts = n }, sim.KindDeal: func() { d.Deals = n },
		sim.KindTask: func() { d.Tasks = n }, sim.KindSequence: func() { d.Sequences = n },
	}[m.sim]()
	require.NoError(w.t, w.sim.AddDrift(d))
}

func TestDriftBeforeWritingAsksFirst(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range movables {
		t.Run(string(m.kind), func(t *testing.T) {
			t.Parallel()
			begin := func(t *testing.T) *world {
				w := newWorldIn(t, s)
				w.arrive(m, 3)
				return w
			}
			drift := &domain.Drift{Kind: m.kind, Count: m.of + 3, Ceiling: m.of + 2}
			ask := func(w *world) {
				r := w.move(w.moveInput(m))
				require.Equal(t, activities.MoveResult{Drift: drift, Of: m.of + 3}, r)
			}
			everyDeath(t, begin, ask, func(w *world) {
				require.Empty(t, w.writes(), "nothing is written before people agree")
				require.Equal(t, domain.StepWaiting, w.step(m.step).State)
				require.Len(t, w.events(domain.EventDriftFound), 1)
				in := w.moveInput(m)
				in.Accept = m.of + 3
				require.Equal(t, activities.MoveResult{Done: true, Moved: m.of + 3, Of: m.of + 3}, w.move(in))
				require.Empty(t, w.inScope(m))
			})
		})
	}
}

func TestDriftDuringTheTransfer(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, c := range []struct {
		when     string
		extra    int
		listing  int // the records arrive after this listing, 0 after the first write
		drift    bool
		listings int
	}{
		{"while writing", 3, 0, true, 4}, {"while writing, within the ceiling", 2, 0, false, 4},
		{"between the closing listings", 3, 2, true, 5}, {"between the closing listings, within the ceiling", 2, 2, false, 5},
	} {
		t.Run(c.when, func(t *testing.T) {
			t.Parallel()
			m, w := movableOf(domain.Contacts), newWorldIn(t, s)
			ids, listings, arrived := w.inScope(m), 0, false
			arrive := func(now bool) {
				if now && !arrived {
					arrived = true
					w.arrive(m, c.extra)
				}
			}
			app := w.hook()
			app.listed = func(cursor string, _ *domain.RecordPage) {
				listings++
				arrive(c.listing == listings)
			}
			app.moved = func([]domain.Record, *domain.Moved) { arrive(c.listing == 0) }
			in := w.moveInput(m)
			if c.drift {
				r := w.move(in)
				require.Equal(t, &domain.Drift{Kind: m.kind, Count: 15, Ceiling: 14}, r.Drift)
				require.Equal(t, 12, r.Moved)
				require.Len(t, w.owned(m.sim, dana), 3, "what was not approved stays")
				require.Subset(t, w.owned(m.sim, eli), ids, "what was approved is not held up")
				in.Accept = 15
			}
			require.Equal(t, activities.MoveResult{Done: true, Moved: 12 + c.extra, Of: 12 + c.extra}, w.move(in))
			require.Empty(t, w.owned(m.sim, dana))
			require.Equal(t, c.listings, listings)
			for id, n := range w.writes() {
				require.Equal(t, 1, n, id)
			}
		})
	}
}

// A kind that the plan never had was approved by nobody, however few there are.
func TestKindThatThePlanDoesNotHaveIsAsked(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t, team(func(s *sim.TenantSpec) { s.Users[4].OpenDeals = 0 })), movableOf(domain.Deals)
	in := w.moveInput(m)
	in.Rule.Count, in.Rule.Ceiling, in.Rule.Successor = 0, 10, ""
	require.True(t, w.move(in).Done, "none is none")

	w = newWorldIn(t, w.store)
	in.StepRef, in.Account = w.ref(m.step), w.id(dana)
	require.Equal(t, &domain.Drift{Kind: m.kind, Count: 4, Ceiling: 10, NewKind: true}, w.move(in).Drift)
	require.Empty(t, w.writes())
}
