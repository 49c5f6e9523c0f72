package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/store"
)

func (w *joinWorld) stands(state domain.PersonState) {
	w.t.Helper()
	require.NoError(w.t, w.store.SetPersonState(w.t.Context(), w.run.Person, state))
}

// An approval that comes after somebody left gives them nothing back, by no door.
func TestWhoeverLeavesIsGivenNothing(t *testing.T) {
	t.Parallel()
	for _, state := range []domain.PersonState{domain.PersonLeaving, domain.PersonLeft} {
		w, p := newJoinWorld(t), &provider{gone: true, had: domain.Assignment{User: "00u1"}}
		w.Doors = besides{signIn: giver{p}}
		id := w.club.put(dana, seller, func(a *domain.Account) { a.Active = domain.No })
		w.stands(state)
		acts := map[string]func() error{
			"invite":  func() error { return only(w.SendInvite(t.Context(), w.invite(1))) },
			"role":    func() error { return only(w.ChangeRole(t.Context(), w.role(id, seller, boss))) },
			"sign-in": func() error { return only(w.open()) },
		}
		for name, act := range acts {
			err := act()
			require.Equal(t, domain.FaultConflict, kindOf(t, err), name)
			require.Contains(t, err.Error(), "leaving or has left", name)
			require.NotContains(t, err.Error(), dana, name)
		}
		require.Zero(t, w.club.revived[id]+w.club.invited[dana]+w.club.changed[id]+p.assigned)
		w.stands(domain.PersonActive) // HR says that they are hired again
		for name, act := range acts {
			require.NoError(t, act(), name)
		}
		require.Equal(t, 1, w.club.revived[id])
	}
}

// A contract ends and an employment begins: what HR's hire gives goes on, until
// that hire ends too, or people say that the person leaves.
func TestAHireThatFollowsAnotherEmployment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		authority domain.Authority
		ends      func(w *joinWorld)
		goesOn    bool
	}{
		"HR's hire":                   {domain.AuthorityHR, func(*joinWorld) {}, true},
		"asked for by people":         {domain.AuthorityPerson, func(*joinWorld) {}, false},
		"the hire ends too":           {domain.AuthorityHR, func(w *joinWorld) { w.says(domain.EmploymentEnding) }, false},
		"a leaving of the hire":       {domain.AuthorityHR, func(w *joinWorld) { w.leaves(w.run.Employment, domain.AuthorityHR) }, false},
		"a leaving of another":        {domain.AuthorityHR, func(w *joinWorld) { w.leaves(w.employed(), domain.AuthorityHR) }, true},
		"people say that they leave":  {domain.AuthorityHR, func(w *joinWorld) { w.leaves(w.employed(), domain.AuthoritySecurity) }, false},
		"people said so, and no more": {domain.AuthorityHR, func(w *joinWorld) { w.retracts(w.leaves(w.employed(), domain.AuthorityPerson)) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newJoinWorld(t)
			w.run = w.begins(domain.Run{Kind: domain.RunOnboarding, Person: w.run.Person, Employment: w.employed(), Authority: c.authority})
			w.stands(domain.PersonLeft)
			w.clock.advance(time.Minute)
			c.ends(w)
			_, err := w.SendInvite(t.Context(), w.invite(1))
			if c.goesOn {
				require.NoError(t, err)
				return
			}
			require.Equal(t, domain.FaultConflict, kindOf(t, err))
			require.Zero(t, w.club.invited[dana])
		})
	}
}

func (w *joinWorld) employed() string {
	w.t.Helper()
	e, err := w.store.UpsertEmployment(w.t.Context(), "hr-"+w.t.Name()+time.Duration(hires.Add(1)).String(), domain.Employment{Person: w.run.Person})
	require.NoError(w.t, err)
	return e.ID
}

func (w *joinWorld) begins(r domain.Run) domain.Run {
	w.t.Helper()
	r.AllApps, r.State, r.StartedAt = true, domain.RunRunning, w.Now()
	made, _, err := w.store.CreateRun(w.t.Context(), r, func(domain.Run) (store.RunStart, error) { return store.RunStart{}, nil })
	require.NoError(w.t, err)
	return made
}

func (w *joinWorld) leaves(employment string, on domain.Authority) domain.Run {
	w.t.Helper()
	return w.begins(domain.Run{Kind: domain.RunOffboarding, Person: w.run.Person, Employment: employment, Authority: on})
}

func (w *joinWorld) retracts(r domain.Run) {
	w.t.Helper()
	require.NoError(w.t, w.store.Record(w.t.Context(), domain.Entry{Run: r.ID, RunState: domain.RunRetracted}))
}

func (w *joinWorld) says(state domain.EmploymentState) {
	w.t.Helper()
	_, _, err := w.store.SayEmployment(w.t.Context(), w.run.Employment, store.Said{State: state, At: w.Now(), Ends: w.Now()})
	require.NoError(w.t, err)
}

// What a run foresaw is not what is guarded: whoever is an admin by now, and whom a
// joining was to give the role that was approved, is not the last one.
func TestNoJoiningDemotesTheLastAdmin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shows    domain.Tri
		from, to domain.AppRole
		guarded  bool
	}{
		"an admin, to a seller":           {domain.Yes, seller, seller, true},
		"perhaps an admin":                {domain.Unknown, seller, seller, true},
		"an admin, to who knows what":     {domain.Yes, seller, domain.AppRole{Key: "p-new", Admin: domain.Unknown}, true},
		"an owner, to an admin":           {domain.Yes, domain.AppRole{Key: "p-own", Owner: true, Admin: domain.Yes}, boss, true},
		"no admin":                        {domain.No, seller, boss, false},
		"an admin, to another such role":  {domain.Yes, boss, domain.AppRole{Key: "p-boss-2", Admin: domain.Yes}, false},
		"perhaps one, to who knows what":  {domain.Unknown, seller, domain.AppRole{Key: "p-new", Admin: domain.Unknown}, false},
		"no admin, to who knows what yet": {domain.No, seller, domain.AppRole{Key: "p-new", Admin: domain.Unknown}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newJoinWorld(t)
			w.run = w.begins(domain.Run{Kind: domain.RunOnboarding, Person: w.run.Person, Employment: w.employed(), Authority: domain.AuthorityHR})
			id := w.club.put(dana, domain.AppRole{Key: "p-other", FullSeat: domain.Yes}, func(a *domain.Account) { a.Admin = c.shows })
			in := w.role(id, c.from, c.to)
			in.Demotes = false
			claims := func() int {
				open, err := w.store.Claims(t.Context(), app)
				require.NoError(t, err)
				return len(open)
			}
			r, err := w.ChangeRole(t.Context(), in)
			require.NoError(t, err)
			if !c.guarded {
				require.Equal(t, activities.OutcomeVerified, r.Outcome)
				require.Zero(t, claims())
				return
			}
			require.Equal(t, []any{activities.OutcomeShut, domain.GuardSoleAdmin}, []any{r.Outcome, r.Guard.Guard})
			w.club.member(eli, boss)
			in.Protected = true
			r, err = w.ChangeRole(t.Context(), in)
			require.NoError(t, err)
			require.Equal(t, domain.GuardProtected, r.Guard.Guard)
			require.Zero(t, w.club.changed[id])
			in.Protected = false
			r, err = w.ChangeRole(t.Context(), in)
			require.NoError(t, err)
			require.Equal(t, activities.OutcomeVerified, r.Outcome)
			require.Equal(t, 1, claims(), "others count with it")
		})
	}
}

func only(_ activities.ActResult, err error) error { return err }
