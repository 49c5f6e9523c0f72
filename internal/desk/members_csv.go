package desk

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"handover/domain"
)

// Bounds of a member list.
const (
	memberLines  = 20_000
	memberCell   = 500 // characters
	memberWrongs = 100 // problems that are told at once
)

// memberColumns are the names under which a column is found, in the form that
// plainColumn gives: those of the screen, and what people make of them.
var memberColumns = map[string][]string{
	"email":   {"email", "emailaddress", "mail", "workemail", "user"},
	"name":    {"name", "fullname", "displayname", "member"},
	"role":    {"role", "accesslevel", "initialrole", "memberrole"},
	"state":   {"state", "status", "tab", "list"},
	"sent":    {"sent", "sentat", "invited", "invitedat", "invitesent", "datesent"},
	"expires": {"expires", "expiresat", "expiry", "expirydate", "validuntil"},
}

// memberStates are the words for a line's place: among the members, or pending.
var memberStates = map[string]bool{"": false, "member": false, "members": false, "active": false, "accepted": false, "joined": false,
	"pending": true, "invited": true, "invite": true, "awaitingacceptance": true}

// memberFile is a member list while it is read.
type memberFile struct {
	at     map[string]int // columns
	width  int
	rows   []domain.MemberRow
	seen   map[string]int // email: line
	wrongs []string
	found  int
}

func (f *memberFile) bad(line int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if line > 0 {
		text = fmt.Sprintf("line %d: %s", line, text)
	}
	switch f.found++; {
	case f.found <= memberWrongs:
		f.wrongs = append(f.wrongs, text)
	case f.found == memberWrongs+1:
		f.wrongs = append(f.wrongs, "and more")
	}
}

// readMembers reads a list as CSV to its end and tells all that is wrong with it.
// No problem names a value of the file.
func readMembers(text string) ([]domain.MemberRow, []string) {
	f := &memberFile{seen: map[string]int{}}
	text = strings.TrimPrefix(text, "\ufeff")
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) || strings.ContainsRune(text, 0):
		f.bad(0, "the file is not in UTF-8: save it as UTF-8 (in Excel: \"CSV UTF-8\")")
	case strings.TrimSpace(text) == "":
		f.bad(0, "the file is empty: its first line names the columns, at least email and role")
	default:
		f.read(text)
	}
	return f.rows, f.wrongs
}

func (f *memberFile) read(text string) {
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord = memberSeparator(text), -1
	header, err := c.Read()
	if err != nil {
		f.bad(1, "the header cannot be read: it names the columns, at least email and role")
		return
	}
	if !f.columns(header) {
		return
	}
	for {
		record, err := c.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &parse):
			f.bad(parse.StartLine, "a quote is open or stands in the middle of a field: put the whole field in quotes, and double the quotes in it")
			continue
		case err != nil:
			f.bad(0, "the file cannot be read to its end")
			return
		}
		line, _ := c.FieldPos(0)
		if len(f.rows) >= memberLines {
			f.bad(line, "the file has more than %d lines", memberLines)
			return
		}
		f.line(record, line)
	}
}

// memberSeparator is the one of comma, semicolon and tab that the header holds most
// often outside quotes.
func memberSeparator(text string) rune {
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

// columns finds where each field stands. Two columns for one field are refused, and
// so is one that is not known: it may be the one that matters.
func (f *memberFile) columns(header []string) bool {
	f.at, f.width = map[string]int{}, len(header)
	for i, cell := range header {
		known := strings.TrimSpace(cell) == ""
		for field, names := range memberColumns {
			if !slices.Contains(names, plainColumn(cell)) {
				continue
			}
			if _, twice := f.at[field]; twice {
				f.bad(1, "two columns give the %s: take one of them out", field)
			}
			f.at[field], known = i, true
		}
		if !known {
			f.bad(1, "column %d is not known: the columns are email, name, role, state, sent and expires", i+1)
		}
	}
	for _, field := range []string{"email", "role"} {
		if _, ok := f.at[field]; !ok {
			f.bad(1, "no column gives the %s: name it %s", field, field)
		}
	}
	return f.found == 0
}

func (f *memberFile) line(record []string, line int) {
	if !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		return // spreadsheets end with lines of separators
	}
	if len(record) != f.width {
		f.bad(line, "has %d fields, the header has %d: a separator is missing, or a field that holds one needs quotes", len(record), f.width)
		return
	}
	if slices.ContainsFunc(record, func(cell string) bool { return utf8.RuneCountInString(cell) > memberCell }) {
		f.bad(line, "has a field of more than %d characters", memberCell)
		return
	}
	cell := func(field string) string {
		if i, ok := f.at[field]; ok {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	pending, known := memberStates[plainColumn(cell("state"))]
	if !known {
		f.bad(line, "the state is neither member nor pending")
	}
	row := domain.MemberRow{Line: line, Pending: pending, Email: domain.NormalEmail(cell("email")), Name: cell("name")}
	if !domain.LooksLikeEmail(row.Email) {
		f.bad(line, "the email is missing, or no address")
	} else if first, twice := f.seen[row.Email]; twice {
		f.bad(line, "this email stands in line %d already: somebody is a member or pending, and once; if they accepted between two looks, read both lists again", first)
	} else {
		f.seen[row.Email] = line
	}
	role, ok := domain.FindRole(domain.SpaceRoles(), cell("role"))
	if !ok {
		f.bad(line, "the role is none of Owner, Admin, Member, Viewer")
	}
	row.Role = domain.SpaceRole(role.Key)
	row.SentAt, row.ExpiresAt = f.when(line, "sent", cell("sent")), f.when(line, "expires", cell("expires"))
	f.rows = append(f.rows, row)
}

// when reads a date, or a date with a time of UTC or an offset. What can be meant
// in two ways is refused.
func (f *memberFile) when(line int, field, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	f.bad(line, "%s is no date: write for example 2026-12-18, or 2026-12-18T09:30:00Z", field)
	return time.Time{}
}
