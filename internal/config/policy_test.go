package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
)

const smallPolicy = `version: 1
company:
  name: Example Ltd
  time_zone: Europe/Berlin
people:
  - email: ada@example.com
    roles: [admin, security]
apps:
  apollo:
    kind: apollo.io
    owner: ada@example.com
    profiles:
      65f0aa: {name: Admin, admin: yes, full_seat: yes, seat: full}
    index_lag: 0s
    drift: {percent: 10, records: 5}
approvals:
  handover:
    stages:
      - {name: manager, who: [manager], backup: [app_owner], timeout: 4h}
leaving:
  sweeps: [0s, 24h, 168h]
`

func TestPolicyIsReadWithDefaults(t *testing.T) {
	p, err := config.ParsePolicy("handover.yaml", []byte(smallPolicy))
	require.NoError(t, err)
	app := p.Apps["apollo"]
	require.Equal(t, domain.Yes, app.Profiles["65f0aa"].Admin)
	require.Equal(t, domain.OrderGuide, app.Order)
	require.Equal(t, domain.ScopeOpen, app.Scopes[domain.Deals])
	require.Equal(t, 4*time.Hour, p.Approvals["handover"].Stages[0].Timeout)
	require.Equal(t, []time.Duration{0, 24 * time.Hour, 168 * time.Hour}, p.Leaving.Sweeps)
	require.Len(t, p.Hash, 64)
}

func TestPolicyMistakesNameFileLineAndKey(t *testing.T) {
	cases := map[string]struct{ from, to, want string }{
		"typo in a key":     {"time_zone:", "time_zon:", "handover.yaml:4:"},
		"key stands twice":  {"  name: Example Ltd\n", "  name: Example Ltd\n  name: Other\n", "handover.yaml:4:"},
		"unknown zone":      {"Europe/Berlin", "Europe/Berln", "handover.yaml:4: company.time_zone"},
		"unknown role":      {"[admin, security]", "[admin, root]", "handover.yaml:7: people[0].roles"},
		"unknown kind":      {"apollo.io", "apolo.io", "handover.yaml:10: apps.apollo.kind"},
		"no owner":          {"owner: ada@example.com", "owner: nobody", "handover.yaml:11: apps.apollo.owner"},
		"unknown approver":  {"who: [manager]", "who: [boss]", "approvals.handover.stages[0].who"},
		"missing approvals": {"approvals:\n  handover:", "approvals:\n  other:", "apps.apollo.approval"},
		"bad duration":      {"timeout: 4h", "timeout: 4 hours", "handover.yaml:19:"},
		"sweeps fall":       {"[0s, 24h, 168h]", "[24h, 0s]", "leaving.sweeps"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			text := []byte(replaceOnce(t, smallPolicy, c.from, c.to))
			_, err := config.ParsePolicy("handover.yaml", text)
			require.ErrorContains(t, err, c.want)
		})
	}
}
