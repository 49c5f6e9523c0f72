package entra

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options of a tenant.
type Options struct {
	Tenant   string // directory id; "" is TenantID
	ClientID string // of the app registration that signs in; "" is ClientID
	Secret   string
	// Permissions are those with consent. Nil: all that the simulator knows.
	Permissions []string
	Clock       func() time.Time // nil: time.Now
	// OnAssigned and OnUnassigned hear what provisioning does in the app, by work
	// email. See Cycle.
	OnAssigned, OnUnassigned func(email string)
	// AtOnce runs a cycle after each write instead of waiting for Cycle.
	AtOnce bool
}

// The ids of the tenant and of its client where Options name none.
const (
	TenantID = "7a3e3c7e-0000-4000-8000-000000000001"
	ClientID = "c11e1d00-0000-4000-8000-000000000002"
)

// Simulator is one tenant. Its methods are safe for concurrent use.
type Simulator struct {
	mu       sync.Mutex
	opt      Options
	switches Switches
	handler  http.Handler

	users   []*User
	groups  []*Group
	apps    []*App
	rows    []*Row
	signIns []SignIn

	tokens   map[string]time.Time // until when
	issued   int
	numbered int
	requests []string
	deleted  []Row
	stale    *stale
	paces    map[string][]time.Time
	has      map[string]bool // app and email, as the last cycle left it
}

// stale is what reads show while a deletion has not reached every server.
type stale struct {
	reads  int
	rows   []Row
	groups map[string][]string
}

// New makes a tenant with nobody in it.
func New(opt Options) *Simulator {
	if opt.Tenant == "" {
		opt.Tenant = TenantID
	}
	if opt.ClientID == "" {
		opt.ClientID = ClientID
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Permissions == nil {
		opt.Permissions = AllPermissions()
	}
	s := &Simulator{opt: opt, tokens: map[string]time.Time{}, paces: map[string][]time.Time{}, has: map[string]bool{}}
	s.seedDirectory()
	s.handler = s.routes()
	return s
}

// Handler serves the token endpoint under /{tenant}/oauth2 and Graph under /v1.0.
func (s *Simulator) Handler() http.Handler { return s }

// ServeHTTP answers one request. Requests are answered one at a time; the hooks of
// provisioning are called when the answer is ready and nothing is locked.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	after := s.serve(w, r)
	for _, tell := range after {
		tell()
	}
}

func (s *Simulator) serve(w http.ResponseWriter, r *http.Request) []func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	w.Header().Set("request-id", s.requestID())
	s.handler.ServeHTTP(w, r)
	if s.opt.AtOnce && r.Method != http.MethodGet {
		return s.cycle()
	}
	return nil
}

func (s *Simulator) requestID() string {
	return fmt.Sprintf("4e000000-0000-4000-8000-%012d", len(s.requests))
}

func (s *Simulator) now() time.Time { return s.opt.Clock().UTC() }

// newID numbers objects, so that a tenant seeded twice is the same twice.
func (s *Simulator) newID() string {
	s.numbered++
	return fmt.Sprintf("a0000000-0000-4000-8000-%012d", s.numbered)
}

// AddUser puts somebody in and returns their object id.
func (s *Simulator) AddUser(u User) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.ID = s.newID()
	s.users = append(s.users, &u)
	return u.ID
}

// AddGroup puts a group in and returns its object id.
func (s *Simulator) AddGroup(g Group) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.ID = s.newID()
	s.groups = append(s.groups, &g)
	return g.ID
}

// AddApp puts an enterprise application in and returns the object id of its
// service principal.
func (s *Simulator) AddApp(a App) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.ID = s.newID()
	if a.AppID == "" {
		a.AppID = s.newID()
	}
	s.apps = append(s.apps, &a)
	return a.ID
}

// AddJob puts a provisioning job on an app and returns its id.
func (s *Simulator) AddJob(app string, j Job) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.app(app)
	j.ID = fmt.Sprintf("scim.%s.%d", a.AppID, len(a.jobs)+1)
	a.jobs = append(a.jobs, &j)
	return j.ID
}

// Give assigns an app to a user, a group or a service principal, as an
// administrator would, and returns the id of the row. An empty role is NoRole.
func (s *Simulator) Give(app, principal, role string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.give(app, principal, role).ID
}

func (s *Simulator) give(app, principal, role string) *Row {
	if role == "" {
		role = NoRole
	}
	s.numbered++
	r := &Row{ID: fmt.Sprintf("row_%08d-Ab", s.numbered), App: app, Role: role, Principal: principal, Kind: s.kindOf(principal)}
	s.rows = append(s.rows, r)
	return r
}

func (s *Simulator) kindOf(id string) string {
	switch {
	case s.user(id) != nil:
		return KindUser
	case s.group(id) != nil:
		return KindGroup
	default:
		return KindServicePrincipal
	}
}

// Log writes into the sign-in log.
func (s *Simulator) Log(in SignIn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signIns = append(s.signIns, in)
}

func (s *Simulator) user(id string) *User {
	return find(s.users, func(u *User) bool { return u.ID == id })
}
func (s *Simulator) group(id string) *Group {
	return find(s.groups, func(g *Group) bool { return g.ID == id })
}
func (s *Simulator) app(id string) *App { return find(s.apps, func(a *App) bool { return a.ID == id }) }

func find[T any](all []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}

func same(a, b string) bool { return strings.EqualFold(a, b) }
