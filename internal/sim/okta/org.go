package okta

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// User is somebody in the org. What is left empty gets a value.
type User struct {
	ID        string
	Login     string
	Email     string
	First     string
	Last      string
	Status    string // ACTIVE when empty
	Created   time.Time
	LastLogin time.Time // zero is null: never signed in to Okta
	unindexed bool
}

// Group holds people. Type is OKTA_GROUP when empty; APP_GROUP is mastered
// elsewhere. A group with a Rule is filled by one, unless the rule is off.
type Group struct {
	ID      string
	Name    string
	Type    string
	Rule    bool
	RuleOff bool
}

// filled tells that a rule puts people into the group.
func (g *Group) filled() bool { return g.Rule && !g.RuleOff }

// App is an app instance. Hooks are what Okta's provisioning does in the app
// itself: they are called with the work email, after the change, and only where
// Features holds the push.
type App struct {
	ID           string
	Label        string
	Status       string // ACTIVE when empty
	Features     []string
	NoFeatures   bool // the field is missing
	SignInOnly   bool // app users have no external id
	OnUnassigned func(email string)
	OnAssigned   func(email string)
}

// Sign is an entry of the System Log about somebody who signed in to an app.
type Sign struct {
	User    string
	App     string
	At      time.Time
	Outcome string // SUCCESS when empty
	AsActor bool   // the person stands as the actor alone, not among the targets too
}

type pair struct{ left, right string }

// refill is a person whom a rule puts back.
type refill struct {
	pair
	after int
}

// AddUser puts somebody in and returns their id.
func (s *Simulator) AddUser(u User) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.ID = s.id(u.ID, "00u")
	if u.Status == "" {
		u.Status = "ACTIVE"
	}
	if u.Login == "" {
		u.Login = u.Email
	}
	if u.Created.IsZero() {
		u.Created = s.now().AddDate(-2, 0, 0)
	}
	u.unindexed = s.switches.SearchLag
	s.users = append(s.users, &u)
	return u.ID
}

// AddGroup makes a group and returns its id.
func (s *Simulator) AddGroup(g Group) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.ID = s.id(g.ID, "00g")
	if g.Type == "" {
		g.Type = "OKTA_GROUP"
	}
	s.groups = append(s.groups, &g)
	return g.ID
}

// AddApp makes an app instance and returns its id.
func (s *Simulator) AddApp(a App) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.ID = s.id(a.ID, "0oa")
	if a.Status == "" {
		a.Status = "ACTIVE"
	}
	s.apps = append(s.apps, &a)
	return a.ID
}

// Give assigns an app to a person directly.
func (s *Simulator) Give(app, user string) { s.link(&s.direct, app, user) }

// GiveGroup assigns an app to a group.
func (s *Simulator) GiveGroup(app, group string) { s.link(&s.given, app, group) }

// Join puts a person into a group.
func (s *Simulator) Join(group, user string) { s.link(&s.members, group, user) }

func (s *Simulator) link(in *[]pair, left, right string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(in, left, right)
}

// SignIn writes to the System Log that somebody signed in to an app.
func (s *Simulator) SignIn(e Sign) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Outcome == "" {
		e.Outcome = "SUCCESS"
	}
	s.log = append(s.log, e)
}

// ChangeUser edits somebody as an admin would.
func (s *Simulator) ChangeUser(id string, edit func(*User)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.user(id); u != nil {
		edit(u)
	}
}

// ChangeApp edits an app as an admin would.
func (s *Simulator) ChangeApp(id string, edit func(*App)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.app(id); a != nil {
		edit(a)
	}
}

// Switch changes the behaviours.
func (s *Simulator) Switch(change func(*Switches)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.switches)
	s.since = len(s.requests)
}

// id gives a new id in Okta's form: a prefix that tells the kind, twenty characters.
func (s *Simulator) id(wanted, prefix string) string {
	if wanted != "" {
		return wanted
	}
	s.ids++
	return fmt.Sprintf("%ssim%014d", prefix, s.ids)
}

func (s *Simulator) user(id string) *User {
	return found(s.users, func(u *User) bool { return u.ID == id || strings.EqualFold(u.Login, id) })
}

func (s *Simulator) group(id string) *Group {
	return found(s.groups, func(g *Group) bool { return g.ID == id })
}

func (s *Simulator) app(id string) *App {
	return found(s.apps, func(a *App) bool { return a.ID == id })
}

func found[T any](all []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}

func add(in *[]pair, left, right string) {
	if p := (pair{left, right}); !slices.Contains(*in, p) {
		*in = append(*in, p)
	}
}

func drop(in *[]pair, left, right string) bool {
	before := len(*in)
	*in = slices.DeleteFunc(*in, func(p pair) bool { return p == pair{left, right} })
	return len(*in) < before
}
