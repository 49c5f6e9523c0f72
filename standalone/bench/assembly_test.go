package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"handover/domain"
	sim "handover/internal/sim/apollo"
	"handover/standalone/demo"
)

const (
	waiting     = 1000 // for the same minute
	terminated  = 20   // for security, while the crowd waits for the door
	doorLimit   = 600  // requests a minute that the SCIM door admits
	afterMoment = 5 * time.Second
	gathering   = 150 * time.Second // from the first announcement to the moment, at least
	usersSearch = "api/v1/users/search"
)

func urgentEmail(n int) string { return fmt.Sprintf("urgent%03d@example.com", n) }

// minute is an installation in which very many have the same last moment.
type minute struct {
	*crowd
	users  []sim.UserSpec
	moment time.Time // everybody's last one
	said   time.Time // when HR began to say of some that they are terminated
}

func (m *minute) tenant() sim.TenantSpec {
	since := time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)
	m.users = []sim.UserSpec{{Email: priya, First: "Priya", Last: "Nair", Profile: sim.ProfileAdmin, Created: since},
		{Email: sam, First: "Sam", Last: "Okafor", Profile: sim.ProfileAdmin, Created: since}}
	for n := range managers {
		m.users = append(m.users, sim.UserSpec{Email: managerEmail(n), First: "Manager", Last: fmt.Sprint(n), Created: since})
	}
	for n := range waiting {
		m.users = append(m.users, sim.UserSpec{Email: leaverEmail(n), First: "Leaver", Last: fmt.Sprint(n), Created: since, Contacts: 1})
	}
	for n := range terminated {
		m.users = append(m.users, sim.UserSpec{Email: urgentEmail(n), First: "Urgent", Last: fmt.Sprint(n), Created: since, Contacts: 1})
	}
	return sim.TenantSpec{Seed: 7, Users: m.users, KeyCreator: priya,
		Subscription: sim.Subscription{Plan: sim.PlanOrganization, Billing: sim.BillingAnnual, Seats: len(m.users) + 10}}
}

// policy is the benchmark's without a brake, with what the door admits, and with
// HR's word for an end at once taken as a security termination.
func (m *minute) policy(b *testing.B) string {
	b.Helper()
	path := m.setup.policy(b)
	raw, err := os.ReadFile(path)
	require(b, err)
	text := strings.Replace(string(raw), "    observe:", fmt.Sprintf("    scim_per_minute: %d\n    observe:", doorLimit), 1)
	text = strings.Replace(text, "bought: 8\n", fmt.Sprintf("bought: %d\n", waiting+terminated+managers+12), 1)
	text += "brake: {per_hour: 0, per_day: 0, company_percent: 0, department_percent: 0, urgent: 0}\nhr:\n  sources:\n    hr: {ended_now_is_cut_now: true}\n"
	require(b, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// assemble brings up an installation. Of the app's own interface only listings
// of users are limited.
func assemble(b *testing.B) *minute {
	b.Helper()
	m := &minute{crowd: &crowd{world: &world{setup: setup{plan: sim.PlanOrganization}}}}
	limits := sim.Limits{PerEndpoint: map[string]sim.Limits{usersSearch: sim.LimitsOf(sim.PlanOrganization)}}
	m.app = sim.New(sim.Options{APIKey: apiKey, SCIMToken: scimToken, Limits: &limits, SCIMLimit: sim.Window{Length: time.Minute, Count: doorLimit}})
	require(b, m.app.Seed(m.tenant()))
	app := httptest.NewServer(m.app.Handler())
	b.Cleanup(app.Close)
	name, secret := demo.HREnv()
	m.installation = install(b, m.policy(b), "APOLLO_API_KEY="+apiKey, "APOLLO_BASE_URL="+app.URL+"/api/v1", "APOLLO_SCIM_URL="+app.URL+"/scim/v2",
		"APOLLO_SCIM_TOKEN="+scimToken, name+"="+secret)
	m.issueTokens(priya)
	return m
}

// announce has HR say of everybody that they leave.
func (m *minute) announce() {
	m.b.Helper()
	m.moment = time.Now().Add(gathering).Truncate(time.Second)
	events := make(chan map[string]any, waiting+terminated)
	for n := range waiting {
		events <- m.event("employment.ending", leaverEmail(n), n, m.moment)
	}
	for n := range terminated {
		events <- m.event("employment.ending", urgentEmail(n), n, m.moment.AddDate(0, 0, 1))
	}
	close(events)
	m.deliver("ending", events)
}

func (m *minute) event(kind, email string, n int, moment time.Time) map[string]any {
	e := map[string]any{"type": kind, "employment_id": "emp-" + email, "email": email, "name": "Leaver", "manager_email": managerEmail(managerOf(n)),
		"occurred_at": time.Now().UTC().Format(time.RFC3339Nano)}
	if zone, err := time.LoadLocation("Europe/Berlin"); err == nil && !moment.IsZero() {
		e["last_moment"], e["time_zone"] = moment.In(zone).Format(domain.LocalLayout), "Europe/Berlin"
	}
	return e
}

// deliver sends events as an HR system does, some side by side.
func (m *minute) deliver(kind string, events <-chan map[string]any) {
	m.b.Helper()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for e := range events {
				if status, err := demo.Webhook(m.b.Context(), m.url, fmt.Sprintf("%s-%s", kind, e["employment_id"]), e); err != nil || status != http.StatusAccepted {
					m.b.Errorf("HR's event was answered %d: %v", status, err)
				}
			}
		})
	}
	wg.Wait()
	if m.b.Failed() {
		m.b.Fatal(m.logs())
	}
}

// awaitSnapshots waits until everybody's run waits for the moment.
func (m *minute) awaitSnapshots() {
	m.b.Helper()
	ready := 0
	for time.Now().Before(m.moment.Add(-20 * time.Second)) {
		if ready = len(m.audited(domain.EventSnapshotTaken)); ready == waiting+terminated {
			m.b.Logf("everybody waits %s before the moment", time.Until(m.moment).Round(time.Second))
			return
		}
		<-time.After(time.Second)
	}
	m.b.Fatalf("only %d of %d runs wait for the moment:\n%s", ready, waiting+terminated, m.logs())
}

// terminate has HR say, while the crowd waits for the door, that some are
// terminated for security.
func (m *minute) terminate() {
	m.b.Helper()
	<-time.After(time.Until(m.moment) + afterMoment)
	m.said = time.Now()
	events := make(chan map[string]any, terminated)
	for n := range terminated {
		events <- m.event("employment.ended_now", urgentEmail(n), n, time.Time{})
	}
	close(events)
	m.deliver("ended", events)
}

// awaitCuts waits until everybody's absence is verified.
func (m *minute) awaitCuts() {
	m.b.Helper()
	ctx, cancel := context.WithDeadline(m.b.Context(), m.moment.Add(5*time.Minute))
	defer cancel()
	gone := 0
	for ctx.Err() == nil {
		if gone = len(m.audited(domain.EventMemberRemoved)); gone >= waiting+terminated {
			return
		}
		<-time.After(time.Second)
	}
	m.b.Fatalf("only %d of %d are gone:\n%s", gone, waiting+terminated, m.logs())
}

// firstCalls gives, by email, when the door first saw the call that cut somebody
// off.
func (m *minute) firstCalls() map[string]time.Time {
	arrived := map[string]time.Time{}
	for _, r := range m.app.Requests() {
		if r.Via == sim.ViaSCIM {
			arrived[r.RequestID] = r.At
		}
	}
	emails := map[string]string{}
	for _, u := range m.app.State().Users {
		emails[u.ID] = u.Email
	}
	first := map[string]time.Time{}
	for _, e := range m.app.Effects() {
		email := emails[e.Target]
		if _, seen := first[email]; e.Via == sim.ViaSCIM && !seen {
			first[email] = arrived[e.RequestID]
		}
	}
	return first
}
