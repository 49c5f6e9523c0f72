package activities_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

func (w *joinWorld) role(account domain.AccountID, from, to domain.AppRole) activities.RoleInput {
	return activities.RoleInput{StepRef: w.ref(domain.StepRole), Account: account, From: from, To: to, Demotes: from.Admin == domain.Yes && to.Admin == domain.No,
		For: "p-asks", Approved: []domain.PersonID{"p-one", "p-two"}, Digest: "v1:plan"}
}

func TestARoleIsChangedAndReadBack(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	id := w.club.member(dana, seller)
	for range 3 {
		r, err := w.ChangeRole(t.Context(), w.role(id, seller, boss))
		require.NoError(t, err)
		require.Equal(t, activities.OutcomeVerified, r.Outcome)
	}
	require.Equal(t, 1, w.club.changed[id])
	require.Equal(t, domain.StepVerified, w.step(domain.StepRole).State)
	changed := w.events(domain.EventRoleChanged)
	require.Len(t, changed, 1)
	e := changed[0]
	require.Equal(t, []string{"Standard", "Admin", string(id), "v1:plan"}, []string{e.From, e.To, e.Target, e.Digest})
	require.Equal(t, domain.ChannelAPI, e.Channel)
	require.Equal(t, domain.PersonID("p-asks"), e.ActingFor)
	require.Equal(t, w.run.Person, e.Subject)
	require.Equal(t, []string{"p-standard", "p-admin"}, []string{e.Facts["from"], e.Facts["to"]})
	for _, who := range []string{"p-one", "p-two"} {
		require.Contains(t, e.Facts[domain.FactApprovedBy], who)
	}
	require.Empty(t, e.Facts["how"])
}

// Whoever finds the role that they want does not claim to have given it, unless an
// earlier try of the run had begun to; and does not give it again.
func TestARoleThatIsThereAlready(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	id := w.club.member(dana, boss)
	r, err := w.ChangeRole(t.Context(), w.role(id, seller, boss))
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
	require.Zero(t, w.club.changed[id])
	require.Equal(t, "it was so before", w.events(domain.EventRoleChanged)[0].Facts["how"])

	for name, lost := range map[string]error{"the process died": nil, "the answer was lost": domain.NewFault(domain.FaultUnavailable, "role.change", app, "no answer", nil)} {
		w := newJoinWorld(t)
		id := w.club.member(dana, seller)
		in := w.role(id, seller, boss)
		if w.club.lost = lost; lost == nil {
			w.dies("role-changed-not-recorded", func() { _, _ = w.ChangeRole(t.Context(), in) })
		} else {
			_, err := w.ChangeRole(t.Context(), in)
			require.ErrorIs(t, err, lost)
		}
		require.Empty(t, w.events(domain.EventRoleChanged))
		r, err := w.ChangeRole(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, domain.ChannelAPI, r.Channel, name)
		require.Equal(t, 1, w.club.changed[id], name)
		require.Contains(t, w.events(domain.EventRoleChanged)[0].Facts["how"], "an earlier try", name)
	}
}

// Two admins who are demoted at once leave one.
func TestTwoDemotionsAtOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for range 5 {
		w := newJoinWorldIn(t, s)
		ids := []domain.AccountID{w.club.member(dana, boss), w.club.member(eli, boss)}
		both := []*joinWorld{w, w.also(eli)}
		var listed, done sync.WaitGroup
		listed.Add(2)
		done.Add(2)
		var turn sync.Mutex
		n := 0
		w.club.listing = func() { // both have listed before either claims
			turn.Lock()
			n++
			first := n <= 2
			turn.Unlock()
			if first {
				listed.Done()
				listed.Wait()
			}
		}
		outcomes := make([]activities.ActResult, 2)
		for i := range both {
			go func() {
				defer done.Done()
				outcomes[i], _ = both[i].ChangeRole(t.Context(), both[i].role(ids[i], boss, seller))
			}()
		}
		done.Wait()
		require.ElementsMatch(t, []activities.Outcome{activities.OutcomeVerified, activities.OutcomeShut}, []activities.Outcome{outcomes[0].Outcome, outcomes[1].Outcome})
		require.Equal(t, 1, w.club.changed[ids[0]]+w.club.changed[ids[1]])
		for _, one := range both { // the next round has its own two
			_, err := one.ConcludeRun(t.Context(), activities.ConcludeInput{Run: one.run.ID, Person: one.run.Person, State: domain.RunRetracted, Final: true, Release: []domain.AppID{app}})
			require.NoError(t, err)
		}
		w.clock.advance(2 * time.Hour)
	}
}

func TestGuardsOfADemotion(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	id := w.club.member(dana, boss)
	r, err := w.ChangeRole(t.Context(), w.role(id, boss, seller))
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeShut, r.Outcome)
	require.Equal(t, domain.GuardSoleAdmin, r.Guard.Guard)
	require.Equal(t, domain.StepWaiting, w.step(domain.StepRole).State)
	w.club.member(eli, boss)
	in := w.role(id, boss, seller)
	in.Protected = true
	r, err = w.ChangeRole(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, domain.GuardProtected, r.Guard.Guard)
	require.Zero(t, w.club.changed[id])
	require.Len(t, w.events(domain.EventGuardShut), 2)
	r, err = w.ChangeRole(t.Context(), w.role(id, boss, seller))
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
	open, err := w.store.Claims(t.Context(), app)
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.False(t, open[0].SettledAt.IsZero(), "the claim ends with its effect")
}

// A demotion that a person was to make and that nobody makes holds no other up once
// the run has ended.
func TestADemotionThatDoesNotComeAbout(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.club.doors = nil
	first, second := w.club.member(dana, boss), w.club.member(eli, boss)
	r, err := w.ChangeRole(t.Context(), w.role(first, boss, seller))
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnsupported, r.Outcome)
	other := w.also(eli)
	r, err = other.ChangeRole(t.Context(), other.role(second, boss, seller))
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeShut, r.Outcome)
	_, err = w.ConcludeRun(t.Context(), activities.ConcludeInput{Run: w.run.ID, Person: w.run.Person, State: domain.RunRetracted, Final: true, Release: []domain.AppID{app}})
	require.NoError(t, err)
	w.clock.advance(2 * time.Hour)
	w.club.doors = map[domain.Capability]domain.Channel{domain.CanChangeRole: domain.ChannelAPI}
	r, err = other.ChangeRole(t.Context(), other.role(second, boss, seller))
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
}

func TestARoleThatNobodyCanChangeHere(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, c := range map[string]struct {
		make  func(w *joinWorld)
		want  activities.Outcome
		fault domain.FaultKind
		calls int
	}{
		"no door":             {func(w *joinWorld) { w.club.doors = nil }, activities.OutcomeUnsupported, "", 0},
		"only a word of one":  {func(w *joinWorld) { w.Connectors = connectors{deaf{w.club}} }, activities.OutcomeUnsupported, "", 0},
		"hidden":              {func(w *joinWorld) { w.club.hidden = true }, activities.OutcomeUnsupported, "", 0},
		"no longer there":     {func(w *joinWorld) { w.club.users = nil }, "", domain.FaultNotFound, 0},
		"not on a short list": {func(w *joinWorld) { w.club.users, w.club.cut = nil, true }, "", domain.FaultUnavailable, 0},
		"forbidden": {func(w *joinWorld) {
			w.club.refuses = domain.NewFault(domain.FaultForbidden, "role.change", app, "no", errors.New(dana))
		}, activities.OutcomeUnsupported, "", 1},
		"later": {func(w *joinWorld) {
			w.club.refuses = domain.NewFault(domain.FaultRateLimited, "role.change", app, "no", errors.New(dana))
		}, "", domain.FaultRateLimited, 1},
		"away": {func(w *joinWorld) {
			w.club.refuses = domain.NewFault(domain.FaultUnavailable, "role.change", app, "no", errors.New(dana))
		}, "", domain.FaultUnavailable, 1},
		"refused": {func(w *joinWorld) {
			w.club.refuses = domain.NewFault(domain.FaultInvalid, "role.change", app, "no", errors.New(dana))
		}, "", domain.FaultInvalid, 1},
	} {
		w := newJoinWorldIn(t, s)
		id := w.club.member(dana, seller)
		c.make(w)
		r, err := w.ChangeRole(t.Context(), w.role(id, seller, boss))
		require.Equal(t, c.want, r.Outcome, name)
		if c.fault != "" {
			require.Equal(t, c.fault, kindOf(t, err), name)
			require.NotContains(t, err.Error(), dana)
		} else {
			require.NoError(t, err)
			require.NotEmpty(t, r.Why)
		}
		require.Equal(t, c.calls, w.club.changed[id], name)
		require.Empty(t, w.events(domain.EventRoleChanged))
	}
}

// An app that takes a role and does not show it is not believed.
func TestARoleThatTheAppDoesNotShow(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	id := w.club.member(dana, seller)
	w.Connectors = connectors{vain{w.club}}
	for range 2 {
		r, err := w.ChangeRole(t.Context(), w.role(id, seller, boss))
		require.NoError(t, err)
		require.Equal(t, activities.OutcomeUnverified, r.Outcome)
		require.Equal(t, domain.ChannelAPI, r.Channel)
	}
	require.Empty(t, w.events(domain.EventRoleChanged))
	require.NotEqual(t, domain.StepVerified, w.step(domain.StepRole).State)
}

// vain takes a role and does nothing.
type vain struct{ *club }

func (v vain) ChangeRole(context.Context, domain.Account, domain.AppRole) (domain.Receipt, error) {
	return domain.Receipt{RequestID: "vain"}, nil
}
