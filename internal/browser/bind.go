package browser

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"handover/domain"
)

// bound is a recipe for one person: every parameter is filled in.
type bound struct {
	recipe Recipe
	steps  []ready
	own    []string // values that name the person, and what is theirs
	given  []string // all values
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
	keys         []string // of the expected address's query, those that hold parameters
}

// identifies tells the parameters that are about the person from those about
// somebody else, such as the colleague who gets the mail.
func identifies(name string) bool {
	return strings.HasPrefix(name, "person.") || strings.HasPrefix(name, "mailbox.")
}

// bind fills a recipe in. Its errors name parameters, never values.
func (r Recipe) bind(in domain.RecipeInput) (*bound, error) {
	values, err := r.values(in)
	if err != nil {
		return nil, err
	}
	b := &bound{recipe: r, hosts: map[string]bool{}, own: []string{}, given: slices.Sorted(maps.Values(values))}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if identifies(name) {
			b.own = append(b.own, values[name])
		}
	}
	for _, s := range r.steps {
		one := ready{step: s, limit: s.timeout(r.flow), attributes: map[string]string{}, keys: keysWithParams(s.expected())}
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

// keysWithParams names what in an address's query is somebody's.
func keysWithParams(raw string) []string {
	raw, _, _ = strings.Cut(raw, "#")
	_, query, _ := strings.Cut(raw, "?")
	var keys []string
	for _, part := range strings.Split(query, "&") {
		if key, value, _ := strings.Cut(part, "="); len(paramsIn(value)) > 0 {
			keys = append(keys, key)
		}
	}
	return keys
}

// same tells whether an address is the expected one: scheme, host, path, what of
// the query holds parameters, and the fragment where one is expected, which is the
// path of some apps. The rest differs from visit to visit.
func same(is, expected string, keys []string) bool {
	a, err := url.Parse(is)
	if err != nil {
		return false
	}
	b, err := url.Parse(expected)
	if err != nil || a.Scheme != b.Scheme || a.Host != b.Host || clean(a.Path) != clean(b.Path) {
		return false
	}
	for _, key := range keys {
		if !slices.Equal(a.Query()[key], b.Query()[key]) {
			return false
		}
	}
	return b.Fragment == "" || a.Fragment == b.Fragment
}

func clean(path string) string {
	if path == "" {
		return "/"
	}
	return path
}
