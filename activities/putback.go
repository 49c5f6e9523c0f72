package activities

import (
	"context"

	"handover/domain"
)

// itemsToPutBack keeps, of what a successor owns, the records that this run gave
// to that successor and that are as the run left them: what was closed or
// finished since has a history that is not the leaver's.
func (m *mover) itemsToPutBack(records []domain.Record) []domain.TransferItem {
	var items []domain.TransferItem
	for _, r := range records {
		if m.wanted(r) {
			items = append(items, domain.TransferItem{Record: r, To: m.in.Rule.Successor, State: domain.ItemCollected})
		}
	}
	return items
}

// wanted tells whether a record that belongs to the account is one to move.
func (m *mover) wanted(r domain.Record) bool {
	if m.in.Undo {
		open, ours := m.ours[r.ID]
		return ours && open == r.Open
	}
	return inScope(r, m.in.Rule.Scope)
}

// loadOurs reads what the run gave to the account that gives back now. A record
// whose call was never answered counts: where that account owns it, it was ours.
func (m *mover) loadOurs(ctx context.Context) error {
	const page = 1000
	ours := map[string]bool{}
	key := domain.TransferKey{Run: m.in.Run, App: m.in.App, Kind: m.in.Rule.Kind}
	for after := ""; ; {
		items, err := m.Transfers.Items(ctx, key, after, page)
		if err != nil {
			return err
		}
		for _, i := range items {
			if i.To == m.in.Account && (i.State == domain.ItemMoved || i.State == domain.ItemSent) {
				ours[i.Record.ID] = i.Record.Open
			}
		}
		if len(items) < page {
			m.ours = ours
			return nil
		}
		after = items[len(items)-1].Record.ID
	}
}

// countChanged counts what the run had moved and somebody has moved on or
// finished since: it is left alone, and said.
func (m *mover) countChanged(r *MoveResult) { r.Foreign = max(0, len(m.ours)-r.Moved) }
