package domain

// Tri is a fact about an account that the app may not tell. Unknown never
// turns into yes or no by itself: a guard that meets Unknown stays shut.
type Tri string

// The three values of a fact.
const (
	Unknown Tri = "unknown"
	Yes     Tri = "yes"
	No      Tri = "no"
)

// TriOf turns a known boolean into a fact.
func TriOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// Known tells whether the app told the fact.
func (t Tri) Known() bool { return t == Yes || t == No }

// And is yes when both are yes, no when either is no, unknown otherwise.
func (t Tri) And(o Tri) Tri {
	switch {
	case t == No || o == No:
		return No
	case t == Yes && o == Yes:
		return Yes
	default:
		return Unknown
	}
}

// Presence is what the app itself says after a step about the thing the step
// was to remove or to put there.
type Presence string

// The answers of a read-back. Absent needs a complete listing: a name that is
// missing from half a list proves nothing.
const (
	PresenceUnknown Presence = "unknown"
	Absent          Presence = "absent"
	Present         Presence = "present"
)
