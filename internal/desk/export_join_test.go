package desk

import "context"

// EndDue arranges the end of access for a time, as the loop does.
func (d *Desk) EndDue(ctx context.Context) error { return d.endGrants(ctx) }
