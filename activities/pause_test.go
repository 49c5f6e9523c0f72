package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// notices lists what was written for people, by kind.
func (w *world) notices(kind string) []domain.Notice {
	w.t.Helper()
	all, err := w.store.ListNotices(w.t.Context(), store.NoticeFilter{})
	require.NoError(w.t, err)
	var found []domain.Notice
	for _, d := range all {
		if d.Notice.Kind == kind {
			found = append(found, d.Notice)
		}
	}
	return found
}

// A key that is refused pauses the app: one message for all runs and all tries,
// until it works again.
func TestRefusedKeyPausesTheAppOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.of(aiko)
	m := movableOf(domain.Contacts)
	w.snapshot(w.snapshotInput())
	for pause := 1; pause <= 2; pause++ {
		w.sim.SetAPIKey("another", priya)
		for range 3 {
			w.clock.advance(15 * time.Minute)
			for _, try := range []func() error{
				func() error { _, err := other.SnapshotAccount(t.Context(), other.snapshotInput()); return err },
				func() error { _, err := w.MoveRecords(t.Context(), w.moveInput(m)); return err },
				func() error { _, err := w.DeactivateAccount(t.Context(), w.accountInput(dana)); return err },
			} {
				require.Equal(t, domain.FaultUnauthenticated, kindOf(t, try()))
				require.Len(t, w.notices("app-paused"), pause, "from the first try on")
			}
		}
		since, err := w.store.AppPaused(t.Context(), app)
		require.NoError(t, err)
		require.NotZero(t, since)

		w.sim.SetAPIKey("key", priya)
		_, err = w.MoveRecords(t.Context(), w.moveInput(m))
		require.NoError(t, err)
		since, err = w.store.AppPaused(t.Context(), app)
		require.NoError(t, err)
		require.Zero(t, since, "moving records shows as well that the key works")
		lines, err := w.store.Audit(t.Context(), store.AuditFilter{Kind: domain.EventAppResumed})
		require.NoError(t, err)
		require.Len(t, lines, pause)
	}
}
