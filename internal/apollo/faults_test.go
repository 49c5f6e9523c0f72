package apollo_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

const (
	canaryEmail = "canary.person@example.com"
	invalidKey  = "Invalid API key. See https://docs.apollo.io/reference/authentication for how to authenticate."
	lockText    = `{"error":"We are already processing the request for your sequence"}`
)

func TestEveryStatusBecomesItsFault(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		kind   domain.FaultKind
		says   string
	}{
		"400":              {400, `{"error":"There was a problem in the JSON you submitted"}`, domain.FaultInvalid, "refuses the request"},
		"401 text":         {401, invalidKey, domain.FaultUnauthenticated, "API key is refused: put a working one"},
		"401 structured":   {401, `{"error":"x","error_details":{"code":"AUTH.AUTHENTICATION.API_KEY_INVALID"}}`, domain.FaultUnauthenticated, "API key"},
		"403 grant":        {403, `{"error":"This API key is not authorized to access api/v1/users/search. Request an API key","error_code":"API_INACCESSIBLE"}`, domain.FaultForbidden, "lacks the grant api/v1/users/search:"},
		"403 older":        {403, `{"error":"api/v1/users/search is not accessible with this access token"}`, domain.FaultForbidden, "lacks the grant api/v1/users/search:"},
		"403 plan":         {403, `{"message":"This endpoint is only available to Apollo users on paid plans."}`, domain.FaultForbidden, "paid plan"},
		"403 feature":      {403, `{"error":"You do not have permissions to access task functions."}`, domain.FaultForbidden, "holds the grant api/v1/users/search,"},
		"403 no grant":     {403, `{"error":"api/v1/users/` + canaryEmail + ` refused"}`, domain.FaultForbidden, "holds the grant"},
		"404":              {404, `{"error":"Record not found."}`, domain.FaultNotFound, "does not know"},
		"404 other form":   {404, `{"status":404,"error":"Not Found"}`, domain.FaultNotFound, "does not know"},
		"409":              {409, `{}`, domain.FaultConflict, "read it again"},
		"410":              {410, ``, domain.FaultNotFound, "does not know"},
		"422":              {422, `{"error":"These mailboxes are no longer active. ` + canaryEmail + `"}`, domain.FaultInvalid, "refuses the request"},
		"422 code":         {422, `{"error":"x","error_details":{"code":"VALIDATION.FIELD_MISSING"}}`, domain.FaultInvalid, "(VALIDATION.FIELD_MISSING)"},
		"422 strange code": {422, `{"error":"x","error_code":"` + canaryEmail + `"}`, domain.FaultInvalid, "look at the record in the app"},
		"429":              {429, `{"message":"The maximum number of api calls allowed"}`, domain.FaultRateLimited, "quota"},
		"429 lock":         {429, lockText, domain.FaultRateLimited, "another sequence"},
		"500":              {500, `{"error":"` + canaryEmail + `"}`, domain.FaultUnavailable, "tried again"},
		"502 page":         {502, "<html>" + canaryEmail, domain.FaultUnavailable, "tried again"},
		"503":              {503, "Service unavailable", domain.FaultUnavailable, "tried again"},
		"302":              {302, "", domain.FaultInternal, "base URL"},
		"200 page":         {200, "<!doctype html><p>" + canaryEmail, domain.FaultUnavailable, "a page came"},
		"200 broken off":   {200, `{"users":[{"id":"a","email":"` + canaryEmail, domain.FaultUnavailable, "broke off"},
		"200 empty":        {200, "", domain.FaultUnavailable, "broke off"},
		"200 no users":     {200, `{"members":[]}`, domain.FaultInternal, "documented form"},
		"200 null users":   {200, `{"users":null}`, domain.FaultInternal, "documented form"},
		"200 other type":   {200, `{"users":"` + canaryEmail + `"}`, domain.FaultInternal, "documented form"},
		"200 user no id":   {200, `{"users":[{"email":"` + canaryEmail + `"}],"pagination":{}}`, domain.FaultInternal, "documented form"},
		"200 list":         {200, `[]`, domain.FaultInternal, "documented form"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStub(t, says(tc.status, tc.body))
			_, err := s.ListAccounts(t.Context())
			f := fault(t, err)
			require.Equal(t, tc.kind, f.Kind)
			require.Contains(t, f.Error(), tc.says)
			require.Equal(t, []any{"users.search", domain.AppID("apollo"), "req-1"}, []any{f.Op, f.App, f.RequestID})
			require.NotContains(t, f.Error(), "\n")
			require.NotContains(t, f.Error(), "canary")
			require.Equal(t, 1, s.calls, "nothing is tried again here")
		})
	}
}

func TestQuotaAndSequenceLockAreToldApart(t *testing.T) {
	t.Parallel()
	move := func(s *stub) error {
		_, err := s.MoveRecords(t.Context(), domain.Sequences, []domain.Record{{ID: "a1"}}, "b2")
		return err
	}
	lock := newStub(t, says(429, lockText))
	f := fault(t, move(lock))
	require.Equal(t, 2*time.Second, f.RetryAt.Sub(lock.clock.Now()))
	require.True(t, lock.gate.states["api/v1/sequences/update"].BlockedUntil.IsZero(), "a lock closes no window")

	quota := newStub(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1800")
		says(429, `{"message":"The maximum number of api calls allowed"}`)(w, nil)
	})
	f = fault(t, move(quota))
	require.Equal(t, 30*time.Minute, f.RetryAt.Sub(quota.clock.Now()))
	again := fault(t, move(quota))
	require.Equal(t, domain.FaultRateLimited, again.Kind)
	require.Equal(t, f.RetryAt, again.RetryAt)
	require.Equal(t, 1, quota.calls, "a closed window is not knocked at")

	hour := newStub(t, func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range map[string]string{"X-Rate-Limit-Minute": "200", "X-Minute-Requests-Left": "150",
			"X-Rate-Limit-Hourly": "400", "X-Hourly-Requests-Left": "0"} {
			w.Header().Set(name, value)
		}
		says(429, `{}`)(w, nil)
	})
	f = fault(t, move(hour))
	require.Equal(t, 15*time.Minute, f.RetryAt.Sub(hour.clock.Now()))
}

func TestATransportFailureIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]http.HandlerFunc{
		"cut before the answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut within the answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`{"users":[`))
		},
		"too slow": func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-t.Context().Done():
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStub(t, serve)
			_, err := s.ListAccounts(t.Context())
			require.Equal(t, domain.FaultUnavailable, fault(t, err).Kind)
			require.NotContains(t, err.Error(), "127.0.0.1")
			require.NotContains(t, errors.Unwrap(err).Error(), "/users/search", "not even the cause quotes an address")
			_, err = s.MoveRecords(t.Context(), domain.Contacts, []domain.Record{{ID: "a1"}}, "b2")
			f := fault(t, err)
			require.Equal(t, domain.FaultUnavailable, f.Kind)
			require.Contains(t, f.SafeMessage, "may have been applied")
		})
	}
}

func TestACancelledCallKeepsItsCause(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := newStub(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	_, err := s.ListAccounts(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, domain.FaultUnavailable, fault(t, err).Kind)
}

func TestAStrangeEchoIsNotTakenForSuccess(t *testing.T) {
	t.Parallel()
	task := domain.Record{ID: "a1", Before: map[string]string{"priority": "high", "creator_id": "c3"}}
	for _, kind := range []domain.RecordKind{domain.Contacts, domain.Accounts, domain.Deals, domain.Tasks, domain.Sequences} {
		s := newStub(t, says(200, `{"ok":true}`))
		_, err := s.MoveRecords(t.Context(), kind, []domain.Record{task}, "b2")
		require.Equal(t, domain.FaultInternal, fault(t, err).Kind, kind)
	}
	deleted := newStub(t, says(200, `{"task":{"id":"a1","deleted":true}}`))
	moved, err := deleted.MoveRecords(t.Context(), domain.Tasks, []domain.Record{task}, "b2")
	require.NoError(t, err)
	require.Empty(t, moved.Owners, "a task that vanished has no new owner")
}

func TestTolerantForms(t *testing.T) {
	t.Parallel()
	s := newStub(t, says(200, `{"pagination":{"page":"1","per_page":null,"total_entries":"2","total_pages":"loading"},
		"users":[{"id":"a","email":null,"name":null,"title":null,"deleted":false,"permission_set_id":null,"created_at":"yesterday"},
		         {"id":"b","email":"b@example.com","deleted":null}]}`))
	l, err := s.ListAccounts(t.Context())
	require.NoError(t, err)
	require.True(t, l.Complete)
	require.Equal(t, []domain.Tri{domain.Yes, domain.Unknown}, []domain.Tri{l.Accounts[0].Active, l.Accounts[1].Active})

	s = newStub(t, says(200, `{"emailer_campaigns":[{"id":"a","user_id":"u","archived":null,"unique_delivered":"loading"}],"pagination":{"total_entries":1}}`))
	page, err := s.RecordPage(t.Context(), domain.Sequences, "u", "")
	require.NoError(t, err)
	require.Equal(t, []domain.Record{{ID: "a", Owner: "u", Open: true}}, page.Records)
}

func TestAListingWithoutItsTotalIsNotComplete(t *testing.T) {
	t.Parallel()
	for name, pagination := range map[string]string{"no block": "", "too few": `,"pagination":{"total_entries":3}`} {
		s := newStub(t, func(w http.ResponseWriter, r *http.Request) {
			rows := ""
			if r.URL.Query().Get("page") == "1" {
				rows = `{"id":"a","deleted":false}`
			}
			says(200, `{"users":[`+rows+`]`+pagination+`}`)(w, r)
		})
		l, err := s.ListAccounts(t.Context())
		require.NoError(t, err, name)
		require.Len(t, l.Accounts, 1)
		require.False(t, l.Complete, name)
	}
}

func TestTheKeyStaysInItsHeader(t *testing.T) {
	t.Parallel()
	s := newStub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			t.Error("a redirect was followed")
		}
		if strings.Contains(r.URL.String(), "canary") {
			t.Error("the key is in the address")
		}
		if r.Header.Get("X-Api-Key") != canaryKey || r.Header.Get("Authorization") != "" {
			t.Error("the key is not where it belongs")
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	_, err := s.ListAccounts(t.Context())
	require.Equal(t, domain.FaultInternal, fault(t, err).Kind)
	require.NotContains(t, s.logs.String(), "canary")
}
