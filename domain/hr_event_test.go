package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func ending(change func(*domain.HREvent)) domain.HREvent {
	e := domain.HREvent{ID: "m1", Source: "hr", Type: domain.HREnding, Employment: "emp-1", Email: "dana@example.com", Manager: "eli@example.com", OccurredAt: begin,
		LastMoment: &domain.LastMoment{Local: begin.AddDate(0, 0, 9).Format(domain.LocalLayout), Zone: "Europe/Berlin"}}
	change(&e)
	return e
}

func TestEventsOfHRThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	moment := func(days int) func(*domain.HREvent) {
		return func(e *domain.HREvent) { e.LastMoment.Local = begin.AddDate(0, 0, days).Format(domain.LocalLayout) }
	}
	for name, c := range map[string]struct {
		change func(*domain.HREvent)
		says   string // "" is fine
	}{
		"a good one":                         {func(*domain.HREvent) {}, ""},
		"no id":                              {func(e *domain.HREvent) { e.ID = "" }, "id is missing"},
		"no email":                           {func(e *domain.HREvent) { e.Email = "" }, "email is missing"},
		"an email that is none":              {func(e *domain.HREvent) { e.Email = "dana" }, "email is missing, or no address"},
		"no employment":                      {func(e *domain.HREvent) { e.Employment = "" }, "employment_id is missing"},
		"a change needs no employment":       {func(e *domain.HREvent) { e.Type, e.Employment = domain.HRChanged, "" }, ""},
		"their own manager":                  {func(e *domain.HREvent) { e.Manager = "DANA@example.com" }, "the person's own"},
		"a manager without an address":       {func(e *domain.HREvent) { e.Manager = "Eli Park" }, "manager_email"},
		"said at no time":                    {func(e *domain.HREvent) { e.OccurredAt = time.Time{} }, "occurred_at is missing"},
		"said tomorrow":                      {func(e *domain.HREvent) { e.OccurredAt = begin.AddDate(0, 0, 1) }, "lies in the future"},
		"a clock five minutes ahead":         {func(e *domain.HREvent) { e.OccurredAt = begin.Add(5 * time.Minute) }, ""},
		"no last moment":                     {func(e *domain.HREvent) { e.LastMoment = nil }, "last_moment is missing"},
		"no zone":                            {func(e *domain.HREvent) { e.LastMoment.Zone = "" }, "time zone"},
		"ten years ahead":                    {moment(3650), "more than two years ahead"},
		"yesterday: HR was late":             {moment(-1), ""},
		"last month":                         {moment(-30), "more than seven days back"},
		"ended now needs none":               {func(e *domain.HREvent) { e.Type, e.LastMoment = domain.HREndedNow, nil }, ""},
		"a start without a date":             {func(e *domain.HREvent) { e.Type, e.Starts = domain.HRStarting, "soon" }, "start_date"},
		"no type of ours":                    {func(e *domain.HREvent) { e.Type = "employee.updated" }, "type is none that is known"},
		"a novel":                            {func(e *domain.HREvent) { e.Reason = strings.Repeat("x", 501) }, "reason is longer"},
		"five hundred characters, not bytes": {func(e *domain.HREvent) { e.Title = strings.Repeat("é", 500) }, ""},
		"bytes that are no text":             {func(e *domain.HREvent) { e.Name = "a\xff" }, "name is longer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := ending(c.change).Check(begin)
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestAnotherEmploymentThatGoesOn(t *testing.T) {
	t.Parallel()
	mine := domain.Employment{ID: "e1"}
	for name, c := range map[string]struct {
		other domain.Employment
		found bool
	}{
		"goes on for years":        {domain.Employment{ID: "e2", Starts: begin.AddDate(-3, 0, 0)}, true},
		"begins tomorrow":          {domain.Employment{ID: "e2", Starts: begin.AddDate(0, 0, 1)}, true},
		"begins in a month":        {domain.Employment{ID: "e2", Starts: begin.AddDate(0, 1, 0)}, false},
		"ended last year":          {domain.Employment{ID: "e2", Starts: begin.AddDate(-3, 0, 0), State: domain.EmploymentEnded}, false},
		"ends next year":           {domain.Employment{ID: "e2", Starts: begin.AddDate(-3, 0, 0), State: domain.EmploymentEnding, Ends: begin.AddDate(1, 0, 0)}, true},
		"ended yesterday":          {domain.Employment{ID: "e2", Starts: begin.AddDate(-3, 0, 0), State: domain.EmploymentEnding, Ends: begin.AddDate(0, 0, -1)}, false},
		"of which HR never spoke":  {domain.Employment{ID: "e2"}, false},
		"that a request made up":   {domain.Employment{ID: "e2", Starts: begin.AddDate(-3, 0, 0), MadeUp: true}, false},
		"is the one that is ended": {domain.Employment{ID: "e1", Starts: begin.AddDate(-3, 0, 0)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, found := mine.Overlaps([]domain.Employment{c.other}, begin)
			require.Equal(t, c.found, found)
		})
	}
}

func TestWorkingDaysBeforeALastMoment(t *testing.T) {
	t.Parallel()
	c := domain.Calendar{Zone: "Europe/Berlin", Days: []time.Weekday{1, 2, 3, 4, 5}, From: 9 * 60, Until: 17 * 60, Holidays: []string{"2026-12-24", "2026-12-25"}}
	for due, want := range map[string]string{
		"2026-12-18T16:30:00Z": "2026-12-11T08:00:00Z", // a Friday: the Friday before
		"2026-12-20T12:00:00Z": "2026-12-11T08:00:00Z", // a Sunday counts from the Friday
		"2026-12-30T16:30:00Z": "2026-12-21T08:00:00Z", // two holidays and a weekend between
		"2026-03-31T15:00:00Z": "2026-03-24T08:00:00Z", // the clocks changed between
	} {
		at, err := time.Parse(time.RFC3339, due)
		require.NoError(t, err)
		require.Equal(t, want, c.DaysBefore(at, 5).Format(time.RFC3339), due)
	}
	require.Equal(t, begin.AddDate(0, 0, -5), domain.Calendar{}.DaysBefore(begin, 5), "without a calendar days are days")
}
