package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
)

// longestStory bounds a story that is played once.
const longestStory = 15 * time.Minute

// Play plays a story: it prints each step as it happens, compares the end with
// the simulator, and stays up until the context ends unless it is played once.
func Play(ctx context.Context, scenario Scenario, o Options) error {
	s, err := newStage(ctx, scenario, o)
	defer s.stop()
	if err != nil {
		return err
	}
	s.introduce()
	err = s.act(ctx)
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil
	}
	if err != nil {
		s.Say("\n  NOT as expected: %v", err)
	} else {
		s.Say("\n  The simulator, asked directly, agrees.")
	}
	if !o.Once {
		s.Say("\n  Everything stays up until you press Ctrl-C.")
		s.addresses(ctx)
		<-ctx.Done()
	}
	return err
}

func (s *Stage) introduce() {
	s.Say("Handover demo: %s", s.Scenario.Name)
	s.Say("  %s\n", s.Scenario.About)
}

// addresses tells a reader where to look and how to take part.
func (s *Stage) addresses(ctx context.Context) {
	s.Say("  API            %s/api/v1/openapi.json", s.Home.URL)
	if s.Home.UIURL != "" {
		s.Say("  Temporal UI    %s", s.Home.UIURL)
	}
	s.Say("  Apollo.io      %s/admin/?token=%s (simulated)", s.simURL, adminToken)
	s.Say("  Slack          %s/ (simulated: read what people were sent, and click as them)", s.slackURL)
	for _, email := range []string{priya, eli} {
		if token, err := s.token(ctx, email); err == nil {
			s.Say("  as %-22s HANDOVER_URL=%s HANDOVER_TOKEN=%s bin/handover runs list", email, s.Home.URL, string(token))
		}
	}
}

func (s *Stage) act(ctx context.Context) error {
	leavers := s.Scenario.Leavers
	if len(leavers) == 0 {
		leavers = []string{dana}
	}
	var err error
	if s.before, err = Take(s.App, leavers...); err != nil {
		return err
	}
	s.before.Except(s.Scenario.Changes)
	limited := ctx
	if s.options.Once {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, longestStory)
		defer cancel()
	}
	robotCtx, stopRobot := context.WithCancel(limited)
	defer stopRobot()
	if s.options.Interactive {
		s.Say("  You decide. Look at `bin/handover approvals list` and `bin/handover tasks list`.")
		s.addresses(ctx)
	} else {
		robot := NewRobot(func(string) *sim.Simulator { return s.App }, func(email string) *client.Client { return s.People[email] }, s.Say)
		if s.Scenario.Robot != nil {
			s.Scenario.Robot(robot)
		}
		if robot.Click != nil {
			robot.Click.Slack = s.Slack
		}
		go robot.Run(robotCtx)
	}
	ids, err := s.Scenario.Play(limited, s)
	if err != nil {
		return err
	}
	s.runs = ids
	runs, err := s.follow(limited, ids)
	if err != nil {
		return err
	}
	stopRobot()
	s.summary(runs)
	if s.options.Record != "" {
		if err := s.record(ctx, s.options.Record); err != nil {
			return err
		}
	}
	return s.check(ctx, runs, leavers)
}

// follow narrates all runs until they end.
func (s *Stage) follow(ctx context.Context, ids []string) ([]api.Run, error) {
	runs, errs := make([]api.Run, len(ids)), make([]error, len(ids))
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Add(1)
		go func() {
			defer wg.Done()
			runs[i], errs[i] = s.narrate(ctx, id)
		}()
	}
	wg.Wait()
	return runs, errors.Join(errs...)
}

// offboard starts a leaving as somebody, some seconds ahead.
func (s *Stage) offboard(ctx context.Context, as, who string, ahead time.Duration, change func(*api.OffboardBody)) (string, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return "", fmt.Errorf("load time zone: %w", err)
	}
	b := api.OffboardBody{Email: who, LastMoment: time.Now().Add(ahead).In(zone).Format("2006-01-02T15:04:05"), Zone: "Europe/Berlin"}
	if change != nil {
		change(&b)
	}
	started, err := client.Post[api.Started](ctx, s.People[as], "/runs", b)
	if err != nil {
		return "", err
	}
	when := b.LastMoment + " " + b.Zone
	if b.Now || b.CutNow {
		when = "now"
	}
	s.Say("  person   %s: offboard %s, last moment %s", as, who, when)
	return started.Run.ID, nil
}
