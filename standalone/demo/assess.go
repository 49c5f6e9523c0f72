package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sethvargo/go-envconfig"

	"handover/domain"
	"handover/internal/app"
	sim "handover/internal/sim/apollo"
)

// bruno left in May and can still log in; ghost is a user whom the roster does not know.
const (
	bruno = "bruno.costa@example.com"
	ghost = "old.agency@example.com"
)

func assess() Scenario {
	return Scenario{Name: "assess", About: "A key and a roster, before anything is installed: who left and can still log in, whom nobody knows, what the gone still own, which seats nobody needs. Nothing is written",
		Kept: true,
		Tenant: func() sim.TenantSpec {
			spec := sim.DemoTenant()
			spec.Users = append(spec.Users, sim.UserSpec{Email: ghost, First: "Old", Last: "Agency", Created: time.Date(2023, 5, 2, 9, 0, 0, 0, time.UTC)})
			return spec
		},
		Play: playAssess}
}

func playAssess(ctx context.Context, s *Stage) ([]string, error) {
	begun, effects, files := time.Now(), len(s.App.Effects()), s.files()
	var rows []domain.RosterRow
	for n, u := range s.Scenario.Tenant().Users {
		if u.Email == ghost || u.Deleted {
			continue
		}
		row := domain.RosterRow{Line: n + 2, Email: u.Email, Name: u.First + " " + u.Last, Status: "active"}
		if u.Email == bruno {
			row.Status, row.LastDay = "left", "2026-05-29"
		}
		rows = append(rows, row)
	}
	a, err := app.Assess(ctx, app.AssessOptions{Roster: rows, Told: func(text string) { s.Say("  assess   %s", text) },
		Env: envconfig.MapLookuper(map[string]string{"HANDOVER_POLICY": filepath.Join(s.Folder, "none.yaml"), "APOLLO_API_KEY": apiKey, "APOLLO_BASE_URL": s.simURL + "/api/v1"})})
	if err != nil {
		return nil, err
	}
	s.Say("  assess   %d people in the roster, %d users in the app, read in %s with %d requests", a.Roster.People, a.Accounts.Listed, time.Since(begun).Round(time.Millisecond), a.Requests())
	for _, u := range a.Leavers {
		s.Say("  left     %s can still log in: %s", u.Email, u.Why)
	}
	for _, u := range a.Nobodys {
		s.Say("  unknown  %s: %s", u.Email, u.Why)
	}
	for _, o := range a.Orphans {
		s.Say("  owned    %s is gone or leaves behind: %d contacts, %d accounts, %d deals", o.Email, o.Counts[domain.Contacts], o.Counts[domain.Accounts], o.Counts[domain.Deals])
	}
	for _, b := range a.Boxes {
		s.Say("  mailbox  %s: %d still linked", b.Email, len(b.Addresses))
	}
	for _, text := range a.Unknown {
		s.Say("  unknown  %s", text)
	}
	for _, command := range a.Commands {
		s.Say("  next     %s", command)
	}
	return nil, errors.Join(s.wroteNothing(effects, files), foundAll(a))
}

// files counts what lies in the installation's folder beside its own database, which
// grows by itself.
func (s *Stage) files() int {
	n := 0
	for _, name := range []string{"evidence", "none.yaml", "report.html"} {
		if _, err := os.Stat(filepath.Join(s.Folder, name)); err == nil {
			n++
		}
	}
	return n
}

func (s *Stage) wroteNothing(effects, files int) error {
	switch {
	case len(s.App.Effects()) != effects:
		return fmt.Errorf("the assessment changed %d things in the app", len(s.App.Effects())-effects)
	case s.files() != files:
		return errors.New("the assessment wrote a file")
	}
	return nil
}

func foundAll(a app.Assessment) error {
	switch {
	case len(a.Leavers) != 1 || a.Leavers[0].Email != bruno:
		return fmt.Errorf("%d leavers were found, not Bruno alone", len(a.Leavers))
	case len(a.Nobodys) != 1 || a.Nobodys[0].Email != ghost:
		return fmt.Errorf("%d users whom nobody knows were found, not the one", len(a.Nobodys))
	case len(a.Orphans) == 0 || len(a.Commands) == 0:
		return errors.New("what the gone own, or what to do, is missing")
	}
	return nil
}
