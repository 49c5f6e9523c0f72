package openapicheck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// schema is the part of JSON Schema that the checker understands.
type schema struct {
	Type       types              `json:"type"`
	Nullable   bool               `json:"nullable"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Items      *schema            `json:"items"`
	Enum       []any              `json:"enum"`
	OneOf      []*schema          `json:"oneOf"`
	AnyOf      []*schema          `json:"anyOf"`
	Additional additional         `json:"additionalProperties"`
	Format     string             `json:"format"`
	MinItems   *int               `json:"minItems"`
	MaxItems   *int               `json:"maxItems"`
}

// types is "type", which is one name or a list of names.
type types []string

func (t *types) UnmarshalJSON(raw []byte) error {
	var one string
	if err := json.Unmarshal(raw, &one); err == nil {
		*t = types{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(raw, &many); err != nil {
		return fmt.Errorf("read type: %w", err)
	}
	*t = many
	return nil
}

// additional is "additionalProperties", which is a schema or says whether there may be any.
type additional struct {
	schema *schema
	set    bool
}

func (a *additional) UnmarshalJSON(raw []byte) error {
	a.set = true
	if bytes.Equal(raw, []byte("true")) {
		return nil
	}
	if bytes.Equal(raw, []byte("false")) {
		a.set = false
		return nil
	}
	return json.Unmarshal(raw, &a.schema)
}

// check holds a value against a schema. Strict also reports members the schema does not name, which is how a misspelt
// request shows; answers may have more than the document tells.
func (f *found) check(s *schema, v any, where string, strict bool) {
	if s == nil {
		return
	}
	if v == nil {
		if len(s.Type) > 0 && !s.Nullable && !slices.Contains(s.Type, "null") {
			f.add(where, "null where %v is declared", []string(s.Type))
		}
		return
	}
	if len(s.OneOf) > 0 && !f.any(s.OneOf, v, where, strict) {
		f.add(where, "fits none of the alternatives")
	}
	if len(s.AnyOf) > 0 && !f.any(s.AnyOf, v, where, false) {
		f.add(where, "fits none of the alternatives")
	}
	if len(s.Type) > 0 && !slices.ContainsFunc(s.Type, func(t string) bool { return isType(v, t) }) {
		f.add(where, "%s where %v is declared", typeOf(v), []string(s.Type))
		return
	}
	if len(s.Enum) > 0 && !slices.ContainsFunc(s.Enum, func(e any) bool { return fmt.Sprint(e) == fmt.Sprint(v) }) {
		f.add(where, "not among the listed values")
	}
	f.format(s, v, where)
	switch v := v.(type) {
	case map[string]any:
		f.object(s, v, where, strict)
	case []any:
		f.array(s, v, where, strict)
	}
}

// any says whether a value fits one of several schemas.
func (f *found) any(list []*schema, v any, where string, strict bool) bool {
	return slices.ContainsFunc(list, func(s *schema) bool {
		trial := &found{d: f.d, operation: f.operation}
		trial.check(s, v, where, strict)
		return len(trial.list) == 0
	})
}

func (f *found) object(s *schema, v map[string]any, where string, strict bool) {
	for _, name := range s.Required {
		if _, there := v[name]; !there {
			f.add(where+"."+name, "required but missing")
		}
	}
	for name, member := range v {
		if p, declared := s.Properties[name]; declared {
			f.check(p, member, where+"."+name, strict)
			continue
		}
		if s.Additional.schema != nil {
			f.check(s.Additional.schema, member, where+".*", strict)
			continue
		}
		if strict && len(s.Properties) > 0 && !s.Additional.set {
			f.add(where+"."+name, "not known to the operation")
		}
	}
}

func (f *found) array(s *schema, v []any, where string, strict bool) {
	if s.MinItems != nil && len(v) < *s.MinItems || s.MaxItems != nil && len(v) > *s.MaxItems {
		f.add(where, "%d items are too few or too many", len(v))
	}
	for _, item := range v {
		f.check(s.Items, item, where+"[]", strict)
	}
}

func (f *found) format(s *schema, v any, where string) {
	text, isText := v.(string)
	if !isText {
		return
	}
	switch s.Format {
	case "date-time":
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			f.add(where, "not a date and time")
		}
	case "date":
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			f.add(where, "not a date")
		}
	}
}

func typeOf(v any) string {
	switch v := v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		if _, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "null"
}

func isType(v any, want string) bool {
	is := typeOf(v)
	return is == want || (want == "number" && is == "integer")
}

// decode reads JSON keeping numbers as they were written.
func decode(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode JSON: %w", err)
	}
	return v, nil
}
