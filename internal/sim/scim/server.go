package scim

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// User is somebody in the app.
type User struct {
	ID       string
	UserName string
	Name     string
	Active   bool
	Roles    []string
	Rights   []string // entitlements
	Groups   []string
	Extra    string // an attribute that a full replacement must send back
	Version  int
	hidden   bool
}

// Server is one tenant. Its methods are safe for concurrent use.
type Server struct {
	mu       sync.Mutex
	token    string
	switches Switches
	users    []*User
	shown    []User // what lists and reads show while a change is not visible yet
	stale    int
	requests []string
	writes   int
	pages    int
	cut      bool
}

// New makes an empty tenant behind a token.
func New(token string, s Switches) *Server { return &Server{token: token, switches: s} }

// Add puts somebody in and returns their id.
func (s *Server) Add(userName string, roles ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(userName, roles...)
}

func (s *Server) add(userName string, roles ...string) string {
	u := &User{ID: "u-" + strings.ToLower(rand.Text()[:10]), UserName: userName, Name: strings.SplitN(userName, "@", 2)[0], Active: true, Roles: roles,
		Extra: "kept", Version: 1}
	s.users = append(s.users, u)
	return u.ID
}

// Switch changes the deviations.
func (s *Server) Switch(change func(*Switches)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.switches)
}

// Change edits somebody as an admin would, and makes a new version of them.
func (s *Server) Change(id string, edit func(*User)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.find(id); u != nil {
		edit(u)
		u.Version++
	}
}

// User shows somebody as they are, whatever the protocol shows.
func (s *Server) User(id string) (User, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.find(id); u != nil {
		return *u, true
	}
	return User{}, false
}

// Requests lists what was asked for: method and path, without the query.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Writes counts the requests that changed something.
func (s *Server) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

func (s *Server) find(id string) *User {
	for _, u := range s.users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

// changed notes a write. What is shown lags where the switch says so.
func (s *Server) changed(before []User) {
	s.writes++
	if s.switches.ShowAfter > 0 {
		s.shown, s.stale = before, s.switches.ShowAfter
	}
}

func (s *Server) state() []User {
	all := make([]User, 0, len(s.users))
	for _, u := range s.users {
		all = append(all, *u)
	}
	return all
}

// visible is what a read shows.
func (s *Server) visible() []User {
	if s.stale > 0 {
		s.stale--
		return s.shown
	}
	return s.state()
}

// ServeHTTP answers SCIM below any prefix.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, path, _ := strings.Cut(r.URL.Path, "/v2")
	s.requests = append(s.requests, r.Method+" "+path)
	w.Header().Set("X-Request-Id", fmt.Sprintf("req-%d", len(s.requests)))
	switch {
	case r.Header.Get("Authorization") != "Bearer "+s.token:
		s.fail(w, http.StatusUnauthorized, "", "the token is not known")
	case s.switches.Limit > 0 && len(s.requests) > s.switches.Limit:
		if s.switches.RetryAfter != "" {
			w.Header().Set("Retry-After", s.switches.RetryAfter)
		}
		s.fail(w, http.StatusTooManyRequests, "", "slow down")
	case path == "/ServiceProviderConfig" && r.Method == http.MethodGet:
		s.config(w)
	case path == "/Users":
		s.collection(w, r)
	case strings.HasPrefix(path, "/Users/"):
		s.single(w, r, strings.TrimPrefix(path, "/Users/"))
	default:
		s.fail(w, http.StatusNotFound, "", "nothing here")
	}
}

func (s *Server) config(w http.ResponseWriter) {
	if s.switches.NoConfig {
		s.fail(w, http.StatusNotFound, "", "nothing here")
		return
	}
	is := func(b bool) map[string]any { return map[string]any{"supported": b} }
	s.write(w, http.StatusOK, map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		"patch": is(!s.switches.NoPatch), "filter": is(!s.switches.RefuseFilter), "etag": is(s.switches.ETags), "bulk": is(false)})
}

// brokenOff cuts the connection after a write, once.
func (s *Server) brokenOff() bool {
	if s.switches.CutAfterWrite == 0 || s.writes < s.switches.CutAfterWrite || s.cut {
		return false
	}
	s.cut = true
	return true
}
