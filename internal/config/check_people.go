package config

import (
	"fmt"
	"slices"
	"time"

	"handover/domain"
)

func (c *checker) checkCalendars() {
	for _, name := range sortedKeys(c.p.Calendars) {
		path := "$.calendars." + name
		calendar := c.p.Calendars[name]
		if calendar == nil {
			c.bad(path, "is empty: give at least its hours")
			continue
		}
		if _, err := calendar.Calendar(c.p.Company.TimeZone); err != nil {
			c.bad(path, "%s", err)
		}
	}
	c.calendarEntry("$.company.calendar", c.p.Company.Calendar)
}

func (c *checker) calendarEntry(path, name string) {
	if name != "" && c.p.Calendars[name] == nil {
		c.bad(path, "calendars has no entry %q: add it", name)
	}
}

func (c *checker) checkPeople() {
	seen, chat := map[string]bool{}, map[string]bool{}
	for i, person := range c.p.People {
		path := fmt.Sprintf("$.people[%d]", i)
		if !domain.LooksLikeEmail(person.Email) {
			c.bad(path+".email", "is no email address")
		}
		if seen[domain.NormalEmail(person.Email)] {
			c.bad(path+".email", "stands twice: merge the entries")
		}
		seen[domain.NormalEmail(person.Email)] = true
		for _, role := range person.Roles {
			if !slices.Contains(domain.Roles, role) {
				c.bad(path+".roles", "%q is no role: use admin, security, hr, finance or auditor", role)
			}
		}
		c.calendarEntry(path+".calendar", person.Calendar)
		if person.Slack != "" && !domain.ChatID(person.Slack, "UW") {
			c.bad(path+".slack", "%q is no user id of Slack: copy it from the profile, for example U024BE7LH", person.Slack)
		}
		if person.Slack != "" && chat[person.Slack] {
			c.bad(path+".slack", "stands twice: one user is one person")
		}
		chat[person.Slack] = true
		c.checkAway(path, person)
	}
}

// longestAway is what a substitution can last: beyond it somebody's duty has
// moved for good, and the policy should say so.
const longestAway = 400 * 24 * time.Hour

func (c *checker) checkAway(path string, person domain.PersonPolicy) {
	calendar, err := c.p.CalendarOf(person.Email)
	if err != nil {
		return // the calendar itself is told
	}
	type span struct{ from, until time.Time }
	var spans []span
	for i, away := range person.Away {
		at := fmt.Sprintf("%s.away[%d]", path, i)
		c.email(at+".substitute", away.Substitute, true)
		if domain.NormalEmail(away.Substitute) == domain.NormalEmail(person.Email) {
			c.bad(at+".substitute", "is the person: nobody stands in for themselves")
		}
		from, until, err := away.Span(calendar.Zone)
		switch {
		case err != nil:
			c.bad(at, "%s", err)
			continue
		case !until.After(from):
			c.bad(at+".until", "lies before from")
		case until.Sub(from) > longestAway:
			c.bad(at+".until", "is more than 400 days after from: name somebody else in the policy instead")
		}
		for j, other := range spans {
			if from.Before(other.until) && other.from.Before(until) {
				c.bad(at, "overlaps with away[%d]: one substitute at a time", j)
			}
		}
		spans = append(spans, span{from, until})
	}
}
