package domain_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// workedMinutes counts the minutes of working time between two moments, each by
// looking at the clock on the wall: it knows nothing of how Calendar computes.
func workedMinutes(c domain.Calendar, from, until time.Time) int {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		panic(err)
	}
	n := 0
	for at := from; at.Before(until); at = at.Add(time.Minute) {
		local := at.In(zone)
		minute := local.Hour()*60 + local.Minute()
		if slices.Contains(c.Days, local.Weekday()) && !slices.Contains(c.Holidays, local.Format("2006-01-02")) && minute >= c.From && minute < c.Until {
			n++
		}
	}
	return n
}

var workdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}

func officeIn(zone string, holidays ...string) domain.Calendar {
	return domain.Calendar{Zone: zone, Days: workdays, From: 9 * 60, Until: 17 * 60, Holidays: holidays}
}

func TestWorkingTime(t *testing.T) {
	t.Parallel()
	everyDay := domain.Calendar{Zone: "Europe/Berlin", Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, From: 0, Until: 24 * 60}
	everyDayThere := everyDay
	everyDayThere.Zone = "America/New_York"
	nights := domain.Calendar{Zone: "Europe/Berlin", Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, From: 0, Until: 6 * 60}
	for name, c := range map[string]struct {
		c        domain.Calendar
		from     string // local
		d        time.Duration
		want     string
		wantZone string
	}{
		"within a day":                         {officeIn("Europe/Berlin"), "2026-11-20T10:00", 2 * time.Hour, "2026-11-20T12:00", ""},
		"before the office opens":              {officeIn("Europe/Berlin"), "2026-11-20T06:00", 2 * time.Hour, "2026-11-20T11:00", ""},
		"after it closed":                      {officeIn("Europe/Berlin"), "2026-11-19T18:00", 2 * time.Hour, "2026-11-20T11:00", ""},
		"Friday 16:30 and a working day":       {officeIn("Europe/Berlin"), "2026-11-20T16:30", 8 * time.Hour, "2026-11-23T16:30", ""},
		"a working day ends on that day":       {officeIn("Europe/Berlin"), "2026-11-20T09:00", 8 * time.Hour, "2026-11-20T17:00", ""},
		"a moment more is Monday":              {officeIn("Europe/Berlin"), "2026-11-20T09:00", 8*time.Hour + time.Minute, "2026-11-23T09:01", ""},
		"on a Saturday":                        {officeIn("Europe/Berlin"), "2026-11-21T12:00", time.Hour, "2026-11-23T10:00", ""},
		"nothing on a Saturday is Monday":      {officeIn("Europe/Berlin"), "2026-11-21T12:00", 0, "2026-11-23T09:00", ""},
		"nothing while at work is now":         {officeIn("Europe/Berlin"), "2026-11-20T12:34", 0, "2026-11-20T12:34", ""},
		"three days over a weekend":            {officeIn("Europe/Berlin"), "2026-11-19T13:00", 24 * time.Hour, "2026-11-24T13:00", ""},
		"a holiday is no working day":          {officeIn("Europe/Berlin", "2026-12-25"), "2026-12-24T16:00", 2 * time.Hour, "2026-12-28T10:00", ""},
		"holidays and a weekend in a row":      {officeIn("Europe/Berlin", "2026-12-24", "2026-12-25", "2026-12-28"), "2026-12-23T17:00", time.Hour, "2026-12-29T10:00", ""},
		"a holiday on a Saturday changes none": {officeIn("Europe/Berlin", "2026-11-21"), "2026-11-20T16:00", 2 * time.Hour, "2026-11-23T10:00", ""},
		"over the end of summer time, Berlin":  {officeIn("Europe/Berlin"), "2026-10-23T16:00", 2 * time.Hour, "2026-10-26T10:00", ""},
		"over its beginning, Berlin":           {officeIn("Europe/Berlin"), "2027-03-26T16:00", 2 * time.Hour, "2027-03-29T10:00", ""},
		"over its end, New York":               {officeIn("America/New_York"), "2026-10-30T16:00", 2 * time.Hour, "2026-11-02T10:00", ""},
		"over its beginning, New York":         {officeIn("America/New_York"), "2027-03-12T16:00", 2 * time.Hour, "2027-03-15T10:00", ""},
		"the long day of Berlin has 25 hours":  {everyDay, "2026-10-25T00:00", 25 * time.Hour, "2026-10-26T00:00", ""},
		"the short one 23":                     {everyDay, "2027-03-28T00:00", 23 * time.Hour, "2027-03-29T00:00", ""},
		"the long day of New York":             {everyDayThere, "2026-11-01T00:00", 25 * time.Hour, "2026-11-02T00:00", ""},
		"the short one of New York":            {everyDayThere, "2027-03-14T00:00", 23 * time.Hour, "2027-03-15T00:00", ""},
		"six hours of a night that has seven":  {nights, "2026-10-25T00:00", 6 * time.Hour, "2026-10-25T05:00", ""},
		"six hours of a night that has five":   {nights, "2027-03-28T00:00", 6 * time.Hour, "2027-03-29T01:00", ""},
		"asked from another zone":              {officeIn("America/New_York"), "2026-11-20T16:30", time.Hour, "2026-11-20T17:30", "Europe/Berlin"},
		"the whole week is plain time":         {domain.Calendar{}, "2026-11-21T12:00", 8 * time.Hour, "2026-11-21T20:00", "UTC"},
		"no such zone is plain time":           {officeIn("Europe/Berln"), "2026-11-21T12:00", 8 * time.Hour, "2026-11-21T20:00", "UTC"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.wantZone == "" {
				c.wantZone = c.c.Zone
			}
			zone, err := time.LoadLocation(c.wantZone)
			require.NoError(t, err)
			from, err := time.ParseInLocation("2006-01-02T15:04", c.from, zone)
			require.NoError(t, err)
			require.Equal(t, c.want, c.c.After(from, c.d).In(zone).Format("2006-01-02T15:04"))
		})
	}
}

func TestNobodyHasTwoYearsOfHolidays(t *testing.T) {
	t.Parallel()
	c := officeIn("Europe/Berlin")
	for day := range 3 * 366 {
		c.Holidays = append(c.Holidays, begin.AddDate(0, 0, day).Format(time.DateOnly))
	}
	after := c.After(begin, time.Hour)
	require.True(t, after.After(begin.AddDate(1, 0, 0)) && after.Before(begin.AddDate(3, 0, 0)), "it ends: %s", after)
}

// anyCalendar has hours that do not begin or end where clocks are changed: there
// the wall shows an hour twice or not at all.
func anyCalendar(r *rand.Rand) domain.Calendar {
	c := domain.Calendar{Zone: pick(r, "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")}
	for day := range 7 {
		if r.IntN(3) > 0 {
			c.Days = append(c.Days, time.Weekday(day))
		}
	}
	if len(c.Days) == 0 {
		c.Days = workdays
	}
	c.From = pick(r, 0, 30, 4*60, 9*60, 13*60+15)
	c.Until = c.From + pick(r, 5*60, 8*60, 10*60+30)
	for range r.IntN(4) {
		c.Holidays = append(c.Holidays, begin.AddDate(0, 0, r.IntN(200)-60).Format(time.DateOnly))
	}
	return c
}

func TestWorkingTimeIsAsLongAsItSays(t *testing.T) {
	t.Parallel()
	seeds(t, 400, func(t require.TestingT, r *rand.Rand) {
		c := anyCalendar(r)
		require.NoError(t, c.Valid())
		at := begin.AddDate(0, 0, r.IntN(140)-50).Add(time.Duration(r.IntN(24*60)) * time.Minute)
		d := time.Duration(1+r.IntN(40*60)) * time.Minute
		after := c.After(at, d)
		require.Equal(t, int(d.Minutes()), workedMinutes(c, at, after), "%v from %s for %s is %s", c, at, d, after)
		require.Equal(t, int(d.Minutes())-1, workedMinutes(c, at, after.Add(-time.Minute)), "and not a minute later than needed")
		require.Equal(t, time.UTC, after.Location())
	})
}

func TestWorkingTimeOnlyGrows(t *testing.T) {
	t.Parallel()
	seeds(t, 3000, func(t require.TestingT, r *rand.Rand) {
		c := anyCalendar(r)
		at := begin.Add(time.Duration(r.Int64N(int64(200 * 24 * time.Hour))))
		d := time.Duration(r.Int64N(int64(200 * time.Hour)))
		more, later := time.Duration(r.Int64N(int64(20*time.Hour))), time.Duration(r.Int64N(int64(72*time.Hour)))
		require.False(t, c.After(at, d+more).Before(c.After(at, d)), "longer is not sooner")
		require.False(t, c.After(at.Add(later), d).Before(c.After(at, d)), "later is not sooner")
		require.False(t, c.After(at, d).Before(at.Add(d)), "working time is never shorter than time")
	})
}

func TestCalendarsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	require.NoError(t, officeIn("Europe/Berlin", "2026-12-25").Valid())
	for name, change := range map[string]func(*domain.Calendar){
		"no zone": func(c *domain.Calendar) { c.Zone = "" }, "the machine's zone": func(c *domain.Calendar) { c.Zone = "Local" },
		"an unknown zone": func(c *domain.Calendar) { c.Zone = "Berlin" }, "no days": func(c *domain.Calendar) { c.Days = nil },
		"hours the wrong way": func(c *domain.Calendar) { c.From = c.Until }, "beyond a day": func(c *domain.Calendar) { c.Until = 24*60 + 1 },
		"before it": func(c *domain.Calendar) { c.From = -1 }, "no date": func(c *domain.Calendar) { c.Holidays = []string{"25.12.2026"} },
	} {
		c := officeIn("Europe/Berlin")
		change(&c)
		require.Error(t, c.Valid(), name)
	}
}

func TestRequestsAreLateInTheWorkingTimeOfThoseAsked(t *testing.T) {
	t.Parallel()
	friday := time.Date(2026, 11, 20, 15, 30, 0, 0, time.UTC) // 16:30 in Berlin, 10:30 in New York
	a := ask(1, eli, ada)
	a.Policy.Stages[0].Timeout, a.Policy.Reminder, a.StageAt = 8*time.Hour, 2*time.Hour, friday
	a.Policy.Calendars = map[domain.PersonID]domain.Calendar{eli: officeIn("Europe/Berlin")}
	late, remind := a.Clock(friday)
	require.Equal(t, time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC), late)
	require.Equal(t, time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC), remind)
	a.Policy.Calendars[ada] = officeIn("America/New_York")
	late, _ = a.Clock(friday)
	require.Equal(t, time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC), late, "New York has worked its eight hours an hour before Berlin")
	a.Policy.Calendars[ada] = officeIn("America/New_York", "2026-11-23")
	late, _ = a.Clock(friday)
	require.Equal(t, time.Date(2026, 11, 24, 15, 30, 0, 0, time.UTC), late, "the latest of them counts")
	for _, scope := range []domain.ApprovalScope{domain.ApproveAll, domain.ApproveCutNow} {
		a.Scope = scope
		late, remind = a.Clock(friday)
		require.Equal(t, friday.Add(8*time.Hour), late, "access that should be gone waits for nobody's office hours")
		require.Equal(t, friday.Add(2*time.Hour), remind)
	}
	a.Policy.Stages[0].Timeout, a.Policy.Reminder = 0, 0
	late, remind = a.Clock(friday)
	require.True(t, late.IsZero() && remind.IsZero(), "without a time nothing is late")
}
