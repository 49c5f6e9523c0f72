package domain

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// HRPolicy is how HR is heard: which systems speak, in which form, and whom HR
// does not know.
type HRPolicy struct {
	Sources   map[string]*HRSource `yaml:"sources"`
	Externals []ExternalPolicy     `yaml:"externals"`
}

// ExternalPolicy is somebody whom HR does not know: an external, or a service
// account. Somebody inside answers for them until a date.
type ExternalPolicy struct {
	Email   string       `yaml:"email"`
	Name    string       `yaml:"name"`
	Kind    ExternalKind `yaml:"kind"`
	Sponsor string       `yaml:"sponsor"` // email of who answers for them
	Ends    string       `yaml:"ends"`    // the last day
}

// ExternalKind tells people from machines.
type ExternalKind string

// Kinds of externals.
const (
	ExternalPerson  ExternalKind = "external"
	ExternalService ExternalKind = "service"
)

// HRSource is one HR system and how its events become ours.
type HRSource struct {
	Kind             HRKind                       `yaml:"kind"`
	Signature        HRSignature                  `yaml:"signature"`
	Secret           string                       `yaml:"secret"` // name of an environment variable
	HMAC             HRSigning                    `yaml:"hmac"`
	Tolerance        time.Duration                `yaml:"tolerance"` // how far a signed time may be from ours
	ID               string                       `yaml:"id"`        // header:NAME, body, or a path
	Each             string                       `yaml:"each"`      // path of a list; one delivery carries several people
	Fields           map[string]HRField           `yaml:"fields"`    // our field: where it stands in theirs
	Types            map[string]string            `yaml:"types"`     // their type: ours, or ignore
	When             []HRWhen                     `yaml:"when"`      // asked before types, the first that holds counts
	Values           map[string]map[string]string `yaml:"values"`    // our field: their value: ours
	TimeZone         string                       `yaml:"time_zone"` // of local times without one
	DateOnly         HRDay                        `yaml:"date_only"`
	EndedNowIsCutNow bool                         `yaml:"ended_now_is_cut_now"`
	Ping             []string                     `yaml:"ping"` // bodies that only try the address
}

// HRSourceDefault is the source that POST /hooks/hr means.
const HRSourceDefault = "hr"

// HRKind is the form of a source's events.
type HRKind string

// Forms of events.
const (
	HRKindOurs   HRKind = "handover" // our own form
	HRKindMapped HRKind = "mapped"   // by fields and types
	HRKindBamboo HRKind = "bamboohr" // ready made: its field form
)

// HRSignature is how a source proves that an event is its own.
type HRSignature string

// Ways to sign.
const (
	HRStandardWebhooks HRSignature = "standard-webhooks"
	HRBambooSignature  HRSignature = "bamboohr"
	HRHMAC             HRSignature = "hmac"
)

// HRSigning is a signature of the kind hmac. Signed is what is signed, made of
// literal text and {body}, {timestamp}, {id}, {method}.
type HRSigning struct {
	Header    string `yaml:"header"`
	Algorithm string `yaml:"algorithm"` // sha256, sha512
	Encoding  string `yaml:"encoding"`  // hex, base64
	Prefix    string `yaml:"prefix"`    // before the signature in the header
	Timestamp string `yaml:"timestamp"` // header with the time of sending
	Signed    string `yaml:"signed"`
}

// HRField is where a field of ours stands: paths that are tried in order, else a
// constant. In the file it is one path, a list of them, or both keys.
type HRField struct {
	From     []string `yaml:"from"`
	Constant string   `yaml:"constant"`
}

// UnmarshalYAML reads the three ways to write a field.
func (f *HRField) UnmarshalYAML(decode func(any) error) error {
	var one string
	if decode(&one) == nil {
		*f = HRField{From: []string{one}}
		return nil
	}
	var several []string
	if decode(&several) == nil {
		*f = HRField{From: several}
		return nil
	}
	type plain HRField
	return decode((*plain)(f))
}

// HRWhen gives a type where every path holds the value beside it. "" is nothing,
// "*" is anything.
type HRWhen struct {
	If   map[string]string `yaml:"if"`
	Then string            `yaml:"then"`
}

// What a mapping may say beside our types and fields.
const (
	HRIgnore  = "ignore" // a type that is answered and forgotten
	HRAny     = "*"      // any value, and every value that is not named
	HRIDBody  = "body"   // the id is made of the body: a repeat is the same body
	HRIDOfTop = "header:"
)

// HRDay is when access ends where HR gives a date alone.
type HRDay string

// Ends of a last day.
const (
	HREndOfDay   HRDay = "end_of_day"        // 23:59 of the day
	HRStartOfDay HRDay = "start_of_next_day" // 00:00 of the day after
)

// HRFields are the fields of an event that a mapping can fill in. type is read by
// types and when.
var HRFields = []string{"type", "employment_id", "email", "name", "manager_email", "department", "title", "location", "employment_type", "occurred_at",
	"last_moment", "time_zone", "start_date", "on_leave", "confidential", "reason"}

// HRTypes are the types of events that there are.
var HRTypes = []HREventType{HREnding, HRMoved, HRRetracted, HREndedNow, HRStarting, HRChanged}

// HRStep is one step of a path: into a member, or into a list.
type HRStep struct {
	Key   string
	Index int // of a list, where Key is empty
}

// HRPath is where something stands in a JSON document. Several parts are joined
// by a space.
type HRPath [][]HRStep

// ParseHRPath reads a path: members by dots, elements of lists as [0], members
// with dots in their names as ["a.b"], and several parts joined by " + ".
func ParseHRPath(text string) (HRPath, error) {
	var path HRPath
	for part := range strings.SplitSeq(text, " + ") {
		steps, err := parseSteps(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		path = append(path, steps)
	}
	return path, nil
}

func parseSteps(text string) ([]HRStep, error) {
	var steps []HRStep
	for first := true; text != "" || first; first = false {
		if !strings.HasPrefix(text, "[") {
			if !first {
				rest, dotted := strings.CutPrefix(text, ".")
				if !dotted {
					return nil, fmt.Errorf("write a dot or [ after ]")
				}
				text = rest
			}
			end := strings.IndexAny(text, ".[")
			if end < 0 {
				end = len(text)
			}
			if end == 0 {
				return nil, fmt.Errorf("a name is missing: write for example data.work.email, or employees[0].id")
			}
			steps, text = append(steps, HRStep{Key: text[:end]}), text[end:]
			continue
		}
		inside, rest, closed := cutBracket(text)
		step, err := bracketStep(inside)
		if !closed || err != nil {
			return nil, fmt.Errorf(`write [0] for an element of a list, or ["a.b"] for a name with dots`)
		}
		steps, text = append(steps, step), rest
	}
	return steps, nil
}

// cutBracket takes what stands between a bracket and its end. A name in quotes
// may hold brackets itself.
func cutBracket(text string) (inside, rest string, closed bool) {
	end := "]"
	if strings.HasPrefix(text, `["`) {
		end = `"]`
	}
	i := strings.Index(text[1:], end)
	if i < 0 {
		return "", "", false
	}
	i += len(end)
	return text[1:i], text[i+1:], true
}

func bracketStep(inside string) (HRStep, error) {
	if strings.HasPrefix(inside, `"`) {
		if key := strings.Trim(inside, `"`); key != "" {
			return HRStep{Key: key}, nil
		}
		return HRStep{}, strconv.ErrSyntax
	}
	n, err := strconv.Atoi(inside)
	if err != nil || n < 0 || n > 10_000 {
		return HRStep{}, strconv.ErrRange
	}
	return HRStep{Index: n}, nil
}

// Form is what the source sends: mapped where fields are given and nothing else
// is said.
func (s HRSource) Form() HRKind {
	switch {
	case s.Kind != "":
		return s.Kind
	case len(s.Fields) > 0:
		return HRKindMapped
	default:
		return HRKindOurs
	}
}
