// Package bench measures a leaving with the real binaries: handover worker and
// handover serve against the embedded Temporal server and PostgreSQL, each in a
// process of its own, and a simulated app in this one. What is measured is
// compared with a bound that stands here; a bound that is missed fails.
package bench

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	sim "handover/internal/sim/apollo"
)

var updateDocs = flag.Bool("update-docs", false, "write docs/benchmarks.md")

// latency is how long the app takes to answer, on the way there and back: a
// vendor's API is rarely faster.
const latency = 20 * time.Millisecond

// The bounds.
const (
	mostRequests = 1.05
	mostFloor    = 1.05
	mostLoop     = 1.0
	mostActions  = 60
	mostPeak     = 100 << 20
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if len(rows) > 0 {
		fmt.Println("\n" + report())
		if *updateDocs {
			if err := writeDocs(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// BenchmarkLeaver is a leaver with 10,000 contacts without limits: requests
// against the least possible, time against a plain loop, Temporal's actions.
func BenchmarkLeaver(b *testing.B) {
	for b.Loop() {
		s := setup{size: leaver(10_000), plan: sim.PlanUnlimited, latency: latency}
		w := offboard(b, s)
		measureRequests(b, w)
		measureLoop(b, w)
		a := w.actions(b)
		within(b, "Temporal actions of the run", fmt.Sprint(a.total), fmt.Sprint(mostActions), float64(a.total)/mostActions, 1)
		note("Actions: %s. Heartbeats are delivered besides and stand in no history; there were at most %d.", a, a.beats)
		b.ReportMetric(float64(a.total), "actions")
	}
}

func measureRequests(b *testing.B, w *world) {
	b.Helper()
	counts, fewest := w.app.Counts(), least(w.size)
	total, best := counts.Total, sum(fewest)
	within(b, "requests of a whole leaving with 10,000 contacts", fmt.Sprint(total), fmt.Sprintf("1.05 x %d, the least possible", best),
		float64(total)/float64(best), mostRequests)
	compare(counts.PerEndpoint, fewest)
	note("All requests since the worker's start count, its check of the key's grants among them (one for each thing that it may read). How the least is computed stands in standalone/bench/least_test.go. Beyond it: the canary of five records is a write call of its own, and users are listed afresh by each activity that decides something on them.")
	b.ReportMetric(float64(total), "requests")
}

func measureLoop(b *testing.B, w *world) {
	b.Helper()
	ours := w.moving()
	loop, requests := plainLoop(b, w.setup)
	within(b, fmt.Sprintf("time of the transfers without limits, app answers in %s", w.latency), seconds(ours),
		fmt.Sprintf("1.0 x %s, a plain sequential loop of %d calls", seconds(loop), requests), ours.Seconds()/loop.Seconds(), mostLoop)
	note("Set-up: PostgreSQL without fsync on this machine for the store and for Temporal, the standalone binary with --temporal-only, serve and worker each a process, the app simulated in the process of the benchmark with its answers delayed as stated. A robot decides and does people's tasks through the API. Waits of the policy that are no work are shortened: one sweep at once, 200 ms for the app's index instead of 5 s, no reminders fall due. Access is cut over SCIM.")
	note("Transfers are measured from their first request to the last kind being verified; approvals, people's tasks and sweeps are outside. The loop makes the same calls with ids in memory, writes nothing down, and does not wait for the app's index between its two closing listings; ours does, %s here.", "200 ms")
}

// BenchmarkInstant is the same against an app that answers at once, which none
// does: what the orchestration itself costs.
func BenchmarkInstant(b *testing.B) {
	for b.Loop() {
		w := offboard(b, setup{size: leaver(10_000), plan: sim.PlanUnlimited})
		ours := w.moving()
		loop, _ := plainLoop(b, w.setup)
		info("time of the transfers without limits, app answers at once", fmt.Sprintf("%s, loop %s", seconds(ours), seconds(loop)), fmt.Sprintf("%.2f", ours.Seconds()/loop.Seconds()))
	}
}

// BenchmarkProfessional is the same leaver with the real limits and windows of
// the Professional plan. The floor is what the windows dictate, so the app answers
// at once; the second run shows what its latency adds.
func BenchmarkProfessional(b *testing.B) {
	for b.Loop() {
		limits := sim.LimitsOf(sim.PlanProfessional)
		s := setup{size: leaver(10_000), plan: sim.PlanProfessional, limits: limits}
		w := offboard(b, s)
		shortest, which := floorOf(limits, w.size)
		ours := w.moving()
		within(b, "time of the transfers with Professional's limits", seconds(ours),
			fmt.Sprintf("1.05 x %s, the windows of %s", seconds(shortest), which), ours.Seconds()/shortest.Seconds(), mostFloor)
		refused := w.app.Counts().TooMany
		s.latency = latency
		slow := offboard(b, s)
		refused += slow.app.Counts().TooMany
		info(fmt.Sprintf("time of the transfers with Professional's limits, app answers in %s", latency), seconds(slow.moving()), fmt.Sprintf("%.3f", slow.moving().Seconds()/shortest.Seconds()))
		within(b, "answers with status 429 in both runs", fmt.Sprint(refused), "0", float64(refused), 0)
		note("Professional's limits are the real ones, %d requests a minute, %d an hour and %d a day for each endpoint, in windows of their real length. The floor counts windows alone, endpoints side by side: %d calls of one endpoint need more than one minute's window. With latency the first answers come later; that is in the second figure.",
			limits.Minute.Count, limits.Hour.Count, limits.Day.Count, w.size.tasks)
	}
}

// BenchmarkHours is a leaver of whom even the hour's window is not enough, with
// Professional's counts in windows that are shortened so far that waiting for one
// is still left to a timer.
func BenchmarkHours(b *testing.B) {
	for b.Loop() {
		limits := sim.LimitsOf(sim.PlanProfessional)
		limits.Minute.Length, limits.Hour.Length, limits.Day.Length = 5*time.Second, 70*time.Second, 30*time.Minute
		w := offboard(b, setup{size: leaver(50_000), plan: sim.PlanProfessional, limits: limits, windows: "{minute: 5s, hour: 70s, day: 30m}"})
		collect, write := floor(limits, pages(w.size.contacts)), floor(limits, calls(w.size.contacts))
		ours, shortest := w.moving(), collect+write
		within(b, "time of the transfers with 50,000 contacts and shortened windows", seconds(ours), fmt.Sprintf("1.05 x %s, one hour's window to collect and one to write", seconds(shortest)),
			ours.Seconds()/shortest.Seconds(), mostFloor)
		hours := int(shortest / limits.Hour.Length)
		a, most := w.actions(b), mostActions+2*hours
		within(b, fmt.Sprintf("Temporal actions with %d hour windows waited out", hours), fmt.Sprint(a.total), fmt.Sprintf("60 + 2 x %d", hours), float64(a.total)/float64(most), 1)
		refused := w.app.Counts().TooMany
		within(b, "answers with status 429 meanwhile", fmt.Sprint(refused), "0", float64(refused), 0)
		note("With more than 40,000 contacts two hours are waited where windows alone would allow one: everything is collected before the first record is written, because what people approved is compared with the whole. Windows are shortened to 5 s, 70 s and 30 min there, with their counts unchanged; the count for the plan opened the first of them a little before the transfers began, which is why a ratio may lie just below 1.")
	}
}

// BenchmarkMemory is a leaver with 50,000 contacts without limits.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		w := offboard(b, setup{size: leaver(50_000), plan: sim.PlanUnlimited})
		peak := w.peak()
		within(b, "peak memory of `handover worker`, 50,000 contacts", fmt.Sprintf("%.0f MiB", float64(peak)/(1<<20)), "100 MiB",
			float64(peak)/mostPeak, 1)
		b.ReportMetric(float64(peak)/(1<<20), "MiB")
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
