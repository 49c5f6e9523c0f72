package entra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/entra"
	sim "handover/internal/sim/entra"
)

func TestSomebodyAssignedDirectly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	a := w.find(" Dana.Reyes@Example.com ")
	require.Equal(t, domain.Present, a.Presence)
	require.Equal(t, w.in.Dana, a.User)
	require.Len(t, a.Ways, 1)
	require.True(t, a.Ways[0].Direct())
	require.Empty(t, a.Ways[0].Fixed)
	require.Equal(t, domain.Yes, a.Pushes)
	require.NotEmpty(t, a.RequestID)
	require.Equal(t, w.clock.Now(), a.ReadAt)
	require.Empty(t, a.Warning())

	r, err := w.Unassign(t.Context(), a)
	require.NoError(t, err)
	require.False(t, r.Already)
	require.NotEmpty(t, r.RequestID)
	require.Equal(t, domain.Absent, w.find(dana).Presence)
	require.Len(t, w.sim.Deleted(), 1)
	require.Equal(t, w.in.Dana, w.sim.Deleted()[0].Principal)

	r, err = w.Unassign(t.Context(), a)
	require.NoError(t, err)
	require.True(t, r.Already, "what is gone is success")
	require.Len(t, w.sim.Deleted(), 1)
}

func TestSomebodyInAGroupLeavesTheGroupAndTheGroupKeepsTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.ChangeGroup(w.in.Sales, func(g *sim.Group) { g.Members = append(g.Members, w.in.Bo) })
	other := w.sim.AddApp(sim.App{Name: "Ledger"})
	w.sim.Give(other, w.in.Sales, "")

	a := w.find(eli)
	require.Equal(t, domain.Present, a.Presence)
	require.Len(t, a.Ways, 1)
	require.Equal(t, w.in.Sales, a.Ways[0].Group)
	require.Equal(t, "Sales", a.Ways[0].Name)
	require.Contains(t, a.Warning(), "Ledger")
	require.NotContains(t, a.Ways[0].Gives, "Apollo.io", "what else, not what anyway")
	require.Contains(t, a.Warning(), "licences", "a group may give what no list of apps shows")

	_, err := w.Unassign(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, domain.Absent, w.find(eli).Presence)
	require.Equal(t, []string{w.in.Bo}, w.sim.Members(w.in.Sales))
	require.Equal(t, domain.Present, w.find(bo).Presence, "the others keep the app")
	require.Empty(t, w.sim.Deleted())
	_, there := w.sim.User(w.in.Eli)
	require.True(t, there, "a member removed without $ref is deleted from the directory")
}

func TestSomebodyWithBothLosesBoth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.ChangeGroup(w.in.Sales, func(g *sim.Group) { g.Members = append(g.Members, w.in.Dana) })
	w.sim.Give(w.in.App, w.in.Dana, "d0000000-0000-4000-8000-000000000009") // a second role
	a, _ := w.unassign(dana)
	require.Len(t, a.Ways, 3)
	require.Equal(t, domain.Absent, w.find(dana).Presence)
	require.Len(t, w.sim.Deleted(), 2)
	w.noGroupRowWasDeleted()
}

// The user's own list shows rows of their groups among theirs. Whoever passes one
// on as a direct assignment must not get it deleted.
func TestARowOfAGroupIsNeverDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	var groupRow sim.Row
	for _, r := range w.sim.Rows(w.in.App) {
		if r.Kind == sim.KindGroup {
			groupRow = r
		}
	}
	a := domain.Assignment{User: w.in.Eli, Ways: []domain.Way{{Assignment: groupRow.Role + ":" + groupRow.ID}}}
	r, err := w.Unassign(t.Context(), a)
	require.NoError(t, err)
	require.True(t, r.Already)
	a.User = w.in.Sales
	_, err = w.Unassign(t.Context(), a)
	require.NoError(t, err)
	require.Empty(t, w.sim.Deleted())
	require.Equal(t, domain.Present, w.find(eli).Presence)
}

// Nor may the row of somebody else be deleted.
func TestARowOfSomebodyElseIsNeverDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	a := w.find(dana)
	a.User = w.in.Bo
	r, err := w.Unassign(t.Context(), a)
	require.NoError(t, err)
	require.True(t, r.Already)
	require.Empty(t, w.sim.Deleted())
}

func TestANestedMemberHasNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	inner := w.sim.AddGroup(sim.Group{Name: "Inner", Members: []string{w.in.Bo}})
	w.sim.ChangeGroup(w.in.Sales, func(g *sim.Group) { g.Members = append(g.Members, inner) })
	require.Equal(t, domain.Absent, w.find(bo).Presence)
	l, err := w.ListAssigned(t.Context())
	require.NoError(t, err)
	require.True(t, l.Complete)
	for _, p := range l.People {
		require.NotEqual(t, w.in.Bo, p.User)
	}
}

func TestGroupsThatNobodyCanBeTakenOutOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		group sim.Group
		why   string
	}{
		"a rule":          {sim.Group{Dynamic: true}, "a rule chooses"},
		"on premises":     {sim.Group{OnPremises: true}, "on-premises"},
		"directory roles": {sim.Group{RoleAssignable: true}, "Privileged Role Administrator"},
		"mail-enabled":    {sim.Group{Mail: true}, "Exchange"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant())
			c.group.Name, c.group.Members = "Fixed", []string{w.in.Dana}
			id := w.group(c.group)
			a, _ := w.unassign(dana)
			require.Len(t, a.Fixed(), 1)
			require.Contains(t, a.Fixed()[0].Fixed, c.why)
			require.NotContains(t, a.Fixed()[0].Fixed, "department", "rules may name people")
			require.Equal(t, []string{w.in.Dana}, w.sim.Members(id))
			left := w.find(dana)
			require.Equal(t, domain.Present, left.Presence, "what is fixed stays, and is shown")
			require.Len(t, left.Ways, 1)
			require.Zero(t, w.asked("DELETE /v1.0/groups"), "nothing was tried that could not work")
		})
	}
}

func TestAMicrosoft365GroupCanBeLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	id := w.group(sim.Group{Name: "Team", Hidden: true, Members: []string{w.in.Bo}})
	a, _ := w.unassign(bo)
	require.Empty(t, a.Fixed())
	require.Empty(t, w.sim.Members(id))
}

// A group that hides its members proves nothing about who is not shown in it.
func TestAGroupThatHidesItsMembersLeavesItUnknown(t *testing.T) {
	t.Parallel()
	var without []string
	for _, p := range sim.AllPermissions() {
		if p != "Member.Read.Hidden" {
			without = append(without, p)
		}
	}
	w := newWorld(t, tenant(without...))
	w.group(sim.Group{Name: "Hidden", Hidden: true, Members: []string{w.in.Bo}})
	require.Equal(t, domain.PresenceUnknown, w.find(bo).Presence)
	require.Equal(t, domain.Present, w.find(dana).Presence)
	l, err := w.ListAssigned(t.Context())
	require.NoError(t, err)
	require.False(t, l.Complete)
}

func TestAnAppThatIsOpenToEverybodyIsNeverClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.ChangeApp(w.in.App, func(a *sim.App) { a.Open = true })
	a, _ := w.unassign(dana)
	require.Len(t, a.Ways, 2)
	left := w.find(dana)
	require.Equal(t, domain.Present, left.Presence, "who is not assigned can still sign in")
	require.Contains(t, left.Ways[0].Fixed, "Assignment required")
	w.sim.Change(w.in.Dana, func(u *sim.User) { u.Disabled = true })
	require.Equal(t, domain.Absent, w.find(dana).Presence, "who is disabled cannot")
	l, err := w.ListAssigned(t.Context())
	require.NoError(t, err)
	require.False(t, l.Complete)
	w.sim.ChangeApp(w.in.App, func(a *sim.App) { a.Disabled = true })
	require.Equal(t, domain.Absent, w.find(bo).Presence, "nor can anybody while the app is switched off")
}

func TestWhatAGroupGivesIsUnknownWithoutTheRightToReadIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant("Application.Read.All", "User.Read.All", "GroupMember.Read.All"))
	a := w.find(eli)
	require.Equal(t, domain.Unknown, a.Ways[0].GivesKnown)
	require.Contains(t, a.Warning(), "not known what else")
	require.Equal(t, domain.Unknown, a.Pushes)
	require.Contains(t, a.PushesWhy, "Synchronization.Read.All")
}

func TestMissingRightsToReadAreNamed(t *testing.T) {
	t.Parallel()
	for missing, held := range map[string][]string{
		"User.Read.All":        {"Application.Read.All", "GroupMember.Read.All"},
		"Application.Read.All": {"User.Read.All", "GroupMember.Read.All"},
		"GroupMember.Read.All": {"Application.Read.All", "User.Read.All"},
	} {
		t.Run(missing, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant(held...))
			_, err := w.FindAssignment(t.Context(), eli)
			require.NotEmpty(t, w.fails(err, domain.FaultForbidden, missing).RequestID)
		})
	}
}

func TestReadOnlyNeverWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant(), func(c *entra.Config) { c.ReadOnly = true })
	a := w.find(dana)
	before := len(w.sim.Requests())
	_, err := w.Unassign(t.Context(), a)
	w.fails(err, domain.FaultUnsupported, "read-only")
	_, err = w.Assign(t.Context(), a)
	w.fails(err, domain.FaultUnsupported, "read-only")
	_, err = w.EndSessions(t.Context(), a.User)
	w.fails(err, domain.FaultUnsupported, "read-only")
	require.Len(t, w.sim.Requests(), before)
}

// What was deleted is seen for a while on other servers.
func TestTheListLagsBehindADeletion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.Switch(func(s *sim.Switches) { s.GoneAfter = 3 }) // a finding reads rows and groups, a second try rows
	a, r := w.unassign(dana)
	require.False(t, r.Already)
	require.Equal(t, domain.Present, w.find(dana).Presence)
	r, err := w.Unassign(t.Context(), a)
	require.NoError(t, err)
	require.True(t, r.Already, "a row that is shown and no longer there is gone")
	require.Equal(t, 2, w.asked("DELETE"))
	require.Equal(t, domain.Absent, w.find(dana).Presence)
}

func TestAGroupThatWasLeftIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	a, _ := w.unassign(eli)
	r, err := w.Unassign(t.Context(), a)
	require.NoError(t, err)
	require.True(t, r.Already)
	require.Equal(t, 2, w.asked("DELETE"))
}

func TestAnAnswerThatWasLostMayHaveActed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.ChangeGroup(w.in.Sales, func(g *sim.Group) { g.Members = append(g.Members, w.in.Dana) })
	a := w.find(dana)
	w.sim.Switch(func(s *sim.Switches) { s.CutDelete = true })
	_, err := w.Unassign(t.Context(), a)
	w.fails(err, domain.FaultUnavailable, "read back")
	require.Len(t, w.sim.Deleted(), 1)
	require.Equal(t, 1, w.asked("DELETE"), "what may pass ends the try")
	r, err := w.Unassign(t.Context(), a)
	require.NoError(t, err)
	require.False(t, r.Already, "the group was left")
	require.Equal(t, domain.Absent, w.find(dana).Presence)
	require.Len(t, w.sim.Deleted(), 1)
}

// A group that refuses does not keep the person's own assignment from going.
func TestARefusalDoesNotStopTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant("Directory.Read.All", "AppRoleAssignment.ReadWrite.All"))
	w.sim.ChangeGroup(w.in.Sales, func(g *sim.Group) { g.Members = append(g.Members, w.in.Dana) })
	a := w.find(dana)
	a.Ways[0], a.Ways[1] = a.Ways[1], a.Ways[0]
	_, err := w.Unassign(t.Context(), a)
	w.fails(err, domain.FaultForbidden, "GroupMember.ReadWrite.All")
	require.Len(t, w.sim.Deleted(), 1)
}

func TestWhatWasNotReadByUsIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	before := len(w.sim.Requests())
	for _, user := range []string{"", dana, w.in.Dana + "/x"} {
		a := domain.Assignment{User: user, Ways: []domain.Way{{Group: w.in.Sales}}}
		_, err := w.Unassign(t.Context(), a)
		w.fails(err, domain.FaultInvalid, "again")
		_, err = w.Assign(t.Context(), a)
		w.fails(err, domain.FaultInvalid, "again")
	}
	_, err := w.Assign(t.Context(), domain.Assignment{User: w.in.Dana, Ways: []domain.Way{{Group: w.in.Sales + "/members/x"}}})
	w.fails(err, domain.FaultInvalid, "again")
	require.Len(t, w.sim.Requests(), before)
	_, err = w.Unassign(t.Context(), domain.Assignment{User: w.in.Dana, Ways: []domain.Way{{Assignment: "x/../y"}}})
	w.fails(err, domain.FaultInvalid, "read it again")
}

// A group that no longer gives the app, or never did, is not left.
func TestNobodyIsTakenOutOfAGroupThatDoesNotGiveTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	other := w.sim.AddGroup(sim.Group{Name: "Choir", Members: []string{w.in.Dana}})
	for _, group := range []string{other, other + "/members/x", "00000000-0000-4000-8000-00000000dead"} {
		r, err := w.Unassign(t.Context(), domain.Assignment{User: w.in.Dana, Ways: []domain.Way{{Group: group}}})
		require.NoError(t, err)
		require.True(t, r.Already)
	}
	require.Len(t, w.sim.Members(other), 1)
	require.Zero(t, w.asked("DELETE"))
}
