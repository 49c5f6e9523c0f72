package demo

import (
	"context"
	"fmt"
	"time"

	"handover/internal/api"
	"handover/internal/client"
)

// narrate prints what changes in a run until it ends, and gives back the run as
// it ended.
func (s *Stage) narrate(ctx context.Context, id string) (api.Run, error) {
	seen := map[string]string{}
	for {
		run, err := client.Get[api.Run](ctx, s.People[priya], "/runs/"+id, nil)
		if err != nil && ctx.Err() == nil {
			return run, err
		}
		s.tellChanges(run, seen)
		if run.State == "closed" || run.State == "retracted" || run.State == "denied" {
			return run, nil
		}
		select {
		case <-ctx.Done():
			return run, fmt.Errorf("wait for run %s: it is %s: %s", id, run.State, openSteps(run))
		case <-time.After(250 * time.Millisecond):
		}
	}
}

func openSteps(run api.Run) string {
	text := ""
	for _, step := range run.Steps {
		switch step.State {
		case "verified", "attested", "skipped", "undone":
		default:
			text += fmt.Sprintf("%s is %s (%s); ", step.Step, step.State, step.Why)
		}
	}
	return text
}

func (s *Stage) tellChanges(run api.Run, seen map[string]string) {
	if seen[""] != run.State {
		s.Say("%s  run      %s: %s", stamp(), run.State, run.Person.Email)
		seen[""] = run.State
	}
	for _, step := range run.Steps {
		now := step.State + fmt.Sprint(step.Done/500)
		if seen[step.Step] == now || step.State == "planned" {
			continue
		}
		seen[step.Step] = now
		count := ""
		if step.Of > 0 {
			count = fmt.Sprintf(" %d/%d", step.Done, step.Of)
		}
		proof := ""
		if step.State == "verified" && step.RequestID != "" {
			proof = " [read back: request " + step.RequestID + "]"
		}
		s.Say("%s  %-18s %-16s%s %s%s", stamp(), step.Step, step.State, count, step.Why, proof)
	}
}

func stamp() string { return time.Now().Format("15:04:05") }
