package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	"handover/internal/evidence"
)

// check asks the simulator directly whether what the runs say is so.
func (s *Stage) check(ctx context.Context, runs []api.Run, leavers []string) error {
	var errs []error
	for _, run := range runs {
		errs = append(errs, s.checkSteps(run), s.checkPack(ctx, run))
	}
	if !s.Scenario.Kept {
		for _, email := range leavers {
			errs = append(errs, s.before.CheckLeaver(email))
		}
		errs = append(errs, s.checkEmails(ctx, runs))
	}
	errs = append(errs, s.before.CheckOthers())
	if n := s.App.Counts().Quota; n > 0 && s.Scenario.Name != "stubborn" {
		errs = append(errs, fmt.Errorf("%d requests met a rate limit of our own making", n))
	}
	if s.Scenario.Check != nil {
		errs = append(errs, s.Scenario.Check(ctx, s))
	}
	return errors.Join(errs...)
}

// checkSteps wants each step in its listed state, and a request behind each
// verified one.
func (s *Stage) checkSteps(run api.Run) error {
	want := s.Scenario.State
	if want == "" {
		want = domain.RunClosed
	}
	if run.State != string(want) {
		return fmt.Errorf("run %s is %s, not %s: %s", run.ID, run.State, want, run.Why)
	}
	var errs []error
	for _, step := range run.Steps {
		expected, named := s.Scenario.Expect[domain.StepKey(step.Step)]
		switch {
		case named && step.State != string(expected):
			errs = append(errs, fmt.Errorf("step %s is %s, not %s: %s", step.Step, step.State, expected, step.Why))
		case !domain.StepState(step.State).Settled() && want == domain.RunClosed:
			errs = append(errs, fmt.Errorf("step %s is %s in a closed run", step.Step, step.State))
		case step.State == "verified" && step.RequestID == "":
			errs = append(errs, fmt.Errorf("step %s is verified without a request that proves it", step.Step))
		}
	}
	return errors.Join(errs...)
}

// checkEmails wants every email that was scheduled from a leaver's mailbox sent
// or still on its way, or listed as lost in the audit log.
func (s *Stage) checkEmails(ctx context.Context, runs []api.Run) error {
	listed := map[string]bool{}
	for _, run := range runs {
		entries, err := s.Home.Store.ChainEntries(ctx, run.ID, 0, 10000)
		if err != nil {
			return err
		}
		for _, e := range entries {
			for name := range e.Event.Facts {
				if id, ok := cutLost(name); ok && e.Event.Kind == domain.EventEmailsLost {
					listed[id] = true
				}
			}
		}
	}
	lost := slices.DeleteFunc(s.before.Lost(), func(id string) bool { return listed[id] })
	if len(lost) > 0 {
		return fmt.Errorf("%d scheduled emails were lost and not listed", len(lost))
	}
	return nil
}

// ended reads a run as people see it.
func (s *Stage) ended(ctx context.Context, id string) (api.Run, error) {
	return client.Get[api.Run](ctx, s.People[priya], "/runs/"+id, nil)
}

func cutLost(name string) (string, bool) {
	const prefix = "lost_"
	if len(name) > len(prefix) && name[:len(prefix)] == prefix {
		return name[len(prefix):], true
	}
	return "", false
}

// checkPack verifies the evidence pack with the public key alone.
func (s *Stage) checkPack(ctx context.Context, run api.Run) error {
	kept, err := s.packed(ctx, run.ID)
	if err != nil {
		return err
	}
	signer, err := evidence.ParseSigningKey(string(s.Home.Parts.Env.SigningKey))
	if err != nil {
		return err
	}
	if _, err := evidence.VerifyFile(kept.EvidencePath, signer.Public()); err != nil {
		return fmt.Errorf("verify evidence pack of %s: %w", run.ID, err)
	}
	s.Say("  evidence %s: whole, signed by %s", kept.EvidencePath, short(evidence.PublicText(signer.Public())))
	return nil
}

// packed waits for the pack of a run: it is built after the run has closed, so
// that the end is in it.
func (s *Stage) packed(ctx context.Context, id string) (domain.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		run, err := s.Home.Store.Run(ctx, id)
		if err != nil || run.EvidencePath != "" {
			return run, err
		}
		select {
		case <-ctx.Done():
			return run, fmt.Errorf("wait for the evidence pack of %s: there is none", id)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// summary prints verified and attested apart, by channel.
func (s *Stage) summary(runs []api.Run) {
	for _, run := range runs {
		verified, attested, skipped := map[string]int{}, map[string]int{}, 0
		for _, step := range run.Steps {
			switch step.State {
			case "verified":
				verified[step.Channel]++
			case "attested":
				attested[step.Channel]++
			case "skipped":
				skipped++
			}
		}
		s.Say("")
		s.Say("  %s  %s", run.ID, run.State)
		s.Say("  %s", run.Why)
		s.Say("  verified by read-back: %s", tally(verified))
		s.Say("  attested by two people: %s", tally(attested))
		s.Say("  skipped: %d", skipped)
		for _, c := range run.CutOffs {
			s.Say("  time to cut-off in %s: %.1f s over %s (limit %.0f s, %s)", c.App, c.Seconds, c.Channel, c.Limit, c.Class)
		}
	}
}

func tally(by map[string]int) string {
	channels := make([]string, 0, len(by))
	total := 0
	for channel, n := range by {
		channels = append(channels, fmt.Sprintf("%s %d", channel, n))
		total += n
	}
	slices.Sort(channels)
	return fmt.Sprintf("%d %v", total, channels)
}
