package scim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/scim"
	sim "handover/internal/sim/scim"
)

const finn = "finn.okoro@example.com"

var (
	member = domain.AppRole{Key: "Member", Name: "Member", Admin: domain.No}
	admin  = domain.AppRole{Key: "Admin", Name: "Administrator", Admin: domain.Yes}
)

func underRoles(cfg *scim.Config) { cfg.RoleAttribute = scim.RolesUnder }

// found is how the listing shows somebody; a listing that hides them shows no id.
func (w *world) found(email string) domain.Account {
	w.t.Helper()
	hits := w.list().ByEmail(email)
	require.LessOrEqual(w.t, len(hits), 1)
	if len(hits) == 0 {
		return domain.Account{}
	}
	return hits[0]
}

func (w *world) posts() int {
	n := 0
	for _, r := range w.sim.Requests() {
		if strings.HasPrefix(r, "POST") {
			n++
		}
	}
	return n
}

// Whatever the server's dialect, somebody is made a user once, with the role, and
// is found by reading.
func TestInviteInEveryDialect(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]sim.Switches{
		"strict": {}, "ignores the filter": {IgnoreFilter: true}, "refuses the filter": {RefuseFilter: true}, "filters to nobody": {EmptyFilter: true}, "heeds case": {CaseSensitive: true},
		"no resources": {NoResources: true}, "lower case": {LowerCase: true}, "small pages": {MaxPage: 1}, "total of the page": {TotalOfPage: true}, "needs paging": {NeedsPaging: true},
		"past the end anew": {RepeatPastEnd: true}, "text": {TextOnly: true, TextActive: true}, "text/json": {TextJSON: true}, "bare conflict": {BareConflict: true, EmptyFilter: true},
		"numeric status": {NumericStatus: true, EmptyFilter: true}, "html errors": {HTMLErrors: true, EmptyFilter: true}, "etags": {ETags: true}, "no config": {NoConfig: true}, "204": {PatchNoContent: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, s, underRoles)
			for n, email := range []string{finn, strings.ToUpper(finn[:1]) + finn[1:]} {
				r, err := w.InviteAccount(t.Context(), email, "Finn Okoro", member)
				require.NoError(t, err)
				require.Equal(t, n > 0, r.Already)
				require.False(t, r.At.IsZero())
			}
			require.Equal(t, 1, w.sim.Writes(), "one user, however often it is asked for")
			a := w.found(finn)
			require.Equal(t, domain.Yes, a.IsRole(member))
			require.Equal(t, domain.No, a.Admin)
		})
	}
}

// What is not shown, or not made, is never taken for done.
func TestInviteThatTheAppDoesNotMake(t *testing.T) {
	t.Parallel()
	late := newWorld(t, sim.Switches{ShowAfter: 3}, underRoles)
	for n := range 2 {
		r, err := late.InviteAccount(t.Context(), finn, "", member)
		if n == 0 {
			require.NoError(t, err)
			require.False(t, r.Already)
			continue
		}
		// The filter does not show them yet; the app itself says that they are there.
		require.Equal(t, domain.FaultConflict, domain.KindOf(err))
		require.NotContains(t, err.Error(), "finn")
	}
	require.Equal(t, 1, late.sim.Writes())

	cut := newWorld(t, sim.Switches{CutAfterWrite: 1}, underRoles)
	_, err := cut.InviteAccount(t.Context(), finn, "Finn", member)
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
	r, err := cut.InviteAccount(t.Context(), finn, "Finn", member)
	require.NoError(t, err)
	require.True(t, r.Already, "an answer that was lost makes nobody twice")
	require.Equal(t, []int{1, 1}, []int{cut.posts(), cut.sim.Writes()})

	none := newWorld(t, sim.Switches{NoCreate: true}, underRoles)
	require.Equal(t, domain.ChannelSCIM, choice(none, domain.CanInvite).Channel)
	_, err = none.InviteAccount(t.Context(), finn, "Finn", member)
	require.Equal(t, domain.FaultUnsupported, domain.KindOf(err))
	require.Equal(t, domain.ChannelPerson, choice(none, domain.CanInvite).Channel, "it says so from then on")

	strange := newWorld(t, sim.Switches{RefuseRoles: true}, underRoles)
	_, err = strange.InviteAccount(t.Context(), finn, "Finn", member)
	require.Equal(t, domain.FaultInvalid, domain.KindOf(err))
	require.ErrorContains(t, err, "scim.role_attribute")
	require.NotContains(t, err.Error()+strange.logs.String(), "finn")
	require.Empty(t, strange.found(finn).ID)

	dropped := newWorld(t, sim.Switches{DropRoles: true}, underRoles)
	_, err = dropped.InviteAccount(t.Context(), finn, "Finn", member)
	require.NoError(t, err)
	require.NotEqual(t, domain.Yes, dropped.found(finn).IsRole(member), "the step of the role reads it back")
}

// Somebody who is there keeps what they have: their role changes behind the guards
// or not at all.
func TestInvitingSomebodyWhoIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{}, underRoles)
	r, err := w.InviteAccount(t.Context(), eli, "Eli Park", member)
	require.NoError(t, err)
	require.True(t, r.Already)
	require.Equal(t, 0, w.sim.Writes())
	require.Equal(t, domain.Yes, w.found(eli).Admin)
}

// A deactivated user comes back as the same user, with the role that was granted
// before they can use it.
func TestInvitingSomebodyWhoWasDeactivated(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]sim.Switches{"shown": {}, "conflict alone": {EmptyFilter: true}, "put": {NoPatch: true}} {
		w := newWorld(t, s, underRoles)
		w.sim.Change(string(w.dana), func(u *sim.User) { u.Active, u.Roles = false, []string{"Admin"} })
		r, err := w.InviteAccount(t.Context(), dana, "Dana Reyes", member)
		require.NoError(t, err, name)
		require.False(t, r.Already, name)
		u, _ := w.sim.User(string(w.dana))
		require.True(t, u.Active, name)
		require.Equal(t, []string{"Member"}, u.Roles, name)
		require.Len(t, w.list().Accounts, 2, name)
	}
	w := newWorld(t, sim.Switches{RefuseRoles: true}, underRoles)
	w.sim.Change(string(w.dana), func(u *sim.User) { u.Active, u.Roles = false, []string{"Admin"} })
	_, err := w.InviteAccount(t.Context(), dana, "Dana Reyes", member)
	require.Equal(t, domain.FaultUnsupported, domain.KindOf(err))
	u, _ := w.sim.User(string(w.dana))
	require.False(t, u.Active, "nobody comes back with more than was granted")
}

func TestChangeRoleInEveryDialect(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]sim.Switches{
		"strict": {}, "204": {PatchNoContent: true}, "no path": {NoPath: true}, "only put": {NoPatch: true}, "put, not said": {NoPatch: true, NoConfig: true},
		"etags": {ETags: true}, "etags and put": {ETags: true, NoPatch: true}, "text": {TextActive: true}, "html errors": {HTMLErrors: true, NoPath: true}, "numeric status": {NumericStatus: true, NoPath: true},
	} {
		for attr, held := range map[string]func(sim.User) []string{scim.RolesUnder: func(u sim.User) []string { return u.Roles }, scim.EntitlementsUnder: func(u sim.User) []string { return u.Rights }} {
			t.Run(name+" under "+attr, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, s, func(cfg *scim.Config) { cfg.RoleAttribute = attr })
				w.sim.Change(string(w.dana), func(u *sim.User) {
					u.Roles, u.Rights = nil, nil
					*map[string]*[]string{"roles": &u.Roles, "entitlements": &u.Rights}[attr] = []string{"Member"}
				})
				for _, already := range []bool{false, true} {
					r, err := w.ChangeRole(t.Context(), w.account(), admin)
					require.NoError(t, err)
					require.Equal(t, already, r.Already)
				}
				require.Equal(t, 1, w.sim.Writes())
				require.Equal(t, domain.Yes, w.account().IsRole(admin))
				_, err := w.ChangeRole(t.Context(), w.account(), domain.AppRole{Key: domain.RoleNone})
				require.NoError(t, err)
				u, _ := w.sim.User(string(w.dana))
				require.Empty(t, held(u))
				require.True(t, u.Active)
				require.Equal(t, []string{dana, "kept"}, []string{u.UserName, u.Extra}, "a replacement sends back all that came")
			})
		}
	}
}

func TestChangeRoleThatDoesNotHappen(t *testing.T) {
	t.Parallel()
	refused := newWorld(t, sim.Switches{RefuseRoles: true}, underRoles)
	_, err := refused.ChangeRole(t.Context(), refused.account(), admin)
	require.Equal(t, domain.FaultUnsupported, domain.KindOf(err), "a person does it")
	require.NotContains(t, err.Error()+refused.logs.String(), dana)

	dropped := newWorld(t, sim.Switches{DropRoles: true}, underRoles)
	_, err = dropped.ChangeRole(t.Context(), dropped.account(), admin)
	require.Equal(t, domain.FaultConflict, domain.KindOf(err), "the app accepted it and shows the opposite")
	require.Equal(t, domain.No, dropped.account().IsRole(admin))

	idle := newWorld(t, sim.Switches{NoEffect: true, PatchNoContent: true}, underRoles)
	_, err = idle.ChangeRole(t.Context(), idle.account(), admin)
	require.NoError(t, err)
	require.Equal(t, domain.No, idle.account().IsRole(admin), "only what is read back counts")

	several := newWorld(t, sim.Switches{}, underRoles)
	several.sim.Change(string(several.dana), func(u *sim.User) { u.Roles = []string{"Member", "Auditor"} })
	_, err = several.ChangeRole(t.Context(), several.account(), admin)
	require.Equal(t, domain.FaultUnsupported, domain.KindOf(err))
	require.Equal(t, 0, several.sim.Writes())

	cut := newWorld(t, sim.Switches{CutAfterWrite: 1}, underRoles)
	_, err = cut.ChangeRole(t.Context(), cut.account(), admin)
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
	r, err := cut.ChangeRole(t.Context(), cut.account(), admin)
	require.NoError(t, err)
	require.True(t, r.Already)

	gone := newWorld(t, sim.Switches{}, underRoles)
	_, err = gone.ChangeRole(t.Context(), domain.Account{ID: "nobody"}, admin)
	require.Equal(t, domain.FaultNotFound, domain.KindOf(err))
}

// A role's key in the policy may be the app's value or the name that it displays:
// the value of a group is often an opaque id.
func TestARoleIsKnownByItsValueOrItsName(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"r-17", "Editor"} {
		w := newWorld(t, sim.Switches{}, underRoles, func(cfg *scim.Config) {
			cfg.Roles = map[string]scim.Role{key: {Admin: domain.No}}
			server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				row := `{"id":"u1","userName":"` + dana + `","active":true,"roles":[{"value":"r-17","display":"Editor"}]}`
				if r.URL.Path == "/Users" {
					row = `{"totalResults":1,"Resources":[` + row + `]}`
				}
				_, _ = rw.Write([]byte(row))
			}))
			t.Cleanup(server.Close)
			cfg.URL = server.URL
		})
		editor := domain.AppRole{Key: key}
		require.Equal(t, domain.Yes, w.found(dana).IsRole(editor), key)
		r, err := w.ChangeRole(t.Context(), domain.Account{ID: "u1"}, editor)
		require.NoError(t, err)
		require.True(t, r.Already, key)
	}
}

func choice(w *world, want domain.Capability) domain.ChannelChoice {
	w.t.Helper()
	all := w.Channels()
	at := slices.IndexFunc(all, func(c domain.ChannelChoice) bool { return c.Capability == want })
	require.GreaterOrEqual(w.t, at, 0, "%s is not told", want)
	return all[at]
}

// Without the policy's word nothing is written: which attribute carries a role is
// the app's own choice.
func TestWhoMakesUsersAndChangesRoles(t *testing.T) {
	t.Parallel()
	none := func(cfg *scim.Config) { cfg.Roles[domain.RoleNone] = scim.Role{Admin: domain.No} }
	for name, c := range map[string]struct {
		changes      []func(*scim.Config)
		invite, role domain.Channel
	}{
		"nobody told":            {nil, domain.ChannelPerson, domain.ChannelPerson},
		"only those without one": {[]func(*scim.Config){none}, domain.ChannelSCIM, domain.ChannelPerson},
		"told":                   {[]func(*scim.Config){underRoles}, domain.ChannelSCIM, domain.ChannelSCIM},
	} {
		w := newWorld(t, sim.Switches{}, c.changes...)
		invite, role := choice(w, domain.CanInvite), choice(w, domain.CanChangeRole)
		require.Equal(t, []domain.Channel{c.invite, c.role}, []domain.Channel{invite.Channel, role.Channel}, name)
		_, err := w.InviteAccount(t.Context(), finn, "Finn", member)
		_, rerr := w.ChangeRole(t.Context(), w.account(), admin)
		if name == "told" {
			require.NoError(t, err)
			require.NoError(t, rerr)
			continue
		}
		require.Equal(t, domain.FaultUnsupported, domain.KindOf(err), name)
		require.Equal(t, domain.FaultUnsupported, domain.KindOf(rerr), name)
		require.Equal(t, 0, w.sim.Writes(), name)
		if c.invite == domain.ChannelSCIM {
			_, err = w.InviteAccount(t.Context(), finn, "Finn", domain.AppRole{Key: domain.RoleNone})
			require.NoError(t, err)
			require.Equal(t, domain.Yes, w.found(finn).IsRole(domain.AppRole{Key: domain.RoleNone}))
		}
	}
	_, err := scim.New(scim.Config{App: "people", URL: "https://example.com", Token: "t", RoleAttribute: "groups"}, nil, nil)
	require.ErrorContains(t, err, "roles or entitlements")
}

// Of joining too every fault is sorted, and none quotes anybody.
func TestFaultsOfJoiningByStatus(t *testing.T) {
	t.Parallel()
	for status, want := range map[int32]domain.FaultKind{401: domain.FaultUnauthenticated, 403: domain.FaultForbidden, 429: domain.FaultRateLimited, 500: domain.FaultUnavailable, 503: domain.FaultUnavailable} {
		for what, do := range map[string]func(w *world) error{
			"invite": func(w *world) error {
				_, err := w.InviteAccount(w.t.Context(), dana, "Dana Reyes", member)
				return err
			},
			"role": func(w *world) error {
				_, err := w.ChangeRole(w.t.Context(), domain.Account{ID: w.dana, Email: dana}, admin)
				return err
			},
		} {
			w := newWorld(t, sim.Switches{}, underRoles)
			w.status.Store(status)
			err := do(w)
			require.Equal(t, want, domain.KindOf(err), fmt.Sprint(what, status))
			for _, secret := range []string{dana, "Reyes", token} {
				require.NotContains(t, err.Error()+w.logs.String(), secret)
			}
		}
	}
}
