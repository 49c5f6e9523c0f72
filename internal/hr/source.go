package hr

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"handover/domain"
)

// SecretDefault is the variable of the source that needs no entry in the policy.
const SecretDefault = "HR_WEBHOOK_SECRET"

// source is one HR system that may speak.
type source struct {
	name     string
	policy   domain.HRSource
	verifier verifier // nil while no secret is set: nothing is heard then
	mapping  *mapping // nil for our own form
	clock    clock
}

// SourceState tells of one source whether it is heard.
type SourceState struct {
	Name   string
	Kind   domain.HRKind
	Secret string // name of the variable
	Open   bool   // the secret is set
}

// Path is where the source sends to.
func (s SourceState) Path() string {
	if s.Name == domain.HRSourceDefault {
		return "/hooks/hr"
	}
	return "/hooks/hr/" + s.Name
}

// newSources makes the sources of a policy, and the default one. secret looks up
// an environment variable; one that is not set is empty.
func newSources(p *domain.Policy, secret func(name string) (domain.Secret, error)) (map[string]*source, error) {
	entries := maps.Clone(p.HR.Sources)
	if entries[domain.HRSourceDefault] == nil {
		if entries == nil {
			entries = map[string]*domain.HRSource{}
		}
		entries[domain.HRSourceDefault] = &domain.HRSource{}
	}
	sources := map[string]*source{}
	for name, entry := range entries {
		if entry == nil {
			continue
		}
		s, err := newSource(name, *entry, p.Company.TimeZone, secret)
		if err != nil {
			return nil, fmt.Errorf("open HR source %s: %w", name, err)
		}
		sources[name] = s
	}
	return sources, nil
}

func newSource(name string, p domain.HRSource, zone string, secret func(string) (domain.Secret, error)) (*source, error) {
	if p.Secret == "" && name == domain.HRSourceDefault {
		p.Secret = SecretDefault
	}
	if p.Form() == domain.HRKindBamboo {
		p.Kind = domain.HRKindBamboo
		p = bambooDefaults(p)
	}
	s := &source{name: name, policy: p, clock: clock{zone: cmp.Or(p.TimeZone, zone), day: cmp.Or(p.DateOnly, domain.HREndOfDay), ours: p.Form() == domain.HRKindOurs}}
	var err error
	if p.Form() != domain.HRKindOurs {
		if s.mapping, err = newMapping(p); err != nil {
			return nil, err
		}
	}
	value, err := secret(p.Secret)
	if err != nil || value == "" {
		return s, err
	}
	if s.verifier, err = newVerifier(p, value); err != nil {
		return nil, fmt.Errorf("read %s: %w", p.Secret, err)
	}
	return s, nil
}

// States lists the sources in a fixed order.
func (x *Door) States() []SourceState {
	var states []SourceState
	for _, name := range slices.Sorted(maps.Keys(x.sources)) {
		s := x.sources[name]
		states = append(states, SourceState{Name: name, Kind: s.policy.Form(), Secret: s.policy.Secret, Open: s.verifier != nil})
	}
	return states
}

// read reads a delivery in the source's form. Whatever it takes has passed the
// check of the domain.
func (s *source) read(raw []byte, d delivery) []said {
	doc, err := parseJSON(raw)
	if err != nil {
		return []said{refused(malformed(err.Error()))}
	}
	var all []said
	switch s.policy.Form() {
	case domain.HRKindBamboo:
		all = s.bamboo(doc, d, raw)
	case domain.HRKindMapped:
		all = s.mapped(doc, d, raw)
	default:
		if d.id == "" {
			d.id = bodyID(raw)
		}
		all = s.ours(doc, d)
	}
	for i := range all {
		if all[i].verdict != take {
			continue
		}
		if err := all[i].event.Check(d.now); err != nil {
			all[i] = refused(invalid(err.Error()))
		}
	}
	return all
}
