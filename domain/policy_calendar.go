package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The working time of whoever has no calendar of their own.
var (
	DefaultDays  = []string{"mon", "tue", "wed", "thu", "fri"}
	DefaultHours = "09:00-17:00"
)

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Calendar reads a working time as it is written in the file. What is left out
// is the company's zone and the default days and hours.
func (p CalendarPolicy) Calendar(companyZone string) (Calendar, error) {
	c := Calendar{Zone: p.TimeZone, Holidays: p.Holidays}
	if c.Zone == "" {
		c.Zone = companyZone
	}
	days, hours := p.Days, p.Hours
	if days == nil {
		days = DefaultDays
	}
	if hours == "" {
		hours = DefaultHours
	}
	for _, name := range days {
		day := slices.Index(weekdays, name)
		if day < 0 {
			return c, fmt.Errorf("%q is no day: write mon, tue, wed, thu, fri, sat or sun", name)
		}
		if !slices.Contains(c.Days, time.Weekday(day)) {
			c.Days = append(c.Days, time.Weekday(day))
		}
	}
	from, until, _ := strings.Cut(hours, "-")
	var ok1, ok2 bool
	c.From, ok1 = minutes(from)
	c.Until, ok2 = minutes(until)
	if !ok1 || !ok2 {
		return c, fmt.Errorf("%q are no working hours: write for example 09:00-17:30", hours)
	}
	return c, c.Valid()
}

// minutes reads 09:30 as minutes since midnight; 24:00 is the day's end.
func minutes(clock string) (int, bool) {
	if clock == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", clock)
	return t.Hour()*60 + t.Minute(), err == nil && len(clock) == len("15:04")
}

// CalendarOf finds the working time of somebody: that of their own entry, the
// company's, or the default.
func (p *Policy) CalendarOf(email string) (Calendar, error) {
	name := p.Company.Calendar
	for _, entry := range p.People {
		if NormalEmail(entry.Email) == NormalEmail(email) && entry.Calendar != "" {
			name = entry.Calendar
		}
	}
	written := p.Calendars[name]
	if written == nil {
		written = &CalendarPolicy{}
	}
	return written.Calendar(p.Company.TimeZone)
}

// Span is the time of an entry, its dates in a person's own zone. A date is
// meant whole, also the last one.
func (p AwayPolicy) Span(zone string) (from, until time.Time, err error) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return from, until, fmt.Errorf("time zone %q is no IANA name: write for example Europe/Berlin", zone)
	}
	if from, err = LocalMoment(p.From, loc, false); err != nil {
		return from, until, err
	}
	until, err = LocalMoment(p.Until, loc, true)
	return from, until, err
}

// LocalMoment reads a date, or a local date and time, in a zone. A date is its
// beginning, or its end.
func LocalMoment(text string, zone *time.Location, end bool) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		day := t.Day()
		if end {
			day++
		}
		return time.Date(t.Year(), t.Month(), day, 0, 0, 0, 0, zone).UTC(), nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither a date nor a local date and time: write for example 2027-01-31 or 2027-01-31T12:00", text)
}
