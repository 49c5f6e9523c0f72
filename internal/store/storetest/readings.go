package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// endReading ends a reading of the app and answers what it was told was found first.
func endReading(t *testing.T, s *store.Store, r domain.Reading) (map[domain.FindingKind]int, error) {
	t.Helper()
	var told map[domain.FindingKind]int
	e := domain.AuditEvent{Key: fmt.Sprint("r/", r.BeganAt.UnixMicro()), Kind: domain.EventReconciled, Actor: domain.SystemActor, App: r.App, At: r.EndedAt}
	err := s.EndReading(t.Context(), r, e, func(fresh map[domain.FindingKind]int) []domain.Notice {
		told = fresh
		return nil
	})
	return told, err
}

func readings(t *testing.T, s *store.Store) {
	none, err := s.LastReading(t.Context(), "apollo", false)
	require.NoError(t, err)
	require.Equal(t, domain.Reading{}, none)
	keep := func(r domain.Reading) {
		_, err := endReading(t, s, r)
		require.NoError(t, err)
	}
	whole, half := domain.Reading{App: "apollo", BeganAt: later(0), EndedAt: later(1), Complete: true, Accounts: 9}, domain.Reading{App: "apollo", BeganAt: later(24), EndedAt: later(25), Why: "cut short"}
	keep(whole)
	keep(half)
	keep(half)
	got, err := s.LastReading(t.Context(), "apollo", true)
	require.NoError(t, err)
	require.Equal(t, whole, got)
	got, err = s.LastReading(t.Context(), "apollo", false)
	require.NoError(t, err)
	require.Equal(t, half, got)
}

// readingAt is a complete reading that began so many hours after noon.
func readingAt(hours int) domain.Reading {
	return domain.Reading{App: "apollo", BeganAt: later(hours), EndedAt: later(hours).Add(time.Minute), Complete: true}
}

func readingTells(t *testing.T, s *store.Store) {
	told := func(r domain.Reading) map[domain.FindingKind]int {
		t.Helper()
		fresh, err := endReading(t, s, r)
		require.NoError(t, err)
		return fresh
	}
	saw := func(hours int, accounts ...string) {
		t.Helper()
		var all []domain.Finding
		for _, a := range accounts {
			all = append(all, found(domain.FoundLeftButActive, a, later(hours)))
		}
		save(t, s, later(hours), domain.Judgement{Found: all})
	}
	saw(0, "a1")
	require.Equal(t, map[domain.FindingKind]int{domain.FoundLeftButActive: 1}, told(readingAt(0)), "the first reading of all")

	saw(24, "a1", "a2") // and it dies
	saw(25, "a1", "a2", "a3")
	cut := readingAt(26)
	cut.Complete = false
	require.Nil(t, told(cut), "a list that was cut short says nothing, and takes nothing from the one after it")
	saw(27, "a1", "a2", "a3", "a4")
	run := leaving(t, s, "dana")
	fixing := found(domain.FoundLeftButActive, "a5", later(27))
	fixing.State, fixing.Run = domain.FindingFixing, run.ID
	save(t, s, later(27), domain.Judgement{Found: []domain.Finding{fixing}})
	require.Equal(t, map[domain.FindingKind]int{domain.FoundLeftButActive: 3}, told(readingAt(27)), "what attempts that died found first, too; what a run is at is no news")
	saw(48, "a1", "a2", "a3", "a4")
	require.Empty(t, told(readingAt(48)))
	require.Empty(t, told(readingAt(28)), "a reading that ends late repeats nothing")

	saw(72, "a6")
	broken := domain.Notice{ID: "n-broken", App: "apollo", To: []domain.PersonID{"ada"}, At: later(72)}
	unkept := readingAt(72)
	e := domain.AuditEvent{Kind: domain.EventReconciled, Actor: domain.SystemActor, App: "apollo", At: later(72)} // without a key it is refused
	require.Error(t, s.EndReading(t.Context(), unkept, e, func(map[domain.FindingKind]int) []domain.Notice { return []domain.Notice{broken} }))
	last, err := s.LastReading(t.Context(), "apollo", false)
	require.NoError(t, err)
	require.Equal(t, later(48), last.BeganAt, "neither the reading nor its message is kept by half")
	all, err := s.ListNotices(t.Context(), store.NoticeFilter{})
	require.NoError(t, err)
	require.Empty(t, all)
	require.Equal(t, map[domain.FindingKind]int{domain.FoundLeftButActive: 1}, told(readingAt(73)))
}

// One reading is told of what neither had been told before, and the other of nothing.
func readingsAtOnce(t *testing.T, s *store.Store) {
	save(t, s, later(0), domain.Judgement{Found: []domain.Finding{found(domain.FoundLeftButActive, "a1", later(0))}})
	var all sync.WaitGroup
	counts := make([]int, 6)
	for i := range counts {
		all.Go(func() {
			r := readingAt(i)
			e := domain.AuditEvent{Key: fmt.Sprint("r/", i), Kind: domain.EventReconciled, Actor: domain.SystemActor, App: r.App, At: r.EndedAt}
			err := s.EndReading(t.Context(), r, e, func(fresh map[domain.FindingKind]int) []domain.Notice {
				counts[i] = fresh[domain.FoundLeftButActive]
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	require.Equal(t, 1, sum, counts)
}
