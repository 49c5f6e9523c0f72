package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"handover/domain"
	"handover/internal/browser"
	"handover/internal/config"
)

// RecipeFacts is what a recipe is for, as it was read.
type RecipeFacts struct {
	Title  string   `json:"title"`
	Acts   bool     `json:"acts"` // else it reads
	Params []string `json:"parameters"`
	Digest string   `json:"digest"` // as it stands in the evidence of each playing
}

// ReadRecipe reads and checks a recipe file.
func ReadRecipe(path string) (RecipeFacts, error) {
	recipe, err := readRecipe(path)
	if err != nil {
		return RecipeFacts{}, err
	}
	return RecipeFacts{Title: recipe.Title(), Acts: recipe.Acts(), Params: recipe.Params(), Digest: recipe.Digest()}, nil
}

func readRecipe(path string) (browser.Recipe, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // the caller names the file
	if err != nil {
		return browser.Recipe{}, fmt.Errorf("read recipe: %s cannot be read: check path and rights", path)
	}
	recipe, err := browser.ParseRecipe(raw)
	if err != nil {
		return browser.Recipe{}, fmt.Errorf("read recipe %s: %w", path, err)
	}
	return recipe, nil
}

// onePlay is the place of a recipe that is played by hand: no run plays it.
const onePlay domain.Capability = "recipe"

// PlayByHand plays a recipe in an app's signed-in profile: dry, up to the click
// that acts and not that, or one that only reads. One that acts is played by runs
// alone, where it is approved, read back and recorded.
func PlayByHand(ctx context.Context, app domain.AppID, path string, in domain.RecipeInput) (domain.Played, error) {
	recipe, err := readRecipe(path)
	if err != nil {
		return domain.Played{}, err
	}
	if recipe.Acts() && !in.Dry {
		return domain.Played{}, fmt.Errorf("play recipe: %s acts: only a run plays it, after approval; a dry run stops before it acts", path)
	}
	cfg, err := browserConfig(ctx, app)
	if err != nil {
		return domain.Played{}, err
	}
	cfg.Recipes = map[domain.Capability]browser.Recipe{onePlay: recipe}
	player, err := browser.New(cfg)
	if err != nil {
		return domain.Played{}, err
	}
	defer func() { _ = player.Close() }() // the profile is the policy's: nothing is thrown away
	return player.Play(ctx, onePlay, in)
}

// SignInProfile opens a window of the browser on an app's profile, for its
// administrator to sign in, and comes back when they close it.
func SignInProfile(ctx context.Context, app domain.AppID, address string) error {
	cfg, err := browserConfig(ctx, app)
	if err != nil {
		return err
	}
	return browser.SignIn(ctx, cfg, address)
}

func browserConfig(ctx context.Context, app domain.AppID) (browser.Config, error) {
	env, _, err := config.ReadEnv(ctx, nil)
	if err != nil {
		return browser.Config{}, err
	}
	policy, _, err := config.ReadPolicy(env.PolicyFile)
	if err != nil {
		return browser.Config{}, err
	}
	entry := policy.Apps[app]
	if entry == nil || entry.Browser.Profile == "" {
		return browser.Config{}, fmt.Errorf("find browser profile: the policy names none for the app %q: write one under browser.profile", app)
	}
	return browser.Config{App: app, Profile: from(filepath.Dir(env.PolicyFile), entry.Browser.Profile), Browser: env.Browser, Now: time.Now}, nil
}

// ImportedRecipe is a recipe made of a recording, and what was done to it.
type ImportedRecipe struct {
	Recipe []byte         `json:"-"`
	Notes  []ImportedNote `json:"notes"`
}

// ImportedNote is something that was changed, or that a person still has to do.
type ImportedNote struct {
	Step int    `json:"step"` // from 1, in the recipe that comes out; 0 is the file as a whole
	Text string `json:"text"`
	Todo bool   `json:"todo"` // the recipe is refused until somebody does it
}

// ImportRecipe makes a recipe of the export of Chrome's recorder. What is known of
// the person it was recorded with becomes parameters.
func ImportRecipe(path string, with domain.RecipeInput) (ImportedRecipe, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // the caller names the file
	if err != nil {
		return ImportedRecipe{}, fmt.Errorf("import recipe: %s cannot be read: check path and rights", path)
	}
	out, notes, err := browser.Import(raw, browser.Seen{Email: with.Email, Name: with.Name, Account: string(with.Account), Values: with.Values})
	if err != nil {
		return ImportedRecipe{}, fmt.Errorf("import recipe %s: %w", path, err)
	}
	made := ImportedRecipe{Recipe: out, Notes: []ImportedNote{}}
	for _, n := range notes {
		made.Notes = append(made.Notes, ImportedNote{Step: n.Step, Text: n.What, Todo: n.Todo})
	}
	return made, nil
}
