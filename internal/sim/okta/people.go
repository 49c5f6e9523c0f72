package okta

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

func stamp(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}

func userBody(u *User) object {
	return object{"id": u.ID, "status": u.Status, "created": stamp(u.Created), "lastLogin": stamp(u.LastLogin),
		"profile": object{"login": u.Login, "email": u.Email, "firstName": u.First, "lastName": u.Last}}
}

var byProfile = regexp.MustCompile(`^profile\.(email|login) eq "([^"]*)"$`)

// listUsers leaves deprovisioned people out unless it is asked for somebody.
// Search lags behind filter (documented).
func (s *Simulator) listUsers(r *http.Request) reply {
	q := r.URL.Query()
	filter, search := q.Get("filter"), q.Get("search")
	m := byProfile.FindStringSubmatch(filter + search)
	if m == nil && filter+search != "" {
		return fail(http.StatusBadRequest, "E0000031", "Invalid search criteria.")
	}
	var rows []row
	for _, u := range s.users {
		switch {
		case m == nil && u.Status == "DEPROVISIONED", search != "" && u.unindexed:
		case m == nil, strings.EqualFold(m[2], map[string]string{"email": u.Email, "login": u.Login}[m[1]]):
			rows = append(rows, row{u.ID, userBody(u)})
		}
	}
	return s.page(r, rows, 200, 200)
}

func (s *Simulator) getUser(r *http.Request) reply {
	u := s.user(r.PathValue("user"))
	if u == nil {
		return notFound(r.PathValue("user") + " (User)")
	}
	return ok(userBody(u))
}

// endSessions notes whose sessions ended and what with them. Sessions that apps
// keep are none of Okta's.
func (s *Simulator) endSessions(r *http.Request) reply {
	u := s.user(r.PathValue("user"))
	if u == nil {
		return notFound(r.PathValue("user") + " (User)")
	}
	s.ended = append(s.ended, u.ID+"?"+r.URL.RawQuery)
	return done()
}

var (
	byEvent  = regexp.MustCompile(`eventType eq "([^"]*)"`)
	byTarget = regexp.MustCompile(`target\.id eq "([^"]*)"`)
	byActor  = regexp.MustCompile(`actor\.id eq "([^"]*)"`)
)

const (
	oldestSince = 180 * 24 * time.Hour // since beyond it is E0000053 (documented)
	retention   = 90 * 24 * time.Hour  // what the log keeps (documented)
	poll        = "poll-"              // how the cursor of polling mode begins
)

// listLog gives sign-ins to apps. Without until, or when it is switched on, there
// is a next page always: polling mode (documented).
func (s *Simulator) listLog(r *http.Request) reply {
	q := r.URL.Query()
	now := s.now()
	since, until := now.Add(-7*24*time.Hour), now
	for name, at := range map[string]*time.Time{"since": &since, "until": &until} {
		if raw := q.Get(name); raw != "" {
			t, err := time.Parse(time.RFC3339, raw)
			if err != nil {
				return fail(http.StatusBadRequest, "E0000053", "Invalid input: "+name)
			}
			*at = t
		}
	}
	if now.Sub(since) > oldestSince {
		return fail(http.StatusBadRequest, "E0000053", "Invalid input: since")
	}
	var rows []row
	for _, e := range s.log {
		if !e.At.Before(since) && !e.At.After(until) && now.Sub(e.At) <= retention && s.wanted(e, q.Get("filter")) {
			rows = append(rows, row{stamp(e.At).(string), s.event(e)})
		}
	}
	if q.Get("sortOrder") == "DESCENDING" {
		for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
			rows[i], rows[j] = rows[j], rows[i]
		}
	}
	if strings.HasPrefix(q.Get("after"), poll) {
		rows = nil
	}
	out := s.page(r, rows, 100, 1000)
	if out.next == "" && (s.switches.EndlessLog || q.Get("until") == "") {
		out.next = fmt.Sprint(poll, len(s.requests))
	}
	return out
}

// wanted reads a filter as far as sign-ins go: an event type and, of each person
// or app that is named, that the entry names it as well.
func (s *Simulator) wanted(e Sign, filter string) bool {
	if m := byEvent.FindStringSubmatch(filter); m != nil && m[1] != "user.authentication.sso" {
		return false
	}
	targets := map[string]bool{e.App: true, e.User: !e.AsActor}
	for _, m := range byTarget.FindAllStringSubmatch(filter, -1) {
		if !targets[m[1]] && !(strings.Contains(filter, " or ") && m[1] == e.User) {
			return false
		}
	}
	for _, m := range byActor.FindAllStringSubmatch(filter, -1) {
		if m[1] != e.User {
			return false
		}
	}
	return true
}

// event shows the targets in an order that differs from entry to entry: they are
// told by their type (documented).
func (s *Simulator) event(e Sign) object {
	targets := []object{{"id": e.App, "type": "AppInstance", "displayName": "an app"}}
	if !e.AsActor {
		targets = append([]object{{"id": e.User, "type": "User"}}, targets...)
	}
	return object{"uuid": "event", "published": stamp(e.At), "eventType": "user.authentication.sso", "actor": object{"id": e.User, "type": "User"},
		"outcome": object{"result": e.Outcome}, "target": targets}
}
