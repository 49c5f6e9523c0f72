package okta

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Simulator is one org. Its methods are safe for concurrent use.
type Simulator struct {
	mu       sync.Mutex
	opt      Options
	now      func() time.Time
	switches Switches
	ids      int

	users   []*User
	groups  []*Group
	apps    []*App
	direct  []pair // app, user
	given   []pair // app, group
	members []pair // group, user
	refills []refill
	lagging map[pair]int // app, user: requests for which it is still shown
	log     []Sign

	tokens   map[string]token
	used     map[string]bool // ids of assertions
	requests []string
	writes   []string
	since    int // requests that were made when the switches changed last
	window   time.Time
	spent    int
	cut      bool
	pushes   []func() // what the app is told when the lock is free
	ended    []string
}

// New makes an empty org.
func New(o Options) *Simulator {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Simulator{opt: o, now: o.Clock, switches: o.Switches, lagging: map[pair]int{}, tokens: map[string]token{}, used: map[string]bool{}}
}

// reply is what a request is answered with.
type reply struct {
	status int
	body   any
	next   string // cursor of the next page
	paged  bool
}

// Handler serves the org at the root of a host.
func (s *Simulator) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth2/v1/token", s.serve("", s.issue))
	for pattern, e := range map[string]struct {
		scope  string
		handle func(*http.Request) reply
	}{
		"GET /api/v1/apps/{app}":                     {"okta.apps.read", s.getApp},
		"GET /api/v1/apps/{app}/users":               {"okta.apps.read", s.listAppUsers},
		"POST /api/v1/apps/{app}/users":              {"okta.apps.manage", s.assign},
		"GET /api/v1/apps/{app}/users/{user}":        {"okta.apps.read", s.getAppUser},
		"DELETE /api/v1/apps/{app}/users/{user}":     {"okta.apps.manage", s.unassign},
		"GET /api/v1/apps/{app}/groups":              {"okta.apps.read", s.listAppGroups},
		"GET /api/v1/users":                          {"okta.users.read", s.listUsers},
		"GET /api/v1/users/{user}":                   {"okta.users.read", s.getUser},
		"GET /api/v1/users/{user}/groups":            {"okta.users.read", s.listUserGroups},
		"DELETE /api/v1/users/{user}/sessions":       {"okta.users.manage", s.endSessions},
		"GET /api/v1/groups/rules":                   {"okta.groups.read", s.listRules},
		"GET /api/v1/groups/{group}/apps":            {"okta.groups.read", s.listGroupApps},
		"PUT /api/v1/groups/{group}/users/{user}":    {"okta.groups.manage", s.join},
		"DELETE /api/v1/groups/{group}/users/{user}": {"okta.groups.manage", s.leave},
		"GET /api/v1/logs":                           {"okta.logs.read", s.listLog},
	} {
		mux.HandleFunc(pattern, s.serve(e.scope, e.handle))
	}
	mux.HandleFunc("/", s.serve("", func(*http.Request) reply { return notFound("this path") }))
	return mux
}

// serve takes a request through the steps in Okta's order: limits, token, scope,
// the call itself. The app is told of pushes when the lock is free again.
func (s *Simulator) serve(scope string, handle func(*http.Request) reply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, pushes, broken := s.answer(w, r, scope, handle)
		for _, push := range pushes {
			push()
		}
		if broken {
			panic(http.ErrAbortHandler)
		}
		write(w, out)
	}
}

func (s *Simulator) answer(w http.ResponseWriter, r *http.Request, scope string, handle func(*http.Request) reply) (out reply, pushes []func(), broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	w.Header().Set("X-Okta-Request-Id", fmt.Sprintf("req-%06d", len(s.requests)))
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	s.settle()
	out = s.refuse(w, r, scope)
	if out.status != 0 {
		return out, nil, false
	}
	out = handle(r)
	if out.paged {
		link(w, r, out.next)
	}
	if r.Method != http.MethodGet && scope != "" && out.status < 300 {
		s.writes = append(s.writes, r.Method+" "+r.URL.Path)
		broken = s.switches.CutAfterWrite && !s.cut
		s.cut = s.cut || broken
	}
	pushes, s.pushes = s.pushes, nil
	return out, pushes, broken
}

// settle lets what was delayed happen.
func (s *Simulator) settle() {
	for p := range s.lagging {
		if s.lagging[p]--; s.lagging[p] < 0 {
			delete(s.lagging, p)
		}
	}
	s.refills = slices.DeleteFunc(s.refills, func(f refill) bool {
		if f.after > len(s.requests) {
			return false
		}
		s.changing(f.right, func() { add(&s.members, f.left, f.right) })
		return true
	})
}

// refuse checks limits, token and scope; a status of 0 lets the request in.
func (s *Simulator) refuse(w http.ResponseWriter, r *http.Request, scope string) reply {
	if s.switches.Down != 0 {
		return reply{status: s.switches.Down, body: "<html><body>Down for maintenance</body></html>"}
	}
	if s.limited(w) {
		return fail(http.StatusTooManyRequests, "E0000047", "API call exceeded rate limit due to too many requests.")
	}
	if scope == "" {
		return reply{}
	}
	granted, known := s.known(r.Header.Get("Authorization"))
	switch {
	case !known:
		return fail(http.StatusUnauthorized, "E0000011", "Invalid token provided")
	case granted != "" && !slices.Contains(strings.Fields(granted), scope), slices.Contains(s.switches.Denied, scope):
		return fail(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
	}
	return reply{}
}

const quietLimit = 600

// limited counts the request in a window of a minute that is aligned to the
// clock, and tells whether it is one too many. A breach of concurrency shows
// limit and rest as 0 (documented).
func (s *Simulator) limited(w http.ResponseWriter) bool {
	now := s.now()
	if start := now.Truncate(time.Minute); !start.Equal(s.window) {
		s.window, s.spent = start, 0
	}
	limit := s.switches.Limit
	if limit == 0 {
		limit = quietLimit
	}
	s.spent++
	over := s.switches.Limit > 0 && s.spent > limit
	left := max(0, limit-s.spent)
	if s.switches.Busy > 0 {
		s.switches.Busy--
		over, limit, left = true, 0, 0
	}
	w.Header().Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
	w.Header().Set("X-Rate-Limit-Remaining", strconv.Itoa(left))
	w.Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(s.window.Add(time.Minute).Unix(), 10))
	return over
}
