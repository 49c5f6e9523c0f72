package slack

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ErrRefused says that a person could not do what was asked: the message is gone, the button is not there, the
// conversation is not theirs. Nothing was sent to the app.
var ErrRefused = errors.New("the person cannot do this")

// ErrDelivery says that the app could not be reached, or cut the connection without an answer.
var ErrDelivery = errors.New("the app gave no answer")

// Simulator is one workspace with the app installed. It is safe for use by many goroutines.
type Simulator struct {
	opt     Options
	client  *http.Client
	handler http.Handler
	table   map[string]method
	csrf    string

	mu            sync.Mutex
	ids           ids
	down          bool
	changes       int // that leave no other trace a page could notice
	base          string
	interactions  string
	commands      string
	tokens        map[string]string // by token: the error it gets, or ""
	users         map[string]*User
	userOrder     []string
	groups        map[string]*Group
	conversations map[string]*conversation
	convOrder     []string
	dms           map[string]*conversation
	views         map[string]*view
	viewStacks    map[string][]*view
	triggers      map[string]*trigger
	responses     map[string]*responseURL
	limiter       *limiter
	requests      []Request
	faults        []*activeFault
	sockets       sockets
	notices       map[string][]notice
	botUser       string
	botID         string
}

// New makes a workspace with nobody in it but the app's bot.
func New(opt Options) *Simulator {
	opt = opt.filled()
	s := &Simulator{
		opt: opt, client: newClient(), base: strings.TrimSuffix(opt.PublicURL, "/"),
		interactions: opt.InteractionsURL, commands: opt.CommandsURL,
		tokens: map[string]string{}, users: map[string]*User{}, groups: map[string]*Group{},
		conversations: map[string]*conversation{}, dms: map[string]*conversation{},
		views: map[string]*view{}, viewStacks: map[string][]*view{},
		triggers: map[string]*trigger{}, responses: map[string]*responseURL{},
		limiter: newLimiter(), sockets: newSockets(), notices: map[string][]notice{},
		botUser: "U0HANDOVER", botID: "B0HANDOVER",
	}
	s.csrf = newFormToken()
	s.table = s.methods()
	for _, token := range []string{opt.BotToken, opt.AppToken} {
		if token != "" {
			s.tokens[token] = ""
		}
	}
	s.users[s.botUser] = &User{ID: s.botUser, Name: "handover", RealName: "Handover", IsBot: Yes}
	s.handler = s.routes()
	return s
}

// Handler serves the Web API under /api/, Socket Mode under /socket/, response URLs, and the page under /.
func (s *Simulator) Handler() http.Handler { return s.handler }

func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.serveAPI)
	mux.HandleFunc("/socket/{ticket}", s.serveSocket)
	mux.HandleFunc("POST /actions/{team}/{number}/{secret}", s.serveResponseURL)
	mux.HandleFunc("POST /commands/{team}/{number}/{secret}", s.serveResponseURL)
	s.pageRoutes(mux)
	return mux
}

// noteHost learns how the app reaches the simulator, unless Options.PublicURL says it. A browser in front of the page may
// come another way.
func (s *Simulator) noteHost(r *http.Request) {
	if s.opt.PublicURL != "" || r.Host == "" {
		return
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = scheme + r.Host
}

// SetEndpoints sets the app's request URLs. An empty one stays as it is.
func (s *Simulator) SetEndpoints(interactions, commands string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if interactions != "" {
		s.interactions = interactions
	}
	if commands != "" {
		s.commands = commands
	}
}

// Down takes Slack away and brings it back: while it is down every door answers 503, sockets are cut and people cannot
// act.
func (s *Simulator) Down(down bool) {
	s.mu.Lock()
	s.down = down
	s.changes++
	s.mu.Unlock()
	if down {
		s.cutSockets()
	}
}

func (s *Simulator) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

// Close cuts sockets and lets go of connections to the app.
func (s *Simulator) Close() {
	s.cutSockets()
	s.client.CloseIdleConnections()
}

func (s *Simulator) now() time.Time { return s.opt.Clock() }

// RevokeToken makes the bot's token answer token_revoked, as when an administrator removes the app.
func (s *Simulator) RevokeToken() { s.setTokenState("token_revoked") }

// DeactivateApp makes the bot's token answer account_inactive, as when the app's bot user is deleted.
func (s *Simulator) DeactivateApp() { s.setTokenState("account_inactive") }

// RestoreToken makes the bot's token work again.
func (s *Simulator) RestoreToken() { s.setTokenState("") }

func (s *Simulator) setTokenState(state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opt.BotToken != "" {
		s.tokens[s.opt.BotToken] = state
	}
}

// BotUser is the id of the app's bot user, which chat messages carry as their author.
func (s *Simulator) BotUser() string { return s.botUser }
