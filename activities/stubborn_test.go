package activities_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

func TestMoveWhetherFiltersAreHonouredOrNot(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ignored := with(func(w *sim.Switches) {
		w.IgnoreContactOwnerFilter, w.IgnoreAccountOwnerFilter, w.IgnoreDealOwnerFilter, w.IgnoreTaskUserFilter = true, true, true, true
		w.HideArchivedSequences = true
	})
	crowd := team(func(s *sim.TenantSpec) { // several pages of other people's records, before and after
		s.Users[3].Contacts, s.Users[5].Contacts, s.Users[5].Accounts, s.Users[5].OpenDeals, s.Users[5].ScheduledTasks = 120, 130, 110, 110, 110
	})
	for _, m := range movables {
		t.Run(string(m.kind), func(t *testing.T) {
			t.Parallel()
			w := newWorldIn(t, s, ignored, crowd)
			ids, before := w.inScope(m), w.hash()
			require.True(t, w.move(w.moveInput(m)).Done)
			w.requireMoved(m, ids, before)
		})
	}
}

// A CRM that owns some records puts their old owner back. After three rounds a
// person is asked, and asked again until somebody changes the CRM.
func TestRecordsThatAreMovedBackNeedAPerson(t *testing.T) {
	t.Parallel()
	crowd := team(func(s *sim.TenantSpec) { s.Users[5].Contacts = 130 })
	ignored := with(func(w *sim.Switches) { w.IgnoreContactOwnerFilter = true }) // the last page of a listing shows nothing of the leaver's
	w, m := newWorld(t, crowd, ignored), movableOf(domain.Contacts)
	ids, broken := w.inScope(m), true
	crm := ids[4:6]
	app := w.hook()
	app.moved = func(records []domain.Record, _ *domain.Moved) {
		for _, r := range records {
			if broken && slices.Contains(crm, r.ID) {
				require.NoError(t, w.sim.SetOwner(m.sim, r.ID, dana))
			}
		}
	}
	for asked := 1; asked <= 2; asked++ {
		r := w.move(w.moveInput(m))
		require.False(t, r.Done)
		require.Contains(t, r.Attention, "2 records are still, or again, the leaver's after 3 rounds")
		require.Equal(t, domain.StepNeedsAttention, w.step(m.step).State)
		require.Empty(t, w.events(domain.EventRecordsMoved))
		require.Subset(t, w.owned(m.sim, eli), slices.Concat(ids[:4], ids[6:]), "the others are not held up")
	}
	require.Equal(t, 8, w.writes()[crm[0]])
	require.Equal(t, 1, w.writes()[ids[0]])
	broken = false
	require.Equal(t, activities.MoveResult{Done: true, Moved: 12, Of: 12}, w.move(w.moveInput(m)))
	require.Subset(t, w.owned(m.sim, eli), ids)
}

// A person who mends the records by hand instead is believed as well: what the
// leaver no longer owns is not taken from whoever has it now.
func TestRecordsThatWereMendedByHand(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t), movableOf(domain.Contacts)
	ids := w.inScope(m)
	app := w.hook()
	app.moved = func(records []domain.Record, _ *domain.Moved) {
		for _, r := range records {
			if r.ID == ids[7] {
				require.NoError(t, w.sim.SetOwner(m.sim, r.ID, dana))
			}
		}
	}
	require.NotEmpty(t, w.move(w.moveInput(m)).Attention)
	require.NoError(t, w.sim.SetOwner(m.sim, ids[7], aiko))
	require.Equal(t, activities.MoveResult{Done: true, Moved: 11, Of: 12, Foreign: 1}, w.move(w.moveInput(m)))
	require.Contains(t, w.owned(m.sim, aiko), ids[7])
}

// What a sweep finds again is moved again, and the transfer never answers from
// memory that it is done.
func TestDoneIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range movables {
		w := newWorldIn(t, s)
		ids := w.inScope(m)
		require.True(t, w.move(w.moveInput(m)).Done)
		require.NoError(t, w.sim.SetOwner(m.sim, ids[1], dana))
		w.arrive(m, 1)
		require.Equal(t, activities.MoveResult{Done: true, Moved: m.of + 1, Of: m.of + 1}, w.move(w.moveInput(m)))
		require.Empty(t, w.inScope(m))
		require.Equal(t, 2, w.writes()[ids[1]])
		require.Equal(t, 1, w.writes()[ids[0]])
		require.Len(t, w.events(domain.EventRecordsMoved), 2, "it was moved twice, and both are said")
	}
}

// Where the app does not show everything nothing is verified; a retry reads the
// listing from its beginning.
func TestListingThatIsCutOffVerifiesNothing(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t), movableOf(domain.Contacts)
	ids, before := w.inScope(m), w.hash()
	app := w.hook()
	app.listed = func(_ string, p *domain.RecordPage) { p.Truncated = p.Next == "" }
	for range 2 {
		r := w.move(w.moveInput(m))
		require.False(t, r.Done)
		require.Contains(t, r.Attention, "does not show all records")
		require.Equal(t, domain.StepNeedsAttention, w.step(m.step).State)
	}
	first := 0
	app.listed = func(cursor string, _ *domain.RecordPage) {
		if cursor == "" {
			first++
		}
	}
	require.True(t, w.move(w.moveInput(m)).Done)
	require.Equal(t, 2, first)
	w.requireMoved(m, ids, before)
}

// A listing of several pages from which rows vanish is shorter than its total:
// it proves nothing and is read again from its beginning, also by a new process.
func TestListingThatShrinksIsReadAgain(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	crowd := team(func(s *sim.TenantSpec) { s.Users[5].Contacts = 230 })
	ignored := with(func(w *sim.Switches) { w.IgnoreContactOwnerFilter = true })
	for _, shrinks := range []int{1, 2, 3} {
		w, m := newWorldIn(t, s, crowd, ignored), movableOf(domain.Contacts)
		ids, before, listing := w.inScope(m), w.hash(), 0
		app := w.hook()
		app.listed = func(cursor string, p *domain.RecordPage) {
			if cursor == "" {
				listing++
			}
			if listing == shrinks && p.Next == "" {
				p.Seen--
			}
		}
		r, err := w.MoveRecords(t.Context(), w.moveInput(m))
		w.requireTrouble(r, err)
		w.revive()
		r, err = w.MoveRecords(t.Context(), w.moveInput(m))
		require.NoError(t, err)
		require.True(t, r.Done)
		w.requireMoved(m, ids, before)
	}
}

// Contacts go with their account where that goes to somebody else, and to the
// contacts' own heir where the account is no part of the handover.
func TestContactsFollowTheirAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	accounts, contacts := w.owned(sim.KindAccount, dana), w.owned(sim.KindContact, dana)
	foreign, err := w.sim.AddContact(dana, w.owned(sim.KindAccount, eli)[0])
	require.NoError(t, err)
	in := w.moveInput(movableOf(domain.Accounts))
	in.Rule.Successor = w.id(aiko)
	require.NoError(t, w.sim.SetFaults(1, sim.Fault{Kind: sim.FaultDropBefore, Endpoint: "accounts/update_owners", Nth: 1}))
	r, err := w.MoveRecords(t.Context(), in)
	w.requireTrouble(r, err)
	require.NoError(t, w.sim.SetOwner(sim.KindAccount, accounts[0], sam)) // a colleague takes the first, which was in doubt
	require.Equal(t, 1, w.move(in).Foreign)
	accounts = accounts[1:]
	require.Subset(t, w.owned(sim.KindAccount, aiko), accounts)

	in = w.moveInput(movableOf(domain.Contacts))
	in.With = w.id(aiko)
	require.Equal(t, activities.MoveResult{Done: true, Moved: 13, Of: 13}, w.move(in))
	records, err := w.apollo.ReadRecords(t.Context(), domain.Contacts, append(contacts, foreign))
	require.NoError(t, err)
	followed := 0
	for _, r := range records {
		want := w.id(eli)
		if slices.Contains(accounts, r.Account) {
			want = w.id(aiko)
			followed++
		}
		require.Equal(t, want, r.Owner, r.ID)
	}
	require.Positive(t, followed)
	require.Less(t, followed, 13)
}
