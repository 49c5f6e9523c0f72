package console_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/console"
	"handover/internal/desk"
	"handover/internal/pgtest"
	"handover/internal/store"
)

var morning = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// safeLog is read while somebody may still write.
type safeLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// world is the pages over a real desk and store.
type world struct {
	t      testing.TB
	desk   *desk.Desk
	st     *store.Store
	pool   *pgxpool.Pool
	policy *domain.Policy
	url    string
	log    *safeLog
	ids    map[string]domain.PersonID
	away   atomic.Bool // the server cannot be reached
}

// The cast: eli reviews, ada gives access and is confirmed by bo, dana and the
// others are reviewed, aud audits, gil has nothing to do with it.
func newWorld(t testing.TB) *world {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), pgtest.Database(t))
	require.NoError(t, err)
	db := stdlib.OpenDBFromPool(pool)
	w := &world{t: t, pool: pool, log: &safeLog{}, ids: map[string]domain.PersonID{}}
	w.st = store.Open(db, db, store.Options{Now: time.Now, OnClose: pool.Close})
	t.Cleanup(func() { _ = w.st.Close() })
	require.NoError(t, w.st.Migrate(t.Context()))
	w.policy = &domain.Policy{Version: 1, Hash: "h1", Company: domain.CompanyPolicy{Name: "Example", TimeZone: "Europe/Berlin"},
		Apps: map[domain.AppID]*domain.AppPolicy{"apollo": {Kind: domain.KindApolloIO, Owner: "ada@example.com"}}}
	for name, roles := range map[string][]domain.Role{"ada": {domain.RoleAdmin}, "aud": {domain.RoleAuditor}, "eli": nil, "bo": nil, "gil": nil, "dana": nil} {
		w.policy.People = append(w.policy.People, domain.PersonPolicy{Email: name + "@example.com", Name: strings.ToUpper(name[:1]) + name[1:], Roles: roles})
	}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	server := httptest.NewUnstartedServer(nil)
	w.url = "http://" + server.Listener.Addr().String()
	w.desk = &desk.Desk{Store: w.st, Policy: func() *domain.Policy { return w.policy }, Now: time.Now, Log: log, PublicURL: w.url}
	require.NoError(t, w.desk.SyncPeople(t.Context(), w.policy))
	for _, p := range w.policy.People {
		w.ids[strings.ToLower(p.Name)] = w.person(strings.ToLower(p.Name)).ID
	}
	pages := console.Handler(w.desk, log)
	server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.away.Load() {
			http.Error(rw, "a proxy says that nobody is there", http.StatusServiceUnavailable)
			return
		}
		pages.ServeHTTP(rw, r)
	})
	server.Start()
	t.Cleanup(server.Close)
	return w
}

func (w *world) person(name string) domain.Person {
	w.t.Helper()
	p, err := w.st.PersonByEmail(w.t.Context(), name+"@example.com")
	require.NoError(w.t, err)
	return p
}

var roles = []domain.AppRole{{Key: "admin", Name: "Admin", Admin: domain.Yes}, {Key: "member", Name: "Member", Admin: domain.No}, {Key: "viewer", Name: "Viewer", Admin: domain.No}}

// line is an ordinary line that eli reviews.
func (w *world) line(no int, change ...func(*domain.ReviewLine)) domain.ReviewLine {
	l := domain.ReviewLine{No: no, Account: domain.AccountID(fmt.Sprintf("acc-%d", no)), Email: fmt.Sprintf("user%d@example.com", no), Name: fmt.Sprintf("User %d", no),
		Role: "member", RoleName: "Member", Seat: "full", Active: domain.Yes, Admin: domain.No, Seen: domain.Unknown, Reviewer: w.ids["eli"],
		Because: domain.BecauseManager, State: domain.LineOpen}
	for _, c := range change {
		c(&l)
	}
	return l
}

func privileged(l *domain.ReviewLine) {
	l.Privileged, l.Admin, l.Role, l.RoleName = true, domain.Yes, "admin", "Admin"
}

// review opens a review with lines.
func (w *world) review(period string, lines ...domain.ReviewLine) domain.Review {
	w.t.Helper()
	ctx := w.t.Context()
	r := domain.Review{App: "apollo", Period: period, State: domain.ReviewCollecting, Requester: domain.SystemActor, StartedAt: morning,
		Settings: domain.ReviewSettings{Roles: roles, Owner: w.ids["ada"], Second: w.ids["bo"], Provision: []domain.PersonID{w.ids["ada"]}, Silence: domain.SilenceKeep}}
	run, _, err := w.st.CreateRun(ctx, domain.Run{ID: "access-review:apollo:" + period, Kind: domain.RunReview, Apps: []domain.AppID{"apollo"}, StartedAt: morning},
		func(domain.Run) (store.RunStart, error) { return store.RunStart{Input: []byte("{}"), Review: &r}, nil })
	require.NoError(w.t, err)
	require.NoError(w.t, w.st.AddReviewLines(ctx, run.ID, lines))
	return w.move(run.ID, domain.ReviewCollecting, domain.ReviewDeciding)
}

func (w *world) move(id string, from, to domain.ReviewState) domain.Review {
	w.t.Helper()
	r, err := w.st.MoveReview(w.t.Context(), id, domain.ReviewMove{From: []domain.ReviewState{from}, To: to, OpenedAt: morning, DueAt: morning.AddDate(0, 0, 14), ClosedAt: morning},
		domain.Entry{Run: id})
	require.NoError(w.t, err)
	return r
}

func (w *world) link(name string, r domain.Review) string {
	w.t.Helper()
	link, err := w.desk.ReviewLinkFor(w.t.Context(), w.person(name), r)
	require.NoError(w.t, err)
	return link
}

func (w *world) lineNow(id string, no int) domain.ReviewLine {
	w.t.Helper()
	lines, err := w.st.ReviewLines(w.t.Context(), domain.ReviewFilter{Review: id, After: no - 1, Limit: 1})
	require.NoError(w.t, err)
	require.Len(w.t, lines, 1)
	return lines[0]
}

func (w *world) history(id string, no int) []domain.ReviewDecision {
	w.t.Helper()
	found, err := w.st.ReviewDecisions(w.t.Context(), id, no)
	require.NoError(w.t, err)
	return found
}

// refusals are the codes of what somebody was refused.
func (w *world) refusals(name string) []string {
	w.t.Helper()
	lines, err := w.st.Audit(w.t.Context(), store.AuditFilter{Kind: domain.EventRefused, Actor: w.ids[name], Limit: 100})
	require.NoError(w.t, err)
	var codes []string
	for _, l := range lines {
		codes = append(codes, l.Entry.Event.Facts["code"])
	}
	return codes
}

// visitor is one person's browser without a script.
type visitor struct {
	w    *world
	http *http.Client
}

func (w *world) browser() *visitor {
	jar, err := cookiejar.New(nil)
	require.NoError(w.t, err)
	return &visitor{w: w, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// seen is an answer.
type seen struct {
	status int
	header http.Header
	body   string
}

func (b *visitor) do(method, address string, form url.Values, accept string) seen {
	b.w.t.Helper()
	req, err := http.NewRequestWithContext(b.w.t.Context(), method, address, strings.NewReader(form.Encode()))
	require.NoError(b.w.t, err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept", accept)
	resp, err := b.http.Do(req)
	require.NoError(b.w.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(b.w.t, err)
	return seen{resp.StatusCode, resp.Header, string(raw)}
}

func (b *visitor) get(address string) seen { return b.do(http.MethodGet, address, nil, "text/html") }

var formToken = regexp.MustCompile(`name="form" value="([a-z2-7]+)"`)

// token is what the page puts into its forms.
func (b *visitor) token(address string) string {
	b.w.t.Helper()
	m := formToken.FindStringSubmatch(b.get(address).body)
	require.NotNil(b.w.t, m, "the page has no form")
	return m[1]
}

// post sends a form of the page that it loads before.
func (b *visitor) post(address string, fields map[string]string, accept string) seen {
	b.w.t.Helper()
	form := url.Values{"form": {b.token(address)}}
	for k, v := range fields {
		form.Set(k, v)
	}
	return b.do(http.MethodPost, address, form, accept)
}

const asJSON = "application/json"

// handled asks a door that was made with the desk as it is now.
func (w *world) handled(path string) http.Header {
	w.t.Helper()
	rec := httptest.NewRecorder()
	console.Handler(w.desk, w.desk.Log).ServeHTTP(rec, httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, path, nil))
	return rec.Result().Header
}
