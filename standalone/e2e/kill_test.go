package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
	"handover/standalone/demo"
)

// death is one way to kill the process: at a named point, after a number of
// requests to the app, or after some time.
type death struct {
	point    string // point:n
	requests int64
	after    time.Duration
}

func (d death) String() string {
	switch {
	case d.point != "":
		return d.point
	case d.requests > 0:
		return fmt.Sprintf("after %d requests", d.requests)
	default:
		return fmt.Sprintf("after %s", d.after)
	}
}

// points are the named points, between an effect and its record, in the order in
// which a run passes them, and how often at most.
var points = []struct {
	name string
	most int
}{
	{"run-written-not-started", 1}, {"delivered-not-recorded", 1}, {"done-not-answered", 3}, {"delivered-not-recorded", 2},
	{"guard-passed-not-written", 1}, {"write-applied-not-recorded", 1}, {"chunk-marked-not-sent", 4}, {"write-applied-not-recorded", 5},
	{"done-not-answered", 9}, {"chunk-marked-not-sent", 2}, {"delivered-not-recorded", 2}, {"concluded-not-packed", 1}, {"done-not-answered", 2},
}

// oneOfEach is the plan of the first installation: a kill at every named point.
var oneOfEach = []death{{point: "run-written-not-started:1"}, {point: "delivered-not-recorded:1"}, {point: "done-not-answered:1"},
	{point: "guard-passed-not-written:1"}, {point: "write-applied-not-recorded:1"}, {point: "chunk-marked-not-sent:1"}, {point: "concluded-not-packed:1"}}

// deaths draws the kills of one installation.
func deaths(dice *rand.Rand, n int) []death {
	var chosen []int
	for len(chosen) < n {
		chosen = append(chosen, dice.IntN(len(points)))
	}
	slices.Sort(chosen)
	drawn := make([]death, 0, n)
	for _, i := range chosen {
		switch p := points[i]; dice.IntN(10) {
		case 0, 1:
			drawn = append(drawn, death{requests: 1 + dice.Int64N(12)})
		case 2, 3:
			drawn = append(drawn, death{after: time.Duration(dice.IntN(2500)) * time.Millisecond})
		default:
			drawn = append(drawn, death{point: fmt.Sprintf("%s:%d", p.name, 1+dice.IntN(p.most))})
		}
	}
	return drawn
}

// tally counts the kills of all installations.
type tally struct {
	done atomic.Int64
	mu   sync.Mutex
	by   map[string]int
}

func (c *tally) add(d death) {
	c.done.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	name := "a moment"
	switch {
	case d.point != "":
		name = d.point[:len(d.point)-2]
	case d.requests > 0:
		name = "a request"
	}
	c.by[name]++
}

// atOnce is how many installations are killed side by side: they wait most of
// the time.
const atOnce = 4

// TestKillsChangeNothing kills the process again and again. Whatever was under
// way, the leaving ends as it ends without, and nothing is done twice.
func TestKillsChangeNothing(t *testing.T) {
	t.Parallel()
	count := &tally{by: map[string]int{}}
	var next atomic.Int64
	t.Run("installations", func(t *testing.T) {
		for range atOnce {
			t.Run("side", func(t *testing.T) {
				t.Parallel()
				for count.done.Load() < int64(*kills) && !t.Failed() {
					n := next.Add(1)
					t.Run(fmt.Sprint(n), func(t *testing.T) { killedRun(t, uint64(n), count) })
				}
			})
		}
	})
	t.Logf("%d kills with seed %d in %d installations: %v", count.done.Load(), *seed, next.Load(), count.by)
	if !t.Failed() {
		for _, p := range points {
			require.NotZero(t, count.by[p.name], "never killed at %s", p.name)
		}
	}
}

// hardships are what makes the leavings of the kill test differ.
type hardship struct {
	noSCIM   bool     // people cut the access
	leavers  []string // at the same moment
	stubborn bool     // the app fails again and again meanwhile
	postgres bool     // the store is shared, as it may be: nothing is given back at a start

	ahead time.Duration // of the last moment; 0 for a few seconds
}

var hardships = []hardship{
	{leavers: []string{dana}},
	{leavers: []string{dana}, noSCIM: true},
	{leavers: []string{dana, aiko}},
	{leavers: []string{dana}, stubborn: true},
	{leavers: []string{dana, aiko}, noSCIM: true, stubborn: true},
}

// killedRun plays a leaving, or two, in an installation that is killed several
// times.
func killedRun(t *testing.T, n uint64, count *tally) {
	dice := rand.New(rand.NewPCG(*seed, n))
	plan, hard := deaths(dice, 6+dice.IntN(4)), hardships[n%uint64(len(hardships))]
	if n == 1 {
		plan = oneOfEach
	}
	killThrough(t, n, dice, plan, hard, count)
}

// TestKillsOnPostgreSQL kills in the places where effect and record are apart.
// Leases and permits of the dead run out there, because another process might
// hold them, so there are few kills.
func TestKillsOnPostgreSQL(t *testing.T) {
	t.Parallel()
	plan := []death{{point: "delivered-not-recorded:1"}, {point: "write-applied-not-recorded:1"}, {point: "chunk-marked-not-sent:2"}}
	count := &tally{by: map[string]int{}}
	killThrough(t, 1, rand.New(rand.NewPCG(*seed, 1)), plan, hardship{leavers: []string{dana}, postgres: true}, count)
	require.EqualValues(t, len(plan), count.done.Load())
}

// TestKilledWhileArmed kills where the cut-off is prepared and waits for the
// moment. Another worker goes on, and nothing happens before the moment.
func TestKilledWhileArmed(t *testing.T) {
	t.Parallel()
	plan := []death{{point: "armed:1"}, {point: "armed:1"}, {point: "write-applied-not-recorded:1"}}
	// It is armed half a minute ahead. A busy machine may take longer than that to come
	// up again, and then cuts before it can be killed a second time.
	for n := range uint64(3) {
		count := &tally{by: map[string]int{}}
		t.Run(fmt.Sprint(n), func(t *testing.T) { killedArmed(t, n, plan, count) })
		if t.Failed() || count.done.Load() == int64(len(plan)) {
			return
		}
	}
	require.Fail(t, "never killed as planned")
}

func killedArmed(t *testing.T, n uint64, plan []death, count *tally) {
	hard := hardship{leavers: []string{dana}, ahead: time.Minute}
	w, asked := killThrough(t, n, rand.New(rand.NewPCG(*seed, 2)), plan, hard, count)
	require.False(t, asked.due.IsZero())
	cuts := 0
	for _, e := range w.app.Effects() {
		if e.Via == sim.ViaSCIM {
			require.False(t, e.At.Before(asked.due), "it was cut %s before the moment", asked.due.Sub(e.At))
			cuts++
		}
	}
	require.NotZero(t, cuts)
}

// killThrough kills an installation as planned and wants the end that comes
// without.
func killThrough(t *testing.T, n uint64, dice *rand.Rand, plan []death, hard hardship, count *tally) (*world, *asking) {
	w := newWorld(t, func(s *setup) {
		s.postgres = hard.postgres
		if hard.noSCIM {
			s.options.SCIMToken, s.options.Plan, s.policy.Plan, s.tenant.Subscription.Plan = "", "professional", "professional", "professional"
		}
	})
	before, err := demo.Take(w.app, hard.leavers...)
	require.NoError(t, err)
	if hard.stubborn {
		require.NoError(t, w.app.SetFaults(n, sim.Fault{Kind: sim.FaultDropAfter, Endpoint: "update", Every: 5, Count: 8},
			sim.Fault{Kind: sim.FaultDropBefore, Endpoint: "update", Every: 7, Count: 8}, sim.Fault{Kind: sim.FaultUnavailable, Endpoint: "search", Every: 13, Count: 10},
			sim.Fault{Kind: sim.FaultTruncate, Endpoint: "search", Every: 17, Count: 6}))
	}
	w.robot(nil)
	ahead, fixed := time.Duration(dice.IntN(4000))*time.Millisecond+time.Second, hard.ahead > 0
	if fixed {
		ahead = hard.ahead
	}
	asked := w.askAll(hard.leavers, ahead, fixed)
	for _, d := range plan {
		if w.dieOrClose(d, asked) {
			break
		}
		w.say("killed: %s", d)
		count.add(d)
	}
	w.unarm()
	<-asked.done
	require.Len(t, asked.all(), len(hard.leavers))
	var runs []api.Run
	for _, id := range asked.all() {
		runs = append(runs, w.awaitState(id, domain.RunClosed))
	}
	w.checkRuns(before, runs...)
	w.stop()
	w.checkKept(runs...)
	return w, asked
}

// asking is somebody who asks for leavings until they are heard.
type asking struct {
	done chan struct{}
	due  time.Time // where the first was asked for in advance; to be read when done
	mu   sync.Mutex
	ids  []string
}

func (a *asking) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.ids)
}

// askAll asks for the leavings beside whatever happens to the installation. The time
// ahead begins now, or when the installation is up: a start may take long.
func (w *world) askAll(leavers []string, ahead time.Duration, whenUp bool) *asking {
	a := &asking{done: make(chan struct{})}
	now := time.Now()
	go func() {
		defer close(a.done)
		if whenUp {
			w.until(priya, func(*client.Client) bool { now = time.Now(); return true })
		}
		for _, who := range leavers {
			b := leavingAt(who, now.Add(ahead))
			b.Successors = map[string]string{"": eli}
			if who != leavers[0] {
				b.Zone, b.LastMoment, b.Now = "", "", true // the moment may have passed meanwhile
			} else if due, err := (domain.LastMoment{Local: b.LastMoment, Zone: b.Zone}).Instant(); err == nil {
				a.due = due
			}
			if started, err := w.offboard(b); err == nil {
				a.mu.Lock()
				a.ids = append(a.ids, started.Run.ID)
				a.mu.Unlock()
			}
		}
	}()
	w.t.Cleanup(func() { <-a.done })
	return a
}

// dieOrClose starts the installation with a death ahead and waits for it. It
// answers true when the runs closed first.
func (w *world) dieOrClose(d death, asked *asking) bool {
	w.t.Helper()
	first := w.seen.Load()
	k := &killer{home: w.home}
	defer k.rest()
	if d.requests > 0 {
		at := func(n int64) {
			if n >= first+d.requests {
				k.strike()
			}
		}
		w.onNth.Store(&at)
		defer w.onNth.Store(nil)
	}
	w.say("started, to die: %s", d)
	w.home.start(d.point)
	w.say("up")
	if d.after > 0 {
		timer := time.AfterFunc(d.after, k.strike)
		defer timer.Stop()
	}
	for until := time.Now().Add(patience); time.Now().Before(until); pause() {
		if !w.home.running() {
			require.True(w.t, w.home.killed(), "the installation ended by itself")
			return false
		}
		select {
		case <-asked.done:
		default:
			continue
		}
		if slices.ContainsFunc(asked.all(), func(id string) bool { return !w.closed(id) }) {
			continue
		}
		if d.point != "" {
			w.awaitLateDeath()
		}
		k.rest()
		if w.home.running() {
			return true
		}
		require.True(w.t, w.home.killed(), "the installation ended by itself")
		return false
	}
	w.t.Fatalf("wait for %s: the run neither ends nor dies%s", d, w.standOf(asked))
	return false
}

// awaitLateDeath gives a process a moment to die of what follows the closing: some
// points lie between it and its pack, its answer or its message. Nothing hangs on
// whether it does.
func (w *world) awaitLateDeath() {
	select {
	case <-w.home.ended():
	case <-time.After(3 * time.Second):
	}
}

// unarm has the installation run without a death ahead: one that has outlived its
// plan still carries the last, which would come in the middle of what is checked.
func (w *world) unarm() {
	w.t.Helper()
	w.home.kill()
	w.home.start("")
}

// killer kills a process once, and only as long as somebody waits for that.
type killer struct {
	home *child
	mu   sync.Mutex
	over bool
	work sync.WaitGroup
}

func (k *killer) strike() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.over {
		k.over = true
		k.work.Go(func() { k.home.kill() })
	}
}

// rest comes back when the process is gone, or will not be killed any more.
func (k *killer) rest() {
	k.mu.Lock()
	k.over = true
	k.mu.Unlock()
	k.work.Wait()
}

// inFull plays a plan to its end: what a run was too quick for, so that none of its
// later lives would pass it, is planned once more for another installation.
func inFull(t *testing.T, plan []death, play func(*testing.T, []death) (left []death)) {
	for n := 0; n < 3 && len(plan) > 0 && !t.Failed(); n++ {
		t.Run(fmt.Sprint("plan ", n), func(t *testing.T) { plan = play(t, plan) })
	}
}

// standOf tells how far what people asked for has come.
func (w *world) standOf(asked *asking) string {
	var b strings.Builder
	select {
	case <-asked.done:
	default:
		b.WriteString("; people still ask")
	}
	for _, id := range asked.all() {
		r, ok := w.run(id)
		if !ok {
			fmt.Fprintf(&b, "; %s does not answer", id)
			continue
		}
		fmt.Fprintf(&b, "; %s is %s (%s)%s", id, r.State, r.Why, stepsOf(r))
	}
	return b.String()
}

func (w *world) closed(id string) bool {
	r, ok := w.run(id)
	return ok && closed(r)
}

func closed(r api.Run) bool { return domain.RunState(r.State).Ended() }
