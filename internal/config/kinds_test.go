package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
)

const doorsPolicy = `version: 1
apps:
  people-app:
    kind: scim
    owner: ada@example.com
    credentials: {scim_url: PEOPLE_URL, scim_token: PEOPLE_TOKEN}
    roles:
      Admin: {admin: yes}
    scim: {remove: deactivate}
  vault:
    kind: manual
    owner: ada@example.com
    second: bo@example.com
    instructions:
      deactivate: Suspend the person.
approvals:
  handover:
    stages:
      - {name: manager, who: [manager]}
`

func TestAppsOfThePolicyAlone(t *testing.T) {
	t.Parallel()
	p, err := config.ParsePolicy("handover.yaml", []byte(doorsPolicy))
	require.NoError(t, err)
	require.Equal(t, domain.Yes, p.Apps["people-app"].Roles["Admin"].Admin)
	require.Equal(t, "Suspend the person.", p.Apps["vault"].Instructions[domain.StepDeactivate])
}

func TestMistakesInAppsOfThePolicyAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, want string }{
		"no token":               {", scim_token: PEOPLE_TOKEN", "", "handover.yaml:6: apps.people-app.credentials.scim_token"},
		"a role's typo":          {"{admin: yes}", "{admin: maybe}", "handover.yaml:8: apps.people-app.roles.Admin.admin"},
		"removal":                {"remove: deactivate", "remove: destroy", "handover.yaml:9: apps.people-app.scim.remove"},
		"role attribute":         {"{remove: deactivate}", "{role_attribute: groups}", "handover.yaml:9: apps.people-app.scim.role_attribute"},
		"profiles on scim":       {"    roles:\n", "    profiles: {x: {admin: yes}}\n    roles:\n", "handover.yaml:7: apps.people-app.profiles"},
		"what shows no role":     {"    second: bo@example.com\n", "    second: bo@example.com\n    roles: {none: {admin: no}}\n", "handover.yaml:14: apps.vault.roles.none"},
		"scim elsewhere":         {"    second: bo@example.com\n", "    second: bo@example.com\n    scim: {remove: delete}\n", "handover.yaml:14: apps.vault.scim"},
		"credentials of manual":  {"    second: bo@example.com\n", "    second: bo@example.com\n    credentials: {api_key: X}\n", "handover.yaml:14: apps.vault.credentials"},
		"one person alone":       {"    second: bo@example.com\n", "", "apps.vault.second"},
		"the owner twice":        {"second: bo@example.com", "second: Ada@example.com", "handover.yaml:13: apps.vault.second"},
		"no instructions":        {"deactivate: Suspend the person.", "hand-over: Move it.", "apps.vault.instructions.deactivate"},
		"a step of another kind": {"Suspend the person.", "Suspend the person.\n      lists: Move.", "handover.yaml:16: apps.vault.instructions.lists"},
		"empty words":            {"Suspend the person.", "Suspend the person.\n      hand-over: ' '", "handover.yaml:16: apps.vault.instructions.hand-over"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, 1, strings.Count(doorsPolicy, c.from))
			_, err := config.ParsePolicy("handover.yaml", []byte(strings.Replace(doorsPolicy, c.from, c.to, 1)))
			require.ErrorContains(t, err, c.want)
		})
	}
}
