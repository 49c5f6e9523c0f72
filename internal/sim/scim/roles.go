package scim

import (
	"encoding/json"
	"net/http"
)

// entry is one value of roles or entitlements (RFC 7643 section 4.1.2).
type entry struct {
	Value string `json:"value"`
}

func words(entries []entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Value)
	}
	return all
}

// aboutRoles tells whether an operation writes roles or entitlements, with what,
// and whether it names them in a value object instead of a path.
func (s *Server) aboutRoles(op operation) (attr string, raw json.RawMessage, object bool) {
	if op.Path == "roles" || op.Path == "entitlements" {
		return op.Path, op.Value, false
	}
	var values map[string]json.RawMessage
	if op.Path == "" && json.Unmarshal(op.Value, &values) == nil {
		for _, attr := range []string{"roles", "entitlements"} {
			if values[attr] != nil {
				return attr, values[attr], true
			}
		}
	}
	return "", nil, false
}

// patchRoles replaces them all, as a replace without a value filter does (RFC 7644
// section 3.5.2.3).
func (s *Server) patchRoles(w http.ResponseWriter, u *User, attr string, raw json.RawMessage, object bool) {
	var entries []entry
	switch {
	case s.switches.NoPath && !object:
		s.fail(w, http.StatusBadRequest, "invalidPath", "this operation is not taken")
		return
	case json.Unmarshal(raw, &entries) != nil || s.switches.RefuseRoles:
		s.fail(w, http.StatusBadRequest, "invalidValue", "no such role for "+u.UserName)
		return
	}
	answer := *u
	held := map[string]*[]string{"roles": &answer.Roles, "entitlements": &answer.Rights}[attr]
	if !s.switches.DropRoles {
		*held = words(entries)
	}
	if !s.switches.NoEffect && !s.switches.DropRoles {
		before := s.state()
		u.Roles, u.Rights, u.Version = answer.Roles, answer.Rights, u.Version+1
		s.changed(before)
	}
	s.done(w, answer)
}
