package activities_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/store"
)

// says keeps HR's word about the employment of the world's run.
func (w *world) says(state domain.EmploymentState, ends time.Time) {
	w.t.Helper()
	_, mine, err := w.store.SayEmployment(w.t.Context(), w.run.Employment, store.Said{State: state, At: w.Now(), Ends: ends})
	require.NoError(w.t, err)
	require.True(w.t, mine)
}

// hire gives the leaver another employment.
func (w *world) hire(starts time.Time) {
	w.t.Helper()
	_, err := w.store.UpsertEmployment(w.t.Context(), fmt.Sprintf("hr-%d", hires.Add(1)), domain.Employment{Person: w.run.Person, Starts: starts})
	require.NoError(w.t, err)
}

func (w *world) active(email string) bool {
	for _, u := range w.sim.State().Users {
		if u.Email == email {
			return u.Active
		}
	}
	return false
}

// What HR said last counts right before access is cut, also when the run has not
// heard it yet.
func TestHRsLastWordCountsRightBeforeTheCut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		say  func(w *world)
		cuts bool
	}{
		"taken back":           {func(w *world) { w.says(domain.EmploymentOpen, time.Time{}) }, false},
		"moved to tomorrow":    {func(w *world) { w.says(domain.EmploymentEnding, w.Now().Add(24*time.Hour)) }, false},
		"as the run knows it":  {func(w *world) { w.says(domain.EmploymentEnding, w.Now()) }, true},
		"moved to an hour ago": {func(w *world) { w.says(domain.EmploymentEnding, w.Now().Add(-time.Hour)) }, true},
		"ended at once":        {func(w *world) { w.says(domain.EmploymentEnded, w.Now()) }, true},
		"never spoke of it":    {func(*world) {}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withSCIM)
			w.snapshot(w.snapshotInput())
			c.say(w)
			in := w.accountInput(dana)
			in.Due = w.Now()
			result, err := w.DeactivateAccount(t.Context(), in)
			require.Equal(t, !c.cuts, w.active(dana))
			if c.cuts {
				require.NoError(t, err)
				require.Equal(t, activities.OutcomeVerified, result.Outcome)
				return
			}
			require.Equal(t, domain.FaultUnavailable, kindOf(t, err), "the run hears of it in a moment, and asks again")
		})
	}
}

// A run that could not follow HR any more, because access was cut in another app,
// is not held back for ever: once the moment that HR named has passed it goes on.
func TestAMomentThatHasPassedHoldsNothingBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM)
	w.snapshot(w.snapshotInput())
	w.says(domain.EmploymentEnding, w.Now().Add(-time.Minute))
	in := w.accountInput(dana)
	in.Due = w.Now().Add(-24 * time.Hour)
	result, err := w.DeactivateAccount(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, result.Outcome)
}

func TestAnotherEmploymentShutsTheGuardUntilPeopleSayGoOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		starts time.Duration
		shut   bool
	}{"contractor tomorrow": {24 * time.Hour, true}, "employee for years elsewhere in the company": {-9000 * time.Hour, true}, "hired again in spring": {2000 * time.Hour, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withSCIM)
			w.snapshot(w.snapshotInput())
			w.says(domain.EmploymentEnding, w.Now())
			w.hire(w.Now().Add(c.starts))
			in := w.accountInput(dana)
			in.Due = w.Now()
			result, err := w.DeactivateAccount(t.Context(), in)
			require.NoError(t, err)
			require.Equal(t, c.shut, w.active(dana))
			if !c.shut {
				return
			}
			require.Equal(t, activities.OutcomeShut, result.Outcome)
			require.Equal(t, domain.GuardEmployment, result.Guard.Guard)
			in.Overlap = true
			result, err = w.DeactivateAccount(t.Context(), in)
			require.NoError(t, err)
			require.Equal(t, activities.OutcomeVerified, result.Outcome)
		})
	}
}

// An employment that a joining made up, before HR named the person, shuts nothing;
// and a leaving from it, of access for a time, is none of what HR says of another.
func TestAnEmploymentThatARequestMadeUp(t *testing.T) {
	t.Parallel()
	for _, ours := range []bool{false, true} {
		w := newWorld(t, withSCIM)
		key := store.MadeUpKey(w.run.Person)
		made, err := w.store.UpsertEmployment(t.Context(), key, domain.Employment{Person: w.run.Person, Starts: w.Now().Add(-time.Hour)})
		require.NoError(t, err)
		require.True(t, made.MadeUp)
		if ours {
			w.hire(w.Now().Add(-9000 * time.Hour))
			w.run, _, err = w.store.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: w.run.Person, Employment: made.ID, Apps: []domain.AppID{app},
				State: domain.RunRunning, Authority: domain.AuthorityHR}, func(domain.Run) (store.RunStart, error) { return store.RunStart{}, nil })
			require.NoError(t, err)
		} else {
			w.says(domain.EmploymentEnding, w.Now())
		}
		w.snapshot(w.snapshotInput())
		in := w.accountInput(dana)
		in.Due = w.Now()
		result, err := w.DeactivateAccount(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, activities.OutcomeVerified, result.Outcome, result.Why)
		require.False(t, w.active(dana))
	}
}

func TestASecurityTerminationAsksNoCalendar(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSCIM)
	w.snapshot(w.snapshotInput())
	w.says(domain.EmploymentEnding, w.Now().Add(time.Hour))
	w.hire(w.Now())
	in := w.accountInput(dana)
	in.CutNow = true
	result, err := w.DeactivateAccount(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, result.Outcome)
}

// Somebody who was hired again is in the app for the new employment: the old
// one's sweeps leave them and their records alone.
func TestASweepLeavesWhoWasHiredAgainAlone(t *testing.T) {
	t.Parallel()
	w := leftWorld(t)
	require.NoError(t, w.sim.Reactivate(dana))
	require.False(t, w.sweep("before").Clean)
	w.hire(w.Now().Add(-time.Hour))
	require.True(t, w.sweep("after").Clean)
	require.True(t, w.active(dana))
}
