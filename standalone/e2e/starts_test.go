package e2e

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
	"handover/standalone/demo"
)

func TestFiftyStartsAtOnceAreOneRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.home.start("")
	body, person := leaving(dana, time.Hour), w.present(t, priya)
	ids, made := make([]string, 50), make([]bool, 50)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			started, err := client.Post[api.Started](t.Context(), person, "/runs", body)
			if err == nil {
				ids[i], made[i] = started.Run.ID, started.Created
			}
		})
	}
	all.Wait()
	created := 0
	for i, id := range ids {
		require.NotEmpty(t, id, "start %d was refused", i)
		require.Equal(t, ids[0], id)
		if made[i] {
			created++
		}
	}
	require.Equal(t, 1, created)
	runs, err := client.Get[[]api.Run](t.Context(), person, "/runs", nil)
	require.NoError(t, err)
	require.Len(t, runs, 1)
}

func TestARetractedRunDoesNotSwallowTheRealLeaving(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	before, err := demo.Take(w.app, dana)
	require.NoError(t, err)
	w.home.start("")
	first := w.start(leaving(dana, time.Hour))
	_, err = client.Post[api.Message](t.Context(), w.present(t, priya), "/runs/"+first.ID+"/retract", map[string]any{"reason": "stays after all"})
	require.NoError(t, err)
	w.awaitState(first.ID, domain.RunRetracted)
	require.Empty(t, w.app.Effects(), "the retracted run wrote")
	w.robot(nil)
	second := w.start(leaving(dana, time.Second))
	require.NotEqual(t, first.ID, second.ID)
	w.checkRun(w.awaitState(second.ID, domain.RunClosed), before)
	w.stop()
	w.checkKept(first, second)
}

// Whoever asks again after a run for one app asks for all of them.
func TestARunForOneAppDoesNotSwallowTheRealLeaving(t *testing.T) {
	t.Parallel()
	first, second := &office{name: "first", options: sim.Options{SCIMToken: scimToken}}, &office{name: "second", options: sim.Options{SCIMToken: scimToken}}
	w := newOffices(t, first, second)
	w.home.start("")
	w.robot(nil)
	one := leaving(dana, time.Second)
	one.Apps = []string{"second"}
	r := w.start(one)
	w.awaitState(r.ID, domain.RunClosed)
	require.NoError(t, second.before.CheckLeaver(dana))
	require.Empty(t, first.app.Effects(), "a run for one app touched another")
	all := w.start(leaving(dana, time.Second))
	require.NotEqual(t, r.ID, all.ID)
	w.awaitState(all.ID, domain.RunClosed)
	for name, o := range w.offices {
		require.NoError(t, o.before.CheckLeaver(dana), name)
		require.NoError(t, o.before.CheckOthers(), name)
	}
}
