package activities_test

import (
	"context"

	"handover/activities"
	"handover/domain"
	"handover/internal/apollo"
)

// hookedApp lets a test act at the calls of a transfer: as a colleague, a CRM
// or an app that behaves in a way the simulator has no switch for.
type hookedApp struct {
	*apollo.Connector
	listed func(cursor string, p *domain.RecordPage)      // after each page
	refuse func(records []domain.Record) error            // instead of a write, where it gives an error
	moved  func(records []domain.Record, m *domain.Moved) // after each write
	lie    bool                                           // writes are answered and not made
	users  func(l *domain.Listing)                        // after each listing of users
	boxes  func(l *domain.MailboxListing)                 // after each listing of mailboxes
}

// hook puts an app with hooks behind the world's set.
func (w *world) hook() *hookedApp {
	h := &hookedApp{Connector: w.apollo}
	w.Connectors = connectors{h}
	return h
}

var _ activities.RecordMover = (*hookedApp)(nil)

// RecordRules has everything written one after the other, as hooks keep state.
func (h *hookedApp) RecordRules() []domain.RecordRule { return oneByOne(h.Connector.RecordRules()) }

func (h *hookedApp) ListAccounts(ctx context.Context) (domain.Listing, error) {
	l, err := h.Connector.ListAccounts(ctx)
	if err == nil && h.users != nil {
		h.users(&l)
	}
	return l, err
}

func (h *hookedApp) ListMailboxes(ctx context.Context, account domain.AccountID) (domain.MailboxListing, error) {
	l, err := h.Connector.ListMailboxes(ctx, account)
	if err == nil && h.boxes != nil {
		h.boxes(&l)
	}
	return l, err
}

func (h *hookedApp) RecordPage(ctx context.Context, kind domain.RecordKind, owner domain.AccountID, cursor string) (domain.RecordPage, error) {
	p, err := h.Connector.RecordPage(ctx, kind, owner, cursor)
	if err == nil && h.listed != nil {
		h.listed(cursor, &p)
	}
	return p, err
}

func (h *hookedApp) MoveRecords(ctx context.Context, kind domain.RecordKind, records []domain.Record, to domain.AccountID) (domain.Moved, error) {
	if h.refuse != nil {
		if err := h.refuse(records); err != nil {
			return domain.Moved{}, err
		}
	}
	if h.lie {
		return domain.Moved{Owners: map[string]domain.AccountID{}}, nil
	}
	m, err := h.Connector.MoveRecords(ctx, kind, records, to)
	if err == nil && h.moved != nil {
		h.moved(records, &m)
	}
	return m, err
}
