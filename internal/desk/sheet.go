package desk

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// sheetWrongs is how many problems of a sheet are told at once.
const sheetWrongs = 100

// sheetForm is what a CSV file has to look like.
type sheetForm struct {
	columns map[string][]string // by field: the names under which it is found, as plainColumn gives them
	needed  []string
	names   string // of the columns, for whoever has to mend the file
	quiet   []string
	lines   int // at most
	cell    int // characters of a field, at most
	// take looks at each row as it is read, so that all problems stand in the order of
	// the file; nil where the rows are looked at afterwards.
	take func(s *sheet, r sheetRow)
}

// sheet is a CSV file that was read to its end. No problem names a value of it.
type sheet struct {
	form   sheetForm
	rows   []sheetRow
	wrongs []string
	found  int
}

type sheetRow struct {
	line  int
	cells map[string]string
}

func (s *sheet) bad(line int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if line > 0 {
		text = fmt.Sprintf("line %d: %s", line, text)
	}
	switch s.found++; {
	case s.found <= sheetWrongs:
		s.wrongs = append(s.wrongs, text)
	case s.found == sheetWrongs+1:
		s.wrongs = append(s.wrongs, "and more")
	}
}

// readSheet reads a file with a header, separated by comma, semicolon or tab, and
// tells all that is wrong with it.
func readSheet(text string, form sheetForm) *sheet {
	s := &sheet{form: form}
	text = strings.TrimPrefix(text, "\ufeff")
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) || strings.ContainsRune(text, 0):
		s.bad(0, "the file is not in UTF-8: save it as UTF-8 (in Excel: \"CSV UTF-8\")")
		return s
	case strings.TrimSpace(text) == "":
		s.bad(0, "the file is empty: its first line names the columns (%s)", form.names)
		return s
	}
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord = separatorOf(text), -1
	header, err := c.Read()
	if err != nil {
		s.bad(1, "the header cannot be read: it names the columns (%s)", form.names)
		return s
	}
	if at, ok := s.header(header, form); ok {
		s.body(c, at, len(header))
	}
	return s
}

// header finds where each field stands. A column that is not known is refused: it
// may be the one that matters.
func (s *sheet) header(header []string, form sheetForm) (map[string]int, bool) {
	at := map[string]int{}
	for i, cell := range header {
		name := plainColumn(cell)
		known := name == "" || slices.Contains(form.quiet, name)
		for field, names := range form.columns {
			if !slices.Contains(names, name) {
				continue
			}
			if _, twice := at[field]; twice {
				s.bad(1, "two columns give the %s: take one of them out", field)
			}
			at[field], known = i, true
		}
		if !known {
			s.bad(1, "column %d is not known: the columns are %s", i+1, form.names)
		}
	}
	for _, field := range form.needed {
		if _, ok := at[field]; !ok {
			s.bad(1, "no column gives the %s: name it %s", field, field)
		}
	}
	return at, s.found == 0
}

func (s *sheet) body(c *csv.Reader, at map[string]int, width int) {
	for {
		record, err := c.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &parse):
			s.bad(parse.StartLine, "a quote is open or stands in the middle of a field: put the whole field in quotes, and double the quotes in it")
			continue
		case err != nil:
			s.bad(0, "the file cannot be read to its end")
			return
		}
		line, _ := c.FieldPos(0)
		if len(s.rows) >= s.form.lines {
			s.bad(line, "the file has more than %d lines", s.form.lines)
			return
		}
		s.row(record, at, width, line)
	}
}

func (s *sheet) row(record []string, at map[string]int, width, line int) {
	if !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		return // spreadsheets end with lines of separators
	}
	if len(record) != width {
		s.bad(line, "has %d fields, the header has %d: a separator is missing, or a field that holds one needs quotes", len(record), width)
		return
	}
	if slices.ContainsFunc(record, func(cell string) bool { return utf8.RuneCountInString(cell) > s.form.cell }) {
		s.bad(line, "has a field of more than %d characters", s.form.cell)
		return
	}
	r := sheetRow{line: line, cells: map[string]string{}}
	for field, i := range at {
		r.cells[field] = strings.TrimSpace(record[i])
	}
	s.rows = append(s.rows, r)
	if s.form.take != nil {
		s.form.take(s, r)
	}
}

// separatorOf is the one of comma, semicolon and tab that the header holds most
// often outside quotes.
func separatorOf(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	counts, quoted := map[rune]int{}, false
	for _, r := range first {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted {
			counts[r]++
		}
	}
	comma := ','
	for _, r := range []rune{';', '\t'} {
		if counts[r] > counts[comma] {
			comma = r
		}
	}
	return comma
}

func plainColumn(s string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "", "\u00a0", "").Replace(strings.ToLower(strings.TrimSpace(s)))
}
