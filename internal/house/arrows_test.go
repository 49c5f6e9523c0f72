package house_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// arrows is what one room may import besides the standard library. A name that
// ends in "/" stands for everything below it.
type arrows struct {
	handover []string // rooms of the house
	outside  []string // other modules
	noStd    []string // parts of the standard library that are refused
}

// impure is what decides or acts by something else than its input.
var impure = []string{"os", "os/", "net", "net/", "log", "log/", "syscall", "math/rand", "math/rand/", "crypto/rand", "database/", "io/ioutil", "plugin", "runtime", "runtime/", "unsafe"}

const (
	sdk   = "go.temporal.io/sdk/"
	api   = "go.temporal.io/api/"
	pgx   = "github.com/jackc/pgx/v5"
	resty = "github.com/go-resty/resty/v2"
)

// table holds every room. A room that is not in it is refused, so that nobody
// adds one without saying what it may know.
var table = map[string]arrows{
	"domain":     {noStd: append([]string{"sync", "sync/", "io", "bufio"}, impure...)},
	"activities": {handover: []string{"domain"}, outside: []string{sdk + "activity", sdk + "temporal"}},
	"workflows": {handover: []string{"domain", "activities"}, outside: []string{sdk + "workflow", sdk + "temporal"},
		noStd: append([]string{"sync", "sync/", "io", "context"}, impure...)},
	"worker": {handover: []string{"domain", "activities", "workflows", "internal/obs"}, outside: []string{sdk, api, "google.golang.org/protobuf/"}},

	"internal/apollo":      adapter(resty),
	"internal/gated":       adapter(resty), // how the rooms below speak HTTP
	"internal/scim":        speaking(),
	"internal/okta":        speaking("github.com/golang-jwt/jwt/v5"), // signs what a service app is known by
	"internal/entra":       speaking(),
	"internal/browser":     adapter("github.com/chromedp/chromedp", "github.com/chromedp/"),
	"internal/apollospace": adapter(resty),
	"internal/manual":      adapter(),
	"internal/store":       adapter(pgx, pgx+"/"),
	"internal/evidence":    adapter(),
	"internal/config":      adapter("github.com/sethvargo/go-envconfig", "github.com/goccy/go-yaml", "github.com/goccy/go-yaml/"),
	"internal/obs":         {outside: []string{"go.opentelemetry.io/", "github.com/prometheus/", sdk}},

	"internal/desk": {handover: []string{"domain", "workflows", "internal/store"},
		outside: []string{sdk + "client", sdk + "temporal", api + "serviceerror", api + "enums/v1"}},

	"internal/slackapp": door("github.com/slack-go/slack", "github.com/slack-go/slack/"),
	"internal/hr":       door("github.com/standard-webhooks/standard-webhooks/libraries/"),
	"internal/api":      door("github.com/danielgtaylor/huma/v2", "github.com/danielgtaylor/huma/v2/"),
	"internal/console":  door("github.com/coreos/go-oidc/v3/oidc", "golang.org/x/oauth2"),

	// The API's client shares the API's types, so that the two cannot drift apart.
	"internal/client": {handover: []string{"domain", "internal/api"}, outside: []string{resty}},

	"internal/app": {handover: []string{"domain", "activities", "workflows", "worker", "internal/"}, outside: []string{"*"}},
	"cmd/handover": {handover: []string{"domain", "internal/app", "internal/config", "internal/evidence", "internal/store", "internal/api", "internal/client", "internal/obs",
		"internal/hr"}, // to read rosters before they are sent
		outside: []string{"github.com/spf13/cobra", "golang.org/x/term"}},

	"docs/recipes":             {},
	"internal/sim/":            {handover: []string{"internal/sim/"}},
	"internal/pgtest":          {outside: []string{pgx, pgx + "/"}},
	"internal/store/storetest": {handover: []string{"domain", "activities", "internal/store"}, outside: []string{"github.com/stretchr/testify/"}},
	"activities/connectortest": {handover: []string{"domain", "activities"}, outside: []string{"github.com/stretchr/testify/"}},
	"internal/house":           {outside: []string{"github.com/goccy/go-yaml"}},

	// The standalone module sees the whole house; of its parts only the embedded
	// server may know Temporal's server, and it knows nothing of the house.
	"standalone":             {handover: everything(), outside: []string{"*"}},
	"standalone/temporal":    {outside: []string{"*"}},
	"standalone/sqlitestore": {handover: []string{"domain", "internal/store"}, outside: []string{"modernc.org/sqlite", "modernc.org/sqlite/"}},
	"standalone/":            {handover: everything(), outside: []string{"*"}},
}

func adapter(outside ...string) arrows {
	return arrows{handover: []string{"domain"}, outside: outside}
}

// speaking is an adapter that speaks HTTP through the gated client.
func speaking(outside ...string) arrows {
	return arrows{handover: []string{"domain", "internal/gated"}, outside: append(outside, resty)}
}

func door(outside ...string) arrows {
	return arrows{handover: []string{"domain", "internal/desk", "internal/store"}, outside: outside}
}

func everything() []string {
	return []string{"domain", "activities", "workflows", "worker", "internal/", "standalone/", "docs/recipes"}
}

// onlyTests are rooms that production code never imports; the standalone module
// holds the demo and may.
var onlyTests = []string{"internal/sim/", "internal/pgtest", "internal/store/storetest", "activities/connectortest"}

// inTests is what tests may import besides what their room may.
var inTests = arrows{
	handover: []string{"domain", "internal/sim/", "internal/pgtest", "internal/store/storetest"},
	outside:  []string{"github.com/stretchr/testify/", "github.com/goccy/go-yaml", sdk, api, "google.golang.org/protobuf/", pgx, pgx + "/"},
}

// testsAlso are the rooms that the tests of a room put together.
var testsAlso = map[string][]string{
	"internal/apollo":      {"activities/connectortest"},
	"internal/scim":        {"activities/connectortest"},
	"internal/apollospace": {"activities/connectortest"},
	"activities":           {"internal/apollo", "internal/scim", "internal/manual", "internal/config", "workflows", "worker", "internal/store"},
	"worker":               {"internal/store"},
	"internal/desk":        {"activities", "worker"},
	"internal/store":       {"activities"},
	"internal/evidence":    {"internal/store", "activities"},
	"internal/slackapp":    {"internal/", "activities", "workflows", "worker"},
	"internal/hr":          {"internal/", "activities", "workflows", "worker"},
	"internal/api":         {"internal/", "activities", "workflows", "worker"},
	"internal/console":     {"internal/", "activities", "workflows", "worker", "github.com/chromedp/"},
	"internal/house":       {"internal/config"},
}

// pkg is what `go list` tells about a package.
type pkg struct {
	ImportPath                         string
	Standard                           bool
	Imports, TestImports, XTestImports []string
}

func TestEachRoomImportsOnlyWhatTheTableAllows(t *testing.T) {
	t.Parallel()
	packages := list(t)
	for _, must := range []string{"domain", "activities", "workflows", "worker", "internal/apollo", "internal/sim/apollo", "standalone/temporal"} {
		require.Contains(t, packages, must, "go list did not show this room")
	}
	var wrong []string
	for room, p := range packages {
		wrong = append(wrong, check(room, p)...)
	}
	require.Empty(t, wrong, "imports that the table of the house does not allow")
}

// check finds the imports of one package that are not allowed.
func check(room string, p pkg) []string {
	rule, ok := rulesOf(room)
	if !ok {
		return []string{room + ": is not in the table: say what this room may import"}
	}
	var wrong []string
	for _, path := range p.Imports {
		if why := refused(rule, room, path, false); why != "" {
			wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", room, path, why))
		}
	}
	for _, path := range append(append([]string{}, p.TestImports...), p.XTestImports...) {
		if why := refused(rule, room, path, true); why != "" {
			wrong = append(wrong, fmt.Sprintf("a test of %s imports %s: %s", room, path, why))
		}
	}
	return wrong
}

func refused(rule arrows, room, path string, test bool) string {
	inner, ours := strings.CutPrefix(path, "handover/")
	switch {
	case ours && inner == room:
		return ""
	case ours && !test && matches(inner, onlyTests) && !strings.HasPrefix(room, "standalone") && !matches(room, onlyTests):
		return "only tests and the standalone module may"
	case ours && matches(inner, rule.handover):
		return ""
	case ours && test && (matches(inner, inTests.handover) || matches(inner, testsAlso[room])):
		return ""
	case ours:
		return "this room may not know that one"
	case standard(path):
		if !test && matches(path, rule.noStd) {
			return "this room is to be pure"
		}
		return ""
	case matches(path, rule.outside) || test && (matches(path, inTests.outside) || matches(path, testsAlso[room])):
		return ""
	case strings.HasPrefix(path, "go.temporal.io/server"):
		return "the server is linked by standalone alone"
	default:
		return "each dependency has one room: add it to the table with care"
	}
}

// rulesOf finds the rule of a room: its own, or that of the longest folder above.
func rulesOf(room string) (arrows, bool) {
	if rule, ok := table[room]; ok {
		return rule, true
	}
	for dir := room; strings.Contains(dir, "/"); {
		dir = dir[:strings.LastIndexByte(dir, '/')]
		if rule, ok := table[dir+"/"]; ok {
			return rule, true
		}
	}
	return arrows{}, false
}

func matches(path string, patterns []string) bool {
	for _, p := range patterns {
		if p == "*" || p == path || strings.HasSuffix(p, "/") && strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// standard tells the standard library from modules: their first part has a dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// list asks the go tool about both modules. Packages that do not compile are
// listed all the same.
func list(t *testing.T) map[string]pkg {
	t.Helper()
	found := map[string]pkg{}
	for _, module := range modules {
		cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Standard,Imports,TestImports,XTestImports", "./...")
		cmd.Dir = filepath.Join(root, module)
		out, err := cmd.Output()
		require.NoError(t, err, "go list in %s", module)
		decoder := json.NewDecoder(strings.NewReader(string(out)))
		for {
			var p pkg
			err := decoder.Decode(&p)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			room, ours := strings.CutPrefix(p.ImportPath, "handover/")
			require.True(t, ours, "%s lies outside the house", p.ImportPath)
			found[room] = p
		}
	}
	return found
}

func TestTheTableRefusesWhatItShould(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		room string
		p    pkg
	}{
		"a connector that knows another":   {"internal/apollo", pkg{Imports: []string{"handover/internal/scim"}}},
		"a pure room that reads files":     {"domain", pkg{Imports: []string{"os"}}},
		"a workflow with a lock":           {"workflows", pkg{Imports: []string{"sync"}}},
		"a workflow with random ids":       {"workflows", pkg{Imports: []string{"github.com/google/uuid"}}},
		"a door with a client of its own":  {"internal/api", pkg{Imports: []string{sdk + "client"}}},
		"production with a simulator":      {"internal/app", pkg{Imports: []string{"handover/internal/sim/apollo"}}},
		"the server in the root module":    {"worker", pkg{Imports: []string{"go.temporal.io/server/temporal"}}},
		"a simulator that knows the house": {"internal/sim/apollo", pkg{Imports: []string{"handover/domain"}}},
		"a room nobody announced":          {"internal/misc", pkg{}},
		"a test that builds another room":  {"domain", pkg{XTestImports: []string{"handover/internal/store"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, check(c.room, c.p))
		})
	}
	require.Empty(t, check("standalone", pkg{Imports: []string{"handover/internal/sim/apollo", "handover/internal/app"}}))
	require.Empty(t, check("internal/desk", pkg{Imports: []string{sdk + "client", "handover/domain", "context"}}))
}
