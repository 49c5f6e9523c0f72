package hr

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"handover/domain"
)

// most is how many people one delivery may carry.
const most = 1000

// mapping turns another system's form into ours.
type mapping struct {
	fields map[string]field
	each   domain.HRPath
	id     domain.HRPath // of the delivery; nil where the body or a signed header gives it
	when   []condition
	types  map[string]string
	values map[string]map[string]string
}

// condition gives a type where every path holds its value.
type condition struct {
	paths map[string]domain.HRPath
	is    map[string]string
	then  string
}

func newMapping(s domain.HRSource) (*mapping, error) {
	m := &mapping{fields: map[string]field{}, types: s.Types, values: s.Values}
	var err error
	for name, f := range s.Fields {
		if m.fields[name], err = fieldOf(f); err != nil {
			return nil, fmt.Errorf("fields.%s: %w", name, err)
		}
	}
	if s.Each != "" {
		if m.each, err = domain.ParseHRPath(s.Each); err != nil {
			return nil, fmt.Errorf("each: %w", err)
		}
	}
	if s.ID != "" && s.ID != domain.HRIDBody && headerOf(s.ID) == "" {
		if m.id, err = domain.ParseHRPath(s.ID); err != nil {
			return nil, fmt.Errorf("id: %w", err)
		}
	}
	for i, w := range s.When {
		c := condition{paths: map[string]domain.HRPath{}, is: w.If, then: w.Then}
		for text := range w.If {
			if c.paths[text], err = domain.ParseHRPath(text); err != nil {
				return nil, fmt.Errorf("when[%d]: %w", i, err)
			}
		}
		m.when = append(m.when, c)
	}
	return m, nil
}

// bodyID names a delivery by what it says: the same body again is a repeat.
func bodyID(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha256-" + hex.EncodeToString(sum[:16])
}

// idOf finds the id of a delivery in its signed parts only.
func (m *mapping) idOf(doc any, d delivery, body []byte) (string, *refusal) {
	switch {
	case m.id != nil:
		id, err := textAt(doc, m.id)
		if err != nil || id == "" {
			return "", invalid("id: nothing stands where the policy file says that the id is")
		}
		return id, nil
	case d.id != "":
		return d.id, nil
	default:
		return bodyID(body), nil
	}
}

// elements are the people of a delivery, each with an id of its own.
func (m *mapping) elements(doc any, id string) ([]any, []string, *refusal) {
	if m.each == nil {
		return []any{doc}, []string{id}, nil
	}
	found, _ := at(doc, m.each[0])
	list, ok := found.([]any)
	switch {
	case !ok:
		return nil, nil, unmapped("there is no list of people where the policy file says that one is")
	case len(list) == 0:
		return nil, nil, invalid("the list of people is empty")
	case len(list) > most:
		return nil, nil, invalid(fmt.Sprintf("the list has more than %d people: send them in parts", most))
	}
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = fmt.Sprintf("%s/%d", id, i+1)
	}
	return list, ids, nil
}

// read reads all fields of one event but its type.
func (m *mapping) read(doc any) (facts, *refusal) {
	f := facts{}
	for _, name := range domain.HRFields {
		where, ok := m.fields[name]
		if !ok {
			continue
		}
		text, err := where.text(doc)
		if err != nil {
			return nil, wrongField(name, err)
		}
		f[name] = m.value(name, text)
	}
	return f, nil
}

// value maps a value of theirs; one that is not named stays as it is.
func (m *mapping) value(name, text string) string {
	values := m.values[name]
	if mapped, ok := values[text]; ok {
		return mapped
	}
	if mapped, ok := values[domain.HRAny]; ok && text != "" {
		return mapped
	}
	return text
}

// typeOf finds the type of an event: by the first condition that holds, else by
// their own type.
func (m *mapping) typeOf(doc any, theirs string) (string, bool) {
	for _, c := range m.when {
		if c.holds(doc) {
			return c.then, true
		}
	}
	if mapped, ok := m.types[theirs]; ok && theirs != "" {
		return mapped, true
	}
	mapped, ok := m.types[domain.HRAny]
	return mapped, ok
}

func (c condition) holds(doc any) bool {
	for name, path := range c.paths {
		text, err := textAt(doc, path)
		switch want := c.is[name]; {
		case want == domain.HRAny:
			if err == nil && text == "" {
				return false
			}
		case err != nil || text != want:
			return false
		}
	}
	return true
}

// mapped reads a delivery in another system's form.
func (s *source) mapped(doc any, d delivery, body []byte) []said {
	id, wrong := s.mapping.idOf(doc, d, body)
	if wrong != nil {
		return []said{refused(wrong)}
	}
	elements, ids, wrong := s.mapping.elements(doc, id)
	if wrong != nil {
		return []said{refused(wrong)}
	}
	all := make([]said, len(elements))
	for i, element := range elements {
		all[i] = s.mappedOne(element, ids[i], d)
	}
	return all
}

func (s *source) mappedOne(doc any, id string, d delivery) said {
	f, wrong := s.mapping.read(doc)
	if wrong != nil {
		return refused(wrong)
	}
	name, ok := s.mapping.typeOf(doc, f["type"])
	if !ok {
		return refused(unmapped("nothing in the policy file says what this type of event means: add it under types, or map it to ignore"))
	}
	if name == domain.HRIgnore {
		return said{verdict: ignore}
	}
	kind, _ := typeOf(name)
	return s.build(f, kind, id, d)
}
