package hr

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

func TestAnEventOfOursIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	a := w.post("msg_1", ending)
	require.Equal(t, http.StatusAccepted, a.status, a.body)
	require.Equal(t, answer{ID: "msg_1"}, a.answer)
	rows := w.kept()
	require.Len(t, rows, 1)
	require.Equal(t, domain.HREvent{ID: "msg_1", Source: "hr", Type: domain.HREnding, Employment: "emp-8123", Email: "dana@example.com", Name: "Dana Reyes",
		Manager: "eli@example.com", Department: "Sales", Title: "AE", Location: "Berlin", Kind: "employee", OccurredAt: testNow.Add(-3 * 60e9),
		LastMoment: &domain.LastMoment{Local: "2026-12-18T17:30:00", Zone: "Europe/Berlin"}, Reason: "resigned"}, rows[0].Event)
	require.Empty(t, w.refusals())
	require.NotContains(t, w.log.String(), "dana@example.com")
}

func TestRepeatsAreKnownByTheirID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	require.False(t, w.post("msg_1", ending).answer.Duplicate)
	again := w.post("msg_1", ending)
	require.Equal(t, http.StatusAccepted, again.status)
	require.True(t, again.answer.Duplicate)
	other := w.send("/hooks/hr", ending, signStandard(whsec, "msg_1", testNow.Add(-4*time.Minute), ending)...)
	require.True(t, other.answer.Duplicate, "the time changes with each attempt")
	require.False(t, w.post("msg_2", ending).answer.Duplicate)
	require.Len(t, w.kept(), 2)
}

func TestWhatIsTurnedAwayAtTheDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]*domain.HRSource{"silent": {Secret: "SILENT"}}, map[string]domain.Secret{"SILENT": ""})
	sign := func(body string) []string { return signStandard(whsec, "msg", testNow, body) }
	big := `{"reason":"` + strings.Repeat("x", maxBody) + `"}`
	for name, c := range map[string]struct {
		path, body string
		header     []string
		status     int
		code       string
	}{
		"unsigned":          {"/hooks/hr", ending, nil, 401, codeForged},
		"forged":            {"/hooks/hr", ending, signStandard(second, "msg", testNow, ending), 401, codeForged},
		"stale":             {"/hooks/hr", ending, signStandard(whsec, "msg", testNow.Add(-time.Hour), ending), 401, codeStale},
		"from the future":   {"/hooks/hr", ending, signStandard(whsec, "msg", testNow.Add(time.Hour), ending), 401, codeStale},
		"oversized":         {"/hooks/hr", big, sign(big), 413, codeTooLarge},
		"form encoded":      {"/hooks/hr", ending, append(sign(ending), "Content-Type", "application/x-www-form-urlencoded"), 415, codeType},
		"plain text":        {"/hooks/hr", ending, append(sign(ending), "Content-Type", "text/plain"), 415, codeType},
		"cut off":           {"/hooks/hr", ending[:50], sign(ending[:50]), 400, codeMalformed},
		"two documents":     {"/hooks/hr", "{}{}", sign("{}{}"), 400, codeMalformed},
		"no UTF-8":          {"/hooks/hr", "{\"email\":\"\xff\"}", sign("{\"email\":\"\xff\"}"), 400, codeMalformed},
		"a member twice":    {"/hooks/hr", `{"email":"a@example.com","email":"b@example.com"}`, sign(`{"email":"a@example.com","email":"b@example.com"}`), 400, codeMalformed},
		"deep":              {"/hooks/hr", strings.Repeat("[", 10_000), sign(strings.Repeat("[", 10_000)), 400, codeMalformed},
		"a list":            {"/hooks/hr", "[]", sign("[]"), 400, codeMalformed},
		"empty":             {"/hooks/hr", "", sign(""), 400, codeMalformed},
		"unmapped":          {"/hooks/hr", with(map[string]any{"type": "employment.paused"}), sign(with(map[string]any{"type": "employment.paused"})), 422, codeUnmapped},
		"no such source":    {"/hooks/hr/nobody", ending, sign(ending), 404, "unknown"},
		"no secret":         {"/hooks/hr/silent", ending, sign(ending), 404, "unknown"},
		"no such address":   {"/hooks/hr/a/b", ending, sign(ending), 404, "unknown"},
		"a name of a path":  {"/hooks/hr/%2e%2e", ending, sign(ending), 404, "unknown"},
		"a huge id":         {"/hooks/hr", ending, signStandard(whsec, strings.Repeat("x", 600), testNow, ending), 422, codeInvalid},
		"JSON by extension": {"/hooks/hr", ending, append(sign(ending), "Content-Type", "application/cloudevents+json; charset=utf-8"), 202, ""},
	} {
		a := w.send(c.path, c.body, c.header...)
		require.Equal(t, c.status, a.status, "%s: %s", name, a.body)
		if c.status >= 400 {
			require.Equal(t, "urn:handover:problem:hr-"+c.code, a.problem.Type, name)
		}
		require.Equal(t, a.status == 401, a.header.Get("WWW-Authenticate") != "", name)
	}
	require.Len(t, w.kept(), 1)
	w.Wait()
	found := w.refusals()
	require.Equal(t, 7, found[codeMalformed])
	require.Equal(t, 1, found[codeUnmapped])
	require.Equal(t, 1, found[codeInvalid])
	require.Equal(t, 2, found[codeType])
	for _, rare := range []string{codeForged, codeStale} {
		require.Equal(t, 2, found[rare], "the first at once, the others together")
	}
	require.Equal(t, 1, found[codeTooLarge])
}

func TestOnlyPostIsHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	for _, path := range []string{"/hooks/hr", "/hooks/hr/any"} {
		rec := httptest.NewRecorder()
		w.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		require.Equal(t, http.StatusMethodNotAllowed, rec.Code)
		require.Equal(t, "application/problem+json", rec.Header().Get("Content-Type"))
	}
}

func TestNobodyFloodsTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]*domain.HRSource{"other": {Secret: "OTHER"}}, map[string]domain.Secret{"OTHER": second})
	for range 200 {
		require.Equal(t, 401, w.send("/hooks/hr", ending).status)
		require.Equal(t, 401, w.send("/hooks/hr/other", ending).status)
	}
	require.Equal(t, 2, w.refusals()[codeForged], "one for each source")
	w.Wait()
	require.Equal(t, 4, w.refusals()[codeForged], "and the others together")
	rows, err := w.st.Audit(t.Context(), store.AuditFilter{Kind: domain.EventRefused})
	require.NoError(t, err)
	counts := map[string]int{}
	for _, r := range rows {
		n, err := strconv.Atoi(r.Entry.Event.Facts["count"])
		require.NoError(t, err)
		counts[r.Entry.Event.Facts["door"]] += n
	}
	require.Equal(t, map[string]int{"hr": 200, "hr/other": 200}, counts)
}

func TestFieldsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	for name, c := range map[string]struct {
		changes map[string]any
		says    string
	}{
		"no email":               {map[string]any{"email": nil}, "email is missing"},
		"no address":             {map[string]any{"email": "dana"}, "email is missing, or no address"},
		"no employment":          {map[string]any{"employment_id": nil}, "employment_id is missing"},
		"no time of HR":          {map[string]any{"occurred_at": nil}, "occurred_at is missing"},
		"time without an offset": {map[string]any{"occurred_at": "2026-11-20T09:12:00"}, "occurred_at: "},
		"time in the future":     {map[string]any{"occurred_at": "2026-11-20T10:12:00Z"}, "occurred_at lies in the future"},
		"no last moment":         {map[string]any{"last_moment": nil}, "last_moment is missing"},
		"moment with an offset":  {map[string]any{"last_moment": "2026-12-18T17:30:00+01:00"}, "last_moment: "},
		"moment in words":        {map[string]any{"last_moment": "Friday"}, "last_moment: "},
		"no such day":            {map[string]any{"last_moment": "2026-02-30T17:30:00"}, "last_moment: "},
		"long past":              {map[string]any{"last_moment": "2026-11-01T17:30:00"}, "more than seven days back"},
		"ten years ahead":        {map[string]any{"last_moment": "2036-11-01T17:30:00"}, "more than two years ahead"},
		"no zone of the world":   {map[string]any{"time_zone": "Mars/Olympus"}, "time_zone: "},
		"an offset as zone":      {map[string]any{"time_zone": "+01:00"}, "time_zone: "},
		"own manager":            {map[string]any{"manager_email": "DANA@example.com"}, "manager_email is the person's own"},
		"number as email":        {map[string]any{"email": 7}, "email is of the wrong type"},
		"object as name":         {map[string]any{"name": map[string]any{"first": "Dana"}}, "name is of the wrong type"},
		"list as type":           {map[string]any{"type": []string{"employment.ending"}}, "type is of the wrong type"},
		"text as flag":           {map[string]any{"confidential": "true"}, "confidential is a text"},
		"flag as text":           {map[string]any{"reason": true}, "reason is true or false"},
		"number as flag":         {map[string]any{"on_leave": 1}, "on_leave is of the wrong type"},
		"zero byte":              {map[string]any{"name": "Da\x00na"}, "name is longer"},
		"long text":              {map[string]any{"reason": strings.Repeat("x", 501)}, "reason is longer"},
		"no start":               {map[string]any{"type": "employment.starting"}, "start_date is no date"},
		"start in words":         {map[string]any{"type": "employment.starting", "start_date": "soon"}, "start_date: "},
	} {
		a := w.post("msg "+name, with(c.changes))
		require.Equal(t, http.StatusUnprocessableEntity, a.status, name)
		require.Contains(t, a.problem.Detail, c.says, name)
	}
	require.Empty(t, w.kept())
	require.Equal(t, 25, w.refusals()[codeInvalid])
}

func TestWhatOurFormLeavesAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	for name, c := range map[string]struct {
		changes map[string]any
		want    func(*domain.HREvent)
	}{
		"members that are not known":   {map[string]any{"company": map[string]any{"id": 1}, "Email": "other@example.com"}, func(*domain.HREvent) {}},
		"null is nothing":              {map[string]any{"on_leave": json.RawMessage("null"), "title": json.RawMessage("null")}, func(e *domain.HREvent) { e.Title = "" }},
		"no id, source or right to it": {map[string]any{"id": "mine", "source": "other", "cut_now": true}, func(*domain.HREvent) {}},
		"a date alone ends at 23:59":   {map[string]any{"last_moment": "2026-12-18"}, func(e *domain.HREvent) { e.LastMoment.Local = "2026-12-18T23:59:00" }},
		"midnight is midnight":         {map[string]any{"last_moment": "2026-12-18T00:00"}, func(e *domain.HREvent) { e.LastMoment.Local = "2026-12-18T00:00:00" }},
		"the company's zone":           {map[string]any{"time_zone": nil}, func(*domain.HREvent) {}},
		"on leave":                     {map[string]any{"on_leave": true}, func(e *domain.HREvent) { yes := true; e.OnLeave = &yes }},
	} {
		a := w.post(name, with(c.changes))
		require.Equal(t, http.StatusAccepted, a.status, "%s: %s", name, a.body)
		var want domain.HREvent
		for _, r := range w.kept() {
			if r.Event.ID == name {
				want = r.Event
			}
		}
		base := w.sources["hr"].ours(must(parseJSON([]byte(ending))), delivery{id: name, now: testNow})[0].event
		c.want(&base)
		require.Equal(t, base, want, name)
	}
}

func must(v any, err error) any {
	if err != nil {
		panic(err)
	}
	return v
}

func TestNothingThatWasSentComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]*domain.HRSource{"mapped": mappedSource()}, nil)
	const canary = "CANARY7f3"
	fields := []string{"type", "employment_id", "email", "name", "manager_email", "department", "title", "location", "employment_type", "occurred_at", "last_moment", "time_zone",
		"start_date", "on_leave", "confidential", "reason"}
	for i, name := range fields {
		long := canary + strings.Repeat("x", 600)
		for j, v := range []any{canary, long, []string{canary}, map[string]any{canary: canary}} {
			a := w.post(fmt.Sprint("msg", i, "-", j), with(map[string]any{name: v}))
			require.NotContains(t, a.body, canary, name)
		}
	}
	for _, body := range []string{`{"event":"` + canary + `"}`, `{"event":"left","data":"` + canary + `"}`, `{"` + canary + `":1,"` + canary + `":2}`, canary} {
		header := []string{"X-Sign", keyedSign(body)}
		a := w.send("/hooks/hr/mapped", body, header...)
		require.GreaterOrEqual(t, a.status, 400)
		require.NotContains(t, a.body, canary)
		require.NotContains(t, w.send("/hooks/hr/mapped", body, "X-Sign", canary).body, canary)
	}
	w.Wait()
	require.NotContains(t, w.log.String(), canary)
	rows, err := w.st.Audit(t.Context(), store.AuditFilter{Limit: 5000})
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	require.NotContains(t, fmt.Sprint(rows), canary)
}

func TestWhatCannotBeKeptIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, nil)
	require.NoError(t, w.st.Close())
	a := w.post("msg", ending)
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.NotEmpty(t, a.header.Get("Retry-After"))
	require.NotContains(t, w.log.String(), "dana@example.com")
}
