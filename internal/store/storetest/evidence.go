package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// evidenceTests are about what the packs of a period are made of.
var evidenceTests = map[string]func(*testing.T, *store.Store){
	"the first entry from a moment on is found": func(t *testing.T, s *store.Store) {
		first, err := s.FirstSince(t.Context(), noon)
		require.NoError(t, err)
		require.Zero(t, first)
		for i, at := range []time.Time{noon.Add(-time.Hour), noon, noon.Add(-time.Minute), noon.Add(time.Minute)} {
			record(t, s, domain.Entry{Events: []domain.AuditEvent{{Key: string(rune('a' + i)), Kind: domain.EventReconciled, Actor: domain.SystemActor, At: at}}})
		}
		first, err = s.FirstSince(t.Context(), noon)
		require.NoError(t, err)
		require.EqualValues(t, 2, first)
		first, err = s.FirstSince(t.Context(), noon.Add(time.Hour))
		require.NoError(t, err)
		require.Zero(t, first)
	},
	"confidential runs are listed": func(t *testing.T, s *store.Store) {
		leaving(t, s, "dana")
		runs, err := s.ConfidentialRuns(t.Context())
		require.NoError(t, err)
		require.Empty(t, runs)
		p, err := s.UpsertPerson(t.Context(), "gus@example.com", "Gus")
		require.NoError(t, err)
		job, err := s.UpsertEmployment(t.Context(), "emp-gus", domain.Employment{Person: p.ID})
		require.NoError(t, err)
		r, _, err := s.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: job.ID, Confidential: true}, func(domain.Run) (store.RunStart, error) {
			return store.RunStart{}, nil
		})
		require.NoError(t, err)
		runs, err = s.ConfidentialRuns(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{r.ID}, runs)
	},
	"what HR said in a time comes in pages": func(t *testing.T, s *store.Store) {
		for _, id := range []string{"m1", "m2", "m3", "late"} {
			at := noon
			if id == "late" {
				at = noon.Add(time.Hour)
			}
			kept, err := s.KeepHREvent(t.Context(), domain.HREvent{ID: id, Source: "hr", Type: domain.HRChanged, Email: "dana@example.com", OccurredAt: at, Confidential: id == "m2"})
			require.NoError(t, err)
			require.True(t, kept)
		}
		first, err := s.HRSaidBetween(t.Context(), noon, noon.Add(time.Hour), domain.HRSaid{}, 2)
		require.NoError(t, err)
		require.Len(t, first, 2)
		require.Equal(t, []any{"m1", domain.HRChanged, domain.HRWaiting, false}, []any{first[0].ID, first[0].Type, first[0].Outcome, first[0].Confidential})
		require.True(t, first[1].Confidential)
		rest, err := s.HRSaidBetween(t.Context(), noon, noon.Add(time.Hour), first[1], 2)
		require.NoError(t, err)
		require.Len(t, rest, 1)
		require.Equal(t, "m3", rest[0].ID)
		require.True(t, rest[0].OccurredAt.Equal(noon.Truncate(time.Microsecond)))
	},
}
