package domain_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// zones have every kind of clock change: an hour, half an hour, three quarters,
// a whole day skipped, the far ends of the world, and none at all.
var zones = []string{
	"UTC", "Europe/Berlin", "Europe/Lisbon", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "America/St_Johns", "America/Havana",
	"Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Asia/Gaza", "Africa/Casablanca", "Australia/Lord_Howe", "Australia/Adelaide",
	"Pacific/Apia", "Pacific/Kiritimati", "Pacific/Chatham", "Pacific/Niue", "Antarctica/Troll", "Etc/GMT+12",
}

// expected reads the tz database period by period, without any of the rule's own
// means: the first instant at which a wall clock shows the text, or else the
// first jump that takes the clock past it.
func expected(t require.TestingT, wall time.Time, loc *time.Location) time.Time {
	at := wall.Add(-48 * time.Hour).In(loc)
	for range 20 {
		start, end := at.ZoneBounds()
		_, offset := at.Zone()
		shown := wall.Add(-time.Duration(offset) * time.Second)
		if (start.IsZero() || !shown.Before(start)) && (end.IsZero() || shown.Before(end)) {
			return shown
		}
		require.False(t, end.IsZero(), "no instant shows %s in %s", wall, loc)
		_, next := end.Zone()
		if after := end.Add(time.Duration(next) * time.Second); after.UTC().After(wall) && end.Add(time.Duration(offset)*time.Second).UTC().Compare(wall) <= 0 {
			return end
		}
		at = end
	}
	require.Fail(t, "the walk through the zone does not end")
	return time.Time{}
}

func TestAMomentIsFoundAroundEveryClockChange(t *testing.T) {
	t.Parallel()
	changes := 0
	for _, zone := range zones {
		loc, err := time.LoadLocation(zone)
		require.NoError(t, err)
		at := time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
		for {
			_, change := at.ZoneBounds()
			if change.IsZero() || change.Year() > 2032 {
				break
			}
			changes++
			around(t, change, loc)
			at = change
		}
	}
	require.Greater(t, changes, 500)
}

// around asks for every wall time within two hours of a change, by minutes that
// do not fall on the hour alone, and for the seconds next to it.
func around(t *testing.T, change time.Time, loc *time.Location) {
	for _, offset := range offsetsAt(change) {
		local := change.UTC().Add(time.Duration(offset) * time.Second)
		for _, d := range []time.Duration{-2 * time.Hour, -time.Hour, -30 * time.Minute, -17 * time.Minute, -time.Second, 0, time.Second, 13 * time.Minute,
			29 * time.Minute, 30 * time.Minute, 59*time.Minute + 59*time.Second, time.Hour, 90 * time.Minute, 2 * time.Hour, 12 * time.Hour} {
			wall := local.Add(d)
			got, err := domain.LastMoment{Local: wall.Format(domain.LocalLayout), Zone: loc.String()}.Instant()
			require.NoError(t, err)
			require.Equal(t, expected(t, wall, loc).UTC(), got, "%s in %s", wall.Format(domain.LocalLayout), loc)
		}
	}
}

func offsetsAt(change time.Time) [2]int {
	_, before := change.Add(-time.Second).Zone()
	_, after := change.Zone()
	return [2]int{before, after}
}

func TestAMomentAtRandomShowsItsText(t *testing.T) {
	t.Parallel()
	seeds(t, 5000, func(t require.TestingT, r *rand.Rand) {
		loc, err := time.LoadLocation(pick(r, zones...))
		require.NoError(t, err)
		wall := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.Int64N(60*365*86400)) * time.Second)
		got, err := domain.LastMoment{Local: wall.Format(domain.LocalLayout), Zone: loc.String()}.Instant()
		require.NoError(t, err)
		require.Equal(t, expected(t, wall, loc).UTC(), got, "%s in %s", wall.Format(domain.LocalLayout), loc)
		again, err := domain.MomentAt(got, loc).Instant()
		require.NoError(t, err)
		require.False(t, again.After(got), "said again it is never later")
	})
}

func TestMomentsThatPeopleMeet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ local, zone, want string }{
		"an ordinary afternoon":      {"2026-12-18T17:30:00", "Europe/Berlin", "2026-12-18T16:30:00Z"},
		"without seconds":            {"2026-12-18T17:30", "Europe/Berlin", "2026-12-18T16:30:00Z"},
		"with a space":               {"2026-12-18 17:30", "America/New_York", "2026-12-18T22:30:00Z"},
		"skipped in spring":          {"2027-03-28T02:30:00", "Europe/Berlin", "2027-03-28T01:00:00Z"},
		"twice in autumn":            {"2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00Z"},
		"midnight twice":             {"2026-11-01T00:30:00", "America/Havana", "2026-11-01T04:30:00Z"},
		"half an hour twice":         {"2027-04-04T01:45:00", "Australia/Lord_Howe", "2027-04-03T14:45:00Z"},
		"a day that never was":       {"2011-12-30T12:00:00", "Pacific/Apia", "2011-12-30T10:00:00Z"},
		"the end of a day":           {"2026-12-31T23:59:59", "Pacific/Kiritimati", "2026-12-31T09:59:59Z"},
		"where the day begins last":  {"2026-12-31T23:59:59", "Pacific/Niue", "2027-01-01T10:59:59Z"},
		"where clocks never changed": {"2026-06-30T18:00:00", "UTC", "2026-06-30T18:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := domain.LastMoment{Local: c.local, Zone: c.zone}.Instant()
			require.NoError(t, err)
			require.Equal(t, c.want, got.Format(time.RFC3339))
		})
	}
}

func TestMomentsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		m   domain.LastMoment
		say string
	}{
		"no zone":              {domain.LastMoment{Local: "2026-12-18T17:30"}, "time zone is missing"},
		"this machine's zone":  {domain.LastMoment{Local: "2026-12-18T17:30", Zone: "Local"}, "time zone is missing"},
		"a zone of no map":     {domain.LastMoment{Local: "2026-12-18T17:30", Zone: "Europe/Berlim"}, "is unknown"},
		"a path as a zone":     {domain.LastMoment{Local: "2026-12-18T17:30", Zone: "../etc/passwd"}, "is unknown"},
		"an offset":            {domain.LastMoment{Local: "2026-12-18T17:30:00Z", Zone: "UTC"}, "not of the form"},
		"a day of no calendar": {domain.LastMoment{Local: "2026-02-30T17:30", Zone: "UTC"}, "not of the form"},
		"nothing":              {domain.LastMoment{Zone: "UTC"}, "not of the form"},
		"the past":             {domain.LastMoment{Local: "2026-12-01T08:58", Zone: "UTC"}, "in the past"},
		"ten years ahead":      {domain.LastMoment{Local: "2036-12-18T17:30", Zone: "UTC"}, "two years ahead"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorContains(t, c.m.Check(begin), c.say)
		})
	}
	require.NoError(t, domain.LastMoment{Local: "2026-12-01T09:00", Zone: "UTC"}.Check(begin), "right now")
	require.NoError(t, domain.LastMoment{Local: "2028-11-30T09:00", Zone: "UTC"}.Check(begin))
}

func FuzzLastMoment(f *testing.F) {
	for _, s := range []string{"2026-12-18T17:30:00", "2026-12-18T17:30", "2026-10-25 02:30", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "", "2026-02-29T00:00"} {
		for _, zone := range []string{"Europe/Berlin", "Pacific/Apia", "", "Local", "nowhere"} {
			f.Add(s, zone)
		}
	}
	f.Fuzz(func(t *testing.T, local, zone string) {
		m := domain.LastMoment{Local: local, Zone: zone}
		got, err := m.Instant()
		if err != nil {
			require.Zero(t, got)
			require.ErrorContains(t, err, "read last moment: ")
			return
		}
		loc, err := time.LoadLocation(zone)
		require.NoError(t, err)
		require.Equal(t, time.UTC, got.Location())
		if y := got.Year(); y > 1 && y < 9999 {
			again, err := domain.MomentAt(got, loc).Instant()
			require.NoError(t, err)
			require.False(t, again.After(got))
		}
	})
}
