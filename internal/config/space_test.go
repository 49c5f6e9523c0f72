package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
)

const spacePolicy = `version: 1
apps:
  space:
    kind: apollo.space
    owner: ada@example.com
    second: bo@example.com
    space:
      owners: [olga@example.com, omar@example.com]
      members_fresh: 12h
      notes_keeper: ada@example.com
      notes_readers: [eli@example.com]
approvals: {handover: {stages: [{who: [manager]}]}}
`

func TestASpaceIsAnEntryOfThePolicy(t *testing.T) {
	t.Parallel()
	p, err := config.ParsePolicy("handover.yaml", []byte(spacePolicy))
	require.NoError(t, err)
	app := p.Apps["space"]
	require.Equal(t, 12*time.Hour, app.Space.Fresh())
	require.Equal(t, []string{"olga@example.com", "omar@example.com"}, app.Space.Owners)
	require.Len(t, app.AllRoles(), 4)
	p, err = config.ParsePolicy("handover.yaml", []byte(strings.Replace(spacePolicy, "      members_fresh: 12h\n", "", 1)))
	require.NoError(t, err)
	require.Equal(t, domain.DefaultMembersFresh, p.Apps["space"].Space.Fresh())
}

func TestMistakesInASpaceOfThePolicy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, mistake, at string }{
		"nobody may touch an owner": {"      owners: [olga@example.com, omar@example.com]\n", "", "handover.yaml:8: apps.space.space.owners: is missing"},
		"an owner's typo":           {"omar@example.com", "omar", "handover.yaml:8: apps.space.space.owners[1]: must be an email"},
		"a keeper's typo":           {"notes_keeper: ada@example.com", "notes_keeper: ada", "handover.yaml:10: apps.space.space.notes_keeper"},
		"a reader's typo":           {"[eli@example.com]", "[eli]", "handover.yaml:11: apps.space.space.notes_readers[0]"},
		"fresh for ever":            {"12h", "200h", "handover.yaml:9: apps.space.space.members_fresh: must lie between"},
		"fresh for a moment":        {"12h", "1m", "handover.yaml:9: apps.space.space.members_fresh"},
		"one person alone":          {"    second: bo@example.com\n", "", "apps.space.second: must be somebody else"},
		"the same person twice":     {"second: bo@", "second: ada@", "handover.yaml:6: apps.space.second"},
		"notes after the removal":   {"    space:\n", "    order: protect-email\n    space:\n", "handover.yaml:7: apps.space.order: is about mailboxes"},
		"a key for no interface":    {"    space:\n", "    credentials: {api_key: X}\n    space:\n", "handover.yaml:7: apps.space.credentials"},
		"profiles":                  {"    space:\n", "    profiles: {x: {admin: yes}}\n    space:\n", "handover.yaml:7: apps.space.profiles"},
		"a step of another app":     {"    space:\n", "    instructions: {lists: x}\n    space:\n", "use promote-admin, sign-in, retrieve-notes, deactivate, integrations, reassign"},
		"another kind":              {"kind: apollo.space", "kind: apollo.io", "handover.yaml:8: apps.space.space: only an app of kind apollo.space"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, spacePolicy, c.old)
			_, err := config.ParsePolicy("handover.yaml", []byte(strings.Replace(spacePolicy, c.old, c.mistake, 1)))
			require.ErrorContains(t, err, c.at)
		})
	}
}
