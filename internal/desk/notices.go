package desk

import (
	"context"

	"handover/internal/store"
)

// Notices lists what was written for the actor, the newest first. Everybody may
// read what is addressed to them.
func (d *Desk) Notices(ctx context.Context, a Actor, limit int) ([]store.Delivery, error) {
	if err := d.admit(ctx, a, ""); err != nil {
		return nil, err
	}
	return d.Store.ListNotices(ctx, store.NoticeFilter{Person: a.Person.ID, Limit: limit})
}
