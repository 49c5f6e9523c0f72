package bench

import (
	"context"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/api"
	apiclient "handover/internal/client"
	sim "handover/internal/sim/apollo"
	slacksim "handover/internal/sim/slack"
	"handover/standalone/demo"
	"handover/workflows"
)

// How many leave at once, and how many managers decide about them. Slack takes
// one message a second for each person, so a single one would not hear of all
// within the benchmark.
const (
	crowded  = 500
	managers = 50
)

func leaverEmail(n int) string  { return fmt.Sprintf("leaver%03d@example.com", n) }
func managerEmail(n int) string { return fmt.Sprintf("manager%02d@example.com", n) }
func managerUser(n int) string  { return fmt.Sprintf("U0MANAGER%02d", n) }

// managerOf is who decides about a leaver.
func managerOf(leaver int) int { return leaver % managers }

// crowd is an installation with a simulated app and a simulated Slack, in which
// very many leave at the same time.
type crowd struct {
	*world
	slack *slacksim.Simulator
	runs  map[string]int // leaver by the id of the run
}

// tenant is a team of everybody. Each leaver owns little: what is transferred is
// not measured here.
func (c *crowd) tenant() sim.TenantSpec {
	since := time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)
	t := sim.TenantSpec{Seed: 7, Subscription: sim.Subscription{Plan: sim.PlanOrganization, Billing: sim.BillingAnnual, Seats: crowded + managers + 10}, KeyCreator: priya,
		Users: []sim.UserSpec{{Email: priya, First: "Priya", Last: "Nair", Profile: sim.ProfileAdmin, Created: since},
			{Email: sam, First: "Sam", Last: "Okafor", Profile: sim.ProfileAdmin, Created: since}}}
	for n := range managers {
		t.Users = append(t.Users, sim.UserSpec{Email: managerEmail(n), First: "Manager", Last: fmt.Sprint(n), Created: since, Mailboxes: []string{managerEmail(n)}})
	}
	for n := range crowded {
		t.Users = append(t.Users, sim.UserSpec{Email: leaverEmail(n), First: "Leaver", Last: fmt.Sprint(n), Created: since,
			Mailboxes: []string{leaverEmail(n)}, Contacts: 4, Accounts: 1, OpenDeals: 1, ScheduledTasks: 1, ActiveSequences: 1})
	}
	return t
}

// policy is the benchmark's, with everybody in it.
func (c *crowd) policy(b *testing.B) string {
	b.Helper()
	path := c.setup.policy(b)
	raw, err := os.ReadFile(path)
	require(b, err)
	var people strings.Builder
	people.WriteString("people:\n")
	for n := range managers {
		fmt.Fprintf(&people, "  - {email: %s, name: Manager %d}\n", managerEmail(n), n)
	}
	for n := range crowded {
		fmt.Fprintf(&people, "  - {email: %s, name: Leaver %d, manager: %s}\n", leaverEmail(n), n, managerEmail(managerOf(n)))
	}
	text := strings.Replace(string(raw), "people:\n", people.String(), 1)
	text = strings.Replace(text, "bought: 8\n", fmt.Sprintf("bought: %d\n", crowded+managers+10), 1)
	require(b, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// gather brings up an installation for the crowd. The app has no limits and
// Slack a hundred times its own: they would only slow what comes before the
// measurement. The program keeps inside Slack's real ones all the same.
func gather(b *testing.B) *crowd {
	b.Helper()
	c := &crowd{world: &world{setup: setup{plan: sim.PlanUnlimited}}, runs: map[string]int{}}
	c.app = sim.New(sim.Options{APIKey: apiKey, SCIMToken: scimToken, Plan: sim.PlanUnlimited})
	require(b, c.app.Seed(c.tenant()))
	app := httptest.NewServer(c.app.Handler())
	b.Cleanup(app.Close)
	c.slack = demo.SlackWorkspace(slacksim.Options{Limits: slacksim.Limits{Scale: 100}})
	for n := range managers {
		c.slack.AddUser(slacksim.User{ID: managerUser(n), Name: fmt.Sprintf("manager%d", n), RealName: fmt.Sprintf("Manager %d", n), Email: managerEmail(n)})
	}
	workspace := httptest.NewServer(c.slack.Handler())
	b.Cleanup(workspace.Close)
	b.Cleanup(c.slack.Close)
	env := []string{"APOLLO_API_KEY=" + apiKey, "APOLLO_BASE_URL=" + app.URL + "/api/v1", "APOLLO_SCIM_URL=" + app.URL + "/scim/v2", "APOLLO_SCIM_TOKEN=" + scimToken}
	slack := demo.SlackEnv(workspace.URL)
	for _, name := range slices.Sorted(maps.Keys(slack)) {
		env = append(env, name+"="+slack[name])
	}
	c.installation = install(b, c.policy(b), env...)
	c.issueTokens(priya)
	return c
}

// leave starts all runs, some side by side, with a last moment an hour ahead.
func (c *crowd) leave() {
	c.b.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	require(c.b, err)
	moment := time.Now().Add(time.Hour).In(zone).Format("2006-01-02T15:04:05")
	todo, mu, wg := make(chan int, crowded), sync.Mutex{}, sync.WaitGroup{}
	for n := range crowded {
		todo <- n
	}
	close(todo)
	for range 8 {
		wg.Go(func() {
			for n := range todo {
				started, err := apiclient.Post[api.Started](c.b.Context(), c.as(priya), "/runs", api.OffboardBody{Email: leaverEmail(n), LastMoment: moment, Zone: "Europe/Berlin"})
				if err != nil || !started.Created {
					c.b.Errorf("start the leaving of %s: %v", leaverEmail(n), err)
					return
				}
				mu.Lock()
				c.runs[started.Run.ID] = n
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if c.b.Failed() {
		c.b.Fatal(c.logs())
	}
}

// asked waits until every manager has every request before them, and gives the
// messages by the request's id.
func (c *crowd) asked() map[string]slacksim.Message {
	c.b.Helper()
	found := map[string]slacksim.Message{}
	for until := time.Now().Add(2 * patience); time.Now().Before(until); pause() {
		for n := range managers {
			for _, m := range c.slack.Messages(managerUser(n)) {
				if e, ok := m.Element("handover:approve"); ok {
					if values, err := url.ParseQuery(strings.TrimPrefix(e.Value, "v1.")); err == nil {
						found[values.Get("r")] = m
					}
				}
			}
		}
		if len(found) == crowded {
			return found
		}
	}
	c.b.Fatalf("only %d of %d requests came to their managers in Slack:\n%s", len(found), crowded, c.logs())
	return nil
}

// anotherWorker starts one more worker and waits until so many poll.
func (c *crowd) anotherWorker(all int) *exec.Cmd {
	c.b.Helper()
	started := c.start("handover", "worker")
	t, err := client.Dial(client.Options{HostPort: c.temporal, Logger: quiet{}})
	require(c.b, err)
	defer t.Close()
	for until := time.Now().Add(patience); time.Now().Before(until); pause() {
		queue, err := t.DescribeTaskQueue(c.b.Context(), workflows.QueueHandover, enums.TASK_QUEUE_TYPE_WORKFLOW)
		require(c.b, err)
		names := map[string]bool{}
		for _, p := range queue.Pollers {
			names[p.Identity] = true
		}
		if len(names) == all {
			return started
		}
	}
	c.b.Fatalf("of %d workers not all poll:\n%s", all, c.logs())
	return nil
}

// awaitOpen waits until at most so many requests are still open.
func (c *crowd) awaitOpen(most int) {
	c.b.Helper()
	ctx, cancel := context.WithTimeout(c.b.Context(), patience)
	defer cancel()
	left := -1
	for ; ctx.Err() == nil; pause() {
		open, err := apiclient.Get[[]api.Approval](ctx, c.as(priya), "/approvals", url.Values{"all": {"true"}})
		if err != nil {
			continue
		}
		if left = len(open); left <= most {
			return
		}
	}
	c.b.Fatalf("%d of %d requests are still open:\n%s", left, crowded, c.logs())
}

// audited lists all events of a kind.
func (c *crowd) audited(kind domain.EventKind) []api.Event {
	c.b.Helper()
	lines, err := apiclient.Get[[]api.Event](c.b.Context(), c.as(priya), "/audit", url.Values{"kind": {string(kind)}, "limit": {"5000"}})
	require(c.b, err)
	return lines
}
