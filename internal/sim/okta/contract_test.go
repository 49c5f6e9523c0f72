package okta_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/okta"
)

const (
	token = "00contract"
	dana  = "dana.reyes@example.com"
	eli   = "eli.park@example.com"
)

var begin = time.Date(2026, 11, 20, 9, 0, 7, 0, time.UTC)

var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// rig is an org with Dana in the group Sales and Eli assigned directly, spoken to
// over HTTP with nothing of the client.
type rig struct {
	*okta.Simulator
	t         *testing.T
	url       string
	dana, eli string
	pushed    []string
}

func newRig(t *testing.T, switches okta.Switches) *rig {
	t.Helper()
	r := &rig{t: t, Simulator: okta.New(okta.Options{Token: token, ClientID: "0oaService", KeyID: "kid", PublicKey: &key().PublicKey,
		Scopes: []string{"okta.apps.read", "okta.users.read"}, Clock: func() time.Time { return begin }, Switches: switches})}
	r.SeedDemo(okta.App{Label: "CRM", Features: []string{"PUSH_NEW_USERS", "PUSH_USER_DEACTIVATION"},
		OnUnassigned: func(email string) { r.pushed = append(r.pushed, "-"+email) },
		OnAssigned:   func(email string) { r.pushed = append(r.pushed, "+"+email) }}, []string{eli}, []string{dana})
	r.dana, r.eli = r.UserID(dana), r.UserID(eli)
	server := httptest.NewServer(r.Handler())
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// said is an answer as it stands on the wire.
type said struct {
	status int
	header http.Header
	raw    string
	rows   []map[string]any
	body   map[string]any
}

func (r *rig) do(method, path, body string, headers ...string) said {
	r.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = r.url + path
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, path, strings.NewReader(body))
	require.NoError(r.t, err)
	req.Header.Set("Authorization", "SSWS "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer resp.Body.Close()
	var raw bytes.Buffer
	_, err = raw.ReadFrom(resp.Body)
	require.NoError(r.t, err)
	s := said{status: resp.StatusCode, header: resp.Header, raw: raw.String()}
	_ = json.Unmarshal(raw.Bytes(), &s.rows)
	_ = json.Unmarshal(raw.Bytes(), &s.body)
	return s
}

func (r *rig) get(path string) said { r.t.Helper(); return r.do("GET", path, "") }

func (r *rig) refused(s said, status int, code string) {
	r.t.Helper()
	require.Equal(r.t, status, s.status, s.raw)
	require.Equal(r.t, code, s.body["errorCode"])
	for _, field := range []string{"errorSummary", "errorLink", "errorId", "errorCauses"} {
		require.Contains(r.t, s.body, field)
	}
	require.NotEmpty(r.t, s.header.Get("X-Okta-Request-Id"))
}

var next = regexp.MustCompile(`^<(.*)>; rel="next"$`)

func (s said) next() string {
	for _, link := range s.header.Values("Link") {
		if m := next.FindStringSubmatch(link); m != nil {
			return m[1]
		}
	}
	return ""
}

func (r *rig) appUser(user string) string { return "/api/v1/apps/" + okta.DemoApp + "/users/" + user }

func (r *rig) membership(user string) string {
	return "/api/v1/groups/" + okta.DemoSales + "/users/" + user
}

// fact is one thing that is known about Okta, and how the simulator shows it. The
// tags: D documentation or the published OpenAPI document, I an issue thread, 3P
// others' code, M memory.
type fact struct {
	says, source, tag string
	switches          okta.Switches
	shown             func(*rig)
}

var facts = []fact{
	{"an app tells label, status and what it provisions", "OpenAPI, Application", "D", okta.Switches{}, func(r *rig) {
		s := r.get("/api/v1/apps/" + okta.DemoApp)
		require.Equal(r.t, []any{"CRM", "ACTIVE", []any{"PUSH_NEW_USERS", "PUSH_USER_DEACTIVATION"}}, []any{s.body["label"], s.body["status"], s.body["features"]})
	}},
	{"an app that is not there is 404 E0000007", "error codes", "D", okta.Switches{}, func(r *rig) {
		r.refused(r.get("/api/v1/apps/0oaNone"), 404, "E0000007")
	}},
	{"scope tells direct from group, and a group is linked", "OpenAPI, AppUser", "D", okta.Switches{}, func(r *rig) {
		require.Equal(r.t, "USER", r.get(r.appUser(r.eli)).body["scope"])
		s := r.get(r.appUser(r.dana))
		require.Equal(r.t, "GROUP", s.body["scope"])
		require.Contains(r.t, s.raw, "/api/v1/groups/"+okta.DemoSales)
	}},
	{"an app user without the app is 404", "OpenAPI, getApplicationUser", "D", okta.Switches{}, func(r *rig) {
		r.refused(r.get(r.appUser(r.AddUser(okta.User{Email: "kim.lee@example.com"}))), 404, "E0000007")
	}},
	{"DELETE of an app user by a group is 403 E0000046", "error codes; text from terraform-provider-okta#120", "D, I", okta.Switches{}, func(r *rig) {
		r.refused(r.do("DELETE", r.appUser(r.dana), ""), 403, "E0000046")
		require.Equal(r.t, "GROUP", r.Scope(okta.DemoApp, r.dana))
		require.Empty(r.t, r.Writes())
	}},
	{"DELETE of a direct app user is 204, and provisioning deactivates", "OpenAPI; SCIM guide", "D", okta.Switches{}, func(r *rig) {
		require.Equal(r.t, 204, r.do("DELETE", r.appUser(r.eli), "").status)
		require.Equal(r.t, []string{"-" + eli}, r.pushed)
		r.refused(r.do("DELETE", r.appUser(r.eli), ""), 404, "E0000007")
	}},
	{"who has both keeps the group's way", "Okta-PSModule#44", "3P", okta.Switches{}, func(r *rig) {
		r.Give(okta.DemoApp, r.dana)
		require.Equal(r.t, 204, r.do("DELETE", r.appUser(r.dana), "").status)
		require.Equal(r.t, "GROUP", r.get(r.appUser(r.dana)).body["scope"])
		require.Empty(r.t, r.pushed)
	}},
	{"or is refused while the group gives the app", "error codes", "D", okta.Switches{BothRefused: true}, func(r *rig) {
		r.Give(okta.DemoApp, r.dana)
		r.refused(r.do("DELETE", r.appUser(r.dana), ""), 403, "E0000046")
	}},
	{"leaving the group is 204 and takes the app", "OpenAPI, unassignUserFromGroup", "D", okta.Switches{}, func(r *rig) {
		require.Equal(r.t, 204, r.do("DELETE", r.membership(r.dana), "").status)
		require.Empty(r.t, r.Scope(okta.DemoApp, r.dana))
		require.Equal(r.t, []string{"-" + dana}, r.pushed)
	}},
	{"a group of an app cannot be left here", "OpenAPI, Group", "D", okta.Switches{}, func(r *rig) {
		id := r.AddGroup(okta.Group{Name: "Directory", Type: "APP_GROUP"})
		r.Join(id, r.dana)
		require.Equal(r.t, 403, r.do("DELETE", "/api/v1/groups/"+id+"/users/"+r.dana, "").status)
	}},
	{"a group that a rule fills takes its people back", "group rules", "M", okta.Switches{RefillAfter: 2}, func(r *rig) {
		id := r.AddGroup(okta.Group{Name: "Department", Rule: true})
		r.Join(id, r.dana)
		require.Equal(r.t, 204, r.do("DELETE", "/api/v1/groups/"+id+"/users/"+r.dana, "").status)
		require.False(r.t, r.Member(id, r.dana))
		rules := r.get("/api/v1/groups/rules")
		require.Contains(r.t, rules.raw, id)
		r.get("/api/v1/groups/rules")
		require.True(r.t, r.Member(id, r.dana))
	}},
	{"or refuses", "group rules", "M", okta.Switches{RuleRefuses: true}, func(r *rig) {
		id := r.AddGroup(okta.Group{Name: "Department", Rule: true})
		r.Join(id, r.dana)
		require.Equal(r.t, 403, r.do("DELETE", "/api/v1/groups/"+id+"/users/"+r.dana, "").status)
	}},
	{"assigning is 200 with scope USER, and provisioning creates", "OpenAPI, assignUserToApplication", "D", okta.Switches{}, func(r *rig) {
		id := r.AddUser(okta.User{Email: "kim.lee@example.com"})
		s := r.do("POST", "/api/v1/apps/"+okta.DemoApp+"/users", `{"id":"`+id+`","scope":"USER"}`)
		require.Equal(r.t, []any{200, "USER"}, []any{s.status, s.body["scope"]})
		require.Equal(r.t, []string{"+kim.lee@example.com"}, r.pushed)
	}},
	{"syncState ERROR says that a push failed", "OpenAPI, AppUser", "D", okta.Switches{SyncError: true}, func(r *rig) {
		require.Equal(r.t, "ERROR", r.get(r.appUser(r.eli)).body["syncState"])
		r.do("DELETE", r.appUser(r.eli), "")
		require.Empty(r.t, r.pushed)
	}},
	{"without PUSH_USER_DEACTIVATION nothing is deactivated", "SCIM guide", "D", okta.Switches{}, func(r *rig) {
		r.ChangeApp(okta.DemoApp, func(a *okta.App) { a.Features = nil })
		r.do("DELETE", r.appUser(r.eli), "")
		require.Empty(r.t, r.pushed)
	}},
	{"a group's other apps are listed", "OpenAPI, listAssignedApplicationsForGroup", "D", okta.Switches{}, func(r *rig) {
		require.Len(r.t, r.get("/api/v1/groups/"+okta.DemoSales+"/apps").rows, 2)
	}},
	{"filter finds people at once, search lags behind", "OpenAPI, listUsers", "D", okta.Switches{SearchLag: true}, func(r *rig) {
		r.AddUser(okta.User{Email: "kim.lee@example.com"})
		expression := url.QueryEscape(`profile.email eq "kim.lee@example.com"`)
		require.Len(r.t, r.get("/api/v1/users?filter="+expression).rows, 1)
		require.Empty(r.t, r.get("/api/v1/users?search="+expression).rows)
	}},
	{"the plain list leaves deprovisioned people out, filter does not", "OpenAPI, listUsers", "D", okta.Switches{}, func(r *rig) {
		r.ChangeUser(r.eli, func(u *okta.User) { u.Status = "DEPROVISIONED" })
		require.Len(r.t, r.get("/api/v1/users").rows, 1)
		require.Len(r.t, r.get("/api/v1/users?filter="+url.QueryEscape(`profile.login eq "`+eli+`"`)).rows, 1)
		require.Empty(r.t, r.Scope(okta.DemoApp, r.eli), "they have no app")
	}},
	{"lastLogin is null before the first sign-in", "OpenAPI, User", "D", okta.Switches{}, func(r *rig) {
		require.Contains(r.t, r.get("/api/v1/users/"+r.eli).raw, `"lastLogin":null`)
	}},
	{"sessions end with 204", "OpenAPI, revokeUserSessions", "D", okta.Switches{}, func(r *rig) {
		require.Equal(r.t, 204, r.do("DELETE", "/api/v1/users/"+r.eli+"/sessions?oauthTokens=true", "").status)
		require.Equal(r.t, []string{r.eli + "?oauthTokens=true"}, r.Ended())
	}},
	{"the log shows failures too, newest first when asked", "System Log guide", "D", okta.Switches{}, func(r *rig) {
		r.SignIn(okta.Sign{User: r.eli, App: okta.DemoApp, At: begin.Add(-2 * time.Hour)})
		r.SignIn(okta.Sign{User: r.eli, App: okta.DemoApp, At: begin.Add(-time.Hour), Outcome: "FAILURE"})
		s := r.get("/api/v1/logs?sortOrder=DESCENDING&until=" + begin.Format(time.RFC3339))
		require.Equal(r.t, []any{2, "FAILURE", ""}, []any{len(s.rows), s.rows[0]["outcome"].(map[string]any)["result"], s.next()})
	}},
	{"without until the log is polled: a next link always", "System Log guide", "D", okta.Switches{}, func(r *rig) {
		s := r.get("/api/v1/logs")
		require.NotEmpty(r.t, s.next())
		require.Empty(r.t, r.get(s.next()).rows)
	}},
	{"the log keeps 90 days, and 180 are too many to ask for", "System Log guide", "D", okta.Switches{}, func(r *rig) {
		r.SignIn(okta.Sign{User: r.eli, App: okta.DemoApp, At: begin.AddDate(0, 0, -100)})
		require.Empty(r.t, r.get("/api/v1/logs?since="+begin.AddDate(0, 0, -120).Format(time.RFC3339)).rows)
		r.refused(r.get("/api/v1/logs?since="+begin.AddDate(0, 0, -181).Format(time.RFC3339)), 400, "E0000053")
	}},
	{"pages are linked by several headers, and limit has a most", "design principles, pagination", "D", okta.Switches{PageSize: 1}, func(r *rig) {
		first := r.get("/api/v1/apps/" + okta.DemoApp + "/users?limit=500&expand=user")
		require.Len(r.t, first.header.Values("Link"), 2)
		require.Len(r.t, first.rows, 1)
		second := r.get(first.next())
		require.Equal(r.t, []any{1, ""}, []any{len(second.rows), second.next()})
		require.Contains(r.t, second.raw, `"_embedded"`)
	}},
	{"limits stand in headers, and one too many is 429 E0000047", "rate limit guide", "D", okta.Switches{Limit: 1}, func(r *rig) {
		require.Equal(r.t, "0", r.get("/api/v1/users").header.Get("X-Rate-Limit-Remaining"))
		s := r.get("/api/v1/users")
		r.refused(s, 429, "E0000047")
		require.Equal(r.t, "1795165260", s.header.Get("X-Rate-Limit-Reset"), "the next full minute in seconds since 1970")
	}},
	{"too many at once shows limit and rest as 0", "rate limit guide", "D", okta.Switches{Busy: 1}, func(r *rig) {
		s := r.get("/api/v1/users")
		r.refused(s, 429, "E0000047")
		require.Equal(r.t, []string{"0", "0"}, []string{s.header.Get("X-Rate-Limit-Limit"), s.header.Get("X-Rate-Limit-Remaining")})
	}},
	{"a token that is not known is 401 E0000011", "error codes", "D", okta.Switches{DieAfter: 1}, func(r *rig) {
		r.refused(r.do("GET", "/api/v1/users", "", "Authorization", "SSWS other"), 401, "E0000011")
		r.refused(r.get("/api/v1/users"), 401, "E0000011")
	}},
	{"a missing right is 403 E0000006", "error codes", "D", okta.Switches{Denied: []string{"okta.users.read"}}, func(r *rig) {
		r.refused(r.get("/api/v1/users"), 403, "E0000006")
	}},
}

func TestTheSimulatorShowsWhatIsKnownOfOkta(t *testing.T) {
	t.Parallel()
	for _, f := range facts {
		t.Run(f.says, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, f.source)
			require.Regexp(t, `^(D|I|3P|M)(, (D|I|3P|M))*$`, f.tag)
			f.shown(newRig(t, f.switches))
		})
	}
}

// assertion is a client assertion that is right but for what a test changes.
func (r *rig) assertion(change func(header, claims map[string]any)) string {
	header := map[string]any{"alg": "RS256", "kid": "kid"}
	claims := map[string]any{"iss": "0oaService", "sub": "0oaService", "aud": r.url + "/oauth2/v1/token", "exp": begin.Add(time.Minute).Unix(), "jti": rand.Text()}
	change(header, claims)
	part := func(v any) string {
		raw, err := json.Marshal(v)
		require.NoError(r.t, err)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	signed := part(header) + "." + part(claims)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key(), crypto.SHA256, digest[:])
	require.NoError(r.t, err)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func (r *rig) token(assertion, scope string) said {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
	return r.do("POST", "/oauth2/v1/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Authorization", "")
}

// A service app is known by an assertion that it signed, for this address, that
// lives an hour at most (OAuth for Okta guide, D).
func TestAssertions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(header, claims map[string]any)
		status int
	}{
		"right":            {func(_, _ map[string]any) {}, 200},
		"another audience": {func(_, claims map[string]any) { claims["aud"] = "https://example.com/oauth2/v1/token" }, 401},
		"another client":   {func(_, claims map[string]any) { claims["sub"] = "0oaOther" }, 401},
		"expired":          {func(_, claims map[string]any) { claims["exp"] = begin.Unix() }, 401},
		"too long":         {func(_, claims map[string]any) { claims["exp"] = begin.Add(61 * time.Minute).Unix() }, 401},
		"another key":      {func(header, _ map[string]any) { header["kid"] = "other" }, 401},
		"not signed":       {func(header, _ map[string]any) { header["alg"] = "none" }, 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, okta.Switches{})
			require.Equal(t, c.status, r.token(r.assertion(c.change), "okta.apps.read").status)
		})
	}
}

func TestATokenServesItsScopeOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, okta.Switches{})
	assertion := r.assertion(func(_, _ map[string]any) {})
	s := r.token(assertion, "okta.apps.read")
	require.Equal(t, []any{"Bearer", 3600.0}, []any{s.body["token_type"], s.body["expires_in"]})
	bearer := "Bearer " + s.body["access_token"].(string)
	require.Equal(t, 200, r.do("GET", "/api/v1/apps/"+okta.DemoApp, "", "Authorization", bearer).status)
	r.refused(r.do("GET", "/api/v1/users", "", "Authorization", bearer), 403, "E0000006")
	require.Equal(t, "invalid_client", r.token(assertion, "okta.apps.read").body["error"], "an assertion is used once")
	forged := assertion[:len(assertion)-8] + "AAAAAAAA"
	require.Equal(t, 401, r.token(forged, "okta.apps.read").status)
	s = r.token(r.assertion(func(_, _ map[string]any) {}), "okta.apps.read okta.logs.read")
	require.Equal(t, []any{400, "invalid_scope"}, []any{s.status, s.body["error"]})
}

func TestTheSeedIsTheSameInEveryProcess(t *testing.T) {
	t.Parallel()
	one, two := newRig(t, okta.Switches{}), newRig(t, okta.Switches{})
	require.Equal(t, []string{one.dana, one.eli}, []string{two.dana, two.eli})
	require.True(t, one.Member(okta.DemoStaff, one.eli))
	require.Empty(t, one.Writes())
	require.Empty(t, one.pushed)
	require.Len(t, one.get("/api/v1/groups/"+okta.DemoStaff+"/apps").rows, 1)
	require.Equal(t, []string{"GET /api/v1/groups/" + okta.DemoStaff + "/apps"}, one.Requests())
}
