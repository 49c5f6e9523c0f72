package config

import (
	"fmt"
	"slices"
	"time"

	"handover/domain"
)

// mostDeciding is how long a review may wait for decisions: what takes longer than a
// quarter is overtaken by the next one.
const mostDeciding = 92 * 24 * time.Hour

func (c *checker) checkReviews(p domain.ReviewPolicy) {
	const path = "$.reviews"
	c.everyMonths(path, p.EveryMonths)
	if p.FirstMonth < 0 || p.FirstMonth > 12 {
		c.bad(path+".first_month", "must be a month, 1 to 12")
	}
	if p.Day < 0 || p.Day > 28 {
		c.bad(path+".day", "must be 1 to 28: not every month has more")
	}
	if p.At != "" {
		if _, _, err := p.Clock(); err != nil {
			c.bad(path+".at", "must be a local time of day: write for example \"09:00\"")
		}
	}
	if p.Due < 0 || p.Due > mostDeciding {
		c.bad(path+".due", "must lie between 0 and 2208h: it is how long reviewers have to decide")
	}
	full := p.WithDefaults()
	for i, d := range p.Reminders {
		if d <= 0 || d >= full.Due || i > 0 && d <= p.Reminders[i-1] {
			c.bad(fmt.Sprintf("%s.reminders[%d]", path, i), "must come after the one before, and before the end of the time to decide (due)")
		}
	}
	if p.Escalate != 0 && (p.Escalate < 0 || p.Escalate >= full.Due) {
		c.bad(path+".escalate", "must come before the end of the time to decide (due)")
	}
	if !slices.Contains([]domain.SilenceRule{"", domain.SilenceKeep, domain.SilenceOpen}, p.Silence) {
		c.bad(path+".silence", "must be keep or open: nobody loses access because a reviewer was away")
	}
	c.references(path+".fallback", p.Fallback)
	if p.Canary != nil && *p.Canary < 1 {
		c.bad(path+".canary", "must be at least 1: so many removals go first, and are verified before the rest")
	}
	for key, d := range map[string]time.Duration{"people_age": p.PeopleAge, "list_age": p.ListAge, "retry": p.Retry, "look": p.Look} {
		if d < 0 {
			c.bad(path+"."+key, "must not be negative")
		}
	}
	for key, n := range map[string]int{"at_once": p.AtOnce, "admins_want": p.AdminsWant} {
		if n < 0 {
			c.bad(path+"."+key, "must not be negative")
		}
	}
	if p.Idle != nil && *p.Idle != 0 && *p.Idle < domain.IdleAfter {
		c.bad(path+".idle", "must be 0 (no hint) or at least 2160h: within a quarter nobody counts as idle")
	}
}

func (c *checker) everyMonths(path string, n *int) {
	if n != nil && !slices.Contains([]int{0, 1, 2, 3, 4, 6, 12}, *n) {
		c.bad(path+".every_months", "must be 1, 2, 3, 4, 6 or 12, so that reviews begin in the same months each year; 0 begins none by the clock")
	}
}
