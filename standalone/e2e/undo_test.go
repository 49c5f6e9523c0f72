package e2e

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
	"handover/standalone/demo"
)

// An undo that is killed again and again puts everything back, once.
func TestKillsDuringAnUndo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.policy.Sweeps = "[0s, 10m]" })
	before, err := demo.Take(w.app, dana)
	require.NoError(t, err)
	owned := w.app.State().Counts
	w.home.start("")
	w.robot(nil)
	id := w.start(leaving(dana, time.Second)).ID
	w.awaitState(id, domain.RunSweeping)
	moved := len(w.app.Effects())
	asked := make(chan error, 1)
	w.home.kill()
	go func() { asked <- w.undo(id) }()
	dice, deaths := rand.New(rand.NewPCG(*seed, 0)), 0
	for _, point := range []string{"delivered-not-recorded:1", "done-not-answered:1", "write-applied-not-recorded:1", "chunk-marked-not-sent:2",
		"write-applied-not-recorded:2", fmt.Sprintf("write-applied-not-recorded:%d", 1+dice.IntN(3)), "done-not-answered:2"} {
		w.home.start(point)
		w.awaitEnd(id)
		if w.home.running() {
			break
		}
		require.True(t, w.home.killed())
		deaths++
	}
	w.unarm()
	require.NoError(t, <-asked)
	r := w.awaitState(id, domain.RunRetracted)
	require.GreaterOrEqual(t, deaths, 3, "the undo was hardly killed")
	t.Logf("killed %d times", deaths)

	writes := map[sim.Ref]int{}
	for _, e := range w.app.Effects()[moved:] {
		if e.Via == sim.ViaAPI && (e.Field == "owner_id" || e.Field == "user_id") {
			writes[sim.Ref{Kind: e.Kind, ID: e.Target}]++
			require.Equal(t, 1, writes[sim.Ref{Kind: e.Kind, ID: e.Target}], "%s %s was put back twice", e.Kind, e.Target)
		}
	}
	require.Len(t, writes, before.Moves())
	now := w.app.State()
	for kind, owners := range owned {
		require.Equal(t, owners, now.Counts[kind], kind)
	}
	require.NoError(t, before.CheckOthers())
	for _, u := range now.Users {
		require.True(t, u.Active, "%s cannot log in", u.Email)
	}
	w.checkPack(r)
	w.stop()
	w.checkKept(r)
}

// undo asks until it is heard.
func (w *world) undo(id string) error {
	var err error
	for until := time.Now().Add(patience); time.Now().Before(until) && w.t.Context().Err() == nil; pause() {
		c := w.as(priya)
		if c == nil {
			continue
		}
		if _, err = client.Post[api.Message](w.t.Context(), c, "/runs/"+id+"/undo", map[string]any{"reason": "hired again"}); err == nil {
			return nil
		}
		w.say("undo: %v", err)
		if r, ok := w.run(id); ok && closed(r) {
			return nil // an undo that was heard before the answer came
		}
	}
	return err
}

// awaitEnd waits until the process or the run has come to its end.
func (w *world) awaitEnd(id string) {
	w.t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); pause() {
		if !w.home.running() || w.closed(id) {
			return
		}
	}
	w.t.Fatal("neither the process nor the run ends")
}
