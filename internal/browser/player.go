package browser

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"time"

	"handover/domain"
)

// Operations, as they are named in faults.
const (
	opStart = "browser.start"
	opPlay  = "browser.play"
)

// lockFile lies in the profile.
const lockFile = "handover.lock"

// lockRetry is when it makes sense to ask for a profile again that another
// process plays in: about the length of a recipe.
const lockRetry = time.Minute

// Config is what one app needs.
type Config struct {
	App domain.AppID
	// Profile is the directory of the browser profile in which the app's
	// administrator signed in. It is made for this and nobody browses with it. ""
	// makes a temporary one, which is signed in nowhere.
	Profile string
	// Browser is the path of the browser. "" looks for the usual ones.
	Browser string
	// Recipes by what they do.
	Recipes map[domain.Capability]Recipe
	Now     func() time.Time // nil means time.Now
	Log     *slog.Logger     // nil throws away
}

// Player plays recipes in one profile, one at a time. Its browser lives for one
// playing only, so that nothing is left open and the profile is free in between.
type Player struct {
	cfg    Config
	browse string
	turn   chan struct{} // holds one token: whoever has it plays
	thrown string        // the temporary profile
	once   sync.Once
	// beforePress is for tests: what a page does between the last look and the press.
	beforePress func()
}

// New checks that the browser and the profile are there. Its faults are of kind
// invalid and say what to set.
func New(cfg Config) (*Player, error) {
	wrong := func(what string, cause error) (*Player, error) {
		return nil, domain.NewFault(domain.FaultInvalid, opStart, cfg.App, what, cause)
	}
	p := &Player{cfg: cfg, browse: cfg.Browser, turn: make(chan struct{}, 1)}
	if p.cfg.Now == nil {
		p.cfg.Now = time.Now
	}
	if p.cfg.Log == nil {
		p.cfg.Log = slog.New(slog.DiscardHandler)
	}
	if p.browse == "" {
		p.browse, _ = Find()
	}
	if p.browse == "" {
		return wrong("there is no Chromium or Chrome on this machine: install one, or say where it is", nil)
	}
	found, err := exec.LookPath(p.browse)
	if err != nil {
		return wrong("the browser is not where the configuration says, or may not be started", err)
	}
	p.browse = found
	for _, r := range cfg.Recipes {
		if r.digest == "" {
			return wrong("a recipe was not read: parse it first", nil)
		}
	}
	if cfg.Profile != "" {
		if why := checkProfile(cfg.Profile); why != "" {
			return wrong(why, nil)
		}
		return p, nil
	}
	if p.thrown, err = os.MkdirTemp("", "handover-browser-"); err != nil {
		return wrong("no temporary profile can be made: free space in the temporary directory", err)
	}
	p.cfg.Profile = p.thrown
	return p, nil
}

// Has tells whether there is a recipe for a capability.
func (p *Player) Has(want domain.Capability) bool {
	_, ok := p.cfg.Recipes[want]
	return ok
}

// Close throws a temporary profile away.
func (p *Player) Close() error {
	var err error
	p.once.Do(func() {
		if p.thrown != "" {
			err = os.RemoveAll(p.thrown)
		}
	})
	return err
}

// Play plays a recipe for one person. See activities.Recipes for what its faults
// mean. A profile in which another process plays is a fault of kind rate_limited
// with RetryAt.
func (p *Player) Play(ctx context.Context, want domain.Capability, in domain.RecipeInput) (domain.Played, error) {
	recipe, ok := p.cfg.Recipes[want]
	if !ok {
		return domain.Played{}, p.fault(domain.FaultUnsupported, "no recipe does this: a person does it in the app", nil)
	}
	played := domain.Played{Recipe: recipe.digest}
	bound, err := recipe.bind(in)
	if err != nil {
		return played, p.fault(domain.FaultInvalid, err.Error(), nil)
	}
	release, err := p.take(ctx)
	if err != nil {
		return played, err
	}
	defer release()
	t, err := launch(ctx, p.browse, p.cfg.Profile, recipe.flow.Reads)
	if err != nil {
		return played, p.fault(domain.FaultUnavailable, "the browser did not start, nothing was clicked: see that it runs on this machine", err)
	}
	defer t.close()
	s := &playing{player: p, tab: t, bound: bound, dry: in.Dry, played: played}
	err = s.run(ctx)
	s.played.At = p.cfg.Now()
	return s.played, err
}

// take waits for this process's turn and takes the profile against others.
func (p *Player) take(ctx context.Context) (func(), error) {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, p.fault(domain.FaultUnavailable, "stopped while another recipe was played, nothing was clicked", ctx.Err())
	}
	unlock, held, err := lockProfile(p.cfg.Profile)
	switch {
	case held:
		<-p.turn
		f := p.fault(domain.FaultRateLimited, "another process uses the browser profile: it is tried again, or close the window that was opened to sign in", err)
		f.RetryAt = p.cfg.Now().Add(lockRetry)
		return nil, f
	case err != nil:
		<-p.turn
		return nil, p.fault(domain.FaultInvalid, "the browser profile cannot be written: see to its owner and its rights", err)
	}
	freeProfile(p.cfg.Profile)
	return func() { unlock(); <-p.turn }, nil
}

func (p *Player) fault(kind domain.FaultKind, message string, cause error) *domain.Fault {
	return domain.NewFault(kind, opPlay, p.cfg.App, message, cause)
}

// SignIn opens a window of the browser on the profile, for the app's
// administrator to sign in, and returns when they close it. Nothing drives that
// window: no recipe sees a password. A profile that does not exist is made.
func SignIn(ctx context.Context, cfg Config, address string) error {
	if cfg.Profile == "" {
		return domain.NewFault(domain.FaultInvalid, opStart, cfg.App, "the policy file names no browser profile", nil)
	}
	if err := os.MkdirAll(cfg.Profile, 0o700); err != nil {
		return domain.NewFault(domain.FaultInvalid, opStart, cfg.App, "the browser profile cannot be made", err)
	}
	p, err := New(cfg)
	if err != nil {
		return err
	}
	release, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer release()
	// Cookies are encrypted with the key that these two name: with another key the
	// player would not be signed in.
	cmd := exec.CommandContext(ctx, p.browse, "--user-data-dir="+p.cfg.Profile, "--password-store=basic", "--use-mock-keychain", "--no-first-run", //nolint:gosec // the operator's own browser
		"--no-default-browser-check", address)
	cmd.Env = environment(p.cfg.Profile)
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"} {
		if v, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	if err := cmd.Run(); err != nil {
		return p.fault(domain.FaultUnavailable, "the browser's window did not open, or ended badly: run this where there is a screen", err)
	}
	return nil
}
