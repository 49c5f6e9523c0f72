package okta_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/okta"
	sim "handover/internal/sim/okta"
)

// answering is a world whose org answers one thing to everything.
func answering(t *testing.T, status int, body string, headers ...string) (*okta.App, *safeLog) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			rw.Header().Add(headers[i], headers[i+1])
		}
		rw.WriteHeader(status)
		_, _ = rw.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	w := newWorld(t, sim.Switches{})
	cfg := w.cfg
	cfg.URL = server.URL
	app, err := okta.New(cfg)
	require.NoError(t, err)
	return app, w.logs
}

func errorBody(code string) string {
	return `{"errorCode":"` + code + `","errorSummary":"` + dana + ` ` + secret + `","errorLink":"` + code + `","errorId":"oae-Canary_1","errorCauses":[{"errorSummary":"` + dana + `"}]}`
}

// Okta's code decides, and the status where the code is not known: 403 alone means
// several things.
func TestWhatRefusalsMean(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		kind   domain.FaultKind
	}{
		"validation":               {400, errorBody("E0000001"), domain.FaultInvalid},
		"body not well-formed":     {400, errorBody("E0000003"), domain.FaultInvalid},
		"log too far back":         {400, errorBody("E0000053"), domain.FaultInvalid},
		"not signed in":            {401, errorBody("E0000004"), domain.FaultUnauthenticated},
		"token unknown":            {401, errorBody("E0000011"), domain.FaultUnauthenticated},
		"token unknown, by 403":    {403, errorBody("E0000011"), domain.FaultUnauthenticated},
		"no right":                 {403, errorBody("E0000006"), domain.FaultForbidden},
		"not in this status":       {403, errorBody("E0000038"), domain.FaultConflict},
		"by a group":               {403, errorBody("E0000046"), domain.FaultConflict},
		"by a mapping":             {403, errorBody("E0000075"), domain.FaultUnsupported},
		"a code that is not known": {403, errorBody("E0000117"), domain.FaultForbidden},
		"nobody":                   {404, errorBody("E0000007"), domain.FaultNotFound},
		"too many":                 {429, errorBody("E0000047"), domain.FaultRateLimited},
		"too many, without a body": {429, "", domain.FaultRateLimited},
		"a code in a wrong form":   {404, errorBody("x"), domain.FaultNotFound},
		"not allowed here":         {405, errorBody("E0000022"), domain.FaultUnsupported},
		"failed":                   {500, errorBody("E0000009"), domain.FaultUnavailable},
		"a page":                   {503, "<html>" + dana + "</html>", domain.FaultUnavailable},
		"elsewhere":                {302, "", domain.FaultInternal},
		"a page for 200":           {200, "<html>" + dana + "</html>", domain.FaultUnavailable},
		"broken off":               {200, `{"id":"0oa`, domain.FaultUnavailable},
		"nothing":                  {200, "", domain.FaultUnavailable},
		"another form":             {200, `["` + dana + `"]`, domain.FaultInternal},
		"another app":              {200, `{"id":"0oaOther","status":"ACTIVE"}`, domain.FaultInternal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app, logs := answering(t, c.status, c.body)
			_, err := app.FindAssignment(t.Context(), dana)
			f := faultOf(t, err)
			require.Equal(t, c.kind, f.Kind)
			require.Equal(t, domain.AppID("crm"), f.App)
			for _, text := range []string{f.Error(), logs.String()} {
				require.NotContains(t, text, "@example.com")
				require.NotContains(t, text, secret)
				require.NotContains(t, text, "127.0.0.1")
			}
			if c.status >= 400 && c.body != "" && c.body[0] == '{' {
				require.Equal(t, "oae-Canary_1", f.RequestID, "without Okta's header the error's own id is kept")
			}
		})
	}
}

func TestNoConnectionAndNoTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, err := w.FindAssignment(stopped, dana)
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	cfg := w.cfg
	cfg.URL = gone.URL
	app, err := okta.New(cfg)
	require.NoError(t, err)
	_, err = app.FindAssignment(t.Context(), dana)
	f := faultOf(t, err)
	require.Equal(t, domain.FaultUnavailable, f.Kind)
	require.NotContains(t, f.Error(), "127.0.0.1")
}

// The token is sent nowhere but to the org.
func TestAPageThatLiesElsewhereIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, link := range []string{"https://example.com/api/v1/apps/x/users?after=1", "/api/v1/users", "javascript:1"} {
		app, _ := answering(t, 200, `[{"id":"00u1","scope":"USER"}]`, "Link", `<http://x.example.com/self>; rel="self"`, "Link", "<"+link+`>; rel="next"`)
		_, err := app.ListAssigned(t.Context())
		require.Equal(t, domain.FaultInternal, domain.KindOf(err))
		require.Contains(t, err.Error(), "lies elsewhere")
	}
}

// Okta counts by the minute. What its headers say closes the window before it
// refuses, and opens it again.
func TestOktasHeadersKeepTheWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{Limit: 3})
	for range 3 {
		w.list()
	}
	_, err := w.ListAssigned(t.Context())
	f := faultOf(t, err)
	require.Equal(t, domain.FaultRateLimited, f.Kind)
	require.Equal(t, "rate.acquire", f.Op, "our own window, before Okta had to refuse")
	require.Equal(t, 3, w.times("GET /api/v1/apps/"+w.app+"/users"))
	w.clock.move(61 * time.Second)
	w.list()
	require.Equal(t, []domain.RateReading{{Length: time.Minute, Limit: 3, Used: 1}}, w.gate.seen[len(w.gate.seen)-1].Windows)
}

// Others spend the org's bucket too: Okta refuses and names the moment.
func TestARefusalSaysWhen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{Limit: 1})
	_, err := w.FindAssignment(t.Context(), dana) // its second request, counted by us under another path
	f := faultOf(t, err)
	require.Equal(t, domain.FaultRateLimited, f.Kind)
	require.Equal(t, begin.Truncate(time.Minute).Add(time.Minute), f.RetryAt)
	last := w.gate.seen[len(w.gate.seen)-1]
	require.True(t, last.Refused)
	require.Equal(t, 53*time.Second, last.RetryAfter)
}

// A breach of concurrency shows a limit of 0, which is no window without a limit.
func TestTooManyAtOnceIsWaitedForAndTeachesNoLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{Busy: 1})
	_, err := w.ListAssigned(t.Context())
	f := faultOf(t, err)
	require.Equal(t, domain.FaultRateLimited, f.Kind)
	require.True(t, f.RetryAt.After(begin))
	require.Empty(t, w.gate.seen[0].Windows)
	require.True(t, w.gate.seen[0].Refused)
	w.clock.move(time.Minute)
	require.True(t, w.list().Complete)
}

// The moment is by Okta's clock: it is measured from the answer's own date. One
// that makes no sense is not waited for.
func TestTheMomentIsByOktasClock(t *testing.T) {
	t.Parallel()
	theirs := begin.Add(3 * time.Hour)
	for name, c := range map[string]struct {
		limit string
		reset time.Duration // from Okta's now
		told  bool
		wait  time.Duration
	}{
		"in twenty seconds":  {"100", 20 * time.Second, true, 20 * time.Second},
		"now":                {"100", 0, true, time.Second},
		"long ago":           {"100", -time.Hour, true, time.Minute},
		"in a year":          {"100", 365 * 24 * time.Hour, true, time.Minute},
		"no moment":          {"100", 0, false, time.Minute},
		"busy, no moment":    {"0", 0, false, 2 * time.Second},
		"busy, and a moment": {"0", 5 * time.Second, true, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reset := ""
			if c.told {
				reset = strconv.FormatInt(theirs.Add(c.reset).Unix(), 10)
			}
			app, _ := answering(t, 429, errorBody("E0000047"), "Date", theirs.Format(http.TimeFormat), "X-Rate-Limit-Limit", c.limit, "X-Rate-Limit-Remaining", "0",
				"X-Rate-Limit-Reset", reset)
			_, err := app.ListAssigned(t.Context())
			require.Equal(t, begin.Add(c.wait), faultOf(t, err).RetryAt)
		})
	}
}

// Requests are counted for the provider, by path without ids.
func TestRequestsAreCountedForTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{}, service(sim.AllScopes()...))
	w.group(sim.Group{Name: "Sales"})
	w.unassign(w.find(dana))
	keys := map[string]bool{}
	for _, p := range w.gate.asked {
		require.Equal(t, domain.AppID("acme"), p.App)
		keys[p.Endpoint] = true
	}
	for _, key := range []string{"okta/post/oauth2/v1/token", "okta/get/apps/id", "okta/get/apps/id/users/id", "okta/get/apps/id/groups", "okta/get/users",
		"okta/get/users/id/groups", "okta/get/groups/rules", "okta/get/groups/id/apps", "okta/delete/groups/id/users/id"} {
		require.True(t, keys[key], key)
		delete(keys, key)
	}
	require.Empty(t, keys)
}
