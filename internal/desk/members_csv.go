package desk

import (
	"time"

	"handover/domain"
)

// Bounds of a member list.
const (
	memberLines = 20_000
	memberCell  = 500 // characters
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
	rows []domain.MemberRow
	seen map[string]int // email: line
}

// readMembers reads a list as CSV to its end and tells all that is wrong with it.
// No problem names a value of the file.
func readMembers(text string) ([]domain.MemberRow, []string) {
	f := &memberFile{seen: map[string]int{}}
	s := readSheet(text, sheetForm{columns: memberColumns, needed: []string{"email", "role"}, names: "email, name, role, state, sent and expires",
		lines: memberLines, cell: memberCell, take: f.line})
	return f.rows, s.wrongs
}

func (f *memberFile) line(s *sheet, r sheetRow) {
	pending, known := memberStates[plainColumn(r.cells["state"])]
	if !known {
		s.bad(r.line, "the state is neither member nor pending")
	}
	row := domain.MemberRow{Line: r.line, Pending: pending, Email: domain.NormalEmail(r.cells["email"]), Name: r.cells["name"]}
	if !domain.LooksLikeEmail(row.Email) {
		s.bad(r.line, "the email is missing, or no address")
	} else if first, twice := f.seen[row.Email]; twice {
		s.bad(r.line, "this email stands in line %d already: somebody is a member or pending, and once; if they accepted between two looks, read both lists again", first)
	} else {
		f.seen[row.Email] = r.line
	}
	role, ok := domain.FindRole(domain.SpaceRoles(), r.cells["role"])
	if !ok {
		s.bad(r.line, "the role is none of Owner, Admin, Member, Viewer")
	}
	row.Role = domain.SpaceRole(role.Key)
	row.SentAt, row.ExpiresAt = s.when(r.line, "sent", r.cells["sent"]), s.when(r.line, "expires", r.cells["expires"])
	f.rows = append(f.rows, row)
}

// when reads a date, or a date with a time of UTC or an offset. What can be meant
// in two ways is refused.
func (s *sheet) when(line int, field, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	s.bad(line, "%s is no date: write for example 2026-12-18, or 2026-12-18T09:30:00Z", field)
	return time.Time{}
}
