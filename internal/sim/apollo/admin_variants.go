package apollo

import (
	"fmt"
	"net/http"
	"slices"
)

// Ways in which the administration pages change under somebody who recorded them. Those that lead to another user's act
// do so for real: Effects shows whom a click hit.
const (
	VariantNone          = ""
	VariantMoved         = "moved"          // the confirmation stands elsewhere on the page
	VariantRenamed       = "renamed"        // the button has another name
	VariantDelayed       = "delayed"        // what matters appears late
	VariantDuplicated    = "duplicated"     // a second button of the same name, which acts on somebody else
	VariantSameName      = "same-name"      // somebody else has the same name
	VariantLongerEmail   = "longer-email"   // somebody else's address contains the person's
	VariantCSSChanged    = "css-changed"    // classes and test ids are new
	VariantStaleCSS      = "stale-css"      // the old test id is on another button, which acts on somebody else
	VariantHiddenTwin    = "hidden-twin"    // an invisible button of the same name, which acts on somebody else
	VariantCovered       = "covered"        // something nearly invisible lies over the page and acts on somebody else
	VariantLogin         = "login"          // the session is over: 200 and a sign-in page
	VariantLoginEmail    = "login-email"    // the same, asking for the email first
	VariantFrame         = "frame"          // the confirmation is in a frame
	VariantPopup         = "popup"          // the confirmation is in another window
	VariantDialog        = "dialog"         // the form asks once more with a box of the browser
	VariantNeverIdle     = "never-idle"     // something keeps loading
	VariantChallenge     = "challenge"      // the page wants to know whether a person is there
	VariantNoEffect      = "no-effect"      // the page says done, and nothing is
	VariantRefused       = "refused"        // the page says that it did not work
	VariantReordered     = "reordered"      // rows change places after loading
	VariantReplaced      = "replaced"       // the button becomes somebody else's under the mouse
	VariantReplacedPress = "replaced-press" // the same, in the middle of the click
	VariantMoving        = "moving"         // the button does not stand still
	VariantDisabled      = "disabled"       // the button cannot be used
	VariantMixedUp       = "mixed-up"       // the person's page shows somebody else
	VariantElsewhere     = "elsewhere"      // the way leads to another host
	VariantWithoutPeople = "unnamed"        // the confirmation does not say whom it is about
	VariantSmallDialog   = "crowded"        // the confirmation also names somebody else
)

// Variants lists every way.
func Variants() []string {
	return []string{
		VariantMoved, VariantRenamed, VariantDelayed, VariantDuplicated, VariantSameName, VariantLongerEmail, VariantCSSChanged, VariantStaleCSS,
		VariantHiddenTwin, VariantCovered, VariantLogin, VariantLoginEmail, VariantFrame, VariantPopup, VariantDialog, VariantNeverIdle,
		VariantChallenge, VariantNoEffect, VariantRefused, VariantReordered, VariantReplaced, VariantReplacedPress, VariantMoving, VariantDisabled,
		VariantMixedUp, VariantElsewhere, VariantWithoutPeople, VariantSmallDialog,
	}
}

// SetVariant changes the pages. The user (id or email address) is the one whose page is a trap.
func (s *Simulator) SetVariant(name, userRef string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == VariantNone {
		s.variant, s.trapped = VariantNone, ""
		return nil
	}
	u := s.t.findUser(userRef)
	if u == nil || !slices.Contains(Variants(), name) {
		return fmt.Errorf("variant %s for user %s: %w", name, userRef, ErrUnknown)
	}
	s.variant, s.trapped = name, u.id
	return nil
}

func (s *Simulator) pageVariant() (name, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.variant, s.trapped
}

// trap changes what a page is filled with.
func (a *admin) trap(r *http.Request, p *page) {
	name, user := a.s.pageVariant()
	p.Variant, p.Host, p.Framed = name, r.Host, r.URL.Query().Has("framed")
	if name == VariantNone {
		return
	}
	at := slices.IndexFunc(p.State.Users, func(u UserState) bool { return u.ID == user })
	for i := range p.State.Users {
		if i != at && p.State.Users[i].Active {
			p.Other = p.State.Users[i]
			break
		}
	}
	for i := range p.State.Users {
		switch u := &p.State.Users[i]; {
		case u.ID != p.Other.ID:
		case name == VariantSameName:
			u.Name = p.State.Users[at].Name
		case name == VariantLongerEmail:
			u.Email = "jo" + p.State.Users[at].Email
		}
	}
}

// instead answers for variants that leave no page of the app; false when there is one.
func (a *admin) instead(w http.ResponseWriter, r *http.Request) bool {
	name, _ := a.s.pageVariant()
	switch {
	case (name == VariantLogin || name == VariantLoginEmail) && r.URL.Path != "/admin/login" && r.URL.Path != "/admin/style.css":
		http.Redirect(w, r, "/admin/login", http.StatusSeeOther)
	case r.URL.Path == "/admin/stream":
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush() // whoever listens may be gone
		<-r.Context().Done()
	default:
		return false
	}
	return true
}

// noEffect tells whether a form is answered without being carried out, and how.
func (a *admin) noEffect() (skip bool, err error) {
	switch name, _ := a.s.pageVariant(); name {
	case VariantNoEffect:
		return true, nil
	case VariantRefused:
		return true, ErrRefused
	}
	return false, nil
}

// Is is for templates: which variant is shown.
func (p *page) Is(name string) bool { return p.Variant == name }

// Shown is for templates: whom a page speaks of.
func (p *page) Shown() UserState {
	if p.Is(VariantMixedUp) && p.Other.ID != "" {
		return p.Other
	}
	return p.User
}

// Verb is for templates: what the button says.
func (p *page) Verb() string {
	switch {
	case p.Is(VariantRenamed):
		return "Remove access"
	case p.Act == "deactivate":
		return "Deactivate"
	}
	return "Reactivate"
}

// Away is for templates: the same server under another name.
func (p *page) Away() string {
	if p.Is(VariantElsewhere) {
		return "http://localhost" + p.Host[len("127.0.0.1"):]
	}
	return ""
}
