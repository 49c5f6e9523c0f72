package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ProviderID names an identity provider as the policy file does.
type ProviderID string

// Kinds of identity provider.
const (
	ProviderOkta  = "okta"
	ProviderEntra = "entra"
)

// Way is one way by which a person is given an app at the identity provider:
// directly, or by a group.
type Way struct {
	Assignment string   `json:"assignment,omitempty"` // the provider's id of a direct assignment, where it has one
	Group      string   `json:"group,omitempty"`      // the provider's id; "" is a direct assignment
	Name       string   `json:"name,omitempty"`       // of the group, for a reader
	Fixed      string   `json:"fixed,omitempty"`      // why it cannot be taken away here; "" when it can
	Gives      []string `json:"gives,omitempty"`      // what else the group gives, by name
	GivesKnown Tri      `json:"gives_known"`          // whether Gives is all of it
}

// Direct tells that no group stands behind a way.
func (w Way) Direct() bool { return w.Group == "" }

// Assignment is what an identity provider says about one person and one app.
// Present means that at least one way was shown; Absent that a complete reading
// showed none, or that the provider knows no such person.
type Assignment struct {
	User       string    `json:"user"` // the provider's id of the person; "" when it knows none
	Presence   Presence  `json:"presence"`
	Ways       []Way     `json:"ways,omitempty"`
	Pushes     Tri       `json:"pushes"` // taking it away deactivates the user in the app too
	PushesWhy  string    `json:"pushes_why,omitempty"`
	PushFailed bool      `json:"push_failed,omitempty"` // the provider reports that its last push to the app failed
	ReadAt     time.Time `json:"read_at"`
	RequestID  string    `json:"request_id"`
}

// Fixed lists the ways that cannot be taken away here.
func (a Assignment) Fixed() []Way {
	return slices.DeleteFunc(slices.Clone(a.Ways), func(w Way) bool { return w.Fixed == "" })
}

// Warning says what else goes when the groups behind an assignment are left; ""
// when nothing else does.
func (a Assignment) Warning() string {
	var parts []string
	for _, w := range a.Ways {
		switch {
		case w.Direct() || w.Fixed != "":
		case w.GivesKnown != Yes && len(w.Gives) > 0:
			parts = append(parts, fmt.Sprintf("the group %q, which also gives %s, and perhaps more", w.Name, strings.Join(w.Gives, ", ")))
		case w.GivesKnown != Yes:
			parts = append(parts, fmt.Sprintf("the group %q, of which it is not known what else it gives", w.Name))
		case len(w.Gives) > 0:
			parts = append(parts, fmt.Sprintf("the group %q, which also gives %s", w.Name, strings.Join(w.Gives, ", ")))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "the sign-in is given by " + strings.Join(parts, ", and by ") + ": leaving it takes that away too"
}

// KeptSignIn is how a person had an app at the identity provider right before a run
// took it away, for undo: what somebody else took away before is not given back.
type KeptSignIn struct {
	Run        string     `json:"run"`
	App        AppID      `json:"app"`
	Assignment Assignment `json:"assignment"`
}

// Assigned is one person who has an app at the identity provider.
type Assigned struct {
	User   string `json:"user"`
	Email  string `json:"email"`
	Name   string `json:"name"`
	Active Tri    `json:"active"` // may sign in at the provider
	Group  string `json:"group,omitempty"`
}

// AssignedListing is one reading of who has an app at the identity provider.
type AssignedListing struct {
	People    []Assigned `json:"people"`
	Complete  bool       `json:"complete"`
	StartedAt time.Time  `json:"started_at"`
	RequestID string     `json:"request_id"`
}

// LastSignIn is when a person was last seen to sign in. Seen is Yes with the
// moment, No only where the provider's record is known to reach back to the
// person's beginning, Unknown otherwise: no record is no proof of no use.
type LastSignIn struct {
	Seen      Tri       `json:"seen"`
	At        time.Time `json:"at"`
	ToApp     bool      `json:"to_app"` // into this app, not only into the provider
	Since     time.Time `json:"since"`  // how far back the record reaches; zero when unknown
	Why       string    `json:"why"`    // for a reader: what was read, or why it is unknown
	RequestID string    `json:"request_id"`
}

// SignInFacts is how an identity provider stands to an app.
type SignInFacts struct {
	App       string   `json:"app"`       // the provider's name of the app
	Active    Tri      `json:"active"`    // the app is switched on at the provider
	Pushes    Tri      `json:"pushes"`    // taking an assignment away deactivates the user in the app
	Why       string   `json:"why"`       // what was read about that
	Missing   []string `json:"missing"`   // rights that our credentials lack, by the provider's name
	ReadOnly  bool     `json:"read_only"` // the policy lets Handover look there, and change nothing
	RequestID string   `json:"request_id"`
}
