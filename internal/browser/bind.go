package browser

import (
	"maps"
	"net/url"
	"slices"
	"time"

	"handover/domain"
)

// bound is a recipe for one person: every parameter is filled in.
type bound struct {
	recipe Recipe
	steps  []ready
	given  []string // all values, for what a page may show beside the person
	hosts  map[string]bool
}

// ready is one step with its values. The step itself keeps its parameters, for
// what is said about it.
type ready struct {
	step
	url, expect  string
	alternatives []alternative
	values       []string // of the parameters in its selectors
	text         string
	attributes   map[string]string
	limit        time.Duration
}

// bind fills a recipe in. Its errors name parameters, never values.
func (r Recipe) bind(in domain.RecipeInput) (*bound, error) {
	values, err := r.values(in)
	if err != nil {
		return nil, err
	}
	b := &bound{recipe: r, hosts: map[string]bool{}, given: slices.Sorted(maps.Values(values))}
	for _, s := range r.steps {
		one := ready{step: s, limit: s.timeout(r.flow), attributes: map[string]string{}}
		for _, address := range []struct{ raw, to *string }{{&s.URL, &one.url}, {ptr(s.expected()), &one.expect}} {
			if *address.to, err = fillURL(*address.raw, values); err != nil {
				return nil, err
			}
			if u, err := url.Parse(*address.to); err == nil && u.Host != "" {
				b.hosts[u.Scheme+"://"+u.Host] = true
			}
		}
		for _, a := range s.alternatives {
			var filled alternative
			for _, part := range a {
				filled = append(filled, part.fill(values))
			}
			one.alternatives = append(one.alternatives, filled)
			for _, name := range a.params() {
				one.values = append(one.values, values[name])
			}
		}
		if s.Value != nil {
			one.text = fill(*s.Value, values)
		}
		for k, v := range s.Attributes {
			one.attributes[k] = fill(v, values)
		}
		slices.Sort(one.values)
		one.values = slices.Compact(one.values)
		b.steps = append(b.steps, one)
	}
	return b, nil
}

func ptr[T any](v T) *T { return &v }

// same tells whether an address is the expected one: scheme, host and path. What
// follows the path differs from visit to visit.
func same(is, expected string) bool {
	a, err := url.Parse(is)
	if err != nil {
		return false
	}
	b, err := url.Parse(expected)
	return err == nil && a.Scheme == b.Scheme && a.Host == b.Host && clean(a.Path) == clean(b.Path)
}

func clean(path string) string {
	if path == "" {
		return "/"
	}
	return path
}
