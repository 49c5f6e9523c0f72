package hr

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"handover/domain"
)

// Bounds of a roster.
const (
	rosterBytes  = 64 << 20
	rosterLines  = 200_000
	longestCell  = 500 // characters
	mostProblems = 100
)

// RosterOptions say how a file is meant where it does not say so itself.
type RosterOptions struct {
	DateFormat string    // dmy, mdy or ymd; "" refuses dates like 03/04/2026
	Unread     *[]string // where it is not nil: the names of columns that were not read
}

// DateFormats are what RosterOptions.DateFormat may be.
var DateFormats = []string{"", "dmy", "mdy", "ymd"}

// Problem is something wrong with a file. Line is that of the file, counted from
// 1, also within quotes; 0 is the file as a whole.
type Problem struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// String is the problem for a reader.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

// ReadRoster reads a roster as CSV. It reads the file to its end and tells all
// that is wrong; where anything is, it gives no rows, so that nothing of the file
// can be applied.
func ReadRoster(r io.Reader, o RosterOptions) ([]domain.RosterRow, []Problem) {
	x := &roster{options: o, emails: map[string]int{}, employments: map[string]int{}}
	raw, err := io.ReadAll(io.LimitReader(r, rosterBytes+1))
	switch {
	case !slices.Contains(DateFormats, o.DateFormat):
		x.bad(0, "the date format is none of dmy, mdy, ymd")
	case err != nil:
		x.bad(0, "the file cannot be read to its end")
	case len(raw) > rosterBytes:
		x.bad(0, "the file is larger than 64 MiB: split it (parts are imported without --full)")
	default:
		x.read(raw)
	}
	if x.found > 0 {
		return nil, x.told()
	}
	return x.rows, nil
}

// roster is a file while it is read.
type roster struct {
	options     RosterOptions
	columns     columns
	rows        []domain.RosterRow
	emails      map[string]int // first line of each
	employments map[string]int
	problems    []Problem
	found       int
}

func (x *roster) bad(line int, format string, args ...any) {
	if x.found++; len(x.problems) < mostProblems {
		x.problems = append(x.problems, Problem{Line: line, Text: fmt.Sprintf(format, args...)})
	}
}

func (x *roster) told() []Problem {
	slices.SortStableFunc(x.problems, func(a, b Problem) int { return a.Line - b.Line })
	if more := x.found - len(x.problems); more > 0 {
		return append(x.problems, Problem{Text: fmt.Sprintf("and %d more", more)})
	}
	return x.problems
}

func (x *roster) read(raw []byte) {
	raw, wrong := decodeText(raw)
	if wrong != nil {
		x.bad(wrong.Line, "%s", wrong.Text)
		return
	}
	comma, hint := delimiter(raw)
	c := csv.NewReader(bytes.NewReader(raw))
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = comma, -1, true
	if hint { // the line by which Excel is told the separator
		_, _ = c.Read()
	}
	header, err := c.Read()
	if err != nil {
		x.bad(1, "the header cannot be read: the first line names the columns, at least email")
		return
	}
	line, _ := c.FieldPos(0)
	width := len(header)
	if x.columns, wrong = findColumns(header, line); wrong != nil {
		x.bad(wrong.Line, "%s", wrong.Text)
		return
	}
	x.lines(c, width)
	x.columns.settleManagers(x)
	if x.options.Unread != nil {
		*x.options.Unread = x.columns.unread
	}
}

func (x *roster) lines(c *csv.Reader, width int) {
	for {
		record, err := c.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if len(x.rows) == 0 && x.found == 0 {
				x.bad(0, "the file names nobody")
			}
			return
		case errors.As(err, &parse):
			// StartLine is where a quote was opened that nobody closed.
			x.bad(parse.StartLine, "a quote is open or stands in the middle of a field: put the whole field in quotes, and double the quotes in it")
			continue
		case err != nil:
			x.bad(0, "the file cannot be read to its end")
			return
		}
		line, _ := c.FieldPos(0)
		if line > rosterLines+1 || len(x.rows) >= rosterLines {
			x.bad(line, "the file has more than %d lines: split it (parts are imported without --full)", rosterLines)
			return
		}
		x.line(record, line, width)
	}
}

func (x *roster) line(record []string, line, width int) {
	if empty(record) {
		return // spreadsheets end with lines of separators
	}
	if len(record) != width {
		x.bad(line, "has %d fields, the header has %d: a separator is missing, or a field that holds one needs quotes", len(record), width)
		return
	}
	for _, cell := range record {
		if utf8.RuneCountInString(cell) > longestCell {
			x.bad(line, "has a field of more than %d characters", longestCell)
			return
		}
	}
	row := x.row(record, line)
	x.once(x.emails, domain.NormalEmail(row.Email), line, "this email")
	x.once(x.employments, row.Employment, line, "this employment id")
	x.rows = append(x.rows, row)
}

// once refuses what two lines have in common and only one may have.
func (x *roster) once(seen map[string]int, key string, line int, what string) {
	if key == "" {
		return
	}
	if first, twice := seen[key]; twice {
		x.bad(line, "%s stands in line %d already: one line for each person", what, first)
		return
	}
	seen[key] = line
}

func empty(record []string) bool {
	for _, cell := range record {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}
