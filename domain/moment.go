package domain

import (
	"fmt"
	"time"
)

// LastMoment is a local date and time in an IANA zone, and through it an
// instant. It is kept as it was said, because zones change their rules.
type LastMoment struct {
	Local string `json:"local"` // 2006-01-02T15:04:05, without an offset
	Zone  string `json:"zone"`  // IANA name, for example Europe/Berlin
}

// LocalLayout is the form of a local date and time.
const LocalLayout = "2006-01-02T15:04:05"

// furthestMoment bounds how far ahead a last moment may lie; beyond it a typing
// error is likelier than a plan.
const furthestMoment = 2 * 366 * 24 * time.Hour

// MomentAt renders an instant as a last moment in a zone.
func MomentAt(t time.Time, zone *time.Location) LastMoment {
	return LastMoment{Local: t.In(zone).Format(LocalLayout), Zone: zone.String()}
}

// Instant finds the instant that a last moment means.
//
// A local time that the clocks skip is the instant of the jump. A local time
// that occurs twice is its first occurrence: access does not outlive the
// earliest reading of what HR wrote.
func (m LastMoment) Instant() (time.Time, error) {
	if m.Zone == "" || m.Zone == "Local" {
		return time.Time{}, fmt.Errorf("read last moment: the time zone is missing: give an IANA name such as Europe/Berlin")
	}
	loc, err := time.LoadLocation(m.Zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("read last moment: the time zone %q is unknown: give an IANA name such as Europe/Berlin", m.Zone)
	}
	wall, err := parseLocal(m.Local)
	if err != nil {
		return time.Time{}, err
	}
	return resolveWall(wall, loc), nil
}

func parseLocal(s string) (time.Time, error) {
	for _, layout := range []string{LocalLayout, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("read last moment: the date and time %q are not of the form 2026-12-18T17:30 (local, without an offset)", s)
}

// resolveWall tries the offsets in force around the wall time. wall carries the
// local fields as if they were UTC.
func resolveWall(wall time.Time, loc *time.Location) time.Time {
	var best time.Time
	for _, probe := range []time.Duration{-26 * time.Hour, -3 * time.Hour, 0, 3 * time.Hour, 26 * time.Hour} {
		_, offset := wall.Add(probe).In(loc).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second)
		if sameWall(t.In(loc), wall) && (best.IsZero() || t.Before(best)) {
			best = t
		}
	}
	if !best.IsZero() {
		return best.UTC()
	}
	return jumpNear(wall, loc)
}

func sameWall(t, wall time.Time) bool {
	return t.Format(LocalLayout) == wall.Format(LocalLayout)
}

// jumpNear finds the change of offset that swallowed a wall time: the first
// instant whose wall clock is past it.
func jumpNear(wall time.Time, loc *time.Location) time.Time {
	low, high := wall.Add(-26*time.Hour), wall.Add(26*time.Hour)
	for high.Sub(low) > time.Second {
		mid := low.Add(high.Sub(low) / 2)
		if mid.In(loc).Format(LocalLayout) > wall.Format(LocalLayout) {
			high = mid
		} else {
			low = mid
		}
	}
	return high.Truncate(time.Second).UTC()
}

// Check refuses a last moment that can only be a mistake. now is the present.
func (m LastMoment) Check(now time.Time) error {
	t, err := m.Instant()
	if err != nil {
		return err
	}
	if t.Before(now.Add(-time.Minute)) {
		return fmt.Errorf("check last moment: %s %s is in the past: use --now when the person has left already", m.Local, m.Zone)
	}
	if t.After(now.Add(furthestMoment)) {
		return fmt.Errorf("check last moment: %s is more than two years ahead: check the year", m.Local)
	}
	return nil
}

// latestMoment is how late HR may be: its event may have waited for a network,
// or somebody entered on Monday who left on Friday. Access ends at once then.
const latestMoment = 7 * 24 * time.Hour

// CheckFromHR refuses what even HR can only have mistaken. A last moment that
// has just passed means that the person is gone, and is taken at its word.
func (m LastMoment) CheckFromHR(now time.Time) error {
	t, err := m.Instant()
	if err != nil {
		return err
	}
	if t.Before(now.Add(-latestMoment)) {
		return fmt.Errorf("check last moment: it lies more than seven days back: send employment.ended_now when the person has left already")
	}
	if t.After(now.Add(furthestMoment)) {
		return fmt.Errorf("check last moment: it lies more than two years ahead: check the year")
	}
	return nil
}
