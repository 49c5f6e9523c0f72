package apollo

import (
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The SCIM door is assumed: Apollo publishes neither its address nor its schema. What is here is the least that
// RFC 7644 asks of a service provider that creates, updates and deactivates users.
const (
	scimUser  = "urn:ietf:params:scim:schemas:core:2.0:User"
	scimList  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	scimError = "urn:ietf:params:scim:api:messages:2.0:Error"
)

func (s *Simulator) scimRoutes() http.Handler {
	mux := http.NewServeMux()
	for pattern, e := range map[string]endpoint{
		"GET /scim/v2/Users":        {key: "scim/v2/users/search", handle: s.scimSearch},
		"POST /scim/v2/Users":       {key: "scim/v2/users/create", handle: s.scimCreate},
		"GET /scim/v2/Users/{id}":   {key: "scim/v2/users/show", handle: s.scimShow},
		"PUT /scim/v2/Users/{id}":   {key: "scim/v2/users/replace", handle: s.scimReplace},
		"PATCH /scim/v2/Users/{id}": {key: "scim/v2/users/patch", handle: s.scimPatch},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serveSCIM(w, r, e) })
	}
	return mux
}

func (s *Simulator) serveSCIM(w http.ResponseWriter, r *http.Request, e endpoint) {
	if s.opt.SCIMToken == "" {
		http.NotFound(w, r)
		return
	}
	x := s.exchange(w, r, e)
	x.via = ViaSCIM
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		x.finish(scimFail(http.StatusRequestEntityTooLarge, "", "body could not be read"))
		return
	}
	x.raw = raw
	if !sameToken(r.Header.Get("Authorization"), "Bearer "+s.opt.SCIMToken) {
		x.finish(scimFail(http.StatusUnauthorized, "", "bearer token missing or wrong"))
		return
	}
	x.run(func() reply {
		s.mu.Lock()
		defer s.mu.Unlock()
		if refused := s.scim.admit("scim", Limits{Minute: s.opt.SCIMLimit}, s.now()); refused != nil {
			out := scimFail(http.StatusTooManyRequests, "", "too many requests")
			out.retryAfter = refused.wait
			return out
		}
		return reply{}
	}, x.operate)
}

func sameToken(got, want string) bool {
	return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

func scimFail(status int, kind, detail string) reply {
	body := object{"schemas": []string{scimError}, "status": strconv.Itoa(status), "detail": detail}
	if kind != "" {
		body["scimType"] = kind
	}
	return reply{status: status, body: body, bare: true}
}

func scimOK(status int, body any) reply { return reply{status: status, body: body, bare: true} }

func scimWire(u *user) object {
	return object{
		"schemas": []string{scimUser}, "id": scimID(u.id), "userName": u.email, "active": !u.deleted,
		"name":   object{"givenName": u.first, "familyName": u.last},
		"emails": []object{{"value": u.email, "primary": true, "type": "work"}},
		"meta":   object{"resourceType": "User", "created": u.created.Format(time.RFC3339), "location": "/scim/v2/Users/" + scimID(u.id)},
	}
}

func (s *Simulator) scimUserByID(id string) *user {
	for _, u := range s.t.users.rows {
		if scimID(u.id) == id {
			return u
		}
	}
	return nil
}

var scimFilter = regexp.MustCompile(`(?i)^\s*userName\s+eq\s+"([^"]*)"\s*$`)

func (s *Simulator) scimSearch(c *call) reply {
	var keep func(*user) bool
	if text := c.str("filter"); text != "" {
		parts := scimFilter.FindStringSubmatch(text)
		if parts == nil {
			return scimFail(http.StatusBadRequest, "invalidFilter", "only userName eq is understood")
		}
		keep = func(u *user) bool { return strings.EqualFold(u.email, parts[1]) }
	}
	start, count := 1, maxPerPage
	if n, err := strconv.Atoi(c.str("startIndex")); err == nil && n > 1 {
		start = n
	}
	if n, err := strconv.Atoi(c.str("count")); err == nil && n >= 0 {
		count = min(n, maxPerPage)
	}
	rows, total := pick(s.t.users.all(nil, c.asOf), keep, order[user]{ascending: true}, paging{page: 1, perPage: len(s.t.users.rows) + 1})
	rows = rows[min(start-1, len(rows)):]
	found := []object{}
	for _, u := range rows[:min(count, len(rows))] {
		found = append(found, scimWire(u))
	}
	return scimOK(http.StatusOK, object{
		"schemas": []string{scimList}, "totalResults": total, "startIndex": start, "itemsPerPage": len(found), "Resources": found,
	})
}

func (s *Simulator) scimShow(c *call) reply {
	u := s.scimUserByID(c.id)
	if u == nil {
		return scimFail(http.StatusNotFound, "", "no such user")
	}
	return scimOK(http.StatusOK, scimWire(u))
}

// scimCreate makes a user with the default profile, as no attribute for another one is known.
func (s *Simulator) scimCreate(c *call) reply {
	email := c.str("userName")
	switch {
	case email == "":
		return scimFail(http.StatusBadRequest, "invalidValue", "userName is required")
	case s.t.userByEmail(email) != nil:
		return scimFail(http.StatusConflict, "uniqueness", "userName is taken")
	case !s.seatFor(ProfileStandard):
		return scimFail(http.StatusForbidden, "", "no free seat")
	}
	name, _ := c.body["name"].(map[string]any)
	u := s.addUser(c.as("users.create"), email, asText(name["givenName"]), asText(name["familyName"]), ProfileStandard)
	return scimOK(http.StatusCreated, scimWire(u))
}

// scimReplace takes a whole user. Of its attributes only the names and active can change.
func (s *Simulator) scimReplace(c *call) reply {
	u := s.scimUserByID(c.id)
	if u == nil {
		return scimFail(http.StatusNotFound, "", "no such user")
	}
	if email := c.str("userName"); email != "" && !strings.EqualFold(email, u.email) {
		return scimFail(http.StatusBadRequest, "mutability", "userName cannot change")
	}
	name, _ := c.body["name"].(map[string]any)
	s.t.users.change(u.id, c.now, func(u *user) {
		u.first = orElse(asText(name["givenName"]), u.first)
		u.last = orElse(asText(name["familyName"]), u.last)
	})
	return s.scimActive(c, u.id, !c.has("active") || c.flag("active"))
}

// scimPatch understands replacing active, in both forms that identity providers send.
func (s *Simulator) scimPatch(c *call) reply {
	u := s.scimUserByID(c.id)
	if u == nil {
		return scimFail(http.StatusNotFound, "", "no such user")
	}
	active := !u.deleted
	operations, _ := c.body["Operations"].([]any)
	if len(operations) == 0 {
		return scimFail(http.StatusBadRequest, "invalidSyntax", "Operations is required")
	}
	for _, item := range operations {
		members, _ := item.(map[string]any)
		next, understood := patchedActive(params{body: members})
		if !understood {
			return scimFail(http.StatusBadRequest, "invalidPath", "only active can be replaced")
		}
		active = next
	}
	return s.scimActive(c, u.id, active)
}

func patchedActive(p params) (active, understood bool) {
	if !slices.Contains([]string{"replace", "add"}, strings.ToLower(p.str("op"))) {
		return false, false
	}
	if strings.EqualFold(p.str("path"), "active") {
		active, err := strconv.ParseBool(strings.ToLower(p.str("value")))
		return active, err == nil
	}
	value, _ := p.body["value"].(map[string]any)
	active, err := strconv.ParseBool(strings.ToLower(asText(value["active"])))
	return active, p.str("path") == "" && err == nil
}

func (s *Simulator) scimActive(c *call, userID string, active bool) reply {
	op := "users.deactivate"
	if active {
		op = "users.reactivate"
	}
	if u := s.t.users.get(userID); u.deleted == active || !active {
		if err := s.setDeleted(c.as(op), userID, !active); err != nil {
			return scimFail(http.StatusForbidden, "", fmt.Sprint(err))
		}
	}
	return scimOK(http.StatusOK, scimWire(s.t.users.get(userID)))
}
