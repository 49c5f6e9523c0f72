package activities_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"handover/activities"
	"handover/domain"
	"handover/internal/store"
)

// armedInput asks for a cut-off at a moment that lies ahead.
func (w *world) armedInput(email string, ahead time.Duration) activities.AccountInput {
	in := w.accountInput(email)
	in.Due = w.Now().Add(ahead)
	in.NotBefore = in.Due
	return in
}

// heldClock stands still until it is let run: a moment that lies ahead does not
// pass while a slow machine prepares for it.
type heldClock struct {
	mu    sync.Mutex
	at    time.Time
	since time.Time // when it was let run
}

func (c *heldClock) option(s *settings) { s.now = c.now }

func (c *heldClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.since))
}

func (c *heldClock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}

// shared lets a world's set share as a worker does.
func (w *world) shared() *world {
	w.Listings, w.Armory = activities.NewListings(), activities.NewArmory()
	return w
}

// awaitArmed waits until a run's cut-off is armed.
func (w *world) awaitArmed() {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		rows, err := w.store.Steps(w.t.Context(), w.run.ID, app)
		return err == nil && len(rows) == 1 && rows[0].State == domain.StepRunning
	}, time.Minute, 5*time.Millisecond)
}

// struck is what became of an armed cut-off.
type struck struct {
	result activities.ActResult
	err    error
}

func (w *world) strike(ctx context.Context, in activities.AccountInput) <-chan struck {
	done := make(chan struck, 1)
	go func() {
		r, err := w.DeactivateAccount(ctx, in)
		done <- struck{r, err}
	}()
	return done
}

func TestArmedActsAtItsMoment(t *testing.T) {
	t.Parallel()
	clock := &heldClock{at: time.Now()}
	w := newWorld(t, withSCIM, clock.option).shared()
	in := w.armedInput(dana, 700*time.Millisecond)
	done := w.strike(t.Context(), in)
	w.awaitArmed()
	require.Len(t, w.openClaims(), 1, "the claim is made ahead")
	require.Zero(t, w.deactivations())
	clock.run()
	got := <-done
	require.NoError(t, got.err)
	require.Equal(t, activities.OutcomeVerified, got.result.Outcome)
	for _, e := range w.sim.Effects() {
		require.False(t, e.At.Before(in.NotBefore), "nothing happens before the moment")
	}
	require.Equal(t, 1, w.deactivations())
	require.Empty(t, w.openClaims())
}

// Whatever changes while somebody is armed: nothing is done.
func TestArmedIsHeldByWhatChanges(t *testing.T) {
	t.Parallel()
	said := func(state domain.EmploymentState, later time.Duration) func(w *world) {
		return func(w *world) {
			now := time.Now().UTC()
			_, stands, err := w.store.SayEmployment(w.t.Context(), w.run.Employment, store.Said{State: state, At: now, Ends: now.Add(later)})
			require.NoError(w.t, err)
			require.True(w.t, stands)
		}
	}
	for name, change := range map[string]func(w *world){
		"the run held it back": func(w *world) {
			_, err := w.SettleSteps(w.t.Context(), activities.SettleInput{StepRef: w.ref(""), Event: domain.EventStepChanged,
				Steps: []domain.StepRecord{{Key: domain.StepDeactivate, State: domain.StepWaiting, Why: "held back"}}})
			require.NoError(w.t, err)
		},
		"the run has ended": func(w *world) {
			_, err := w.ConcludeRun(w.t.Context(), activities.ConcludeInput{Run: w.run.ID, State: domain.RunRetracted, Final: true})
			require.NoError(w.t, err)
		},
		"HR took it back": said(domain.EmploymentOpen, 0),
		"HR moved it":     said(domain.EmploymentEnding, 48*time.Hour),
		"another employment began": func(w *world) {
			_, err := w.store.UpsertEmployment(w.t.Context(), "again-"+w.run.ID, domain.Employment{Person: w.run.Person, Starts: time.Now().UTC().AddDate(0, 0, 3)})
			require.NoError(w.t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withSCIM, onTheClock).shared()
			done := w.strike(t.Context(), w.armedInput(dana, time.Hour))
			w.awaitArmed()
			change(w)
			got := <-done
			require.NoError(t, got.err)
			require.Equal(t, activities.OutcomeHeld, got.result.Outcome)
			require.NotEmpty(t, got.result.Why)
			require.Zero(t, w.deactivations())
		})
	}
}

func TestArmedThatIsCancelledDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM, onTheClock).shared()
	ctx, cancel := context.WithCancel(t.Context())
	done := w.strike(ctx, w.armedInput(dana, time.Hour))
	w.awaitArmed()
	cancel()
	require.ErrorIs(t, (<-done).err, context.Canceled)
	require.Zero(t, w.deactivations())

	// Whoever goes on acts once.
	got := <-w.strike(t.Context(), w.armedInput(dana, 100*time.Millisecond))
	require.NoError(t, got.err)
	require.Equal(t, activities.OutcomeVerified, got.result.Outcome)
	require.Equal(t, 1, w.deactivations())
	require.Len(t, w.events(domain.EventClaimMade), 1)
}

// A worker that is asked to end lets those who only wait go to another one.
func TestArmedMakesRoomWhenTheWorkerEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM, onTheClock).shared()
	stop := make(chan struct{})
	env := (&testsuite.WorkflowTestSuite{}).NewTestActivityEnvironment()
	env.SetWorkerStopChannel(stop)
	env.RegisterActivity(w.DeactivateAccount)
	done := make(chan error, 1)
	go func() {
		_, err := env.ExecuteActivity(w.DeactivateAccount, w.armedInput(dana, time.Hour))
		done <- err
	}()
	w.awaitArmed()
	close(stop)
	require.ErrorContains(t, <-done, "another one goes on")
	require.Zero(t, w.deactivations())
	require.Len(t, w.openClaims(), 1)
}

// Of two admins who leave at one moment one stays, although both are armed on one
// listing.
func TestTwoAdminsArmedForOneMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM, onTheClock).shared()
	first, second := w.of(priya), w.of(sam)
	moment := 700 * time.Millisecond
	a, b := first.strike(t.Context(), first.armedInput(priya, moment)), second.strike(t.Context(), second.armedInput(sam, moment))
	got := []struck{<-a, <-b}
	require.NoError(t, got[0].err)
	require.NoError(t, got[1].err)
	require.ElementsMatch(t, []activities.Outcome{activities.OutcomeVerified, activities.OutcomeShut}, []activities.Outcome{got[0].result.Outcome, got[1].result.Outcome})
	require.Equal(t, 1, w.deactivations())
}

// Somebody whom an admin shut out meanwhile is recorded when the moment comes,
// from a listing of then.
func TestArmedFindsTheAccountGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM, onTheClock).shared()
	require.NoError(t, w.sim.Deactivate(dana))
	in := w.armedInput(dana, 300*time.Millisecond)
	got := <-w.strike(t.Context(), in)
	require.NoError(t, got.err)
	require.Equal(t, activities.OutcomeVerified, got.result.Outcome)
	cuts, err := w.store.CutOffs(t.Context(), w.run.ID)
	require.NoError(t, err)
	require.False(t, cuts[0].VerifiedAt.Before(in.Due))
}

// The process dies while somebody is armed, or right after, at any call.
func TestDeathsAroundTheMoment(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	begin := func(t *testing.T) *world { return newWorldIn(t, s, withSCIM, onTheClock) }
	inputs := map[string]activities.AccountInput{}
	everyDeath(t, begin, func(w *world) {
		if _, known := inputs[w.run.ID]; !known {
			inputs[w.run.ID] = w.armedInput(dana, 30*time.Millisecond)
		}
		r, err := w.DeactivateAccount(w.t.Context(), inputs[w.run.ID])
		require.NoError(w.t, err)
		require.Equal(w.t, activities.OutcomeVerified, r.Outcome)
	}, func(w *world) {
		require.Equal(w.t, 1, w.deactivations())
		require.Equal(w.t, domain.StepVerified, w.step(domain.StepDeactivate).State)
		require.Len(w.t, w.events(domain.EventMemberRemoved), 1)
	})
}

// A crowd that is armed for one moment costs a few listings, and one call each.
func TestACrowdIsArmedOnFewListings(t *testing.T) {
	t.Parallel()
	clock := &heldClock{at: time.Now()}
	w := newWorld(t, withSCIM, clock.option).shared()
	people := []string{dana, eli, aiko, "finn.walsh@example.com"}
	var worlds []*world
	var done []<-chan struck
	before := w.sim.Counts().PerEndpoint
	for _, who := range people {
		one := w.of(who)
		worlds, done = append(worlds, one), append(done, one.strike(t.Context(), one.armedInput(who, 500*time.Millisecond)))
	}
	for _, one := range worlds {
		one.awaitArmed()
	}
	clock.run()
	for _, d := range done {
		got := <-d
		require.NoError(t, got.err)
		require.Equal(t, activities.OutcomeVerified, got.result.Outcome)
	}
	after := w.sim.Counts().PerEndpoint
	require.Equal(t, len(people), after["scim/v2/users/patch"])
	require.LessOrEqual(t, after["api/v1/users/search"]-before["api/v1/users/search"], len(people)+1, "one is shared ahead")
}
