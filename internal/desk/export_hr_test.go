package desk

import "context"

// HRDue carries out what HR said so far, and Deliveries the outbox.
func (d *Desk) HRDue(ctx context.Context) { d.hrDue(ctx) }

// Deliveries carries what waits to Temporal.
func (d *Desk) Deliveries(ctx context.Context) { d.deliverDue(ctx) }
