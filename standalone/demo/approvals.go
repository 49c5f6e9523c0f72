package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/desk"
	sim "handover/internal/sim/apollo"
	slacksim "handover/internal/sim/slack"
)

// approvals is the story of people who decide in Slack, and of one who does not.
func approvals() Scenario {
	talk := make(chan error, 1)
	return Scenario{Name: "approvals",
		About:  "people decide in Slack: a reminder, an escalation, a denial that does not keep Dana's access, another successor, two stages, and more to hand over than planned",
		Expect: Usual(),
		Policy: func(p *PolicyText) {
			p.Handover = `
    clock: wall
    reminder: 2s
    distinct_people: true
    stages:
      - {name: manager, who: [manager], backup: [app_owner], timeout: 5s}
      - {name: revenue operations, who: [app_backup]}`
		},
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			id, err := s.fromHR(ctx, dana, 12*time.Second)
			if err == nil {
				go func() { talk <- s.converse(ctx, id) }()
			}
			return []string{id}, err
		},
		Robot: func(r *Robot) {
			r.Decide = nil
			r.Heir = aiko
			r.Click = &Hand{Say: r.Say}
		},
		Check: func(ctx context.Context, s *Stage) error {
			select {
			case err := <-talk:
				return errors.Join(err, s.checkConversation(ctx))
			default:
				return errors.New("the conversation did not come to its end")
			}
		}}
}

// fromHR starts a leaving on HR's word, some seconds ahead.
func (s *Stage) fromHR(ctx context.Context, who string, ahead time.Duration) (string, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return "", fmt.Errorf("load time zone: %w", err)
	}
	moment := domain.MomentAt(time.Now().Add(ahead), zone)
	run, _, err := s.Home.Parts.Desk.Offboard(ctx, desk.Actor{Channel: "hr"}, desk.OffboardRequest{Email: who, LastMoment: &moment, Employment: "emp-8123"})
	s.Say("  hr       %s leaves, last moment %s %s", who, moment.Local, moment.Zone)
	return run.ID, err
}

// converse plays what the people say to each other's work, in order.
func (s *Stage) converse(ctx context.Context, run string) error {
	h := &Hand{Slack: s.Slack, Say: s.Say}
	afterCut := func(ctx context.Context, h *Hand) error { return s.askedAgain(ctx, h, run) }
	for _, scene := range []func(context.Context, *Hand) error{s.nobodyAnswers, s.denied, afterCut, s.twoStages, s.moreThanPlanned} {
		if err := scene(ctx, h); err != nil {
			s.Say("  slack    %v", err)
			return err
		}
	}
	return nil
}

func (s *Stage) nobodyAnswers(ctx context.Context, h *Hand) error {
	asked, err := h.see(ctx, eli, "the request", func(m slacksim.Message) bool { return offers(m, "approve", "") })
	if err != nil {
		return err
	}
	s.Say("  slack    %s is asked, and does not answer", eli)
	_, err = h.see(ctx, eli, "the reminder", func(m slacksim.Message) bool { return m.ThreadTS == asked.TS })
	if err == nil {
		s.Say("  slack    %s is reminded in the thread", eli)
	}
	return err
}

func (s *Stage) denied(ctx context.Context, h *Hand) error {
	if err := h.Press(ctx, priya, "deny", "", map[string]string{"plain_text_input": "Eli is on leave; Aiko should have these."}); err != nil {
		return err
	}
	_, err := h.see(ctx, eli, "the outcome on the request", func(m slacksim.Message) bool {
		return strings.Contains(m.Shown(), "Denied by Priya Nair") && !offers(m, "approve", "")
	})
	if err == nil {
		s.Say("  slack    every copy of the request shows who denied it, when and why; the cut-off does not wait for it")
	}
	return err
}

// askedAgain begins after the cut-off: the denial kept nobody's access.
func (s *Stage) askedAgain(ctx context.Context, h *Hand, run string) error {
	if err := s.awaitCut(ctx, run); err != nil {
		return err
	}
	s.Say("  slack    Dana's access is gone, verified, though the handover was denied")
	if err := h.Press(ctx, priya, "retry", "", nil); err != nil {
		return err
	}
	if err := h.Press(ctx, eli, "choose", "", map[string]string{"users_select": slackID(aiko), "plain_text_input": aiko}); err != nil {
		return err
	}
	_, err := h.see(ctx, eli, "the new plan", func(m slacksim.Message) bool {
		return offers(m, "approve", "") && strings.Contains(m.Shown(), aiko)
	})
	return err
}

// twoStages has both stages agree, while more turns up in the app.
func (s *Stage) twoStages(ctx context.Context, h *Hand) error {
	s.Say("  app      600 contacts are imported in Dana's name")
	if err := s.App.AddDrift(sim.Drift{Owner: dana, Contacts: 600}); err != nil {
		return err
	}
	var err error
	if s.before, err = Take(s.App, dana); err != nil {
		return err
	}
	if err := h.Press(ctx, eli, "approve", "", nil); err != nil {
		return err
	}
	return h.Press(ctx, sam, "approve", "", nil)
}

func (s *Stage) moreThanPlanned(ctx context.Context, h *Hand) error {
	more := func(m slacksim.Message) bool {
		return offers(m, "approve", "") && strings.Contains(m.Shown(), "more than was planned")
	}
	for _, who := range []string{eli, sam} {
		m, err := h.see(ctx, who, "the request about the drift", more)
		if err != nil {
			return err
		}
		if err := h.PressOn(ctx, who, "approve", m, nil); err != nil {
			return err
		}
	}
	return nil
}

// awaitCut waits until the cut-off of the story's run is verified.
func (s *Stage) awaitCut(ctx context.Context, run string) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if cuts, err := s.Home.Store.CutOffs(ctx, run); err == nil && len(cuts) > 0 {
			return nil
		}
		select {
		case <-limited.Done():
			return errors.New("wait for the cut-off: access is still there")
		case <-tick.C:
		}
	}
}

// awaitSettled waits until nobody has a button left on something settled.
func (s *Stage) awaitSettled(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		left := ""
		for _, p := range slackPeople {
			for _, m := range s.Slack.Messages(p.id) {
				if offers(m, "approve", "") || offers(m, "done", "") || offers(m, "retry", "") {
					left = p.email
				}
			}
		}
		if left == "" {
			return nil
		}
		select {
		case <-limited.Done():
			return fmt.Errorf("%s still has a button on something settled", left)
		case <-tick.C:
		}
	}
}

// checkConversation wants what the people were told to be what is recorded.
func (s *Stage) checkConversation(ctx context.Context) error {
	rows, err := s.Home.Parts.Desk.Approvals(ctx, s.actor(ctx, priya), allOf(s.runs), true)
	if err != nil {
		return err
	}
	states := map[string]int{}
	var errs []error
	for _, a := range rows {
		states[string(a.Scope)+" "+string(a.State)]++
		for _, d := range a.Decisions {
			if d.Channel != domain.ChannelSlack {
				errs = append(errs, fmt.Errorf("a decision came through %q", d.Channel))
			}
		}
	}
	for _, want := range []string{"handover denied", "handover replaced", "handover approved", "drift approved"} {
		if states[want] != 1 {
			errs = append(errs, fmt.Errorf("%d requests are %s: %v", states[want], want, states))
		}
	}
	errs = append(errs, s.awaitSettled(ctx))
	h := &Hand{Slack: s.Slack, Say: s.Say}
	if _, err := h.see(ctx, sam, "the final summary", func(m slacksim.Message) bool { return strings.Contains(m.Shown(), "steps verified by api") }); err != nil {
		errs = append(errs, err)
	}
	if n := s.Slack.Counts().Limited; n > 0 {
		errs = append(errs, fmt.Errorf("Slack's limits were met %d times", n))
	}
	if len(s.Slack.Messages(slackID(dana))) > 0 {
		errs = append(errs, errors.New("the leaver was told"))
	}
	return errors.Join(errs...)
}
