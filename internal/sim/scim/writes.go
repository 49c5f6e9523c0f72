package scim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

const patchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

type operation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value"`
}

func (s *Server) patch(w http.ResponseWriter, r *http.Request, u *User) {
	var body struct {
		Schemas    []string    `json:"schemas"`
		Operations []operation `json:"Operations"`
	}
	switch err := json.NewDecoder(r.Body).Decode(&body); {
	case s.switches.NoPatch:
		s.fail(w, http.StatusMethodNotAllowed, "", "no PATCH here")
		return
	case err != nil || !slices.Equal(body.Schemas, []string{patchOp}) || len(body.Operations) != 1:
		s.fail(w, http.StatusBadRequest, "invalidSyntax", "not a PatchOp")
		return
	}
	if attr, raw, object := s.aboutRoles(body.Operations[0]); attr != "" {
		s.patchRoles(w, u, attr, raw, object)
		return
	}
	active, scimType := s.wanted(body.Operations[0])
	if scimType != "" {
		s.fail(w, http.StatusBadRequest, scimType, "this operation is not taken")
		return
	}
	s.setActive(w, u, active)
}

// wanted reads what an operation makes of active, as strictly as the switches
// say.
func (s *Server) wanted(op operation) (active bool, scimType string) {
	raw := op.Value
	switch {
	case op.Path == "":
		var object map[string]json.RawMessage
		if json.Unmarshal(op.Value, &object) != nil || object["active"] == nil {
			return false, "invalidValue"
		}
		raw = object["active"]
	case op.Path != "active" || s.switches.NoPath:
		return false, "invalidPath"
	}
	if strings.ToLower(op.Op) != "replace" {
		return false, "invalidSyntax"
	}
	text := strings.HasPrefix(string(raw), `"`)
	if text != s.switches.TextOnly {
		return false, "invalidValue"
	}
	return strings.EqualFold(strings.Trim(string(raw), `"`), "true"), ""
}

func (s *Server) put(w http.ResponseWriter, r *http.Request, u *User) {
	var body struct {
		Active   *bool   `json:"active"`
		UserName string  `json:"userName"`
		Extra    string  `json:"nickName"`
		Roles    []entry `json:"roles"`
		Rights   []entry `json:"entitlements"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.UserName == "" {
		s.fail(w, http.StatusBadRequest, "invalidSyntax", "not a user")
		return
	}
	if s.switches.RefuseRoles && !slices.Equal(u.Roles, words(body.Roles)) {
		s.fail(w, http.StatusBadRequest, "invalidValue", "no such role")
		return
	}
	u.UserName, u.Extra = body.UserName, body.Extra
	if !s.switches.DropRoles && !s.switches.NoEffect {
		u.Roles, u.Rights = words(body.Roles), words(body.Rights)
	}
	s.setActive(w, u, body.Active != nil && *body.Active)
}

func (s *Server) setActive(w http.ResponseWriter, u *User, active bool) {
	if active && s.switches.OnlyInactive {
		s.fail(w, http.StatusBadRequest, "mutability", "active cannot be set")
		return
	}
	answer := *u
	answer.Active = active
	if !s.switches.NoEffect {
		before := s.state()
		u.Active, u.Version = active, u.Version+1
		u.hidden = !active && s.switches.InactiveHides
		if !active && s.switches.InactiveDeletes {
			s.users = slices.DeleteFunc(s.users, func(x *User) bool { return x == u })
		}
		s.changed(before)
	}
	s.done(w, answer)
}

func (s *Server) done(w http.ResponseWriter, u User) {
	switch {
	case s.brokenOff():
		panic(http.ErrAbortHandler)
	case s.switches.PatchNoContent:
		w.WriteHeader(http.StatusNoContent)
	default:
		s.write(w, http.StatusOK, s.resource(u))
	}
}

func (s *Server) remove(w http.ResponseWriter, u *User) {
	before := s.state()
	switch {
	case s.switches.NoDelete:
		s.fail(w, http.StatusMethodNotAllowed, "", "no DELETE here")
		return
	case s.switches.DeleteDeactivate:
		u.Active = false
	default:
		s.users = slices.DeleteFunc(s.users, func(x *User) bool { return x == u })
	}
	s.changed(before)
	w.WriteHeader(http.StatusNoContent)
}
