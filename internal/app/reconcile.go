package app

import (
	"context"

	"handover/worker"
)

// ensureReconciliation has all apps compared with HR every night.
func (p *Parts) ensureReconciliation(ctx context.Context) error {
	policy := p.Policy()
	in, err := p.Desk.ReconciliationInput(ctx, nil)
	if err != nil {
		return err
	}
	hour, minute := policy.Reconcile.Hour()
	return worker.EnsureReconciliation(ctx, p.Temporal, in, hour, minute, policy.Company.TimeZone)
}
