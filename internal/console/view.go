package console

import (
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/desk"
)

// pageSize is how many lines stand on one page.
const pageSize = 200

// page is what the template shows.
type page struct {
	Nonce  string
	Style  template.CSS
	Script template.JS
	Title  string
	Word   string // a page of one sentence

	Form     string // binds the form to link and browser
	Self     string // address of this page with what was asked for
	Base     string // without it
	App      string
	Period   string
	Due      string
	Who      string
	UsedAt   string // read-only: when everything was submitted
	Submit   bool   // asks whether to submit
	Message  string
	Rows     []row
	Roles    []role
	Total    int
	Waiting  int
	Done     int
	Found    int
	Find     string
	Only     string
	Filters  []choice
	Page     int
	Pages    int
	Before   string
	After    string
	Verdicts []count
}

type choice struct {
	Value, Text string
	On          bool
}

type count struct {
	Text string
	N    int
}

type role struct {
	Key, Name string
	Digit     int // key to press; 0 none
}

// row is one line.
type row struct {
	No                                                      int
	Name, Email, Title, Department, Manager, For            string
	Role, Seat, Since, LastUse                              string
	Hints                                                   []string
	Suggest                                                 string
	Privileged, Bulk, Second, Waits, May, Invited, Selected bool
	Verdict                                                 string // of the newest decision
	Said                                                    string // and how it stands
	By, Why                                                 string // of what the second person confirms
	Refused                                                 string
	Seen                                                    int // number of the decision that a second person looks at
}

var hintTexts = map[domain.ReviewHint]string{
	domain.HintLeft: "HR says this person left", domain.HintLeaving: "HR says this person is leaving", domain.HintUnknown: "HR knows nobody with this email",
	domain.HintNever: "the invite was never accepted", domain.HintAdmins: "there are more admins than the policy wants",
	domain.HintBilling: "may be here for the bills alone, on a paid seat", domain.HintIdle: "no trace of use in the time that the policy names",
	domain.HintOnLeave: "on leave, not gone", domain.HintStarter: "began a short while ago", domain.HintUnmapped: "nobody said what this role may do, so it counts as privileged",
	domain.HintNew: "was not in the last review", domain.HintRole: "had another role in the last review", domain.HintBack: "the last review decided to remove this account, and it is there",
}

var verdictTexts = map[domain.ReviewVerdict]string{domain.ReviewKeep: "keep", domain.ReviewRemove: "remove", domain.ReviewChange: "change role"}

// stateTexts say how a decided line stands, where that is more than decided.
var stateTexts = map[domain.LineState]string{domain.LineConfirm: "waits for a second person", domain.LineCarrying: "is being carried out",
	domain.LineFailed: "could not be carried out yet", domain.LineException: "overdue"}

func (x *door) page(v visit, t desk.ReviewTable, ask desk.ReviewAsk, refused map[int]string) page {
	p := page{Nonce: v.nonce, Style: style, Script: script, Title: "Access review of " + string(t.Review.App), Form: v.link.FormToken(v.cookie), App: string(t.Review.App),
		Period: t.Review.Period, Due: x.when(t.Review.DueAt), Who: nameOf(v.link.Person), Total: t.Total, Waiting: t.Waiting, Done: t.Total - t.Waiting, Found: t.Found,
		Find: ask.Find, Only: ask.Only, Page: t.Page, Pages: t.Pages, Base: "?", Self: address(ask, t.Page)}
	if !v.link.UsedAt.IsZero() {
		p.UsedAt = x.when(v.link.UsedAt)
	}
	for _, f := range []choice{{Value: "", Text: "all lines"}, {Value: "open", Text: "what waits for you"}, {Value: "privileged", Text: "who may administer"},
		{Value: string(domain.HintLeft), Text: "left"}, {Value: string(domain.HintIdle), Text: "idle"}, {Value: string(domain.HintUnknown), Text: "unknown to HR"},
		{Value: string(domain.HintNew), Text: "new since the last review"}} {
		f.On = f.Value == ask.Only
		p.Filters = append(p.Filters, f)
	}
	if t.Page > 1 {
		p.Before = address(ask, t.Page-1)
	}
	if t.Page < t.Pages {
		p.After = address(ask, t.Page+1)
	}
	for i, r := range t.Review.Settings.Roles {
		one := role{Key: r.Key, Name: r.Name}
		if i < 9 {
			one.Digit = i + 1
		}
		p.Roles = append(p.Roles, one)
	}
	for _, verdict := range []domain.ReviewVerdict{domain.ReviewKeep, domain.ReviewChange, domain.ReviewRemove} {
		p.Verdicts = append(p.Verdicts, count{verdictTexts[verdict], t.Verdicts[verdict]})
	}
	for _, l := range t.Lines {
		p.Rows = append(p.Rows, x.row(t, l, refused[l.No]))
	}
	return p
}

func (x *door) row(t desk.ReviewTable, l desk.ReviewItem, refused string) row {
	r := row{No: l.No, Name: l.Name, Email: l.Email, Title: l.Title, Department: l.Department, Manager: l.Manager, For: t.Voices[l.Voice], Role: l.RoleName, Seat: l.Seat,
		LastUse: l.LastUse(), Privileged: l.Privileged, Bulk: l.Bulk(), Second: l.Confirms, Waits: l.Waits(), May: l.May, Invited: l.Invited,
		Verdict: string(l.Verdict), Refused: refused, Suggest: verdictTexts[l.Suggest]}
	if !l.Since.IsZero() {
		r.Since = l.Since.Format(time.DateOnly)
	}
	for _, h := range l.Hints {
		r.Hints = append(r.Hints, hintTexts[h])
	}
	if l.Verdict != "" {
		r.Said = said(t.Review.Settings, l.ReviewLine)
	} else if l.State == domain.LineException {
		r.Said = "overdue"
	}
	if l.Decided != nil {
		r.By, r.Why, r.Seen = l.DecidedBy, l.Decided.Reason, l.Decided.N
	}
	return r
}

// said is the newest decision of a line in words, and how it stands.
func said(s domain.ReviewSettings, l domain.ReviewLine) string {
	text := verdictTexts[l.Verdict]
	if role, ok := domain.FindRole(s.Roles, l.NewRole); ok && l.Verdict == domain.ReviewChange {
		text = "change to " + role.Name
	}
	if l.State == domain.LineOpen {
		return "sent back: decide again"
	}
	switch more := stateTexts[l.State]; {
	case l.State == domain.LineDone && l.Verdict != domain.ReviewKeep:
		text += ": carried out, and read back"
	case more != "":
		text += ": " + more
	}
	return text
}

func nameOf(p domain.Person) string {
	if p.Name != "" {
		return p.Name + " (" + p.Email + ")"
	}
	return p.Email
}

// when shows an instant in the company's zone.
func (x *door) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	zone, err := time.LoadLocation(x.desk.Policy().Company.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone).Format("Mon 2 Jan 2006 15:04 MST")
}

// asked reads what somebody wants to see.
func asked(r *http.Request) desk.ReviewAsk {
	q := r.URL.Query()
	n, _ := strconv.Atoi(q.Get("page"))
	return desk.ReviewAsk{Find: bounded(q.Get("find"), 200), Only: bounded(q.Get("only"), 50), Page: min(max(1, n), 100_000), Size: pageSize}
}

func address(ask desk.ReviewAsk, n int) string {
	q := url.Values{}
	for name, value := range map[string]string{"find": ask.Find, "only": ask.Only} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if n > 1 {
		q.Set("page", strconv.Itoa(n))
	}
	return "?" + q.Encode()
}

func bounded(s string, n int) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
