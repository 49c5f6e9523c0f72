package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// memberList is a list of the app "space" with rows by email.
func memberList(id string, readAt time.Time, emails ...string) domain.MemberList {
	l := domain.MemberList{ID: id, App: "space", ReadAt: readAt, UploadedAt: readAt.Add(time.Minute), UploadedBy: "ada", Members: len(emails)}
	for i, email := range emails {
		l.Rows = append(l.Rows, domain.MemberRow{Line: i + 2, Email: email, Name: "N", Role: domain.SpaceMember})
	}
	return l
}

// keepMembers identifies and keeps a list after another.
func keepMembers(t *testing.T, s *store.Store, l domain.MemberList, after string) domain.MemberList {
	t.Helper()
	require.NoError(t, s.IdentifyMembers(t.Context(), l.App, l.Rows))
	e := domain.AuditEvent{Key: "members/" + l.ID, Kind: domain.EventMemberList, Actor: "ada", App: l.App, At: l.UploadedAt}
	require.NoError(t, s.AddMemberList(t.Context(), l, after, domain.Entry{Events: []domain.AuditEvent{e}}))
	return l
}

func accounts(rows []domain.MemberRow) map[string]domain.AccountID {
	found := map[string]domain.AccountID{}
	for _, r := range rows {
		found[r.Email] = r.Account
	}
	return found
}

var memberTests = map[string]func(t *testing.T, s *store.Store){
	"no list": func(t *testing.T, s *store.Store) {
		l, err := s.NewestMemberList(t.Context(), "space")
		require.NoError(t, err)
		require.Equal(t, domain.MemberList{App: "space"}, l)
	},
	"a list is kept whole, the newest is found, and those before it stay": func(t *testing.T, s *store.Store) {
		first := memberList("l1", noon.Truncate(time.Microsecond), "x@example.com")
		first.Rows[0].Pending, first.Rows[0].SentAt, first.Rows[0].ExpiresAt = true, noon.Truncate(time.Microsecond), noon.Truncate(time.Microsecond).AddDate(0, 0, 7)
		first = keepMembers(t, s, first, "")
		got, err := s.NewestMemberList(t.Context(), "space")
		require.NoError(t, err)
		require.Equal(t, first, got)
		keepMembers(t, s, memberList("l2", noon.Add(time.Hour), "y@example.com"), "l1")
		history, err := s.MemberLists(t.Context(), "space", 0)
		require.NoError(t, err)
		require.Equal(t, []string{"l2", "l1"}, []string{history[0].ID, history[1].ID})
		rows, err := s.MemberRows(t.Context(), "l1")
		require.NoError(t, err)
		require.Equal(t, first.Rows, rows)
		require.Len(t, whole(t, s, ""), 2)
	},
	"of two uploaded at once one is kept": func(t *testing.T, s *store.Store) {
		keepMembers(t, s, memberList("l0", noon, "x@example.com"), "")
		errs := together(4, func(i int) error {
			l := memberList(fmt.Sprintf("l%d", i+1), noon.Add(time.Hour), "x@example.com")
			if err := s.IdentifyMembers(t.Context(), l.App, l.Rows); err != nil {
				return err
			}
			return s.AddMemberList(t.Context(), l, "l0", domain.Entry{})
		})
		kept := 0
		for _, err := range errs {
			if err == nil {
				kept++
				continue
			}
			require.Equal(t, domain.FaultConflict, domain.KindOf(err))
		}
		require.Equal(t, 1, kept)
	},
	"many rows, and apps apart": func(t *testing.T, s *store.Store) {
		var emails []string
		for i := range 1203 {
			emails = append(emails, name(i)+"@example.com")
		}
		keepMembers(t, s, memberList("l1", noon, emails...), "")
		other := memberList("o1", noon, "n00001@example.com")
		other.App = "other"
		keepMembers(t, s, other, "")
		l, err := s.NewestMemberList(t.Context(), "space")
		require.NoError(t, err)
		require.Len(t, l.Rows, 1203)
		o, err := s.NewestMemberList(t.Context(), "other")
		require.NoError(t, err)
		require.NotEqual(t, accounts(l.Rows)["n00001@example.com"], o.Rows[0].Account)
	},
	"an account is the same in every list": func(t *testing.T, s *store.Store) {
		p := somebody(t, s, "dana")
		first := keepMembers(t, s, memberList("l1", noon, "dana@example.com", "stranger@example.com"), "")
		second := keepMembers(t, s, memberList("l2", noon.Add(time.Hour), "STRANGER@example.com", "dana@example.com"), "l1")
		require.Equal(t, domain.PersonAccount(p), accounts(first.Rows)["dana@example.com"])
		require.Equal(t, accounts(first.Rows)["dana@example.com"], accounts(second.Rows)["dana@example.com"])
		require.Equal(t, first.Rows[1].Account, second.Rows[0].Account)
		require.NotContains(t, string(first.Rows[1].Account), "stranger")
	},
	"whom the directory meets later is that person in the list": func(t *testing.T, s *store.Store) {
		keepMembers(t, s, memberList("l1", noon, "late@example.com"), "")
		p := somebody(t, s, "late")
		l, err := s.NewestMemberList(t.Context(), "space")
		require.NoError(t, err)
		require.Equal(t, domain.PersonAccount(p), l.Rows[0].Account)
		require.Equal(t, p, l.Rows[0].Person)
	},
	"an email that somebody had once stays theirs": func(t *testing.T, s *store.Store) {
		p := somebody(t, s, "dana")
		learnt, err := s.LearnPerson(t.Context(), p, "reyes@example.com", "", domain.PersonFacts{}, noon)
		require.NoError(t, err)
		require.True(t, learnt)
		old := keepMembers(t, s, memberList("l1", noon, "dana@example.com"), "")
		require.Equal(t, domain.PersonAccount(p), old.Rows[0].Account)
		both := keepMembers(t, s, memberList("l2", noon.Add(time.Hour), "dana@example.com", "reyes@example.com"), "l1")
		require.Equal(t, domain.PersonAccount(p), both.Rows[1].Account, "the email of now counts first")
		require.NotEqual(t, both.Rows[0].Account, both.Rows[1].Account)
	},
	"who is erased is gone from every list, and the counts stay": func(t *testing.T, s *store.Store) {
		keepMembers(t, s, memberList("l0", noon, "dana@example.com", "eli@example.com"), "") // nobody knew her then
		p := somebody(t, s, "dana")
		keepMembers(t, s, memberList("l1", noon.Add(time.Hour), "dana@example.com", "eli@example.com"), "l0")
		require.NoError(t, s.ErasePerson(t.Context(), p))
		for _, id := range []string{"l0", "l1"} {
			rows, err := s.MemberRows(t.Context(), id)
			require.NoError(t, err)
			require.Len(t, rows, 2)
			require.Empty(t, rows[0].Email+rows[0].Name, id)
			require.Equal(t, "eli@example.com", rows[1].Email)
		}
	},
	"what was said about members since a moment": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		task := func(id string, steps ...domain.StepKey) domain.Task {
			return domain.Task{ID: id, Run: r.ID, App: "apollo", Steps: steps, State: domain.TaskDone, OpenedAt: noon}
		}
		said := func(key, target string, at time.Time) domain.AuditEvent {
			e := event(r, domain.EventTaskDone, key)
			e.Actor, e.Target, e.At = "eli", target, at
			return e
		}
		seen := event(r, domain.EventRoleChanged, "seen")
		seen.Actor, seen.At = domain.UnknownActor, noon.Add(3*time.Hour)
		removed := event(r, domain.EventMemberRemoved, "removed")
		removed.At = noon.Add(2 * time.Hour)
		record(t, s, domain.Entry{Run: r.ID, Tasks: []domain.Task{task("t1", domain.StepNotes, domain.StepDeactivate), task("t2", domain.StepReassign)}, Events: []domain.AuditEvent{
			said("d1", "t1", noon.Add(time.Hour)), said("d2", "t2", noon.Add(4*time.Hour)), seen, removed}})
		acts, err := s.MemberActs(t.Context(), "apollo", noon)
		require.NoError(t, err)
		require.Len(t, acts, 3, "what nobody known did is no act of ours")
		require.Equal(t, []domain.StepKey{domain.StepNotes, domain.StepDeactivate}, acts[0].Steps)
		at, err := s.MembersChangedAt(t.Context(), "apollo", noon)
		require.NoError(t, err)
		require.WithinDuration(t, noon.Add(time.Hour), at, time.Microsecond, "the other task changes no member, and events are readings")
		at, err = s.MembersChangedAt(t.Context(), "apollo", noon.Add(61*time.Minute))
		require.NoError(t, err)
		require.True(t, at.IsZero())
		last, err := s.LastMemberships(t.Context(), "apollo")
		require.NoError(t, err)
		require.WithinDuration(t, removed.At, last[r.Person].Removed, time.Microsecond)
		require.True(t, last[r.Person].Came.IsZero())
	},
}
