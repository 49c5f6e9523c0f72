package entra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	sim "handover/internal/sim/entra"
)

func TestWhatWasTakenAwayIsPutBack(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]sim.Switches{
		"as documented":          {},
		"200 instead of 201":     {CreatedIs200: true},
		"shown late":             {NewRowAfter: 2},
		"duplicates are created": {DuplicateOK: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant())
			w.sim.ChangeGroup(w.in.Sales, func(g *sim.Group) { g.Members = append(g.Members, w.in.Dana) })
			had, _ := w.unassign(dana)
			require.Equal(t, domain.Absent, w.find(dana).Presence)
			w.sim.Switch(func(now *sim.Switches) { *now = s })

			r, err := w.Assign(t.Context(), had)
			require.NoError(t, err)
			require.False(t, r.Already)
			require.NotEmpty(t, r.RequestID)
			w.find(dana)
			w.find(dana)
			has := w.find(dana)
			require.Len(t, has.Ways, 2)
			require.Contains(t, has.Ways[0].Assignment, w.in.Role, "with the role they had")
			require.Contains(t, w.sim.Members(w.in.Sales), w.in.Dana)

			r, err = w.Assign(t.Context(), had)
			require.NoError(t, err)
			require.True(t, r.Already)
			require.Len(t, w.sim.Rows(w.in.App), 3, "nothing is given twice")
		})
	}
}

// The answer to a second assignment is 400 with whatever text: the list decides.
func TestADuplicateIsSuccessWhenTheListShowsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	had := w.find(dana)
	w.sim.Switch(func(s *sim.Switches) { s.NewRowAfter = 1 })
	_, err := w.Unassign(t.Context(), had)
	require.NoError(t, err)
	w.sim.Switch(func(s *sim.Switches) { s.NewRowAfter = 1 })
	_, err = w.Assign(t.Context(), had)
	require.NoError(t, err)
	// The new row does not show to the read before the call, and shows to the one after.
	r, err := w.Assign(t.Context(), had)
	require.NoError(t, err)
	require.True(t, r.Already)
	require.Equal(t, 2, w.asked("POST /v1.0/servicePrincipals"))
}

// A row that nobody sees yet and that is refused as a duplicate is a refusal: it is
// tried again, or a person looks.
func TestARefusalThatTheListDoesNotExplainStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	had, _ := w.unassign(dana)
	w.sim.ChangeApp(w.in.App, func(a *sim.App) { a.Roles = []sim.Role{{ID: "d0000000-0000-4000-8000-000000000002", Value: "Other"}} })
	_, err := w.Assign(t.Context(), had)
	w.fails(err, domain.FaultInvalid, "Request_BadRequest")
}

func TestOneWithoutWaysIsGivenTheOnlyRole(t *testing.T) {
	t.Parallel()
	second := sim.Role{ID: "d0000000-0000-4000-8000-000000000002", Value: "Boss"}
	for name, c := range map[string]struct {
		roles []sim.Role
		given string
	}{
		"none is declared":      {nil, sim.NoRole},
		"one":                   {[]sim.Role{second}, second.ID},
		"one that is on":        {[]sim.Role{second, {ID: "d0000000-0000-4000-8000-000000000003", Off: true}}, second.ID},
		"one that is for users": {[]sim.Role{second, {ID: "d0000000-0000-4000-8000-000000000003", AppsOnly: true}}, second.ID},
		"several":               {[]sim.Role{second, {ID: "d0000000-0000-4000-8000-000000000003"}}, ""},
		"none for users":        {[]sim.Role{{ID: "d0000000-0000-4000-8000-000000000003", AppsOnly: true}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant())
			w.sim.ChangeApp(w.in.App, func(a *sim.App) { a.Roles = c.roles })
			_, err := w.Assign(t.Context(), w.find(bo))
			if c.given == "" {
				w.fails(err, domain.FaultUnsupported, "several roles")
				return
			}
			require.NoError(t, err)
			rows := w.sim.Rows(w.in.App)
			require.Equal(t, []string{w.in.Bo, c.given}, []string{rows[len(rows)-1].Principal, rows[len(rows)-1].Role})
		})
	}
}

func TestAWayThatWasFixedIsNotPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	id := w.group(sim.Group{Name: "By rule", Dynamic: true, Members: []string{w.in.Bo}})
	a := w.find(bo)
	w.sim.ChangeGroup(id, func(g *sim.Group) { g.Members = nil })
	r, err := w.Assign(t.Context(), a)
	require.NoError(t, err)
	require.True(t, r.Already)
	require.Zero(t, w.asked("POST /v1.0/"))
}

// The group became one that nobody writes: the refusal is not taken for success.
func TestAGroupThatTakesNobodyIsAFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	had, _ := w.unassign(eli)
	w.sim.ChangeGroup(w.in.Sales, func(g *sim.Group) { g.OnPremises = true })
	_, err := w.Assign(t.Context(), had)
	w.fails(err, domain.FaultInvalid, "Request_BadRequest")
}

func TestEndingSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	r, err := w.EndSessions(t.Context(), w.in.Dana)
	require.NoError(t, err)
	require.NotEmpty(t, r.RequestID)
	u, _ := w.sim.User(w.in.Dana)
	require.Equal(t, 1, u.SessionsEnded)

	_, err = w.EndSessions(t.Context(), w.in.Ada)
	w.fails(err, domain.FaultForbidden, "administrator's role")

	r, err = w.EndSessions(t.Context(), "00000000-0000-4000-8000-00000000dead")
	require.NoError(t, err)
	require.True(t, r.Already, "who is deleted has none")

	_, err = w.EndSessions(t.Context(), dana)
	w.fails(err, domain.FaultInvalid, "no user")
}

// An administrator's assignment is deleted like any other: only their sessions are
// out of reach.
func TestAnAdministratorsAssignmentIsTakenAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.unassign(ada)
	require.Equal(t, domain.Absent, w.find(ada).Presence)
}
