package browser

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// What a recipe's author says a step is for, beside what Chrome recorded. Chrome
// drops the field when it imports the file (Recorder: unknown fields are dropped).
const (
	tagAct     = "act"     // the click that acts
	tagWho     = "who"     // the page names the person; demanded before the act
	tagAlready = "already" // the page shows that the act is not needed
	tagRead    = "read"    // the texts are the recipe's result
)

// Types of steps, as Recorder names them.
const (
	typeViewport    = "setViewport"
	typeNavigate    = "navigate"
	typeClick       = "click"
	typeDoubleClick = "doubleClick"
	typeHover       = "hover"
	typeChange      = "change"
	typeKeyDown     = "keyDown"
	typeKeyUp       = "keyUp"
	typeScroll      = "scroll"
	typeWait        = "waitForElement"
)

// defaultTimeout is a step's time where neither it nor the recipe says so
// (Recorder: 5000 ms).
const defaultTimeout = 5 * time.Second

// Recipe is a recording that was checked whole. The zero value plays nothing.
type Recipe struct {
	flow   flow
	steps  []step
	params []string
	digest string
}

// Digest is "v1:" and the SHA-256, in hex, of the recipe in its canonical form:
// white space and the order of keys do not count.
func (r Recipe) Digest() string { return r.digest }

// Title is the recipe's own name.
func (r Recipe) Title() string { return r.flow.Title }

// Acts tells a recipe with a click that acts from one that only reads.
func (r Recipe) Acts() bool {
	return slices.ContainsFunc(r.steps, func(s step) bool { return s.Handover == tagAct })
}

// Params names the parameters that must be given, in the order of the recipe.
func (r Recipe) Params() []string { return slices.Clone(r.params) }

// flow is the file.
type flow struct {
	Title             string            `json:"title"`
	Timeout           *int              `json:"timeout,omitempty"`
	SelectorAttribute string            `json:"selectorAttribute,omitempty"`
	Steps             []json.RawMessage `json:"steps"`
	// Reads are addresses to which the page sends requests that only read, although
	// they are no GET: a search, mostly. Whoever writes one here vouches for it.
	Reads []string `json:"handoverReads,omitempty"`
}

// step is one step of any type.
type step struct {
	Type           string            `json:"type"`
	Handover       string            `json:"handover,omitempty"`
	URL            string            `json:"url,omitempty"`
	AssertedEvents []assertion       `json:"assertedEvents,omitempty"`
	Target         string            `json:"target,omitempty"`
	Frame          []int             `json:"frame,omitempty"`
	Selectors      []chain           `json:"selectors,omitempty"`
	Value          *string           `json:"value,omitempty"`
	Key            string            `json:"key,omitempty"`
	Operator       string            `json:"operator,omitempty"`
	Count          *int              `json:"count,omitempty"`
	Visible        *bool             `json:"visible,omitempty"`
	Attributes     map[string]string `json:"attributes,omitempty"`
	Properties     json.RawMessage   `json:"properties,omitempty"`
	OffsetX        *float64          `json:"offsetX,omitempty"`
	OffsetY        *float64          `json:"offsetY,omitempty"`
	X              *float64          `json:"x,omitempty"`
	Y              *float64          `json:"y,omitempty"`
	DeviceType     string            `json:"deviceType,omitempty"`
	Button         string            `json:"button,omitempty"`
	Duration       *float64          `json:"duration,omitempty"`
	Width          *float64          `json:"width,omitempty"`
	Height         *float64          `json:"height,omitempty"`
	Scale          *float64          `json:"deviceScaleFactor,omitempty"`
	Mobile         *bool             `json:"isMobile,omitempty"`
	Touch          *bool             `json:"hasTouch,omitempty"`
	Landscape      *bool             `json:"isLandscape,omitempty"`
	Timeout        *int              `json:"timeout,omitempty"`

	alternatives []alternative
}

// assertion is what a step is expected to set off.
type assertion struct {
	Type  string  `json:"type"`
	URL   string  `json:"url,omitempty"`
	Title *string `json:"title,omitempty"`
}

// chain is one alternative: a selector, or several that each go on inside of what
// the one before found.
type chain []string

// UnmarshalJSON takes a string or a list of strings (Recorder writes either).
func (c *chain) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*c = chain{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(raw, &many); err != nil {
		return errors.New("a selector is a text or a list of texts")
	}
	*c = many
	return nil
}

// decodeStep reads one step and refuses fields that no step has. Of a step that is
// never played only the type is read.
func decodeStep(raw []byte) (step, error) {
	var only struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &only) == nil && refused[only.Type] != "" {
		return step{Type: only.Type}, nil
	}
	var s step
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err := dec.Decode(&s)
	return s, err
}

// expected is the address that a step must lead to; "" when it says none.
func (s step) expected() string {
	for _, e := range s.AssertedEvents {
		if e.URL != "" {
			return e.URL
		}
	}
	if s.Type == typeNavigate {
		return s.URL
	}
	return ""
}

func (s step) timeout(f flow) time.Duration {
	for _, ms := range []*int{s.Timeout, f.Timeout} {
		if ms != nil {
			return time.Duration(*ms) * time.Millisecond
		}
	}
	return defaultTimeout
}

// words says what a step is, without values.
func (s step) words() string {
	what := s.Type
	if s.Handover != "" {
		what += " (" + s.Handover + ")"
	}
	if len(s.alternatives) > 0 {
		what += " " + s.alternatives[0].words()
	}
	return what
}
