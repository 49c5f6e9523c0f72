package config

import (
	"fmt"
	"time"
)

// checkBrake wants limits that mean something; 0 is no limit.
func (c *checker) checkBrake() {
	b := c.p.Brake
	for key, value := range map[string]*int{"per_hour": b.PerHour, "per_day": b.PerDay, "least": b.Least, "urgent": b.Urgent} {
		if value != nil && *value < 0 {
			c.bad("$.brake."+key, "must be 0, for no limit, or more")
		}
	}
	for key, value := range map[string]*int{"company_percent": b.CompanyPercent, "department_percent": b.DepartmentPercent} {
		if value != nil && (*value < 0 || *value > 100) {
			c.bad("$.brake."+key, "must lie between 0, for no limit, and 100")
		}
	}
	for source, n := range b.PerSource {
		if n < 0 {
			c.bad("$.brake.per_source."+source, "must be 0, for no limit, or more")
		}
	}
	for app, n := range b.PerApp {
		if c.p.Apps[app] == nil {
			c.bad(fmt.Sprintf("$.brake.per_app.%s", app), "apps has no entry %q", app)
		}
		if n < 0 {
			c.bad(fmt.Sprintf("$.brake.per_app.%s", app), "must be 0, for no limit, or more")
		}
	}
	if b.Window < 0 || b.Window > 31*24*time.Hour {
		c.bad("$.brake.window", "must lie between 0 and 744h")
	}
	if b.Canary != nil && (*b.Canary < 1 || *b.Canary > 100) {
		c.bad("$.brake.canary", "must lie between 1 and 100")
	}
	if b.Approval != "" && c.p.Approvals[b.Approval] == nil {
		c.bad("$.brake.approval", "approvals has no entry %q: add it", b.Approval)
	}
	if c.p.Company.People < 0 {
		c.bad("$.company.people", "must be 0, for unknown, or more")
	}
	if days := c.p.Leaving.NoticeDays; days != nil && (*days < 0 || *days > 60) {
		c.bad("$.leaving.notice_days", "must lie between 0 and 60")
	}
	for i, email := range c.p.Leaving.Readers {
		c.email(fmt.Sprintf("$.leaving.confidential_readers[%d]", i), email, true)
	}
}
