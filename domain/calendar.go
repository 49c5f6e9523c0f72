package domain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Calendar is somebody's working time: days of the week and hours in a zone,
// less the holidays. Its zero value is the whole week.
type Calendar struct {
	Zone     string         `json:"zone"`
	Days     []time.Weekday `json:"days"`
	From     int            `json:"from"` // minutes since midnight
	Until    int            `json:"until"`
	Holidays []string       `json:"holidays,omitempty"` // dates, 2006-01-02
}

// calendarReach bounds the search, in days: no request waits that long, and
// nobody has that many holidays in a row.
const calendarReach = 2 * 366

// Valid tells what is wrong with a calendar, for whoever wrote it.
func (c Calendar) Valid() error {
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" || c.Zone == "Local" {
		return fmt.Errorf("time zone %q is no IANA name: write for example Europe/Berlin", c.Zone)
	}
	if len(c.Days) == 0 {
		return fmt.Errorf("no working day: name at least one")
	}
	if c.From < 0 || c.Until > 24*60 || c.From >= c.Until {
		return fmt.Errorf("working hours must begin before they end, on one day")
	}
	for _, date := range c.Holidays {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return fmt.Errorf("%q is no date: write for example 2027-01-01", date)
		}
	}
	return nil
}

// After is the instant at which d of working time has passed since at. Where the
// calendar cannot be read it is plain time: a reminder too early is better than
// none.
func (c Calendar) After(at time.Time, d time.Duration) time.Time {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil || len(c.Days) == 0 || c.From >= c.Until {
		return at.Add(d)
	}
	day := at.In(zone)
	left := d
	for range calendarReach {
		if from, until, ok := c.hours(day, zone); ok && until.After(at) {
			if from.Before(at) {
				from = at
			}
			open := until.Sub(from)
			if open >= left {
				return from.Add(left).UTC()
			}
			left -= open
		}
		day = time.Date(day.Year(), day.Month(), day.Day()+1, 12, 0, 0, 0, zone)
	}
	return day.Add(left).UTC() // what is left is counted as plain time
}

// hours are the working hours of the day that holds an instant; false on a day
// off. On a day with a change of the clock they are as long as they really last.
func (c Calendar) hours(day time.Time, zone *time.Location) (from, until time.Time, ok bool) {
	if !slices.Contains(c.Days, day.Weekday()) || slices.Contains(c.Holidays, day.Format(time.DateOnly)) {
		return from, until, false
	}
	at := func(minutes int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), 0, minutes, 0, 0, zone)
	}
	return at(c.From), at(c.Until), true
}

// DaysBefore is the beginning of the working day that lies so many working days
// before an instant. Where the calendar cannot be read, days are days.
func (c Calendar) DaysBefore(at time.Time, days int) time.Time {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil || len(c.Days) == 0 || c.From >= c.Until {
		return at.AddDate(0, 0, -days)
	}
	day := at.In(zone)
	for range calendarReach {
		from, _, ok := c.hours(day, zone)
		if ok && from.Before(at) {
			if days == 0 {
				return from.UTC()
			}
			days--
		}
		day = time.Date(day.Year(), day.Month(), day.Day()-1, 12, 0, 0, 0, zone)
	}
	return at.AddDate(0, 0, -days)
}

// canonical is a calendar as text.
func (c Calendar) canonical() string {
	days := make([]string, 0, len(c.Days))
	for _, d := range c.Days {
		days = append(days, strconv.Itoa(int(d)))
	}
	return fmt.Sprintf("%s %s %d-%d %s", c.Zone, strings.Join(days, ","), c.From, c.Until, strings.Join(c.Holidays, ","))
}
