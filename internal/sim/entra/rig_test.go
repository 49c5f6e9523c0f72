package entra

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const secret = "a-secret"

// rig is a tenant with its small seed, seen over HTTP.
type rig struct {
	*Simulator
	t      *testing.T
	in     Seeded
	url    string
	bearer string
	now    time.Time
}

// answer is what came back, read as JSON.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

func (a answer) code() string {
	e, _ := a.body["error"].(map[string]any)
	code, _ := e["code"].(string)
	return code
}

func (a answer) rows() []map[string]any {
	var rows []map[string]any
	all, _ := a.body["value"].([]any)
	for _, v := range all {
		rows = append(rows, v.(map[string]any))
	}
	return rows
}

func newRig(t *testing.T, permissions ...string) *rig {
	t.Helper()
	r := &rig{t: t, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	r.Simulator = New(Options{Secret: secret, Permissions: permissions, Clock: func() time.Time { return r.now }})
	r.in = r.Seed()
	server := httptest.NewServer(r.Handler())
	t.Cleanup(server.Close)
	r.url = server.URL
	got := r.signIn(url.Values{})
	require.Equal(t, http.StatusOK, got.status)
	r.bearer = got.body["access_token"].(string)
	return r
}

// signIn asks for a token, with fields changed.
func (r *rig) signIn(change url.Values) answer {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {ClientID}, "client_secret": {secret}, "scope": {"https://graph.microsoft.com/.default"}}
	tenant := TenantID
	for name, v := range change {
		if name == "tenant" {
			tenant = v[0]
			continue
		}
		form[name] = v
	}
	return r.send("POST", r.url+"/"+tenant+"/oauth2/v2.0/token", "application/x-www-form-urlencoded", form.Encode())
}

func (r *rig) send(method, address, contentType, body string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, address, strings.NewReader(body))
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+r.bearer)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	a := answer{status: resp.StatusCode, header: resp.Header}
	if len(raw) > 0 {
		require.NoError(r.t, json.Unmarshal(raw, &a.body), "%s", raw)
	}
	return a
}

// get asks Graph: a path, and pairs of a query.
func (r *rig) get(path string, query ...string) answer {
	r.t.Helper()
	q := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		q.Set(query[i], query[i+1])
	}
	return r.send("GET", r.url+"/v1.0"+path+"?"+q.Encode(), "", "")
}

func (r *rig) post(path string, body any) answer {
	r.t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(r.t, err)
	return r.send("POST", r.url+"/v1.0"+path, "application/json", string(raw))
}

func (r *rig) delete(path string) answer {
	r.t.Helper()
	return r.send("DELETE", r.url+"/v1.0"+path, "", "")
}

func (r *rig) app() string { return "/servicePrincipals/" + r.in.App }

func (r *rig) grant(principal string) object {
	return object{"principalId": principal, "resourceId": r.in.App, "appRoleId": r.in.Role}
}

// rowOf finds an assignment as it is.
func (r *rig) rowOf(principal string) Row {
	for _, row := range r.Rows(r.in.App) {
		if row.Principal == principal {
			return row
		}
	}
	return Row{}
}
