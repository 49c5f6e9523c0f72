package desk

import (
	"context"

	"handover/domain"
)

// SecondFor is who must confirm a line.
func (d *Desk) SecondFor(ctx context.Context, s domain.ReviewSettings, reviewer, subject domain.PersonID) (domain.PersonID, error) {
	return d.secondFor(ctx, s, reviewer, subject)
}
