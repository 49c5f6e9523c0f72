package slackapp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"handover/internal/desk"
)

// actKind is through what somebody acted.
type actKind string

const (
	actButton  actKind = "button"
	actForm    actKind = "form"
	actCommand actKind = "command"
)

// act is what somebody did in Slack, with what is needed to carry it out later.
// It is kept as JSON between its arrival and its end.
type act struct {
	ID         string              `json:"id"` // the same for a repeated delivery
	Kind       actKind             `json:"kind"`
	Team       string              `json:"team"`
	Enterprise string              `json:"enterprise,omitempty"`
	User       string              `json:"user"`
	Channel    string              `json:"channel,omitempty"`
	Message    string              `json:"message,omitempty"`
	Response   string              `json:"response,omitempty"`
	Verb       desk.Verb           `json:"verb,omitempty"`
	Target     target              `json:"target"`
	Fields     map[string][]string `json:"fields,omitempty"` // of a form
	Words      string              `json:"words,omitempty"`  // of a command
	At         time.Time           `json:"at"`

	trigger string // opens a form, for three seconds
}

// errAct says that a payload is not one of ours. It never quotes it.
var errAct = errors.New("decode payload: not an act that is known here")

// Bounds of an act.
const (
	maxForm   = 40
	maxChosen = 100
	maxTyped  = 3000 // characters, as Slack bounds inputs
	maxURL    = 600
	maxWords  = 1000
)

// check refuses an act that could not be carried out. Every act that came
// through here has a user and a verb, or is a command.
func (a act) check() error {
	ok := isID(a.User) && (a.Team == "" || isID(a.Team)) && (a.Enterprise == "" || isID(a.Enterprise)) && (a.Team != "" || a.Enterprise != "") &&
		(a.Channel == "" || isID(a.Channel)) && isTS(a.Message) && len(a.Response) <= maxURL && plain(a.Response) && len(a.trigger) <= maxPart && plain(a.trigger)
	switch a.Kind {
	case actButton:
		ok = ok && (slices.Contains(direct, a.Verb) || slices.Contains(asking, a.Verb)) && a.Target.About != ""
	case actForm:
		ok = ok && slices.Contains(forms, a.Verb) && (a.Target.About != "" || a.Verb == verbOffboard)
	case actCommand:
		ok = ok && a.Verb == "" && utf8.RuneCountInString(a.Words) <= maxWords
	default:
		ok = false
	}
	if !ok || len(a.Fields) > maxForm {
		return errAct
	}
	for name, values := range a.Fields {
		if name == "" || len(name) > 255 || len(values) > maxChosen {
			return errAct
		}
		for _, v := range values {
			if utf8.RuneCountInString(v) > maxTyped {
				return errAct
			}
		}
	}
	return nil
}

// field is the only value of a field, or "".
func (a act) field(name string) string {
	if v := a.Fields[name]; len(v) > 0 {
		return bare(v[0])
	}
	return ""
}

// derive makes the id of an act from what it was: which of the parts tell one
// act from another depends on its kind.
func (a act) derive(parts ...string) string {
	raw, _ := json.Marshal(append([]string{string(a.Kind), a.Team, a.Enterprise, a.User, a.Message, string(a.Verb)}, parts...))
	sum := sha256.Sum256(raw)
	return "slack:" + hex.EncodeToString(sum[:16])
}

// encode is the act as it is kept.
func (a act) encode() ([]byte, error) { return json.Marshal(a) }

// decodeAct reads a kept act.
func decodeAct(body []byte) (act, error) {
	var a act
	if err := json.Unmarshal(body, &a); err != nil {
		return act{}, errAct
	}
	return a, a.check()
}
