package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
)

// nora joins.
const nora = "nora.lind@example.com"

func joiner() Scenario {
	return Scenario{Name: "joiner", About: "Nora begins in Sales while every seat is taken: finance agrees to one more, she is invited once and again, accepts, and is made an admin later",
		Kept:      true,
		Changes:   []sim.Kind{sim.KindInvite},
		Simulator: func(o *sim.Options) { o.SCIMToken, o.Plan = "", "professional" },
		Tenant:    fullTeam,
		Policy: func(p *PolicyText) {
			p.Plan, p.Bought = "professional", 12
			p.Doors = `
    joining: {role: Standard, role_approval: admins, check: 1s}`
			p.Rights = `
  - {department: Sales, apps: {apollo: ""}}`
			p.Approvals = `
  admins: {stages: [{name: security, who: ["role:security"]}]}`
		},
		Play:  playJoiner,
		Check: checkJoiner}
}

// fullTeam has as many seats as people on them.
func fullTeam() sim.TenantSpec {
	spec := sim.DemoTenant()
	spec.Invites = nil
	spec.Subscription.Plan, spec.Subscription.Seats = "professional", 12
	return spec
}

func playJoiner(ctx context.Context, s *Stage) ([]string, error) {
	begins := event("employment.starting", "emp-9001", nora, nil)
	begins["start_date"], begins["name"] = time.Now().Format(time.DateOnly), "Nora Lind"
	for n := range 2 {
		if err := s.webhook(ctx, "msg-starting", begins); err != nil {
			return nil, fmt.Errorf("delivery %d: %w", n, err)
		}
	}
	joining, err := s.runOf(ctx, "emp-9001")
	if err != nil {
		return nil, err
	}
	invite, err := s.awaitInvite(ctx, 1)
	if err != nil {
		return nil, err
	}
	s.Say("  person   Nora cannot find the mail: priya sends it once more")
	if _, err := client.Post[api.Message](ctx, s.People[priya], "/invites/"+url.PathEscape(invite.ID)+"/resend", map[string]any{"reason": "the mail was lost"}); err != nil {
		return nil, err
	}
	if _, err := s.awaitInvite(ctx, 2); err != nil {
		return nil, err
	}
	s.Say("  person   Nora accepts")
	if _, err := s.App.AcceptInvite(nora); err != nil {
		return nil, err
	}
	if _, err := s.follow(ctx, []string{joining}); err != nil {
		return nil, err
	}
	s.Say("  person   priya asks for Nora to be an admin")
	change, err := client.Post[api.Started](ctx, s.People[priya], "/roles", api.RoleBody{Email: nora, App: "apollo", Role: "Admin", Reason: "she runs the tool from now on"})
	return []string{joining, change.Run.ID}, err
}

// awaitInvite waits until Nora's invite was sent so many times.
func (s *Stage) awaitInvite(ctx context.Context, link int) (api.Invite, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		rows, err := client.Get[[]api.Invite](limited, s.People[priya], "/invites", nil)
		if err == nil && len(rows) == 1 && rows[0].Link == link && rows[0].State == string(domain.InvitePending) {
			s.Say("  invite   %s as %s: %s, sent %d times", nora, rows[0].Role, rows[0].State, rows[0].Link)
			return rows[0], nil
		}
		select {
		case <-limited.Done():
			return api.Invite{}, errors.New("wait for the invite: it was not sent")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// checkJoiner counts what must be there once, and asks the record who granted what.
func checkJoiner(ctx context.Context, s *Stage) error {
	state, bought, users := s.App.State(), 0, 0
	for _, e := range s.App.Effects() {
		if e.Op == "seats.set" {
			bought++
		}
	}
	for _, u := range state.Users {
		if u.Email == nora && u.Active && u.Profile == sim.ProfileAdmin {
			users++
		}
	}
	granted, err := client.Get[[]api.Event](ctx, s.People[ruth], "/audit", url.Values{"subject": {nora}, "kind": {string(domain.EventRoleChanged)}})
	if err != nil {
		return err
	}
	switch {
	case bought != 1:
		return fmt.Errorf("%d seats were bought for one person", bought)
	case users != 1:
		return fmt.Errorf("%d users of the app are Nora as an admin", users)
	case len(granted) != 2:
		return fmt.Errorf("the record names %d roles of Nora, not the first and the second", len(granted))
	}
	e := granted[0] // the newest
	s.Say("  audit    %s: from %s to %s, asked by %s, approved by %s", e.At.Format("15:04:05"), e.From, e.To, e.ActingFor.Email, strings.Join(emails(e.Approved), ", "))
	if e.To != "Admin" || e.From != "Standard" || e.ActingFor.Email != priya || len(e.Approved) == 0 {
		return errors.New("the record does not say who made Nora an admin")
	}
	return nil
}

func emails(people []api.Person) []string {
	all := make([]string, 0, len(people))
	for _, p := range people {
		all = append(all, p.Email)
	}
	return all
}
