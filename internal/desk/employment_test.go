package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

func (w *world) employment(key string) domain.Employment {
	w.t.Helper()
	e, err := w.st.EmploymentByKey(w.t.Context(), key)
	require.NoError(w.t, err)
	return e
}

// A joining is about the hire that HR named: one without an end, that began last. It
// makes one up only for somebody whom HR has not named, and keeps to it while the
// run is open.
func TestTheEmploymentOfAJoining(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	w.hears(said("s1", domain.HRStarting, 1, func(e *domain.HREvent) { e.Employment, e.Starts = "old", "2020-01-01" }),
		said("s2", domain.HRStarting, 2, func(e *domain.HREvent) { e.Employment, e.Starts = "new", "2024-01-01" }),
		said("s3", domain.HRStarting, 3, func(e *domain.HREvent) { e.Employment, e.Starts = "ends", "2025-01-01" }))
	_, _, err := w.st.SayEmployment(t.Context(), w.employment("ends").ID, store.Said{State: domain.EmploymentEnding, At: morning, Ends: morning.AddDate(1, 0, 0)})
	require.NoError(t, err)
	run, _, err := w.Onboard(t.Context(), w.as("ada"), joins(func(r *desk.OnboardRequest) { r.Email = "dana@example.com" }))
	require.NoError(t, err)
	require.Equal(t, w.employment("new").ID, run.Employment)
	change, _, err := w.ChangeRole(t.Context(), w.as("ada"), desk.RoleRequest{Email: "dana@example.com", App: "apollo", Role: "Admin"})
	require.NoError(t, err)
	require.Equal(t, run.Employment, change.Employment)
	_, err = w.st.EmploymentByKey(t.Context(), store.MadeUpKey(run.Person))
	require.ErrorIs(t, err, domain.ErrNotFound)

	first, _, err := w.Onboard(t.Context(), w.as("ada"), joins())
	require.NoError(t, err)
	made := w.employment(store.MadeUpKey(first.Person))
	require.Equal(t, []any{made.ID, true}, []any{first.Employment, made.MadeUp})
	w.hears(said("n", domain.HRStarting, 4, func(e *domain.HREvent) {
		e.Employment, e.Email, e.Starts = "emp-new", "new@example.com", "2024-01-01"
	}))
	require.False(t, w.employment("emp-new").MadeUp)
	again, created, err := w.Onboard(t.Context(), w.as("hana"), joins())
	require.NoError(t, err)
	require.False(t, created, "HR named them meanwhile: the joining under way is the same")
	require.Equal(t, first.ID, again.ID)
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: first.ID, RunState: domain.RunClosed}))
	next, created, err := w.Onboard(t.Context(), w.as("ada"), joins())
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, w.employment("emp-new").ID, next.Employment)
}
