package activities_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// of is the same world with the run of somebody else.
func (w *world) of(email string) *world {
	w.t.Helper()
	other := *w
	set := *w.Set
	other.Set = &set
	other.run = other.leaving(email)
	return &other
}

func TestTwoAdminsAtOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for range 5 {
		w := newWorldIn(t, s, withSCIM)
		both := []*world{w.of(priya), w.of(sam)}
		var listed, done sync.WaitGroup
		listed.Add(2)
		done.Add(2)
		outcomes := make([]activities.ActResult, 2)
		for i, email := range []string{priya, sam} {
			first, admin := true, both[i]
			admin.hook().users = func(*domain.Listing) {
				if first { // both have listed before either claims
					first = false
					listed.Done()
					listed.Wait()
				}
			}
			go func() {
				defer done.Done()
				outcomes[i], _ = admin.DeactivateAccount(t.Context(), admin.accountInput(email))
			}()
		}
		done.Wait()
		require.ElementsMatch(t, []activities.Outcome{activities.OutcomeVerified, activities.OutcomeShut},
			[]activities.Outcome{outcomes[0].Outcome, outcomes[1].Outcome})
		require.Equal(t, 1, w.deactivations())
	}
}

func TestGuards(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	alone := team(func(s *sim.TenantSpec) { s.Users[1].Deleted = true })
	unmapped := func(s *settings) { delete(s.apollo.Profiles, sim.ProfileAdmin) }
	for name, c := range map[string]struct {
		option option
		change func(w *world, in *activities.AccountInput)
		guard  domain.GuardName
		why    string
	}{
		"sole admin": {alone, nil, domain.GuardSoleAdmin, "no other admin would remain"},
		"a billing manager does not count": {team(func(s *sim.TenantSpec) { s.Users[1].Profile = sim.ProfileBilling }), nil,
			domain.GuardSoleAdmin, "no other admin would remain"},
		"unknown profile": {unmapped, nil, domain.GuardSoleAdmin, "map profile id " + sim.ProfileAdmin},
		"protected": {nil, func(_ *world, in *activities.AccountInput) { in.Protected = true },
			domain.GuardProtected, "the policy file protects this person"},
		"key owner": {nil, func(w *world, in *activities.AccountInput) { in.KeyOwner = w.run.Person }, domain.GuardActingUser, "made the API key"},
		"retracted meanwhile": {nil, func(w *world, _ *activities.AccountInput) {
			_, err := w.ConcludeRun(w.t.Context(), activities.ConcludeInput{Run: w.run.ID, State: domain.RunRetracted, Final: true})
			require.NoError(w.t, err)
		}, domain.GuardLeaving, "the run is retracted"},
	} {
		options := []option{withSCIM}
		if c.option != nil {
			options = append(options, c.option)
		}
		w := newWorldIn(t, s, options...).of(priya)
		in := w.accountInput(priya)
		if c.change != nil {
			c.change(w, &in)
		}
		r, err := w.DeactivateAccount(t.Context(), in)
		require.NoError(t, err, name)
		require.Equal(t, activities.OutcomeShut, r.Outcome, name)
		require.Equal(t, c.guard, r.Guard.Guard, name)
		require.Contains(t, r.Why, c.why, name)
		require.Empty(t, w.sim.Effects(), name)
		require.Empty(t, w.openClaims(), name)
		require.Len(t, w.events(domain.EventGuardShut), 1, name)

		task, err := w.OpenTask(t.Context(), w.taskInput(in, domain.StepDeactivate))
		require.NoError(t, err, name)
		require.Equal(t, activities.TaskResult{Guard: r.Guard}, task, "nobody is sent to do by hand what a guard forbids: %s", name)
	}
}

func TestSecurityTerminationIsNotHeldByTheKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM)
	in := w.accountInput(dana)
	in.KeyOwner, in.CutNow = w.run.Person, true
	r, err := w.DeactivateAccount(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
}

// Half a list and an old one decide nothing: nobody is asked to promote somebody
// on their account.
func TestGuardOnAListThatProvesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, change := range map[string]func(l *domain.Listing){
		"cut short": func(l *domain.Listing) { l.Complete = false },
		"old":       func(l *domain.Listing) { l.StartedAt = l.StartedAt.Add(-61 * time.Second) },
	} {
		w := newWorldIn(t, s, withSCIM, team(func(s *sim.TenantSpec) { s.Users[1].Deleted = true })).of(priya)
		w.hook().users = change
		_, err := w.DeactivateAccount(t.Context(), w.accountInput(priya))
		require.Equal(t, domain.FaultUnavailable, kindOf(t, err), name)
		_, err = w.OpenTask(t.Context(), w.taskInput(w.accountInput(priya), domain.StepDeactivate))
		require.Equal(t, domain.FaultUnavailable, kindOf(t, err), name)
		require.Empty(t, w.sim.Effects())
		require.Empty(t, w.openClaims())
	}
}

func TestSoleAdminGoesOnceSomebodyIsPromoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM, team(func(s *sim.TenantSpec) { s.Users[1].Deleted = true })).of(priya)
	in := w.accountInput(priya)
	r, err := w.DeactivateAccount(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeShut, r.Outcome)
	back := activities.ReadBackInput{StepRef: w.ref(domain.StepPromote), Kind: domain.KindApolloIO, Steps: []domain.StepKey{domain.StepPromote},
		Account: in.Account, Channel: domain.ChannelPerson, DoneBy: "p-admin"}
	seen, err := w.ReadBackSteps(t.Context(), back)
	require.NoError(t, err)
	require.False(t, seen.Settled, "said and not done")

	require.NoError(t, w.sim.SetProfile(aiko, sim.ProfileAdmin))
	seen, err = w.ReadBackSteps(t.Context(), back)
	require.NoError(t, err)
	require.True(t, seen.Settled)
	r, err = w.DeactivateAccount(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
	require.Equal(t, domain.GuardWarn, domain.GuardState(w.events(domain.EventClaimMade)[0].Facts["finding"]))
}

// While a person has the task to remove one admin, the other cannot go. Giving
// the task up frees the other, on a list that began after it.
func TestClaimIsHeldUntilItIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, release := range map[string]func(w *world) error{
		"skipped": func(w *world) error {
			_, err := w.SettleSteps(w.t.Context(), activities.SettleInput{StepRef: w.ref(""), Release: true, Event: domain.EventStepChanged,
				Steps: []domain.StepRecord{{Key: domain.StepDeactivate, State: domain.StepSkipped}}})
			return err
		},
		"retracted": func(w *world) error {
			_, err := w.ConcludeRun(w.t.Context(), activities.ConcludeInput{Run: w.run.ID, State: domain.RunRetracted, Final: true, Release: []domain.AppID{app}})
			return err
		},
		"reactivated": func(w *world) error {
			_, err := w.ReactivateAccount(w.t.Context(), w.accountInput(priya))
			return err
		},
	} {
		w := newWorld(t, withSCIM) // claims are the app's: a store of its own
		first, second := w.of(priya), w.of(sam)
		task := first.taskInput(first.accountInput(priya), domain.StepUnlink, domain.StepDeactivate)
		opened, err := first.OpenTask(t.Context(), task)
		require.NoError(t, err, name)
		require.True(t, opened.Opened, name)
		require.Equal(t, domain.StepDeactivate, first.openClaims()[0].Step, "whatever comes first in the sitting")
		w.clock.advance(24 * time.Hour)
		r, err := second.DeactivateAccount(t.Context(), second.accountInput(sam))
		require.NoError(t, err, name)
		require.Equal(t, activities.OutcomeShut, r.Outcome, "a claim does not expire: %s", name)

		began := w.clock.Now()
		w.clock.advance(time.Second)
		require.NoError(t, release(first), name)
		require.Empty(t, first.openClaims(), name)
		w.clock.advance(time.Second)
		second.hook().users = func(l *domain.Listing) { l.StartedAt = began }
		r, err = second.DeactivateAccount(t.Context(), second.accountInput(sam))
		require.NoError(t, err, name)
		require.Equal(t, activities.OutcomeShut, r.Outcome, "the list may be older than what was done under the claim: %s", name)
		second.revive()
		r, err = second.DeactivateAccount(t.Context(), second.accountInput(sam))
		require.NoError(t, err, name)
		require.Equal(t, activities.OutcomeVerified, r.Outcome, name)
	}
}

// taskInput asks for a task with the given steps.
func (w *world) taskInput(in activities.AccountInput, steps ...domain.StepKey) activities.TaskInput {
	task := domain.Task{ID: w.run.ID + ":t1", Run: w.run.ID, App: app, Steps: steps, Title: "Cut off access", Owner: "p-owner", Subject: w.run.Person,
		State: domain.TaskOpen, DueAt: w.Now()}
	return activities.TaskInput{StepRef: w.ref(steps[0]), Kind: domain.KindApolloIO, Task: task, Account: in.Account, Guarded: true,
		Protected: in.Protected, KeyOwner: in.KeyOwner, CutNow: in.CutNow, To: []domain.PersonID{"p-owner"}}
}
