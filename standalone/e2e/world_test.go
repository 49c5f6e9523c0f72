package e2e

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"net/http"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	"handover/internal/pgtest"
	sim "handover/internal/sim/apollo"
	"handover/standalone/demo"
)

// The people of the demo's policy.
const (
	priya = "priya.nair@example.com" // administrator, owner of the app
	sam   = "sam.okafor@example.com" // administrator, its backup
	eli   = "eli.park@example.com"   // the leaver's manager
	finn  = "finn.walsh@example.com" // finance
	dana  = "dana.reyes@example.com" // leaves
	aiko  = "aiko.mori@example.com"  // a colleague

	apiKey    = "key-of-the-tests"
	scimToken = "scim-token-of-the-tests"
)

// team is a small company: big enough that every kind of record is moved in more
// than one chunk or call.
func team() sim.TenantSpec {
	since := time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)
	return sim.TenantSpec{
		Seed: 7, Subscription: sim.Subscription{Plan: sim.PlanOrganization, Billing: sim.BillingAnnual, Seats: 8}, CRMUser: dana, KeyCreator: priya,
		UnownedDeals: 1, CRMEvery: 20,
		Users: []sim.UserSpec{
			{Email: priya, First: "Priya", Last: "Nair", Profile: sim.ProfileAdmin, Created: since},
			{Email: sam, First: "Sam", Last: "Okafor", Profile: sim.ProfileAdmin, Created: since.AddDate(0, 1, 0), Mailboxes: []string{sam}, Contacts: 4, Lists: 1},
			{Email: finn, First: "Finn", Last: "Walsh", Profile: sim.ProfileBilling, Created: since.AddDate(0, 2, 0)},
			{Email: eli, First: "Eli", Last: "Park", Created: since.AddDate(0, 3, 0), Mailboxes: []string{eli}, Contacts: 12, Accounts: 3, OpenDeals: 2, ActiveSequences: 1},
			{Email: dana, First: "Dana", Last: "Reyes", Created: since.AddDate(0, 4, 0), Mailboxes: []string{dana, "dana.reyes@sales.example.com"},
				Contacts: 60, Accounts: 10, OpenDeals: 6, ClosedDeals: 3, ScheduledTasks: 8, CompletedTasks: 4, SkippedTasks: 1,
				ActiveSequences: 3, PausedSequences: 2, ArchivedSequences: 1, ScheduledEmails: 6, Workflows: 1, Lists: 2},
			{Email: aiko, First: "Aiko", Last: "Mori", Created: since.AddDate(0, 5, 0), Mailboxes: []string{aiko}, Contacts: 30, Accounts: 4, OpenDeals: 2,
				ClosedDeals: 1, ScheduledTasks: 3, ActiveSequences: 1, Lists: 1},
		},
		Enrolments: []sim.EnrolmentSpec{{Owner: dana, From: dana, Contacts: 8}, {Owner: aiko, From: dana, Contacts: 3}},
	}
}

// world is an installation in a child process, simulators in this one, and
// people who use both.
type world struct {
	t        *testing.T
	home     *child
	app      *sim.Simulator
	url      string // of the simulator
	database string // postgres:// address of the store; empty for its own file

	offices map[string]*office // where there are several apps

	seen  atomic.Int64 // requests that the simulator has answered
	onNth atomic.Pointer[func(n int64)]

	mu     sync.Mutex
	tokens map[string]domain.Secret
	said   []string
}

// setup is what a test changes before the installation starts.
type setup struct {
	tenant   sim.TenantSpec
	options  sim.Options
	policy   demo.PolicyText
	edit     func(policy string) string
	env      []string
	args     []string
	postgres bool // the store is in PostgreSQL
}

// newWorld prepares everything; the installation is not started yet.
func newWorld(t *testing.T, change func(*setup)) *world {
	t.Helper()
	_, err := standalone() // which may take minutes: nobody's moment runs meanwhile
	require.NoError(t, err)
	w := &world{t: t, tokens: map[string]domain.Secret{}}
	s := setup{tenant: team(), policy: demo.DefaultPolicy(), options: sim.Options{APIKey: apiKey, SCIMToken: scimToken, Plan: sim.PlanOrganization}}
	s.policy.Sweeps, s.policy.TaskLead, s.policy.Bought = "[0s, 500ms]", 500*time.Millisecond, 8
	if change != nil {
		change(&s)
	}
	s.options.OnExchange = func(*http.Request, []byte, int, []byte) {
		n := w.seen.Add(1)
		if then := w.onNth.Load(); then != nil {
			(*then)(n)
		}
	}
	app, server := simulator(t, s.options, s.tenant)
	w.app, w.url = app, server.URL
	data := filepath.Join(t.TempDir(), "data")
	policy := data + ".yaml"
	require.NoError(t, s.policy.Write(policy))
	raw, err := os.ReadFile(policy)
	require.NoError(t, err)
	text := strings.Replace(string(raw), "heartbeat: 1s", "heartbeat: 500ms", 1)
	if s.edit != nil {
		text = s.edit(text)
	}
	require.NoError(t, os.WriteFile(policy, []byte(text), 0o600))
	env := []string{"HANDOVER_POLICY=" + policy, "APOLLO_API_KEY=" + s.options.APIKey, "APOLLO_BASE_URL=" + w.url + "/api/v1"}
	if s.options.SCIMToken != "" {
		env = append(env, "APOLLO_SCIM_URL="+w.url+"/scim/v2", "APOLLO_SCIM_TOKEN="+s.options.SCIMToken)
	}
	if s.postgres {
		w.database = pgtest.Database(t)
		env = append(env, "DATABASE_URL="+w.database)
	}
	w.home = &child{t: t, data: data, env: append(env, s.env...), args: s.args}
	t.Cleanup(func() {
		if w.home.cmd != nil {
			w.home.kill()
		}
		if t.Failed() || *tell {
			w.mu.Lock()
			defer w.mu.Unlock()
			t.Logf("people: %s\nlog:\n%s", strings.Join(w.said, "\n"), w.home.tail())
		}
	})
	return w
}

func simulator(t *testing.T, o sim.Options, spec sim.TenantSpec) (*sim.Simulator, *httptest.Server) {
	t.Helper()
	app := sim.New(o)
	require.NoError(t, app.Seed(spec))
	server := httptest.NewServer(app.Handler())
	t.Cleanup(server.Close)
	return app, server
}

func (w *world) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, time.Now().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

// token gives somebody's personal token, issued beside the running process.
func (w *world) token(email string) (domain.Secret, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if token, ok := w.tokens[email]; ok {
		return token, nil
	}
	out, errs, code := run(w.t, standalone, w.home.env, "--data", w.home.data, "--issue-token", email)
	if code != 0 {
		return "", fmt.Errorf("issue token: %s", errs)
	}
	w.tokens[email] = domain.Secret(strings.TrimSpace(out))
	return w.tokens[email], nil
}

// as is the API as somebody sees it; nil while it is away.
func (w *world) as(email string) *client.Client {
	url := w.home.address()
	if url == "" {
		return nil
	}
	token, err := w.token(email)
	if err != nil {
		w.say("%v", err)
		return nil
	}
	c, err := client.New(url, token)
	if err != nil {
		return nil
	}
	return c
}

// present is the API as somebody sees it, of an installation that is up. One that is
// busy may not issue a token at once.
func (w *world) present(t *testing.T, email string) *client.Client {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); pause() {
		if c := w.as(email); c != nil {
			return c
		}
	}
	require.FailNow(t, "the API is away", "for %s", email)
	return nil
}

// robot lets the people work until the test ends.
func (w *world) robot(change func(*demo.Robot)) {
	r := demo.NewRobot(func(app string) *sim.Simulator {
		if o := w.offices[app]; o != nil {
			return o.app
		}
		return w.app
	}, w.as, w.say)
	if change != nil {
		change(r)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	w.t.Cleanup(func() {
		cancel()
		<-done
	})
}

// leaving asks for a leaving some time ahead, in the zone of the company.
func leaving(who string, ahead time.Duration) api.OffboardBody {
	return leavingAt(who, time.Now().Add(ahead))
}

func leavingAt(who string, due time.Time) api.OffboardBody {
	return api.OffboardBody{Email: who, LastMoment: due.In(berlin()).Format("2006-01-02T15:04:05"), Zone: "Europe/Berlin"}
}

// berlin is the zone of the company.
func berlin() *time.Location {
	zone, _ := time.LoadLocation("Europe/Berlin")
	return zone
}

// offboard asks until it is heard, as somebody does whose connection breaks.
func (w *world) offboard(b api.OffboardBody) (api.Started, error) {
	var last error
	for until := time.Now().Add(patience); time.Now().Before(until) && w.t.Context().Err() == nil; pause() {
		c := w.as(priya)
		if c == nil {
			continue
		}
		started, err := client.Post[api.Started](w.t.Context(), c, "/runs", b)
		if err == nil {
			return started, nil
		}
		last = err
		w.say("offboard: %v", err)
		if strings.Contains(err.Error(), "is in the past") { // an installation that dies again and again was away until then
			b.Zone, b.LastMoment, b.Now = "", "", true
		}
	}
	return api.Started{}, fmt.Errorf("start a run: %w", last)
}

func (w *world) start(b api.OffboardBody) api.Run {
	w.t.Helper()
	started, err := w.offboard(b)
	require.NoError(w.t, err)
	return started.Run
}

// run reads a run; false while the API is away.
func (w *world) run(id string) (api.Run, bool) {
	c := w.as(priya)
	if c == nil {
		return api.Run{}, false
	}
	r, err := client.Get[api.Run](context.Background(), c, "/runs/"+id, nil)
	return r, err == nil
}

// await waits until a run is as a test wants it.
func (w *world) await(id, what string, is func(api.Run) bool) api.Run {
	w.t.Helper()
	var last api.Run
	for until := time.Now().Add(patience); time.Now().Before(until); pause() {
		if r, ok := w.run(id); ok {
			if last = r; is(r) {
				return r
			}
		}
	}
	w.t.Fatalf("wait until %s: the run is %s: %s", what, last.State, stepsOf(last))
	return last
}

func (w *world) awaitState(id string, state domain.RunState) api.Run {
	w.t.Helper()
	return w.await(id, "the run is "+string(state), func(r api.Run) bool { return r.State == string(state) })
}

func stepsOf(r api.Run) string {
	var b strings.Builder
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "\n  %s %s: %s (%s)", s.App, s.Step, s.State, s.Why)
	}
	return b.String()
}

// pause lets a fraction of a second pass between two looks.
func pause() { <-time.After(50 * time.Millisecond) }
