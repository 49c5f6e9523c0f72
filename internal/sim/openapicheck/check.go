package openapicheck

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// CheckRequest holds a request against the document: the operation, its query parameters and its body must be known to
// it, and what it requires must be there.
func (d *Document) CheckRequest(method, path string, query url.Values, body []byte) []Violation {
	op := d.find(method, path)
	if op == nil {
		return d.unknown(method, path)
	}
	f := &found{d: d, operation: op.Name}
	f.query(op, query)
	f.body(op, body)
	return f.list
}

// CheckResponse holds an answer against the document: status, content type and the shape of the body. An empty content
// type is guessed from the body.
func (d *Document) CheckResponse(method, path string, status int, contentType string, body []byte) []Violation {
	op := d.find(method, path)
	if op == nil {
		return d.unknown(method, path)
	}
	f := &found{d: d, operation: op.Name}
	r := op.Responses[strconv.Itoa(status)]
	if r == nil {
		f.add("response.status."+strconv.Itoa(status), "status is not declared")
		return f.list
	}
	if contentType == "" {
		contentType = guess(body)
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		f.add("response.content_type", "cannot be read")
		return f.list
	}
	form, declared := r.Content[kind]
	if !declared {
		f.add("response.content_type."+strconv.Itoa(status), "%s is not declared", kind)
		return f.list
	}
	if kind != "application/json" {
		return f.list
	}
	v, err := decode(body)
	if err != nil {
		f.add("response", "is not JSON")
		return f.list
	}
	f.check(form.Schema, v, "response", false)
	return f.list
}

func guess(body []byte) string {
	if json.Valid(body) {
		return "application/json"
	}
	return "text/plain"
}

func (d *Document) unknown(method, path string) []Violation {
	f := &found{d: d, operation: strings.ToUpper(method) + " " + withoutPrefix(path)}
	f.add("operation", "is not in the document")
	return f.list
}

func withoutPrefix(path string) string {
	for _, p := range prefixes {
		if rest, cut := strings.CutPrefix(path, p); cut {
			return "/" + rest
		}
	}
	return path
}

func (f *found) query(op *operation, query url.Values) {
	known := map[string]*schema{}
	for _, p := range op.Parameters {
		if p.In != "query" {
			continue
		}
		known[p.Name] = p.Schema
		if p.Required && !query.Has(p.Name) {
			f.add("request.query."+p.Name, "required but missing")
		}
	}
	for name, values := range query {
		s, declared := known[name]
		if !declared {
			f.add("request.query."+name, "not known to the operation")
			continue
		}
		for _, text := range values {
			f.text(s, text, "request.query."+name)
		}
	}
}

// text holds a query value, which is always text, against a schema that may want something else.
func (f *found) text(s *schema, text, where string) {
	switch {
	case s == nil:
	case slices.Contains(s.Type, "array"):
		f.text(s.Items, text, where)
	case slices.Contains(s.Type, "integer") || slices.Contains(s.Type, "number"):
		f.check(s, json.Number(text), where, false)
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			f.add(where, "not a number")
		}
	case slices.Contains(s.Type, "boolean"):
		if _, err := strconv.ParseBool(text); err != nil {
			f.add(where, "not true or false")
		}
	default:
		f.check(s, text, where, false)
	}
}

func (f *found) body(op *operation, body []byte) {
	empty := len(bytes.TrimSpace(body)) == 0
	if op.RequestBody == nil {
		if v, err := decode(body); !empty && (err != nil || !isEmpty(v)) {
			f.names(v)
		}
		return
	}
	if empty {
		if op.RequestBody.Required {
			f.add("request.body", "required but missing")
		}
		return
	}
	v, err := decode(body)
	if err != nil {
		f.add("request.body", "is not JSON")
		return
	}
	f.check(op.RequestBody.Content["application/json"].Schema, v, "request.body", true)
}

// names reports each member of a body that the operation has no place for.
func (f *found) names(v any) {
	members, isObject := v.(map[string]any)
	if !isObject {
		f.add("request.body", "the operation takes none")
		return
	}
	for name := range members {
		f.add("request.body."+name, "not known to the operation")
	}
}

func isEmpty(v any) bool {
	members, isObject := v.(map[string]any)
	return isObject && len(members) == 0
}
