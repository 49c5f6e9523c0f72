package bench

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"handover/domain"
	"handover/internal/console"
	"handover/internal/desk"
	"handover/internal/pgtest"
	"handover/internal/store"
)

// The sizes of the page's benchmark, and its bound.
const (
	pageLines  = 2_000  // of one reviewer
	pageOthers = 18_000 // of all others
	pageBulk   = 100    // lines that are decided together
	mostPage   = 300 * time.Millisecond
)

// BenchmarkReviewPage has one reviewer with 2,000 lines, in a review of 20,000, look
// through all pages, search, decide one line after the other, in bulk, and submit.
// Each answer of the page counts by itself.
func BenchmarkReviewPage(b *testing.B) {
	for b.Loop() {
		p := openPage(b)
		p.look()
		p.decide()
		all := slices.Concat(p.took["look"], p.took["decide"], p.took["bulk"], p.took["submit"])
		slices.Sort(all)
		worst := all[len(all)-1]
		within(b, fmt.Sprintf("the reviewer's page, slowest of %d answers, %d lines of one reviewer", len(all), pageLines), milliseconds(worst), milliseconds(mostPage), float64(worst)/float64(mostPage), 1)
		for _, what := range []string{"look", "decide", "bulk", "submit"} {
			slices.Sort(p.took[what])
			info("the reviewer's page: median and slowest to "+what, milliseconds(p.took[what][len(p.took[what])/2])+", "+milliseconds(p.took[what][len(p.took[what])-1]), "")
		}
		note("The reviewer's page: %d lines of one reviewer among %d of a review, in PostgreSQL without fsync; pages of 200 lines, every page looked at, three searches, %d lines decided one by one and the others %d at a time. From the request until the last byte, page and browser on one machine.",
			pageLines, pageLines+pageOthers, pageOneByOne, pageBulk)
		b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
	}
}

// pageOneByOne is how many lines are decided by themselves.
const pageOneByOne = 200

// pageVisit is a reviewer's browser.
type pageVisit struct {
	b    *testing.B
	link string
	form string
	http *http.Client
	took map[string][]time.Duration
}

func openPage(b *testing.B) *pageVisit {
	b.Helper()
	st, err := store.OpenPostgres(b.Context(), pgtest.Database(b))
	require(b, err)
	b.Cleanup(func() { _ = st.Close() })

	require(b, st.Migrate(b.Context()))
	policy := &domain.Policy{Company: domain.CompanyPolicy{TimeZone: "Europe/Berlin"}, Hash: "h", Apps: map[domain.AppID]*domain.AppPolicy{"apollo": {Kind: domain.KindApolloIO}},
		People: []domain.PersonPolicy{{Email: "eli@example.com", Name: "Eli"}, {Email: "gil@example.com", Name: "Gil"}}}
	log := slog.New(slog.DiscardHandler)
	server := httptest.NewUnstartedServer(nil)
	d := &desk.Desk{Store: st, Policy: func() *domain.Policy { return policy }, Now: time.Now, Log: log, PublicURL: "http://" + server.Listener.Addr().String()}
	require(b, d.SyncPeople(b.Context(), policy))
	server.Config.Handler = console.Handler(d, log)
	server.Start()
	b.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	require(b, err)
	p := &pageVisit{b: b, took: map[string][]time.Duration{}, http: &http.Client{Jar: jar}}
	p.link = p.review(d, st)
	return p
}

// everyNth line is the reviewer's.
const everyNth = (pageLines + pageOthers) / pageLines

// review opens a review in which eli has a line here and there.
func (p *pageVisit) review(d *desk.Desk, st *store.Store) string {
	p.b.Helper()
	ctx := p.b.Context()
	eli, err := st.PersonByEmail(ctx, "eli@example.com")
	require(p.b, err)
	gil, err := st.PersonByEmail(ctx, "gil@example.com")
	require(p.b, err)
	r := domain.Review{App: "apollo", Period: "2026-Q4", State: domain.ReviewCollecting, Requester: domain.SystemActor, StartedAt: time.Now()}
	run, _, err := st.CreateRun(ctx, domain.Run{ID: "access-review:apollo:2026-Q4", Kind: domain.RunReview, Apps: []domain.AppID{"apollo"}, StartedAt: time.Now()},
		func(domain.Run) (store.RunStart, error) { return store.RunStart{Input: []byte("{}"), Review: &r}, nil })
	require(p.b, err)
	var lines []domain.ReviewLine
	for no := 1; no <= pageLines+pageOthers; no++ {
		email := fmt.Sprintf("user%d@example.com", no)
		l := domain.ReviewLine{No: no, Account: domain.AccountID(fmt.Sprintf("account-%d", no)), Email: email, Name: fmt.Sprintf("User Number %d", no), Role: "member", RoleName: "Member",
			Seat: "full", Active: domain.Yes, Admin: domain.No, Seen: domain.Unknown, Reviewer: gil.ID, Because: domain.BecauseManager, State: domain.LineOpen}
		if no%everyNth == 1 {
			person, err := st.UpsertPerson(ctx, email, l.Name)
			require(p.b, err)
			l.Reviewer, l.Person, l.Hints = eli.ID, person.ID, []domain.ReviewHint{domain.HintNew, domain.HintLeaving}
		}
		lines = append(lines, l)
	}
	require(p.b, st.AddReviewLines(ctx, run.ID, lines))
	r, err = st.MoveReview(ctx, run.ID, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewCollecting}, To: domain.ReviewDeciding, OpenedAt: time.Now()}, domain.Entry{Run: run.ID})
	require(p.b, err)
	link, err := d.ReviewLinkFor(ctx, eli, r)
	require(p.b, err)
	return link
}

// ask makes a request and counts its time.
func (p *pageVisit) ask(what, method, query string, form url.Values) string {
	p.b.Helper()
	req, err := http.NewRequestWithContext(p.b.Context(), method, p.link+query, strings.NewReader(form.Encode()))
	require(p.b, err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", "application/json")
	}
	began := time.Now()
	resp, err := p.http.Do(req)
	require(p.b, err)
	raw, err := io.ReadAll(resp.Body)
	require(p.b, err)
	require(p.b, resp.Body.Close())
	p.took[what] = append(p.took[what], time.Since(began))
	if resp.StatusCode != http.StatusOK {
		p.b.Fatalf("%s %s: %d", method, query, resp.StatusCode)
	}
	return string(raw)
}

var pageForm = regexp.MustCompile(`name="form" value="([a-z2-7]+)"`)

func (p *pageVisit) look() {
	p.b.Helper()
	first := p.ask("look", http.MethodGet, "", nil)
	p.form = pageForm.FindStringSubmatch(first)[1]
	for n := 2; n <= pageLines/200; n++ {
		p.ask("look", http.MethodGet, fmt.Sprintf("?page=%d", n), nil)
	}
	for _, query := range []string{"?find=number+9951", "?find=nobody", "?only=open", "?view=submit"} {
		p.ask("look", http.MethodGet, query, nil)
	}
}

func (p *pageVisit) decide() {
	p.b.Helper()
	no := func(i int) string { return fmt.Sprint(i*everyNth + 1) }
	for i := range pageOneByOne {
		p.ask("decide", http.MethodPost, "", url.Values{"form": {p.form}, "do": {"decide"}, "v-" + no(i): {"keep"}, "s-" + no(i): {"4"}})
	}
	for i := pageOneByOne; i < pageLines; i += pageBulk {
		form := url.Values{"form": {p.form}, "do": {"bulk"}, "bulk-verdict": {"keep"}, "bulk-why": {"my team"}}
		for j := i; j < min(i+pageBulk, pageLines); j++ {
			form.Add("line", no(j))
		}
		p.ask("bulk", http.MethodPost, "", form)
	}
	if said := p.ask("submit", http.MethodPost, "", url.Values{"form": {p.form}, "do": {"submit"}}); !strings.Contains(said, `"left":0`) {
		p.b.Fatalf("not everything is decided: %s", said)
	}
	p.ask("submit", http.MethodGet, "", nil)
}
