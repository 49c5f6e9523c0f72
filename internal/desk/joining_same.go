package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"handover/domain"
	"handover/workflows"
)

// sameJoining refuses a request that an open joining of the same app would swallow:
// it names another role, or another end, than the one that is under way.
func (d *Desk) sameJoining(ctx context.Context, run domain.Run, req OnboardRequest, role string, until time.Time) error {
	raw, err := d.Store.RunInput(ctx, run.ID)
	if err != nil {
		return err
	}
	var in workflows.OnboardingInput
	if err := json.Unmarshal(raw, &in); err != nil {
		return fmt.Errorf("read the input of a joining: %w", err)
	}
	for _, app := range in.Apps {
		switch {
		case app.App.App != req.App:
		case req.Role != "" && app.Role.Key != role:
			return underWay("a joining with another role", run.ID)
		case req.Until != "" && !in.Until.Equal(until):
			return underWay("a joining with another end", run.ID)
		}
	}
	return nil
}

// sameRole refuses a request that an open role change would swallow: to another role,
// or at once where the other one waits for an approval.
func (d *Desk) sameRole(ctx context.Context, run domain.Run, want workflows.RoleChangeInput) error {
	raw, err := d.Store.RunInput(ctx, run.ID)
	if err != nil {
		return err
	}
	var in workflows.RoleChangeInput
	if err := json.Unmarshal(raw, &in); err != nil {
		return fmt.Errorf("read the input of a role change: %w", err)
	}
	switch {
	case in.App.Role.Key != want.App.Role.Key:
		return underWay("a change to another role", run.ID)
	case want.Emergency && !in.Emergency:
		return underWay("the same change, which waits for an approval,", run.ID)
	}
	return nil
}

func underWay(what, run string) error {
	return domain.Refuse(domain.RefusedSettled, fmt.Sprintf("%s of this person is under way: take it back first (handover runs retract %s), or let it end, and ask again", what, run))
}
