package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
	"handover/standalone/demo"
)

// The people of the policy, who are those of the demo.
const (
	priya = "priya.nair@example.com" // administrator, owner of the app
	sam   = "sam.okafor@example.com" // administrator, its backup
	eli   = "eli.park@example.com"   // the leaver's manager and heir
	finn  = "finn.walsh@example.com" // finance
	dana  = "dana.reyes@example.com" // leaves
	aiko  = "aiko.mori@example.com"  // a colleague

	apiKey    = "key-of-the-benchmark"
	scimToken = "scim-token-of-the-benchmark"
)

// size is what the leaver owns. Closed deals, finished tasks and archived
// sequences stay, and are in the way of every listing as they are in life.
type size struct {
	contacts, accounts, deals, tasks, sequences, emails int
	closedDeals, doneTasks, archived                    int
}

func leaver(contacts int) size {
	return size{contacts: contacts, accounts: 500, deals: 200, tasks: 300, sequences: 120, emails: 40, closedDeals: 40, doneTasks: 60, archived: 10}
}

// ofColleagues are the sequences of everybody else: the search for sequences
// knows no owner.
const ofColleagues = 70

func (s size) tenant() sim.TenantSpec {
	since := time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)
	return sim.TenantSpec{
		Seed: 7, Subscription: sim.Subscription{Plan: sim.PlanOrganization, Billing: sim.BillingAnnual, Seats: 8}, KeyCreator: priya,
		Users: []sim.UserSpec{
			{Email: priya, First: "Priya", Last: "Nair", Profile: sim.ProfileAdmin, Created: since},
			{Email: sam, First: "Sam", Last: "Okafor", Profile: sim.ProfileAdmin, Created: since.AddDate(0, 1, 0), Mailboxes: []string{sam}},
			{Email: finn, First: "Finn", Last: "Walsh", Profile: sim.ProfileBilling, Created: since.AddDate(0, 2, 0)},
			{Email: eli, First: "Eli", Last: "Park", Created: since.AddDate(0, 3, 0), Mailboxes: []string{eli}, Contacts: s.contacts / 5,
				Accounts: s.accounts / 5, OpenDeals: 20, ScheduledTasks: 30, ActiveSequences: 20},
			{Email: dana, First: "Dana", Last: "Reyes", Created: since.AddDate(0, 4, 0), Mailboxes: []string{dana},
				Contacts: s.contacts, Accounts: s.accounts, OpenDeals: s.deals, ClosedDeals: s.closedDeals,
				ScheduledTasks: s.tasks, CompletedTasks: s.doneTasks, ActiveSequences: s.sequences, ArchivedSequences: s.archived,
				ScheduledEmails: s.emails, Workflows: 1, Lists: 2},
			{Email: aiko, First: "Aiko", Last: "Mori", Created: since.AddDate(0, 5, 0), Mailboxes: []string{aiko},
				Contacts: s.contacts + s.contacts/5, Accounts: s.accounts, OpenDeals: 100, ScheduledTasks: 150, ActiveSequences: ofColleagues - 20},
		},
		Enrolments: []sim.EnrolmentSpec{{Owner: dana, From: dana, Contacts: 30}, {Owner: aiko, From: dana, Contacts: 10}},
	}
}

// setup is one run that is measured.
type setup struct {
	size    size
	limits  sim.Limits
	latency time.Duration // of every answer of the app
	plan    string
	windows string // of the policy, where they are shortened
}

// world is an installation, a simulator in this process, and people.
type world struct {
	*installation
	setup
	app    *sim.Simulator
	simURL string
	run    api.Run
}

// newSimulator serves a tenant; every answer of its API takes the latency, as
// the way to a vendor and back does.
func (s setup) newSimulator(b *testing.B) (*sim.Simulator, string) {
	b.Helper()
	app := sim.New(sim.Options{APIKey: apiKey, SCIMToken: scimToken, Plan: s.plan, Limits: &s.limits})
	require(b, app.Seed(s.size.tenant()))
	if s.latency > 0 {
		require(b, app.SetFaults(1, sim.Fault{Kind: sim.FaultSlow, Delay: sim.Duration(s.latency)}))
	}
	server := httptest.NewServer(app.Handler())
	b.Cleanup(server.Close)
	return app, server.URL
}

// policy is the demo's, with waits that are not work shortened and the values
// that count for load as an installation has them.
func (s setup) policy(b *testing.B) string {
	b.Helper()
	p := demo.DefaultPolicy()
	p.Sweeps, p.Bought, p.Windows = "[0s]", 8, s.windows
	if s.plan == sim.PlanProfessional {
		p.Plan = s.plan
	}
	path := filepath.Join(b.TempDir(), "handover.yaml")
	require(b, p.Write(path))
	raw, err := os.ReadFile(path)
	require(b, err)
	text := string(raw)
	for _, change := range [][2]string{{"observe: 10s", "observe: 15m"}, {"urgent_page: 30s", "urgent_page: 10m"}, {"heartbeat: 1s", "heartbeat: 30s"},
		{"read_backs: [500ms, 1s, 2s]", "read_backs: [1m, 5m, 15m]"}} {
		if !strings.Contains(text, change[0]) {
			b.Fatalf("the demo's policy no longer says %q", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	require(b, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// offboard lets the leaver leave through a fresh installation and waits until
// the run is closed.
func offboard(b *testing.B, s setup) *world {
	b.Helper()
	w := &world{setup: s}
	w.app, w.simURL = s.newSimulator(b)
	w.installation = install(b, s.policy(b), "APOLLO_API_KEY="+apiKey, "APOLLO_BASE_URL="+w.simURL+"/api/v1",
		"APOLLO_SCIM_URL="+w.simURL+"/scim/v2", "APOLLO_SCIM_TOKEN="+scimToken)
	w.issueTokens(priya, sam, eli, finn)
	before, err := demo.Take(w.app, dana)
	require(b, err)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	go demo.NewRobot(func(string) *sim.Simulator { return w.app }, w.as, func(string, ...any) {}).Run(ctx)

	zone, err := time.LoadLocation("Europe/Berlin")
	require(b, err)
	body := api.OffboardBody{Email: dana, LastMoment: time.Now().Add(3 * time.Second).In(zone).Format("2006-01-02T15:04:05"), Zone: "Europe/Berlin"}
	started, err := client.Post[api.Started](ctx, w.as(priya), "/runs", body)
	require(b, err)
	w.await(started.Run.ID)
	require(b, errors.Join(before.CheckLeaver(dana), before.CheckOthers()))
	return w
}

func (w *world) as(email string) *client.Client {
	c, err := client.New(w.url, w.tokens[email])
	if err != nil {
		return nil
	}
	return c
}

func (w *world) await(id string) {
	w.b.Helper()
	for until := time.Now().Add(15 * time.Minute); time.Now().Before(until); pause() {
		r, err := client.Get[api.Run](w.b.Context(), w.as(priya), "/runs/"+id, nil)
		if err != nil {
			continue
		}
		if w.run = r; r.State == string(domain.RunClosed) {
			return
		}
		if slices.ContainsFunc(r.Steps, func(s api.Step) bool { return s.State == string(domain.StepNeedsAttention) }) {
			break
		}
	}
	w.b.Fatalf("the run is %s:\n%s\n%s", w.run.State, w.steps(), w.logs())
}

func (w *world) steps() string {
	var b strings.Builder
	for _, s := range w.run.Steps {
		fmt.Fprintf(&b, "  %-18s %-16s %5d of %5d %s\n", s.Step, s.State, s.Done, s.Of, s.Why)
	}
	return b.String()
}

// kinds are the steps that move records.
var kinds = []domain.StepKey{domain.StepAccounts, domain.StepContacts, domain.StepDeals, domain.StepSequences, domain.StepTasks}

// moving is how long the transfers took: from their first request to the last
// of them being verified. Approvals, tasks of people and sweeps are outside.
func (w *world) moving() time.Duration {
	w.b.Helper()
	var end time.Time
	for _, s := range w.run.Steps {
		if slices.Contains(kinds, domain.StepKey(s.Step)) {
			if s.State != string(domain.StepVerified) || s.SettledAt == nil {
				w.b.Fatalf("%s is %s", s.Step, s.State)
			}
			end = later(end, *s.SettledAt)
		}
	}
	cut := false
	for _, r := range w.app.Requests() {
		cut = cut || (r.Via == sim.ViaSCIM && r.Method == http.MethodPatch)
		if cut && isTransfer(r.Endpoint) {
			return end.Sub(r.At)
		}
	}
	w.b.Fatal("no transfer after the cut-off")
	return 0
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
