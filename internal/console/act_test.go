package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
)

// answer is what the script hears.
type answer struct {
	Applied int
	Refused map[int]string
	Left    int
	Error   string
}

func (s seen) answer(t *testing.T) answer {
	t.Helper()
	var a answer
	require.NoError(t, json.Unmarshal([]byte(s.body), &a), s.body)
	return a
}

func TestDecidingWithoutAScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.line(1), w.line(2), w.line(3), w.line(4, privileged), w.line(5, privileged))
	link, b := w.link("eli", r), w.browser()
	got := b.post(link+"?only=open", map[string]string{"do": "decide", "v-1": "keep", "v-2": "remove", "why-2": " gone since May ", "v-3": "change_role", "role-3": "viewer", "role-1": "admin",
		"v-4": "keep", "v-5": "keep", "why-5": "runs the integrations"}, "text/html")
	require.Equal(t, http.StatusUnprocessableEntity, got.status)
	for _, want := range []string{"4 decisions were kept, 1 were not", "say why this person keeps rights to administer", "4 of 5 decided"} {
		require.Contains(t, got.body, want)
	}
	for no, want := range map[int]domain.ReviewDecision{1: {Verdict: domain.ReviewKeep}, 2: {Verdict: domain.ReviewRemove, Reason: "gone since May"},
		3: {Verdict: domain.ReviewChange, Role: "viewer"}, 5: {Verdict: domain.ReviewKeep, Reason: "runs the integrations"}} {
		h := w.history(r.ID, no)
		require.Len(t, h, 1)
		require.Equal(t, []any{want.Verdict, want.Role, want.Reason, w.ids["eli"], desk.ChannelPage, false, -1},
			[]any{h[0].Verdict, h[0].Role, h[0].Reason, h[0].By, h[0].Channel, h[0].Bulk, h[0].Seconds}, "line %d", no)
	}
	require.Empty(t, w.history(r.ID, 4))
	require.Equal(t, []string{domain.RefusedReason}, w.refusals("eli"))
	got = b.post(link+"?only=open", map[string]string{"do": "decide", "v-4": "remove"}, "text/html")
	require.Equal(t, http.StatusSeeOther, got.status)
	require.Equal(t, "?only=open", got.header.Get("Location")[len(got.header.Get("Location"))-10:])
	require.Contains(t, b.get(link).body, "5 of 5 decided")
}

func TestDecidingInBulk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.line(1), w.line(2), w.line(3, privileged))
	link, b := w.link("eli", r), w.browser()
	bulk := func(form url.Values) seen {
		form.Set("form", b.token(link))
		form.Set("do", "bulk")
		return b.do(http.MethodPost, link, form, asJSON)
	}
	for why, form := range map[string]url.Values{
		"say why: one reason":               {"bulk-verdict": {"keep"}, "line": {"1", "2"}},
		"tick the lines":                    {"bulk-verdict": {"keep"}, "bulk-why": {"team"}},
		"several lines at once are kept or": {"bulk-verdict": {"change_role"}, "bulk-why": {"team"}, "line": {"1"}},
	} {
		got := bulk(form)
		require.Equal(t, http.StatusUnprocessableEntity, got.status)
		require.Contains(t, got.body, why)
	}
	a := bulk(url.Values{"bulk-verdict": {"keep"}, "bulk-why": {"my team, all at work"}, "line": {"1", "2", "3"}, "s-1": {"7"}, "s-2": {"junk"}}).answer(t)
	require.Equal(t, 2, a.Applied)
	require.Equal(t, 1, a.Left)
	require.Contains(t, a.Refused[3], "in bulk")
	for no, seconds := range map[int]int{1: 7, 2: -1} {
		h := w.history(r.ID, no)
		require.Len(t, h, 1)
		require.True(t, h[0].Bulk)
		require.Equal(t, "my team, all at work", h[0].Reason)
		require.Equal(t, seconds, h[0].Seconds)
	}
	require.Empty(t, w.history(r.ID, 3))
}

func TestOnlyOnesOwnLinesAreDecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.line(1), w.line(2, func(l *domain.ReviewLine) { l.Reviewer = w.ids["gil"] }),
		w.line(3, func(l *domain.ReviewLine) { l.Person, l.Email = w.ids["eli"], "eli@example.com" }))
	link, b := w.link("eli", r), w.browser()
	require.NotContains(t, b.get(link).body, `data-no="3"`, "nobody has their own access before them")
	for _, fields := range []map[string]string{{"do": "decide", "v-2": "keep"}, {"do": "decide", "v-3": "keep"}, {"do": "decide", "v-2": "confirm"}, {"do": "decide", "v-99": "keep"}, {"do": "decide", "v-1": "promote"}} {
		a := b.post(link, fields, asJSON).answer(t)
		require.Zero(t, a.Applied, fields)
		require.Len(t, a.Refused, 1, fields)
	}
	require.Equal(t, http.StatusUnprocessableEntity, b.post(link, map[string]string{"do": "decide"}, asJSON).status)
	require.Equal(t, http.StatusBadRequest, b.post(link, map[string]string{"do": "delete"}, asJSON).status)
	for no := 1; no <= 3; no++ {
		require.Empty(t, w.history(r.ID, no))
	}
	require.Len(t, w.refusals("eli"), 5)
}

// absent lets somebody stand in for another.
func (w *world) absent(who, substitute string) {
	w.t.Helper()
	require.NoError(w.t, w.st.AddAbsence(w.t.Context(), domain.Absence{ID: "away-" + who, Person: w.ids[who], Substitute: w.ids[substitute], From: time.Now().Add(-time.Hour),
		Until: time.Now().Add(time.Hour), SetBy: w.ids[who]}, domain.AuditEvent{Key: "away-" + who, Kind: domain.EventAbsenceSet, Actor: w.ids[who], At: time.Now()}))
}

func TestASubstituteHasALinkOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	about := func(name string) func(*domain.ReviewLine) {
		return func(l *domain.ReviewLine) { l.Person, l.Email = w.ids[name], name+"@example.com" }
	}
	r := w.review("2026-Q4", w.line(1), w.line(2, about("gil")))
	require.Empty(t, w.link("gil", r))
	w.absent("eli", "gil")
	link, b := w.link("gil", r), w.browser()
	require.NotEqual(t, w.link("eli", r), link)
	page := b.get(link).body
	require.Contains(t, page, "You decide as <b>Gil (gil@example.com)</b>")
	require.Contains(t, page, "for eli@example.com, who is away")
	require.NotContains(t, page, `data-no="2"`)
	require.Len(t, b.post(link, map[string]string{"do": "decide", "v-2": "keep"}, asJSON).answer(t).Refused, 1, "their own access, not even for somebody else")
	a := b.post(link, map[string]string{"do": "decide", "v-1": "keep", "s-1": "12"}, asJSON).answer(t)
	require.Equal(t, answer{Applied: 1}, a)
	h := w.history(r.ID, 1)
	require.Equal(t, []any{w.ids["gil"], w.ids["eli"], 12}, []any{h[0].By, h[0].ActingFor, h[0].Seconds})
	require.JSONEq(t, `{"applied":0,"left":0}`, b.post(link, map[string]string{"do": "submit"}, asJSON).body)
	require.NotEmpty(t, w.browser().token(w.link("eli", r)), "the absent's own link is another one")
}

func TestTheSecondPersonConfirmsOrSendsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	confirmed := func(l *domain.ReviewLine) { l.Reviewer, l.Second = w.ids["ada"], w.ids["bo"] }
	r := w.review("2026-Q4", w.line(1, confirmed), w.line(2, confirmed, privileged))
	adas, b := w.link("ada", r), w.browser()
	require.Empty(t, w.link("bo", r), "nothing waits for them yet")
	require.Equal(t, answer{Applied: 2}, b.post(adas, map[string]string{"do": "decide", "v-1": "remove", "why-1": "left the team", "v-2": "keep", "why-2": "owner of the app"}, asJSON).answer(t))
	bos, second := w.link("bo", r), w.browser()
	page := second.get(bos).body
	for _, want := range []string{"decided by ada@example.com: “left the team”", "“owner of the app”", "0 of 2 decided", `<option value="confirm">`, "remove: waits for a second person"} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, `<option value="remove">remove</option></select> <input`)
	require.Contains(t, page, `name="n-1" value="1"`)
	require.Contains(t, page, `data-no="2" data-verdict="keep" data-privileged data-second="1"`)
	require.Len(t, b.post(adas, map[string]string{"do": "decide", "v-1": "confirm", "n-1": "1"}, asJSON).answer(t).Refused, 1, "nobody confirms themselves")
	require.Len(t, second.post(bos, map[string]string{"do": "decide", "v-2": "send_back", "n-2": "1"}, asJSON).answer(t).Refused, 1, "sending back needs a reason")
	require.Contains(t, second.post(bos, map[string]string{"do": "decide", "v-1": "confirm"}, asJSON).answer(t).Refused[1], "which decision you looked at")
	require.Equal(t, answer{Applied: 1, Left: 0}, b.post(adas, map[string]string{"do": "decide", "v-2": "keep", "why-2": "owner of the app, with a deputy"}, asJSON).answer(t))
	require.Contains(t, second.post(bos, map[string]string{"do": "decide", "v-2": "confirm", "n-2": "1"}, asJSON).answer(t).Refused[2], "changed meanwhile", "the page shows an earlier one")
	require.Contains(t, second.get(bos).body, `name="n-2" value="2"`)
	require.Equal(t, answer{Applied: 2}, second.post(bos, map[string]string{"do": "decide", "v-1": "confirm", "n-1": "1", "v-2": "send_back", "n-2": "2", "why-2": "not any more"}, asJSON).answer(t))
	require.Equal(t, domain.LineDecided, w.lineNow(r.ID, 1).State)
	require.Equal(t, domain.LineOpen, w.lineNow(r.ID, 2).State)
	h := w.history(r.ID, 1)
	require.Equal(t, []any{domain.ReviewRemove, true, w.ids["bo"]}, []any{h[1].Verdict, h[1].Confirms, h[1].By})
	page = b.get(adas).body
	require.Contains(t, page, "sent back: decide again")
	require.Contains(t, page, "decided by bo@example.com: “not any more”")
}

func TestLinesAreGivenToSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.review("2026-Q4", w.line(1), w.line(2))
	link, b := w.link("eli", r), w.browser()
	give := map[string]string{"do": "reassign", "line": "2", "to": "gil@example.com"}
	require.Equal(t, http.StatusConflict, b.post(link, give, asJSON).status, "a reason is needed")
	give["to-why"] = "moved to Gil's team"
	require.Equal(t, answer{Applied: 1, Left: 1}, b.post(link, give, asJSON).answer(t))
	require.Equal(t, w.ids["gil"], w.lineNow(r.ID, 2).Reviewer)
	require.NotContains(t, b.get(link).body, `data-no="2"`)
	require.Contains(t, w.browser().get(w.link("gil", r)).body, "user2@example.com")
}

func TestManyLinesAreShownInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var lines []domain.ReviewLine
	for no := 1; no <= 450; no++ {
		lines = append(lines, w.line(no, func(l *domain.ReviewLine) {
			if no%100 == 0 {
				privileged(l)
			}
		}))
	}
	r := w.review("2026-Q4", lines...)
	link, b := w.link("eli", r), w.browser()
	first, last := b.get(link).body, b.get(link+"?page=99").body
	require.Contains(t, first, `data-no="200"`)
	require.NotContains(t, first, `data-no="201"`)
	require.Contains(t, first, "450 lines, page 1 of 3")
	require.Contains(t, last, `data-no="450"`)
	require.NotContains(t, last, `id="after"`)
	for ask, want := range map[string]string{"?find=user449": "1 lines", "?only=privileged": "4 lines", "?find=nobody": "No line is like that", "?only=open&page=2": "page 2 of 3"} {
		require.Contains(t, b.get(link+ask).body, want, ask)
	}
	require.Equal(t, answer{Applied: 2, Left: 448}, b.post(link+"?page=3", map[string]string{"do": "decide", "v-401": "keep", "v-402": "keep"}, asJSON).answer(t))
	require.Contains(t, b.get(link+"?only=open&find="+url.QueryEscape(fmt.Sprint("user", 401))).body, "No line is like that")
}
