package entra

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

var usualOfGroups = []string{"displayName", "groupTypes", "mailEnabled", "securityEnabled", "membershipRule", "onPremisesSyncEnabled", "isAssignableToRole", "visibility"}

func groupObject(g *Group) object {
	all := object{"@odata.type": "#microsoft.graph.group", "id": g.ID, "displayName": g.Name, "groupTypes": []string{}, "mailEnabled": g.Mail,
		"securityEnabled": true, "membershipRule": nil, "onPremisesSyncEnabled": nil, "isAssignableToRole": nil, "visibility": nil}
	if g.Dynamic {
		all["groupTypes"], all["membershipRule"] = []string{"DynamicMembership"}, `user.department -eq "Sales"`
	}
	if g.OnPremises {
		all["onPremisesSyncEnabled"] = true
	}
	if g.RoleAssignable {
		all["isAssignableToRole"] = true
	}
	if g.Hidden {
		all["groupTypes"], all["visibility"], all["mailEnabled"] = []string{"Unified"}, "HiddenMembership", true
	}
	return all
}

func (s *Simulator) getGroup(w http.ResponseWriter, r *http.Request) {
	g := s.group(r.PathValue("id"))
	if g == nil {
		s.missing(w, r.PathValue("id"))
		return
	}
	write(w, http.StatusOK, selected(r.URL.Query(), groupObject(g), usualOfGroups...))
}

// members lists direct members. Who may not read users sees that there are some,
// and nothing of them.
func (s *Simulator) members(w http.ResponseWriter, r *http.Request) {
	g := s.group(r.PathValue("id"))
	if g == nil {
		s.missing(w, r.PathValue("id"))
		return
	}
	rows := []object{}
	for _, id := range g.Members {
		if u := s.user(id); u != nil {
			one := selected(r.URL.Query(), s.userObject(u), usual...)
			if !s.holds(mayReadUsers) {
				for name := range one {
					if name != "id" && name != "@odata.type" {
						one[name] = nil
					}
				}
			}
			rows = append(rows, one)
		} else if nested := s.group(id); nested != nil {
			rows = append(rows, selected(r.URL.Query(), groupObject(nested), usualOfGroups...))
		}
	}
	if g.Hidden && !s.holds([]string{"Member.Read.Hidden"}) {
		rows = []object{}
	}
	s.list(w, r, rows)
}

// written answers for groups whose members Graph does not write.
func (s *Simulator) written(w http.ResponseWriter, g *Group) bool {
	switch {
	case g.Dynamic:
		s.fail(w, http.StatusBadRequest, codeBad, "Cannot Update a group with dynamic membership.")
	case g.OnPremises:
		s.fail(w, http.StatusBadRequest, codeBad, "Unable to update the specified properties for on-premises mastered Directory Sync objects.")
	case g.Mail:
		s.fail(w, http.StatusBadRequest, codeBad, "Cannot Update a mail-enabled security groups and or distribution list.")
	case g.RoleAssignable:
		s.denied(w)
	default:
		return true
	}
	return false
}

func (s *Simulator) addMember(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Ref string `json:"@odata.id"`
	}
	g := s.group(r.PathValue("id"))
	bad := json.NewDecoder(r.Body).Decode(&body) != nil
	id := body.Ref[strings.LastIndexByte(body.Ref, '/')+1:]
	switch {
	case g == nil:
		s.missing(w, r.PathValue("id"))
	case bad || !strings.Contains(body.Ref, "/v1.0/directoryObjects/"):
		s.fail(w, http.StatusBadRequest, codeBad, "Invalid URL format specified in @odata.id")
	case s.user(id) == nil:
		s.missing(w, id)
	case !s.written(w, g):
	case slices.Contains(g.Members, id):
		s.fail(w, http.StatusBadRequest, codeBad, "One or more added object references already exist for the following modified properties: 'members'.")
	default:
		g.Members = append(g.Members, id)
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Simulator) removeMember(w http.ResponseWriter, r *http.Request) {
	g, id := s.group(r.PathValue("id")), r.PathValue("member")
	switch {
	case g == nil || !slices.Contains(g.Members, id):
		s.missing(w, id)
	case !s.written(w, g):
	default:
		s.leaveStale()
		g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return m == id })
		s.gone(w)
	}
}

// deleteMemberItself is what becomes of the call without $ref: the member is
// deleted from the directory, not from the group.
func (s *Simulator) deleteMemberItself(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("member")
	s.users = slices.DeleteFunc(s.users, func(u *User) bool { return u.ID == id })
	w.WriteHeader(http.StatusNoContent)
}

// gone ends a deletion: 204, or nothing at all where the switch cuts the line.
func (s *Simulator) gone(w http.ResponseWriter) {
	if s.switches.CutDelete {
		s.switches.CutDelete = false
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusNoContent)
}
