package entra

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
)

func appObject(a *App) object {
	roles := []object{}
	for _, r := range a.Roles {
		allowed := []string{KindUser}
		if r.AppsOnly {
			allowed = []string{"Application"}
		}
		roles = append(roles, object{"id": r.ID, "value": r.Value, "displayName": r.Value, "isEnabled": !r.Off, "allowedMemberTypes": allowed})
	}
	return object{"id": a.ID, "appId": a.AppID, "displayName": a.Name, "accountEnabled": !a.Disabled, "appRoleAssignmentRequired": !a.Open, "appRoles": roles}
}

func (s *Simulator) getApp(w http.ResponseWriter, r *http.Request) {
	a := s.app(r.PathValue("id"))
	if a == nil {
		s.missing(w, r.PathValue("id"))
		return
	}
	write(w, http.StatusOK, selected(r.URL.Query(), appObject(a), "appId", "displayName", "accountEnabled", "appRoleAssignmentRequired", "appRoles"))
}

func (s *Simulator) rowObject(r Row) object {
	name := ""
	switch r.Kind {
	case KindUser:
		if u := s.user(r.Principal); u != nil {
			name = u.Name
		}
	case KindGroup:
		if g := s.group(r.Principal); g != nil {
			name = g.Name
		}
	}
	resource := ""
	if a := s.app(r.App); a != nil {
		resource = a.Name
	}
	return object{"id": r.ID, "appRoleId": r.Role, "principalId": r.Principal, "principalType": r.Kind, "principalDisplayName": name,
		"resourceId": r.App, "resourceDisplayName": resource, "createdDateTime": "2026-01-05T09:00:00Z", "deletedDateTime": nil}
}

var byName = regexp.MustCompile(`^principalDisplayName eq ` + literal + `$`)

// assignedTo lists who has an app. It filters by the principal's name alone.
func (s *Simulator) assignedTo(w http.ResponseWriter, r *http.Request) {
	filter := r.URL.Query().Get("$filter")
	m := byName.FindStringSubmatch(filter)
	switch {
	case s.app(r.PathValue("id")) == nil:
		s.missing(w, r.PathValue("id"))
		return
	case filter != "" && m == nil:
		s.fail(w, http.StatusBadRequest, codeBad, "Invalid filter clause")
		return
	}
	rows := []object{}
	for _, row := range s.shownRows(r.PathValue("id")) {
		if o := s.rowObject(row); m == nil || o["principalDisplayName"] == plain(m[1]) {
			rows = append(rows, o)
		}
	}
	s.list(w, r, rows)
}

// shownRows are the assignments as this read shows them.
func (s *Simulator) shownRows(app string) []Row {
	if before := s.staleRead(); before != nil {
		return slices.DeleteFunc(slices.Clone(before.rows), func(r Row) bool { return r.App != app })
	}
	shown := slices.DeleteFunc(s.rowsOf(app), func(r Row) bool { return r.hidden > 0 })
	for _, r := range s.rows {
		r.hidden = max(0, r.hidden-1)
	}
	return shown
}

func (s *Simulator) assign(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Principal string `json:"principalId"`
		Resource  string `json:"resourceId"`
		Role      string `json:"appRoleId"`
	}
	a := s.app(r.PathValue("id"))
	bad := json.NewDecoder(r.Body).Decode(&body) != nil
	switch {
	case a == nil:
		s.missing(w, r.PathValue("id"))
	case bad || body.Resource != a.ID || !a.takes(body.Role):
		s.fail(w, http.StatusBadRequest, codeBad, "Not a valid reference update.")
	case s.user(body.Principal) == nil && s.group(body.Principal) == nil:
		s.missing(w, body.Principal)
	case !s.switches.DuplicateOK && s.standing(a.ID, body.Principal, body.Role):
		s.fail(w, http.StatusBadRequest, codeBad, "Permission being assigned already exists on the object")
	default:
		row := s.give(a.ID, body.Principal, body.Role)
		row.hidden = s.switches.NewRowAfter
		write(w, map[bool]int{true: http.StatusOK, false: http.StatusCreated}[s.switches.CreatedIs200], s.rowObject(*row))
	}
}

// takes tells whether a role may be given: one that is declared for users, or
// NoRole where none is declared at all.
func (a *App) takes(role string) bool {
	if role == NoRole {
		return len(a.Roles) == 0
	}
	return slices.ContainsFunc(a.Roles, func(r Role) bool { return r.ID == role && !r.Off && !r.AppsOnly })
}

func (s *Simulator) standing(app, principal, role string) bool {
	return slices.ContainsFunc(s.rows, func(r *Row) bool { return r.App == app && r.Principal == principal && r.Role == role })
}

// deleteRow deletes an assignment, whoever its principal is: one of a group takes
// the app from all of its members.
func (s *Simulator) deleteRow(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("row")
	i := slices.IndexFunc(s.rows, func(row *Row) bool { return row.ID == id })
	if i < 0 {
		s.missing(w, id)
		return
	}
	s.leaveStale()
	s.deleted = append(s.deleted, *s.rows[i])
	s.rows = slices.Delete(slices.Clone(s.rows), i, i+1)
	s.gone(w)
}

// grantsOfUser lists a user's apps, and with them the rows of the groups of which
// they are a direct member.
func (s *Simulator) grantsOfUser(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.grants(w, r, func(row Row) bool {
		if row.Kind == KindGroup {
			g := s.group(row.Principal)
			return g != nil && slices.Contains(g.Members, id)
		}
		return row.Principal == id
	})
}

func (s *Simulator) grantsOfGroup(w http.ResponseWriter, r *http.Request) {
	s.grants(w, r, func(row Row) bool { return row.Principal == r.PathValue("id") })
}

func (s *Simulator) grantsOfApp(w http.ResponseWriter, r *http.Request) {
	s.grants(w, r, func(row Row) bool { return row.Principal == r.PathValue("id") })
}

func (s *Simulator) grants(w http.ResponseWriter, r *http.Request, of func(Row) bool) {
	rows := []object{}
	for _, row := range s.rows {
		if of(*row) {
			rows = append(rows, s.rowObject(*row))
		}
	}
	s.list(w, r, rows)
}

// leaveStale keeps what reads show for a while after a deletion.
func (s *Simulator) leaveStale() {
	if s.switches.GoneAfter == 0 {
		return
	}
	before := &stale{reads: s.switches.GoneAfter, groups: map[string][]string{}}
	for _, r := range s.rows {
		before.rows = append(before.rows, *r)
	}
	for _, g := range s.groups {
		before.groups[g.ID] = slices.Clone(g.Members)
	}
	s.stale = before
}

// staleRead is what this read shows instead of what is, nil when it shows that.
func (s *Simulator) staleRead() *stale {
	if s.stale == nil || s.stale.reads == 0 {
		return nil
	}
	s.stale.reads--
	return s.stale
}
