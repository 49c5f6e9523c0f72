package e2e

import (
	"bytes"
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"handover/domain"
	sim "handover/internal/sim/apollo"
	"handover/standalone/demo"
)

const zanzibari = "zanzibari@canary.example.com"

// canaries are words that occur nowhere else: names, addresses, credentials and
// what people wrote.
var canaries = []string{"Quixotica", "Zanzibari", "zanzibari", "canary.example.com", "canary-key", "canary-scim", "canary-reason", "canary-proof",
	"canary-digest-of-the-token", dana, eli, "Eli Park"}

func TestNoNameLeavesTheStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) {
		for i := range s.tenant.Users {
			if s.tenant.Users[i].Email == dana {
				u := &s.tenant.Users[i]
				u.Email, u.First, u.Last, u.Mailboxes = zanzibari, "Quixotica", "Zanzibari", []string{zanzibari, "q@canary.example.com"}
			}
		}
		s.tenant.CRMUser, s.tenant.Enrolments = zanzibari, nil
		s.options.APIKey, s.options.SCIMToken = "canary-key-7f3a", "canary-scim-91bc"
		s.edit = func(p string) string {
			return strings.ReplaceAll(p, "email: "+dana+", name: Dana Reyes", "email: "+zanzibari+", name: Quixotica Zanzibari")
		}
		s.args = []string{"--log", "debug"}
	})
	w.home.start("")
	w.robot(func(r *demo.Robot) { r.Proof = "canary-proof: see the ticket of Quixotica" })
	body := leaving(zanzibari, 2*time.Second)
	body.Reason = "canary-reason: Quixotica goes to a competitor"
	require.NoError(t, w.app.SetFaults(3, sim.Fault{Kind: sim.FaultError, Endpoint: "search", Every: 9, Count: 6}, sim.Fault{Kind: sim.FaultHTML, Every: 25, Count: 2}))
	id := w.start(body).ID
	w.awaitState(id, domain.RunClosed)
	refused, err := http.Get(w.home.address() + "/api/v1/runs?token=canary-digest-of-the-token") //nolint:noctx // whatever is asked must not be logged
	require.NoError(t, err)
	require.NoError(t, refused.Body.Close())
	w.checkMetrics()
	w.checkVisibility(id)
	require.NoError(t, w.home.stop())

	audit, err := os.ReadFile(filepath.Join(w.home.data, "handover.db"))
	require.NoError(t, err)
	require.Contains(t, string(audit), "Quixotica", "the canaries are not where they belong: the test proves nothing")
	seen := 0
	err = filepath.WalkDir(filepath.Join(w.home.data, "temporal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		seen += len(raw)
		noCanary(t, path, raw)
		return err
	})
	require.NoError(t, err)
	require.Greater(t, seen, 100_000, "Temporal's files are somewhere else")
	log, err := os.ReadFile(w.home.log())
	require.NoError(t, err)
	require.Contains(t, string(log), "DEBUG", "the log is not at debug level")
	noCanary(t, "the log", log)
}

func noCanary(t *testing.T, where string, raw []byte) {
	t.Helper()
	for _, word := range canaries {
		if i := bytes.Index(raw, []byte(word)); i >= 0 {
			t.Errorf("%q stands in %s: ...%q...", word, where, raw[max(0, i-120):min(len(raw), i+60)])
		}
	}
}

// checkMetrics looks at what the installation tells about itself, where it does.
func (w *world) checkMetrics() {
	w.t.Helper()
	answer, err := http.Get(w.home.address() + "/metrics") //nolint:noctx // a local server
	require.NoError(w.t, err)
	defer func() { _ = answer.Body.Close() }()
	var b bytes.Buffer
	_, err = b.ReadFrom(answer.Body)
	require.NoError(w.t, err)
	noCanary(w.t, "/metrics", b.Bytes())
}

// checkVisibility looks at what Temporal can be searched by: ids, types and
// search attributes.
func (w *world) checkVisibility(run string) {
	w.t.Helper()
	c, err := client.Dial(client.Options{HostPort: w.home.temporal})
	require.NoError(w.t, err)
	defer c.Close()
	listed, known := "", false
	for until := time.Now().Add(patience); time.Now().Before(until) && !known; pause() {
		page, err := c.ListWorkflow(context.Background(), &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000})
		require.NoError(w.t, err)
		listed = page.String()
		known = strings.Contains(listed, run)
	}
	require.True(w.t, known, "the run is not among Temporal's workflows")
	noCanary(w.t, "Temporal's list of workflows", []byte(listed))
}
