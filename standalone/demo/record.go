package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/api/workflowservice/v1"

	"handover/workflows"
)

// RecordKeys encrypts the payloads of recorded histories. It protects nothing:
// the simulator's people do not exist.
const RecordKeys = "record:cmVjb3JkZWQtaGlzdG9yaWVzLWFyZS1uby1zZWNyZXQ="

// recordedBefore tells whether a workflow that does the same in every story has
// its history already.
func recordedBefore(folder, name string) bool {
	if name != workflows.PreviewType && name != workflows.ObservationType {
		return false
	}
	found, err := filepath.Glob(filepath.Join(folder, name+".*.json"))
	return err == nil && len(found) > 0
}

// record writes the history of one workflow of each type that the story ran, so
// that later code can be shown to replay it.
func (s *Stage) record(ctx context.Context, folder string) error {
	c := s.Home.Parts.Temporal
	list, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: 200})
	if err != nil {
		return fmt.Errorf("list workflows: %w", err)
	}
	seen := map[string]bool{}
	for _, info := range list.GetExecutions() {
		name := info.GetType().GetName()
		if seen[name] || recordedBefore(folder, name) {
			continue
		}
		history := &historypb.History{}
		events := c.GetWorkflowHistory(ctx, info.GetExecution().GetWorkflowId(), info.GetExecution().GetRunId(), false, 0)
		for events.HasNext() {
			event, err := events.Next()
			if err != nil {
				return fmt.Errorf("read history of %s: %w", name, err)
			}
			history.Events = append(history.Events, event)
		}
		raw, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(history)
		if err != nil {
			return fmt.Errorf("encode history of %s: %w", name, err)
		}
		seen[name] = true
		path := filepath.Join(folder, fmt.Sprintf("%s.%s.json", name, s.Scenario.Name))
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
		s.Say("  recorded %s: %d events", path, len(history.GetEvents()))
	}
	return nil
}
