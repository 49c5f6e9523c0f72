package entra_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	sim "handover/internal/sim/entra"
)

func (w *world) listAll() domain.AssignedListing {
	w.t.Helper()
	l, err := w.ListAssigned(w.t.Context())
	require.NoError(w.t, err)
	require.NotEmpty(w.t, l.RequestID)
	require.Equal(w.t, w.clock.Now(), l.StartedAt)
	return l
}

func TestListsPeopleAssignedAndThroughGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.ChangeGroup(w.in.Sales, func(g *sim.Group) { g.Members = append(g.Members, w.in.Dana) })
	w.sim.Change(w.in.Eli, func(u *sim.User) { u.Disabled = true })
	l := w.listAll()
	require.True(t, l.Complete)
	require.ElementsMatch(t, []domain.Assigned{
		{User: w.in.Dana, Email: dana, Name: "Dana Reyes", Active: domain.Yes},
		{User: w.in.Ada, Email: ada, Name: "Ada Stone", Active: domain.Yes},
		{User: w.in.Eli, Email: eli, Name: "Eli Park", Active: domain.No, Group: w.in.Sales},
	}, l.People, "each once, and first as directly assigned")
}

// Ways in which pages come otherwise than one after the other.
func TestPagesOfALongList(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]sim.Switches{
		"large pages":                {},
		"small pages":                {PageSize: 7},
		"an empty page with more":    {PageSize: 7, EmptyPage: true},
		"one row at a time":          {PageSize: 1},
		"accountEnabled is left out": {NoAccount: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant())
			for i := range 40 {
				id := w.sim.AddUser(sim.User{Mail: fmt.Sprintf("person%d@example.com", i)})
				if i%2 == 0 {
					w.sim.Give(w.in.App, id, w.in.Role)
				} else {
					w.sim.ChangeGroup(w.in.Sales, func(g *sim.Group) { g.Members = append(g.Members, id) })
				}
			}
			w.sim.Switch(func(now *sim.Switches) { *now = s })
			l := w.listAll()
			require.True(t, l.Complete)
			require.Len(t, l.People, 43)
			want := domain.Yes
			if s.NoAccount {
				want = domain.Unknown
			}
			require.Equal(t, want, l.People[0].Active)
			require.Equal(t, domain.Present, w.find("person39@example.com").Presence)
			require.Equal(t, domain.Absent, w.find(bo).Presence)
		})
	}
}

func TestTheTokenGoesNowhereElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.Switch(func(s *sim.Switches) { s.PageSize, s.ForeignNext = 1, "https://graph.example.com" })
	_, err := w.ListAssigned(t.Context())
	w.fails(err, domain.FaultInternal, "another host")
	_, err = w.FindAssignment(t.Context(), dana)
	w.fails(err, domain.FaultInternal, "another host")
}

func TestAListThatLeadsBackToItselfEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.Switch(func(s *sim.Switches) { s.EndlessNext = true })
	_, err := w.ListAssigned(t.Context())
	w.fails(err, domain.FaultInternal, "leads back")
}

// A member who may not be read is shown with an id alone.
func TestMembersWithoutAnAddressMakeItIncomplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.Change(w.in.Eli, func(u *sim.User) { u.Mail = "" })
	l := w.listAll()
	require.False(t, l.Complete)
	require.Len(t, l.People, 3)
}

// A row whose user is not there: deleted, and the row not yet.
func TestARowOfNobodyMakesItIncomplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	require.True(t, w.listAll().Complete)
	w.sim.Remove(w.in.Dana)
	require.False(t, w.listAll().Complete)
}

func TestARowOfAGroupThatIsGoneMakesItIncomplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.Remove(w.in.Sales)
	require.False(t, w.listAll().Complete)
	require.Equal(t, domain.Absent, w.find(eli).Presence, "a group that is deleted gives nothing")
}

func TestServicePrincipalsAreNoPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.Give(w.in.App, "00000000-0000-4000-8000-00000000beef", w.in.Role)
	l := w.listAll()
	require.True(t, l.Complete)
	require.Len(t, l.People, 3)
}
