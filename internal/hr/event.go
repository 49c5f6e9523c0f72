package hr

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"handover/domain"
)

// verdict is what becomes of one event of a delivery.
type verdict int

const (
	take   verdict = iota
	ignore         // answered and forgotten
	note           // answered, and written down as not usable
	refuse         // turned away
)

// said is one thing that a delivery says.
type said struct {
	event   domain.HREvent
	verdict verdict
	why     *refusal // of note and refuse
}

func refused(r *refusal) said { return said{verdict: refuse, why: r} }

// facts are the fields of an event by our names, as text.
type facts map[string]string

// build turns facts into an event of our form. What it gives back has passed the
// domain's own check, so that the desk has nothing left to refuse.
func (s *source) build(f facts, kind domain.HREventType, id string, d delivery) said {
	e := domain.HREvent{ID: id, Source: s.name, Type: kind, Employment: f["employment_id"], Email: f["email"], Name: f["name"], Manager: f["manager_email"],
		Department: f["department"], Title: f["title"], Location: f["location"], Kind: f["employment_type"], Reason: f["reason"]}
	e.CutNow = s.policy.EndedNowIsCutNow && kind == domain.HREndedNow
	var err error
	if e.OccurredAt, err = s.occurred(f["occurred_at"], d); err != nil {
		return refused(wrongField("occurred_at", err))
	}
	if text := f["last_moment"]; text != "" {
		if e.LastMoment, err = s.clock.moment(text, f["time_zone"]); err != nil {
			return refused(wrongField("last_moment", err))
		}
		if _, err := time.LoadLocation(e.LastMoment.Zone); err != nil || e.LastMoment.Zone == "" || e.LastMoment.Zone == "Local" {
			return refused(invalid("time_zone: it is no IANA name such as Europe/Berlin"))
		}
	}
	if text := f["start_date"]; text != "" {
		if e.Starts, err = parseDay(text); err != nil {
			return refused(wrongField("start_date", err))
		}
	}
	if e.OnLeave, err = yesOrNo(f["on_leave"]); err != nil {
		return refused(wrongField("on_leave", err))
	}
	secret, err := yesOrNo(f["confidential"])
	if err != nil {
		return refused(wrongField("confidential", err))
	}
	e.Confidential = secret != nil && *secret
	return said{event: e}
}

// occurred is HR's own time. A system that tells none is taken at the time that
// it signed, which is never before the thing happened.
func (s *source) occurred(text string, d delivery) (time.Time, error) {
	switch {
	case text != "" && s.clock.ours:
		return parseInstant(text, nil)
	case text != "":
		zone, err := time.LoadLocation(s.clock.zone)
		if err != nil {
			return time.Time{}, errTime
		}
		return parseInstant(text, zone)
	case s.clock.ours:
		return time.Time{}, nil // the domain says what is missing
	default:
		return d.sentAt, nil
	}
}

func wrongField(name string, err error) *refusal { return invalid(name + ": " + err.Error()) }

func yesOrNo(text string) (*bool, error) {
	var b bool
	switch strings.ToLower(text) {
	case "":
		return nil, nil //nolint:nilnil // nothing was said
	case "true", "yes", "1":
		b = true
	case "false", "no", "0":
	default:
		return nil, fmt.Errorf("it is neither true nor false: map its values in the policy file")
	}
	return &b, nil
}

// typeOf finds a type of ours by its name.
func typeOf(name string) (domain.HREventType, bool) {
	kind := domain.HREventType(name)
	return kind, slices.Contains(domain.HRTypes, kind)
}

// ours reads our own form. A member of the wrong type refuses the event; members
// that are not known are left alone, because HR systems add some.
func (s *source) ours(doc any, d delivery) []said {
	members, ok := doc.(map[string]any)
	if !ok {
		return []said{refused(malformed("the body is no JSON object"))}
	}
	f := facts{}
	for _, name := range domain.HRFields {
		v := members[name]
		flag := name == "on_leave" || name == "confidential"
		switch v := v.(type) {
		case nil:
		case string:
			if flag {
				return []said{refused(invalid(name + " is a text: write true or false without quotes"))}
			}
			f[name] = strings.TrimSpace(v)
		case bool:
			if !flag {
				return []said{refused(invalid(name + " is true or false, not a text"))}
			}
			f[name], _ = scalar(v)
		default:
			return []said{refused(invalid(name + " is of the wrong type: see the form of an HR event"))}
		}
	}
	kind, known := typeOf(f["type"])
	if !known {
		return []said{refused(unmapped("type is missing, or none that is known here: map it in the policy file, or leave the event out"))}
	}
	return []said{s.build(f, kind, d.id, d)}
}
