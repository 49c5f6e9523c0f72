package activities_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/apollo"
	"handover/internal/pgtest"
	sim "handover/internal/sim/apollo"
	"handover/internal/store"
)

const (
	dana  = "dana.reyes@example.com" // leaves
	eli   = "eli.park@example.com"   // inherits
	aiko  = "aiko.mori@example.com"  // a colleague
	priya = "priya.nair@example.com" // admin
	sam   = "sam.okafor@example.com" // admin
	app   = domain.AppID("apollo")
	lag   = 2 * time.Millisecond // how long the app's index is given in tests without a lag
)

// clock stands still until a test moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// openGate admits every request at once.
type openGate struct{}

func (openGate) Acquire(_ context.Context, app domain.AppID, endpoint string, urgent bool) (domain.RatePermit, error) {
	return domain.RatePermit{App: app, Endpoint: endpoint, Urgent: urgent}, nil
}

func (openGate) Observe(context.Context, domain.RatePermit, domain.RateObservation) error { return nil }

// connectors gives one connector for every app.
type connectors struct{ c activities.Connector }

func (c connectors) Connector(domain.AppID) (activities.Connector, error) { return c.c, nil }

// world is a set of activities over a real store and a real connector before a
// simulated team, with one run for the leaver.
type world struct {
	*activities.Set
	t      *testing.T
	sim    *sim.Simulator
	store  *store.Store
	apollo *apollo.Connector
	clock  *clock
	run    domain.Run
}

// settings are what a test may change of a world before it is made.
type settings struct {
	sim    sim.Options
	spec   sim.TenantSpec
	apollo apollo.Config
	now    func() time.Time
}

type option func(*settings)

func with(change func(*sim.Switches)) option { return func(s *settings) { change(&s.sim.Switches) } }

func team(change func(*sim.TenantSpec)) option { return func(s *settings) { change(&s.spec) } }

// onTheClock lets time pass, for tests about an index that lags.
func onTheClock(s *settings) { s.now = time.Now }

func withSCIM(s *settings) {
	s.sim.SCIMToken, s.apollo.SCIMToken, s.apollo.SCIMURL = "scim-token", "scim-token", "later"
}

func profiles() map[string]apollo.Profile {
	return map[string]apollo.Profile{
		sim.ProfileAdmin:    {Name: "Admin", Admin: domain.Yes, FullSeat: domain.Yes, SeatType: "full"},
		sim.ProfileStandard: {Name: "Non-Admin", Admin: domain.No, FullSeat: domain.Yes, SeatType: "full"},
		sim.ProfileBilling:  {Name: "Billing", Admin: domain.Yes, FullSeat: domain.No, SeatType: "billing"},
	}
}

// smallTeam has somebody of everything; dana owns a few records of each kind.
func smallTeam() sim.TenantSpec {
	since := func(year int) time.Time { return time.Date(year, 3, 3, 9, 0, 0, 0, time.UTC) }
	return sim.TenantSpec{
		Seed: 11, Subscription: sim.Subscription{Plan: sim.PlanOrganization, Billing: sim.BillingAnnual, Seats: 9}, CRMUser: dana, KeyCreator: priya,
		Users: []sim.UserSpec{
			{Email: priya, First: "Priya", Last: "Nair", Profile: sim.ProfileAdmin, Created: since(2022)},
			{Email: sam, First: "Sam", Last: "Okafor", Profile: sim.ProfileAdmin, Created: since(2023)},
			{Email: "finn.walsh@example.com", First: "Finn", Last: "Walsh", Profile: sim.ProfileBilling, Created: since(2023)},
			{Email: eli, First: "Eli", Last: "Park", Created: since(2024), Mailboxes: []string{eli}, Contacts: 4, Accounts: 2, OpenDeals: 2,
				ScheduledTasks: 2, ActiveSequences: 1},
			{Email: dana, First: "Dana", Last: "Reyes", Created: since(2024), Mailboxes: []string{dana, "dana@sales.example.com"}, Contacts: 12,
				Accounts: 6, OpenDeals: 4, ClosedDeals: 3, ScheduledTasks: 4, CompletedTasks: 2, ActiveSequences: 2, PausedSequences: 1,
				ArchivedSequences: 1, ScheduledEmails: 5, Lists: 2},
			{Email: aiko, First: "Aiko", Last: "Mori", Created: since(2025), Contacts: 5, Accounts: 2, OpenDeals: 2, ScheduledTasks: 2, ActiveSequences: 1},
		},
	}
}

func newStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.OpenPostgres(t.Context(), pgtest.Database(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	return newWorldIn(t, newStore(t), options...)
}

// newWorldIn makes a world with a team and a run of its own in a store that
// several share.
func newWorldIn(t *testing.T, s *store.Store, options ...option) *world {
	t.Helper()
	c := &clock{now: time.Now().UTC().Truncate(time.Microsecond)}
	o := settings{now: c.Now, spec: smallTeam(), sim: sim.Options{APIKey: "key", Plan: sim.PlanUnlimited},
		apollo: apollo.Config{App: app, APIKey: "key", Plan: apollo.PlanOrganization, Profiles: profiles()}}
	for _, change := range options {
		change(&o)
	}
	o.sim.Clock, o.apollo.Clock = o.now, o.now
	w := &world{t: t, sim: sim.New(o.sim), store: s, clock: c}
	require.NoError(t, w.sim.Seed(o.spec))
	server := httptest.NewServer(w.sim.Handler())
	t.Cleanup(server.Close)
	o.apollo.BaseURL, o.apollo.Transport = server.URL+"/api/v1", server.Client().Transport
	if o.apollo.SCIMURL != "" {
		o.apollo.SCIMURL = server.URL + "/scim/v2"
	}
	var err error
	w.apollo, err = apollo.New(o.apollo, openGate{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	w.Set = &activities.Set{Connectors: connectors{w.apollo}, Ledger: s, Transfers: s, Now: o.now}
	w.run = w.leaving(dana)
	return w
}

// hires numbers the employments of all tests, as a store may be shared.
var hires atomic.Int64

// leaving starts a run for somebody.
func (w *world) leaving(email string) domain.Run {
	w.t.Helper()
	p := w.person(email)
	e, err := w.store.UpsertEmployment(w.t.Context(), fmt.Sprintf("hr-%d", hires.Add(1)), domain.Employment{Person: p.ID})
	require.NoError(w.t, err)
	r := domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: e.ID, AllApps: true, State: domain.RunRunning, Authority: domain.AuthorityHR}
	r, created, err := w.store.CreateRun(w.t.Context(), r, func(r domain.Run) (store.RunStart, error) {
		return store.RunStart{Events: []domain.AuditEvent{{Key: "started", Run: r.ID, Kind: domain.EventRunStarted, Actor: domain.SystemActor, At: w.Now()}}}, nil
	})
	require.NoError(w.t, err)
	require.True(w.t, created)
	return r
}

func (w *world) person(email string) domain.Person {
	w.t.Helper()
	p, err := w.store.UpsertPerson(w.t.Context(), email, "")
	require.NoError(w.t, err)
	return p
}

func (w *world) id(email string) domain.AccountID {
	w.t.Helper()
	id, err := w.sim.UserID(email)
	require.NoError(w.t, err)
	return domain.AccountID(id)
}

func (w *world) ref(step domain.StepKey) activities.StepRef {
	return activities.StepRef{Run: w.run.ID, App: app, Step: step, Person: w.run.Person}
}

func (w *world) owned(kind sim.Kind, email string) []string {
	w.t.Helper()
	ids, err := w.sim.Owned(kind, email)
	require.NoError(w.t, err)
	return ids
}

func (w *world) step(key domain.StepKey) domain.StepRecord {
	w.t.Helper()
	rows, err := w.store.Steps(w.t.Context(), w.run.ID, app)
	require.NoError(w.t, err)
	i := slices.IndexFunc(rows, func(r domain.StepRecord) bool { return r.Key == key })
	require.GreaterOrEqual(w.t, i, 0, "no step %s", key)
	return rows[i]
}

// events lists the run's events of a kind, after looking whether its chain and
// the global one are whole.
func (w *world) events(kind domain.EventKind) []domain.AuditEvent {
	w.t.Helper()
	entries, err := w.store.ChainEntries(w.t.Context(), w.run.ID, 0, 1000)
	require.NoError(w.t, err)
	broken, err := domain.VerifyChain(entries)
	require.NoError(w.t, err)
	require.Zero(w.t, broken)
	_, err = w.store.VerifyGlobal(w.t.Context())
	require.NoError(w.t, err)
	var found []domain.AuditEvent
	for _, e := range entries {
		if e.Event.Kind == kind {
			found = append(found, e.Event)
		}
	}
	return found
}

// writes counts the changes of owner that came through the API, per record.
func (w *world) writes() map[string]int {
	counts := map[string]int{}
	for _, e := range w.sim.Effects() {
		if e.Via == sim.ViaAPI && (e.Field == "owner_id" || e.Field == "user_id") {
			counts[e.Target]++
		}
	}
	return counts
}

func kindOf(t *testing.T, err error) domain.FaultKind {
	t.Helper()
	var f *domain.Fault
	require.ErrorAs(t, err, &f)
	return f.Kind
}
