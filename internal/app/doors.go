package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"handover/activities"
	"handover/domain"
	"handover/internal/browser"
	"handover/internal/config"
	"handover/internal/entra"
	"handover/internal/gated"
	"handover/internal/okta"
)

// Doors holds what stands beside the connectors: the identity provider in front
// of each app, and the recipes that its administrator recorded.
type Doors struct {
	signIn  map[domain.AppID]activities.SignIn
	players map[domain.AppID]*browser.Player
}

var _ activities.Doors = (*Doors)(nil)

// SignIn implements activities.Doors.
func (d *Doors) SignIn(app domain.AppID) activities.SignIn { return d.signIn[app] }

// Recipes implements activities.Doors.
func (d *Doors) Recipes(app domain.AppID) activities.Recipes {
	if p := d.players[app]; p != nil {
		return p
	}
	return nil
}

// Close ends the browsers.
func (d *Doors) Close() error {
	var errs []error
	for _, p := range d.players {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// NewDoors makes the doors of each app of the policy. Paths in it count from the
// policy file's folder. A browser or a recipe that is missing keeps no worker from
// starting: people can do those steps, and doctor tells what is wrong.
func NewDoors(p *domain.Policy, env config.Env, vars config.Variables, gate gated.Gate, log *slog.Logger) (*Doors, error) {
	d := noDoors()
	for id := range p.Apps {
		if err := d.openSignIn(p, id, vars, gate, log); err != nil {
			return nil, err
		}
		if err := d.openRecipes(p, id, env, log); err != nil {
			log.Error("the browser plays nothing in this app: people do what was recorded", "app", id, "error", err)
		}
	}
	return d, nil
}

func noDoors() *Doors {
	return &Doors{signIn: map[domain.AppID]activities.SignIn{}, players: map[domain.AppID]*browser.Player{}}
}

func (d *Doors) openSignIn(p *domain.Policy, id domain.AppID, vars config.Variables, gate gated.Gate, log *slog.Logger) error {
	front := p.Apps[id].SignIn
	if front.Provider == "" {
		return nil
	}
	provider := p.Providers[front.Provider]
	door, err := newSignIn(id, front, provider, vars, gate, log)
	if err == nil {
		d.signIn[id] = &described{SignIn: door, readOnly: provider.ReadOnly, now: time.Now}
	}
	return err
}

func (d *Doors) openRecipes(p *domain.Policy, id domain.AppID, env config.Env, log *slog.Logger) error {
	if len(p.Apps[id].Browser.Recipes) == 0 {
		return nil
	}
	player, err := newPlayer(id, p.Apps[id].Browser, env, log)
	if err == nil {
		d.players[id] = player
	}
	return err
}

// newSignIn makes the identity provider in front of an app.
func newSignIn(id domain.AppID, in domain.SignInPolicy, p *domain.ProviderPolicy, vars config.Variables, gate gated.Gate, log *slog.Logger) (activities.SignIn, error) {
	var err error
	read := func(name string) string {
		text, rerr := vars.Text(name)
		err = errors.Join(err, rerr)
		return text
	}
	names := p.Credentials
	switch p.Kind {
	case domain.ProviderOkta:
		cfg := okta.Config{App: id, Provider: in.Provider, URL: read(names.URL), AppID: in.App, Token: domain.Secret(read(names.Token)), ClientID: read(names.ClientID),
			Key: domain.Secret(read(names.Key)), KeyID: read(names.KeyID), ReadOnly: p.ReadOnly, Gate: gate, Now: time.Now, Log: log}
		if err != nil {
			return nil, err
		}
		return okta.New(cfg)
	case domain.ProviderEntra:
		cfg := entra.Config{App: id, Provider: in.Provider, Tenant: p.Tenant, ClientID: read(names.ClientID), Secret: domain.Secret(read(names.Secret)), AppID: in.App,
			ReadOnly: p.ReadOnly, LoginURL: read(names.LoginURL), GraphURL: read(names.URL), Gate: gate, Now: time.Now, Log: log}
		if err != nil {
			return nil, err
		}
		return entra.New(cfg)
	}
	return nil, fmt.Errorf("open sign-in: the provider %s is of kind %q, which this program does not know", in.Provider, p.Kind)
}

// newPlayer reads the recipes of an app and finds the browser that plays them.
func newPlayer(id domain.AppID, in domain.BrowserPolicy, env config.Env, log *slog.Logger) (*browser.Player, error) {
	folder := filepath.Dir(env.PolicyFile)
	recipes := map[domain.Capability]browser.Recipe{}
	for name, file := range in.Recipes {
		recipe, err := readRecipe(from(folder, file))
		if err != nil {
			return nil, fmt.Errorf("app %s, %s: %w", id, name, err)
		}
		if !recipe.Acts() {
			return nil, fmt.Errorf("app %s, %s: the recipe only reads: mark the click that acts", id, name)
		}
		recipes[domain.RecipeActs[name]] = recipe
	}
	return browser.New(browser.Config{App: id, Profile: from(folder, in.Profile), Browser: env.Browser, Recipes: recipes, Now: time.Now, Log: log})
}

// from is a path that counts from a folder.
func from(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

// factsLife is how long what a provider told about an app is taken as still so:
// it is asked at each step, and changes when somebody sets the app up anew.
const factsLife = 10 * time.Minute

// described remembers what a provider told about an app, and adds what the policy
// says of it. Failures are not kept.
type described struct {
	activities.SignIn
	readOnly bool
	now      func() time.Time

	mu    sync.Mutex
	facts domain.SignInFacts
	until time.Time
}

// Describe implements activities.SignIn.
func (d *described) Describe(ctx context.Context) (domain.SignInFacts, error) {
	d.mu.Lock()
	facts, fresh := d.facts, d.now().Before(d.until)
	d.mu.Unlock()
	if fresh {
		return facts, nil
	}
	facts, err := d.SignIn.Describe(ctx) // unlocked: a caller that gives up waits for nobody
	if err != nil {
		return facts, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	facts.ReadOnly = d.readOnly
	d.facts, d.until = facts, d.now().Add(factsLife)
	return facts, nil
}
