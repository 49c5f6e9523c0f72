package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

func (w *joinWorld) opens(step domain.StepKey) error {
	in := activities.TaskInput{StepRef: w.ref(step), Kind: domain.KindManual, To: []domain.PersonID{"p-ada"}, Task: domain.Task{ID: w.run.ID + ":" + string(step), Run: w.run.ID, App: app,
		Steps: []domain.StepKey{step}, Title: "Do it", Owner: "p-ada", Subject: w.run.Person, State: domain.TaskOpen, OpenedAt: w.Now()}}
	_, err := w.OpenTask(w.t.Context(), in)
	return err
}

// An app that shows nobody is never called: what asks a person refuses in its place.
// What takes something away is asked for all the same.
func TestNobodyIsAskedToGiveALeaverSomething(t *testing.T) {
	t.Parallel()
	for _, state := range []domain.PersonState{domain.PersonLeaving, domain.PersonLeft} {
		w := newJoinWorld(t)
		w.club.hidden = true
		w.stands(state)
		for _, step := range []domain.StepKey{domain.StepInvite, domain.StepOpenSignIn, domain.StepRole} {
			err := w.opens(step)
			require.Equal(t, domain.FaultConflict, kindOf(t, err), step)
			require.Contains(t, err.Error(), "leaving or has left")
			require.NotContains(t, err.Error(), dana)
		}
		require.NoError(t, w.opens(domain.StepRevoke))
		require.NoError(t, w.opens(domain.StepFindSeat))
		require.Len(t, w.events(domain.EventTaskOpened), 2)
		w.stands(domain.PersonActive)
		require.NoError(t, w.opens(domain.StepInvite))
	}
}

// A link that was out when somebody left is accepted afterwards: the account is found
// and on record, and nothing is verified or granted.
func TestAnInviteThatALeaverAcceptsGrantsNothing(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	_, err := w.SendInvite(t.Context(), w.invite(1))
	require.NoError(t, err)
	w.stands(domain.PersonLeft)
	r, err := w.SettleJoin(t.Context(), w.invite(1))
	require.NoError(t, err)
	require.True(t, r.Left, "the link can be taken back")
	require.Equal(t, domain.InvitePending, w.kept().State)
	id := w.club.member(dana, seller)
	for range 2 {
		w.clock.advance(time.Hour)
		r, err = w.SettleJoin(t.Context(), w.invite(1))
		require.NoError(t, err)
		require.Equal(t, []any{true, domain.MemberActive}, []any{r.Left, r.State})
	}
	require.Equal(t, domain.InviteAccepted, w.kept().State)
	require.Len(t, w.events(domain.EventInviteAccepted), 1)
	require.Equal(t, domain.StepDoneUnverified, w.step(domain.StepInvite).State)
	require.Equal(t, domain.StepNeedsAttention, w.step(domain.StepAccept).State)
	linked, err := w.store.AccountLink(t.Context(), app, w.run.Person)
	require.NoError(t, err)
	require.Equal(t, id, linked)

	in := activities.GrantInput{StepRef: w.ref(domain.StepBookSeat), Role: seller, Account: id, Until: w.Now().Add(time.Hour), LetsIn: true}
	_, err = w.GrantAccess(t.Context(), in)
	require.Equal(t, domain.FaultConflict, kindOf(t, err))
	require.NotContains(t, err.Error(), dana)
	require.Empty(t, w.events(domain.EventAccessGranted))
	ends, err := w.store.Grants(t.Context())
	require.NoError(t, err)
	require.Empty(t, ends)

	w.stands(domain.PersonActive) // hired again
	r, err = w.SettleJoin(t.Context(), w.invite(1))
	require.NoError(t, err)
	require.False(t, r.Left)
	require.Equal(t, domain.StepVerified, w.step(domain.StepAccept).State)
	_, err = w.GrantAccess(t.Context(), in)
	require.NoError(t, err)
	require.Len(t, w.events(domain.EventAccessGranted), 1)
}

// Whoever is only about to leave has their access until then, and a hire that follows
// another employment goes on.
func TestWhoeverHasNotLeftIsLetIn(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(w *joinWorld){
		"about to leave": func(w *joinWorld) { w.stands(domain.PersonLeaving) },
		"HR's next hire": func(w *joinWorld) {
			w.run = w.begins(domain.Run{Kind: domain.RunOnboarding, Person: w.run.Person, Employment: w.employed(), Authority: domain.AuthorityHR})
			w.stands(domain.PersonLeft)
		},
	} {
		w := newJoinWorld(t)
		make(w)
		id := w.club.member(dana, seller)
		r, err := w.SettleJoin(t.Context(), w.invite(1))
		require.NoError(t, err)
		require.False(t, r.Left, name)
		require.Equal(t, domain.StepVerified, w.step(domain.StepAccept).State, name)
		w.grant(activities.GrantInput{Role: seller, Account: id, LetsIn: true})
		require.Len(t, w.events(domain.EventAccessGranted), 1, name)
	}
}
