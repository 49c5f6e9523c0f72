package activities_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// provider is an identity provider as its port promises it: what is taken away
// shows after so many more readings.
type provider struct {
	facts    domain.SignInFacts
	silent   error // instead of facts
	had      domain.Assignment
	gone     bool
	lag      int
	refuses  error
	sessions error
	pushes   func() // into the app
	renamed  bool   // their address there is another one now

	unassigned, assigned, ended, byID int
}

func (p *provider) Provider() string { return "okta" }

func (p *provider) Describe(context.Context) (domain.SignInFacts, error) { return p.facts, p.silent }

func (p *provider) FindAssignment(context.Context, string) (domain.Assignment, error) {
	if p.renamed {
		return domain.Assignment{Presence: domain.Absent, RequestID: "nobody"}, p.silent
	}
	return p.look()
}

func (p *provider) look() (domain.Assignment, error) {
	if p.gone && p.lag <= 0 {
		left := domain.Assignment{User: p.had.User, Presence: domain.Absent, Ways: p.had.Fixed(), RequestID: "read"}
		if len(left.Ways) > 0 {
			left.Presence = domain.Present
		}
		return left, p.silent
	}
	if p.gone {
		p.lag--
	}
	return p.had, p.silent
}

func (p *provider) ReadAssignment(ctx context.Context, user string) (domain.Assignment, error) {
	if user != p.had.User {
		return domain.Assignment{Presence: domain.Absent}, p.silent
	}
	p.byID++
	return p.look()
}

func (p *provider) Unassign(context.Context, domain.Assignment) (domain.Receipt, error) {
	if p.refuses != nil {
		return domain.Receipt{}, p.refuses
	}
	p.unassigned++
	already := p.gone
	p.gone = true
	if p.pushes != nil {
		p.pushes()
	}
	return domain.Receipt{RequestID: "unassign", Already: already}, nil
}

func (p *provider) Assign(_ context.Context, a domain.Assignment) (domain.Receipt, error) {
	p.assigned++
	p.gone, p.had = false, a
	return domain.Receipt{RequestID: "assign"}, p.refuses
}

func (p *provider) EndSessions(context.Context, string) (domain.Receipt, error) {
	if p.sessions == nil {
		p.ended++
	}
	return domain.Receipt{RequestID: "sessions"}, p.sessions
}

func (p *provider) ListAssigned(context.Context) (domain.AssignedListing, error) {
	return domain.AssignedListing{}, nil
}

func (p *provider) LastSignIn(context.Context, string) (domain.LastSignIn, error) {
	return domain.LastSignIn{}, nil
}

// besides is what stands beside the connector of every app.
type besides struct {
	signIn  activities.SignIn
	recipes activities.Recipes
}

func (b besides) SignIn(domain.AppID) activities.SignIn { return b.signIn }

func (b besides) Recipes(domain.AppID) activities.Recipes { return b.recipes }

func given() *provider {
	return &provider{facts: domain.SignInFacts{App: "Apollo", Active: domain.Yes, Pushes: domain.No, Why: "provisioning is off"},
		had: domain.Assignment{User: "00u1", Presence: domain.Present, RequestID: "before", Ways: []domain.Way{{Assignment: "00u1"}, {Group: "00g1", Name: "Sales", Gives: []string{"Zoom"}, GivesKnown: domain.Yes}}}}
}

func (w *world) close() (activities.ActResult, error) {
	return w.CloseSignIn(w.t.Context(), activities.AccountInput{StepRef: w.ref(domain.StepSignIn), Account: w.id(dana), Due: w.Now(), EndSessions: true})
}

func TestTheSignInIsClosedAndReadBackThere(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), given()
	w.Doors = besides{signIn: p}
	for range 2 {
		r, err := w.close()
		require.NoError(t, err)
		require.Equal(t, activities.OutcomeVerified, r.Outcome)
		w.clock.advance(time.Second)
	}
	require.Equal(t, 1, p.unassigned, "gone already is not taken away again")
	require.Equal(t, domain.StepVerified, w.step(domain.StepSignIn).State)
	require.Equal(t, domain.ChannelIDP, w.step(domain.StepSignIn).Channel)
	closed := w.events(domain.EventSignInClosed)
	require.Len(t, closed, 1)
	require.Equal(t, "direct, group 00g1", closed[0].Facts["ways"])
	require.Len(t, w.events(domain.EventSessionsEnded), 1)
}

func TestTheProcessDiesBetweenClosingAndRecording(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), given()
	w.Doors = besides{signIn: p}
	w.Crash = func(point string) {
		if point == "sign-in-closed-not-recorded" && p.unassigned == 1 && p.ended == 0 {
			panic(died{})
		}
	}
	require.False(t, survives(func() { _, _ = w.close() }))
	w.Crash = nil
	r, err := w.close()
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
	require.Equal(t, 1, p.unassigned)
	require.Equal(t, 1, p.ended, "sessions are ended by whoever comes after")
	require.Len(t, w.events(domain.EventSignInClosed), 1)
}

// What the provider accepted and does not show yet is not verified; the read-back
// finds it.
func TestAProviderThatLags(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), given()
	w.Doors, p.lag = besides{signIn: p}, 2
	r, err := w.close()
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnverified, r.Outcome)
	require.Equal(t, domain.StepDoneUnverified, w.step(domain.StepSignIn).State)
	back := activities.ReadBackInput{StepRef: w.ref(domain.StepSignIn), Kind: domain.KindApolloIO, Steps: []domain.StepKey{domain.StepSignIn}, Account: w.id(dana), Channel: domain.ChannelIDP}
	states := []domain.StepState{}
	for range 2 {
		b, err := w.ReadBackSteps(t.Context(), back)
		require.NoError(t, err)
		states = append(states, b.States[domain.StepSignIn])
	}
	require.NotEqual(t, domain.StepVerified, states[0])
	require.Equal(t, domain.StepVerified, states[1])
	require.Len(t, w.events(domain.EventSignInClosed), 1)
}

func TestTheLastAdminKeepsTheirSignIn(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t, team(func(s *sim.TenantSpec) {
		s.Users = slices.DeleteFunc(s.Users, func(u sim.UserSpec) bool { return u.Email == sam || u.Profile == sim.ProfileBilling })
	})), given()
	w.Doors = besides{signIn: p}
	w.run = w.leaving(priya)
	in := activities.AccountInput{StepRef: w.ref(domain.StepSignIn), Account: w.id(priya), Due: w.Now(), EndSessions: true}
	r, err := w.CloseSignIn(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeShut, r.Outcome)
	require.Equal(t, domain.GuardSoleAdmin, r.Guard.Guard)
	require.Zero(t, p.unassigned+p.ended)
}

// Closing the sign-in and deactivating are two claims on one account: the second
// does not count against the first.
func TestBothDoorsOfAnAdminAreClosed(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t, withSCIM, team(func(s *sim.TenantSpec) {
		s.Users = slices.DeleteFunc(s.Users, func(u sim.UserSpec) bool { return u.Profile == sim.ProfileBilling })
	})), given()
	w.Doors = besides{signIn: p}
	w.run = w.leaving(priya)
	in := activities.AccountInput{StepRef: w.ref(domain.StepSignIn), Account: w.id(priya), Due: w.Now()}
	r, err := w.CloseSignIn(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
	in.Step = domain.StepDeactivate
	r, err = w.DeactivateAccount(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome, r.Why)
}

func TestWhatCannotBeTakenAwayGoesToAPerson(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), given()
	p.had.Ways[1].Fixed = "is filled by a rule: change the rule"
	w.Doors = besides{signIn: p}
	r, err := w.close()
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnsupported, r.Outcome)
	require.Contains(t, r.Why, `the group "Sales" gives the app and is filled by a rule`)
	require.Equal(t, 1, p.unassigned, "what can be taken away is")
	require.Empty(t, w.events(domain.EventSignInClosed))

	p.refuses = domain.NewFault(domain.FaultUnsupported, "okta.unassign", app, "the policy connects it read-only", nil)
	p.gone = false
	r, err = w.close()
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnsupported, r.Outcome)
	require.Contains(t, r.Why, "read-only")
}

func TestSessionsThatMayNotBeEndedAreTold(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), given()
	p.sessions = domain.NewFault(domain.FaultForbidden, "okta.sessions", app, "grant okta.users.manage", nil)
	w.Doors = besides{signIn: p}
	r, err := w.close()
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
	require.Empty(t, w.events(domain.EventSessionsEnded))
	told := slices.ContainsFunc(w.events(domain.EventStepChanged), func(e domain.AuditEvent) bool {
		return e.Facts["why"] == "sessions at the identity provider go on until they expire: grant okta.users.manage"
	})
	require.True(t, told)
}

func (w *world) snap() {
	w.t.Helper()
	_, err := w.SnapshotAccount(w.t.Context(), activities.SnapshotInput{StepRef: w.ref(""), Kind: domain.KindApolloIO, Scopes: openScopes})
	require.NoError(w.t, err)
}

func TestUndoGivesBackWhatTheRunTook(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), given()
	w.Doors = besides{signIn: p}
	in := activities.AccountInput{StepRef: w.ref(domain.StepSignIn), Account: w.id(dana), Due: w.Now()}
	w.snap()
	p.had.Ways = p.had.Ways[:1] // somebody took them out of the group meanwhile
	before := p.had
	_, err := w.close()
	require.NoError(t, err)
	var r activities.ActResult
	for range 2 {
		r, err = w.ReopenSignIn(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, activities.OutcomeVerified, r.Outcome)
	}
	require.Equal(t, before.Ways, p.had.Ways)
	require.Equal(t, domain.StepUndone, w.step(domain.StepSignIn).State)
	require.Len(t, w.events(domain.EventUndone), 1)
}

func TestThePlanTellsWhatElseAGroupGives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*provider)
		want   string
	}{
		"other apps": {func(*provider) {}, "which also gives Zoom"},
		"unknown":    {func(p *provider) { p.had.Ways[1].GivesKnown = domain.Unknown }, "and perhaps more"},
		"away":       {func(p *provider) { p.silent = domain.NewFault(domain.FaultForbidden, "okta.find", app, "no", nil) }, "could not be asked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := newWorld(t), given()
			c.change(p)
			w.Doors = besides{signIn: p}
			r, err := w.PreviewLeaving(t.Context(), activities.PreviewInput{App: app, Kind: domain.KindApolloIO, Email: dana, SignIn: true, Heirs: map[domain.RecordKind]string{"": eli}, Scopes: openScopes, Drift: domain.DefaultDrift})
			require.NoError(t, err)
			i := slices.IndexFunc(r.Plan.Guards, func(g domain.GuardFinding) bool { return g.Guard == domain.GuardSignIn })
			require.GreaterOrEqual(t, i, 0)
			require.Equal(t, domain.GuardWarn, r.Plan.Guards[i].State)
			require.Contains(t, r.Plan.Guards[i].Why, c.want)
			j := slices.IndexFunc(r.Plan.Steps, func(s domain.PlannedStep) bool { return s.Key == domain.StepSignIn })
			require.Equal(t, domain.ChannelIDP, r.Plan.Steps[j].Channel)
		})
	}
}

// A provider that pushes deactivations cuts in the app too, and only the app's own
// list says that it did.
func TestAProviderThatPushesCutsInTheApp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		works bool
		want  activities.Outcome
	}{"it arrives": {true, activities.OutcomeVerified}, "it does not": {false, activities.OutcomeUnverified}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := newWorld(t), given()
			p.facts.Pushes, p.facts.Why = domain.Yes, "PUSH_USER_DEACTIVATION is on"
			if c.works {
				p.pushes = func() { require.NoError(t, w.sim.Deactivate(dana)) }
			}
			w.Doors = besides{signIn: p}
			r, err := w.DeactivateAccount(t.Context(), activities.AccountInput{StepRef: w.ref(domain.StepDeactivate), Account: w.id(dana), Due: w.Now(), Limit: time.Hour})
			require.NoError(t, err)
			require.Equal(t, c.want, r.Outcome)
			require.Equal(t, domain.ChannelIDP, r.Channel)
			require.Equal(t, 1, p.unassigned)
			require.Len(t, w.events(domain.EventMemberRemoved), map[bool]int{true: 1}[c.works])
		})
	}
}

func TestASweepSeesASignInThatCameBack(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), given()
	w.Doors = besides{signIn: p}
	_, err := w.close()
	require.NoError(t, err)
	sweep := activities.SweepInput{StepRef: w.ref(domain.StepSweep), Kind: domain.KindApolloIO, Account: w.id(dana), Scopes: openScopes, Name: "1 of 2, try 1"}
	r, err := w.SweepApp(t.Context(), sweep)
	require.NoError(t, err)
	require.NotContains(t, r.Left, domain.StepSignIn)
	p.gone, sweep.Name = false, "2 of 2, try 1"
	r, err = w.SweepApp(t.Context(), sweep)
	require.NoError(t, err)
	require.Contains(t, r.Left, domain.StepSignIn)
	require.Equal(t, domain.StepNeedsAttention, w.step(domain.StepSignIn).State)
}

// A run that took nothing away gives nothing.
func TestUndoOfASignInThatWasNotThere(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), given()
	w.Doors, p.gone = besides{signIn: p}, true
	w.snap()
	_, err := w.close()
	require.NoError(t, err)
	r, err := w.ReopenSignIn(t.Context(), activities.AccountInput{StepRef: w.ref(domain.StepSignIn), Account: w.id(dana), Due: w.Now()})
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
	require.Zero(t, p.assigned)
}

// Somebody whose address was changed at the provider is found by the provider's own
// id; where the run never found them, nobody with their address is no proof.
func TestSomebodyWhoWasRenamedAtTheProvider(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), given()
	w.Doors = besides{signIn: p}
	w.snap()
	p.renamed = true
	r, err := w.close()
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
	require.Equal(t, 1, p.unassigned)
	require.NotZero(t, p.byID)

	w, p = newWorld(t), given()
	w.Doors, p.renamed = besides{signIn: p}, true
	r, err = w.close()
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnsupported, r.Outcome)
	require.Contains(t, r.Why, "may have another one there")
	require.Empty(t, w.events(domain.EventSignInClosed))
}

// An admin who can no longer come in counts for nobody, until the app shows that
// they are gone.
func TestTwoAdminsAreNotBothShutOut(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t, team(func(s *sim.TenantSpec) {
		s.Users = slices.DeleteFunc(s.Users, func(u sim.UserSpec) bool { return u.Profile == sim.ProfileBilling })
	})), given()
	w.Doors = besides{signIn: p}
	first := w.leaving(priya)
	w.run = first
	r, err := w.CloseSignIn(t.Context(), activities.AccountInput{StepRef: w.ref(domain.StepSignIn), Account: w.id(priya), Due: w.Now()})
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
	w.clock.advance(5 * time.Minute)
	w.run, p.gone = w.leaving(sam), false
	in := activities.AccountInput{StepRef: w.ref(domain.StepSignIn), Account: w.id(sam), Due: w.Now()}
	r, err = w.CloseSignIn(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeShut, r.Outcome)
	require.Equal(t, 1, p.unassigned)

	_, err = w.ConcludeRun(t.Context(), activities.ConcludeInput{Run: first.ID, Person: first.Person, State: domain.RunRetracted, Final: true, Release: []domain.AppID{app}})
	require.NoError(t, err)
	w.clock.advance(2 * time.Hour)
	r, err = w.CloseSignIn(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome, "a run that ended holds nobody up")
}

// What the provider refuses is the provider's trouble: the app goes on, and so does
// the rest of a sweep.
func TestAProviderThatRefusesUsPausesNoApp(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t, withSCIM), given()
	w.Doors = besides{signIn: p}
	_, err := w.close()
	require.NoError(t, err)
	in := activities.AccountInput{StepRef: w.ref(domain.StepDeactivate), Account: w.id(dana), Due: w.Now()}
	_, err = w.DeactivateAccount(t.Context(), in)
	require.NoError(t, err)
	require.NoError(t, w.sim.Reactivate(dana))
	p.silent = domain.NewFault(domain.FaultUnauthenticated, "okta.find", app, "the token is refused", nil)
	r, err := w.SweepApp(t.Context(), activities.SweepInput{StepRef: w.ref(domain.StepSweep), Kind: domain.KindApolloIO, Account: w.id(dana), Scopes: openScopes, Name: "1"})
	require.NoError(t, err)
	require.True(t, r.Returned, "access that is back is seen all the same")
	require.Contains(t, r.Unknown, domain.StepSignIn)
	counts, err := w.store.Counts(t.Context())
	require.NoError(t, err)
	require.Zero(t, counts.Paused)
}

// An app's own door waits for no provider's answer.
func TestASlowProviderHoldsNoDeactivation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM)
	w.Doors = besides{signIn: slowProvider{given(), w.clock}}
	r, err := w.DeactivateAccount(t.Context(), activities.AccountInput{StepRef: w.ref(domain.StepDeactivate), Account: w.id(dana), Due: w.Now()})
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
}

// slowProvider takes longer than a listing may be old.
type slowProvider struct {
	*provider
	clock *clock
}

func (s slowProvider) Describe(context.Context) (domain.SignInFacts, error) {
	s.clock.advance(2 * domain.MaxListingAge)
	return domain.SignInFacts{}, domain.NewFault(domain.FaultUnavailable, "okta.describe", app, "slow", nil)
}

// A security termination does not wait for an app that shows no list to guard by.
func TestCutNowClosesTheDoorOfAnAppThatIsAway(t *testing.T) {
	t.Parallel()
	for name, now := range map[string]bool{"at once": true, "at its moment": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := newWorld(t), given()
			w.Doors, w.Connectors = besides{signIn: p}, connectors{awayApp{w.apollo}}
			r, err := w.CloseSignIn(t.Context(), activities.AccountInput{StepRef: w.ref(domain.StepSignIn), Account: w.id(dana), Due: w.Now(), CutNow: now})
			if !now {
				require.Equal(t, domain.FaultUnavailable, kindOf(t, err))
				require.Zero(t, p.unassigned)
				return
			}
			require.NoError(t, err)
			require.Equal(t, activities.OutcomeVerified, r.Outcome)
			told := slices.ContainsFunc(w.events(domain.EventStepChanged), func(e domain.AuditEvent) bool { return e.Facts["why"] != "" })
			require.True(t, told, "the record says that no guard was asked")
		})
	}
}

type awayApp struct{ activities.Connector }

func (awayApp) ListAccounts(context.Context) (domain.Listing, error) {
	return domain.Listing{}, domain.NewFault(domain.FaultUnavailable, "account.list", app, "no answer", nil)
}
