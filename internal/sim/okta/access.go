package okta

import "slices"

// via lists the groups by which somebody has an app.
func (s *Simulator) via(app, user string) []string {
	var groups []string
	for _, g := range s.given {
		if g.left == app && slices.Contains(s.members, pair{g.right, user}) {
			groups = append(groups, g.right)
		}
	}
	return groups
}

// scope tells how somebody has an app: USER where they have it directly, GROUP
// where a group gives it, "" where they do not have it. Who is deprovisioned has
// nothing (documented).
func (s *Simulator) scope(app, user string) string {
	u := s.user(user)
	_, lags := s.lagging[pair{app, user}]
	switch {
	case u == nil || u.Status == "DEPROVISIONED":
		return ""
	case slices.Contains(s.direct, pair{app, user}):
		return "USER"
	case len(s.via(app, user)) > 0, lags:
		return "GROUP"
	}
	return ""
}

// changing makes a change and notes what provisioning then tells the apps.
func (s *Simulator) changing(user string, change func()) {
	had, grouped := map[string]bool{}, map[string]bool{}
	for _, a := range s.apps {
		had[a.ID], grouped[a.ID] = s.scope(a.ID, user) != "", len(s.via(a.ID, user)) > 0
	}
	change()
	u := s.user(user)
	for _, a := range s.apps {
		after := s.scope(a.ID, user) != ""
		if grouped[a.ID] && len(s.via(a.ID, user)) == 0 && s.switches.GroupLag > 0 {
			s.lagging[pair{a.ID, user}] = s.switches.GroupLag
		}
		if had[a.ID] != after && u != nil {
			s.push(a, u.Email, after)
		}
	}
}

// push notes what an app is told, if its provisioning tells it.
func (s *Simulator) push(a *App, email string, assigned bool) {
	hook, feature := a.OnUnassigned, "PUSH_USER_DEACTIVATION"
	if assigned {
		hook, feature = a.OnAssigned, "PUSH_NEW_USERS"
	}
	if hook == nil || s.switches.SyncError || a.Status != "ACTIVE" || !slices.Contains(a.Features, feature) {
		return
	}
	s.pushes = append(s.pushes, func() { hook(email) })
}
