package apollo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// params are a request's parameters from the query and, where there is one, a JSON body.
type params struct {
	query url.Values
	body  map[string]any
}

// parseParams reads a body as JSON. A body that is JSON but not an object counts as empty, as Apollo ignores it.
func parseParams(query url.Values, raw []byte) (params, error) {
	p := params{query: query, body: map[string]any{}}
	if len(bytes.TrimSpace(raw)) == 0 {
		return p, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var decoded any
	if err := dec.Decode(&decoded); err != nil {
		return p, fmt.Errorf("decode body: %w", err)
	}
	if members, isObject := decoded.(map[string]any); isObject {
		p.body = members
	}
	return p, nil
}

// inQuery says whether the query has the parameter, as name or name[].
func (p params) inQuery(name string) bool { return p.query.Has(name) || p.query.Has(name+"[]") }

func (p params) has(name string) bool {
	_, inBody := p.body[name]
	return inBody || p.inQuery(name)
}

// str gives a parameter as text, the query before the body; "" where it is absent or null.
func (p params) str(name string) string {
	if p.query.Has(name) {
		return p.query.Get(name)
	}
	return asText(p.body[name])
}

// list gives a parameter as a list; a single value is a list of one.
func (p params) list(name string) []string {
	if p.inQuery(name) {
		return append(append([]string(nil), p.query[name+"[]"]...), p.query[name]...)
	}
	switch v := p.body[name].(type) {
	case nil:
		return nil
	case []any:
		out := make([]string, 0, len(v))
		for _, item := range v {
			out = append(out, asText(item))
		}
		return out
	default:
		return []string{asText(v)}
	}
}

func (p params) flag(name string) bool {
	on, _ := strconv.ParseBool(p.str(name))
	return on
}

// queryOnly forgets the body, for endpoints that read nothing but the query.
func (p params) queryOnly() params { return params{query: p.query} }

func asText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return strings.Trim(string(text), `"`)
	}
}
