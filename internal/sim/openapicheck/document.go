// Package openapicheck holds recorded HTTP exchanges against an OpenAPI 3.1 document. It knows the part of JSON Schema
// that inline API descriptions use, and is meant for contract tests only.
package openapicheck

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Document is a parsed OpenAPI document.
type Document struct {
	paths      []pathItem
	departures []departure
}

type pathItem struct {
	segments   []string
	template   string
	operations map[string]*operation
}

type operation struct {
	Name        string
	Parameters  []parameter         `json:"parameters"`
	RequestBody *content            `json:"requestBody"`
	Responses   map[string]*content `json:"responses"`
}

type parameter struct {
	Name     string  `json:"name"`
	In       string  `json:"in"`
	Required bool    `json:"required"`
	Schema   *schema `json:"schema"`
}

type content struct {
	Required bool             `json:"required"`
	Content  map[string]media `json:"content"`
}

type media struct {
	Schema *schema `json:"schema"`
}

// Violation is one thing in an exchange that the document does not allow.
type Violation struct {
	// Operation is the method and path template, such as "PUT /sequences/{id}".
	Operation string
	// Where names the place: "request.query.page", "request.body.user_id", "response.users[].title", "response.status".
	Where string
	// Problem says what is wrong there, without showing values.
	Problem string
}

func (v Violation) String() string { return v.Operation + ": " + v.Where + ": " + v.Problem }

// Departure is a known difference between the document and the service it describes. Violations it covers are dropped.
type Departure struct {
	// Operation and Where are regular expressions that must match the whole of a violation's; empty matches all.
	Operation, Where string
	// Why says where the difference was seen.
	Why string
}

type departure struct{ operation, where *regexp.Regexp }

// Load reads a document from a JSON file.
func Load(path string) (*Document, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load OpenAPI document: %w", err)
	}
	return Parse(raw)
}

// Parse reads a document.
func Parse(raw []byte) (*Document, error) {
	var file struct {
		Paths map[string]map[string]*operation `json:"paths"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("parse OpenAPI document: %w", err)
	}
	if len(file.Paths) == 0 {
		return nil, fmt.Errorf("parse OpenAPI document: no paths")
	}
	d := &Document{}
	for template, byMethod := range file.Paths {
		item := pathItem{template: template, segments: strings.Split(template, "/"), operations: map[string]*operation{}}
		for method, op := range byMethod {
			method = strings.ToUpper(method)
			op.Name = method + " " + template
			item.operations[method] = op
		}
		d.paths = append(d.paths, item)
	}
	// Literal segments come before parameters, so that /tasks/search is not taken for a task.
	slices.SortFunc(d.paths, func(a, b pathItem) int {
		return strings.Compare(strings.ReplaceAll(a.template, "{", "~"), strings.ReplaceAll(b.template, "{", "~"))
	})
	return d, nil
}

// Except makes the document tolerate known departures.
func (d *Document) Except(list ...Departure) error {
	for _, known := range list {
		operation, err := regexp.Compile("^(?:" + orAny(known.Operation) + ")$")
		if err != nil {
			return fmt.Errorf("departure %q: %w", known.Operation, err)
		}
		where, err := regexp.Compile("^(?:" + orAny(known.Where) + ")$")
		if err != nil {
			return fmt.Errorf("departure %q: %w", known.Where, err)
		}
		d.departures = append(d.departures, departure{operation, where})
	}
	return nil
}

func orAny(pattern string) string {
	if pattern == "" {
		return ".*"
	}
	return pattern
}

// Operation names the operation a request belongs to; "" when the document has none.
func (d *Document) Operation(method, path string) string {
	if op := d.find(method, path); op != nil {
		return op.Name
	}
	return ""
}

// Prefixes under which the paths are served.
var prefixes = []string{"/api/v1/", "/v1/"}

func (d *Document) find(method, path string) *operation {
	for _, p := range prefixes {
		if rest, found := strings.CutPrefix(path, p); found {
			path = "/" + rest
			break
		}
	}
	segments := strings.Split(path, "/")
	for _, item := range d.paths {
		if op := item.operations[strings.ToUpper(method)]; op != nil && fits(item.segments, segments) {
			return op
		}
	}
	return nil
}

func fits(template, segments []string) bool {
	if len(template) != len(segments) {
		return false
	}
	for i, part := range template {
		if part != segments[i] && (!strings.HasPrefix(part, "{") || segments[i] == "") {
			return false
		}
	}
	return true
}

// found collects violations and drops those that a departure covers.
type found struct {
	d         *Document
	operation string
	list      []Violation
}

func (f *found) add(where, format string, args ...any) {
	for _, known := range f.d.departures {
		if known.operation.MatchString(f.operation) && known.where.MatchString(where) {
			return
		}
	}
	f.list = append(f.list, Violation{f.operation, where, fmt.Sprintf(format, args...)})
}
