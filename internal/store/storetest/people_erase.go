package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

var eraseTests = map[string]func(t *testing.T, s *store.Store){
	"nobody is found any more and the chains stay whole": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		e := full(r)
		e.Snapshot.Account.Email, e.Snapshot.Account.Name = "dana@example.com", "Dana Reyes"
		e.Snapshot.Mailboxes = []domain.Mailbox{{ID: "m1", Address: "dana@example.com"}}
		e.Tasks[0].Instructions = []string{"unlink dana@example.com"}
		e.Approvals[0].Decisions = []domain.Decision{{Actor: "eli", Verdict: domain.Approve, Reason: "Dana agreed"}}
		e.Events[0].Reason = "Dana asked for it"
		e.Notices = []domain.Notice{{ID: "n-erase", Run: r.ID, Kind: "needs-attention", To: []domain.PersonID{"eli"}, Text: "Dana's list is cut short", At: noon}}
		e.Pictures = []domain.StepPicture{{Run: r.ID, App: "apollo", Step: "deactivate", Play: "p1", Number: 1, SHA256: "aa", PNG: []byte{1}}}
		record(t, s, e)
		chat := store.ChatUser{Team: "T1", User: "U1"}
		_, err := s.BindChat(t.Context(), chat, r.Person)
		require.NoError(t, err)
		require.NoError(t, s.SetGroup(t.Context(), "S1", []domain.PersonID{r.Person, "eli"}))
		soon := time.Now().Add(time.Hour)
		require.NoError(t, s.AddAbsence(t.Context(), domain.Absence{ID: "x1", Person: r.Person, Substitute: "eli", From: time.Now(), Until: soon}, setEvent("x1")))
		require.NoError(t, s.AddAbsence(t.Context(), domain.Absence{ID: "x2", Person: somebody(t, s, "ada"), Substitute: r.Person, From: time.Now(), Until: soon}, setEvent("x2")))
		err = s.ErasePerson(t.Context(), r.Person)
		require.Equal(t, domain.FaultConflict, domain.KindOf(err), "the run is open")
		record(t, s, domain.Entry{Run: r.ID, RunState: domain.RunClosed, RunWhy: "for Dana"})
		before := whole(t, s, r.ID)
		require.NoError(t, s.ErasePerson(t.Context(), r.Person))

		after := whole(t, s, r.ID)
		require.Equal(t, before[1].Hash, after[1].Hash)
		require.Equal(t, "Dana asked for it", before[1].Event.Reason)
		require.Empty(t, after[1].Event.Reason)
		require.NotEmpty(t, after[1].Event.ReasonHash)
		p, err := s.Person(t.Context(), r.Person)
		require.NoError(t, err)
		require.Equal(t, domain.Person{ID: r.Person, State: domain.PersonActive}, p)
		_, err = s.PersonByEmail(t.Context(), "dana@example.com")
		require.ErrorIs(t, err, domain.ErrNotFound)
		proofs, err := s.PersonProofs(t.Context(), r.Person)
		require.NoError(t, err)
		require.True(t, proofs[0].Erased())
		require.NotEmpty(t, proofs[0].Commitment)
		snap, err := s.Snapshot(t.Context(), r.ID, "apollo")
		require.NoError(t, err)
		require.Equal(t, domain.Account{ID: "a1"}, snap.Account)
		require.Empty(t, snap.Mailboxes[0].Address)
		task, err := s.Task(t.Context(), "t1")
		require.NoError(t, err)
		require.Empty(t, task.Instructions)
		a, err := s.Approval(t.Context(), "a1")
		require.NoError(t, err)
		require.Empty(t, a.Decisions[0].Reason)
		_, err = s.PersonByChat(t.Context(), chat)
		require.ErrorIs(t, err, domain.ErrNotFound)
		members, err := s.Group(t.Context(), "S1")
		require.NoError(t, err)
		require.Equal(t, []domain.PersonID{"eli"}, members)
		pictures, err := s.Pictures(t.Context(), r.ID, domain.StepPicture{}, 10)
		require.NoError(t, err)
		require.Empty(t, pictures)
		away, err := s.Absences(t.Context(), time.Now())
		require.NoError(t, err)
		require.Empty(t, away)
		notices, err := s.ListNotices(t.Context(), store.NoticeFilter{Run: r.ID})
		require.NoError(t, err)
		for _, n := range notices {
			require.Empty(t, n.Notice.Text)
		}
		require.NotEmpty(t, notices)
		input, err := s.RunInput(t.Context(), r.ID)
		require.NoError(t, err)
		require.Empty(t, input)
		_, err = s.EmploymentByKey(t.Context(), "emp-dana")
		require.ErrorIs(t, err, domain.ErrNotFound)
	},
	"whoever comes back is a new person": func(t *testing.T, s *store.Store) {
		p, _ := leaver(t, s, "dana")
		require.NoError(t, s.ErasePerson(t.Context(), p.ID))
		next, e := leaver(t, s, "dana")
		require.NotEqual(t, p.ID, next.ID)
		require.Equal(t, next.ID, e.Person)
		require.NoError(t, s.ErasePerson(t.Context(), next.ID), "two erased people share no email")
		require.ErrorIs(t, s.ErasePerson(t.Context(), "nobody"), domain.ErrNotFound)
	},
}

var tokenTests = map[string]func(t *testing.T, s *store.Store){
	"a token is its person's until it ends": func(t *testing.T, s *store.Store) {
		p, _ := leaver(t, s, "dana")
		token, plain, err := s.IssueToken(t.Context(), "admin", p.ID, "laptop", time.Time{})
		require.NoError(t, err)
		require.Regexp(t, `^hov_[a-z2-7]{42}$`, plain)
		got, err := s.PersonByToken(t.Context(), plain)
		require.NoError(t, err)
		require.Equal(t, p, got)
		for _, wrong := range []string{"", plain + "x", token.ID} {
			_, err = s.PersonByToken(t.Context(), wrong)
			require.ErrorIs(t, err, domain.ErrNotFound)
		}
		_, expired, err := s.IssueToken(t.Context(), "admin", p.ID, "old", time.Now().Add(-time.Second))
		require.NoError(t, err)
		_, err = s.PersonByToken(t.Context(), expired)
		require.ErrorIs(t, err, domain.ErrNotFound)
		for range 2 {
			require.NoError(t, s.RevokeToken(t.Context(), "admin", token.ID))
		}
		_, err = s.PersonByToken(t.Context(), plain)
		require.ErrorIs(t, err, domain.ErrNotFound)
		all, err := s.Tokens(t.Context(), p.ID)
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.Len(t, whole(t, s, ""), 3)
		_, _, err = s.IssueToken(t.Context(), "admin", "nobody", "", time.Time{})
		require.ErrorIs(t, err, domain.ErrNotFound)
	},
	"a policy that comes into force is one event": func(t *testing.T, s *store.Store) {
		for _, hash := range []string{"a", "b", "a"} {
			allFine(t, together(4, func(int) error { return s.NotePolicy(t.Context(), hash, "text of "+hash) }))
		}
		var said []string
		for _, e := range whole(t, s, "") {
			said = append(said, e.Event.From+">"+e.Event.To)
		}
		require.Equal(t, []string{">a", "a>b", "b>a"}, said)
		body, err := s.PolicyText(t.Context(), "b")
		require.NoError(t, err)
		require.Equal(t, "text of b", body)
	},
	"settings are kept": func(t *testing.T, s *store.Store) {
		value, err := s.Setting(t.Context(), "anchor")
		require.NoError(t, err)
		require.Empty(t, value)
		require.NoError(t, s.SetSetting(t.Context(), "anchor", "1"))
		require.NoError(t, s.SetSetting(t.Context(), "anchor", "2"))
		value, err = s.Setting(t.Context(), "anchor")
		require.NoError(t, err)
		require.Equal(t, "2", value)
	},
	"a pack is noted once for the same bytes": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		for range 2 {
			require.NoError(t, s.NotePack(t.Context(), r.ID, "/packs/a", "abc"))
		}
		got, err := s.Run(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, "/packs/a", got.EvidencePath)
		require.Len(t, whole(t, s, r.ID), 2)
		require.ErrorIs(t, s.NotePack(t.Context(), "none", "/x", "abc"), domain.ErrNotFound)
	},
}
