package domain

import (
	"fmt"
	"time"
)

// IdleAfter is for how long nothing was seen of somebody before a hint calls them
// idle, and how long somebody new is left alone: a quarter, as reviews do.
const IdleAfter = 90 * 24 * time.Hour

// LastSeen is what an app showed of the use of one account. Few apps tell when
// somebody was last there, so what somebody did stands in for it. Seen is Yes with a
// moment; No only where every source that counts was read to its end since Since and
// showed nothing; Unknown otherwise. No trace in half the sources is no proof of no
// use.
type LastSeen struct {
	Seen   Tri       `json:"seen"`
	At     time.Time `json:"at"`            // of the act that was found, not before Since; there may be a later one. Zero unless Seen is Yes
	Since  time.Time `json:"since"`         // how far back was looked
	Source string    `json:"source"`        // what it was, for a reader: emails, calls, tasks
	Why    string    `json:"why,omitempty"` // why it is unknown, and what to do
}

// SeenAt is the account of which an act was found.
func SeenAt(at, since time.Time, source string) LastSeen {
	return LastSeen{Seen: Yes, At: at, Since: since, Source: source}
}

// NotSeen is the account of which every source was read to its end and showed
// nothing since a moment.
func NotSeen(since time.Time) LastSeen { return LastSeen{Seen: No, Since: since} }

// SeenUnknown is the account of which too little could be read, and why.
func SeenUnknown(since time.Time, why string) LastSeen {
	return LastSeen{Seen: Unknown, Since: since, Why: why}
}

// String says it in words.
func (l LastSeen) String() string {
	switch l.Seen {
	case Yes:
		return "seen " + l.At.UTC().Format(time.DateOnly)
	case No:
		return "not seen since " + l.Since.UTC().Format(time.DateOnly)
	}
	return "unknown"
}

// UserFacts are what the company knows of whoever sits on a seat, for a hint.
type UserFacts struct {
	State  PersonState // "" where nobody knows the person
	Joined time.Time   // the later of the hire and of the account's beginning; zero is unknown
}

// IdleHint weighs whether an account may be called idle: Yes only where the app shows
// use, every source was read for all of IdleAfter, and the person is neither on leave
// nor new. Unknown never turns into idle. The text says why, for a reader.
func IdleHint(seen LastSeen, who UserFacts, now time.Time) (Tri, string) {
	from := now.Add(-IdleAfter)
	switch {
	case seen.Seen == Yes && !seen.At.Before(from):
		return No, "seen on " + seen.At.UTC().Format(time.DateOnly) + orNothing(" in ", seen.Source)
	case who.State == PersonOnLeave:
		return No, "on leave"
	case who.Joined.After(from):
		return No, fmt.Sprintf("here for less than %d days", int(IdleAfter.Hours())/24)
	case seen.Seen != No:
		return Unknown, orText(seen.Why, "the app does not show when somebody was last there")
	case seen.Since.IsZero() || seen.Since.After(from):
		return Unknown, fmt.Sprintf("what the app showed does not reach back %d days", int(IdleAfter.Hours())/24)
	case who.Joined.IsZero():
		return Unknown, "since when the person is here is not known"
	case who.State == "":
		return Unknown, "nobody knows the person, so it is not known whether they are on leave"
	}
	return Yes, "nothing was seen since " + seen.Since.UTC().Format(time.DateOnly)
}

func orNothing(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}
