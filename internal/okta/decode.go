package okta

import (
	"strings"
	"time"

	"handover/domain"
)

// Statuses and scopes that decide (documented).
const (
	statusActive        = "ACTIVE"
	statusSuspended     = "SUSPENDED"
	statusStaged        = "STAGED"
	statusDeprovisioned = "DEPROVISIONED"
	scopeUser           = "USER"
	syncError           = "ERROR"
	pushDeactivation    = "PUSH_USER_DEACTIVATION"
	typeOwn             = "OKTA_GROUP"
	typeElsewhere       = "APP_GROUP"
	typeBuiltIn         = "BUILT_IN"
)

// instance is what is read of an app. Features is nil where the field is missing.
type instance struct {
	ID       string   `json:"id"`
	Label    string   `json:"label"`
	Status   string   `json:"status"`
	Features []string `json:"features"`
}

func (i instance) ident() string { return i.ID }

// person is what is read of a user. LastLogin is null until the first sign-in to
// Okta, whichever app it was for.
type person struct {
	ID        string     `json:"id"`
	Status    string     `json:"status"`
	Created   *time.Time `json:"created"`
	LastLogin *time.Time `json:"lastLogin"`
	Profile   struct {
		Login string `json:"login"`
		Email string `json:"email"`
		First string `json:"firstName"`
		Last  string `json:"lastName"`
	} `json:"profile"`
}

func (p person) ident() string { return p.ID }

func (p person) name() string { return strings.TrimSpace(p.Profile.First + " " + p.Profile.Last) }

// active tells whether somebody may sign in to Okta. Who is locked out, or has to
// renew a password, may do so again without anybody's leave.
func (p person) active() domain.Tri {
	switch p.Status {
	case statusActive, "PROVISIONED", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT":
		return domain.Yes
	case statusSuspended, statusStaged, statusDeprovisioned:
		return domain.No
	}
	return domain.Unknown
}

// appUser is what is read of somebody's assignment to an app. Its id is the
// person's. ExternalID is null where Okta knows no user in the app. Links names one
// group where the scope is GROUP.
type appUser struct {
	ID          string `json:"id"`
	ExternalID  string `json:"externalId"`
	Scope       string `json:"scope"`
	SyncState   string `json:"syncState"`
	Credentials struct {
		UserName string `json:"userName"`
	} `json:"credentials"`
	Links struct {
		Group struct {
			Href string `json:"href"`
		} `json:"group"`
	} `json:"_links"`
	Embedded struct {
		User person `json:"user"`
	} `json:"_embedded"`
}

func (u appUser) ident() string { return u.ID }

func (u appUser) direct() bool { return u.Scope == scopeUser }

// email is that of the person where the answer embeds them, else the name they
// have in the app, where that is an address.
func (u appUser) email() string {
	switch {
	case u.Embedded.User.Profile.Email != "":
		return u.Embedded.User.Profile.Email
	case domain.LooksLikeEmail(u.Credentials.UserName):
		return u.Credentials.UserName
	}
	return ""
}

// group is the id of the group that the assignment links to, "" where it is
// direct or links to none.
func (u appUser) group() string {
	if u.direct() {
		return ""
	}
	return u.Links.Group.Href[strings.LastIndexByte(u.Links.Group.Href, '/')+1:]
}

// group is what is read of a group. The rows of an app's groups have the id alone.
type group struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Profile struct {
		Name string `json:"name"`
	} `json:"profile"`
}

func (g group) ident() string { return g.ID }

// rule fills groups by people's attributes.
type rule struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Actions struct {
		Assign struct {
			Groups []string `json:"groupIds"`
		} `json:"assignUserToGroups"`
	} `json:"actions"`
}

func (r rule) ident() string { return r.ID }

// event is what is read of the System Log.
type event struct {
	Type      string    `json:"eventType"`
	Published time.Time `json:"published"`
	Actor     target    `json:"actor"`
	Outcome   struct {
		Result string `json:"result"`
	} `json:"outcome"`
	Targets []target `json:"target"`
}

type target struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// into tells that the event is a sign-in to an app that came about. Attempts that
// failed are written too, and targets stand in any order (documented).
func (e event) into(app, user string) bool {
	toApp, byUser := false, e.Actor.ID == user
	for _, t := range e.Targets {
		toApp = toApp || t.Type == "AppInstance" && t.ID == app
		byUser = byUser || t.Type == "User" && t.ID == user
	}
	return e.Type == signInEvent && e.Outcome.Result == "SUCCESS" && toApp && byUser
}
