package app

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/browser"
	"handover/internal/config"
	sim "handover/internal/sim/apollo"
)

// A role is changed in the app's own pages by the recipe that the policy names, for
// the person and the role that it is given, and for nobody else.
func TestARecipeChangesARole(t *testing.T) {
	t.Parallel()
	chromium, ok := browser.Find()
	if !ok {
		t.Skip("no Chromium or Chrome on this machine: nothing was played")
	}
	apollo := sim.New(sim.Options{APIKey: "key", AdminToken: "token", Plan: sim.PlanUnlimited, Clock: time.Now})
	require.NoError(t, apollo.Seed(sim.DemoTenant()))
	server := httptest.NewServer(apollo.Handler())
	t.Cleanup(server.Close)
	dir := t.TempDir()
	write := func(name string, raw []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		return path
	}
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "recipes", "apollo", "change-role.json"))
	require.NoError(t, err)
	raw = bytes.ReplaceAll(raw, []byte("http://127.0.0.1:8081"), []byte(server.URL))
	policy := domain.BrowserPolicy{Profile: "profile", Recipes: map[domain.RecipeName]string{"change-role": write("change-role.json", raw)}}
	env := config.Env{PolicyFile: filepath.Join(dir, "handover.yaml"), Browser: chromium}

	enter, err := browser.ParseRecipe([]byte(`{"title":"sign in","steps":[{"type":"navigate","url":"` + server.URL + `/admin/?token=token"},{"type":"waitForElement","selectors":["h1"],"handover":"read"}]}`))
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "profile"), 0o700))
	first, err := browser.New(browser.Config{App: "sales", Profile: filepath.Join(dir, "profile"), Browser: chromium, Recipes: map[domain.Capability]browser.Recipe{onePlay: enter}, Now: time.Now})
	require.NoError(t, err)
	_, err = first.Play(t.Context(), onePlay, domain.RecipeInput{})
	require.NoError(t, err)
	require.NoError(t, first.Close())

	player, err := newPlayer("sales", policy, env, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { _ = player.Close() })
	require.True(t, player.Has(domain.CanChangeRole))
	before := apollo.State().Users
	who, to := before[1], ""
	for _, p := range sim.Profiles() {
		if p.ID != who.Profile {
			to = p.ID
		}
	}
	in := domain.RecipeInput{Email: who.Email, Name: who.Name, Account: domain.AccountID(who.ID), Values: map[string]string{"role.key": to}}
	wrong := in
	wrong.Email = before[2].Email
	_, err = player.Play(t.Context(), domain.CanChangeRole, wrong)
	require.Error(t, err, "the page names somebody else")
	require.Equal(t, before, apollo.State().Users)
	played, err := player.Play(t.Context(), domain.CanChangeRole, in)
	require.NoError(t, err)
	require.True(t, played.Acted)
	for i, u := range apollo.State().Users {
		if u.ID == who.ID {
			require.Equal(t, to, u.Profile)
			continue
		}
		require.Equal(t, before[i].Profile, u.Profile, "and nobody else")
	}
}
