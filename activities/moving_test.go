package activities_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// movable names a kind of record in the product and in the simulator.
type movable struct {
	kind domain.RecordKind
	sim  sim.Kind
	step domain.StepKey
	of   int // dana's in scope
}

var movables = []movable{
	{domain.Accounts, sim.KindAccount, domain.StepAccounts, 6}, {domain.Contacts, sim.KindContact, domain.StepContacts, 12},
	{domain.Deals, sim.KindDeal, domain.StepDeals, 4}, {domain.Sequences, sim.KindSequence, domain.StepSequences, 3},
	{domain.Tasks, sim.KindTask, domain.StepTasks, 4},
}

func movableOf(kind domain.RecordKind) movable {
	return movables[slices.IndexFunc(movables, func(m movable) bool { return m.kind == kind })]
}

// moveInput is the plan for one kind as people approved it.
func (w *world) moveInput(m movable) activities.MoveInput {
	rule := domain.PlanRule{Kind: m.kind, Scope: domain.ScopeOpen, Count: m.of, Ceiling: m.of + 2, Successor: w.id(eli)}
	return activities.MoveInput{StepRef: w.ref(m.step), Account: w.id(dana), Rule: rule, Plan: "v1:plan", Canary: 2, IndexLag: lag}
}

// undoInput takes back what eli got.
func (w *world) undoInput(m movable) activities.MoveInput {
	in := w.moveInput(m)
	in.Undo, in.Account, in.Rule.Successor, in.Rule.Scope, in.Canary = true, w.id(eli), w.id(dana), domain.ScopeAll, 0
	return in
}

// move carries a transfer to its end, as the workflow would.
func (w *world) move(in activities.MoveInput) activities.MoveResult {
	w.t.Helper()
	for range 10 {
		r, err := w.MoveRecords(w.t.Context(), in)
		if err != nil && domain.KindOf(err).Retryable() {
			continue
		}
		require.NoError(w.t, err)
		if r.Done || r.Drift != nil || r.Attention != "" {
			return r
		}
	}
	require.Fail(w.t, "the transfer does not come to an end")
	return activities.MoveResult{}
}

// inScope lists the records of dana's that the plan moves.
func (w *world) inScope(m movable) []string {
	ids := w.owned(m.sim, dana)
	return slices.DeleteFunc(ids, func(id string) bool { return !w.isOpen(m, id) })
}

func (w *world) isOpen(m movable, id string) bool {
	w.t.Helper()
	if m.sim == sim.KindContact || m.sim == sim.KindAccount {
		return true
	}
	records, err := w.apollo.ReadRecords(w.t.Context(), m.kind, []string{id})
	require.NoError(w.t, err)
	return len(records) == 1 && records[0].Open // archived sequences may be hidden
}

// requireMoved wants each of the records with its new owner, written exactly
// once, nothing else touched, and the end recorded once.
func (w *world) requireMoved(m movable, ids []string, before string) {
	w.t.Helper()
	require.Len(w.t, ids, m.of)
	heirs := w.owned(m.sim, eli)
	for _, id := range ids {
		require.Contains(w.t, heirs, id)
	}
	require.Equal(w.t, before, w.hash(), "nothing but owners changed")
	require.Len(w.t, w.writes(), len(ids))
	for id, n := range w.writes() {
		require.Equal(w.t, 1, n, id)
	}
	row := w.step(m.step)
	require.Equal(w.t, domain.StepVerified, row.State)
	require.Equal(w.t, []int{m.of, m.of}, []int{row.Done, row.Of})
	events := w.events(domain.EventRecordsMoved)
	require.Len(w.t, events, 1)
	require.Equal(w.t, map[string]string{"moved": itoa(m.of), "foreign": "0", "of": itoa(m.of)}, events[0].Facts)
}

// hash is the team's state with dana and eli taken for one owner.
func (w *world) hash() string {
	return w.sim.HashExcept(sim.HashFilter{Fields: []string{"owner_id", "user_id"}, Users: []string{string(w.id(dana)), string(w.id(eli))}})
}

func TestMoveTwiceIsMovedOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range movables {
		t.Run(string(m.kind), func(t *testing.T) {
			t.Parallel()
			w := newWorldIn(t, s)
			ids, before := w.inScope(m), w.hash()
			for range 2 {
				r := w.move(w.moveInput(m))
				require.Equal(t, activities.MoveResult{Done: true, Moved: m.of, Of: m.of}, r)
				w.requireMoved(m, ids, before)
			}
		})
	}
}

func TestMoveSurvivesDeathAnywhere(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range movables {
		t.Run(string(m.kind), func(t *testing.T) {
			t.Parallel()
			var ids []string
			var before string
			begin := func(t *testing.T) *world {
				w := newWorldIn(t, s)
				ids, before = w.inScope(m), w.hash()
				return w
			}
			everyDeath(t, begin, func(w *world) { w.move(w.moveInput(m)) }, func(w *world) { w.requireMoved(m, ids, before) })
		})
	}
}

// The named points are where the program itself says that it could die: here at
// the first chunk, which is the canary, and at the second.
func TestMoveSurvivesTheNamedPoints(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range movables {
		for _, point := range []string{"chunk-marked-not-sent", "write-applied-not-recorded"} {
			for _, chunk := range []int{1, 2} {
				w := newWorldIn(t, s)
				ids, before, passed := w.inScope(m), w.hash(), 0
				w.Crash = func(at string) {
					if at == point {
						passed++
					}
					if passed == chunk {
						panic(died{})
					}
				}
				require.False(t, survives(func() { w.move(w.moveInput(m)) }), "%s, %s", m.kind, point)
				w.revive()
				w.move(w.moveInput(m))
				w.requireMoved(m, ids, before)
			}
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
