package activities_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

func TestUndoPutsBackAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range movables {
		t.Run(string(m.kind), func(t *testing.T) {
			t.Parallel()
			var before string
			var ids []string
			begin := func(t *testing.T) *world {
				w := newWorldIn(t, s)
				before, ids = w.hash(), w.inScope(m)
				require.True(t, w.move(w.moveInput(m)).Done)
				return w
			}
			everyDeath(t, begin, func(w *world) {
				require.Equal(t, activities.MoveResult{Done: true, Moved: m.of, Of: m.of}, w.move(w.undoInput(m)))
			}, func(w *world) {
				require.ElementsMatch(t, ids, w.inScope(m))
				require.Equal(t, before, w.hash(), "priority, creator and all else are as before")
				require.Equal(t, domain.StepUndone, w.step(m.step).State)
				require.Len(t, w.events(domain.EventUndone), 1)
				for id, n := range w.writes() {
					require.Equal(t, 2, n, id)
				}
			})
		})
	}
}

// What somebody moved on, or finished, is no longer as the run left it.
func TestUndoLeavesWhatHasChangedSince(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range movables {
		w := newWorldIn(t, s)
		ids, heirs := w.inScope(m), w.owned(m.sim, eli)
		require.True(t, w.move(w.moveInput(m)).Done)
		require.NoError(t, w.sim.SetOwner(m.sim, ids[0], aiko))
		require.Equal(t, activities.MoveResult{Done: true, Moved: m.of - 1, Of: m.of - 1, Foreign: 1}, w.move(w.undoInput(m)))
		require.Contains(t, w.owned(m.sim, aiko), ids[0])
		require.ElementsMatch(t, ids[1:], w.inScope(m))
		require.ElementsMatch(t, heirs, w.owned(m.sim, eli), "what was eli's before stays")
		require.Equal(t, "1", w.events(domain.EventUndone)[0].Facts["foreign"])
	}

	w, m := newWorldIn(t, s), movableOf(domain.Deals)
	ids := w.inScope(m)
	require.True(t, w.move(w.moveInput(m)).Done)
	app := w.hook()
	app.listed = func(_ string, p *domain.RecordPage) { // eli won it meanwhile
		for i := range p.Records {
			if p.Records[i].ID == ids[2] {
				p.Records[i].Open = false
			}
		}
	}
	require.Equal(t, activities.MoveResult{Done: true, Moved: 3, Of: 3, Foreign: 1}, w.move(w.undoInput(m)))
	require.Contains(t, w.owned(m.sim, eli), ids[2])
}

// Contacts that followed their accounts come back from both receivers, each with
// an event of its own; what went from one to the other meanwhile stays there.
func TestUndoFromTwoReceivers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.moveInput(movableOf(domain.Accounts))
	in.Rule.Successor = w.id(aiko)
	require.True(t, w.move(in).Done)
	m := movableOf(domain.Contacts)
	contacts, mine := w.inScope(m), w.owned(m.sim, aiko)
	in = w.moveInput(m)
	in.With = w.id(aiko)
	require.True(t, w.move(in).Done)
	toAiko := len(w.owned(m.sim, aiko)) - len(mine)
	require.Positive(t, toAiko)
	passedOn := w.owned(m.sim, eli)[len(w.owned(m.sim, eli))-1]
	require.Contains(t, contacts, passedOn)
	require.NoError(t, w.sim.SetOwner(m.sim, passedOn, aiko))
	left, kept := 11-toAiko, 0
	for _, id := range w.owned(m.sim, aiko) { // as many are to come back from one as from the other
		switch {
		case !slices.Contains(contacts, id) || id == passedOn:
		case kept < left:
			kept++
		default:
			require.NoError(t, w.sim.SetOwner(m.sim, id, sam))
		}
	}

	undo := w.undoInput(m)
	require.Equal(t, activities.MoveResult{Done: true, Moved: left, Of: left, Foreign: 1}, w.move(undo))
	undo.Account = w.id(aiko)
	require.Equal(t, activities.MoveResult{Done: true, Moved: left, Of: left, Foreign: toAiko - left}, w.move(undo))
	require.ElementsMatch(t, append(mine, passedOn), w.owned(m.sim, aiko))
	require.Len(t, w.events(domain.EventUndone), 2)
}
