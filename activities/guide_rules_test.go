package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/apollo"
	sim "handover/internal/sim/apollo"
)

// The events of membership say who did it, to whom, with which role, when, on whose
// word and in whose name.
func TestTheEventsOfMembershipAreWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := domain.AppRole{Key: sim.ProfileStandard, Name: "Non-Admin", Admin: domain.No, FullSeat: domain.Yes}
	in := activities.InviteInput{StepRef: w.ref(domain.StepInvite), Kind: domain.KindApolloIO, Invite: w.run.ID + ":apollo", Link: 1, Role: role, State: domain.InvitePending,
		Channel: domain.ChannelPerson, By: "p-inviter", For: "p-asker", Approved: []domain.PersonID{"p-manager"}, SentAt: w.Now(), Life: 7 * 24 * time.Hour}
	one := func(kind domain.EventKind) domain.AuditEvent {
		t.Helper()
		found := w.events(kind)
		require.Len(t, found, 1, kind)
		require.Equal(t, []any{w.run.Person, app, w.clock.Now()}, []any{found[0].Subject, found[0].App, found[0].At}, kind)
		return found[0]
	}
	_, err := w.NoteInvite(t.Context(), in)
	require.NoError(t, err)
	sent := one(domain.EventInviteSent)
	require.Equal(t, []any{domain.PersonID("p-inviter"), domain.PersonID("p-asker"), "Non-Admin"}, []any{sent.Actor, sent.ActingFor, sent.To})
	require.Equal(t, "p-manager", sent.Facts["approved_by"])

	w.clock.advance(time.Hour)
	_, err = w.SettleJoin(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, w.run.Person, one(domain.EventInviteAccepted).Actor, "whoever was invited accepts")

	w.clock.advance(time.Hour)
	in.State, in.By, in.Reason = domain.InviteRevoked, "p-canceller", "they do not come"
	_, err = w.NoteInvite(t.Context(), in)
	require.NoError(t, err)
	revoked := one(domain.EventInviteRevoked)
	require.Equal(t, []any{domain.PersonID("p-canceller"), "they do not come"}, []any{revoked.Actor, revoked.Reason})

	w.clock.advance(time.Hour)
	require.NoError(t, w.sim.SetProfile(dana, sim.ProfileAdmin))
	change := activities.RoleInput{StepRef: w.ref(domain.StepRole), Account: w.id(dana), From: role, To: domain.AppRole{Key: sim.ProfileAdmin, Name: "Admin", Admin: domain.Yes},
		For: "p-asker", Approved: []domain.PersonID{"p-manager", "p-security"}}
	result, err := w.ChangeRole(t.Context(), change)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, result.Outcome)
	changed := one(domain.EventRoleChanged)
	require.Equal(t, []string{"Non-Admin", "Admin"}, []string{changed.From, changed.To})
	require.Equal(t, domain.PersonID("p-asker"), changed.ActingFor)
	require.Equal(t, "p-manager,p-security", changed.Facts["approved_by"])
}

// A leaver whose user is gone is an event that names who did it, also where people
// did it by hand.
func TestARemovalIsAnEventThatNamesWhoDidIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.snapshot(w.snapshotInput())
	require.NoError(t, w.sim.Deactivate(dana))
	state, _ := w.readBack(activities.ReadBackInput{DoneBy: "p-admin"}, domain.StepDeactivate)
	require.Equal(t, domain.StepVerified, state)
	removed := w.events(domain.EventMemberRemoved)
	require.Len(t, removed, 1)
	require.Equal(t, []domain.PersonID{"p-admin", w.run.Person}, []domain.PersonID{removed[0].Actor, removed[0].Subject})
}

// Whoever was in the app before gets their user back: nobody invites them, and no
// second user is made.
func TestSomebodyWhoWasDeactivatedIsGivenBackAndNotInvited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM)
	require.NoError(t, w.sim.Deactivate(dana))
	before := w.sim.Counts().PerEndpoint["scim/v2/users/create"]
	in := activities.InviteInput{StepRef: w.ref(domain.StepInvite), Kind: domain.KindApolloIO, Invite: w.run.ID + ":apollo", Link: 1, State: domain.InvitePending,
		Role: domain.AppRole{Key: sim.ProfileStandard, Name: "Non-Admin", FullSeat: domain.Yes}, By: domain.SystemActor, SentAt: w.Now()}
	_, err := w.SendInvite(t.Context(), in)
	require.NoError(t, err)
	listing, err := w.apollo.ListAccounts(t.Context())
	require.NoError(t, err)
	require.Equal(t, domain.Present, listing.AccountPresence(w.id(dana)))
	require.Len(t, listing.ByEmail(dana), 1)
	require.Equal(t, before, w.sim.Counts().PerEndpoint["scim/v2/users/create"])

	byHand := newWorldIn(t, w.store)
	require.NoError(t, byHand.sim.Deactivate(dana))
	in.StepRef, in.Invite = byHand.ref(domain.StepInvite), byHand.run.ID+":apollo"
	r, err := byHand.SendInvite(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnsupported, r.Outcome)
	require.Contains(t, r.Why, "reactivate it instead of inviting them again")
}

// A Call Assistant cannot work what a leaver leaves.
func TestACallAssistantInheritsNothing(t *testing.T) {
	t.Parallel()
	explained := func(s *settings) {
		s.apollo.Profiles[sim.ProfileCallAssistant] = apollo.Profile{Name: "Call Assistant", Admin: domain.No, FullSeat: domain.No, SeatType: domain.SeatCallAssistant}
	}
	w := newWorld(t, explained, team(func(s *sim.TenantSpec) { s.Users[5].Profile = sim.ProfileCallAssistant }))
	w.snapshot(w.snapshotInput())
	r := w.propose(w.proposeInput(w.person(aiko).ID))
	require.Contains(t, r.Problem, "seat cannot work records")
	require.Empty(t, r.Digest, "nobody can approve it")
}
