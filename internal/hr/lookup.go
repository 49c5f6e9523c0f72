package hr

import (
	"encoding/json"
	"errors"
	"strings"

	"handover/domain"
)

var errNoText = errors.New("a list or an object stands there, not a text")

// at finds what stands at the end of some steps.
func at(doc any, steps []domain.HRStep) (any, bool) {
	for _, step := range steps {
		switch v := doc.(type) {
		case map[string]any:
			if step.Key == "" {
				return nil, false
			}
			member, ok := v[step.Key]
			if !ok {
				return nil, false
			}
			doc = member
		case []any:
			if step.Key != "" || step.Index >= len(v) {
				return nil, false
			}
			doc = v[step.Index]
		default:
			return nil, false
		}
	}
	return doc, true
}

// scalar gives a text, a number or a boolean as text; null is nothing.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	case json.Number:
		return v.String(), nil
	case bool:
		if v {
			return "true", nil
		}
		return "false", nil
	default:
		return "", errNoText
	}
}

// textAt reads what stands at a path; parts that are not there are left out.
func textAt(doc any, path domain.HRPath) (string, error) {
	var parts []string
	for _, steps := range path {
		v, ok := at(doc, steps)
		if !ok {
			continue
		}
		text, err := scalar(v)
		if err != nil {
			return "", err
		}
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " "), nil
}

// field is where a field of ours stands in their document.
type field struct {
	paths    []domain.HRPath
	constant string
}

func fieldOf(f domain.HRField) (field, error) {
	out := field{constant: f.Constant}
	for _, text := range f.From {
		path, err := domain.ParseHRPath(text)
		if err != nil {
			return out, err
		}
		out.paths = append(out.paths, path)
	}
	return out, nil
}

// text is the first alternative that holds something. Where none does, and what
// stood at one was no text, that is an error.
func (f field) text(doc any) (string, error) {
	var wrong error
	for _, path := range f.paths {
		text, err := textAt(doc, path)
		if err == nil && text != "" {
			return text, nil
		}
		if err != nil {
			wrong = err
		}
	}
	if f.constant != "" {
		return f.constant, nil
	}
	return "", wrong
}
