package okta_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/okta"
	sim "handover/internal/sim/okta"
)

func (w *world) describe() domain.SignInFacts {
	w.t.Helper()
	facts, err := w.Describe(w.t.Context())
	require.NoError(w.t, err)
	return facts
}

// without are all scopes but some.
func without(scopes ...string) []string {
	return slices.DeleteFunc(sim.AllScopes(), func(s string) bool { return slices.Contains(scopes, s) })
}

func TestHowOktaStandsToTheApp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit           func(*sim.App)
		active, pushes domain.Tri
		why            string
	}{
		"deactivates":        {func(*sim.App) {}, domain.Yes, domain.Yes, "set to deactivate users"},
		"only creates":       {func(a *sim.App) { a.Features = []string{"PUSH_NEW_USERS", "GROUP_PUSH"} }, domain.Yes, domain.No, "the account in the app stays"},
		"provisions nothing": {func(a *sim.App) { a.Features = nil }, domain.Yes, domain.No, "the account in the app stays"},
		"does not say":       {func(a *sim.App) { a.NoFeatures = true }, domain.Yes, domain.Unknown, "does not tell"},
		"switched off":       {func(a *sim.App) { a.Status = "INACTIVE" }, domain.No, domain.Unknown, "switched off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sim.Switches{})
			w.sim.ChangeApp(w.app, c.edit)
			facts := w.describe()
			require.Equal(t, []any{"CRM", c.active, c.pushes}, []any{facts.App, facts.Active, facts.Pushes})
			require.Contains(t, facts.Why, c.why)
			require.Empty(t, facts.Missing)
			require.NotEmpty(t, facts.RequestID)
			a := w.find(eli)
			require.Equal(t, []any{facts.Pushes, facts.Why}, []any{a.Pushes, a.PushesWhy})
			require.Empty(t, w.sim.Writes(), "it reads only")
		})
	}
}

// A scope is missing when no token is given for it (invalid_scope), and when one is
// given and the admin role reaches nothing (403 E0000006).
func TestMissingRightsAreNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		denied  []string
		with    []func(*sim.Options, *okta.Config)
		missing []string
	}{
		"none":                    {nil, []func(*sim.Options, *okta.Config){service(sim.AllScopes()...)}, nil},
		"scope to read the log":   {nil, []func(*sim.Options, *okta.Config){service(without("okta.logs.read")...)}, []string{"okta.logs.read"}},
		"scopes to write":         {nil, []func(*sim.Options, *okta.Config){service(without("okta.groups.manage", "okta.users.manage")...)}, []string{"okta.groups.manage", "okta.users.manage"}},
		"scopes to write, unused": {nil, []func(*sim.Options, *okta.Config){service(without("okta.groups.manage", "okta.users.manage")...), readOnly}, nil},
		"the role":                {[]string{"okta.groups.read"}, []func(*sim.Options, *okta.Config){service(sim.AllScopes()...)}, []string{"okta.groups.read"}},
		"the role of a token":     {[]string{"okta.users.read", "okta.logs.read"}, nil, []string{"okta.users.read", "okta.logs.read"}},
		"even the app":            {nil, []func(*sim.Options, *okta.Config){service(without("okta.apps.read")...)}, []string{"okta.apps.read"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sim.Switches{Denied: c.denied}, c.with...)
			facts := w.describe()
			require.Equal(t, c.missing, facts.Missing)
			if slices.Contains(c.missing, "okta.apps.read") {
				require.Equal(t, []domain.Tri{domain.Unknown, domain.Unknown}, []domain.Tri{facts.Active, facts.Pushes})
				require.Contains(t, facts.Why, "may not read")
			}
		})
	}
}

// Every step asks for the facts: what is granted is read again only now and then,
// the app itself each time.
func TestRightsAreReadNowAndThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	w.describe()
	w.sim.Switch(func(s *sim.Switches) { s.Denied = []string{"okta.logs.read"} })
	require.Empty(t, w.describe().Missing)
	w.sim.ChangeApp(w.app, func(a *sim.App) { a.Status = "INACTIVE" })
	require.Equal(t, domain.No, w.describe().Active)
	w.clock.move(11 * time.Minute)
	require.Equal(t, []string{"okta.logs.read"}, w.describe().Missing)
}

func TestWhatIsNoRightIsAFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{Down: 503})
	_, err := w.Describe(t.Context())
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
	require.Equal(t, "okta", w.Provider())
}
