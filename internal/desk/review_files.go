package desk

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"time"

	"handover/domain"
)

// Bounds of a file about a review.
const (
	reviewFileLines = 100_000
	reviewFileCell  = 2000 // characters
)

// listForm is a list of users that somebody read off an app's screen.
var listForm = sheetForm{
	columns: map[string][]string{
		"email":   {"email", "emailaddress", "mail", "workemail", "user", "username", "login"},
		"name":    {"name", "fullname", "displayname", "member"},
		"role":    {"role", "accesslevel", "memberrole", "profile", "permissionprofile", "permissions"},
		"status":  {"status", "state"},
		"account": {"account", "accountid", "id", "userid"},
	},
	needed: []string{"email", "role"}, names: "email, name, role, status and, where the app shows one, account",
	lines: reviewFileLines, cell: reviewFileCell,
}

// listStatus are the words for where somebody in a list stands.
var listStatus = map[string]struct {
	active  domain.Tri
	invited bool
}{
	"": {domain.Yes, false}, "active": {domain.Yes, false}, "enabled": {domain.Yes, false}, "member": {domain.Yes, false}, "accepted": {domain.Yes, false},
	"invited": {domain.No, true}, "pending": {domain.No, true}, "awaitingacceptance": {domain.No, true},
	"inactive": {domain.No, false}, "deactivated": {domain.No, false}, "disabled": {domain.No, false}, "suspended": {domain.No, false},
	"unknown": {domain.Unknown, false},
}

// ReviewRows reads a list of users as CSV, all or nothing: the problems name the
// lines, never a value. count is the number that the screen shows.
func (d *Desk) ReviewRows(ctx context.Context, a Actor, text string, count int) ([]domain.ReviewRow, []string, error) {
	if err := d.allow(ctx, a, mayReview, ""); err != nil {
		return nil, nil, err
	}
	s := readSheet(text, listForm)
	rows, seen := make([]domain.ReviewRow, 0, len(s.rows)), map[string]int{}
	for _, r := range s.rows {
		rows = append(rows, s.listed(r, seen))
	}
	if s.found == 0 && len(rows) != count {
		s.bad(0, "the screen shows %d users and the file has %d: read the list again to its end", count, len(rows))
	}
	if s.found > 0 {
		return nil, s.wrongs, nil
	}
	return rows, nil, d.nameAccounts(ctx, rows)
}

func (s *sheet) listed(r sheetRow, seen map[string]int) domain.ReviewRow {
	row := domain.ReviewRow{No: r.line, Account: domain.AccountID(r.cells["account"]), Email: domain.NormalEmail(r.cells["email"]), Name: r.cells["name"], Role: r.cells["role"]}
	if !domain.LooksLikeEmail(row.Email) {
		s.bad(r.line, "the email is missing, or no address")
	} else if first, twice := seen[row.Email]; twice {
		s.bad(r.line, "this email stands in line %d already", first)
	} else {
		seen[row.Email] = r.line
	}
	if row.Role == "" {
		s.bad(r.line, "the role is missing: write what the screen shows")
	}
	status, known := listStatus[plainColumn(r.cells["status"])]
	if !known {
		s.bad(r.line, "the status is none of active, invited, inactive and unknown")
	}
	row.Active, row.Invited = status.active, status.invited
	return row
}

// nameAccounts names the accounts of an app that shows no ids: by the directory's
// person, else by a text that is the same in each review and tells nobody's email.
func (d *Desk) nameAccounts(ctx context.Context, rows []domain.ReviewRow) error {
	var emails []string
	for _, r := range rows {
		if r.Account == "" {
			emails = append(emails, r.Email)
		}
	}
	if len(emails) == 0 {
		return nil
	}
	people, err := d.Store.PeopleByEmail(ctx, emails)
	if err != nil {
		return err
	}
	secret, err := d.linkSecret(ctx)
	if err != nil {
		return err
	}
	known := map[string]domain.PersonID{}
	for _, p := range people {
		known[domain.NormalEmail(p.Email)] = p.ID
	}
	for i := range rows {
		r := &rows[i]
		switch id := known[r.Email]; {
		case r.Account != "":
		case id != "":
			r.Account = domain.PersonAccount(id)
		default:
			r.Account = domain.AccountID("listed:" + linkMAC(secret, "account", r.Email)[:linkFinder])
		}
	}
	return nil
}

// decideForm is a file of decisions; what only helps to fill it in is left alone. A
// cell may be one longer than what is said of a line: see inert.
var decideForm = sheetForm{
	columns: map[string][]string{"line": {"line"}, "account": {"account"}, "verdict": {"verdict"}, "role": {"role"}, "reason": {"reason"}, "decision": {"decision"}},
	needed:  []string{"line", "account", "verdict"}, names: "line, account, verdict, role, reason and, of what you confirm, decision",
	quiet: []string{"email", "name", "hasrole", "lastuse", "hints", "decided", "decidedrole", "decidedreason", "decidedby"},
	lines: reviewFileLines, cell: reviewFileCell + 1,
}

// fileVerdicts are the words for a decision in a file.
var fileVerdicts = map[string]domain.ReviewVerdict{"keep": domain.ReviewKeep, "remove": domain.ReviewRemove, "change_role": domain.ReviewChange,
	"change": domain.ReviewChange, "role": domain.ReviewChange}

// ChannelCSV is how decisions out of a file are marked.
const ChannelCSV = "csv"

// DecideReviewFile decides lines by a file, all of it or, where anything is wrong
// with it, nothing: then the problems name the lines of the file. Lines without a
// verdict stay as they are.
func (d *Desk) DecideReviewFile(ctx context.Context, a Actor, id, text string) (ReviewAnswer, []string, error) {
	r, err := d.seenReview(ctx, a, id)
	if err != nil {
		return ReviewAnswer{}, nil, err
	}
	own, err := d.ownLines(ctx, a, r)
	if err == nil {
		err = d.withDecisions(ctx, r.ID, own)
	}
	if err != nil {
		return ReviewAnswer{}, nil, err
	}
	mine := map[int]ReviewItem{}
	for _, l := range own {
		mine[l.No] = l
	}
	s := readSheet(text, decideForm)
	var choices []ReviewChoice
	seen := map[int]int{}
	for _, row := range s.rows {
		if c, ok := s.choice(row, mine, seen); ok {
			choices = append(choices, c)
			s.check(row.line, r.Settings, mine[c.Line], c, a.Person.ID)
		}
	}
	if s.found == 0 && len(choices) == 0 {
		s.bad(0, "no line has a verdict: nothing to do")
	}
	if s.found > 0 {
		return ReviewAnswer{}, s.wrongs, nil
	}
	a.Channel = ChannelCSV
	answer, err := d.decideAll(ctx, a, r.ID, choices)
	return answer, nil, err
}

// choice reads one line of a file of decisions.
func (s *sheet) choice(row sheetRow, mine map[int]ReviewItem, seen map[int]int) (ReviewChoice, bool) {
	word := strings.ToLower(row.cells["verdict"])
	no, err := strconv.Atoi(row.cells["line"])
	l, ok := mine[no]
	switch {
	case err != nil || no < 1:
		s.bad(row.line, "line is no number")
		return ReviewChoice{}, false
	case seen[no] > 0:
		s.bad(row.line, "the review's line %d stands in line %d already", no, seen[no])
		return ReviewChoice{}, false
	}
	seen[no] = row.line
	if word == "" {
		return ReviewChoice{}, false
	}
	if !ok || string(l.Account) != row.cells["account"] {
		s.bad(row.line, "the review's line %d is not about this account, or is not yours: export the file again", no)
		return ReviewChoice{}, false
	}
	c := ReviewChoice{Line: no, Role: row.cells["role"], Reason: row.cells["reason"], Seconds: -1}
	switch verdict, known := fileVerdicts[word]; {
	case word == WordConfirm:
		c = l.Agree()
	case word == WordSendBack:
		c = l.SendBack(c.Reason)
	case known:
		c.Verdict = verdict
	default:
		s.bad(row.line, "the verdict is none of keep, remove, change_role, confirm and send_back")
		return c, false
	}
	if c.Role != "" && c.Verdict != domain.ReviewChange {
		s.bad(row.line, "a role goes with change_role alone")
	}
	if c.Confirm {
		c.Seen, _ = strconv.Atoi(row.cells["decision"]) // what is no number names no decision
	}
	return c, true
}

func (s *sheet) check(line int, rules domain.ReviewSettings, l ReviewItem, c ReviewChoice, by domain.PersonID) {
	choice := domain.Choice{Verdict: c.Verdict, Role: c.Role, Reason: c.Reason, Bulk: c.Bulk, Confirms: c.Confirm, Seen: c.Seen}
	if l.Decided != nil {
		choice.Newest = *l.Decided
	}
	if r := rules.CheckChoice(l.ReviewLine, choice, by, l.Voice); r != nil {
		s.bad(line, "%s", r.Text)
	}
}

// Agree is the second person's yes. It counts for the decision that they say they
// saw, and is refused where another one stands.
func (l ReviewItem) Agree() ReviewChoice {
	return ReviewChoice{Line: l.No, Verdict: l.Verdict, Role: l.NewRole, Seconds: -1, Confirm: true}
}

// SendBack is the second person's no, to the decision that they say they saw: the
// reviewer decides again.
func (l ReviewItem) SendBack(reason string) ReviewChoice {
	other := domain.ReviewKeep
	if l.Verdict == domain.ReviewKeep {
		other = domain.ReviewRemove
	}
	return ReviewChoice{Line: l.No, Verdict: other, Reason: reason, Seconds: -1, Confirm: true}
}

// ReviewFile is the actor's own lines as a CSV file to fill in. Of what somebody
// confirms it shows the decision that stands, with the number by which their word
// names it.
func (d *Desk) ReviewFile(ctx context.Context, a Actor, id string) ([]byte, error) {
	r, err := d.seenReview(ctx, a, id)
	if err != nil {
		return nil, err
	}
	lines, err := d.ownLines(ctx, a, r)
	if err == nil {
		err = d.hideSecrets(ctx, a, lines)
	}
	lines = slices.DeleteFunc(lines, func(l ReviewItem) bool { return !l.Waits() })
	if err == nil {
		err = d.withDecisions(ctx, r.ID, lines)
	}
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"line", "account", "email", "name", "has_role", "last_use", "hints", "verdict", "role", "reason",
		"decision", "decided", "decided_role", "decided_reason", "decided_by"})
	for _, l := range lines {
		hints := make([]string, 0, len(l.Hints))
		for _, h := range l.Hints {
			hints = append(hints, string(h))
		}
		row := []string{strconv.Itoa(l.No), string(l.Account), inert(l.Email), inert(l.Name), inert(l.RoleName), l.LastUse(), strings.Join(hints, " "), "", "", ""}
		_ = w.Write(append(row, l.decidedCells(r.Settings)...))
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// decidedCells are what was decided of a line that its reader confirms, or that was
// sent back to them: the number of it, what, and why.
func (l ReviewItem) decidedCells(s domain.ReviewSettings) []string {
	if l.Decided == nil {
		return []string{"", "", "", "", ""}
	}
	said, role := string(l.Decided.Verdict), ""
	switch r, ok := domain.FindRole(s.Roles, l.Decided.Role); {
	case l.SentBack() && l.Decided.Confirms:
		said = WordSendBack
	case l.Decided.Verdict == domain.ReviewChange && ok:
		role = r.Name
	case l.Decided.Verdict == domain.ReviewChange:
		role = l.Decided.Role
	}
	return []string{strconv.Itoa(l.Decided.N), said, inert(role), inert(l.Decided.Reason), inert(l.DecidedBy)}
}

// inert keeps a spreadsheet from reading a text of an app, or of a person, as a
// formula, and the file from being taken for one in another encoding.
func inert(s string) string {
	s = strings.ReplaceAll(s, "\ufffd", "?")
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// LastUse says in words when the account was last seen in use: never more than the
// app shows.
func (l ReviewItem) LastUse() string {
	switch {
	case l.Seen == domain.Yes && !l.SeenAt.IsZero():
		return "used on " + l.SeenAt.Format(time.DateOnly)
	case l.Seen == domain.Yes:
		return "used"
	case l.Seen == domain.No && !l.SeenAt.IsZero():
		return "not since " + l.SeenAt.Format(time.DateOnly)
	case l.Seen == domain.No:
		return "no trace of use"
	}
	return "the app does not show it"
}
