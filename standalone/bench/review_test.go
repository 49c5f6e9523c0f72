package bench

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	enums "go.temporal.io/api/enums/v1"
	temporal "go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
	"handover/standalone/demo"
)

// The size and the bounds of a large review.
const (
	reviewLines    = 100_000
	reviewManagers = 20
	mostLaunch     = 60 * time.Second
	mostReviewPeak = 300 << 20
	mostEvents     = 500
	mostExport     = 30 * time.Second
)

// BenchmarkReview reviews 100,000 people of one app, each of whom HR knows, by twenty
// managers who decide 5,000 lines each, and exports the proof.
func BenchmarkReview(b *testing.B) {
	for b.Loop() {
		r := newLargeReview(b)
		r.launch()
		r.decide()
		r.complete()
		r.export()
		r.measureHistory()
		note("The review: %d users of one app over its API, which answers at once and admits every request, %d people whom HR knows, %d managers. Launch is from the command to the moment at which every reviewer's message is written: the whole list is read, held against the app's own total, looked up among HR's people, assigned and written down. Nobody is removed, so that the history is the review's own; each removal is a run with a history of its own.",
			reviewLines, reviewLines, reviewManagers)
	}
}

type largeReview struct {
	*installation
	id       string
	managers []string
}

func reviewManager(n int) string { return fmt.Sprintf("manager-%02d@example.com", n) }

// newLargeReview seeds the app and writes the people straight into the database: a
// roster of that size is another benchmark's matter.
func newLargeReview(b *testing.B) *largeReview {
	b.Helper()
	spec := sim.TenantSpec{Seed: 9, Subscription: sim.Subscription{Plan: sim.PlanOrganization, Billing: sim.BillingAnnual, Seats: reviewLines + 10}, KeyCreator: priya}
	since := time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)
	spec.Users = append(spec.Users, sim.UserSpec{Email: priya, First: "Priya", Last: "Nair", Profile: sim.ProfileAdmin, Created: since})
	for n := range reviewLines - 1 {
		spec.Users = append(spec.Users, sim.UserSpec{Email: fmt.Sprintf("u%06d@example.com", n), First: "U", Last: fmt.Sprint(n), Created: since})
	}
	app := sim.New(sim.Options{APIKey: apiKey, Plan: sim.PlanUnlimited})
	require(b, app.Seed(spec))
	server := httptest.NewServer(app.Handler())
	b.Cleanup(server.Close)
	p := demo.DefaultPolicy()
	p.Reviews = "{every_months: 0, idle: 0s, retry: 1s, look: 1s}"
	path := filepath.Join(b.TempDir(), "handover.yaml")
	require(b, p.Write(path))
	raw, err := os.ReadFile(path)
	require(b, err)
	require(b, os.WriteFile(path, []byte(strings.Replace(string(raw), "heartbeat: 1s", "heartbeat: 30s", 1)), 0o600))
	r := &largeReview{installation: install(b, path, "APOLLO_API_KEY="+apiKey, "APOLLO_BASE_URL="+server.URL+"/api/v1")}
	for n := range reviewManagers {
		r.managers = append(r.managers, reviewManager(n))
	}
	r.people()
	r.issueTokens(append([]string{priya}, r.managers...)...)
	return r
}

func (r *largeReview) database() string {
	for _, v := range r.env {
		if address, ok := strings.CutPrefix(v, "DATABASE_URL="); ok {
			return address
		}
	}
	r.b.Fatal("no database")
	return ""
}

func (r *largeReview) people() {
	r.b.Helper()
	conn, err := pgx.Connect(r.b.Context(), r.database())
	require(r.b, err)
	defer func() { _ = conn.Close(r.b.Context()) }()
	const columns = "id, email, name, state, manager, roles, erased_at, department, facts_at"
	now := time.Now().UnixMicro()
	for _, statement := range []string{
		fmt.Sprintf("INSERT INTO people (%s) SELECT 'm' || lpad(n::text, 14, '0'), 'manager-' || lpad(n::text, 2, '0') || '@example.com', 'Manager', 'active', '', '', 0, 'Sales', %d FROM generate_series(0, %d) n", columns, now, reviewManagers-1),
		fmt.Sprintf("INSERT INTO people (%s) SELECT 'p' || lpad(n::text, 14, '0'), 'u' || lpad(n::text, 6, '0') || '@example.com', 'U ' || n, 'active', 'm' || lpad((n %% %d)::text, 14, '0'), '', 0, 'Sales', %d FROM generate_series(0, %d) n", columns, reviewManagers, now, reviewLines-2),
		fmt.Sprintf("INSERT INTO employments (id, hr_key, person, starts, ends, runs, state, said_at) SELECT 'e' || lpad(n::text, 14, '0'), 'emp-' || n, 'p' || lpad(n::text, 14, '0'), %d, 0, 0, 'open', %d FROM generate_series(0, %d) n", now-1e15/50, now, reviewLines-2),
		"UPDATE people SET manager = 'm' || lpad('0', 14, '0') WHERE email = '" + priya + "'",
	} {
		_, err := conn.Exec(r.b.Context(), statement)
		require(r.b, err)
	}
}

func (r *largeReview) as(email string) *client.Client {
	c, err := client.New(r.url, r.tokens[email])
	require(r.b, err)
	return c
}

func (r *largeReview) path(rest string) string { return "/reviews/" + url.PathEscape(r.id) + rest }

func (r *largeReview) awaitState(state domain.ReviewState) api.Review {
	r.b.Helper()
	var v api.Review
	for until := time.Now().Add(3 * time.Minute); time.Now().Before(until); pause() {
		var err error
		if v, err = client.Get[api.Review](r.b.Context(), r.as(priya), r.path(""), nil); err == nil && v.State == string(state) {
			return v
		}
	}
	r.b.Fatalf("the review is %s: %s\n%s", v.State, v.Why, r.logs())
	return v
}

func (r *largeReview) launch() {
	r.b.Helper()
	begun := time.Now()
	started, err := client.Post[api.ReviewStarted](r.b.Context(), r.as(priya), "/reviews", api.ReviewBody{App: "apollo"})
	require(r.b, err)
	r.id = started.Review.ID
	v := r.awaitState(domain.ReviewDeciding)
	for until := time.Now().Add(patience); r.written() < reviewManagers; pause() {
		if time.Now().After(until) {
			r.b.Fatal("the reviewers were not told")
		}
	}
	took := time.Since(begun)
	if v.Counts.Lines != reviewLines || v.Population.Total != reviewLines || len(v.Progress) == 0 {
		r.b.Fatalf("the review has %d lines of %d users", v.Counts.Lines, v.Population.Total)
	}
	within(r.b, fmt.Sprintf("launch of a review of %d lines", reviewLines), seconds(took), seconds(mostLaunch), took.Seconds()/mostLaunch.Seconds(), 1)
}

// written counts the messages to reviewers.
func (r *largeReview) written() int {
	r.b.Helper()
	conn, err := pgx.Connect(r.b.Context(), r.database())
	require(r.b, err)
	defer func() { _ = conn.Close(r.b.Context()) }()
	var n int
	require(r.b, conn.QueryRow(r.b.Context(), "SELECT count(*) FROM notices WHERE run = $1 AND id LIKE '%/opened-%'", r.id).Scan(&n))
	return n
}

// decide has every manager keep everybody, in five goes of a thousand.
func (r *largeReview) decide() {
	r.b.Helper()
	var longest time.Duration
	for _, email := range r.managers {
		for after := 0; ; {
			page, err := client.Get[api.ReviewLines](r.b.Context(), r.as(email), r.path("/lines"), url.Values{"mine": {"true"}, "after": {fmt.Sprint(after)}, "limit": {"1000"}})
			require(r.b, err)
			var choices []api.ReviewChoice
			for _, l := range page.Lines {
				c := api.ReviewChoice{Line: l.Line, Verdict: string(domain.ReviewKeep), Bulk: !l.Privileged}
				if l.Privileged {
					c.Reason = "administers the tool"
				}
				choices = append(choices, c)
			}
			if len(choices) == 0 {
				break
			}
			begun := time.Now()
			answer, err := client.Post[api.ReviewAnswer](r.b.Context(), r.as(email), r.path("/decisions"), choices)
			require(r.b, err)
			if answer.Applied != len(choices) {
				r.b.Fatalf("%d of %d lines were decided", answer.Applied, len(choices))
			}
			longest = max(longest, time.Since(begun))
			if page.Next == 0 {
				break
			}
			after = page.Next
		}
	}
	info("a reviewer keeps 1,000 of 5,000 lines at once, the slowest", milliseconds(longest), "")
}

func (r *largeReview) complete() {
	r.b.Helper()
	begun := time.Now()
	v := r.awaitState(domain.ReviewComplete)
	if v.Digest == "" {
		r.b.Fatal("the review ended without a digest")
	}
	info("from the last decision until it is complete, read back and sealed", seconds(time.Since(begun)), "")
	peak := r.peak()
	within(r.b, fmt.Sprintf("peak memory of `handover worker`, a review of %d lines", reviewLines), mebibytes(peak), mebibytes(mostReviewPeak), float64(peak)/mostReviewPeak, 1)
}

func (r *largeReview) measureHistory() {
	r.b.Helper()
	c, err := temporal.Dial(temporal.Options{HostPort: r.temporal, Logger: quiet{}})
	require(r.b, err)
	defer c.Close()
	n := 0
	for iter := c.GetWorkflowHistory(r.b.Context(), r.id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); iter.HasNext(); n++ {
		_, err := iter.Next()
		require(r.b, err)
	}
	if n == 0 {
		r.b.Fatal("the review's history was not found")
	}
	within(r.b, fmt.Sprintf("events in the history of a review of %d lines", reviewLines), fmt.Sprint(n), fmt.Sprint(mostEvents), float64(n)/mostEvents, 1)
}

// export waits for the pack that the review's end builds, and fetches it: what the
// proof costs is the making of it, which begins when the review is complete.
func (r *largeReview) export() {
	r.b.Helper()
	file := filepath.Join(r.dir, "review.pack")
	var took time.Duration
	begun := time.Now()
	for until := begun.Add(patience); ; pause() {
		cmd := r.command("handover", "review", "export", r.id, "-o", file)
		cmd.Env = append(cmd.Env, "HANDOVER_URL="+r.url, "HANDOVER_TOKEN="+string(r.tokens[priya]))
		out, err := cmd.CombinedOutput()
		if took = time.Since(begun); err == nil {
			break
		}
		if time.Now().After(until) {
			r.b.Fatalf("export: %v: %s", err, out)
		}
	}
	size, err := os.Stat(file)
	require(r.b, err)
	if size.Size() < reviewLines {
		r.b.Fatalf("the pack has %d bytes for %d lines", size.Size(), reviewLines)
	}
	within(r.b, fmt.Sprintf("the proof of %d lines made and exported, %s", reviewLines, mebibytes(size.Size())), seconds(took), seconds(mostExport), took.Seconds()/mostExport.Seconds(), 1)
}
