package desk

import (
	"context"

	"handover/domain"
)

// SecondFor is who must confirm a line.
func (d *Desk) SecondFor(ctx context.Context, s domain.ReviewSettings, reviewer, subject domain.PersonID) (domain.PersonID, error) {
	second, err := d.seconds(ctx, s)
	if err != nil {
		return "", err
	}
	return second(reviewer, subject), nil
}
