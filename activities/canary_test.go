package activities_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// noEcho makes every answer to a write say nothing about owners.
func noEcho(_ []domain.Record, m *domain.Moved) { m.Owners = map[string]domain.AccountID{} }

func TestFirstRecordsAreSeenBeforeTheBulk(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range movables {
		w := newWorldIn(t, s)
		ids, before := w.inScope(m), w.hash()
		asked := []int{}
		app := w.hook()
		app.refuse = func(records []domain.Record) error { asked = append(asked, len(records)); return nil }
		app.lie = true
		r := w.move(w.moveInput(m))
		require.Contains(t, r.Attention, "the app took the first 2 records and still shows 2 of them as the leaver's", m.kind)
		require.LessOrEqual(t, len(asked), 2, "the others are held back")
		require.Equal(t, domain.StepNeedsAttention, w.step(m.step).State)
		require.Empty(t, w.writes())

		app.lie = false
		require.Equal(t, activities.MoveResult{Done: true, Moved: m.of, Of: m.of}, w.move(w.moveInput(m)))
		w.requireMoved(m, ids, before)
	}
}

// An echo without an owner is no proof either way: the first records are read
// one by one, the others counted at the end, so that undo knows all of them.
func TestEchoThatDoesNotNameTheOwner(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range movables {
		w := newWorldIn(t, s)
		ids, before := w.inScope(m), w.hash()
		w.hook().moved = noEcho
		require.Equal(t, activities.MoveResult{Done: true, Moved: m.of, Of: m.of}, w.move(w.moveInput(m)))
		w.requireMoved(m, ids, before)
		require.Equal(t, activities.MoveResult{Done: true, Moved: m.of, Of: m.of}, w.move(w.undoInput(m)))
		require.ElementsMatch(t, ids, w.inScope(m))
	}
}

// A key that may not read single records does not stop a transfer whose echo is
// good, and leaves in doubt only what nobody else shows.
func TestKeyThatMayNotReadSingleRecords(t *testing.T) {
	t.Parallel()
	grants := func(s *settings) {
		s.sim.Grants = []string{"api/v1/contacts/search", "api/v1/contacts/update_owners"}
	}
	w, m := newWorld(t, grants), movableOf(domain.Contacts)
	require.NoError(t, w.sim.SetFaults(1, sim.Fault{Kind: sim.FaultDropAfter, Endpoint: "contacts/update_owners", Nth: 2}))
	require.Equal(t, activities.MoveResult{Done: true, Moved: 2, Of: 12}, w.move(w.moveInput(m)), "ten were sent and never answered")
	require.Empty(t, w.owned(m.sim, dana))
	require.Equal(t, activities.MoveResult{Done: true, Moved: 12, Of: 12}, w.move(w.undoInput(m)), "what was sent and is there goes back as well")
}

// One record that the app refuses does not hold up the others.
func TestRecordThatTheAppRefuses(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range movables {
		w := newWorldIn(t, s)
		ids, spoilt := w.inScope(m), true
		bad := ids[len(ids)-1]
		app := w.hook()
		app.refuse = func(records []domain.Record) error {
			if spoilt && slices.ContainsFunc(records, func(r domain.Record) bool { return r.ID == bad }) {
				return domain.NewFault(domain.FaultInvalid, "records.move", "apollo", "refused", nil)
			}
			return nil
		}
		for range 2 {
			_, err := w.MoveRecords(t.Context(), w.moveInput(m))
			require.Equal(t, domain.FaultInvalid, kindOf(t, err), "the app's reason reaches a person, again after a retry")
			require.Equal(t, []string{bad}, w.inScope(m))
		}
		for id, n := range w.writes() {
			require.Equal(t, 1, n, id)
		}
		spoilt = false
		require.Equal(t, activities.MoveResult{Done: true, Moved: m.of, Of: m.of}, w.move(w.moveInput(m)))

		w = newWorldIn(t, s) // gone to somebody else by the time it is refused
		bad, spoilt = w.inScope(m)[len(ids)-1], true
		app = w.hook()
		app.refuse = func(records []domain.Record) error {
			for _, r := range records {
				if r.ID == bad {
					require.NoError(t, w.sim.SetOwner(m.sim, bad, aiko))
					return domain.NewFault(domain.FaultInvalid, "records.move", "apollo", "refused", nil)
				}
			}
			return nil
		}
		require.Equal(t, activities.MoveResult{Done: true, Moved: m.of - 1, Of: m.of, Foreign: 1}, w.move(w.moveInput(m)))
	}
}

// Nor does it hold up the chunks behind its own.
func TestRefusedRecordAmongMany(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t, team(func(s *sim.TenantSpec) { s.Users[4].Contacts = 130 })), movableOf(domain.Contacts)
	bad := w.inScope(m)[10]
	app := w.hook()
	app.refuse = func(records []domain.Record) error {
		if slices.ContainsFunc(records, func(r domain.Record) bool { return r.ID == bad }) {
			return domain.NewFault(domain.FaultInvalid, "records.move", "apollo", "refused", nil)
		}
		return nil
	}
	in := w.moveInput(m)
	in.Rule.Ceiling = 130
	_, err := w.MoveRecords(t.Context(), in)
	require.Equal(t, domain.FaultInvalid, kindOf(t, err))
	require.Equal(t, []string{bad}, w.inScope(m))
}

func TestBatchThatIsTooLargeIsHalved(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t, with(func(s *sim.Switches) { s.UpdateOwnersMax = 3 })), movableOf(domain.Contacts)
	ids, before := w.inScope(m), w.hash()
	require.True(t, w.move(w.moveInput(m)).Done)
	w.requireMoved(m, ids, before)
}

// Where the app refuses everything it is not the records: the reason reaches a
// person after a few, and nothing is lost for the next try.
func TestAppThatRefusesEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, with(func(s *sim.Switches) { s.SequenceRefusesDeactivatedSource = true }))
	m := movableOf(domain.Sequences)
	ids, before := w.inScope(m), w.hash()
	require.NoError(t, w.sim.Deactivate(dana))
	_, err := w.MoveRecords(t.Context(), w.moveInput(m))
	require.Equal(t, domain.FaultInvalid, kindOf(t, err))
	require.NoError(t, w.sim.Reactivate(dana))
	require.True(t, w.move(w.moveInput(m)).Done)
	w.requireMoved(m, ids, before)

	w, m = newWorldIn(t, w.store), movableOf(domain.Contacts)
	tries := 0
	app := w.hook()
	app.refuse = func([]domain.Record) error {
		tries++
		return domain.NewFault(domain.FaultInvalid, "records.move", "apollo", "refused", nil)
	}
	in := w.moveInput(m)
	in.Canary = 0
	_, err = w.MoveRecords(t.Context(), in)
	require.Equal(t, domain.FaultInvalid, kindOf(t, err))
	require.Equal(t, 11, tries, "halved until five stood alone")
}
