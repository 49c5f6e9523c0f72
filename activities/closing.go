package activities

import (
	"context"
	"fmt"
	"time"

	"handover/domain"
)

// found marks, in place of the count of empty listings, that the closing listing
// that is being read has shown something.
const found = -1

// doubtDone makes a transfer that was done prove itself once more: the activity
// may be a repetition, or a sweep found records that came back.
func (m *mover) doubtDone() {
	if m.t.Phase == domain.TransferDone {
		m.t.Phase, m.t.Cursor, m.t.Empty, m.t.EmptyAt = domain.TransferClosing, "", 1, time.Time{}
	}
}

// close reads one page of a closing listing. What it still shows as the
// leaver's goes back to be moved; a listing that shows nothing counts, and after
// two of them, the index lag apart, the transfer is done.
func (m *mover) close(ctx context.Context) (MoveResult, bool, error) {
	if m.t.Cursor == "" {
		if err := m.rest(ctx, m.lagLeft()); err != nil {
			return MoveResult{}, false, err
		}
		m.t.Seen, m.t.Sent, m.t.Empty = 0, 0, max(0, m.t.Empty)
	}
	page, err := m.from.RecordPage(ctx, m.in.Rule.Kind, m.in.Account, m.t.Cursor)
	if err != nil {
		return MoveResult{}, false, err
	}
	if m.t.Cursor == "" {
		m.t.Total = page.Total
	}
	items, err := m.items(ctx, page.Records)
	if err != nil {
		return MoveResult{}, false, err
	}
	back, err := m.cameBack(ctx, items)
	if err != nil {
		return MoveResult{}, false, err
	}
	if back > 0 && !m.waited {
		return MoveResult{}, false, m.waitForIndex(ctx)
	}
	m.t.Cursor, m.t.RequestID = page.Next, page.RequestID
	m.t.Seen += page.Seen
	m.t.Sent += back
	if len(items) > 0 {
		m.t.Empty = found
	}
	switch {
	case page.Next != "":
		m.t, err = m.Transfers.SaveCollected(ctx, m.t, items, true)
		return MoveResult{}, false, err
	case m.t.Empty == found:
		return m.foundListing(ctx, items)
	default:
		return m.emptyListing(ctx, page)
	}
}

// foundListing ends a closing listing that showed something. Records that come
// back round after round are moved by somebody or something else.
func (m *mover) foundListing(ctx context.Context, items []domain.TransferItem) (MoveResult, bool, error) {
	back := m.t.Sent
	m.t.Phase, m.t.Empty, m.t.EmptyAt = domain.TransferWriting, 0, time.Time{}
	if back > 0 {
		m.t.Round++
	}
	stubborn := back > 0 && m.t.Round%(closingRounds+1) == 0
	if stubborn {
		m.t.Phase = domain.TransferClosing
	}
	var err error
	if m.t, err = m.Transfers.SaveCollected(ctx, m.t, items, true); err != nil || !stubborn {
		return MoveResult{}, false, err
	}
	r := m.result()
	r.Attention = fmt.Sprintf("%d records are still, or again, the leaver's after %d rounds: the app refuses to move them, or a CRM sync or a rule moves them back; change their owner there, then retry", back, closingRounds)
	return r, true, nil
}

// emptyListing counts a closing listing that found nothing, if it was complete.
// One that was not is read again from its beginning.
func (m *mover) emptyListing(ctx context.Context, page domain.RecordPage) (MoveResult, bool, error) {
	if page.Truncated {
		m.t.Empty, m.t.EmptyAt = 0, time.Time{}
		r := m.result()
		r.Attention = "the app does not show all records of this kind, so that nobody can tell whether some are left: filter them in the app, then skip with a reason or retry"
		return r, true, m.Transfers.SaveTransfer(ctx, m.t)
	}
	if m.t.Total > m.t.Seen {
		if err := m.Transfers.SaveTransfer(ctx, m.t); err != nil {
			return MoveResult{}, false, err
		}
		return MoveResult{}, false, domain.NewFault(domain.FaultUnavailable, "records.list", m.in.App,
			fmt.Sprintf("the closing listing ended after %d of %d rows: it is read again", m.t.Seen, m.t.Total), nil)
	}
	m.t.Empty++
	m.t.EmptyAt = m.now()
	if m.t.Empty >= 2 {
		if err := m.settleDoubt(ctx); err != nil {
			return MoveResult{}, false, err
		}
		m.t.Phase = domain.TransferDone
	}
	return MoveResult{}, false, m.Transfers.SaveTransfer(ctx, m.t)
}

// waitForIndex starts the closing listing over after the app's index had time to
// show our writes: what looks unmoved right after a write may only be stale.
func (m *mover) waitForIndex(ctx context.Context) error {
	m.waited, m.t.Cursor = true, ""
	return m.rest(ctx, m.rule.IndexLag)
}

// lagLeft is how long the second listing has to wait, so that a write that the
// app's index had not shown yet shows now.
func (m *mover) lagLeft() time.Duration {
	if m.t.Empty == 0 {
		return 0
	}
	return m.rule.IndexLag - m.now().Sub(m.t.EmptyAt)
}

// cameBack counts items that we had dealt with already: sent, moved, or left to
// somebody else.
func (m *mover) cameBack(ctx context.Context, items []domain.TransferItem) (int, error) {
	if len(items) == 0 {
		return 0, nil
	}
	ids := make([]string, 0, len(items))
	for _, item := range items {
		ids = append(ids, item.Record.ID)
	}
	known, err := m.Transfers.HasItems(ctx, m.t.Key, ids)
	if err != nil {
		return 0, err
	}
	back := 0
	for _, state := range known {
		if state != domain.ItemCollected {
			back++
		}
	}
	return back, nil
}

// rest waits inside the activity, which is bounded by the index lag, and shows
// that it is alive meanwhile.
func (m *mover) rest(ctx context.Context, d time.Duration) error {
	const breath = 20 * time.Second
	for ; d > 0; d -= breath {
		m.beat(ctx)
		timer := time.NewTimer(min(d, breath))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
	return nil
}
