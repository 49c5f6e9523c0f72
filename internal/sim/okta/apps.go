package okta

import (
	"encoding/json"
	"net/http"
	"slices"
)

func (s *Simulator) getApp(r *http.Request) reply {
	a := s.app(r.PathValue("app"))
	if a == nil {
		return notFound(r.PathValue("app") + " (AppInstance)")
	}
	return ok(appBody(a))
}

func appBody(a *App) object {
	body := object{"id": a.ID, "name": "scim_app", "label": a.Label, "status": a.Status, "signOnMode": "SAML_2_0"}
	if !a.NoFeatures {
		body["features"] = append([]string{}, a.Features...)
	}
	return body
}

func (s *Simulator) listAppUsers(r *http.Request) reply {
	a := s.app(r.PathValue("app"))
	if a == nil {
		return notFound(r.PathValue("app") + " (AppInstance)")
	}
	var rows []row
	for _, u := range s.users {
		if scope := s.scope(a.ID, u.ID); scope != "" {
			rows = append(rows, row{u.ID, s.appUser(a, u, scope, r.URL.Query().Get("expand") == "user")})
		}
	}
	return s.page(r, rows, 50, 500)
}

func (s *Simulator) getAppUser(r *http.Request) reply {
	a, u, missing := s.both(r)
	if missing != nil {
		return *missing
	}
	scope := s.scope(a.ID, u.ID)
	if scope == "" {
		return notFound(u.ID + " (AppUser)")
	}
	return ok(s.appUser(a, u, scope, false))
}

// both finds the app and the person of a path.
func (s *Simulator) both(r *http.Request) (*App, *User, *reply) {
	a, u := s.app(r.PathValue("app")), s.user(r.PathValue("user"))
	var out reply
	switch {
	case a == nil:
		out = notFound(r.PathValue("app") + " (AppInstance)")
	case u == nil:
		out = notFound(r.PathValue("user") + " (AppUser)")
	default:
		return a, u, nil
	}
	return nil, nil, &out
}

func (s *Simulator) appUser(a *App, u *User, scope string, expand bool) object {
	links := object{"app": object{"href": "/api/v1/apps/" + a.ID}, "user": object{"href": "/api/v1/users/" + u.ID}}
	if groups := s.via(a.ID, u.ID); scope == "GROUP" && len(groups) > 0 {
		links["group"] = object{"name": s.group(groups[0]).Name, "href": "/api/v1/groups/" + groups[0]}
	}
	body := object{"id": u.ID, "externalId": "ext-" + u.ID, "scope": scope, "status": "PROVISIONED", "syncState": "SYNCHRONIZED",
		"credentials": object{"userName": u.Login}, "profile": object{"email": u.Email}, "_links": links}
	if a.SignInOnly {
		body["externalId"], body["status"], body["syncState"] = nil, "ACTIVE", "DISABLED"
	}
	if s.switches.SyncError {
		body["syncState"] = "ERROR"
	}
	if expand {
		body["_embedded"] = object{"user": userBody(u)}
	}
	return body
}

func (s *Simulator) assign(r *http.Request) reply {
	var body struct{ ID, Scope string }
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.ID == "" {
		return fail(http.StatusBadRequest, "E0000003", "The request body was not well-formed.")
	}
	a, u := s.app(r.PathValue("app")), s.user(body.ID)
	switch {
	case a == nil:
		return notFound(r.PathValue("app") + " (AppInstance)")
	case u == nil:
		return notFound(body.ID + " (User)")
	case u.Status == "DEPROVISIONED":
		return fail(http.StatusForbidden, "E0000038", "This operation is not allowed in the user's current status.")
	}
	s.changing(u.ID, func() { add(&s.direct, a.ID, u.ID) })
	return ok(s.appUser(a, u, "USER", false))
}

// unassign takes a direct assignment away. What a group gives stays: E0000046
// (documented; the text is from an issue of 2019).
func (s *Simulator) unassign(r *http.Request) reply {
	a, u, missing := s.both(r)
	if missing != nil {
		return *missing
	}
	scope := s.scope(a.ID, u.ID)
	_, lags := s.lagging[pair{a.ID, u.ID}]
	switch {
	case scope == "":
		return notFound(u.ID + " (AppUser)")
	case scope == "GROUP", s.switches.BothRefused && (lags || len(s.via(a.ID, u.ID)) > 0):
		return fail(http.StatusForbidden, "E0000046", "You do not have permission to remove this application user assignment.",
			u.Login+" is still assigned through a group membership")
	}
	s.changing(u.ID, func() { drop(&s.direct, a.ID, u.ID) })
	return done()
}

func (s *Simulator) listAppGroups(r *http.Request) reply {
	a := s.app(r.PathValue("app"))
	if a == nil {
		return notFound(r.PathValue("app") + " (AppInstance)")
	}
	var rows []row
	for _, g := range s.groups {
		if slices.Contains(s.given, pair{a.ID, g.ID}) {
			rows = append(rows, row{g.ID, object{"id": g.ID, "priority": len(rows), "profile": object{}}})
		}
	}
	return s.page(r, rows, 20, 200)
}
