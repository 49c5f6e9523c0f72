package desk

import (
	"context"
	"encoding/json"
	"fmt"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// endJoinings retracts what would still give a leaver something: their open joinings
// and role changes, but for what another hire of HR gives them. A leaving that people
// asked for may be denied yet, and of a confidential one nobody is to hear: for those
// the activities refuse once the person has left.
func (d *Desk) endJoinings(ctx context.Context, leaving domain.Run) error {
	if leaving.Authority == domain.AuthorityPerson || leaving.Confidential {
		return nil
	}
	payload, err := json.Marshal(workflows.ReasonRequest{Person: domain.SystemActor, Reason: "the person is leaving"})
	if err != nil {
		return fmt.Errorf("encode retraction: %w", err)
	}
	for _, kind := range []domain.RunKind{domain.RunOnboarding, domain.RunRoleChange} {
		open, err := d.Store.ListRuns(ctx, store.RunFilter{Person: leaving.Person, Kind: kind, Open: true})
		if err != nil {
			return err
		}
		for _, r := range open {
			if r.Authority == domain.AuthorityHR && r.Employment != leaving.Employment {
				continue
			}
			c := store.Command{ID: "leaver:" + r.ID, Kind: store.CommandUpdate, Run: r.ID, Name: workflows.UpdateRetract, Payload: payload}
			if _, err := d.Store.EnqueueCommand(ctx, c); err != nil {
				return err
			}
			d.deliverNow(ctx, c.ID)
		}
	}
	return nil
}
