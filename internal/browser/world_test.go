//go:build e2e

package browser_test

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/browser"
	sim "handover/internal/sim/apollo"
)

const (
	dana  = "dana.reyes@example.com"
	eli   = "eli.park@example.com"
	token = "admin-token-canary"
)

// TestMain lets more tests run at once than there are processors: they wait for
// pages most of the time.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// needBrowser fails where no recipe can be played, and lets as many browsers run
// at once as a small machine carries.
func needBrowser(t *testing.T) {
	t.Helper()
	if _, ok := browser.Find(); !ok {
		t.Fatal("no Chromium or Chrome on this machine: install one to run these tests")
	}
	if _, has := browsing.LoadOrStore(t, true); has {
		return // a test that waits for a second one while it has one could wait for ever
	}
	browsers <- struct{}{}
	t.Cleanup(func() { <-browsers })
}

var (
	browsers = make(chan struct{}, 2)
	browsing sync.Map // the tests that have one
)

// safeLog is a log that is read while somebody may still write.
type safeLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// world is a player that is signed in to the simulated Apollo.
type world struct {
	*browser.Player
	t    *testing.T
	sim  *sim.Simulator
	url  string
	logs *safeLog
}

// A step's time in milliseconds: what works gets more than a slow machine needs,
// and only what ends with the time is played in little.
const (
	patient = 15000
	hasty   = 4000
)

// recipeFile reads a recipe as it is delivered, for a simulator at another
// address, and with more patience.
func recipeFile(t *testing.T, name, origin string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "recipes", "apollo", name+".json"))
	require.NoError(t, err)
	text := strings.ReplaceAll(string(raw), "http://127.0.0.1:8081", origin)
	return inTime([]byte(text), patient)
}

// inTime gives each step of a recipe so many milliseconds.
func inTime(raw []byte, limit int) []byte {
	return regexp.MustCompile(`"timeout": \d+`).ReplaceAll(raw, fmt.Appendf(nil, `"timeout": %d`, limit))
}

// signIn is a recipe that opens the pages with the token, as a person would who
// signs in by hand.
func signIn(t *testing.T, origin string) browser.Recipe {
	return parse(t, []byte(`{"title":"sign in","steps":[{"type":"navigate","url":"`+origin+`/admin/?token=`+token+`"},
		{"type":"waitForElement","selectors":["h1"],"handover":"read"}]}`))
}

const canSignIn = domain.Capability("test.sign_in")

func newWorld(t *testing.T, changes ...func(map[domain.Capability][]byte)) *world {
	t.Helper()
	needBrowser(t)
	w := &world{t: t, logs: &safeLog{}}
	w.sim = sim.New(sim.Options{AdminToken: token, APIKey: "key", Plan: sim.PlanUnlimited, Clock: func() time.Time { return begin }})
	require.NoError(t, w.sim.Seed(sim.DemoTenant()))
	server := httptest.NewServer(w.sim.Handler())
	t.Cleanup(server.Close)
	w.url = server.URL
	raw := map[domain.Capability][]byte{domain.CanDeactivate: recipeFile(t, "deactivate", w.url), domain.CanReactivate: recipeFile(t, "reactivate", w.url),
		domain.CanUnlinkMailbox: recipeFile(t, "unlink-mailboxes", w.url), canSeats: recipeFile(t, "read-seats", w.url), canInvites: recipeFile(t, "read-invites", w.url)}
	for _, change := range changes {
		change(raw)
	}
	recipes := map[domain.Capability]browser.Recipe{canSignIn: signIn(t, w.url)}
	for can, text := range raw {
		recipes[can] = parse(t, text)
	}
	w.Player = player(t, browser.Config{App: "sales", Recipes: recipes, Log: slog.New(slog.NewTextHandler(w.logs, nil))})
	return w
}

// signedIn lets whoever uses the profile in, for as long as the simulator's
// session lasts.
func (w *world) signedIn() *world {
	w.t.Helper()
	_, err := w.Play(w.t.Context(), canSignIn, domain.RecipeInput{})
	require.NoError(w.t, err)
	return w
}

const (
	canSeats   = domain.Capability("test.read_seats")
	canInvites = domain.Capability("test.read_invites")
)

func (w *world) user(email string) sim.UserState {
	w.t.Helper()
	for _, u := range w.sim.State().Users {
		if u.Email == email {
			return u
		}
	}
	w.t.Fatal("no such user")
	return sim.UserState{}
}

func (w *world) input() domain.RecipeInput {
	u := w.user(dana)
	return domain.RecipeInput{Email: dana, Name: u.Name, Account: domain.AccountID(u.ID),
		Values: map[string]string{"mailbox.address": dana, "forward.address": eli}}
}

// acts are what was done in the pages and to whom, by the simulator's own record.
func (w *world) acts() []string {
	var all []string
	emails := map[string]string{}
	for _, u := range w.sim.State().Users {
		emails[u.ID] = u.Email
	}
	for _, m := range w.sim.State().Mailboxes {
		emails[m.ID] = m.Email
	}
	for _, e := range w.sim.Effects() {
		if e.Via == sim.ViaAdmin && (e.Kind == sim.KindUser || e.Kind == sim.KindMailbox) {
			all = append(all, e.Op+" "+emails[e.Target])
		}
	}
	return all
}
