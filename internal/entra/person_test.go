package entra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	sim "handover/internal/sim/entra"
)

func TestSomebodyIsFoundByWorkEmail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		user sim.User
		ask  string
	}{
		"mail":               {sim.User{Mail: "zoe.hall@example.com", UPN: "zhall@corp.example.com"}, "zoe.hall@example.com"},
		"sign-in name":       {sim.User{Mail: "other@example.com", UPN: "zhall@example.com"}, "zhall@example.com"},
		"no mail":            {sim.User{UPN: "zhall@example.com"}, "zhall@example.com"},
		"a former address":   {sim.User{Mail: "zoe.hall@example.com", Aliases: []string{"zoe.meyer@example.com"}}, "zoe.meyer@example.com"},
		"a quote in it":      {sim.User{Mail: "zoe.o'hara@example.com"}, "zoe.o'hara@example.com"},
		"a plus in it":       {sim.User{Mail: "zoe+work@example.com"}, "zoe+work@example.com"},
		"a guest's own mail": {sim.User{Mail: "zoe@partner.example.com", UPN: "zoe_partner.example.com#EXT#@example.com", Guest: true}, "zoe@partner.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant())
			id := w.sim.AddUser(c.user)
			w.sim.Give(w.in.App, id, w.in.Role)
			a := w.find(c.ask)
			require.Equal(t, id, a.User)
			require.Equal(t, domain.Present, a.Presence)
		})
	}
}

func TestWhomNobodyKnowsIsAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	a := w.find("zed@example.com")
	require.Equal(t, domain.Absent, a.Presence)
	require.Empty(t, a.User)
	require.NotEmpty(t, a.RequestID)
}

func TestTwoPeopleWithOneEmailAreAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.AddUser(sim.User{Mail: "other@example.com", UPN: dana})
	_, err := w.FindAssignment(t.Context(), dana)
	w.fails(err, domain.FaultConflict, "several users")
	require.NotContains(t, w.logs.String(), dana)
}

// Anybody may enter an alternate address. It neither names the person nor proves
// that nobody has the address.
func TestAnAlternateAddressIsForAPersonToLookAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.Change(w.in.Bo, func(u *sim.User) { u.OtherMails = []string{"zed@example.com"} })
	_, err := w.FindAssignment(t.Context(), "zed@example.com")
	w.fails(err, domain.FaultConflict, "alternate")
}

func TestAnAddressNeverEndsTheFilterItStandsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	a := w.find("x'or'1'eq'1@example.com")
	require.Equal(t, domain.Absent, a.Presence)
	for _, bad := range []string{"", "dana", `a" b@example.com`, "two@example.com, three@example.com"} {
		_, err := w.FindAssignment(t.Context(), bad)
		w.fails(err, domain.FaultInvalid, "no email address")
	}
}
