package domain_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func TestUnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	all := []domain.Tri{domain.Yes, domain.No, domain.Unknown, ""}
	for _, a := range all {
		for _, b := range all {
			got := a.And(b)
			require.Equal(t, got, b.And(a), "%q and %q", a, b)
			switch {
			case a == domain.No || b == domain.No:
				require.Equal(t, domain.No, got)
			case a == domain.Yes && b == domain.Yes:
				require.Equal(t, domain.Yes, got)
			default:
				require.Equal(t, domain.Unknown, got, "%q and %q", a, b)
			}
		}
	}
	require.True(t, domain.TriOf(false).Known())
	require.False(t, domain.Unknown.Known())
	require.False(t, domain.Tri("").Known(), "what was never read is not known")
}

func TestASecretIsNeverShown(t *testing.T) {
	t.Parallel()
	const value = "hunter2"
	s := domain.Secret(value)
	text, err := json.Marshal(map[string]any{"key": s})
	require.NoError(t, err)
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), fmt.Sprintf("%#v", struct{ S domain.Secret }{s}), string(text)} {
		require.NotContains(t, shown, value)
	}
	require.Equal(t, value, string(s), "where it is used it is there")
}

func TestEmails(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"dana@example.com", " Dana.Reyes+x@mail.example.co ", "d@e.fr"} {
		require.True(t, domain.LooksLikeEmail(good), good)
	}
	for _, bad := range []string{"", "dana", "@example.com", "dana@", "dana@example", "da na@example.com", "Dana <dana@example.com>", "a@b.c,d@e.f", "a@b.c\nx@y.z"} {
		require.False(t, domain.LooksLikeEmail(bad), bad)
	}
	require.Equal(t, "dana@example.com", domain.NormalEmail(" Dana@Example.COM "))
	l := domain.Listing{Accounts: []domain.Account{{ID: "1", Email: "DANA@example.com "}, {ID: "2", Email: "eli@example.com"}, {ID: "3", Email: "dana@example.com"}}}
	require.Len(t, l.ByEmail("dana@Example.com"), 2)
	require.Empty(t, l.ByEmail("nobody@example.com"))
}

func TestAConfidentialRunIsSeenByThoseNamed(t *testing.T) {
	t.Parallel()
	run := domain.Run{Person: "dana", Requester: "rita", Readers: []domain.PersonID{"sec", "dana"}, Confidential: true}
	require.True(t, run.VisibleTo(domain.Person{ID: "rita"}))
	require.True(t, run.VisibleTo(domain.Person{ID: "sec"}))
	require.False(t, run.VisibleTo(domain.Person{ID: "dana", Roles: []domain.Role{domain.RoleAdmin}}), "the leaver never, even when named")
	require.False(t, run.VisibleTo(domain.Person{ID: "ada", Roles: []domain.Role{domain.RoleAdmin, domain.RoleAuditor}}))
	run.Confidential = false
	require.True(t, run.VisibleTo(domain.Person{ID: "ada"}))
}

func TestFaults(t *testing.T) {
	t.Parallel()
	cause := errors.New("dana@example.com was refused")
	f := domain.NewFault(domain.FaultForbidden, "contacts.update_owners", "apollo", "the key may not write contacts", cause)
	wrapped := fmt.Errorf("move records: %w", f)
	require.Equal(t, domain.FaultForbidden, domain.KindOf(wrapped))
	require.ErrorIs(t, wrapped, cause)
	require.NotContains(t, wrapped.Error(), "dana", "a cause may quote what is personal")
	require.Equal(t, "contacts.update_owners in apollo: forbidden: the key may not write contacts", f.Error())
	require.Equal(t, domain.FaultInternal, domain.KindOf(cause))
	require.ErrorIs(t, domain.NewFault(domain.FaultNotFound, "user.read", "", "no such user", nil), domain.ErrNotFound)
	require.NotErrorIs(t, wrapped, domain.ErrNotFound)
	passing := map[domain.FaultKind]bool{domain.FaultRateLimited: true, domain.FaultUnavailable: true, domain.FaultInternal: true}
	for _, k := range []domain.FaultKind{domain.FaultInvalid, domain.FaultNotFound, domain.FaultConflict, domain.FaultUnauthenticated, domain.FaultForbidden,
		domain.FaultRateLimited, domain.FaultUnavailable, domain.FaultUnsupported, domain.FaultInternal} {
		require.Equal(t, passing[k], k.Retryable(), k)
	}
}

func TestTasks(t *testing.T) {
	t.Parallel()
	task := domain.Task{Owner: "ada", Backup: "bo", Subject: "dana", Attest: true, State: domain.TaskOpen}
	refused := func(r *domain.Refusal) string {
		if r == nil {
			return ""
		}
		return r.Code
	}
	admins := []domain.PersonID{"ida", "dana"}
	require.Empty(t, refused(task.CheckDone("ada", "", admins, "a link")))
	require.Empty(t, refused(task.CheckDone("bo", "", admins, "a link")))
	require.Empty(t, refused(task.CheckDone("ida", "", admins, "a link")))
	require.Equal(t, domain.RefusedReason, refused(task.CheckDone("ada", "", admins, "")))
	require.Equal(t, domain.RefusedNotApprover, refused(task.CheckDone("eve", "", admins, "a link")))
	require.Equal(t, domain.RefusedSelf, refused(task.CheckDone("dana", "", admins, "a link")), "even as an admin")
	require.Equal(t, domain.RefusedState, refused(task.CheckConfirm("bo")), "nobody said done")
	task.State, task.DoneBy = domain.TaskDone, "ada"
	require.Equal(t, domain.RefusedSecond, refused(task.CheckConfirm("ada")))
	require.Equal(t, domain.RefusedSelf, refused(task.CheckConfirm("dana")))
	require.Empty(t, refused(task.CheckConfirm("bo")))
	task.State = domain.TaskSettled
	require.Equal(t, domain.RefusedSettled, refused(task.CheckDone("ada", "", admins, "a link")))
}

func TestTheRunbookIsWhole(t *testing.T) {
	t.Parallel()
	_, ok := domain.RunbookFor("nothing")
	require.False(t, ok)
	for _, kind := range domain.Kinds() {
		book, ok := domain.RunbookFor(kind)
		require.True(t, ok)
		require.Equal(t, kind, book.Kind)
		wholeRunbook(t, book)
	}
}

func wholeRunbook(t *testing.T, book domain.Runbook) {
	seen := map[domain.StepKey]bool{}
	phases := []domain.Phase{domain.PhaseCutOff, domain.PhaseProtect, domain.PhaseHandover, domain.PhaseSecrets, domain.PhaseSeats, domain.PhaseSweep}
	for _, s := range book.Steps {
		require.Contains(t, phases, s.Phase)
		require.False(t, seen[s.Key], "%s stands twice", s.Key)
		seen[s.Key] = true
		found, ok := book.Step(s.Key)
		require.True(t, ok)
		require.Equal(t, s, found)
		require.NotEmpty(t, s.Title)
		if s.Capability == domain.CanMoveRecords {
			byKind, ok := book.ByKind(s.Kind)
			require.True(t, ok)
			require.Equal(t, s.Key, byKind.Key)
			continue
		}
		atWork := s.Phase != domain.PhaseSeats && s.Phase != domain.PhaseSweep
		require.Equal(t, atWork, s.Instruction != "", "%s: what may fall to a person says how", s.Key)
	}
}

func TestThePolicysWordsInARunbook(t *testing.T) {
	t.Parallel()
	book, _ := domain.RunbookFor(domain.KindManual)
	plain := book.With(nil, false)
	require.Equal(t, []domain.StepKey{domain.StepDeactivate}, plain.Keys(), "an optional step needs words")
	own := book.With(map[domain.StepKey]string{domain.StepHandOver: "move the vaults"}, false)
	require.Equal(t, []domain.StepKey{domain.StepDeactivate, domain.StepHandOver}, own.Keys())
	step, _ := own.Step(domain.StepHandOver)
	require.Equal(t, "move the vaults", step.Instruction)
	require.Equal(t, book, book.Only(nil))
	connected := book.With(nil, true)
	require.Equal(t, []domain.StepKey{domain.StepSignIn, domain.StepDeactivate}, connected.Keys())
	by, _ := book.With(map[domain.StepKey]string{domain.StepSignIn: "in Google's console"}, false).Step(domain.StepSignIn)
	require.Equal(t, domain.ReadBackNone, by.ReadBack, "no provider is connected that could show it")
	require.Equal(t, plain, book.Only(plain.Keys()))
}

// Who shows nobody proves nothing, and holds nobody up.
func TestAListThatIsHidden(t *testing.T) {
	t.Parallel()
	l := domain.Listing{Hidden: true, Complete: true}
	require.Equal(t, domain.PresenceUnknown, l.AccountPresence("a"))
	guard := domain.CheckSoleAdmin(l, nil, "a", begin)
	require.Equal(t, domain.GuardWarn, guard.State)
	require.Contains(t, guard.Why, "looks first")
}

func TestTimeToCutOffIsCountedFromTheLastMoment(t *testing.T) {
	t.Parallel()
	c := domain.CutOffTime{Due: begin, VerifiedAt: begin.Add(7 * time.Minute)}
	require.Equal(t, 7*time.Minute, c.Elapsed())
	c.VerifiedAt = begin.Add(-time.Hour)
	require.Equal(t, -time.Hour, c.Elapsed(), "ended before")
}
