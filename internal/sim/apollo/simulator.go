package apollo

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Simulator is one Apollo team behind HTTP. It is safe for use by many goroutines.
type Simulator struct {
	opt     Options
	limits  Limits
	started time.Time
	handler http.Handler

	mu       sync.Mutex
	t        *tenant
	limiter  *limiter
	scim     *limiter
	effects  []Effect
	requests []Request
	number   uint64
	key      string
	busy     bool
	lag      time.Duration
	variant  string // of the administration pages
	trapped  string // the user whose page is a trap

	faultMu sync.Mutex
	rules   []*activeRule
	dice    *rand.Rand
}

// New makes a simulator with an empty team; Seed fills it.
func New(opt Options) *Simulator {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Plan == "" {
		opt.Plan = PlanOrganization
	}
	limits := LimitsOf(opt.Plan)
	if opt.Limits != nil {
		limits = *opt.Limits
	}
	s := &Simulator{
		opt: opt, limits: limits, started: opt.Clock(), key: opt.APIKey,
		t: newTenant(1), limiter: newLimiter(), scim: newLimiter(),
		dice: rand.New(rand.NewPCG(1, 1)),
	}
	s.handler = s.routes()
	return s
}

// Handler serves the REST API, the SCIM door, the administration pages and the control API.
func (s *Simulator) Handler() http.Handler { return s.handler }

func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	for _, prefix := range []string{"/api/v1", "/v1"} {
		mux.Handle(prefix+"/", s.apiRoutes(prefix))
	}
	mux.Handle("/scim/v2/", s.scimRoutes())
	mux.Handle("/admin/", s.adminRoutes())
	mux.Handle("/control/", s.controlRoutes())
	return mux
}

// now reads the clock. Callers hold the lock or do not need the time to be in step with the state.
func (s *Simulator) now() time.Time { return s.opt.Clock().UTC() }

// SetAPIKey rotates the key: the old one is refused from now on. The new key counts as made by the given user (an id or
// an email address), which matters with Switches.KeyDiesWithCreator.
func (s *Simulator) SetAPIKey(key, creator string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
	if u := s.t.findUser(creator); u != nil {
		s.t.keyMaker = u.id
	}
}
