package browser

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// checker collects what is wrong with a recipe.
type checker struct {
	flow  flow
	steps []step
	at    int
	found Findings
}

func (c *checker) add(format string, args ...any) {
	c.found = append(c.found, Finding{Step: c.at, What: fmt.Sprintf(format, args...)})
}

func (c *checker) file() {
	if strings.TrimSpace(c.flow.Title) == "" {
		c.add("the recording has no title: give it one")
	}
	if len(c.flow.Steps) == 0 || len(c.flow.Steps) > maxSteps {
		c.add("the recording has no steps, or more than %d: record one act", maxSteps)
		c.flow.Steps = nil
	}
	c.timeout(c.flow.Timeout)
	for _, address := range c.flow.Reads {
		c.url(address, false)
		if strings.ContainsAny(address, "?#{}*") {
			c.add("an address in handoverReads holds more than host and path: write it out, without query, parameters or stars")
		}
	}
}

func (c *checker) timeout(ms *int) {
	if ms != nil && (*ms < 1 || *ms > 30000) {
		c.add("the timeout is not between 1 and 30000 milliseconds")
	}
}

func (c *checker) alternatives(s *step) {
	if len(s.Selectors) > maxAlternatives {
		c.add("there are more than %d alternatives: keep the ones that name the element", maxAlternatives)
		return
	}
	for i, raw := range s.Selectors {
		a, err := readAlternative(raw)
		if err != nil {
			c.add("alternative %d: %s", i+1, err)
			continue
		}
		s.alternatives = append(s.alternatives, a)
	}
}

// each checks every step by itself.
func (c *checker) each() {
	for i, s := range c.steps {
		c.at = i + 1
		c.timeout(s.Timeout)
		if s.Target != "" && s.Target != "main" {
			c.add("it happens in another page or window (target): record it without opening one")
		}
		if slices.ContainsFunc(s.Frame, func(n int) bool { return n < 0 }) || len(s.Frame) > 5 {
			c.add("the frame is no path of positions")
		}
		for _, e := range s.AssertedEvents {
			if e.Type != "navigation" {
				c.add("it expects an event that is no navigation: remove it")
			}
			c.url(e.URL, true)
		}
		c.kind(s)
	}
	c.at = 0
}

// refused are types of steps that are never played, and why.
var refused = map[string]string{
	"customStep":               "a custom step does nothing that could be checked: remove it",
	"waitForExpression":        "it runs code in the page, which nobody can check: wait for an element instead",
	"emulateNetworkConditions": "it slows the network down: record without throttling",
	"close":                    "it closes the page: remove it",
}

// keys are those that no page takes for a command. Enter and the space bar press
// whatever has the focus, so that a key could act without an identity check.
var keys = []string{"Tab", "Escape", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown", "Shift"}

func (c *checker) kind(s step) {
	switch s.Type {
	case "unread":
	case typeViewport:
		if s.Width == nil || s.Height == nil || *s.Width < 1 || *s.Height < 1 || *s.Width > 10000 || *s.Height > 10000 {
			c.add("the size of the page is missing or absurd")
		}
	case typeNavigate:
		c.url(s.URL, false)
	case typeClick, typeDoubleClick, typeHover:
		c.selectors(s)
		if s.Button != "" && s.Button != "primary" {
			c.add("it clicks with another button of the mouse: record it with the first")
		}
	case typeChange:
		c.selectors(s)
		c.value(s)
	case typeKeyDown, typeKeyUp:
		if !slices.Contains(keys, s.Key) {
			c.add("this key could press or delete something: only moving keys are played; click the button instead of pressing Enter")
		}
	case typeScroll:
	case typeWait:
		c.selectors(s)
		c.waiting(s)
	default:
		if why, known := refused[s.Type]; known {
			c.add("%s", why)
			return
		}
		c.add("this type of step is not known: record it again with a current Chrome")
	}
}

func (c *checker) selectors(s step) {
	if len(s.Selectors) == 0 {
		c.add("it has no selectors: record it again")
	}
}

func (c *checker) waiting(s step) {
	if len(s.Properties) > 0 {
		c.add("it waits for properties: wait for attributes instead")
	}
	if s.Operator != "" && !slices.Contains([]string{">=", "==", "<="}, s.Operator) {
		c.add("the operator is none of >=, == and <=")
	}
	if s.Count != nil && (*s.Count < 0 || *s.Count > 10000) {
		c.add("the count is no number of elements")
	}
	for _, v := range s.Attributes {
		if err := checkBraces(v); err != nil {
			c.add("%s", err)
		}
	}
}

func (c *checker) value(s step) {
	switch {
	case s.Value == nil:
		c.add("it has no value")
	case strings.Contains(strings.ToLower(*s.Value), "fakepath"):
		c.add("it chooses a file, which cannot be played: remove it")
	case secretField(s) || looksSecret(*s.Value):
		c.add("it types what looks like a password or a code, which a recipe never holds: sign in to the profile by hand, remove the step, and change that password")
	default:
		if err := checkBraces(*s.Value); err != nil {
			c.add("%s", err)
		}
		if strings.ContainsFunc(*s.Value, unicode.IsControl) {
			c.add("the value holds characters that are no text, such as a line break, which would press Enter")
		}
	}
}

var secretWords = regexp.MustCompile(`(?i)pass(word|wort|code|phrase)|passwd|one-time|\botp\b|\btotp\b|2fa|mfa|secret|api[-_ ]?key|token|\bpin\b|kennwort|mot de passe|contraseña|senha`)

// secretField tells by its selectors that a field takes a secret.
func secretField(s step) bool {
	for _, a := range s.Selectors {
		if secretWords.MatchString(param.ReplaceAllString(strings.Join(a, " "), "")) {
			return true
		}
	}
	return false
}

// looksSecret tells a typed value that has the form of a password or of a code by
// mail or app: no word, address or number of seats looks so.
func looksSecret(v string) bool {
	if len(paramsIn(v)) > 0 || strings.ContainsAny(v, " ") || len(v) < 6 || strings.Contains(v, "://") {
		return false
	}
	var lower, upper, digit, other int
	for _, r := range v {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	onlyDigits := digit == 1 && lower+upper+other == 0
	return onlyDigits && len(v) <= 8 || lower+upper+digit+other >= 3 && !strings.Contains(v, "@")
}

// url checks an address of a recipe. An expected one may be missing.
func (c *checker) url(raw string, optional bool) {
	if raw == "" && optional {
		return
	}
	if err := checkBraces(raw); err != nil {
		c.add("%s", err)
		return
	}
	u, err := url.Parse(param.ReplaceAllString(raw, "p"))
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Opaque != "":
		c.add("the address is not a whole one such as https://app.example.com/users")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		c.add("the address is not https")
	case len(paramsIn(hostPart(raw))) > 0:
		c.add("a parameter stands in the host of the address: write the host out")
	}
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// hostPart is an address up to its path.
func hostPart(raw string) string {
	_, rest, found := strings.Cut(raw, "://")
	if !found {
		return raw
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[:i]
	}
	return rest
}
