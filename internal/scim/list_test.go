package scim_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/scim"
	sim "handover/internal/sim/scim"
)

// Every way in which servers list otherwise than the RFC says: what is read, and
// whether it is believed to be whole.
func TestListsOfServersThatDeviate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		switches sim.Switches
		more     int // people besides the two
		complete bool
		seen     int
	}{
		"strict":                        {sim.Switches{}, 0, true, 2},
		"several pages":                 {sim.Switches{}, 248, true, 250},
		"a full last page":              {sim.Switches{}, 198, true, 200},
		"fewer rows than asked for":     {sim.Switches{MaxPage: 7}, 38, true, 40},
		"past the end begins anew":      {sim.Switches{RepeatPastEnd: true}, 98, true, 100},
		"resources in lower case":       {sim.Switches{LowerCase: true}, 3, true, 5},
		"needs both numbers":            {sim.Switches{NeedsPaging: true}, 3, true, 5},
		"text/json":                     {sim.Switches{TextJSON: true}, 3, true, 5},
		"a total but nobody":            {sim.Switches{EmptyPage: true}, 3, false, 0},
		"a total cut to the page":       {sim.Switches{TotalOfPage: true}, 148, false, 150},
		"somebody comes while we read":  {sim.Switches{InsertOnPage: 2}, 148, true, 151},
		"a page of theirs, a short one": {sim.Switches{MaxPage: 50, RepeatPastEnd: true}, 73, true, 75},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.switches)
			for i := range c.more {
				w.sim.Add(fmt.Sprintf("person%d@example.com", i), "Member")
			}
			l := w.list()
			require.Equal(t, c.complete, l.Complete)
			require.Len(t, l.Accounts, c.seen)
			require.Equal(t, c.complete, l.AccountPresence("nobody") == domain.Absent)
		})
	}
}

func TestAListWithoutResourcesIsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{NoResources: true, EmptyFilter: true})
	_, err := w.FindAccount(t.Context(), dana)
	require.Equal(t, domain.FaultNotFound, domain.KindOf(err))
}

func TestFactsOfAUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{TextActive: true})
	a := w.account()
	require.Equal(t, []domain.Tri{domain.Yes, domain.No, domain.Yes}, []domain.Tri{a.Active, a.Admin, a.FullSeat})
	require.Equal(t, "Member", a.ProfileID)
	require.Equal(t, 2026, a.CreatedAt.Year())
	w.sim.Switch(func(s *sim.Switches) { *s = sim.Switches{NoActive: true} })
	require.Equal(t, domain.Unknown, w.account().Active, "what is not shown is unknown")
}

// The sole-admin guard works where roles are mapped, and stays shut naming the
// role where they are not.
func TestRolesOpenAndShutTheGuard(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		roles []string
		group string
		more  map[string]scim.Role
		admin domain.Tri
		named string
	}{
		"mapped no":          {roles: []string{"Member"}, admin: domain.No, named: "Member"},
		"mapped yes":         {roles: []string{"Member", "Admin"}, admin: domain.Yes, named: "Admin"},
		"not mapped":         {roles: []string{"Member", "Wizard"}, admin: domain.Unknown, named: "Wizard"},
		"a group not mapped": {roles: []string{"Member"}, group: "Staff", admin: domain.Unknown, named: "Staff"},
		"a group mapped":     {group: "Owners", more: map[string]scim.Role{"Owners": {Admin: domain.Yes}}, admin: domain.Yes, named: "Owners"},
		"none":               {admin: domain.Unknown, named: domain.RoleNone},
		"none mapped":        {more: map[string]scim.Role{domain.RoleNone: {Admin: domain.No}}, admin: domain.No, named: domain.RoleNone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sim.Switches{}, func(cfg *scim.Config) {
				for role, meaning := range c.more {
					cfg.Roles[role] = meaning
				}
			})
			w.sim.Change(string(w.dana), func(u *sim.User) {
				u.Roles, u.Groups = c.roles, nil
				if c.group != "" {
					u.Groups = []string{c.group}
				}
			})
			l := w.list()
			a, _ := l.ByID(w.dana)
			require.Equal(t, c.admin, a.Admin)
			require.Equal(t, c.named, a.ProfileID)
			if c.admin == domain.Unknown {
				require.Equal(t, []string{c.named}, w.Unmapped(l))
				lone := domain.Listing{Accounts: []domain.Account{a}, Complete: true, Total: 1, StartedAt: l.StartedAt}
				guard := domain.CheckSoleAdmin(lone, nil, a.ID, begin)
				require.Equal(t, domain.GuardShut, guard.State)
				require.Contains(t, guard.Why, c.named)
			}
		})
	}
}

func TestFindComparesWhatCameBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		switches sim.Switches
		ask      string
		kind     domain.FaultKind
	}{
		"found":              {sim.Switches{}, "Dana.Reyes@Example.com", ""},
		"filter ignored":     {sim.Switches{IgnoreFilter: true}, dana, ""},
		"nobody of the name": {sim.Switches{IgnoreFilter: true}, "zed@example.com", domain.FaultNotFound},
		"case matters":       {sim.Switches{CaseSensitive: true}, "Dana.Reyes@example.com", domain.FaultNotFound},
		"filter refused":     {sim.Switches{RefuseFilter: true}, dana, domain.FaultInvalid},
		"empty answer":       {sim.Switches{EmptyFilter: true, NoResources: true}, dana, domain.FaultNotFound},
		"an injected quote":  {sim.Switches{}, `x" or active eq "true`, domain.FaultInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.switches)
			a, err := w.FindAccount(t.Context(), c.ask)
			if c.kind != "" {
				require.Equal(t, c.kind, domain.KindOf(err))
				return
			}
			require.NoError(t, err)
			require.Equal(t, w.dana, a.ID)
		})
	}
}
