package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
)

const frontPolicy = `version: 1
identity_providers:
  okta:
    kind: okta
    credentials: {url: OKTA_URL, token: OKTA_TOKEN}
  entra:
    kind: entra
    tenant: 5a1f0c9e-3d2b-4e7a-8f6d-9b0c1a2d3e4f
    credentials: {client_id: ENTRA_ID, secret: ENTRA_SECRET}
apps:
  apollo:
    kind: apollo.io
    owner: ada@example.com
    sign_in: {provider: okta, app: 0oa1}
    browser:
      profile: profiles/apollo
      recipes: {deactivate: recipes/deactivate.json}
  vault:
    kind: manual
    owner: ada@example.com
    second: bo@example.com
    instructions: {deactivate: Suspend the person., sign-in: In the console choose Suspend.}
approvals:
  handover:
    stages:
      - {name: manager, who: [manager]}
`

func TestDoorsBesideAnApp(t *testing.T) {
	t.Parallel()
	p, err := config.ParsePolicy("handover.yaml", []byte(frontPolicy))
	require.NoError(t, err)
	require.Equal(t, domain.SignInPolicy{Provider: "okta", App: "0oa1"}, p.Apps["apollo"].SignIn)
	require.Equal(t, "OKTA_TOKEN", p.Providers["okta"].Credentials.Token)
	require.Equal(t, "recipes/deactivate.json", p.Apps["apollo"].Browser.Recipes["deactivate"])
}

func TestMistakesInDoors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, want string }{
		"another provider":       {"kind: okta", "kind: onelogin", "handover.yaml:4: identity_providers.okta.kind"},
		"no address":             {"{url: OKTA_URL, token", "{token", "handover.yaml:5: identity_providers.okta.credentials.url"},
		"nothing to sign with":   {", token: OKTA_TOKEN", "", "identity_providers.okta.credentials: names no token"},
		"half a service app":     {"token: OKTA_TOKEN", "client_id: OKTA_ID", "identity_providers.okta.credentials.key_id"},
		"both":                   {"token: OKTA_TOKEN", "token: OKTA_TOKEN, client_id: OKTA_ID, key: K, key_id: I", "stands beside those of a service app"},
		"entra's key on okta":    {"token: OKTA_TOKEN", "token: OKTA_TOKEN, secret: S", "identity_providers.okta.credentials.secret: belongs to kind entra"},
		"okta's key on entra":    {"secret: ENTRA_SECRET", "secret: ENTRA_SECRET, token: T", "identity_providers.entra.credentials.token: belongs to kind okta"},
		"no tenant":              {"    tenant: 5a1f0c9e-3d2b-4e7a-8f6d-9b0c1a2d3e4f\n", "", "identity_providers.entra.tenant"},
		"no secret":              {", secret: ENTRA_SECRET", "", "identity_providers.entra.credentials.secret"},
		"an app's name":          {"  okta:\n", "  vault:\n", "identity_providers.vault: is the name of an app too"},
		"an empty provider":      {"    kind: okta\n    credentials: {url: OKTA_URL, token: OKTA_TOKEN}\n", "", "identity_providers.okta: is empty"},
		"a provider nobody made": {"provider: okta", "provider: google", "handover.yaml:14: apps.apollo.sign_in.provider"},
		"no app there":           {", app: 0oa1", "", "apps.apollo.sign_in.app"},
		"no profile":             {"      profile: profiles/apollo\n", "", "apps.apollo.browser"},
		"no recipe":              {"      recipes: {deactivate: recipes/deactivate.json}\n", "", "apps.apollo.browser"},
		"an unknown recipe":      {"{deactivate: recipes", "{destroy: recipes", "handover.yaml:17: apps.apollo.browser.recipes.destroy"},
		"a recipe without file":  {"recipes/deactivate.json", "' '", "apps.apollo.browser.recipes.deactivate: names no file"},
		"a browser as proof":     {"    second: bo@example.com\n", "    second: bo@example.com\n    browser: {profile: p, recipes: {deactivate: d}}\n", "apps.vault.browser: is not for kind manual"},
		"a browser beside SCIM":  {"    kind: manual\n", "    kind: scim\n    browser: {profile: p, recipes: {deactivate: d}}\n", "apps.vault.browser: is not for kind scim"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, 1, strings.Count(frontPolicy, c.from))
			_, err := config.ParsePolicy("handover.yaml", []byte(strings.Replace(frontPolicy, c.from, c.to, 1)))
			require.ErrorContains(t, err, c.want)
		})
	}
}
