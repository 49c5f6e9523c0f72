package okta_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	sim "handover/internal/sim/okta"
)

func TestUnassigningTwiceIsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	a := w.find(eli)
	receipt := w.unassign(a)
	require.False(t, receipt.Already)
	require.NotEmpty(t, receipt.RequestID)
	require.Equal(t, domain.Absent, w.find(eli).Presence)
	require.Equal(t, []string{eli}, w.pushed())
	require.True(t, w.unassign(a).Already)
	require.True(t, w.unassign(w.find(eli)).Already, "nothing was to be done")
	require.Equal(t, []string{"DELETE /api/v1/apps/" + w.app + "/users/" + w.eli}, w.sim.Writes())
	require.Equal(t, []string{eli}, w.pushed())
}

// The assignment of somebody who has the app by a group is never deleted: Okta
// refuses, or the group assigns anew. The group is left.
func TestAGroupIsLeftAndTheAssignmentNotTouched(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	one, two := w.group(sim.Group{Name: "Sales"}), w.group(sim.Group{Name: "Europe"})
	a := w.find(dana)
	w.unassign(a)
	require.Equal(t, domain.Absent, w.find(dana).Presence)
	require.Equal(t, []string{"DELETE /api/v1/groups/" + one + "/users/" + w.dana, "DELETE /api/v1/groups/" + two + "/users/" + w.dana}, w.sim.Writes())
	require.Equal(t, []string{dana}, w.pushed(), "once, with the last group")
	require.Equal(t, "USER", w.sim.Scope(w.app, w.eli), "nobody else is touched")
	w.unassign(a)
	require.Equal(t, domain.Absent, w.find(dana).Presence)
}

// Of two ways the group goes first: while it gives the app Okta keeps the direct one.
func TestBothWaysGoTheGroupFirst(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]bool{"the group's way stays": false, "refused": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sim.Switches{BothRefused: refused})
			w.sim.Give(w.app, w.dana)
			w.group(sim.Group{Name: "Sales"})
			require.False(t, w.unassign(w.find(dana)).Already)
			require.Equal(t, domain.Absent, w.find(dana).Presence)
			require.Empty(t, w.sim.Scope(w.app, w.dana))
		})
	}
}

// Okta may count a group for a moment after it was left: that is tried again, and
// no person is troubled with it.
func TestAGroupThatWasLeftJustNowIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{BothRefused: true, GroupLag: 3})
	w.sim.Give(w.app, w.dana)
	w.group(sim.Group{Name: "Sales"})
	a := w.find(dana)
	_, err := w.Unassign(t.Context(), a)
	f := faultOf(t, err)
	require.Equal(t, domain.FaultUnavailable, f.Kind)
	require.Contains(t, f.SafeMessage, "left just now")
	for range 2 {
		_ = w.find(eli)
	}
	w.unassign(w.find(dana))
	require.Equal(t, domain.Absent, w.find(dana).Presence)
}

// A group that was joined after the assignment was read is left alone: nobody
// approved what else goes with it.
func TestAGroupThatCameLaterIsAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{BothRefused: true})
	w.sim.Give(w.app, w.dana)
	a := w.find(dana)
	group := w.group(sim.Group{Name: "Sales"})
	_, err := w.Unassign(t.Context(), a)
	f := faultOf(t, err)
	require.Equal(t, domain.FaultConflict, f.Kind)
	require.Contains(t, f.SafeMessage, "a group gives the app as well")
	require.NotEmpty(t, f.RequestID)
	require.True(t, w.sim.Member(group, w.dana))
}

// Of a fixed way and others the others go, and the fixed one is seen afterwards.
func TestAFixedWayStaysAndTheOthersGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{BothRefused: true})
	w.sim.Give(w.app, w.dana)
	fixed, own := w.group(sim.Group{Name: "Directory", Type: "APP_GROUP"}), w.group(sim.Group{Name: "Sales"})
	require.False(t, w.unassign(w.find(dana)).Already)
	require.False(t, w.sim.Member(own, w.dana))
	require.True(t, w.sim.Member(fixed, w.dana))
	after := w.find(dana)
	require.Equal(t, domain.Present, after.Presence)
	require.Len(t, after.Fixed(), 1)
}

// A rule that cannot be read puts the person back: the reading says so.
func TestAGroupThatRefillsIsSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{RefillAfter: 1, Denied: []string{"okta.groups.read"}})
	group := w.group(sim.Group{Name: "Department", Rule: true})
	a := w.find(dana)
	require.Empty(t, a.Fixed(), "the rules are not shown to us")
	require.False(t, w.unassign(a).Already)
	require.Equal(t, domain.Present, w.find(dana).Presence)
	require.True(t, w.sim.Member(group, w.dana))
}

func TestAGroupThatRefusesIsNoSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{RuleRefuses: true, Denied: []string{"okta.groups.read"}})
	w.group(sim.Group{Name: "Department", Rule: true})
	_, err := w.Unassign(t.Context(), w.find(dana))
	require.Equal(t, domain.FaultForbidden, domain.KindOf(err))
}

// One way that fails keeps no other.
func TestWhatCanBeTakenAwayIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{Denied: []string{"okta.groups.manage"}})
	w.sim.Give(w.app, w.dana)
	group := w.group(sim.Group{Name: "Sales"})
	_, err := w.Unassign(t.Context(), w.find(dana))
	require.Equal(t, domain.FaultForbidden, domain.KindOf(err))
	require.Contains(t, err.Error(), "okta.groups.manage")
	require.True(t, w.sim.Member(group, w.dana))
	require.Equal(t, "GROUP", w.sim.Scope(w.app, w.dana), "the direct way is gone")
}

func TestAWriteWhoseAnswerIsLostIsFoundDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{CutAfterWrite: true})
	a := w.find(eli)
	_, err := w.Unassign(t.Context(), a)
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
	require.True(t, w.unassign(a).Already)
	require.Equal(t, domain.Absent, w.find(eli).Presence)
	require.Len(t, w.sim.Writes(), 1)
}

func TestAssignPutsBackWhatWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	w.sim.Give(w.app, w.dana)
	w.group(sim.Group{Name: "Sales"})
	w.group(sim.Group{Name: "Directory", Type: "APP_GROUP"})
	had := w.find(dana)
	w.unassign(had)
	require.NotEqual(t, had.Ways, w.find(dana).Ways)
	receipt, err := w.Assign(t.Context(), had)
	require.NoError(t, err)
	require.False(t, receipt.Already)
	require.Equal(t, had.Ways, w.find(dana).Ways)
	writes := len(w.sim.Writes())
	receipt, err = w.Assign(t.Context(), had)
	require.NoError(t, err)
	require.True(t, receipt.Already)
	require.Len(t, w.sim.Writes(), writes)
}

func TestAssignWithoutWaysGivesDirectly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	_, err := w.Assign(t.Context(), w.find(dana))
	require.NoError(t, err)
	require.Equal(t, "USER", w.sim.Scope(w.app, w.dana))
}

func TestWhoIsDeprovisionedIsNotAssigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	w.sim.ChangeUser(w.dana, func(u *sim.User) { u.Status = "DEPROVISIONED" })
	_, err := w.Assign(t.Context(), w.find(dana))
	require.Equal(t, domain.FaultConflict, domain.KindOf(err), "by the code: the status alone is that of a missing right")
}

// By itself the call would leave the tokens that Okta gave to apps.
func TestEndingSessionsTakesTokensAndDevicesToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	receipt, err := w.EndSessions(t.Context(), w.dana)
	require.NoError(t, err)
	require.False(t, receipt.Already)
	require.Equal(t, []string{w.dana + "?forgetDevices=true&oauthTokens=true"}, w.sim.Ended())
	receipt, err = w.EndSessions(t.Context(), "00uGone")
	require.NoError(t, err)
	require.True(t, receipt.Already)
	require.Equal(t, "USER", w.sim.Scope(w.app, w.eli), "sessions are no assignments")
}

func TestReadOnlyWritesNothingAndSaysWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{}, readOnly)
	a := w.find(eli)
	_, unassigned := w.Unassign(t.Context(), a)
	_, assigned := w.Assign(t.Context(), a)
	_, ended := w.EndSessions(t.Context(), a.User)
	for _, err := range []error{unassigned, assigned, ended} {
		f := faultOf(t, err)
		require.Equal(t, domain.FaultUnsupported, f.Kind)
		require.Contains(t, f.SafeMessage, "read_only")
	}
	require.Empty(t, w.sim.Writes())
}

// An id that would lead elsewhere is not put into an address.
func TestIdsThatOktaCannotHaveGivenAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	before := len(w.sim.Requests())
	for _, id := range []string{"", "..", "me/lifecycle/deactivate", "00u?x=y"} {
		_, err := w.EndSessions(t.Context(), id)
		require.Equal(t, domain.FaultInvalid, domain.KindOf(err), id)
		_, err = w.LastSignIn(t.Context(), id)
		require.Equal(t, domain.FaultInvalid, domain.KindOf(err), id)
		_, err = w.Unassign(t.Context(), domain.Assignment{User: w.eli, Ways: []domain.Way{{Group: id + "/"}}})
		require.Equal(t, domain.FaultInvalid, domain.KindOf(err), id)
	}
	require.Len(t, w.sim.Requests(), before)
}
