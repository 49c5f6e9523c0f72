package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
)

func leaver() Scenario {
	return Scenario{Name: "leaver", About: "Dana leaves in some seconds; her manager inherits 2,300 contacts, 180 accounts, deals, tasks and 23 sequences",
		Expect: Usual(),
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			id, err := s.offboard(ctx, priya, dana, 6*time.Second, nil)
			return []string{id}, err
		}}
}

func soleAdmin() Scenario {
	return Scenario{Name: "sole-admin", About: "Dana is the last admin and there is no SCIM: somebody else is promoted first, then people cut her access",
		Expect:    with(map[domain.StepKey]domain.StepState{domain.StepPromote: domain.StepVerified}),
		Tenant:    onlyAdmin,
		Simulator: func(o *sim.Options) { o.SCIMToken, o.Plan = "", "professional" },
		Policy:    func(p *PolicyText) { p.Plan = "professional" },
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			id, err := s.offboard(ctx, priya, dana, 4*time.Second, nil)
			return []string{id}, err
		},
		Check: func(_ context.Context, s *Stage) error {
			for _, u := range s.App.State().Users {
				if u.Active && u.Profile == sim.ProfileAdmin {
					return nil
				}
			}
			return errors.New("no admin is left")
		}}
}

// onlyAdmin makes the leaver the one admin of the team.
func onlyAdmin() sim.TenantSpec {
	spec := sim.DemoTenant()
	for i := range spec.Users {
		switch spec.Users[i].Email {
		case dana:
			spec.Users[i].Profile = sim.ProfileAdmin
		case priya, sam:
			spec.Users[i].Profile = sim.ProfileStandard
		}
	}
	spec.Subscription.Plan = "professional"
	return spec
}

// The two admins who leave at the same minute.
const (
	priyaLeaves = aiko
	samLeaves   = "bruno.costa@example.com"
)

func twoAdmins() Scenario {
	return Scenario{Name: "two-admins", About: "the only two admins leave at the same minute: the second waits until somebody else is an admin",
		Leavers: []string{priyaLeaves, samLeaves},
		Tenant: func() sim.TenantSpec {
			spec := sim.DemoTenant()
			for i := range spec.Users {
				switch spec.Users[i].Email {
				case priyaLeaves, samLeaves:
					spec.Users[i].Profile = sim.ProfileAdmin
				case priya, sam:
					spec.Users[i].Profile = sim.ProfileStandard
				}
			}
			return spec
		},
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			heir := func(b *api.OffboardBody) { b.Successors = map[string]string{"": eli} }
			moment := time.Now().Add(6 * time.Second)
			first, err := s.offboard(ctx, priya, priyaLeaves, time.Until(moment), heir)
			if err != nil {
				return nil, err
			}
			second, err := s.offboard(ctx, sam, samLeaves, time.Until(moment), heir)
			return []string{first, second}, err
		},
		Robot: func(r *Robot) { r.Admin = eli },
		Check: func(_ context.Context, s *Stage) error { return s.neverWithoutAdmin() }}
}

// neverWithoutAdmin replays the simulator's effects and wants a working admin at
// every moment.
func (s *Stage) neverWithoutAdmin() error {
	admins := map[string]bool{s.id(priyaLeaves): true, s.id(samLeaves): true}
	for _, e := range s.App.Effects() {
		switch {
		case e.Kind == sim.KindUser && e.Field == "permission_set_id":
			admins[e.Target] = e.To == sim.ProfileAdmin
		case e.Op == "users.deactivate":
			delete(admins, e.Target)
		default:
			continue
		}
		working := 0
		for _, is := range admins {
			if is {
				working++
			}
		}
		if working == 0 {
			return fmt.Errorf("after %s the team had no admin", e.Op)
		}
	}
	return nil
}

func annualContract() Scenario {
	return Scenario{Name: "annual-contract", About: "an annual contract: the freed seat stays bought; ahead of the notice finance is asked once whether to give it back",
		Expect: Usual(),
		Policy: func(p *PolicyText) { p.Bought, p.Renewal = 13, time.Now().AddDate(0, 0, 40).Format(time.DateOnly) },
		Tenant: func() sim.TenantSpec {
			spec := sim.DemoTenant()
			spec.Subscription.Seats, spec.Subscription.Renews = 13, time.Now().AddDate(0, 0, 40)
			spec.Invites = nil
			return spec
		},
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			id, err := s.offboard(ctx, priya, dana, 4*time.Second, nil)
			if err != nil {
				return nil, err
			}
			if _, err := s.follow(ctx, []string{id}); err != nil {
				return nil, err
			}
			release, err := s.Home.Parts.Desk.StartSeatRelease(ctx, "apollo")
			if err != nil || release == "" {
				return nil, fmt.Errorf("start the seat release: it was not time (%w)", err)
			}
			s.Say("  calendar the notice for the renewal comes near: %s", release)
			again, err := s.Home.Parts.Desk.StartSeatRelease(ctx, "apollo")
			if err != nil || again != release {
				return nil, fmt.Errorf("start the seat release twice: %s and %s", release, again)
			}
			return []string{id, release}, nil
		},
		Check: func(ctx context.Context, s *Stage) error {
			entries, err := s.Home.Store.SeatEntries(ctx, "apollo")
			if err != nil {
				return err
			}
			for _, e := range entries {
				if e.Kind == domain.SeatReduced {
					return nil
				}
			}
			return errors.New("no seat was given back")
		}}
}

func stubborn() Scenario {
	return Scenario{Name: "stubborn", About: "the app fails during every step: refused, dropped before and after the write, truncated, HTML, late index",
		Expect: Usual(),
		Simulator: func(o *sim.Options) {
			o.Limits = &sim.Limits{Minute: sim.Window{Count: 200, Length: 2 * time.Second}, Hour: sim.Window{Count: 600, Length: 20 * time.Second},
				Day: sim.Window{Count: 6000, Length: time.Hour}}
		},
		Policy: func(p *PolicyText) { p.Windows = "{minute: 2s, hour: 20s, day: 1h}" },
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			err := s.App.SetFaults(7,
				sim.Fault{Kind: sim.FaultDropAfter, Endpoint: "update", Every: 7, Count: 12},
				sim.Fault{Kind: sim.FaultDropBefore, Endpoint: "update", Every: 9, Count: 12},
				sim.Fault{Kind: sim.FaultUnavailable, Every: 11, Count: 20},
				sim.Fault{Kind: sim.FaultError, Endpoint: "search", Every: 13, Count: 10},
				sim.Fault{Kind: sim.FaultTruncate, Endpoint: "search", Every: 17, Count: 8},
				sim.Fault{Kind: sim.FaultHTML, Every: 23, Count: 8},
				sim.Fault{Kind: sim.FaultSequenceLock, Endpoint: "sequences", Every: 5, Count: 6},
				sim.Fault{Kind: sim.FaultLag, Endpoint: "search", Lag: sim.Duration(150 * time.Millisecond)})
			if err != nil {
				return nil, err
			}
			id, err := s.offboardStubborn(ctx)
			return []string{id}, err
		},
		Check: func(_ context.Context, s *Stage) error {
			if s.App.Counts().Faulted == 0 {
				return errors.New("no request failed: the story tested nothing")
			}
			return nil
		}}
}

// offboardStubborn asks again while the app is in the way of the first look at it.
func (s *Stage) offboardStubborn(ctx context.Context) (string, error) {
	var err error
	for range 20 {
		var id string
		if id, err = s.offboard(ctx, priya, dana, 4*time.Second, nil); err == nil {
			return id, nil
		}
		s.Say("  person   priya tries again: %v", err)
	}
	return "", err
}

func drift() Scenario {
	return Scenario{Name: "drift", About: "after the approval 600 more contacts turn up: that kind goes back for approval, the rest goes on",
		Expect: Usual(),
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			id, err := s.offboard(ctx, priya, dana, 6*time.Second, nil)
			if err != nil {
				return nil, err
			}
			if err := s.awaitApproved(ctx, id); err != nil {
				return nil, err
			}
			s.Say("  app      600 contacts are imported in Dana's name")
			if err := s.App.AddDrift(sim.Drift{Owner: dana, Contacts: 600}); err != nil {
				return nil, err
			}
			s.before, err = Take(s.App, dana)
			return []string{id}, err
		},
		Check: func(ctx context.Context, s *Stage) error {
			rows, err := s.Home.Parts.Desk.Approvals(ctx, s.actor(ctx, priya), allOf(s.runs), true)
			if err != nil {
				return err
			}
			for _, a := range rows {
				if a.Scope == domain.ApproveDrift && a.State == domain.ApprovalApproved {
					return nil
				}
			}
			return errors.New("nobody was asked about the drift")
		}}
}

// awaitApproved waits until the first plan of a run is approved.
func (s *Stage) awaitApproved(ctx context.Context, id string) error {
	for {
		run, err := client.Get[api.Run](ctx, s.People[priya], "/runs/"+id, nil)
		if err == nil {
			for _, a := range run.Approvals {
				if a.State == "approved" {
					return nil
				}
			}
		}
		select {
		case <-ctx.Done():
			return errors.New("wait for the approval: nobody approved")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func undo() Scenario {
	return Scenario{Name: "undo", About: "Dana is hired again while the run still reads back: what it moved is put back where it is as the run left it",
		Kept: true, State: domain.RunRetracted,
		Policy: func(p *PolicyText) { p.Sweeps = "[0s, 10m]" },
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			id, err := s.offboard(ctx, priya, dana, 4*time.Second, nil)
			if err != nil {
				return nil, err
			}
			if err := s.awaitSweeping(ctx, id); err != nil {
				return nil, err
			}
			contacts, err := s.App.Owned(sim.KindContact, eli)
			if err != nil {
				return nil, err
			}
			moved := contacts[len(contacts)-1]
			s.Say("  app      a colleague gives contact %s to Aiko; Dana is hired again", moved)
			if err := s.App.SetOwner(sim.KindContact, moved, aiko); err != nil {
				return nil, err
			}
			_, err = client.Post[api.Message](ctx, s.People[priya], "/runs/"+id+"/undo", map[string]any{"reason": "hired again"})
			return []string{id}, err
		},
		Check: func(_ context.Context, s *Stage) error { return s.checkPutBack() }}
}

func (s *Stage) awaitSweeping(ctx context.Context, id string) error {
	seen := map[string]string{}
	for {
		run, err := client.Get[api.Run](ctx, s.People[priya], "/runs/"+id, nil)
		if err == nil {
			s.tellChanges(run, seen)
			if run.State == "sweeping" {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the sweeps: the run is %s: %s", run.State, openSteps(run))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (s *Stage) checkPutBack() error {
	state, id := s.App.State(), s.id(dana)
	var errs []error
	for _, kind := range inScope {
		want := s.before.counts[kind][id]
		if kind == "contacts" {
			want-- // a colleague has it now
		}
		if got := state.Counts[kind][id]; got != want {
			errs = append(errs, fmt.Errorf("%s: %d are Dana's again, not %d", kind, got, want))
		}
	}
	for _, u := range state.Users {
		if u.ID == id && !u.Active {
			errs = append(errs, errors.New("Dana cannot log in"))
		}
	}
	return errors.Join(errs...)
}

func big() Scenario {
	window := func(n int, d time.Duration) sim.Window { return sim.Window{Count: n, Length: d} }
	return Scenario{Name: "big", About: "a leaver with 50,000 contacts under Professional's limits, with windows of 6 s, 30 s and 5 min for minute, hour and day",
		Expect: Usual(),
		Simulator: func(o *sim.Options) {
			o.Limits = &sim.Limits{Minute: window(200, 6*time.Second), Hour: window(400, 30*time.Second), Day: window(2000, 5*time.Minute)}
		},
		Policy: func(p *PolicyText) { p.Windows = "{minute: 6s, hour: 30s, day: 5m}" },
		Tenant: func() sim.TenantSpec {
			spec := sim.DemoTenant()
			for i := range spec.Users {
				if spec.Users[i].Email == dana {
					spec.Users[i].Contacts = 50000
				}
			}
			return spec
		},
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			id, err := s.offboard(ctx, priya, dana, 4*time.Second, nil)
			return []string{id}, err
		}}
}
