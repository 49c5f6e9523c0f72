package browser

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Seen is what stood in the pages while the recipe was recorded: the literals
// that become parameters. Nothing of it is left in what Import gives.
type Seen struct {
	Email   string            // of the person it was recorded with: {{person.email}}
	Name    string            // {{person.name}}
	Account string            // the app's id of them: {{person.account}}
	Values  map[string]string // others by name without braces, as "mailbox.address"
}

// Note is something that was changed, or that a person still has to do.
type Note struct {
	Step int // from 1, in the recipe that comes out; 0 is the file as a whole
	What string
	Todo bool // the recipe is refused until somebody does it
}

// shortest is how long a piece of somebody's name or address must be to be told
// from other words.
const shortest = 3

// Import makes a recipe of a raw export of the Recorder. Literals of the person
// it was recorded with become parameters; alternatives that hold a part of one,
// or hold one where it could not be quoted, go. Passwords, codes and what cannot
// be played are refused with Findings and must be recorded anew without them.
// The notes say what was changed and what ParseRecipe still wants: most of all
// which step acts, and what on the page names the person.
func Import(raw []byte, seen Seen) (out []byte, notes []Note, err error) {
	f, _, err := decodeFlow(raw)
	if err != nil {
		return nil, nil, err
	}
	im := &importer{literals: seen.literals()}
	if len(im.literals) == 0 {
		return nil, nil, whole("nobody said with whom it was recorded: give at least the email address of that person")
	}
	for i, l := range im.literals[1:] {
		if strings.EqualFold(l.text, im.literals[i].text) {
			im.note(0, "%s and %s were the same text while recording, and only the first is in the recipe: record with different ones, or tell them apart by hand", im.literals[i].param, l.param)
		}
	}
	f.Title = im.text(f.Title)
	var kept []json.RawMessage
	for i, rawStep := range f.Steps {
		one, ok, err := im.step(i+1, len(kept)+1, rawStep)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			kept = append(kept, one)
		}
	}
	if len(im.refused) > 0 {
		return nil, nil, im.refused
	}
	f.Steps = kept
	if out, err = json.MarshalIndent(f, "", "  "); err != nil {
		return nil, nil, whole("the recipe cannot be written: record it again")
	}
	if im.left(string(out)) {
		return nil, nil, whole("a part of what names the person is left in the recording: record it again with a test person whose name is no common word")
	}
	return append(out, '\n'), append(im.notes, todo(out)...), nil
}

// todo is what ParseRecipe finds.
func todo(out []byte) []Note {
	var found Findings
	if _, err := ParseRecipe(out); !errors.As(err, &found) {
		return nil
	}
	var notes []Note
	for _, one := range found {
		notes = append(notes, Note{Step: one.Step, What: one.What, Todo: true})
	}
	return notes
}

// literal is one text that becomes a parameter.
type literal struct{ text, param string }

// literals are sorted so that a longer one is replaced before one in it.
func (s Seen) literals() []literal {
	var all []literal
	add := func(text, param string) {
		if len(strings.TrimSpace(text)) >= shortest {
			all = append(all, literal{strings.TrimSpace(text), "{{" + param + "}}"})
		}
	}
	add(s.Email, paramEmail)
	add(s.Name, paramName)
	add(s.Account, paramAccount)
	for name, v := range s.Values {
		add(v, name)
	}
	slices.SortFunc(all, func(a, b literal) int {
		if len(a.text) != len(b.text) {
			return len(b.text) - len(a.text)
		}
		return strings.Compare(b.param, a.param) // of the same text {{person.email}} before {{mailbox.address}}
	})
	return all
}

type importer struct {
	literals []literal
	notes    []Note
	refused  Findings
}

func (im *importer) note(step int, format string, args ...any) {
	im.notes = append(im.notes, Note{Step: step, What: fmt.Sprintf(format, args...)})
}

// text puts parameters into plain text. Addresses are written in any case.
func (im *importer) text(s string) string {
	for _, l := range im.literals {
		s = replaceFold(s, l.text, l.param)
	}
	return s
}

func replaceFold(s, old, param string) string {
	lower, want := strings.ToLower(s), strings.ToLower(old)
	if len(lower) != len(s) { // letters whose small form has another length: exact only
		return strings.ReplaceAll(s, old, param)
	}
	var out strings.Builder
	for {
		i := strings.Index(lower, want)
		if i < 0 || want == "" {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:i] + param)
		s, lower = s[i+len(want):], lower[i+len(want):]
	}
}

// address puts parameters into an address, escaped or not.
func (im *importer) address(s string) string {
	for _, l := range im.literals {
		for _, form := range []string{l.text, url.PathEscape(l.text), url.QueryEscape(l.text)} {
			s = replaceFold(s, form, l.param)
		}
	}
	return s
}

// left tells that a part of somebody's name or address is still there: a recorder
// cuts long texts, and CSS escapes them.
func (im *importer) left(s string) bool {
	plain := strings.ToLower(param.ReplaceAllString(strings.ReplaceAll(s, `\`, ""), " "))
	for _, l := range im.literals {
		parts := strings.FieldsFunc(strings.ToLower(l.text), func(r rune) bool { return r == '@' || r == ' ' })
		if strings.Contains(l.text, "@") {
			parts = parts[:1] // a domain is the whole company's
		}
		for _, p := range parts {
			if len(p) >= shortest && strings.Contains(plain, p) {
				return true
			}
		}
	}
	return false
}

// step turns one step. at is its number in the recording, to in the recipe.
func (im *importer) step(at, to int, raw json.RawMessage) (json.RawMessage, bool, error) {
	s, err := decodeStep(raw)
	if err != nil {
		im.refused = append(im.refused, Finding{Step: at, What: "cannot be read (" + decodeProblem(err) + "): record it with a current Chrome"})
		return nil, false, nil
	}
	if s.Type == "emulateNetworkConditions" || s.Type == "close" {
		im.note(to, "a step %q of the recording was left out before this one", s.Type)
		return nil, false, nil
	}
	im.refuse(at, s)
	s.URL = im.address(s.URL)
	for i := range s.AssertedEvents {
		s.AssertedEvents[i].URL = im.address(s.AssertedEvents[i].URL)
		s.AssertedEvents[i].Title = nil // often somebody's name, and not compared
	}
	if s.Value != nil {
		s.Value = ptr(im.text(*s.Value))
	}
	for k, v := range s.Attributes {
		s.Attributes[k] = im.text(v)
	}
	im.selectors(to, &s)
	out, err := json.Marshal(s)
	return out, true, err
}

// refuse finds what must never be kept, even in a draft.
func (im *importer) refuse(at int, s step) {
	c := &checker{at: at}
	switch {
	case s.Type == typeChange:
		c.value(s)
	case refused[s.Type] != "":
		c.add("%s", refused[s.Type])
	}
	if s.Target != "" && s.Target != "main" {
		c.add("it happens in another page or window (target): record it without opening one")
	}
	im.refused = append(im.refused, c.found...)
}

// selectors turns the alternatives of a step and drops those that would name the
// test person for ever.
func (im *importer) selectors(to int, s *step) {
	var kept []chain
	for i, alternative := range s.Selectors {
		var out chain
		usable := true
		for _, raw := range alternative {
			part := im.text(raw)
			out = append(out, part)
			usable = usable && !im.left(part) && checkPlaced(readSelector(part)) == nil
		}
		if usable {
			kept = append(kept, out)
			continue
		}
		im.note(to, "alternative %d was left out: it holds a part of what names the test person, or holds it outside of quotes", i+1)
	}
	if len(s.Selectors) > 0 && len(kept) == 0 {
		im.note(to, "no alternative is left: write one with a parameter, such as xpath///tr[td[normalize-space()=\"{{person.email}}\"]]//button")
	}
	s.Selectors = kept
}
