package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

func somebody(t *testing.T, s *store.Store, who string) domain.PersonID {
	t.Helper()
	p, err := s.UpsertPerson(t.Context(), who+"@example.com", who)
	require.NoError(t, err)
	return p.ID
}

func setEvent(id string) domain.AuditEvent {
	return domain.AuditEvent{Key: "absence/" + id, Kind: domain.EventAbsenceSet, Actor: "ada", Subject: "eli", Target: id, At: noon}
}

var absenceTests = map[string]func(t *testing.T, s *store.Store){
	"an absence is there until it ends": func(t *testing.T, s *store.Store) {
		eli := somebody(t, s, "eli")
		when := noon.Truncate(time.Microsecond)
		a := domain.Absence{ID: "a1", Person: eli, Substitute: "sue", From: when, Until: when.Add(time.Hour), SetBy: "ada"}
		require.NoError(t, s.AddAbsence(t.Context(), a, setEvent("a1")))
		require.NoError(t, s.AddAbsence(t.Context(), a, setEvent("a1")), "again")
		for _, at := range []time.Time{when.Add(-time.Hour), when, when.Add(59 * time.Minute)} {
			found, err := s.Absences(t.Context(), at)
			require.NoError(t, err)
			require.Equal(t, []domain.Absence{a}, found, "what is to come is listed as well")
		}
		found, err := s.Absences(t.Context(), when.Add(time.Hour))
		require.NoError(t, err)
		require.Empty(t, found)
		ended, err := s.EndAbsence(t.Context(), "a1", when.Add(time.Minute), domain.AuditEvent{Key: "absence/a1/ended", Kind: domain.EventAbsenceEnded, Actor: "eli", At: noon})
		require.NoError(t, err)
		require.True(t, ended)
		ended, err = s.EndAbsence(t.Context(), "a1", when.Add(time.Minute), domain.AuditEvent{Key: "absence/a1/again", Kind: domain.EventAbsenceEnded, Actor: "eli", At: noon})
		require.NoError(t, err)
		require.False(t, ended)
		require.Len(t, whole(t, s, ""), 2, "one event for each act")
		require.NoError(t, s.AddAbsence(t.Context(), domain.Absence{ID: "a2", Person: eli, Substitute: "tom", From: when.Add(time.Minute), Until: when.Add(time.Hour)}, setEvent("a2")),
			"the time is free again")
	},
	"one substitute at a time, whoever is first": func(t *testing.T, s *store.Store) {
		eli := somebody(t, s, "eli")
		var set, refused atomic.Int64
		allFine(t, together(8, func(i int) error {
			from := noon.Add(time.Duration(i) * time.Minute)
			err := s.AddAbsence(t.Context(), domain.Absence{ID: name(i), Person: eli, Substitute: "sue", From: from, Until: from.Add(time.Hour)}, setEvent(name(i)))
			switch {
			case err == nil:
				set.Add(1)
			case domain.KindOf(err) == domain.FaultConflict:
				refused.Add(1)
				err = nil
			}
			return err
		}))
		require.EqualValues(t, 1, set.Load())
		require.EqualValues(t, 7, refused.Load())
		require.Len(t, whole(t, s, ""), 1)
		other := somebody(t, s, "ada")
		require.NoError(t, s.AddAbsence(t.Context(), domain.Absence{ID: "b", Person: other, Substitute: "sue", From: noon, Until: noon.Add(time.Hour)}, setEvent("b")),
			"somebody else may be away at the same time")
		found, err := s.Absences(t.Context(), noon)
		require.NoError(t, err)
		require.Len(t, found, 2)
		end := found[0].Until
		if found[1].Person == eli {
			end = found[1].Until
		}
		require.NoError(t, s.AddAbsence(t.Context(), domain.Absence{ID: "next", Person: eli, Substitute: "tom", From: end, Until: end.Add(time.Hour)}, setEvent("next")),
			"one may begin when the other ends")
	},
	"nobody is away whom nobody knows": func(t *testing.T, s *store.Store) {
		err := s.AddAbsence(t.Context(), domain.Absence{ID: "a", Person: "nobody", Substitute: "sue", From: noon, Until: noon.Add(time.Hour)}, setEvent("a"))
		require.ErrorIs(t, err, domain.ErrNotFound)
		require.Empty(t, whole(t, s, ""))
	},
}

var chatTests = map[string]func(t *testing.T, s *store.Store){
	"a user is one person, and a person one user": func(t *testing.T, s *store.Store) {
		eli, ada := somebody(t, s, "eli"), somebody(t, s, "ada")
		u := store.ChatUser{Team: "T1", User: "U1"}
		_, err := s.PersonByChat(t.Context(), u)
		require.ErrorIs(t, err, domain.ErrNotFound)
		fresh, err := s.BindChat(t.Context(), u, eli)
		require.NoError(t, err)
		require.True(t, fresh)
		fresh, err = s.BindChat(t.Context(), u, eli)
		require.NoError(t, err)
		require.False(t, fresh, "bound once")
		_, err = s.BindChat(t.Context(), u, ada)
		require.Equal(t, domain.FaultConflict, domain.KindOf(err))
		_, err = s.BindChat(t.Context(), store.ChatUser{Team: "T1", User: "U2"}, eli)
		require.Equal(t, domain.FaultConflict, domain.KindOf(err))
		p, err := s.PersonByChat(t.Context(), u)
		require.NoError(t, err)
		require.Equal(t, eli, p.ID)
		back, err := s.ChatOf(t.Context(), "T1", eli)
		require.NoError(t, err)
		require.Equal(t, u, back)
		_, err = s.ChatOf(t.Context(), "T2", eli)
		require.ErrorIs(t, err, domain.ErrNotFound, "an id means something within its team only")
		_, err = s.BindChat(t.Context(), store.ChatUser{Team: "T2", User: "U1"}, ada)
		require.NoError(t, err, "the same id in another team is somebody else")
		found, err := s.PeopleByChatUser(t.Context(), "U1")
		require.NoError(t, err)
		require.ElementsMatch(t, []domain.PersonID{eli, ada}, found)
		n, err := s.UnbindChat(t.Context(), eli)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		_, err = s.BindChat(t.Context(), store.ChatUser{Team: "T1", User: "U2"}, eli)
		require.NoError(t, err, "freed is free")
	},
	"many users at once for one person": func(t *testing.T, s *store.Store) {
		eli := somebody(t, s, "eli")
		bound, refused := race(t, func(i int) error {
			_, err := s.BindChat(t.Context(), store.ChatUser{Team: "T", User: fmt.Sprint("U", i)}, eli)
			return err
		})
		require.Equal(t, 1, bound)
		require.Equal(t, 7, refused)
	},
	"one user at once for many people": func(t *testing.T, s *store.Store) {
		var people []domain.PersonID
		for i := range 8 {
			people = append(people, somebody(t, s, fmt.Sprint("p", i)))
		}
		bound, refused := race(t, func(i int) error {
			_, err := s.BindChat(t.Context(), store.ChatUser{Team: "T", User: "U"}, people[i])
			return err
		})
		require.Equal(t, 1, bound)
		require.Equal(t, 7, refused)
	},
	"the same pair at once is one binding": func(t *testing.T, s *store.Store) {
		eli := somebody(t, s, "eli")
		said := func(kind domain.EventKind, n int) domain.AuditEvent {
			return domain.AuditEvent{Key: string(kind) + name(n), Kind: kind, Actor: domain.SystemActor, Subject: eli, At: noon}
		}
		var fresh atomic.Int64
		allFine(t, together(8, func(n int) error {
			first, err := s.BindChat(t.Context(), store.ChatUser{Team: "T", User: "U"}, eli, said(domain.EventIdentityBound, n))
			if first {
				fresh.Add(1)
			}
			return err
		}))
		require.EqualValues(t, 1, fresh.Load())
		allFine(t, together(2, func(n int) error {
			_, err := s.UnbindChat(t.Context(), eli, said(domain.EventIdentityFreed, n))
			return err
		}))
		require.Len(t, whole(t, s, ""), 2, "bound once and freed once, said in the same breath")
	},
	"a group is what was last told": func(t *testing.T, s *store.Store) {
		require.NoError(t, s.SetGroup(t.Context(), "S1", []domain.PersonID{"b", "a", "b"}))
		require.NoError(t, s.SetGroup(t.Context(), "S2", []domain.PersonID{"z"}))
		found, err := s.Group(t.Context(), "S1")
		require.NoError(t, err)
		require.Equal(t, []domain.PersonID{"a", "b"}, found)
		require.NoError(t, s.SetGroup(t.Context(), "S1", []domain.PersonID{"c"}))
		found, err = s.Group(t.Context(), "S1")
		require.NoError(t, err)
		require.Equal(t, []domain.PersonID{"c"}, found)
		require.NoError(t, s.SetGroup(t.Context(), "S1", nil))
		found, err = s.Group(t.Context(), "S1")
		require.NoError(t, err)
		require.Empty(t, found)
	},
}

// race does eight things at once of which one may win.
func race(t *testing.T, do func(i int) error) (won, refused int) {
	t.Helper()
	var w, r atomic.Int64
	allFine(t, together(8, func(i int) error {
		err := do(i)
		switch {
		case err == nil:
			w.Add(1)
		case domain.KindOf(err) == domain.FaultConflict:
			r.Add(1)
			err = nil
		}
		return err
	}))
	return int(w.Load()), int(r.Load())
}

var clickTests = map[string]func(t *testing.T, s *store.Store){
	"a repeated delivery is the same click": func(t *testing.T, s *store.Store) {
		var kept atomic.Int64
		allFine(t, together(8, func(i int) error {
			first, err := s.KeepClick(t.Context(), store.Click{ID: "c", Body: []byte{0, byte(i), 255}})
			if first {
				kept.Add(1)
			}
			return err
		}))
		require.EqualValues(t, 1, kept.Load())
		leased, err := s.LeaseClicks(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, leased, 1)
		require.NoError(t, s.ClickDone(t.Context(), "c", "approved"))
		first, err := s.KeepClick(t.Context(), store.Click{ID: "c", Body: []byte("again")})
		require.NoError(t, err)
		require.False(t, first, "also long after it was done")
		leased, err = s.LeaseClicks(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Empty(t, leased)
	},
	"each click is leased once": func(t *testing.T, s *store.Store) {
		const all = 100
		for i := range all {
			_, err := s.KeepClick(t.Context(), store.Click{ID: name(i), Body: []byte("{}")})
			require.NoError(t, err)
		}
		var lock sync.Mutex
		seen := map[string]int{}
		allFine(t, together(8, func(int) error {
			for {
				leased, err := s.LeaseClicks(t.Context(), 7, time.Hour)
				if err != nil || len(leased) == 0 {
					return err
				}
				lock.Lock()
				for _, c := range leased {
					seen[c.ID]++
				}
				lock.Unlock()
			}
		}))
		require.Len(t, seen, all)
		for id, n := range seen {
			require.Equal(t, 1, n, id)
		}
	},
	"whoever dies over a click leaves it to others, and a failure waits": func(t *testing.T, s *store.Store) {
		_, err := s.KeepClick(t.Context(), store.Click{ID: "c", Body: []byte("body")})
		require.NoError(t, err)
		for n := 1; n <= 2; n++ {
			leased, err := s.LeaseClicks(t.Context(), 10, -time.Second)
			require.NoError(t, err)
			require.Len(t, leased, 1)
			require.Equal(t, n, leased[0].Attempts)
			require.Equal(t, "body", string(leased[0].Body))
			require.False(t, leased[0].ReceivedAt.IsZero())
		}
		require.NoError(t, s.ClickFailed(t.Context(), "c", time.Now().Add(time.Hour)))
		leased, err := s.LeaseClicks(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Empty(t, leased)
		require.NoError(t, s.ClickFailed(t.Context(), "c", time.Now().Add(-time.Second)))
		leased, err = s.LeaseClicks(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, leased, 1)
		require.NoError(t, s.ClickDone(t.Context(), "c", "approved"))
		require.NoError(t, s.ClickFailed(t.Context(), "c", time.Now().Add(-time.Second)), "a late word of whoever was slow")
		leased, err = s.LeaseClicks(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Empty(t, leased, "done is done")
	},
}
