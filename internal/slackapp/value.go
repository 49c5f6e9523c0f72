package slackapp

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"handover/domain"
	"handover/internal/desk"
)

// Bounds of what comes back from Slack. The longest button value is Slack's.
const (
	maxValue = 2000
	maxPart  = 400
)

// actionPrefix stands before the verb in action and callback ids.
const actionPrefix = "handover:"

// verbOffboard is the form of /handover offboard.
const verbOffboard desk.Verb = "offboard"

// direct are the verbs that a button alone decides, forms those that a form
// does. Done is both: with a form where a proof is wanted.
var (
	direct = []desk.Verb{desk.VerbApprove, desk.VerbConfirm, desk.VerbRetry, desk.VerbDone, desk.VerbOpen}
	forms  = []desk.Verb{desk.VerbDeny, desk.VerbChoose, desk.VerbCannot, desk.VerbHandOver, desk.VerbSkip, desk.VerbDone, verbOffboard}
	asking = []desk.Verb{desk.VerbDeny, desk.VerbChoose, desk.VerbCannot, desk.VerbHandOver, desk.VerbSkip, desk.VerbPlan}
)

// target is what a button or form is about. It travels through Slack and back,
// stays in messages for months, and holds nothing personal.
type target struct {
	About   string         `json:"about,omitempty"`
	Digest  string         `json:"digest,omitempty"`
	Run     string         `json:"run,omitempty"`
	App     domain.AppID   `json:"app,omitempty"`
	Step    domain.StepKey `json:"step,omitempty"`
	Proof   bool           `json:"proof,omitempty"`
	Kind    desk.CardKind  `json:"kind,omitempty"`
	Channel string         `json:"channel,omitempty"` // of the message that a form was opened from
	Message string         `json:"message,omitempty"`
}

func (t target) encode() string {
	q := url.Values{}
	for key, value := range map[string]string{"r": t.About, "d": t.Digest, "u": t.Run, "a": string(t.App), "s": string(t.Step), "k": string(t.Kind), "c": t.Channel, "m": t.Message} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if t.Proof {
		q.Set("p", "1")
	}
	return "v1." + q.Encode()
}

var errValue = errors.New("decode value: not one of ours: look for the newest message about it")

// decodeTarget reads what encode wrote. Members that are not known are left out:
// a later version may have added them.
func decodeTarget(s string) (target, error) {
	rest, ok := strings.CutPrefix(s, "v1.")
	if !ok || len(s) > maxValue {
		return target{}, errValue
	}
	q, err := url.ParseQuery(rest)
	if err != nil {
		return target{}, errValue
	}
	for _, values := range q {
		if len(values) != 1 || len(values[0]) > maxPart || !plain(values[0]) {
			return target{}, errValue
		}
	}
	t := target{About: q.Get("r"), Digest: q.Get("d"), Run: q.Get("u"), App: domain.AppID(q.Get("a")), Step: domain.StepKey(q.Get("s")),
		Proof: q.Get("p") == "1", Kind: desk.CardKind(q.Get("k")), Channel: q.Get("c"), Message: q.Get("m")}
	if t.Channel != "" && !isID(t.Channel) || !isTS(t.Message) {
		return target{}, errValue
	}
	return t, nil
}

// plain tells whether a text is of printable ASCII, as all our references are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// verbOf reads the verb of an action or callback id.
func verbOf(id string, among ...[]desk.Verb) (desk.Verb, bool) {
	word, ok := strings.CutPrefix(id, actionPrefix)
	verb := desk.Verb(word)
	for _, list := range among {
		if ok && slices.Contains(list, verb) {
			return verb, true
		}
	}
	return "", false
}

// targetOf is what the buttons of a card are about: each verb only gets what it
// needs.
func targetOf(card desk.Card, verb desk.Verb) target {
	t := target{About: card.About, Kind: card.Kind}
	switch verb {
	case desk.VerbApprove, desk.VerbDeny, desk.VerbPlan, desk.VerbChoose:
		t.Digest = card.Digest
	case desk.VerbDone:
		t.Proof = card.Proof
	case desk.VerbRetry, desk.VerbSkip, desk.VerbHandOver:
		t.Run, t.App, t.Step = card.Run, card.App, card.Step
	}
	return t
}

// isID tells whether a text can be an id of Slack's: upper-case letters and
// digits, of which nothing else is known.
func isID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// isTS tells whether a text is empty or the time by which Slack names a message.
func isTS(s string) bool {
	if len(s) > 32 {
		return false
	}
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && s[i] != '.' {
			return false
		}
	}
	return true
}
