//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/browser"
	sim "handover/internal/sim/apollo"
	"handover/standalone/demo"
)

// A worker that dies while its browser plays leaves no browser behind that keeps
// the next one out, and nothing is clicked twice or for anybody else.
func TestABrowserDiesWithItsWorker(t *testing.T) {
	t.Parallel()
	if _, ok := browser.Find(); !ok {
		t.Fatal("no Chromium or Chrome on this machine: install one to run these tests")
	}
	w := newWorld(t, func(s *setup) {
		s.options.SCIMToken, s.options.Plan, s.options.AdminToken = "", sim.PlanProfessional, demo.AdminToken
		s.policy.Plan = "professional"
		s.policy.Doors = "\n    browser:\n      profile: profiles/apollo\n      recipes: {deactivate: recipes/deactivate.json, unlink-mailboxes: recipes/unlink-mailboxes.json}"
	})
	folder := filepath.Dir(w.home.data)
	lines, err := demo.Recorded(folder, w.url, "apollo")
	require.NoError(t, err)
	require.NotEmpty(t, lines)
	before, err := demo.Take(w.app, dana)
	require.NoError(t, err)
	w.home.start("")
	w.robot(nil)
	id := w.start(leaving(dana, 2*time.Second)).ID
	running := filepath.Join(folder, "profiles", "apollo", "SingletonLock")
	for until := time.Now().Add(patience); time.Now().Before(until); pause() {
		if _, err := os.Lstat(running); err == nil {
			break
		}
	}
	require.True(t, w.home.kill(), "the browser was at work")
	w.home.start("write-applied-not-recorded:1")
	<-w.home.ended()
	require.True(t, w.home.killed())
	w.home.start("")
	r := w.awaitState(id, domain.RunClosed)
	w.checkRun(r, before)
	leaver, err := w.app.UserID(dana)
	require.NoError(t, err)
	done := map[string]int{}
	for _, e := range w.app.Effects() {
		if e.Via != sim.ViaAdmin {
			continue
		}
		done[e.Op+" "+string(e.Kind)+" "+e.Target+" "+e.Field]++
		if e.Kind == sim.KindUser {
			require.Equal(t, leaver, e.Target, e.Op)
		}
	}
	for what, times := range done {
		require.Equal(t, 1, times, what)
	}
	w.stop()
	w.checkKept(r)
}
