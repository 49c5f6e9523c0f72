package apollo

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKeyIsChecked(t *testing.T) {
	t.Parallel()
	limited := func(o *Options) { o.Plan = PlanOrganization }
	cases := []struct {
		name    string
		path    string
		header  http.Header
		adjust  []func(*Options)
		status  int
		kind    string
		mention string
	}{
		{name: "no key", path: "/api/v1/users/search", status: 401, kind: "application/json", mention: "AUTH.AUTHENTICATION.API_KEY_INVALID"},
		{name: "wrong key", path: "/api/v1/users/search", header: http.Header{"X-Api-Key": {"other"}}, status: 401,
			kind: "application/json", mention: `"error":"Invalid API key. See https://docs.apollo.io/reference/authentication`},
		{name: "legacy form", path: "/api/v1/users/search", adjust: []func(*Options){with(func(w *Switches) { w.Errors = ErrorsLegacy })},
			status: 401, kind: "text/plain", mention: "Invalid API key. See"},
		{name: "key in the query", path: "/api/v1/users/search?api_key=" + testKey, status: 422, kind: "application/json"},
		{name: "grant missing", path: "/api/v1/users/search", header: http.Header{"X-Api-Key": {testKey}},
			adjust: []func(*Options){func(o *Options) { o.Grants = []string{"api/v1/users/api_profile"} }}, status: 403,
			kind: "application/json", mention: `"error_code":"API_INACCESSIBLE"`},
		{name: "grant there", path: "/api/v1/users/search", header: http.Header{"X-Api-Key": {testKey}},
			adjust: []func(*Options){func(o *Options) { o.Grants = []string{"api/v1/users/search"} }}, status: 200, kind: "application/json"},
		{name: "paid plans only", path: "/api/v1/users/search", header: http.Header{"X-Api-Key": {testKey}},
			adjust: []func(*Options){func(o *Options) { o.Plan = PlanFree; o.Switches.PaidOnly = []string{"api/v1/users/search"} }},
			status: 403, kind: "application/json", mention: `{"message":"This endpoint is only available to Apollo users on paid plans."}`},
		{name: "older prefix", path: "/v1/users/search", header: http.Header{"X-Api-Key": {testKey}}, status: 200, kind: "application/json"},
		{name: "no such path", path: "/api/v1/users/invite", header: http.Header{"X-Api-Key": {testKey}}, status: 404, kind: "application/json"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := demo(t, append([]func(*Options){limited}, c.adjust...)...)
			a := r.send("GET", c.path, nil, c.header)
			require.Equal(t, c.status, a.status, string(a.raw))
			require.Contains(t, a.header.Get("Content-Type"), c.kind)
			require.Contains(t, string(a.raw), c.mention)
			require.NotEmpty(t, a.header.Get("X-Request-Id"))
			admitted := a.status == 200 || a.status == 404
			require.Equal(t, admitted, a.header.Get("X-Rate-Limit-Minute") != "", "rate headers only where the key was admitted")
		})
	}
}

func TestHealthAnswersEverybody(t *testing.T) {
	t.Parallel()
	r := demo(t)
	require.Equal(t, true, r.ok("GET", "/api/v1/auth/health", nil)["is_logged_in"])
	a := r.send("GET", "/api/v1/auth/health", nil, nil)
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, false, a.body["is_logged_in"])
}

func TestActingUserIsTheOldestActiveAdmin(t *testing.T) {
	t.Parallel()
	r := demo(t)
	require.Equal(t, priya, r.ok("GET", "/api/v1/users/api_profile", nil)["email"])
	require.NoError(t, r.Deactivate(priya))
	profile := r.ok("GET", "/api/v1/users/api_profile?include_credit_usage=true", nil)
	require.Equal(t, sam, profile["email"])
	require.Contains(t, profile, "total_unified_credits_used")
	require.NoError(t, r.Deactivate(sam))
	require.Equal(t, http.StatusUnauthorized, r.do("GET", "/api/v1/users/api_profile", nil).status, "nobody to act as")
}

func TestKeyAndItsCreator(t *testing.T) {
	t.Parallel()
	for dies, status := range map[bool]int{false: 200, true: 401} {
		r := demo(t, with(func(w *Switches) { w.KeyDiesWithCreator = dies }))
		require.NoError(t, r.Deactivate(priya))
		require.Equal(t, status, r.do("GET", "/api/v1/users/search", nil).status)
	}
	r := demo(t, with(func(w *Switches) { w.KeyDiesWithCreator = true }))
	r.SetAPIKey(testKey+"2", sam)
	require.Equal(t, 401, r.do("GET", "/api/v1/users/search", nil).status, "the old key is refused")
	require.NoError(t, r.Deactivate(priya))
	require.Equal(t, 200, r.send("GET", "/api/v1/users/search", nil, http.Header{"X-Api-Key": {testKey + "2"}}).status)
}

func TestBadBodiesAreRefused(t *testing.T) {
	t.Parallel()
	r := demo(t)
	require.Equal(t, 400, r.do("POST", "/api/v1/contacts/search", `{"page":`).status)
	require.Equal(t, 200, r.do("POST", "/api/v1/contacts/search", `[1,2]`).status, "JSON that is no object is ignored")
}
