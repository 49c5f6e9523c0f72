package apollo_test

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/apollo"
	sim "handover/internal/sim/apollo"
)

func TestProbeSaysWhatToDo(t *testing.T) {
	t.Parallel()
	require.NoError(t, demo(t).Probe(t.Context()))

	for _, form := range []string{sim.ErrorsStructured, sim.ErrorsLegacy} {
		rotated := demo(t, with(func(s *sim.Switches) { s.Errors = form }))
		rotated.sim.SetAPIKey("another", admin)
		f := fault(t, rotated.Probe(t.Context()))
		require.Equal(t, domain.FaultUnauthenticated, f.Kind)
		require.Contains(t, f.SafeMessage, "put a working one in place")
	}

	narrow := demo(t, func(o *sim.Options, _ *apollo.Config) { o.Grants = []string{"api/v1/users/search"} })
	f := fault(t, narrow.Probe(t.Context()))
	require.Equal(t, domain.FaultForbidden, f.Kind)
	require.Contains(t, f.SafeMessage, "lacks the grant api/v1/users/api_profile")

	gone := newStub(t, nil)
	server := httptest.NewServer(nil)
	server.Close()
	c, err := apollo.New(apollo.Config{App: "apollo", APIKey: canaryKey, BaseURL: server.URL}, gone.gate, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	f = fault(t, c.Probe(t.Context()))
	require.Equal(t, domain.FaultUnavailable, f.Kind)
	require.Contains(t, f.SafeMessage, "no connection")
}

// every read grant of the connector, by the names that Apollo documents.
var readGrants = []string{
	"api/v1/users/search", "api/v1/users/api_profile", "api/v1/email_accounts/index", "api/v1/emailer_messages/search",
	"api/v1/contacts/search", "api/v1/contacts/show", "api/v1/accounts/search", "api/v1/accounts/show",
	"deals/api/v1/opportunities/search", "deals/api/v1/opportunities/show", "api/v1/tasks/search", "api/v1/tasks/show",
	"api/v1/emailer_campaigns/search", "api/v1/labels/index",
}

func TestCheckGrantsNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	missing, err := demo(t).CheckGrants(t.Context())
	require.NoError(t, err)
	require.Empty(t, missing)

	for _, grant := range readGrants {
		s := newStub(t, refusing(grant))
		missing, err = s.CheckGrants(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{grant}, missing)
	}

	rotated := demo(t)
	rotated.sim.SetAPIKey("another", admin)
	_, err = rotated.CheckGrants(t.Context())
	require.Equal(t, domain.FaultUnauthenticated, fault(t, err).Kind)
}

func TestConfigurationThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	good := apollo.Config{App: "apollo", APIKey: canaryKey}
	for name, tc := range map[string]struct {
		change func(*apollo.Config)
		says   string
	}{
		"no app":         {func(c *apollo.Config) { c.App = "" }, "no name"},
		"no key":         {func(c *apollo.Config) { c.APIKey = "" }, "no API key"},
		"base URL":       {func(c *apollo.Config) { c.BaseURL = "api.apollo.io" }, "base URL"},
		"half SCIM":      {func(c *apollo.Config) { c.SCIMURL = "https://scim.example.com" }, "both an address and a token"},
		"SCIM URL":       {func(c *apollo.Config) { c.SCIMURL, c.SCIMToken = "scim", canaryToken }, "SCIM address"},
		"endless":        {func(c *apollo.Config) { c.HTTPTimeout = time.Hour }, "timeout"},
		"a plan unknown": {func(c *apollo.Config) { c.Plan = "gold" }, "plan is not one of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			tc.change(&cfg)
			_, err := apollo.New(cfg, nil, slog.New(slog.DiscardHandler))
			f := fault(t, err)
			require.Equal(t, domain.FaultInvalid, f.Kind)
			require.Contains(t, f.SafeMessage, tc.says)
			require.NotContains(t, f.Error(), "canary")
		})
	}
	c, err := apollo.New(good, nil, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Equal(t, domain.KindApolloIO, c.Kind())
}

// Of every procedure: leaving, joining, changing role. The sign-in is the identity
// provider's to tell.
func TestChannelsExplainEveryCapabilityOfTheRunbooks(t *testing.T) {
	t.Parallel()
	w := demo(t)
	for _, of := range []func(string) (domain.Runbook, bool){domain.RunbookFor, domain.JoiningFor, domain.RoleChangeFor} {
		runbook, ok := of(w.Kind())
		require.True(t, ok)
		for _, step := range runbook.Steps {
			if step.Capability != "" && step.Key != domain.StepSignIn && step.Key != domain.StepOpenSignIn {
				require.NotEmpty(t, channel(w.Connector, step.Capability).Why, step.Capability)
			}
		}
	}
	for _, want := range []domain.Capability{domain.CanInvite, domain.CanChangeRole} {
		require.Equal(t, domain.ChannelPerson, channel(w.Connector, want).Channel, "no documented call: %s", want)
	}
}
