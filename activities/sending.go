package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"handover/domain"
)

// bulkChunk is how many records are marked as sent at once.
const bulkChunk = 100

// manyRefusals is how many records the app may refuse in a chunk of which it
// took none, before the rest is held back: it is not the records then.
const manyRefusals = 5

// write sends one chunk. The chunk is marked as sent before the call; if the
// process dies now, the closing listing decides what became of it.
//
// More records than people approved, or a kind that they never saw, stop it
// before the first of this slice.
func (m *mover) write(ctx context.Context) (MoveResult, bool, error) {
	if drift, stop := m.drift(); stop {
		r := m.result()
		r.Drift = &drift
		return r, true, nil
	}
	n, first := bulkChunk, !m.t.Canary && m.in.Canary > 0
	if first {
		n = m.in.Canary
	}
	chunk, err := m.Transfers.TakeChunk(ctx, m.t.Key, n)
	if err != nil {
		return MoveResult{}, false, err
	}
	if len(chunk) == 0 {
		m.t.Phase, m.t.Cursor, m.t.Seen, m.waited = domain.TransferClosing, "", 0, false
		return MoveResult{}, false, m.Transfers.SaveTransfer(ctx, m.t)
	}
	m.crash("chunk-marked-not-sent")
	outcome, requestID, err := m.send(ctx, chunk)
	m.crash("write-applied-not-recorded")
	t, serr := m.Transfers.SettleChunk(ctx, m.t.Key, outcome, requestID)
	if err != nil || serr != nil {
		return MoveResult{}, false, errors.Join(err, serr)
	}
	m.t = t
	if first {
		return m.checkCanary(ctx, chunk, outcome)
	}
	return MoveResult{}, false, nil
}

// drift compares what was collected with what people approved.
func (m *mover) drift() (domain.Drift, bool) {
	d := domain.Drift{Kind: m.in.Rule.Kind, Count: m.t.Collected, Ceiling: m.ceiling()}
	d.NewKind = m.in.Rule.Count == 0 && m.in.Accept == 0
	return d, !m.in.Undo && d.Count > 0 && (d.NewKind || d.Count > d.Ceiling)
}

// send makes the calls for a chunk: one for a bulk kind, one each otherwise, some
// of them at once where the connector allows it. One record that the app refuses
// can spoil a batch, so that a refused batch is halved until the record stands
// alone.
func (m *mover) send(ctx context.Context, chunk []domain.TransferItem) (map[string]domain.ItemState, string, error) {
	outcome, last, refusals := map[string]domain.ItemState{}, "", []domain.TransferItem{}
	parts := slices.Collect(slices.Chunk(chunk, max(1, m.rule.BatchSize)))
	var refusal error
	for len(parts) > 0 && (len(refusals) < manyRefusals || took(outcome)) {
		wave := parts[:min(len(parts), m.abreast(len(refusals), outcome))]
		parts = parts[len(wave):]
		var halves [][]domain.TransferItem
		var broken error
		for i, answer := range m.sendWave(ctx, wave) {
			part, err := wave[i], answer.err
			switch {
			case err == nil:
				last = cmp.Or(answer.moved.RequestID, last)
				echoed(part, answer.moved, outcome)
			case refused(err) && len(part) > 1:
				halves = append(halves, part[:len(part)/2], part[len(part)/2:])
			case refused(err):
				still, rerr := m.standsAlone(ctx, part, outcome)
				broken = cmp.Or(broken, rerr)
				if still {
					refusal, refusals = err, append(refusals, part[0])
				}
			default:
				m.doubt(err, part, outcome)
				broken = cmp.Or(broken, err)
			}
		}
		parts = append(halves, parts...)
		if broken != nil {
			m.unsend(slices.Concat(slices.Concat(parts...), refusals), outcome)
			return outcome, last, broken
		}
		m.beat(ctx)
	}
	if refusal == nil || took(outcome) {
		return outcome, last, nil // the closing listing counts what was refused among the rest
	}
	m.unsend(slices.Concat(slices.Concat(parts...), refusals), outcome)
	return outcome, last, refusal
}

// refused tells that the app judged the request and did nothing.
func refused(err error) bool {
	kind := domain.KindOf(err)
	return kind == domain.FaultInvalid || kind == domain.FaultNotFound || kind == domain.FaultConflict
}

func took(outcome map[string]domain.ItemState) bool {
	for _, state := range outcome {
		if state == domain.ItemMoved {
			return true
		}
	}
	return false
}

// echoed marks what the answer names with its new owner.
func echoed(part []domain.TransferItem, moved domain.Moved, outcome map[string]domain.ItemState) {
	for _, item := range part {
		if moved.Owners[item.Record.ID] == item.To {
			outcome[item.Record.ID] = domain.ItemMoved
		}
	}
}

// standsAlone looks at a single record that the app refused to move: it may be
// gone, or somebody else's, or finished meanwhile. It answers true when it is
// still the leaver's and still to be moved.
func (m *mover) standsAlone(ctx context.Context, part []domain.TransferItem, outcome map[string]domain.ItemState) (bool, error) {
	seen, err := m.readBack(ctx, part)
	if err != nil {
		return false, err
	}
	id := part[0].Record.ID
	if state, known := seen[id]; known {
		outcome[id] = state
		return false, nil
	}
	return true, nil
}

// readBack reads records one by one and tells which are the new owner's and
// which are no longer the leaver's to give. Those that still are, and all where
// the key may not read single records, are missing from the answer.
func (m *mover) readBack(ctx context.Context, items []domain.TransferItem) (map[string]domain.ItemState, error) {
	ids := make([]string, 0, len(items))
	for _, item := range items {
		ids = append(ids, item.Record.ID)
	}
	records, err := m.from.ReadRecords(ctx, m.in.Rule.Kind, ids)
	switch domain.KindOf(err) {
	case domain.FaultForbidden, domain.FaultUnsupported:
		return nil, nil //nolint:nilerr // the listings have to do
	}
	if err != nil {
		return nil, err
	}
	shown := map[string]domain.Record{}
	for _, r := range records {
		shown[r.ID] = r
	}
	seen := map[string]domain.ItemState{}
	for _, item := range items {
		r, ok := shown[item.Record.ID]
		switch {
		case ok && r.Owner == item.To:
			seen[r.ID] = domain.ItemMoved
		case !ok || r.Owner != m.in.Account || !m.wanted(r):
			seen[item.Record.ID] = domain.ItemForeign
		}
	}
	return seen, nil
}

// unsend gives back what certainly had no effect, or never left the process.
func (m *mover) unsend(rest []domain.TransferItem, outcome map[string]domain.ItemState) {
	for _, item := range rest {
		outcome[item.Record.ID] = domain.ItemCollected
	}
}

// doubt leaves a part as sent when nobody can know whether it was applied, and
// gives it back when the app certainly did nothing.
func (m *mover) doubt(err error, part []domain.TransferItem, outcome map[string]domain.ItemState) {
	switch domain.KindOf(err) {
	case domain.FaultUnavailable, domain.FaultInternal:
		return
	default:
		m.unsend(part, outcome)
	}
}

// checkCanary holds the bulk back until the first few records are seen with
// their new owner: in the app's echo, else one by one, at once and when its
// index had time.
func (m *mover) checkCanary(ctx context.Context, chunk []domain.TransferItem, outcome map[string]domain.ItemState) (MoveResult, bool, error) {
	unseen := func(item domain.TransferItem) bool { return outcome[item.Record.ID] == "" }
	for try := 0; try < 2 && slices.ContainsFunc(chunk, unseen); try++ {
		if try > 0 {
			if err := m.rest(ctx, m.rule.IndexLag); err != nil {
				return MoveResult{}, false, err
			}
		}
		if err := m.settleRead(ctx, chunk, outcome); err != nil {
			return MoveResult{}, false, err
		}
	}
	left := 0
	for _, item := range chunk {
		if unseen(item) {
			left++
		}
	}
	if left > 0 {
		r := m.result()
		r.Attention = fmt.Sprintf("the app took the first %d records and still shows %d of them as the leaver's, so that the others were held back: look at them in the app, then retry", len(chunk), left)
		return r, true, nil
	}
	if m.t.Canary = took(outcome); !m.t.Canary {
		return MoveResult{}, false, nil
	}
	return MoveResult{}, false, m.Transfers.SaveTransfer(ctx, m.t)
}

// settleRead reads what has no outcome yet, and records what became of it.
func (m *mover) settleRead(ctx context.Context, items []domain.TransferItem, outcome map[string]domain.ItemState) error {
	var open []domain.TransferItem
	for _, item := range items {
		if outcome[item.Record.ID] == "" {
			open = append(open, item)
		}
	}
	seen, err := m.readBack(ctx, open)
	if err != nil || len(seen) == 0 {
		return err
	}
	t, err := m.Transfers.SettleChunk(ctx, m.t.Key, seen, "")
	if err != nil {
		return err
	}
	m.t.Sent, m.t.MovedN, m.t.Foreign = t.Sent, t.MovedN, t.Foreign
	for id, state := range seen {
		outcome[id] = state
	}
	return nil
}

// settleDoubt asks, at the end, about every record whose call was never
// answered: the listings show that it is not the leaver's, not whose it is, and
// undo must know what the run moved.
func (m *mover) settleDoubt(ctx context.Context) error {
	const page = 1000
	for after := ""; m.t.MovedN+m.t.Foreign < m.t.Collected; {
		items, err := m.Transfers.Items(ctx, m.t.Key, after, page)
		if err != nil {
			return err
		}
		open := slices.DeleteFunc(slices.Clone(items), func(i domain.TransferItem) bool {
			return i.State == domain.ItemMoved || i.State == domain.ItemForeign
		})
		for part := range slices.Chunk(open, bulkChunk) {
			if err := m.settleRead(ctx, part, map[string]domain.ItemState{}); err != nil {
				return err
			}
			m.beat(ctx)
		}
		if len(items) < page {
			return nil
		}
		after = items[len(items)-1].Record.ID
	}
	return nil
}
