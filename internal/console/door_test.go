package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

func TestTheReviewerSeesTheirLinesAndNobodyElses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seenAt := time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)
	r := w.review("2026-Q4",
		w.line(1, func(l *domain.ReviewLine) { l.Seen, l.SeenAt = domain.Yes, seenAt }),
		w.line(2, privileged, func(l *domain.ReviewLine) {
			l.Seen, l.SeenAt, l.Hints, l.Suggest = domain.No, seenAt, []domain.ReviewHint{domain.HintLeft, domain.HintAdmins}, domain.ReviewRemove
		}),
		w.line(3, func(l *domain.ReviewLine) { l.Name = `<script>alert("x")</script>` }),
		w.line(4, func(l *domain.ReviewLine) { l.Reviewer = w.ids["gil"] }))
	got := w.browser().get(w.link("eli", r))
	require.Equal(t, http.StatusOK, got.status)
	for _, want := range []string{"Access review of apollo, 2026-Q4", "Eli (eli@example.com)", "0 of 3 decided", "user1@example.com", "used on 2026-11-03", "not since 2026-11-03",
		"the app does not show it", "HR says this person left", "there are more admins than the policy wants", "suggested: <b>remove</b>", "may administer", "&lt;script&gt;alert"} {
		require.Contains(t, got.body, want)
	}
	require.NotContains(t, got.body, "user4@example.com")
	require.NotContains(t, got.body, "<script>alert")
	require.Equal(t, "no-referrer", got.header.Get("Referrer-Policy"))
	require.Equal(t, "DENY", got.header.Get("X-Frame-Options"))
	require.Equal(t, "no-store", got.header.Get("Cache-Control"))
	nonce := regexp.MustCompile(`<script nonce="([A-Z2-7]+)">`).FindStringSubmatch(got.body)
	require.NotNil(t, nonce)
	require.Contains(t, got.header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'nonce-"+nonce[1]+"'")
	require.NotRegexp(t, `(src|href)="?https?:`, got.body, "nothing comes from elsewhere")
	cookie := got.header.Get("Set-Cookie")
	require.Contains(t, cookie, "HttpOnly; SameSite=Lax")
	require.Contains(t, cookie, "Path=/reviews/")
}

func TestLookingAtALinkChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.line(1))
	link := w.link("eli", r)
	for range 5 { // Slack's preview, a mail scanner, a browser that fetches ahead
		bot := w.browser()
		require.Equal(t, http.StatusOK, bot.get(link).status)
		require.Equal(t, http.StatusOK, bot.get(link+"?view=submit").status)
		require.Equal(t, http.StatusOK, bot.do(http.MethodHead, link, nil, "").status)
		require.Equal(t, http.StatusNotFound, bot.do(http.MethodPut, link, nil, "").status)
	}
	require.Empty(t, w.history(r.ID, 1))
	require.Equal(t, link, w.link("eli", r), "the link is still the same, and good")
	b := w.browser()
	require.Equal(t, http.StatusSeeOther, b.post(link, map[string]string{"do": "decide", "v-1": "keep"}, "text/html").status)
	require.Equal(t, domain.ReviewKeep, w.lineNow(r.ID, 1).Verdict)
}

func TestAWrongLinkIsOneAndTheSameAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, other := w.review("2026-Q4", w.line(1), w.line(2, func(l *domain.ReviewLine) { l.Reviewer = w.ids["gil"] })), w.review("2027-Q1", w.line(1))
	good, elsewhere, gils := w.link("eli", r), w.link("eli", other), w.link("gil", r)
	require.NotEqual(t, good, elsewhere)
	base, token, _ := strings.Cut(good, desk.ReviewPath)
	_, second, _ := strings.Cut(elsewhere, desk.ReviewPath)
	_, third, _ := strings.Cut(gils, desk.ReviewPath)
	at := base + desk.ReviewPath
	gil := w.person("gil")
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Departure: &domain.Departure{Run: "off:1", Person: gil.ID, At: morning}}))
	nonce := regexp.MustCompile(`nonce="[A-Z2-7]+"`)
	var answers []string
	for _, address := range []string{at + "made-up", at + token[:77], at + token[:26] + second[26:], at + second[:26] + token[26:], at + strings.Repeat("a", 78), at + token[:77] + "%00",
		gils, gils, at + third[:26] + token[26:], base + "/reviews/", at + token + "/more"} {
		got := w.browser().get(address)
		require.Equal(t, http.StatusNotFound, got.status)
		answers = append(answers, nonce.ReplaceAllString(got.body, ""))
	}
	for _, a := range answers {
		require.Equal(t, answers[0], a)
	}
	require.NotContains(t, answers[0], "apollo")
	require.Equal(t, []string{domain.RefusedLeft}, w.refusals("gil"), "whoever left has no link; written down once, however often it is tried")
	noted, err := w.st.Audit(t.Context(), store.AuditFilter{Kind: domain.EventRefused, Actor: domain.UnknownActor, Limit: 10})
	require.NoError(t, err)
	require.Len(t, noted, 1, "written down once in a while, however many come")
	require.Equal(t, "page", noted[0].Entry.Event.Facts["door"])
	require.Empty(t, w.link("gil", r))
	require.Equal(t, http.StatusOK, w.browser().get(good).status)
}

func TestALinkIsNeitherKeptNorLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.line(1))
	link := w.link("eli", r)
	b := w.browser()
	b.post(link, map[string]string{"do": "decide", "v-1": "keep"}, asJSON)
	b.post(link, map[string]string{"do": "submit"}, asJSON)
	b.get(link[:len(link)-1] + "x")
	_, token, _ := strings.Cut(link, desk.ReviewPath)
	require.NotContains(t, w.log.String(), token[26:])
	require.NotContains(t, w.log.String(), "eli@example.com")
	rows, err := w.pool.Query(t.Context(), "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
	require.NoError(t, err)
	var tables []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	require.Greater(t, len(tables), 20)
	for _, table := range tables {
		var n int
		require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT count(*) FROM "`+table+`" x WHERE x::text LIKE $1`, "%"+token[26:60]+"%").Scan(&n))
		require.Zero(t, n, table)
	}
}

func TestFormsComeFromThePageOfTheLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, other := w.review("2026-Q4", w.line(1)), w.review("2027-Q1", w.line(1))
	link, elsewhere := w.link("eli", r), w.link("eli", other)
	b := w.browser()
	good, foreign := b.token(link), b.token(elsewhere)
	decide := func(form string) url.Values { return url.Values{"do": {"decide"}, "v-1": {"remove"}, "form": {form}} }
	for name, try := range map[string]func() seen{
		"without the token":      func() seen { return b.do(http.MethodPost, link, decide(""), asJSON) },
		"another link's token":   func() seen { return b.do(http.MethodPost, link, decide(foreign), asJSON) },
		"another browser":        func() seen { return w.browser().do(http.MethodPost, link, decide(good), asJSON) },
		"another browser's page": func() seen { o := w.browser(); o.get(link); return o.do(http.MethodPost, link, decide(good), asJSON) },
	} {
		got := try()
		require.Equal(t, http.StatusConflict, got.status, name)
		require.Contains(t, got.body, "load the page again", name)
	}
	require.Empty(t, w.history(r.ID, 1))
	require.Len(t, w.refusals("eli"), 4)
	require.Equal(t, http.StatusOK, b.do(http.MethodPost, link, decide(good), asJSON).status)
	require.Equal(t, domain.ReviewRemove, w.lineNow(r.ID, 1).Verdict)
}

func TestALinkIsUsedUpBySubmittingEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.line(1), w.line(2))
	link, b := w.link("eli", r), w.browser()
	b.post(link, map[string]string{"do": "decide", "v-1": "remove", "why-1": "moved on"}, asJSON)
	got := b.post(link, map[string]string{"do": "submit"}, asJSON)
	require.JSONEq(t, `{"applied":0,"left":1}`, got.body, "what still waits keeps the link good")
	require.Contains(t, b.get(link+"?view=submit").body, "1 of 2 lines still wait for you")
	b.post(link, map[string]string{"do": "decide", "v-2": "keep"}, asJSON)
	require.Contains(t, b.get(link+"?view=submit").body, `<li><b>1</b> keep</li><li><b>0</b> change role</li><li><b>1</b> remove</li>`)
	stale := b.token(link)
	require.Equal(t, http.StatusSeeOther, b.post(link, map[string]string{"do": "submit"}, "text/html").status)

	after := b.get(link)
	require.Equal(t, http.StatusOK, after.status)
	for _, want := range []string{"Thank you. You submitted this on", "/handover reviews", "user1@example.com", "remove", "2 of 2 decided"} {
		require.Contains(t, after.body, want)
	}
	for _, not := range []string{"<select name=\"v-", "<script", "data-may", "type=\"checkbox\""} {
		require.NotContains(t, after.body, not)
	}
	again := b.do(http.MethodPost, link, url.Values{"do": {"decide"}, "v-1": {"keep"}, "form": {stale}}, asJSON)
	require.Equal(t, http.StatusConflict, again.status)
	require.Contains(t, again.body, "you submitted everything with this link")
	require.Equal(t, []string{domain.RefusedSettled}, w.refusals("eli"))
	require.Equal(t, domain.ReviewRemove, w.lineNow(r.ID, 1).Verdict)

	fresh := w.link("eli", r)
	require.NotEqual(t, link, fresh)
	require.Contains(t, b.get(fresh).body, `name="v-1"`, "with a new link they may change their mind while it waits")
	require.Contains(t, b.get(link).body, "Thank you", "the old one stays used")
}

func TestALinkEndsWithItsReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.line(1))
	link, b := w.link("eli", r), w.browser()
	form := b.token(link)
	w.move(r.ID, domain.ReviewDeciding, domain.ReviewExceptions)
	got := b.get(link)
	require.Equal(t, http.StatusGone, got.status)
	require.NotContains(t, got.body, "user1")
	require.Equal(t, http.StatusGone, b.do(http.MethodPost, link, url.Values{"do": {"decide"}, "v-1": {"keep"}, "form": {form}}, asJSON).status)
	require.Empty(t, w.history(r.ID, 1))
}

func TestBrowsersAreToldToSendTheCookieOverTLSAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.line(1))
	_, token, _ := strings.Cut(w.link("eli", r), desk.ReviewPath)
	w.desk.PublicURL = "https://handover.example.com/"
	require.Equal(t, "https://handover.example.com/reviews/"+token, w.link("eli", r))
	require.Contains(t, w.handled("/reviews/"+token).Get("Set-Cookie"), "Secure")
}
