package browser

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"handover/domain"
)

// Parameters about the person. Others are named by the caller.
const (
	paramEmail   = "person.email"
	paramName    = "person.name"
	paramAccount = "person.account"
)

// maxValue bounds a parameter: longer than any name, address or id.
const maxValue = 500

var param = regexp.MustCompile(`\{\{([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)\}\}`)

// paramsIn names the parameters of a text.
func paramsIn(text string) []string {
	var names []string
	for _, m := range param.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// checkBraces refuses what looks like a parameter and is none.
func checkBraces(text string) error {
	rest := param.ReplaceAllString(text, "")
	if strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		return errors.New("a parameter is not written as {{person.email}}: small letters, digits, dots and _ between double braces")
	}
	return nil
}

// values collects what a recipe's parameters stand for. What is missing or would
// be unsafe is named without its value.
func (r Recipe) values(in domain.RecipeInput) (map[string]string, error) {
	given := map[string]string{}
	for name, v := range in.Values {
		given[name] = v
	}
	given[paramEmail], given[paramName], given[paramAccount] = in.Email, in.Name, string(in.Account)
	needed := map[string]string{}
	for _, name := range r.params {
		v, known := given[name]
		switch {
		case !known:
			return nil, fmt.Errorf("the recipe wants {{%s}}, which this step does not have: take it out of the recipe", name)
		case strings.TrimSpace(v) == "":
			return nil, fmt.Errorf("{{%s}} is empty for this person: nothing was opened", name)
		case len(v) > maxValue || strings.ContainsFunc(v, unicode.IsControl):
			return nil, fmt.Errorf("{{%s}} is too long or holds characters that are no text: nothing was opened", name)
		}
		needed[name] = v
	}
	return needed, nil
}

// fill puts values into plain text.
func fill(text string, values map[string]string) string {
	return param.ReplaceAllStringFunc(text, func(m string) string { return values[m[2:len(m)-2]] })
}

// fillURL puts values into an address, escaped for where they stand. A value that
// would lead to another path is refused.
func fillURL(raw string, values map[string]string) (string, error) {
	head, fragment, hash := strings.Cut(raw, "#")
	path, query, cut := strings.Cut(head, "?")
	for _, name := range paramsIn(path + " " + fragment) {
		if v := values[name]; v == "." || v == ".." || strings.ContainsAny(v, `/\`) {
			return "", fmt.Errorf("{{%s}} cannot stand in an address's path: nothing was opened", name)
		}
	}
	out := escaped(path, values, url.PathEscape)
	if cut {
		out += "?" + escaped(query, values, url.QueryEscape)
	}
	if hash {
		out += "#" + escaped(fragment, values, url.PathEscape)
	}
	return out, nil
}

func escaped(text string, values map[string]string, escape func(string) string) string {
	quoted := map[string]string{}
	for name, v := range values {
		quoted[name] = escape(v)
	}
	return fill(text, quoted)
}

// fill puts values into a selector, quoted as its kind demands.
func (s selector) fill(values map[string]string) selector {
	switch s.Kind {
	case kindText, kindARIA:
		s.Body = fill(s.Body, values)
	default:
		var out strings.Builder
		for _, p := range pieces(s.Body, s.Kind != kindXPath) {
			out.WriteString(p.fill(s.Kind, values))
		}
		s.Body = out.String()
	}
	return s
}

func (p piece) fill(kind string, values map[string]string) string {
	switch {
	case !p.quoted || !strings.Contains(p.text, "{{"):
		return p.text
	case kind == kindXPath:
		return xpathString(fill(p.text[1:len(p.text)-1], values))
	default:
		safe := map[string]string{}
		for name, v := range values {
			safe[name] = cssEscape(v)
		}
		return fill(p.text, safe)
	}
}

// cssEscape makes a text safe inside of either kind of quotes (CSS Syntax 4.3.7).
func cssEscape(v string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `\'`).Replace(v)
}

// xpathString writes a text as XPath does, which knows no escapes: with both
// quotes in it, it is put together from parts (XPath 1.0, 3.7 and 4.2).
func xpathString(v string) string {
	switch {
	case !strings.Contains(v, `"`):
		return `"` + v + `"`
	case !strings.Contains(v, `'`):
		return `'` + v + `'`
	}
	return `concat("` + strings.ReplaceAll(v, `"`, `",'"',"`) + `")`
}
