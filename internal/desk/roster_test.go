package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// staff is a roster of so many people, all with the company.
func staff(people int) []domain.RosterRow {
	var rows []domain.RosterRow
	for n := range people {
		rows = append(rows, domain.RosterRow{Line: n + 2, Employment: fmt.Sprintf("emp-%d", 100+n), Email: fmt.Sprintf("person%d@example.com", n), Name: fmt.Sprintf("Person %d", n),
			Department: "Sales", Starts: "2024-01-01", Status: domain.RosterActive})
	}
	return rows
}

func (w *world) apply(rows []domain.RosterRow, full bool) {
	w.t.Helper()
	plan, err := w.ApplyRoster(w.t.Context(), w.as("hana"), "hr", rows, full)
	require.NoError(w.t, err)
	require.Empty(w.t, plan.Problems)
	w.HRDue(w.t.Context())
}

func TestARosterIsPreviewedAndChangesNothingUntilItIsApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := staff(10)
	rows[3].LastDay = "2026-12-18"
	rows[4].Status = domain.RosterOnLeave
	plan, err := w.PreviewRoster(t.Context(), w.as("hana"), "hr", rows, false)
	require.NoError(t, err)
	require.Len(t, plan.New, 10)
	require.Equal(t, "start", plan.Leaving[0].What)
	require.Equal(t, "2026-12-18 23:59:00 Europe/Berlin", plan.Leaving[0].When)
	require.Equal(t, []string{rows[4].Email}, plan.OnLeave)
	_, err = w.st.PersonByEmail(t.Context(), rows[0].Email)
	require.ErrorIs(t, err, domain.ErrNotFound, "a preview writes nothing")
	w.apply(rows, false)
	require.Len(t, w.leavings("emp-103"), 1)
	away, err := w.st.PersonByEmail(t.Context(), rows[4].Email)
	require.NoError(t, err)
	require.Equal(t, domain.PersonOnLeave, away.State)
	again, err := w.PreviewRoster(t.Context(), w.as("hana"), "hr", rows, false)
	require.NoError(t, err)
	require.Equal(t, "stands", again.Leaving[0].What)
	require.Empty(t, again.New)
	w.apply(rows, false)
	require.Len(t, w.leavings("emp-103"), 1)
}

func TestARosterWithAProblemDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := staff(5)
	rows[1].Email, rows[2].Email, rows[3].LastDay, rows[4].Employment = "nobody", rows[0].Email, "soon", rows[0].Employment
	plan, err := w.ApplyRoster(t.Context(), w.as("hana"), "hr", rows, true)
	require.NoError(t, err)
	require.False(t, plan.Applied)
	require.Equal(t, []string{"line 3: email is missing, or no address", "line 4: the person stands in line 2 already", "line 5: the last day is no date",
		"line 5: the last day or its time zone cannot be read", "line 6: the person stands in line 2 already"}, plan.Problems)
	w.HRDue(t.Context())
	_, err = w.st.PersonByEmail(t.Context(), rows[0].Email)
	require.ErrorIs(t, err, domain.ErrNotFound)
}

// A roster that suddenly loses 40 % of the people trips the brake: no run starts
// by itself beyond what the policy allows, and people are asked.
func TestARosterThatLosesManyTripsTheBrake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := staff(50)
	w.apply(rows, true)
	plan, err := w.PreviewRoster(t.Context(), w.as("hana"), "hr", rows[:30], true)
	require.NoError(t, err)
	require.Len(t, plan.Missing, 20)
	require.Contains(t, plan.Held, "all 20 would be held")
	changes, err := w.PreviewRoster(t.Context(), w.as("hana"), "hr", rows[:30], false)
	require.NoError(t, err)
	require.Empty(t, changes.Missing, "changes only: who is not in it did not leave")
	w.apply(rows[:30], true)
	started, held := w.counts()
	require.Equal(t, []int{0, 20}, []int{started, held})
	require.NotNil(t, w.tmp.started["held-batch:1"])
}

func TestWhoLeftLongAgoIsNoLeaverOfARoster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := staff(3)
	for i, day := range []string{"2019-05-31", "2026-11-20", ""} {
		rows[i].Status, rows[i].LastDay = domain.RosterLeft, day
	}
	plan, err := w.PreviewRoster(t.Context(), w.as("hana"), "hr", rows, false)
	require.NoError(t, err)
	require.Len(t, plan.Leaving, 2)
	require.Equal(t, []string{rows[0].Email}, plan.Past)
	w.apply(rows, false)
	for n, due := range map[int]time.Time{101: time.Date(2026, 11, 20, 22, 59, 0, 0, time.UTC), 102: morning} {
		leaving := w.leavings(fmt.Sprintf("emp-%d", n))
		require.Len(t, leaving, 1)
		require.WithinDuration(t, due, w.input(leaving[0].ID).Due, time.Hour, "HR's moment stands, however long ago it was")
	}
	require.Empty(t, w.leavings("emp-100"))
	gone, err := w.st.PersonByEmail(t.Context(), rows[0].Email)
	require.NoError(t, err)
	require.Equal(t, domain.PersonLeft, gone.State)
	hires, err := w.st.Employments(t.Context(), gone.ID)
	require.NoError(t, err)
	require.Len(t, hires, 1)
	require.Equal(t, domain.EmploymentEnded, hires[0].State)
	require.Equal(t, time.Date(2019, 5, 31, 21, 59, 0, 0, time.UTC), hires[0].Ends.UTC())
	known, err := w.st.KnownPeople(t.Context(), "apollo", nil, []string{rows[0].Email}, w.now())
	require.NoError(t, err)
	require.True(t, known.Of("", rows[0].Email).Gone(w.now()), "a reading finds what they still have")
	heads, err := w.st.Headcount(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, heads.Company)
	// The same roster again says nothing new of them.
	before, err := w.st.HREvents(t.Context(), store.HRFilter{})
	require.NoError(t, err)
	w.apply(rows[:1], false)
	after, err := w.st.HREvents(t.Context(), store.HRFilter{})
	require.NoError(t, err)
	require.Len(t, after, len(before))
}

// Whoever was hired again is with the company, whatever an old row says of them.
func TestAnOldHireOfSomebodyWhoIsHereEndsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := staff(12)
	w.apply(rows, false)
	old := domain.RosterRow{Line: 2, Employment: "old-1", Email: rows[0].Email, Name: "Old Name", Department: "Gone", Status: domain.RosterLeft, LastDay: "2024-05-31"}
	w.apply([]domain.RosterRow{old}, false)
	p, err := w.st.PersonByEmail(t.Context(), rows[0].Email)
	require.NoError(t, err)
	require.Equal(t, []string{string(domain.PersonActive), "Sales", "Person 0"}, []string{string(p.State), p.Department, p.Name})
	known, err := w.st.KnownPeople(t.Context(), "apollo", nil, []string{p.Email}, w.now())
	require.NoError(t, err)
	require.False(t, known.Of("", p.Email).Gone(w.now()))
	require.Empty(t, w.leavings("old-1"))
}

// Who left long ago, and of whose leaving nobody told us, is a leaver now.
func TestWhoLeftLongAgoAndIsActiveHereIsALeaver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := staff(12)
	w.apply(rows, false)
	for i := range rows[:2] {
		rows[i].Status, rows[i].LastDay = domain.RosterLeft, "2026-08-31"
	}
	rows[1].Employment = "another" // an old hire that we never knew
	w.apply(rows, true)
	require.Len(t, w.leavings("emp-100"), 1)
	require.Equal(t, time.Date(2026, 8, 31, 21, 59, 0, 0, time.UTC), w.input(w.leavings("emp-100")[0].ID).Due.UTC())
	another, err := w.st.EmploymentByKey(t.Context(), "another")
	require.NoError(t, err)
	require.Equal(t, domain.EmploymentEnded, another.State)
	require.Empty(t, w.leavings("another"))
}

func TestAPersonWithoutTheRightGetsNoRoster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.PreviewRoster(t.Context(), w.as("eli"), "hr", staff(1), false)
	require.Equal(t, domain.RefusedRight, code(err))
	require.Len(t, w.refusals("eli"), 1)
}

// A row without an id means the one employment that the person has.
func TestARosterWithoutIdsMakesNoSecondEmployment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("s", domain.HRStarting, 1, func(e *domain.HREvent) { e.Starts = "2024-01-01" }))
	row := domain.RosterRow{Line: 2, Email: "dana@example.com", LastDay: "2026-12-18"}
	w.apply([]domain.RosterRow{row}, false)
	require.Len(t, w.leavings("emp-1"), 1)
	all, err := w.st.Employments(t.Context(), w.id("dana"))
	require.NoError(t, err)
	require.Len(t, all, 1)
	row.LastDay = "2026-12-23"
	w.apply([]domain.RosterRow{row}, false)
	require.Equal(t, "2026-12-23T23:59:00", w.leavings("emp-1")[0].LastMoment.Local)
}

// A contractor of last week is an employee of today: the row of the contract names
// no hire that began after it.
func TestAnOldContractEndsNoNewerHire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hears(said("s", domain.HRStarting, 1, func(e *domain.HREvent) { e.Starts = "2026-11-25" }))
	w.apply([]domain.RosterRow{{Line: 2, Email: "dana@example.com", Status: domain.RosterLeft, LastDay: "2026-11-20"}}, false)
	require.Empty(t, w.leavings("emp-1"))
	hires, err := w.st.Employments(t.Context(), w.id("dana"))
	require.NoError(t, err)
	at := slices.IndexFunc(hires, func(e domain.Employment) bool { return e.State != domain.EmploymentOpen })
	require.GreaterOrEqual(t, at, 0)
	_, overlaps := hires[at].Overlaps(hires, w.now())
	require.True(t, overlaps, "people are asked before anything is cut")
}
