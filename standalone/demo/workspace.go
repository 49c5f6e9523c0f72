package demo

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"handover/docs/recipes"
	"handover/domain"
	"handover/internal/api"
	"handover/internal/browser"
	sim "handover/internal/sim/apollo"
)

// workspace is a team without SCIM and without an identity provider that Handover
// speaks to.
func workspace() Scenario {
	plays := false
	return Scenario{Name: "workspace", About: "a team on Google Workspace and a plan without SCIM loses nothing: a browser cuts and unlinks, REST moves the records, two people stand for the sign-in",
		Expect:    with(map[domain.StepKey]domain.StepState{domain.StepSignIn: domain.StepAttested}),
		Simulator: func(o *sim.Options) { o.SCIMToken, o.Plan = "", "professional" },
		Policy:    func(p *PolicyText) { p.Plan = "professional" },
		Doors: func(s *Stage, p *PolicyText) (map[string]string, error) {
			recipes, err := s.recorded(s.simURL, "apollo")
			plays = recipes != ""
			p.Doors = recipes + `
    instructions:
      sign-in: In the admin console of Google Workspace choose the person, then Suspend user.`
			return nil, err
		},
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			id, err := s.offboard(ctx, priya, dana, 6*time.Second, nil)
			return []string{id}, err
		},
		Check: func(ctx context.Context, s *Stage) error {
			if !plays {
				return nil
			}
			run, err := s.ended(ctx, s.runs[0])
			if err != nil {
				return err
			}
			return errors.Join(onlyActsOn(s.App, dana), s.checkPictures(ctx, run, "apollo"), browserDid(run, "deactivate", "unlink-mailboxes"))
		}}
}

// browserDid wants steps to have been done by the browser.
func browserDid(run api.Run, steps ...string) error {
	done := map[string]string{}
	for _, step := range run.Steps {
		done[step.Step] = step.Channel
	}
	for _, key := range steps {
		if done[key] != string(domain.ChannelBrowser) {
			return fmt.Errorf("step %s was done by %s, not by the browser", key, done[key])
		}
	}
	return nil
}

// recorded puts what the app's administrator recorded beside the story's policy.
func (s *Stage) recorded(origin, name string) (string, error) {
	lines, err := Recorded(s.Folder, origin, name)
	if err == nil && lines == "" {
		s.Say("  NOTE     no Chromium or Chrome on this machine: a person does what the browser would")
	}
	return lines, err
}

// Recorded puts recipes for a simulator at origin into a policy's folder, and signs
// a browser profile in to it. It gives the lines of the app's entry, or none where
// this machine has no browser.
func Recorded(folder, origin, name string) (string, error) {
	path, found := browser.Find()
	if !found {
		return "", nil
	}
	kept := filepath.Join(folder, "recipes")
	if err := os.MkdirAll(kept, 0o700); err != nil {
		return "", err
	}
	for _, recipe := range []string{"deactivate", "unlink-mailboxes"} {
		raw, err := recipes.Apollo(recipe, origin)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(kept, recipe+".json"), raw, 0o600); err != nil {
			return "", err
		}
	}
	profile := filepath.Join("profiles", name)
	if err := signProfileIn(path, filepath.Join(folder, profile), origin+"/admin/?token="+adminToken); err != nil {
		return "", err
	}
	return fmt.Sprintf(`
    browser:
      profile: %s
      recipes: {deactivate: recipes/deactivate.json, unlink-mailboxes: recipes/unlink-mailboxes.json}`, profile), nil
}

// signProfileIn is the administrator who signs in once in the profile that recipes
// are played in.
func signProfileIn(path, profile, url string) error {
	if err := os.MkdirAll(profile, 0o700); err != nil {
		return err
	}
	flags := []string{"--headless", "--user-data-dir=" + profile, "--password-store=basic", "--use-mock-keychain", "--disable-gpu", "--disable-background-networking", "--no-first-run"}
	if os.Geteuid() == 0 {
		flags = append(flags, "--no-sandbox")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, path, append(flags, "--dump-dom", url)...).CombinedOutput(); err != nil || !strings.Contains(string(out), "Users") { //nolint:gosec // a browser that was looked up
		return fmt.Errorf("sign the profile in: the page did not open (%w)", err)
	}
	return nil
}

// onlyActsOn wants the administration of an app to have been used on one person.
func onlyActsOn(app *sim.Simulator, email string) error {
	id := userID(app, email)
	for _, e := range app.Effects() {
		if e.Via == sim.ViaAdmin && e.Kind == sim.KindUser && e.Target != id {
			return fmt.Errorf("%s was done to somebody else", e.Op)
		}
	}
	return nil
}

// checkPictures wants what the browser showed in the evidence.
func (s *Stage) checkPictures(ctx context.Context, run api.Run, app string) error {
	kept, err := s.packed(ctx, run.ID)
	if err != nil {
		return err
	}
	pack, err := zip.OpenReader(kept.EvidencePath)
	if err != nil {
		return fmt.Errorf("open evidence: %w", err)
	}
	defer func() { _ = pack.Close() }()
	found, err := fs.Glob(pack, "pictures/"+app+"/"+string(domain.StepDeactivate)+"/*.png")
	if err == nil && len(found) == 0 {
		err = errors.New("the evidence holds no picture of what the browser did")
	}
	s.Say("  %d pictures of the browser stand in the evidence", len(found))
	return err
}
