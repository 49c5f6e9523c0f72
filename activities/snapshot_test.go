package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

var openScopes = map[domain.RecordKind]domain.RecordScope{domain.Contacts: domain.ScopeOpen, domain.Accounts: domain.ScopeOpen,
	domain.Deals: domain.ScopeOpen, domain.Sequences: domain.ScopeOpen, domain.Tasks: domain.ScopeOpen}

var danasCounts = map[domain.RecordKind]int{domain.Contacts: 12, domain.Accounts: 6, domain.Deals: 4, domain.Sequences: 3, domain.Tasks: 4}

func (w *world) snapshotInput() activities.SnapshotInput {
	return activities.SnapshotInput{StepRef: w.ref(""), Kind: domain.KindApolloIO, Scopes: openScopes}
}

func (w *world) snapshot(in activities.SnapshotInput) activities.SnapshotResult {
	w.t.Helper()
	r, err := w.SnapshotAccount(w.t.Context(), in)
	require.NoError(w.t, err)
	return r
}

// kept is the snapshot that stays, and whether there is one.
func (w *world) kept() (domain.Snapshot, bool) {
	w.t.Helper()
	snap, err := w.store.Snapshot(w.t.Context(), w.run.ID, app)
	if err != nil {
		require.ErrorIs(w.t, err, domain.ErrNotFound)
	}
	return snap, err == nil
}

func TestSnapshotOfALeaver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.snapshot(w.snapshotInput())
	require.True(t, r.Found && r.Complete)
	require.Equal(t, w.id(dana), r.Account)
	require.Equal(t, []domain.Tri{domain.Yes, domain.No, domain.No}, []domain.Tri{r.Active, r.Admin, r.ActingUser})
	require.Equal(t, danasCounts, r.Counts)
	require.Equal(t, []int{2, 5, 2}, []int{r.Mailboxes, r.ScheduledEmails, r.Owned["lists"]})
	linked, err := w.store.AccountLink(t.Context(), app, w.run.Person)
	require.NoError(t, err)
	require.Equal(t, w.id(dana), linked)
	require.Len(t, w.events(domain.EventSnapshotTaken), 1)
	require.Empty(t, w.sim.Effects())

	in := w.snapshotInput()
	in.Scopes = map[domain.RecordKind]domain.RecordScope{domain.Deals: domain.ScopeAll, domain.Tasks: domain.ScopeAll, domain.Contacts: domain.ScopeNone}
	r = w.snapshot(in)
	require.Equal(t, []int{7, 6}, []int{r.Counts[domain.Deals], r.Counts[domain.Tasks]})
	require.NotContains(t, r.Counts, domain.Contacts)
	snap, _ := w.kept()
	require.Equal(t, danasCounts, snap.Counts, "the first reading stays")
}

// Where access must go first the records are counted afterwards.
func TestSnapshotInTwoParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, team(func(s *sim.TenantSpec) { s.UnownedDeals = 3 }))
	in := w.snapshotInput()
	in.Quick = true
	r := w.snapshot(in)
	require.Nil(t, r.Counts)
	require.Equal(t, []int{2, 5}, []int{r.Mailboxes, r.ScheduledEmails})
	for _, request := range w.sim.Requests() {
		require.NotContains(t, request.Endpoint, "opportunities/search")
	}
	require.NoError(t, w.sim.Deactivate(dana))
	in.Quick, in.Counts = false, true
	require.Equal(t, danasCounts, w.snapshot(in).Counts)
	snap, _ := w.kept()
	require.Equal(t, domain.Yes, snap.Account.Active, "the state before stays")

	stranger := w.of("nobody@example.com")
	asked := stranger.snapshotInput()
	asked.Counts = true
	require.Empty(t, stranger.snapshot(asked).Counts, "deals without an owner are not theirs")
}

func TestSnapshotThatFindsNobodyOrTooMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := w.of("nobody@example.com")
	r := stranger.snapshot(stranger.snapshotInput())
	require.False(t, r.Found)
	require.True(t, r.Complete)
	snap, ok := stranger.kept()
	require.True(t, ok, "nobody, on a complete list, is a fact")
	require.False(t, snap.Found)

	w.hook().users = func(l *domain.Listing) {
		twin, _ := l.ByID(w.id(dana))
		twin.ID = "5f0a0000000000000000dead"
		l.Accounts = append(l.Accounts, twin)
	}
	require.Equal(t, 2, w.snapshot(w.snapshotInput()).Ambiguous)
	_, ok = w.kept()
	require.False(t, ok, "two users with one email decide nothing")

	in := w.snapshotInput()
	in.Account = w.id(dana)
	require.Equal(t, w.id(dana), w.snapshot(in).Account, "the id decides")
}

func TestSnapshotOfAnAccountThatVanished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.store.LinkAccount(t.Context(), app, w.run.Person, "5f0a0000000000000000dead"))
	w.hook().users = func(l *domain.Listing) { l.Complete = false }
	r := w.snapshot(w.snapshotInput())
	require.True(t, r.Found)
	require.Equal(t, domain.Unknown, r.Active, "missing from half a list proves nothing")

	other := newWorldIn(t, w.store)
	r = other.snapshot(other.snapshotInput())
	require.True(t, r.Found)
	require.Equal(t, domain.AccountID("5f0a0000000000000000dead"), r.Account)
	require.Equal(t, []domain.Tri{domain.No, domain.No}, []domain.Tri{r.Active, r.Admin})
}

// Half a list in which nobody was found must not stay as the state before.
func TestSnapshotOnHalfAList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hook().users = func(l *domain.Listing) {
		l.Complete = false
		l.Accounts = l.Accounts[:2]
	}
	r := w.snapshot(w.snapshotInput())
	require.False(t, r.Found || r.Complete)
	_, ok := w.kept()
	require.False(t, ok)
	w.revive()
	w.snapshot(w.snapshotInput())
	snap, ok := w.kept()
	require.True(t, ok)
	require.True(t, snap.Found)
	require.Equal(t, danasCounts, snap.Counts)
}
