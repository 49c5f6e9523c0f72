package domain

import (
	"fmt"
	"strings"
	"time"
)

// RosterRow is one person of HR's roster. Empty fields say nothing.
type RosterRow struct {
	Line       int    `json:"line"` // of the file, from 1
	Employment string `json:"employment_id"`
	Email      string `json:"email"`
	Name       string `json:"name"`
	Manager    string `json:"manager_email"`
	Department string `json:"department"`
	Title      string `json:"title"`
	Location   string `json:"location"`
	Kind       string `json:"employment_type"`
	Status     string `json:"status"` // active, on_leave, left; "" is active
	Starts     string `json:"start_date"`
	LastDay    string `json:"last_day"`  // a date, or a local date and time
	Zone       string `json:"time_zone"` // "" is the company's
}

// Statuses of a roster row.
const (
	RosterActive  = "active"
	RosterOnLeave = "on_leave"
	RosterLeft    = "left"
)

// Check tells what is wrong with a row, for whoever made the file. It names no
// value.
func (r RosterRow) Check() error {
	switch {
	case !LooksLikeEmail(r.Email):
		return fmt.Errorf("line %d: email is missing, or no address", r.Line)
	case r.Manager != "" && !LooksLikeEmail(r.Manager):
		return fmt.Errorf("line %d: the manager's email is no address", r.Line)
	case r.Manager != "" && NormalEmail(r.Manager) == NormalEmail(r.Email):
		return fmt.Errorf("line %d: the manager is the person", r.Line)
	case r.Status != "" && r.Status != RosterActive && r.Status != RosterOnLeave && r.Status != RosterLeft:
		return fmt.Errorf("line %d: the status is none of active, on_leave, left", r.Line)
	}
	if r.Starts != "" {
		if _, err := time.Parse(time.DateOnly, r.Starts); err != nil {
			return fmt.Errorf("line %d: the start date is no date", r.Line)
		}
	}
	if r.LastDay != "" {
		if _, err := parseLocal(endOfDay(r.LastDay)); err != nil {
			return fmt.Errorf("line %d: the last day is no date", r.Line)
		}
	}
	return nil
}

// Moment is the last moment of a row: a date alone ends with the day.
func (r RosterRow) Moment(zone string) *LastMoment {
	if r.LastDay == "" {
		return nil
	}
	if r.Zone != "" {
		zone = r.Zone
	}
	return &LastMoment{Local: endOfDay(r.LastDay), Zone: zone}
}

// endOfDay makes a date the last minute of its day.
func endOfDay(s string) string {
	if _, err := time.Parse(time.DateOnly, strings.TrimSpace(s)); err == nil {
		return strings.TrimSpace(s) + "T23:59:00"
	}
	return s
}
