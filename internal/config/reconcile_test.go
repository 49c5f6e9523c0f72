package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/config"
)

func TestReconcileSection(t *testing.T) {
	t.Parallel()
	read := func(section string) error {
		_, err := config.ParsePolicy("p.yaml", []byte(`version: 1
company: {time_zone: Europe/Berlin}
apps:
  apollo: {kind: apollo.io, owner: ada@example.com}
approvals:
  handover: {stages: [{name: manager, who: [manager]}]}
reconcile: `+section))
		return err
	}
	require.NoError(t, read(`{at: "23:05", records: 0, canary: 1, at_once: 100}`))
	require.NoError(t, read(`{}`))
	for section, want := range map[string]string{
		`{at: "25:00"}`:  "p.yaml:7: reconcile.at: is no time of day",
		`{records: -1}`:  "reconcile.records: must lie between 0 and 1000",
		`{canary: 0}`:    "reconcile.canary: must lie between 1 and 100",
		`{at_once: 101}`: "reconcile.at_once: must lie between 1 and 100",
		`{atonce: 5}`:    "atonce",
	} {
		err := read(section)
		require.Error(t, err, section)
		require.True(t, strings.Contains(err.Error(), want), "%s: %s", section, err)
	}
}
