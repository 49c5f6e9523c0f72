package hr

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"handover/domain"
)

// statuses are the words for where somebody stands. A word that is not here is
// refused: nobody guesses whether somebody has left. Garden leave is missing on
// purpose, because systems count it as either.
var statuses = map[string]string{
	"": "", "active": domain.RosterActive, "employed": domain.RosterActive, "current": domain.RosterActive, "hired": domain.RosterActive, "probation": domain.RosterActive,
	"fulltime": domain.RosterActive, "parttime": domain.RosterActive, "contractor": domain.RosterActive, "intern": domain.RosterActive, "temporary": domain.RosterActive,
	"onleave": domain.RosterOnLeave, "leave": domain.RosterOnLeave, "leaveofabsence": domain.RosterOnLeave, "loa": domain.RosterOnLeave, "parentalleave": domain.RosterOnLeave,
	"onparentalleave": domain.RosterOnLeave, "maternityleave": domain.RosterOnLeave, "paternityleave": domain.RosterOnLeave, "sickleave": domain.RosterOnLeave,
	"medicalleave": domain.RosterOnLeave, "unpaidleave": domain.RosterOnLeave, "paidleave": domain.RosterOnLeave, "longtermleave": domain.RosterOnLeave,
	"sabbatical": domain.RosterOnLeave, "furlough": domain.RosterOnLeave, "furloughed": domain.RosterOnLeave,
	"terminated": domain.RosterLeft, "inactive": domain.RosterLeft, "left": domain.RosterLeft, "leaver": domain.RosterLeft, "resigned": domain.RosterLeft,
	"former": domain.RosterLeft, "exited": domain.RosterLeft, "departed": domain.RosterLeft, "dismissed": domain.RosterLeft, "retired": domain.RosterLeft,
	"deceased": domain.RosterLeft, "ended": domain.RosterLeft,
}

// serving are words of somebody who is still there and whose last day is known.
var serving = map[string]bool{"leaving": true, "onnotice": true, "noticeperiod": true, "servingnotice": true}

func (x *roster) row(record []string, line int) domain.RosterRow {
	cell := func(field string) string { return x.columns.cell(record, field) }
	row := domain.RosterRow{Line: line, Employment: cell("employment"), Email: cell("email"), Name: cell("name"), Manager: cell("manager"), Department: cell("department"),
		Title: cell("title"), Location: cell("location"), Kind: cell("kind"), Zone: cell("zone")}
	if row.Name == "" {
		row.Name = strings.TrimSpace(cell("first") + " " + cell("last"))
	}
	if utf8.RuneCountInString(row.Name) > longestCell {
		x.bad(line, "first and last name have more than %d characters together", longestCell)
	}
	var err error
	if row.Starts, err = x.date(cell("starts"), false); err != nil {
		x.bad(line, "start date: %s", err)
	}
	if row.LastDay, err = x.date(cell("lastday"), true); err != nil {
		x.bad(line, "last day: %s", err)
	}
	if _, err := time.LoadLocation(row.Zone); err != nil || row.Zone == "Local" {
		x.bad(line, "the time zone is no IANA name such as Europe/Berlin")
	}
	x.status(&row, cell("status"))
	return row
}

func (x *roster) status(row *domain.RosterRow, text string) {
	word := strings.ReplaceAll(plainName(text), "/", "")
	known := false
	if row.Status, known = statuses[word]; known {
		return
	}
	switch {
	case serving[word] && row.LastDay != "":
		row.Status = domain.RosterActive
	case serving[word]:
		x.bad(row.Line, "the status says that the person is leaving, and there is no last day: give one")
	default:
		x.bad(row.Line, "the status is a word that is not known here: write active, on leave or left")
	}
}

var (
	isoDay   = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}$`)
	dated    = regexp.MustCompile(`^(\d{1,4})([/.-])(\d{1,2})([/.-])(\d{1,4})$`)
	named    = regexp.MustCompile(`(?i)^(\d{1,2})[ -]([a-z]{3,9})\.?[ -](\d{4})$|^([a-z]{3,9})\.? (\d{1,2}), (\d{4})$`)
	timed    = regexp.MustCompile(`[T ](\d{1,2}:\d{2}(?::\d{2})?(?:\.0+)?)$`)
	noDate   = map[string]bool{"": true, "-": true, "–": true, "n/a": true, "none": true, "0000-00-00": true, "0001-01-01": true, "9999-12-31": true, "2999-12-31": true}
	serialNo = regexp.MustCompile(`^\d{5}(\.\d+)?$`)
)

var (
	errNoDay     = errors.New("there is no such day in the calendar")
	errAmbiguous = errors.New("day and month cannot be told apart: write 2026-12-18, or say --date-format dmy, mdy or ymd")
	errShortYear = errors.New("write the year with four digits")
	errSerial    = errors.New("it is a number: format the column as a date before the export")
	errNoDate    = errors.New("it is no date: write for example 2026-12-18")
	errOffset    = errors.New("it has an offset: write local time without one, and the zone in a column of its own")
	errOrder     = errors.New("it does not fit --date-format")
)

// date reads a day, and with clock also a time of day, into the form of a
// roster's row. What databases write for no date is none.
func (x *roster) date(text string, clock bool) (string, error) {
	if noDate[strings.ToLower(text)] {
		return "", nil
	}
	day, at := text, ""
	if m := timed.FindStringSubmatchIndex(text); m != nil {
		day, at = text[:m[0]], text[m[2]:m[3]]
	} else if _, ok := parseOffset(text); ok || strings.HasSuffix(text, "Z") {
		return "", errOffset
	}
	date, err := x.day(day)
	if err != nil || at == "" {
		return date, err
	}
	t, err := time.Parse("15:04:05", timeOfDay(at))
	switch {
	case err != nil:
		return "", errNoDate
	case midnight(t):
		return date, nil // exports write days as their midnight
	case !clock:
		return "", errors.New("it has a time of day: write the day alone")
	}
	return date + "T" + t.Format("15:04:05"), nil
}

func timeOfDay(at string) string {
	if i := strings.IndexByte(at, '.'); i > 0 {
		at = at[:i]
	}
	if strings.Count(at, ":") == 1 {
		at += ":00"
	}
	return at
}

func (x *roster) day(text string) (string, error) {
	m := dated.FindStringSubmatch(text)
	switch {
	case isoDay.MatchString(text):
		return realDay("2006-1-2", text)
	case serialNo.MatchString(text):
		return "", errSerial
	case named.MatchString(text):
		return namedDay(named.FindStringSubmatch(text))
	case m == nil || m[2] != m[4]:
		return "", errNoDate
	case x.options.DateFormat == "":
		return "", errAmbiguous
	}
	return orderedDay([3]string{m[1], m[3], m[5]}, x.options.DateFormat)
}

func orderedDay(parts [3]string, format string) (string, error) {
	byName := map[byte]string{}
	for i := range 3 {
		byName[format[i]] = parts[i]
	}
	switch {
	case len(byName['d']) > 2 || len(byName['m']) > 2:
		return "", errOrder
	case len(byName['y']) < 4:
		return "", errShortYear
	}
	return realDay("2006-1-2", byName['y']+"-"+byName['m']+"-"+byName['d'])
}

func namedDay(m []string) (string, error) {
	day, month, year := m[1], m[2], m[3]
	if month == "" {
		month, day, year = m[4], m[5], m[6]
	}
	for i := time.January; i <= time.December; i++ {
		name := strings.ToLower(i.String())
		if given := strings.ToLower(month); given == name || given == name[:3] || given == "sept" && i == time.September {
			return realDay("2006-1-2", year+"-"+strconv.Itoa(int(i))+"-"+day)
		}
	}
	return "", errNoDate
}

func realDay(layout, text string) (string, error) {
	t, err := time.Parse(layout, text)
	if err != nil {
		return "", errNoDay
	}
	return t.Format(time.DateOnly), nil
}
