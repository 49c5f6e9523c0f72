package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// shared are the packages whose versions both modules agree on: those that the
// house is built on. They are compared where a module names them.
var shared = []string{
	"go.temporal.io/sdk",
	"github.com/slack-go/slack",
	"github.com/go-resty/resty/v2",
	"github.com/jackc/pgx/v5",
	"github.com/sethvargo/go-envconfig",
}

// pinned are versions that are dear to change: the newest that builds with this
// Go, or the embedded server's own.
var pinned = map[string]string{
	"go.temporal.io/server":                "v1.32.1",
	"github.com/temporalio/ui-server/v2":   "v2.55.0",
	"modernc.org/sqlite":                   "v1.51.0",
	"github.com/go-resty/resty/v2":         "v2.17.2",
	"go.temporal.io/sdk":                   "v1.50.0",
	"go.temporal.io/sdk/contrib/envconfig": "v1.0.2",
}

var requirement = regexp.MustCompile(`(?m)^(?:require)?\s+(\S+) (v\S+)`)

func TestBothModulesAgreeOnVersions(t *testing.T) {
	t.Parallel()
	house, alone := versionsOf(t, "."), versionsOf(t, "standalone")
	compared := 0
	for _, name := range shared {
		if house[name] != "" && alone[name] != "" {
			require.Equal(t, house[name], alone[name], "%s differs between go.mod and standalone/go.mod", name)
			compared++
		}
	}
	require.NotZero(t, compared, "no version was compared")
	for name, version := range pinned {
		for _, have := range []string{house[name], alone[name]} {
			if have != "" {
				require.Equal(t, version, have, "%s is pinned", name)
			}
		}
	}
	require.NotEmpty(t, alone["go.temporal.io/server"])
	require.Empty(t, house["go.temporal.io/server"], "the server is linked by standalone alone")
	require.Empty(t, house["modernc.org/sqlite"], "SQLite is linked by standalone alone")
}

func TestNoWorkspaceFile(t *testing.T) {
	t.Parallel()
	_, err := os.Stat(filepath.Join(root, "go.work"))
	require.ErrorIs(t, err, os.ErrNotExist, "a workspace lifts the root's versions to those of the server")
}

func versionsOf(t *testing.T, module string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, module, "go.mod"))
	require.NoError(t, err)
	versions := map[string]string{}
	for _, m := range requirement.FindAllStringSubmatch(string(raw), -1) {
		versions[m[1]] = m[2]
	}
	require.Greater(t, len(versions), 5, "the requirements of %s were not read", module)
	return versions
}
