package storetest

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// outsiderTests are about databases that somebody changed without the store.
var outsiderTests = map[string]func(t *testing.T, d Database){
	"a newer schema is refused": func(t *testing.T, d Database) {
		require.NoError(t, d.Exec(t.Context(), "UPDATE schema_version SET version = 999"))
		err := d.Store.Migrate(t.Context())
		require.ErrorContains(t, err, "start the newer program")
		require.Equal(t, domain.FaultConflict, domain.KindOf(err))
	},
	"a changed event is found": func(t *testing.T, d Database) {
		r := threeEvents(t, d)
		require.NoError(t, d.Exec(t.Context(), "UPDATE events SET body = REPLACE(body, 'system', 'nobody') WHERE seq = 2"))
		entries, err := d.Store.ChainEntries(t.Context(), r.ID, 0, 0)
		require.NoError(t, err)
		broken, err := domain.VerifyChain(entries)
		require.Error(t, err)
		require.EqualValues(t, 2, broken)
		requireBroken(t, d, 2)
	},
	"a missing event is found": func(t *testing.T, d Database) {
		threeEvents(t, d)
		require.NoError(t, d.Exec(t.Context(), "DELETE FROM events WHERE seq = 2"))
		requireBroken(t, d, 2)
	},
	"a cut-off end is found": func(t *testing.T, d Database) {
		threeEvents(t, d)
		require.NoError(t, d.Exec(t.Context(), "DELETE FROM events WHERE seq = 3"))
		require.NoError(t, d.Exec(t.Context(), "DELETE FROM global_entries WHERE seq = 3"))
		requireBroken(t, d, 3)
	},
	"a changed global entry is found": func(t *testing.T, d Database) {
		threeEvents(t, d)
		require.NoError(t, d.Exec(t.Context(), "UPDATE global_entries SET entry_hash = 'x' WHERE seq = 1"))
		requireBroken(t, d, 1)
	},
}

// outsiders are all tests of changes behind the store's back.
func outsiders() map[string]func(t *testing.T, d Database) {
	all := maps.Clone(outsiderTests)
	maps.Copy(all, sealTests)
	return all
}

func threeEvents(t *testing.T, d Database) domain.Run {
	t.Helper()
	r := leaving(t, d.Store, "dana")
	record(t, d.Store, domain.Entry{Run: r.ID, Events: []domain.AuditEvent{event(r, domain.EventSweep, "one"), event(r, domain.EventSweep, "two")}})
	whole(t, d.Store, r.ID)
	return r
}

func requireBroken(t *testing.T, d Database, want int64) {
	t.Helper()
	broken, err := d.Store.VerifyGlobal(t.Context())
	require.Error(t, err)
	require.Equal(t, want, broken)
}
