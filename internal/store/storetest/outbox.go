package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

var outboxTests = map[string]func(t *testing.T, s *store.Store){
	"each command is leased once": func(t *testing.T, s *store.Store) {
		const all = 200
		for i := range all {
			_, err := s.EnqueueCommand(t.Context(), store.Command{ID: name(i), Kind: store.CommandSignal, Run: "r", Payload: []byte{0, 1, 255}})
			require.NoError(t, err)
		}
		var lock sync.Mutex
		seen := map[string]int{}
		allFine(t, together(8, func(int) error {
			for {
				leased, err := s.LeaseCommands(t.Context(), 7, time.Hour)
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
	"the same click is one command": func(t *testing.T, s *store.Store) {
		c := store.Command{ID: "v1:x", Kind: store.CommandUpdate, Run: "r", Name: "decide", Payload: []byte("a")}
		first, err := s.EnqueueCommand(t.Context(), c, domain.AuditEvent{Key: "click", Kind: domain.EventDecision, Actor: "eli", At: noon})
		require.NoError(t, err)
		require.True(t, first)
		c.Payload = []byte("b")
		first, err = s.EnqueueCommand(t.Context(), c, domain.AuditEvent{Key: "click-2", Kind: domain.EventDecision, Actor: "eli", At: noon})
		require.NoError(t, err)
		require.False(t, first)
		got, err := s.Command(t.Context(), "v1:x")
		require.NoError(t, err)
		require.Equal(t, "a", string(got.Payload))
		require.Equal(t, "decide", got.Name)
		require.Len(t, whole(t, s, ""), 1)
		_, err = s.Command(t.Context(), "v1:y")
		require.ErrorIs(t, err, domain.ErrNotFound)
	},
	"nothing of a run goes out before its start": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		_, err := s.EnqueueCommand(t.Context(), store.Command{ID: "u1", Kind: store.CommandUpdate, Run: r.ID})
		require.NoError(t, err)
		leased, err := s.LeaseCommands(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, leased, 1)
		require.Equal(t, store.CommandStart, leased[0].Kind)
		leased, err = s.LeaseCommands(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Empty(t, leased)
		require.NoError(t, s.CommandDone(t.Context(), "start/"+r.ID, nil, domain.Entry{}))
		leased, err = s.LeaseCommands(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, leased, 1)
		require.Equal(t, "u1", leased[0].ID)
		require.Equal(t, 1, leased[0].Attempts)
	},
	"the leases of a process that died are given back": func(t *testing.T, s *store.Store) {
		leaving(t, s, "dana")
		leased, err := s.LeaseCommands(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, leased, 1)
		_, err = s.KeepClick(t.Context(), store.Click{ID: "c", Body: []byte("{}")})
		require.NoError(t, err)
		clicks, err := s.LeaseClicks(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, clicks, 1)
		require.NoError(t, s.ReleaseLeases(t.Context()))
		leased, err = s.LeaseCommands(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, leased, 1)
		clicks, err = s.LeaseClicks(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, clicks, 1, "nobody waits a minute for what they clicked before a restart")
	},
	"an answer and what follows from it are one": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		id := "start/" + r.ID
		bad := domain.Entry{Run: r.ID, RunState: domain.RunWaiting, Events: []domain.AuditEvent{{Run: r.ID, At: noon}}} // no key: refused
		require.Error(t, s.CommandDone(t.Context(), id, []byte("x"), bad))
		c, err := s.Command(t.Context(), id)
		require.NoError(t, err)
		require.False(t, c.Done())
		good := domain.Entry{Run: r.ID, RunState: domain.RunWaiting, Events: []domain.AuditEvent{event(r, domain.EventRunRescheduled, "r")}}
		require.NoError(t, s.CommandDone(t.Context(), id, []byte("x"), good))
		require.NoError(t, s.CommandDone(t.Context(), id, []byte("y"), domain.Entry{Run: r.ID, RunState: domain.RunRunning}))
		c, err = s.Command(t.Context(), id)
		require.NoError(t, err)
		require.True(t, c.Done())
		require.Equal(t, "x", string(c.Result))
		run, err := s.Run(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, domain.RunWaiting, run.State)
		require.ErrorIs(t, s.CommandDone(t.Context(), "none", nil, domain.Entry{}), domain.ErrNotFound)
		require.NoError(t, s.CommandFailed(t.Context(), id, time.Now(), "late"))
		require.ErrorIs(t, s.CommandFailed(t.Context(), "none", time.Now(), ""), domain.ErrNotFound)
	},
	"a lease that ends is leased again, a failure waits": func(t *testing.T, s *store.Store) {
		_, err := s.EnqueueCommand(t.Context(), store.Command{ID: "c", Kind: store.CommandSignal, Run: "r"})
		require.NoError(t, err)
		lease := func() int {
			leased, err := s.LeaseCommands(t.Context(), 10, -time.Second)
			require.NoError(t, err)
			return len(leased)
		}
		require.Equal(t, 1, lease())
		require.Equal(t, 1, lease(), "whoever took it died")
		require.NoError(t, s.CommandFailed(t.Context(), "c", time.Now().Add(time.Hour), "no answer"))
		require.Zero(t, lease())
		waiting, oldest, err := s.OutboxDepth(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, waiting)
		require.True(t, oldest.After(time.Now()))
		c, err := s.Command(t.Context(), "c")
		require.NoError(t, err)
		require.Equal(t, "no answer", c.LastError)
		require.Equal(t, 2, c.Attempts)
	},
	"each recipient of a notice is one delivery": func(t *testing.T, s *store.Store) {
		n := domain.Notice{ID: "n", Run: "r", Kind: "remind", About: "a1", To: []domain.PersonID{"eli", "frank"}, At: noon.Truncate(time.Microsecond)}
		record(t, s, domain.Entry{Run: "r", Notices: []domain.Notice{n}})
		record(t, s, domain.Entry{Run: "r", Notices: []domain.Notice{n, {ID: "ops", Run: "r", Kind: "app-paused", At: noon}}})
		leased, err := s.LeaseNotices(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, leased, 3)
		require.NoError(t, s.NoticeSent(t.Context(), "n", "eli", "C1/123", false, 0))
		require.NoError(t, s.NoticeFailed(t.Context(), "n", "frank", time.Now().Add(-time.Second), "slack is down", true))
		leased, err = s.LeaseNotices(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, leased, 1)
		require.Equal(t, domain.PersonID("frank"), leased[0].Person)
		require.Equal(t, n, leased[0].Notice)
		require.Equal(t, 2, leased[0].Attempts)
		sent, err := s.ListNotices(t.Context(), store.NoticeFilter{Person: "eli", About: "a1"})
		require.NoError(t, err)
		require.Len(t, sent, 1)
		require.Equal(t, "C1/123", sent[0].Ref)
		require.False(t, sent[0].SentAt.IsZero())
	},
}
