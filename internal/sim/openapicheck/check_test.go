package openapicheck

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const sample = `{"paths": {
  "/things/{id}": {"get": {"parameters": [{"name": "id", "in": "path", "required": true}], "responses": {
    "200": {"content": {"application/json": {"schema": {"type": "object", "required": ["id"], "properties": {
      "id": {"type": "string"}, "size": {"type": "integer", "nullable": true}, "kind": {"type": ["string", "null"], "enum": ["a", "b"]},
      "rate": {"type": "number"}, "free": {}, "at": {"type": "string", "format": "date-time"}, "day": {"type": "string", "format": "date"},
      "either": {"oneOf": [{"type": "integer"}, {"type": "string", "enum": ["loading"]}]},
      "names": {"type": "array", "items": {"type": "string"}, "maxItems": 2, "minItems": 1},
      "by": {"type": "object", "additionalProperties": {"type": "integer"}}}}}}},
    "401": {"content": {"text/plain": {"schema": {}}}}}}},
  "/things/search": {"post": {
    "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}},
      {"name": "ids[]", "in": "query", "required": true, "schema": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}},
      {"name": "all", "in": "query", "schema": {"type": "boolean"}}],
    "responses": {"200": {"content": {"application/json": {"schema": {"type": "object"}}}}}}},
  "/things": {"put": {
    "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "properties": {
      "name": {"type": "string"}, "extra": {"type": "object", "additionalProperties": true},
      "list": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}}},
      "anyOf": [{"required": ["name"]}, {"required": ["list"]}]}}}},
    "responses": {"200": {"content": {"application/json": {"schema": {}}}}}}}
}}`

func parsed(t *testing.T, departures ...Departure) *Document {
	t.Helper()
	d, err := Parse([]byte(sample))
	require.NoError(t, err)
	require.NoError(t, d.Except(departures...))
	return d
}

func places(list []Violation) []string {
	out := []string{}
	for _, v := range list {
		out = append(out, v.Where)
	}
	return out
}

func TestResponses(t *testing.T) {
	t.Parallel()
	cases := map[string][]string{
		`{"id":"x","size":null,"kind":null,"rate":1,"free":[1],"at":"2026-01-02T03:04:05Z","day":"2026-01-02","either":"loading","names":["a"],"by":{"a":1},"more":1}`: {},
		`{"size":1}`:                          {"response.id"},
		`{"id":7}`:                            {"response.id"},
		`{"id":null}`:                         {"response.id"},
		`{"id":"x","size":1.5}`:               {"response.size"},
		`{"id":"x","kind":"c"}`:               {"response.kind"},
		`{"id":"x","at":"today"}`:             {"response.at"},
		`{"id":"x","day":"today"}`:            {"response.day"},
		`{"id":"x","either":"later"}`:         {"response.either"},
		`{"id":"x","names":["a",1]}`:          {"response.names[]"},
		`{"id":"x","names":[]}`:               {"response.names"},
		`{"id":"x","names":["a","b","c"]}`:    {"response.names"},
		`{"id":"x","by":{"a":"b"},"rate":""}`: {"response.by.*", "response.rate"},
		`[]`:                                  {"response"},
		`{`:                                   {"response"},
	}
	d := parsed(t)
	for body, want := range cases {
		got := d.CheckResponse("GET", "/api/v1/things/7", 200, "application/json; charset=utf-8", []byte(body))
		require.ElementsMatch(t, want, places(got), body)
	}
	require.Empty(t, d.CheckResponse("GET", "/v1/things/7", 401, "", []byte("Invalid key")))
	require.Equal(t, []string{"response.content_type.401"}, places(d.CheckResponse("GET", "/things/7", 401, "", []byte("{}"))))
	require.Equal(t, []string{"response.status.500"}, places(d.CheckResponse("GET", "/things/7", 500, "", nil)))
	require.Equal(t, []string{"response.content_type"}, places(d.CheckResponse("GET", "/things/7", 200, ";", nil)))
	require.Equal(t, []string{"operation"}, places(d.CheckResponse("GET", "/others", 200, "", nil)))
}

func TestRequests(t *testing.T) {
	t.Parallel()
	cases := []struct {
		method, path, query, body string
		want                      []string
	}{
		{"POST", "/things/search", "page=1&ids[]=a&ids[]=b&all=true", "", nil},
		{"POST", "/things/search", "page=x&ids[]=c&all=perhaps", "", []string{"request.query.page", "request.query.page", "request.query.ids[]", "request.query.all"}},
		{"POST", "/things/search", "ids=a", "{}", []string{"request.query.ids", "request.query.ids[]"}},
		{"POST", "/things/search", "ids[]=a", `{"page":1}`, []string{"request.body.page"}},
		{"POST", "/things/search", "ids[]=a", `[1]`, []string{"request.body"}},
		{"PUT", "/things", "", `{"name":"x","extra":{"a":1},"list":[{"id":"x"}]}`, nil},
		{"PUT", "/things", "", `{"name":"x","nme":1,"list":[{"di":"x"}]}`, []string{"request.body.nme", "request.body.list[].di"}},
		{"PUT", "/things", "", `{"extra":{}}`, []string{"request.body"}},
		{"PUT", "/things", "", `{`, []string{"request.body"}},
		{"PUT", "/things", "", ``, []string{"request.body"}},
		{"GET", "/things/search/x", "", ``, []string{"operation"}},
	}
	d := parsed(t)
	for _, c := range cases {
		query, err := url.ParseQuery(c.query)
		require.NoError(t, err)
		require.ElementsMatch(t, c.want, places(d.CheckRequest(c.method, "/api/v1"+c.path, query, []byte(c.body))), "%v", c)
	}
	require.Equal(t, "POST /things/search", d.Operation("POST", "/api/v1/things/search"))
	require.Equal(t, "GET /things/{id}", d.Operation("GET", "/things/search"), "another method of the same path")
	require.Empty(t, d.Operation("GET", "/things/"))
}

func TestDepartures(t *testing.T) {
	t.Parallel()
	d := parsed(t, Departure{Operation: "GET /things/.*", Where: `response\.(id|size)`}, Departure{Operation: "GET /health", Where: "operation"})
	require.Empty(t, d.CheckResponse("GET", "/things/7", 200, "", []byte(`{"id":null}`)))
	require.Len(t, d.CheckResponse("GET", "/things/7", 200, "", []byte(`{"id":null,"rate":""}`)), 1)
	require.Empty(t, d.CheckRequest("GET", "/api/v1/health", nil, nil))
	require.Error(t, d.Except(Departure{Operation: "("}))
	require.Error(t, d.Except(Departure{Where: "("}))
	for _, known := range ApolloDepartures() {
		require.NotEmpty(t, known.Why)
	}
}

func TestLoading(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "api.json")
	require.NoError(t, os.WriteFile(path, []byte(sample), 0o600))
	_, err := Load(path)
	require.NoError(t, err)
	_, err = Load(path + ".missing")
	require.ErrorIs(t, err, os.ErrNotExist)
	for _, bad := range []string{`{`, `{}`, `{"paths":{"/x":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"type":3}}}}}}}}}`} {
		_, err = Parse([]byte(bad))
		require.Error(t, err, bad)
	}
	require.Equal(t, "GET /x: response: is not JSON", Violation{"GET /x", "response", "is not JSON"}.String())
}
