package entra

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// usual are the properties of a user that come without $select. accountEnabled is
// not among them.
var usual = []string{"displayName", "mail", "userPrincipalName"}

func (s *Simulator) userObject(u *User) object {
	proxies := []string{}
	if u.Mail != "" {
		proxies = append(proxies, "SMTP:"+u.Mail)
	}
	for _, a := range u.Aliases {
		proxies = append(proxies, "smtp:"+a)
	}
	all := object{"@odata.type": "#microsoft.graph.user", "id": u.ID, "displayName": u.Name, "mail": nil, "userPrincipalName": u.upn(),
		"accountEnabled": !u.Disabled, "proxyAddresses": proxies, "otherMails": append([]string{}, u.OtherMails...), "createdDateTime": stamp(u.Created),
		"userType": map[bool]string{true: "Guest", false: "Member"}[u.Guest]}
	if u.Mail != "" {
		all["mail"] = u.Mail
	}
	if s.switches.NoAccount {
		delete(all, "accountEnabled")
	}
	switch {
	case s.switches.NoActivity:
	case s.switches.NullActivity || u.LastSignIn.IsZero() && u.LastSuccess.IsZero() && !s.switches.YearOne:
		all["signInActivity"] = nil
	case s.switches.YearOne:
		all["signInActivity"] = object{"lastSignInDateTime": "0001-01-01T00:00:00Z", "lastSuccessfulSignInDateTime": "0001-01-01T00:00:00Z"}
	default:
		all["signInActivity"] = object{"lastSignInDateTime": stamp(u.LastSignIn), "lastSignInRequestId": "r-1",
			"lastSuccessfulSignInDateTime": stamp(u.LastSuccess), "lastSuccessfulSignInRequestId": "r-2"}
	}
	return all
}

func (s *Simulator) listUsers(w http.ResponseWriter, r *http.Request) {
	matches, ok := userFilter(r.URL.Query().Get("$filter"))
	if !ok {
		s.fail(w, http.StatusBadRequest, codeBad, "Invalid filter clause: "+r.URL.Query().Get("$filter"))
		return
	}
	rows := []object{}
	for _, u := range s.users {
		if matches(u) {
			rows = append(rows, selected(r.URL.Query(), s.userObject(u), usual...))
		}
	}
	s.list(w, r, rows)
}

// literal is an OData string, in which a quote is doubled.
const literal = `'((?:[^']|'')*)'`

var (
	byAddress = regexp.MustCompile(`^(mail|userPrincipalName) eq ` + literal + `$`)
	byProxy   = regexp.MustCompile(`^proxyAddresses/any\((\w+):(\w+) eq ` + literal + `\)$`)
	byOther   = regexp.MustCompile(`^otherMails/any\((\w+):(\w+) eq ` + literal + `\)$`)
	byIDs     = regexp.MustCompile(`^id in \((` + literal + `(?:,` + literal + `)*)\)$`)
)

// maxClauses is what a filter may join with "or", or list in "in".
const maxClauses = 15

func plain(text string) string { return strings.ReplaceAll(text, "''", "'") }

// userFilter reads the filters that Graph answers without ConsistencyLevel.
func userFilter(raw string) (func(*User) bool, bool) {
	if raw == "" {
		return func(*User) bool { return true }, true
	}
	if m := byIDs.FindStringSubmatch(raw); m != nil {
		ids := strings.Split(strings.ReplaceAll(m[1], "'", ""), ",")
		return func(u *User) bool { return slices.Contains(ids, u.ID) }, len(ids) <= maxClauses
	}
	if m := byProxy.FindStringSubmatch(raw); m != nil && m[1] == m[2] {
		want := strings.ToLower(plain(m[3]))
		return func(u *User) bool {
			return slices.ContainsFunc(append(slices.Clone(u.Aliases), u.Mail), func(a string) bool { return a != "" && "smtp:"+strings.ToLower(a) == want })
		}, true
	}
	if m := byOther.FindStringSubmatch(raw); m != nil && m[1] == m[2] {
		return func(u *User) bool {
			return slices.ContainsFunc(u.OtherMails, func(a string) bool { return same(a, plain(m[3])) })
		}, true
	}
	return addressFilter(raw)
}

func addressFilter(raw string) (func(*User) bool, bool) {
	type clause struct{ property, value string }
	var clauses []clause
	for _, part := range strings.Split(raw, " or ") {
		m := byAddress.FindStringSubmatch(part)
		if m == nil {
			return nil, false
		}
		clauses = append(clauses, clause{m[1], plain(m[2])})
	}
	return func(u *User) bool {
		return slices.ContainsFunc(clauses, func(c clause) bool {
			if c.property == "mail" {
				return same(u.Mail, c.value)
			}
			return same(u.upn(), c.value)
		})
	}, len(clauses) <= maxClauses
}

func (s *Simulator) getUser(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	u := find(s.users, func(u *User) bool { return u.ID == id || same(u.upn(), id) })
	if asksActivity(r.URL.Query()) {
		switch {
		case s.switches.NoLicence:
			s.fail(w, http.StatusForbidden, codeLicence, "Neither tenant is B2C or tenant doesn't have premium license")
			return
		case !s.holds(mayReadLogs):
			s.denied(w)
			return
		case u != nil && u.ID != id:
			s.fail(w, http.StatusBadRequest, codeBad, "Get By Key only supports UserId and the key has to be a valid Guid")
			return
		}
	}
	if u == nil {
		s.missing(w, id)
		return
	}
	write(w, http.StatusOK, selected(r.URL.Query(), s.userObject(u), usual...))
}

func asksActivity(q url.Values) bool {
	return slices.Contains(strings.Split(q.Get("$select"), ","), "signInActivity")
}

// memberOf lists the groups of which somebody is a direct member. Without
// Member.Read.Hidden those that hide their members are left out.
func (s *Simulator) memberOf(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if s.user(id) == nil {
		s.missing(w, id)
		return
	}
	rows := []object{}
	before := s.staleRead()
	for _, g := range s.groups {
		members := g.Members
		if before != nil {
			members = before.groups[g.ID]
		}
		if slices.Contains(members, id) && (!g.Hidden || s.holds([]string{"Member.Read.Hidden"})) {
			rows = append(rows, selected(r.URL.Query(), groupObject(g), usualOfGroups...))
		}
	}
	s.list(w, r, rows)
}

// endSessions moves signInSessionsValidFromDateTime. Sessions of guests live in
// their home tenant and go on.
func (s *Simulator) endSessions(w http.ResponseWriter, r *http.Request) {
	u := s.user(r.PathValue("id"))
	switch {
	case u == nil:
		s.missing(w, r.PathValue("id"))
	case u.Admin:
		s.denied(w)
	default:
		if !u.Guest {
			u.SessionsEnded++
		}
		write(w, http.StatusOK, object{"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Edm.Boolean", "value": true})
	}
}
