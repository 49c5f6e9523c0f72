package okta_test

import (
	"crypto/rand"
	"crypto/rsa"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/okta"
	sim "handover/internal/sim/okta"
)

func TestAServiceAppReadsWithTheRightsOfReaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{}, service("okta.apps.read", "okta.users.read", "okta.groups.read"))
	require.Equal(t, domain.Present, w.find(eli).Presence)
	_, err := w.Unassign(t.Context(), w.find(eli))
	f := faultOf(t, err)
	require.Equal(t, domain.FaultForbidden, f.Kind)
	require.Contains(t, f.SafeMessage, "okta.apps.manage")
	require.Equal(t, "USER", w.sim.Scope(w.app, w.eli))
}

// A token serves until shortly before it ends.
func TestTokensAreKeptAndRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{}, service("okta.apps.read"))
	w.list()
	w.list()
	require.Equal(t, 1, w.times("POST /oauth2/v1/token"))
	w.clock.move(58 * time.Minute)
	w.list()
	require.Equal(t, 1, w.times("POST /oauth2/v1/token"))
	w.clock.move(90 * time.Second)
	w.list()
	require.Equal(t, 2, w.times("POST /oauth2/v1/token"))
}

// A service app that was switched off under way is asked about once more, not for
// ever.
func TestATokenThatIsRefusedAgainEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{}, service("okta.apps.read"))
	w.list()
	w.sim.Switch(func(s *sim.Switches) { s.Down = 401 })
	before := len(w.sim.Requests())
	_, err := w.ListAssigned(t.Context())
	require.Equal(t, domain.FaultUnauthenticated, domain.KindOf(err))
	require.Len(t, w.sim.Requests(), before+2, "the call, and the request for a token")
}

func TestServiceAppsThatAreNotAccepted(t *testing.T) {
	t.Parallel()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(*sim.Options, *okta.Config)
		says   string
	}{
		"another key":     {func(_ *sim.Options, cfg *okta.Config) { cfg.Key = pemOf(other) }, "the key and its id"},
		"another key id":  {func(_ *sim.Options, cfg *okta.Config) { cfg.KeyID = "kid-2" }, "the key and its id"},
		"another client":  {func(_ *sim.Options, cfg *okta.Config) { cfg.ClientID = "0oaOther" }, "client id"},
		"a clock behind":  {func(_ *sim.Options, cfg *okta.Config) { cfg.Now = func() time.Time { return begin.Add(-time.Hour) } }, "clock"},
		"proof is wanted": {func(o *sim.Options, _ *okta.Config) { o.Switches.DPoP = true }, "DPoP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sim.Switches{}, service(sim.AllScopes()...), c.change)
			_, err := w.FindAssignment(t.Context(), eli)
			f := faultOf(t, err)
			require.Equal(t, domain.FaultUnauthenticated, f.Kind)
			require.Contains(t, f.SafeMessage, c.says)
			require.NotContains(t, w.logs.String(), "eyJ", "an assertion is a secret while it lives")
		})
	}
}
