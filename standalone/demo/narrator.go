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
		now, key := step.State+fmt.Sprint(step.Done/500), step.App+"/"+step.Step
		if seen[key] == now || step.State == "planned" {
			continue
		}
		seen[key] = now
		count := ""
		if step.Of > 0 {
			count = fmt.Sprintf(" %d/%d", step.Done, step.Of)
		}
		proof := ""
		if step.State == "verified" && step.RequestID != "" {
			proof = " [read back: request " + step.RequestID + "]"
		}
		s.Say("%s  %-*s %-16s%s %s%s", stamp(), width(run), inApp(run, step), step.State, count, step.Why, proof)
	}
}

// inApp names a step, with its app where a run is about several.
func inApp(run api.Run, step api.Step) string {
	if len(run.Apps) > 1 {
		return step.App + " " + step.Step
	}
	return step.Step
}

func width(run api.Run) int {
	if len(run.Apps) > 1 {
		return 28
	}
	return 18
}

func stamp() string { return time.Now().Format("15:04:05") }
