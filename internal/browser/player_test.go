package browser_test

import (
	"context"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/browser"
)

const canTest = domain.Capability("test.act")

var begin = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func parse(t *testing.T, raw []byte) browser.Recipe {
	t.Helper()
	r, err := browser.ParseRecipe(raw)
	require.NoError(t, err)
	return r
}

func player(t *testing.T, cfg browser.Config) *browser.Player {
	t.Helper()
	cfg.Now = func() time.Time { return begin }
	p, err := browser.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func TestParametersThatAreMissingOrUnsafe(t *testing.T) {
	t.Parallel()
	r := parse(t, recipe(`{"type":"navigate","url":"https://app.example.com/users/{{person.account}}"}`, reads,
		`{"type":"waitForElement","handover":"read","selectors":["text/{{mailbox.address}}"]}`))
	p := player(t, browser.Config{App: "sales", Browser: "true", Recipes: map[domain.Capability]browser.Recipe{canTest: r}})
	box := map[string]string{"mailbox.address": "box@example.com"}
	for name, c := range map[string]struct {
		in   domain.RecipeInput
		says string
	}{
		"empty":         {domain.RecipeInput{Values: box}, "{{person.account}} is empty"},
		"unknown":       {domain.RecipeInput{Account: "u1"}, "wants {{mailbox.address}}"},
		"a line break":  {domain.RecipeInput{Account: "u\n1", Values: box}, "no text"},
		"another path":  {domain.RecipeInput{Account: "..", Values: box}, "cannot stand"},
		"a longer path": {domain.RecipeInput{Account: "u1/../u2", Values: box}, "cannot stand"},
		"too long":      {domain.RecipeInput{Account: domain.AccountID(strings.Repeat("u", 501)), Values: box}, "too long"},
	} {
		got, err := p.Play(t.Context(), canTest, c.in)
		require.ErrorContains(t, err, c.says, name)
		require.Equal(t, domain.FaultInvalid, domain.KindOf(err))
		require.Empty(t, got.Pictures)
		require.Equal(t, r.Digest(), got.Recipe)
	}
	_, err := p.Play(t.Context(), domain.CanDeactivate, domain.RecipeInput{})
	require.Equal(t, domain.FaultUnsupported, domain.KindOf(err))
	require.False(t, p.Has(domain.CanDeactivate))
	require.True(t, p.Has(canTest))
}

func TestOneProfileOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, chmod(dir))
	r := parse(t, recipe(opens, reads))
	cfg := browser.Config{App: "sales", Browser: "true", Profile: dir, Recipes: map[domain.Capability]browser.Recipe{canTest: r}}
	release := hold(t, dir)
	p := player(t, cfg)
	_, err := p.Play(t.Context(), canTest, domain.RecipeInput{})
	require.Equal(t, domain.FaultRateLimited, domain.KindOf(err))
	require.ErrorContains(t, err, "another process uses the browser profile")
	var f *domain.Fault
	require.ErrorAs(t, err, &f)
	require.True(t, f.RetryAt.After(begin))
	require.ErrorContains(t, browser.SignIn(t.Context(), cfg, "https://app.example.com/"), "another process")
	release()
	_, err = p.Play(t.Context(), canTest, domain.RecipeInput{})
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err), "the profile is free; what is no browser does not start")
	require.ErrorContains(t, err, "did not start")

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.Play(gone, canTest, domain.RecipeInput{})
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err))
}

// A process that is being started has every open file of ours for a moment, and with it
// the lock of a profile. Who comes next finds the profile free all the same.
func TestAProfileIsFreeAtOnceWhileProcessesAreStarted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, chmod(dir))
	p := player(t, browser.Config{App: "sales", Browser: "true", Profile: dir, Recipes: map[domain.Capability]browser.Recipe{canTest: parse(t, recipe(opens, reads))}})
	over, busy := make(chan struct{}), sync.WaitGroup{}
	for range 4 {
		busy.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					_ = exec.CommandContext(t.Context(), "true").Run() // only that it starts matters
				}
			}
		})
	}
	for range 100 {
		_, err := p.Play(t.Context(), canTest, domain.RecipeInput{})
		require.Equal(t, domain.FaultUnavailable, domain.KindOf(err), "what is no browser does not start: %v", err)
	}
	close(over)
	busy.Wait()
}

// TestTheBrowserGetsNoneOfOurVariables looks at what a browser is started with.
func TestTheBrowserGetsNoneOfOurVariables(t *testing.T) {
	t.Setenv("HANDOVER_CANARY", "secret-4711")
	dir := t.TempDir()
	require.NoError(t, chmod(dir))
	cfg := browser.Config{App: "sales", Profile: dir, Browser: fakeBrowser(t, dir)}
	require.NoError(t, browser.SignIn(t.Context(), cfg, "https://app.example.com/"))
	args, env := fakeBrowserSaw(t, dir)
	require.NotContains(t, env, "secret-4711")
	require.Contains(t, env, "HOME="+dir)
	for _, arg := range []string{"--user-data-dir=" + dir, "--password-store=basic", "--use-mock-keychain", "https://app.example.com/"} {
		require.Contains(t, args, arg)
	}
	require.NotContains(t, args, "enable-automation", "a person signs in to an ordinary browser")

	cfg.Recipes = map[domain.Capability]browser.Recipe{canTest: parse(t, recipe(opens, reads))}
	_, err := player(t, cfg).Play(t.Context(), canTest, domain.RecipeInput{})
	require.Error(t, err)
	args, env = fakeBrowserSaw(t, dir)
	require.NotContains(t, env, "secret-4711")
	require.Contains(t, args, "--remote-debugging-pipe")
	require.NotContains(t, args, "--remote-debugging-port")
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	t.Parallel()
	open := t.TempDir()
	private := t.TempDir()
	require.NoError(t, chmod(private))
	for name, c := range map[string]struct {
		cfg  browser.Config
		says string
	}{
		"no such browser":    {browser.Config{Browser: "no-such-browser-anywhere"}, "not where"},
		"no such profile":    {browser.Config{Browser: "true", Profile: private + "/none"}, "not there"},
		"an open profile":    {browser.Config{Browser: "true", Profile: open}, "chmod 700"},
		"somebody's profile": {browser.Config{Browser: "true", Profile: own(t)}, "browses with"},
		"an empty recipe":    {browser.Config{Browser: "true", Recipes: map[domain.Capability]browser.Recipe{canTest: {}}}, "parse it first"},
	} {
		_, err := browser.New(c.cfg)
		require.ErrorContains(t, err, c.says, name)
		require.Equal(t, domain.FaultInvalid, domain.KindOf(err))
	}
	require.ErrorContains(t, browser.SignIn(t.Context(), browser.Config{}, "https://app.example.com/"), "names no browser profile")
}
