package desk

import (
	"context"

	"handover/domain"
)

// Rounds makes a notifier that goes one round at a time.
func (d *Desk) Rounds(m Messenger) func(ctx context.Context) {
	n := &notifier{d: d, m: m}
	return n.round
}

// Substitutes tells those who stand in for somebody, and Departures those who
// remain, as the loops do.
func (d *Desk) Substitutes(ctx context.Context) error {
	_, err := d.copyToSubstitutes(ctx, nil)
	return err
}

// Departures routes what waits.
func (d *Desk) Departures(ctx context.Context) { d.routeDepartures(ctx, map[domain.Departure]bool{}) }
