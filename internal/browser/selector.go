package browser

import (
	"errors"
	"regexp"
	"strings"
)

// Kinds of selectors. One without a prefix is CSS (Recorder).
const (
	kindCSS    = "css"
	kindPierce = "pierce"
	kindXPath  = "xpath"
	kindText   = "text"
	kindARIA   = "aria"
)

// selector is one part of an alternative.
type selector struct {
	Kind string `json:"kind"`
	Body string `json:"body"`
	Role string `json:"role,omitempty"`
}

// alternative is one way of finding a step's element.
type alternative []selector

// named tells that an alternative knows its element by what a person reads on it.
func (a alternative) named() bool {
	last := a[len(a)-1]
	return (last.Kind == kindARIA || last.Kind == kindText) && strings.TrimSpace(last.Body) != ""
}

// params tells whether an alternative holds a parameter.
func (a alternative) params() []string {
	var all []string
	for _, s := range a {
		all = append(all, paramsIn(s.Body)...)
	}
	return all
}

// words shows an alternative as it stands in the recipe.
func (a alternative) words() string {
	var parts []string
	for _, s := range a {
		text := s.Body
		if s.Kind != kindCSS {
			text = s.Kind + "/" + text
		}
		if s.Role != "" {
			text += `[role="` + s.Role + `"]`
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " >> ")
}

var ariaRole = regexp.MustCompile(`^(.*)\[\s*role\s*=\s*["']([a-zA-Z-]+)["']\s*\]$`)

// readSelector takes a selector apart. Of xpath/ only the six characters are cut:
// Recorder writes xpath///*[@id="x"].
func readSelector(raw string) selector {
	for _, kind := range []string{kindCSS, kindPierce, kindXPath, kindText, kindARIA} {
		body, ok := strings.CutPrefix(raw, kind+"/")
		if !ok {
			continue
		}
		if m := ariaRole.FindStringSubmatch(body); kind == kindARIA && m != nil {
			return selector{Kind: kind, Body: m[1], Role: m[2]}
		}
		return selector{Kind: kind, Body: body}
	}
	return selector{Kind: kindCSS, Body: raw}
}

// readAlternative takes a chain apart and says what is wrong with it.
func readAlternative(c chain) (alternative, error) {
	var a alternative
	for _, raw := range c {
		s := readSelector(raw)
		if strings.TrimSpace(s.Body) == "" && s.Role == "" {
			return nil, errors.New("a selector is empty: remove it")
		}
		if s.Kind == kindARIA && len(c) > 1 {
			return nil, errors.New("an aria/ selector inside a chain is not supported: remove this alternative")
		}
		if err := checkPlaced(s); err != nil {
			return nil, err
		}
		a = append(a, s)
	}
	if len(a) == 0 {
		return nil, errors.New("a selector is empty: remove it")
	}
	return a, nil
}

// checkPlaced refuses parameters where they could not be quoted.
func checkPlaced(s selector) error {
	if err := checkBraces(s.Body); err != nil {
		return err
	}
	if s.Kind == kindText || s.Kind == kindARIA {
		return nil
	}
	loose := false
	for _, p := range pieces(s.Body, s.Kind != kindXPath) {
		loose = loose || !p.quoted && strings.Contains(p.text, "{{")
	}
	if loose {
		return errors.New("a parameter stands outside of quotes in a CSS or XPath selector: write it in quotes, as in [data-email=\"{{person.email}}\"]")
	}
	return nil
}

// piece is a stretch of a CSS or XPath selector. A quoted one is a whole string
// literal with its quotes.
type piece struct {
	text   string
	quoted bool
}

// pieces cuts a selector at its string literals. CSS escapes with a backslash,
// XPath knows no escapes. A literal that is not closed is not quoted.
func pieces(body string, escapes bool) []piece {
	var all []piece
	plain := 0
	for i := 0; i < len(body); i++ {
		quote := body[i]
		if escapes && quote == '\\' {
			i++
			continue
		}
		if quote != '"' && quote != '\'' {
			continue
		}
		end := closing(body, i, escapes)
		if end < 0 {
			break
		}
		all = append(all, piece{text: body[plain:i]}, piece{text: body[i : end+1], quoted: true})
		i, plain = end, end+1
	}
	return append(all, piece{text: body[plain:]})
}

func closing(body string, open int, escapes bool) int {
	for i := open + 1; i < len(body); i++ {
		switch {
		case escapes && body[i] == '\\':
			i++
		case body[i] == body[open]:
			return i
		}
	}
	return -1
}
