package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

var runTests = map[string]func(t *testing.T, s *store.Store){
	"fifty starts at once are one run": func(t *testing.T, s *store.Store) {
		p, e := leaver(t, s, "dana")
		ids, made := make([]string, 50), make([]bool, 50)
		allFine(t, together(50, func(i int) error {
			r, created, err := s.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: e.ID, AllApps: true}, start)
			ids[i], made[i] = r.ID, created
			return err
		}))
		count := 0
		for i := range ids {
			require.Equal(t, "offboarding:"+e.ID+":1", ids[i])
			if made[i] {
				count++
			}
		}
		require.Equal(t, 1, count)
		commands, err := s.LeaseCommands(t.Context(), 100, time.Minute)
		require.NoError(t, err)
		require.Len(t, commands, 1)
		require.Len(t, whole(t, s, ids[0]), 1)
	},
	"what is kept comes back": func(t *testing.T, s *store.Store) {
		p, e := leaver(t, s, "dana")
		want := domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: e.ID, AllApps: true, Apps: []domain.AppID{"apollo", "space"},
			Authority: domain.AuthoritySecurity, Requester: "admin", Why: "because", Confidential: true, Readers: []domain.PersonID{"a", "b"}, CutNow: true,
			LastMoment: domain.LastMoment{Local: "2026-12-18T17:30:00", Zone: "Europe/Berlin"}, StartedAt: noon, PolicyHash: "h"}
		made, created, err := s.CreateRun(t.Context(), want, start)
		require.NoError(t, err)
		require.True(t, created)
		want.ID, want.State, want.StartedAt = made.ID, domain.RunStarting, noon.Truncate(time.Microsecond)
		require.Equal(t, want, made)
		got, err := s.Run(t.Context(), made.ID)
		require.NoError(t, err)
		require.Equal(t, want, got)
		input, err := s.RunInput(t.Context(), made.ID)
		require.NoError(t, err)
		require.JSONEq(t, `{"run":"`+made.ID+`"}`, string(input))
		_, err = s.Run(t.Context(), "nothing")
		require.ErrorIs(t, err, domain.ErrNotFound)
	},
	"a retracted or denied run swallows no later leaving": func(t *testing.T, s *store.Store) {
		first := leaving(t, s, "dana")
		record(t, s, domain.Entry{Run: first.ID, RunState: domain.RunRetracted})
		second, created := again(t, s, first)
		require.True(t, created)
		require.Equal(t, "offboarding:"+first.Employment+":2", second.ID)
		record(t, s, domain.Entry{Run: second.ID, RunState: domain.RunDenied})
		third, created := again(t, s, first)
		require.True(t, created)
		require.Equal(t, "offboarding:"+first.Employment+":3", third.ID)
	},
	"a closed leaving is found when its event comes again": func(t *testing.T, s *store.Store) {
		first := leaving(t, s, "dana")
		record(t, s, domain.Entry{Run: first.ID, RunState: domain.RunClosed})
		second, created := again(t, s, first)
		require.False(t, created)
		require.Equal(t, first.ID, second.ID)
	},
	"a run for some apps swallows no leaving, and is one per set of apps": func(t *testing.T, s *store.Store) {
		p, e := leaver(t, s, "dana")
		some := domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: e.ID, Apps: []domain.AppID{"b", "a"}}
		one, created, err := s.CreateRun(t.Context(), some, start)
		require.NoError(t, err)
		require.True(t, created)
		some.Apps = []domain.AppID{"a", "b"}
		same, created, err := s.CreateRun(t.Context(), some, start)
		require.NoError(t, err)
		require.False(t, created)
		require.Equal(t, one.ID, same.ID)
		full, created := again(t, s, one)
		require.True(t, created)
		require.NotEqual(t, one.ID, full.ID)
		record(t, s, domain.Entry{Run: one.ID, RunState: domain.RunClosed})
		_, created, err = s.CreateRun(t.Context(), some, start)
		require.NoError(t, err)
		require.True(t, created, "a closed run for some apps may be followed by another")
	},
	"a run without an employment brings its id": func(t *testing.T, s *store.Store) {
		run := domain.Run{ID: "seat-release:apollo:2027-01-31", Kind: domain.RunSeatRelease, AllApps: true}
		_, created, err := s.CreateRun(t.Context(), run, start)
		require.NoError(t, err)
		require.True(t, created)
		_, created, err = s.CreateRun(t.Context(), run, start)
		require.NoError(t, err)
		require.False(t, created)
		_, _, err = s.CreateRun(t.Context(), domain.Run{Kind: domain.RunSeatRelease}, start)
		require.Equal(t, domain.FaultInvalid, domain.KindOf(err))
	},
	"nothing is kept when the start cannot be prepared": func(t *testing.T, s *store.Store) {
		p, e := leaver(t, s, "dana")
		broken := errors.New("no policy")
		_, _, err := s.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: e.ID, AllApps: true},
			func(domain.Run) (store.RunStart, error) { return store.RunStart{}, broken })
		require.ErrorIs(t, err, broken)
		runs, err := s.ListRuns(t.Context(), store.RunFilter{})
		require.NoError(t, err)
		require.Empty(t, runs)
	},
	"an unknown employment, or another person's, is refused": func(t *testing.T, s *store.Store) {
		_, e := leaver(t, s, "dana")
		other, _ := leaver(t, s, "eli")
		_, _, err := s.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: other.ID, Employment: e.ID, AllApps: true}, start)
		require.Equal(t, domain.FaultConflict, domain.KindOf(err))
		_, _, err = s.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: other.ID, Employment: "emp-1", AllApps: true}, start)
		require.ErrorIs(t, err, domain.ErrNotFound)
	},
	"leaving is what another open run says": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		for _, c := range []struct {
			except string
			want   bool
		}{{"", true}, {"other", true}, {r.ID, false}} {
			got, err := s.Leaving(t.Context(), r.Person, c.except)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		}
		record(t, s, domain.Entry{Run: r.ID, RunState: domain.RunRetracted})
		got, err := s.Leaving(t.Context(), r.Person, "")
		require.NoError(t, err)
		require.False(t, got)
	},
	"lists are filtered and paged, and hide what is confidential": func(t *testing.T, s *store.Store) {
		open, closed := leaving(t, s, "dana"), leaving(t, s, "eli")
		record(t, s, domain.Entry{Run: closed.ID, RunState: domain.RunClosed})
		p, e := leaver(t, s, "mallory")
		secret, _, err := s.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: e.ID, AllApps: true, Confidential: true,
			Requester: "boss", Readers: []domain.PersonID{"reader", p.ID}, StartedAt: noon.Add(time.Hour)}, start)
		require.NoError(t, err)
		for _, c := range []struct {
			f    store.RunFilter
			want int
		}{
			{store.RunFilter{}, 3}, {store.RunFilter{Open: true}, 2}, {store.RunFilter{State: domain.RunClosed}, 1},
			{store.RunFilter{Person: open.Person}, 1}, {store.RunFilter{Employment: e.ID}, 1}, {store.RunFilter{Kind: domain.RunSeatRelease}, 0},
			{store.RunFilter{Viewer: "boss"}, 3}, {store.RunFilter{Viewer: "reader"}, 3}, {store.RunFilter{Viewer: p.ID}, 2}, {store.RunFilter{Viewer: "other"}, 2},
			{store.RunFilter{Limit: 2}, 2},
			{store.RunFilter{BeforeStart: secret.StartedAt, BeforeID: secret.ID}, 2},
		} {
			got, err := s.ListRuns(t.Context(), c.f)
			require.NoError(t, err)
			require.Len(t, got, c.want, "%+v", c.f)
		}
		lines, err := s.Audit(t.Context(), store.AuditFilter{Viewer: p.ID})
		require.NoError(t, err)
		require.Len(t, lines, 2)
		lines, err = s.Audit(t.Context(), store.AuditFilter{Viewer: "reader"})
		require.NoError(t, err)
		require.Len(t, lines, 3)
	},
}

func again(t *testing.T, s *store.Store, first domain.Run) (domain.Run, bool) {
	t.Helper()
	r, created, err := s.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: first.Person, Employment: first.Employment, AllApps: true}, start)
	require.NoError(t, err)
	return r, created
}
