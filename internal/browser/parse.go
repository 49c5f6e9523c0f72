package browser

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Bounds of a file, far above any recording.
const (
	maxFile         = 1 << 20
	maxSteps        = 200
	maxAlternatives = 20
)

// Finding is one thing that is wrong with a recipe: where, and what to do. It
// quotes nothing of the file.
type Finding struct {
	Step int // from 1; 0 is the file as a whole
	What string
}

// Findings is everything that is wrong with a recipe. No part of it is played.
type Findings []Finding

// Error lists all findings.
func (f Findings) Error() string {
	lines := make([]string, 0, len(f))
	for _, one := range f {
		if one.Step == 0 {
			lines = append(lines, one.What)
		} else {
			lines = append(lines, fmt.Sprintf("step %d: %s", one.Step, one.What))
		}
	}
	return strings.Join(lines, "; ")
}

func whole(what string) Findings { return Findings{{What: what}} }

// ParseRecipe reads a recipe and refuses it whole with Findings when anything in
// it is unknown, unsafe or missing.
func ParseRecipe(raw []byte) (Recipe, error) {
	f, digest, err := decodeFlow(raw)
	if err != nil {
		return Recipe{}, err
	}
	c := &checker{flow: f}
	c.file()
	for i, rawStep := range f.Steps {
		c.at = i + 1
		s, err := decodeStep(rawStep)
		if err != nil {
			c.add("cannot be read (%s): record it again", decodeProblem(err))
			s = step{Type: "unread"}
		}
		c.alternatives(&s)
		c.steps = append(c.steps, s)
	}
	c.each()
	c.tags()
	if len(c.found) > 0 {
		return Recipe{}, c.found
	}
	return Recipe{flow: f, steps: c.steps, params: namesOf(c.steps), digest: digest}, nil
}

// decodeFlow reads the frame of a file and its canonical digest.
func decodeFlow(raw []byte) (flow, string, error) {
	var f flow
	if len(raw) > maxFile {
		return f, "", whole("the file is larger than any recording: export one recording as JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return f, "", whole("the file is no recording (" + decodeProblem(err) + "): in Chrome's Recorder choose Export, JSON file")
	}
	if _, err := dec.Token(); err != io.EOF {
		return f, "", whole("something follows the recording in the file: export it again")
	}
	var any any
	if err := json.Unmarshal(raw, &any); err != nil {
		return f, "", whole("the file is no JSON: export it again")
	}
	canonical, err := json.Marshal(any) // keys sorted, no white space
	if err != nil {
		return f, "", whole("the file cannot be written in its canonical form: export it again")
	}
	sum := sha256.Sum256(canonical)
	return f, "v1:" + hex.EncodeToString(sum[:]), nil
}

// decodeProblem says what is wrong in the decoder's own words where these hold
// names of fields only, never values.
func decodeProblem(err error) string {
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok && len(name) < 40 {
		return "unknown field " + name
	}
	return "its form is not that of the Recorder"
}

// namesOf collects the parameters of all steps, in their order.
func namesOf(steps []step) []string {
	var names []string
	add := func(text string) {
		for _, n := range paramsIn(text) {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	for _, s := range steps {
		add(s.URL)
		add(s.expected())
		if s.Value != nil {
			add(*s.Value)
		}
		for _, a := range s.alternatives {
			for _, part := range a {
				add(part.Body)
			}
		}
		for _, k := range slices.Sorted(maps.Keys(s.Attributes)) {
			add(s.Attributes[k])
		}
	}
	return names
}
