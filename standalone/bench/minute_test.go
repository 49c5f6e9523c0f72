package bench

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// The bounds.
const (
	mostLate     = time.Second
	mostUntilAll = 1.05
	mostArmed    = 400 << 20
)

// BenchmarkMinute has 1,000 people wait for the same minute, at which their
// access is cut over a SCIM door that admits 600 requests a minute. When the
// first 600 are through and the rest waits for the door, 20 others are terminated
// for security.
func BenchmarkMinute(b *testing.B) {
	for b.Loop() {
		m := assemble(b)
		m.announce()
		m.awaitSnapshots()
		m.terminate()
		m.awaitCuts()
		m.measure()
	}
}

// measure compares what the simulated door saw with the moment and the floor.
func (m *minute) measure() {
	b, first := m.b, m.firstCalls()
	var late []time.Duration
	early := 0
	for n := range waiting {
		at, called := first[leaverEmail(n)]
		if !called {
			b.Fatalf("no call came for %s", leaverEmail(n))
		}
		if at.Before(m.moment) {
			early++
		}
		late = append(late, at.Sub(m.moment))
	}
	slices.Sort(late)
	median, p99 := late[(len(late)-1)/2], late[(len(late)*99+99)/100-1]
	within(b, fmt.Sprintf("p50 from the last moment to the first call, %d people at the same one, all counted", waiting), milliseconds(median), milliseconds(mostLate), float64(median)/float64(mostLate), 1)
	info(fmt.Sprintf("the slowest of the %d calls that the door's first window admits", doorLimit), milliseconds(late[doorLimit-1]), "")
	info("p99 and the slowest of all, who wait for the door's second window", seconds(p99)+", "+seconds(late[len(late)-1]), "")
	within(b, "called before the last moment", fmt.Sprint(early), "0", float64(early), 0)
	m.measureUrgent(first)
	m.measureEnd()
	m.measureRequests()
	peak := m.peak()
	within(b, fmt.Sprintf("peak memory of `handover worker`, %d cut-offs armed at once", waiting), mebibytes(peak), mebibytes(mostArmed), float64(peak)/mostArmed, 1)
	explainMinute()
	b.ReportMetric(float64(median.Milliseconds()), "p50-ms")
}

// measureUrgent wants nobody who was waiting for the door when the terminations
// came to be called before the last of them.
func (m *minute) measureUrgent(first map[string]time.Time) {
	var last time.Time
	for n := range terminated {
		last = later(last, first[urgentEmail(n)])
	}
	passed := 0
	for n := range waiting {
		if at := first[leaverEmail(n)]; at.After(m.said) && at.Before(last) {
			passed++
		}
	}
	behind := 0
	for n := range waiting {
		if first[leaverEmail(n)].After(last) {
			behind++
		}
	}
	within(m.b, fmt.Sprintf("people of the crowd called after %d security terminations had come and before they were through", terminated), fmt.Sprint(passed), "0", float64(passed), 0)
	info("of the crowd they passed", fmt.Sprint(behind), "")
	info("from HR's word to the last of their calls; the door was spent until its window ended", seconds(last.Sub(m.said)), "")
}

func (m *minute) measureEnd() {
	events, gone := m.audited(domain.EventMemberRemoved), map[string]time.Time{}
	for _, e := range events {
		gone[e.Run] = later(gone[e.Run], e.At)
	}
	if len(gone) != waiting+terminated || len(events) != len(gone) {
		m.b.Errorf("the audit log has %d removals in %d runs", len(events), len(gone))
	}
	var end time.Time
	for _, at := range gone {
		end = later(end, at)
	}
	took := end.Sub(m.moment)
	// The crowd and the terminations go through one door.
	shortest := floor(sim.Limits{Minute: sim.Window{Length: time.Minute, Count: doorLimit}}, waiting+terminated)
	within(m.b, fmt.Sprintf("time until all %d are verified gone", waiting+terminated), seconds(took), fmt.Sprintf("%.2f x %s, the door's window", mostUntilAll, seconds(shortest)),
		took.Seconds()/shortest.Seconds(), mostUntilAll)
}

func (m *minute) measureRequests() {
	counts, pages := m.app.Counts(), pages(len(m.users))
	within(m.b, "answers with status 429 from door and API", fmt.Sprint(counts.TooMany), "0", float64(counts.TooMany), 0)
	before, after := 0, 0
	for _, r := range m.app.Requests() {
		switch {
		case r.Endpoint != usersSearch:
		case r.At.Before(m.moment.Add(-time.Minute)):
			before++
		default:
			after++
		}
	}
	info(fmt.Sprintf("complete listings of %d pages: until a minute before, and since", pages), fmt.Sprintf("%d, %d", before/pages, after/pages), "")
	calls := map[string]int{}
	for _, r := range m.app.Requests() {
		if r.Via == sim.ViaSCIM {
			calls[r.Method]++
		}
	}
	info("requests through the door: found ahead, changed", fmt.Sprintf("%d, %d", calls[http.MethodGet], calls[http.MethodPatch]), "")
}

func explainMinute() {
	note("The minute: %d people of one team whose last moment is the same, announced one by one by HR's signed webhook, with the brake's limits off, and nobody deciding who inherits; %d more who leave the next day. The door admits %d requests in a window of a minute that opens with its first request, whatever they are; the policy file says so. Listings of users have Organization's published limits, 200 a minute, 600 an hour and 6000 a day; the other endpoints have none, because everybody's snapshot is taken within two minutes here, and within weeks in life. The app answers at once. Lateness is from the last moment to the arrival of the person's first call at the door.", waiting, terminated, doorLimit)
	note("The floor of the minute is one window: the first %d calls may go at once, the rest when the window ends. %d seconds after the moment HR says of the %d others that they are terminated for security; the door is spent by then, and they are to be the first when it opens. Verified is what a complete listing of the app shows that began after the door had answered.", doorLimit, int(afterMoment.Seconds()), terminated)
}
