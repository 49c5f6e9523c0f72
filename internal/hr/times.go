package hr

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"handover/domain"
)

var errTime = errors.New("it is no date and time that can be read")

// instants are forms of a moment with an offset. BambooHR writes +0000 without a
// colon, which is not RFC 3339.
var instants = []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 Z0700",
	"2006-01-02T15:04Z07:00"}

var locals = []string{domain.LocalLayout, "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"}

// parseInstant reads when something happened: with an offset, or in seconds or
// milliseconds since 1970. A local time is one of zone; without a zone it is
// refused.
func parseInstant(text string, zone *time.Location) (time.Time, error) {
	if t, ok := parseOffset(text); ok {
		return t.UTC(), nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		switch len(strings.TrimPrefix(text, "-")) {
		case 9, 10:
			return time.Unix(n, 0).UTC(), nil
		case 12, 13:
			return time.UnixMilli(n).UTC(), nil
		}
		return time.Time{}, errTime
	}
	if wall, ok := parseWall(text); ok && zone != nil {
		return domain.LastMoment{Local: wall.Format(domain.LocalLayout), Zone: zone.String()}.Instant()
	}
	return time.Time{}, errTime
}

func parseOffset(text string) (time.Time, bool) {
	for _, layout := range instants {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// parseWall reads a local time; it carries its fields as if they were UTC.
func parseWall(text string) (time.Time, bool) {
	for _, layout := range locals {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// clock turns what a source says about moments into ours.
type clock struct {
	zone string       // where the source gives none
	day  domain.HRDay // when access ends on a last day
	ours bool         // our own form: local times mean what they say
}

// moment reads a last moment. Other systems send a day as its midnight, often in
// UTC; read as a time it would end access a day early, so it is read as the day.
func (c clock) moment(text, zone string) (*domain.LastMoment, error) {
	if zone == "" {
		zone = c.zone
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return c.endOf(day, zone), nil
	}
	if wall, ok := parseWall(text); ok {
		if !c.ours && midnight(wall) {
			return c.endOf(wall, zone), nil
		}
		return &domain.LastMoment{Local: wall.Format(domain.LocalLayout), Zone: zone}, nil
	}
	t, ok := parseOffset(text)
	if !ok || c.ours {
		return nil, errTime
	}
	if midnight(t) {
		return c.endOf(t, zone), nil
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		return nil, errTime
	}
	m := domain.MomentAt(t, loc)
	return &m, nil
}

func midnight(t time.Time) bool {
	h, m, s := t.Clock()
	return h == 0 && m == 0 && s == 0
}

func (c clock) endOf(day time.Time, zone string) *domain.LastMoment {
	if c.day == domain.HRStartOfDay {
		return &domain.LastMoment{Local: day.AddDate(0, 0, 1).Format(time.DateOnly) + "T00:00:00", Zone: zone}
	}
	return &domain.LastMoment{Local: day.Format(time.DateOnly) + "T23:59:00", Zone: zone}
}

// parseDay reads a date, also where a system puts a time behind it.
func parseDay(text string) (string, error) {
	if len(text) >= len(time.DateOnly) {
		head, rest := text[:len(time.DateOnly)], text[len(time.DateOnly):]
		if _, err := time.Parse(time.DateOnly, head); err == nil && (rest == "" || rest[0] == 'T' || rest[0] == ' ') {
			return head, nil
		}
	}
	return "", errTime
}
