package okta

import (
	"net/http"
	"slices"
)

func groupBody(g *Group) object {
	return object{"id": g.ID, "type": g.Type, "profile": object{"name": g.Name, "description": nil}}
}

// listUserGroups shows the groups of deprovisioned people too: whether Okta does is
// not known, and a client must not take them for ways.
func (s *Simulator) listUserGroups(r *http.Request) reply {
	u := s.user(r.PathValue("user"))
	if u == nil {
		return notFound(r.PathValue("user") + " (User)")
	}
	var rows []row
	for _, g := range s.groups {
		if slices.Contains(s.members, pair{g.ID, u.ID}) {
			rows = append(rows, row{g.ID, groupBody(g)})
		}
	}
	return s.page(r, rows, 200, 200)
}

func (s *Simulator) listGroupApps(r *http.Request) reply {
	g := s.group(r.PathValue("group"))
	if g == nil {
		return notFound(r.PathValue("group") + " (UserGroup)")
	}
	var rows []row
	for _, a := range s.apps {
		if slices.Contains(s.given, pair{a.ID, g.ID}) {
			rows = append(rows, row{a.ID, appBody(a)})
		}
	}
	return s.page(r, rows, 20, 200)
}

func (s *Simulator) listRules(r *http.Request) reply {
	var rows []row
	for _, g := range s.groups {
		if g.Rule {
			id, status := "0pr"+g.ID[3:], "ACTIVE"
			if g.RuleOff {
				status = "INACTIVE"
			}
			rows = append(rows, row{id, object{"id": id, "type": "group_rule", "name": "fills " + g.Name, "status": status,
				"actions": object{"assignUserToGroups": object{"groupIds": []string{g.ID}}}}})
		}
	}
	return s.page(r, rows, 50, 200)
}

// membership finds the group and the person of a path. Only groups of Okta's own
// can be changed (documented).
func (s *Simulator) membership(r *http.Request) (*Group, *User, *reply) {
	g, u := s.group(r.PathValue("group")), s.user(r.PathValue("user"))
	var out reply
	switch {
	case g == nil:
		out = notFound(r.PathValue("group") + " (UserGroup)")
	case u == nil:
		out = notFound(r.PathValue("user") + " (User)")
	case g.Type != "OKTA_GROUP":
		out = fail(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
	default:
		return g, u, nil
	}
	return nil, nil, &out
}

func (s *Simulator) join(r *http.Request) reply {
	g, u, refused := s.membership(r)
	if refused != nil {
		return *refused
	}
	s.changing(u.ID, func() { add(&s.members, g.ID, u.ID) })
	return done()
}

// leave takes somebody out of a group. One that a rule fills refuses, or takes
// them back.
func (s *Simulator) leave(r *http.Request) reply {
	g, u, refused := s.membership(r)
	switch {
	case refused != nil:
		return *refused
	case g.filled() && s.switches.RuleRefuses:
		return fail(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
	}
	left := false
	s.changing(u.ID, func() { left = drop(&s.members, g.ID, u.ID) })
	if g.filled() && left {
		s.refills = append(s.refills, refill{pair{g.ID, u.ID}, len(s.requests) + s.switches.RefillAfter})
	}
	return done()
}
