package apollo

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (r *rig) scim(method, path string, body any) answer {
	r.t.Helper()
	return r.send(method, "/scim/v2"+path, body, http.Header{"Authorization": {"Bearer " + testSCIM}})
}

func (r *rig) scimFind(email string) map[string]any {
	r.t.Helper()
	a := r.scim("GET", "/Users?filter="+url.QueryEscape(`userName eq "`+email+`"`), nil)
	require.Equal(r.t, 200, a.status)
	require.Equal(r.t, "application/scim+json", a.header.Get("Content-Type"))
	require.Equal(r.t, 1.0, a.body["totalResults"], email)
	return rows(a.body, "Resources")[0]
}

func TestSCIMDoor(t *testing.T) {
	t.Parallel()
	shut := demo(t, func(o *Options) { o.SCIMToken = "" })
	require.Equal(t, 404, shut.scim("GET", "/Users", nil).status)
	r := demo(t)
	require.Equal(t, 401, r.send("GET", "/scim/v2/Users", nil, nil).status)
	all := r.scim("GET", "/Users?startIndex=3&count=4", nil).body
	require.Equal(t, []any{15.0, 3.0, 4.0}, []any{all["totalResults"], all["startIndex"], all["itemsPerPage"]})
	require.Equal(t, 400, r.scim("GET", "/Users?filter="+url.QueryEscape(`emails co "x"`), nil).status)
	none := r.scim("GET", "/Users?filter="+url.QueryEscape(`userName eq "nobody@example.com"`), nil).body
	require.Equal(t, 0.0, none["totalResults"])
	require.Equal(t, []any{}, none["Resources"])
}

func TestSCIMDeactivates(t *testing.T) {
	t.Parallel()
	forms := map[string]func(*rig, string, bool) answer{
		"patch with a path": func(r *rig, id string, active bool) answer {
			return r.scim("PATCH", "/Users/"+id, object{"Operations": []object{{"op": "replace", "path": "active", "value": active}}})
		},
		"patch without a path": func(r *rig, id string, active bool) answer {
			return r.scim("PATCH", "/Users/"+id, object{"Operations": []object{{"op": "Replace", "value": object{"active": active}}}})
		},
		"patch with text, as Entra sends": func(r *rig, id string, active bool) answer {
			return r.scim("PATCH", "/Users/"+id, object{"Operations": []object{{"op": "Replace", "path": "active", "value": map[bool]string{true: "True", false: "False"}[active]}}})
		},
		"put": func(r *rig, id string, active bool) answer {
			return r.scim("PUT", "/Users/"+id, object{"userName": dana, "active": active, "name": object{"familyName": "Reyes"}})
		},
	}
	for name, set := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := demo(t)
			id := r.scimFind("DANA.Reyes@example.com")["id"].(string)
			require.NotEqual(t, r.id(dana), id)
			require.Equal(t, false, set(r, id, false).body["active"])
			require.Equal(t, false, r.scim("GET", "/Users/"+id, nil).body["active"])
			require.Equal(t, true, rows(r.ok("GET", "/api/v1/users/search", nil), "users")[4]["deleted"])
			require.Equal(t, map[string]int{r.id(dana): 1}, r.EffectsPerTarget("users.deactivate"))
			require.Equal(t, ViaSCIM, r.Effects()[0].Via)
			r.clock.Advance(15 * 24 * time.Hour)
			require.Equal(t, map[string]int{emailFailed: 40}, r.fates(dana), "as after deactivation by an administrator")
			require.Equal(t, true, set(r, id, true).body["active"])
		})
	}
}

func TestSCIMRefusals(t *testing.T) {
	t.Parallel()
	r := demo(t)
	id := r.scimFind(dana)["id"].(string)
	cases := []struct {
		method, path string
		body         any
		status       int
	}{
		{"GET", "/Users/x", nil, 404},
		{"PUT", "/Users/x", object{}, 404},
		{"PATCH", "/Users/x", object{}, 404},
		{"PATCH", "/Users/" + id, object{}, 400},
		{"PATCH", "/Users/" + id, object{"Operations": []object{{"op": "remove", "path": "active"}}}, 400},
		{"PATCH", "/Users/" + id, object{"Operations": []object{{"op": "replace", "path": "userName", "value": "x"}}}, 400},
		{"PUT", "/Users/" + id, object{"userName": "other@example.com"}, 400},
		{"POST", "/Users", object{}, 400},
		{"POST", "/Users", object{"userName": dana}, 409},
		{"DELETE", "/Users/" + id, nil, 405},
	}
	for _, c := range cases {
		require.Equal(t, c.status, r.scim(c.method, c.path, c.body).status, c.method+" "+c.path)
	}
	require.Empty(t, r.Effects())
}

func TestSCIMCreates(t *testing.T) {
	t.Parallel()
	spec := DemoTenant()
	spec.Subscription.Seats = 14
	r := start(t, spec)
	made := r.scim("POST", "/Users", object{"userName": "lea.joiner@example.com", "name": object{"givenName": "Lea", "familyName": "Joiner"}})
	require.Equal(t, 201, made.status)
	require.Equal(t, 16, total(r.ok("GET", "/api/v1/users/search", nil)))
	require.Equal(t, 403, r.scim("POST", "/Users", object{"userName": "max@example.com"}).status, "no free seat")
}

func TestSCIMLimitAndFaults(t *testing.T) {
	t.Parallel()
	r := demo(t, func(o *Options) { o.SCIMLimit = Window{10 * time.Second, 2} })
	r.scimFind(dana)
	require.NoError(t, r.SetFaults(1, Fault{Endpoint: "^scim/", Kind: FaultUnavailable, Count: 1}))
	require.Equal(t, 503, r.scim("GET", "/Users", nil).status)
	a := r.scim("GET", "/Users", nil)
	require.Equal(t, []any{429, "10"}, []any{a.status, a.header.Get("Retry-After")})
	require.Equal(t, ViaSCIM, r.Requests()[0].Via)
}
