package scim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

func (s *Server) collection(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		s.list(w, r)
	case http.MethodPost:
		s.create(w, r)
	default:
		s.fail(w, http.StatusMethodNotAllowed, "", "not here")
	}
}

var byUserName = regexp.MustCompile(`^userName eq "(.*)"$`)

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	index, count := number(q.Get("startIndex"), 1), number(q.Get("count"), 20)
	s.pages++
	if s.pages == s.switches.InsertOnPage {
		s.users = append([]*User{{ID: "u-first", UserName: "a.first@example.com", Active: true, Version: 1}}, s.users...)
	}
	rows, ok := s.matching(w, q.Get("filter"))
	if !ok {
		return
	}
	if s.switches.NeedsPaging && (q.Get("startIndex") == "" || q.Get("count") == "") {
		rows = nil
	}
	total, rest := len(rows), []User{}
	if s.switches.MaxPage > 0 {
		count = min(count, s.switches.MaxPage)
	}
	if s.switches.RepeatPastEnd && index > total {
		index = 1
	}
	if index <= total {
		rest = rows[index-1 : min(total, index-1+count)]
	}
	if s.switches.TotalOfPage {
		total = len(rest)
	}
	if s.switches.EmptyPage {
		rest = nil
	}
	body := map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, "totalResults": total, "startIndex": index,
		"itemsPerPage": len(rest)}
	resources := make([]any, 0, len(rest))
	for _, u := range rest {
		resources = append(resources, s.resource(u))
	}
	switch {
	case s.switches.LowerCase:
		body["resources"] = resources
	case len(resources) > 0 || !s.switches.NoResources:
		body["Resources"] = resources
	}
	s.write(w, http.StatusOK, body)
}

// matching gives what a filter shows, without those that are hidden from lists.
func (s *Server) matching(w http.ResponseWriter, filter string) ([]User, bool) {
	var rows []User
	for _, u := range s.visible() {
		if !u.hidden {
			rows = append(rows, u)
		}
	}
	switch {
	case filter == "" || s.switches.IgnoreFilter:
		return rows, true
	case s.switches.EmptyFilter:
		return nil, true
	}
	m := byUserName.FindStringSubmatch(filter)
	if m == nil || s.switches.RefuseFilter {
		s.fail(w, http.StatusBadRequest, "invalidFilter", "this filter is not known")
		return nil, false
	}
	var hits []User
	for _, u := range rows {
		if u.UserName == m[1] || !s.switches.CaseSensitive && strings.EqualFold(u.UserName, m[1]) {
			hits = append(hits, u)
		}
	}
	return hits, true
}

func number(raw string, other int) int {
	n, err := strconv.Atoi(raw)
	if err != nil || n < 1 {
		return other
	}
	return n
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	var body struct {
		UserName string  `json:"userName"`
		Roles    []entry `json:"roles"`
		Rights   []entry `json:"entitlements"`
	}
	if s.switches.NoCreate {
		s.fail(w, http.StatusMethodNotAllowed, "", "no POST here")
		return
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.UserName == "" {
		s.fail(w, http.StatusBadRequest, "invalidSyntax", "no user name")
		return
	}
	for _, u := range s.users {
		if strings.EqualFold(u.UserName, body.UserName) {
			s.fail(w, http.StatusConflict, "uniqueness", body.UserName+" is taken")
			return
		}
	}
	if s.switches.RefuseRoles && len(body.Roles)+len(body.Rights) > 0 {
		s.fail(w, http.StatusBadRequest, "invalidValue", "no such role for "+body.UserName)
		return
	}
	before := s.state()
	id := s.add(body.UserName)
	if !s.switches.DropRoles {
		s.find(id).Roles, s.find(id).Rights = words(body.Roles), words(body.Rights)
	}
	s.changed(before)
	if s.brokenOff() {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Location", "/Users/"+id)
	s.write(w, http.StatusCreated, s.resource(*s.find(id)))
}

func (s *Server) single(w http.ResponseWriter, r *http.Request, id string) {
	u := s.find(id)
	if u == nil {
		s.fail(w, http.StatusNotFound, "", "no user "+id)
		return
	}
	if match := r.Header.Get("If-Match"); s.switches.ETags && r.Method != http.MethodGet && match != version(*u) {
		s.fail(w, http.StatusPreconditionFailed, "", "changed meanwhile")
		return
	}
	switch r.Method {
	case http.MethodGet:
		for _, seen := range s.visible() {
			if seen.ID == id {
				s.write(w, http.StatusOK, s.resource(seen))
				return
			}
		}
		s.fail(w, http.StatusNotFound, "", "no user "+id)
	case http.MethodPatch:
		s.patch(w, r, u)
	case http.MethodPut:
		s.put(w, r, u)
	case http.MethodDelete:
		s.remove(w, u)
	default:
		s.fail(w, http.StatusMethodNotAllowed, "", "not here")
	}
}

func version(u User) string { return fmt.Sprintf(`W/"%d"`, u.Version) }

func (s *Server) resource(u User) map[string]any {
	meta := map[string]any{"resourceType": "User", "created": "2026-01-05T09:00:00Z"}
	if s.switches.ETags {
		meta["version"] = version(u)
	}
	body := map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "id": u.ID, "userName": u.UserName,
		"displayName": u.Name, "emails": []any{map[string]any{"value": u.UserName, "type": "work", "primary": true}}, "meta": meta, "nickName": u.Extra}
	switch {
	case s.switches.TextActive:
		body["active"] = map[bool]string{true: "True", false: "False"}[u.Active]
	case !s.switches.NoActive:
		body["active"] = u.Active
	}
	for name, held := range map[string][]string{"roles": u.Roles, "entitlements": u.Rights, "groups": u.Groups} {
		entries := []any{}
		for _, v := range held {
			entries = append(entries, map[string]any{"value": v, "display": v})
		}
		if len(entries) > 0 {
			body[name] = entries
		}
	}
	return body
}

func (s *Server) write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/scim+json")
	if s.switches.TextJSON {
		w.Header().Set("Content-Type", "text/json; charset=utf-8")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (s *Server) fail(w http.ResponseWriter, status int, scimType, detail string) {
	if s.switches.HTMLErrors {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<html><body>%s</body></html>", detail)
		return
	}
	body := map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": strconv.Itoa(status), "detail": detail}
	if s.switches.NumericStatus {
		body["status"] = status
	}
	if scimType != "" && !s.switches.BareConflict {
		body["scimType"] = scimType
	}
	s.write(w, status, body)
}
