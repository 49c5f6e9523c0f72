package scim_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/scim"
)

// longestInstall bounds one try to install the server: a cold cache on a small
// machine takes minutes.
const longestInstall = 4 * time.Minute

// startScimmy starts a SCIM server that nobody here wrote, and gives its address.
func startScimmy(t *testing.T) string {
	t.Helper()
	for _, tool := range []string{"npm", "node"} {
		if _, err := exec.LookPath(tool); err != nil {
			absent(t, tool+" is not installed")
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "server.js"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), raw, 0o600))
	}
	said, err := install(t, dir)
	if err != nil && mustRun() {
		said, err = install(t, dir) // a registry that did not answer once may answer now
	}
	if err != nil {
		absent(t, fmt.Sprintf("npm install failed: %v: %s", err, said))
	}
	server := exec.CommandContext(t.Context(), "node", "server.js")
	server.Dir, server.Env, server.Stderr = dir, append(os.Environ(), "SCIM_TOKEN="+token), os.Stderr
	stdin, err := server.StdinPipe() // closed with this process, which ends the server
	require.NoError(t, err)
	stdout, err := server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = server.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	m := regexp.MustCompile(`listening on (\d+)`).FindStringSubmatch(line)
	require.Len(t, m, 2, line)
	return "http://127.0.0.1:" + m[1] + "/scim/v2"
}

// install has npm put what the server needs into a folder, and gives what it said.
func install(t *testing.T, dir string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longestInstall)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline", "--loglevel=error")
	npm.Dir = dir
	return npm.CombinedOutput()
}

// mustRun tells that this is CI, where the server has to be had.
func mustRun() bool { return os.Getenv("CI") == "true" }

// absent skips the test where the server cannot be had, but for CI, where it must
// run.
func absent(t *testing.T, why string) {
	t.Helper()
	if mustRun() {
		t.Fatal("the tests against a real SCIM server must run in CI: " + why)
	}
	t.Skip("no test against a real SCIM server: " + why)
}

func (w *world) before(url string, change func(*scim.Config)) {
	cfg := scim.Config{App: "people", URL: url, Token: token, Clock: func() time.Time { return begin }, Roles: map[string]scim.Role{domain.RoleNone: {Admin: domain.No}}}
	change(&cfg)
	var err error
	w.Connector, err = scim.New(cfg, w.gate, slog.New(slog.NewTextHandler(w.logs, nil)))
	require.NoError(w.t, err)
}

func realWorld(t *testing.T, url string, change func(*scim.Config)) *world {
	w := &world{t: t, gate: &memoryGate{states: map[string]domain.RateState{}}, logs: &safeLog{}}
	w.before(url, change)
	return w
}

func TestAgainstAServerThatNobodyHereWrote(t *testing.T) {
	t.Parallel()
	url := startScimmy(t)
	w := realWorld(t, url, func(*scim.Config) {})
	require.NoError(t, w.Probe(t.Context()))
	p, err := w.Provider(t.Context())
	require.NoError(t, err)
	require.Equal(t, scim.Provider{Patch: domain.Yes, Filter: domain.Yes, ETag: domain.No}, p)

	const people = 103 // more than a page: a page past the end begins anew here
	for i := range people {
		_, r, err := w.CreateAccount(t.Context(), scim.NewUser{UserName: fmt.Sprintf("person%d@example.com", i), Given: "Person", Family: fmt.Sprint(i)})
		require.NoError(t, err)
		require.False(t, r.Already)
	}
	l := w.list()
	require.True(t, l.Complete)
	require.Len(t, l.Accounts, people)

	again, r, err := w.CreateAccount(t.Context(), scim.NewUser{UserName: "Person7@example.com"}) // the filter heeds case, the uniqueness does not
	if err == nil {
		require.True(t, r.Already)
		require.Equal(t, "person7@example.com", again.Email)
	} else {
		require.Equal(t, domain.FaultConflict, domain.KindOf(err))
	}
	one, err := w.FindAccount(t.Context(), "person7@example.com")
	require.NoError(t, err)
	for _, already := range []bool{false, true} {
		r, err := w.DeactivateAccount(t.Context(), one)
		require.NoError(t, err)
		require.Equal(t, already, r.Already)
		one, _ = w.list().ByID(one.ID)
		require.Equal(t, domain.No, one.Active)
	}
	_, err = w.ReactivateAccount(t.Context(), one)
	require.NoError(t, err)
	require.Equal(t, domain.Present, w.list().AccountPresence(one.ID))

	joining(t, url)

	deleting := realWorld(t, url, func(c *scim.Config) { c.Delete = true })
	_, err = deleting.DeactivateAccount(t.Context(), one)
	require.NoError(t, err)
	require.Equal(t, domain.Absent, deleting.list().AccountPresence(one.ID))
	wrong := realWorld(t, url, func(c *scim.Config) { c.Token = "revoked" })
	require.Equal(t, domain.FaultUnauthenticated, domain.KindOf(wrong.Probe(t.Context())))
}

// joining has somebody come in, change role, leave and come back.
func joining(t *testing.T, url string) {
	t.Helper()
	w := realWorld(t, url, func(c *scim.Config) {
		c.RoleAttribute, c.Roles = scim.RolesUnder, map[string]scim.Role{"Admin": {Admin: domain.Yes}, "Member": {Admin: domain.No}}
	})
	for n, email := range []string{finn, "Finn.Okoro@example.com"} { // the filter heeds case: the listing tells who it is
		r, err := w.InviteAccount(t.Context(), email, "Finn Okoro", member)
		require.NoError(t, err)
		require.Equal(t, n > 0, r.Already)
	}
	a := w.found(finn)
	require.Equal(t, []domain.Tri{domain.Yes, domain.Yes, domain.No}, []domain.Tri{a.Active, a.IsRole(member), a.Admin})
	for _, already := range []bool{false, true} {
		r, err := w.ChangeRole(t.Context(), a, admin)
		require.NoError(t, err)
		require.Equal(t, already, r.Already)
		a = w.found(finn)
		require.Equal(t, domain.Yes, a.IsRole(admin))
		require.Equal(t, "Finn Okoro", a.Name)
	}
	_, err := w.DeactivateAccount(t.Context(), a)
	require.NoError(t, err)
	r, err := w.InviteAccount(t.Context(), finn, "Finn Okoro", member)
	require.NoError(t, err)
	require.False(t, r.Already)
	back := w.found(finn)
	require.Equal(t, a.ID, back.ID)
	require.Equal(t, []domain.Tri{domain.Yes, domain.Yes}, []domain.Tri{back.Active, back.IsRole(member)})
}
