package domain

import (
	"maps"
	"time"
)

// BrakePolicy is how many leavings may start on HR's word before people are
// asked.
type BrakePolicy struct {
	PerHour           *int           `yaml:"per_hour"`
	PerDay            *int           `yaml:"per_day"`
	CompanyPercent    *int           `yaml:"company_percent"`
	DepartmentPercent *int           `yaml:"department_percent"`
	Least             *int           `yaml:"least"`
	Window            time.Duration  `yaml:"window"`
	PerSource         map[string]int `yaml:"per_source"`
	PerApp            map[AppID]int  `yaml:"per_app"`
	Urgent            *int           `yaml:"urgent"`
	Canary            *int           `yaml:"canary"`
	Approval          string         `yaml:"approval"`
}

// Limits are the limits that the policy sets, with the defaults where it sets
// none: an explicit 0 is no limit.
func (p BrakePolicy) Limits() BrakeLimits {
	or := func(value *int, otherwise int) int {
		if value == nil {
			return otherwise
		}
		return *value
	}
	l := BrakeLimits{PerHour: or(p.PerHour, 10), PerDay: or(p.PerDay, 30), CompanyPercent: or(p.CompanyPercent, 5), DepartmentPercent: or(p.DepartmentPercent, 30),
		Least: or(p.Least, 5), Window: p.Window, Urgent: or(p.Urgent, 5), PerSource: maps.Clone(p.PerSource), PerApp: maps.Clone(p.PerApp)}
	if l.Window == 0 {
		l.Window = 7 * 24 * time.Hour
	}
	return l
}

// First is how many go first when people say go on.
func (p BrakePolicy) First() int {
	if p.Canary == nil {
		return 3
	}
	return *p.Canary
}
