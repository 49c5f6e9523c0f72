package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"handover/domain"
)

// itemBatch is how many items go into one statement. SQLite looks each parameter
// up by its name, so that long statements cost the square of their length.
const itemBatch = 30

// SaveCollected adds a page of items and the cursor behind it in one
// transaction. An item that is there already keeps its state, unless reopen is
// set: then what a listing still shows goes back to collected.
func (s *Store) SaveCollected(ctx context.Context, by domain.Transfer, items []domain.TransferItem, reopen bool) (domain.Transfer, error) {
	items = lastOfEach(items)
	return s.change(ctx, "store.save_collected", by.Key, func(tx *sql.Tx, id string, t *domain.Transfer) error {
		told(t, by)
		for batch := range slices.Chunk(items, itemBatch) {
			if reopen {
				if err := forget(ctx, tx, id, batch, t); err != nil {
					return err
				}
			}
			added, err := insertItems(ctx, tx, id, batch)
			if err != nil {
				return err
			}
			t.Collected += added
		}
		if !reopen {
			return nil
		}
		t.Sent = by.Sent
		if t.Phase == domain.TransferWriting {
			return countSent(ctx, tx, id, t)
		}
		return nil
	})
}

// lastOfEach keeps one item of each id: a listing that shifts while it is read
// shows some twice.
func lastOfEach(items []domain.TransferItem) []domain.TransferItem {
	place := make(map[string]int, len(items))
	kept := make([]domain.TransferItem, 0, len(items))
	for _, item := range items {
		if i, ok := place[item.Record.ID]; ok {
			kept[i] = item
			continue
		}
		place[item.Record.ID] = len(kept)
		kept = append(kept, item)
	}
	return kept
}

// forget takes out the items of a batch that are there, so that they are
// collected anew as the listing shows them now.
func forget(ctx context.Context, tx *sql.Tx, transfer string, batch []domain.TransferItem, t *domain.Transfer) error {
	ids := make([]string, 0, len(batch))
	for _, item := range batch {
		ids = append(ids, item.Record.ID)
	}
	states, err := collect(ctx, tx, func(row scanner) (domain.ItemState, error) {
		var state domain.ItemState
		err := row.Scan(&state)
		return state, err
	}, "DELETE FROM transfer_items WHERE transfer = $1 AND id IN ("+list(2, len(ids))+") RETURNING state", anys([]any{transfer}, ids)...)
	for _, state := range states {
		t.Collected--
		count(t, state, -1)
	}
	return err
}

// count books that an item is in a state, or no longer.
func count(t *domain.Transfer, state domain.ItemState, n int) {
	switch state {
	case domain.ItemSent:
		t.Sent += n
	case domain.ItemMoved:
		t.MovedN += n
	case domain.ItemForeign:
		t.Foreign += n
	}
}

func insertItems(ctx context.Context, tx *sql.Tx, transfer string, batch []domain.TransferItem) (int, error) {
	const width = 5
	args := make([]any, 0, len(batch)*width)
	for _, item := range batch {
		body, err := encode(item.Record)
		if err != nil {
			return 0, err
		}
		args = append(args, transfer, item.Record.ID, string(item.To), string(domain.ItemCollected), body)
	}
	result, err := tx.ExecContext(ctx, "INSERT INTO transfer_items (transfer, id, to_account, state, body) VALUES "+values(len(batch), width)+
		" ON CONFLICT (transfer, id) DO NOTHING", args...)
	if err != nil {
		return 0, err
	}
	added, err := result.RowsAffected()
	return int(added), err
}

// countSent puts the number right once a closing listing has ended, because the
// mover counted something else there.
func countSent(ctx context.Context, tx *sql.Tx, transfer string, t *domain.Transfer) error {
	return tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM transfer_items WHERE transfer = $1 AND state = $2", transfer, string(domain.ItemSent)).Scan(&t.Sent)
}

func scanItem(row scanner) (domain.TransferItem, error) {
	var item domain.TransferItem
	var body string
	if err := row.Scan(&item.To, &item.State, &body); err != nil {
		return item, err
	}
	var err error
	item.Record, err = decode[domain.Record](body)
	return item, err
}

// TakeChunk marks up to n collected items as sent and returns them, ordered by
// id, all with the same new owner.
func (s *Store) TakeChunk(ctx context.Context, key domain.TransferKey, n int) ([]domain.TransferItem, error) {
	var chunk []domain.TransferItem
	_, err := s.change(ctx, "store.take_chunk", key, func(tx *sql.Tx, id string, t *domain.Transfer) error {
		chunk = nil
		var to string
		err := tx.QueryRowContext(ctx, "SELECT to_account FROM transfer_items WHERE transfer = $1 AND state = $2 ORDER BY to_account LIMIT 1",
			id, string(domain.ItemCollected)).Scan(&to)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		chunk, err = collect(ctx, tx, scanItem, `SELECT to_account, state, body FROM transfer_items WHERE transfer = $1 AND state = $2 AND to_account = $3
			ORDER BY id LIMIT $4`, id, string(domain.ItemCollected), to, n)
		if err != nil {
			return err
		}
		for i := range chunk {
			chunk[i].State = domain.ItemSent
		}
		t.Sent += len(chunk)
		return markSent(ctx, tx, id, chunk)
	})
	return chunk, err
}

// markSent marks a chunk by where it lies in the index, which is one stretch: a
// list of ids would have PostgreSQL look at every item of a transfer that is too
// young for its statistics.
func markSent(ctx context.Context, tx *sql.Tx, transfer string, chunk []domain.TransferItem) error {
	if len(chunk) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, "UPDATE transfer_items SET state = $1 WHERE transfer = $2 AND state = $3 AND to_account = $4 AND id >= $5 AND id <= $6",
		string(domain.ItemSent), transfer, string(domain.ItemCollected), string(chunk[0].To), chunk[0].Record.ID, chunk[len(chunk)-1].Record.ID)
	return err
}

// setItems moves items from one state to another. What is sent is never more
// than a chunk and what is in doubt, so that the state narrows it down.
func setItems(ctx context.Context, tx *sql.Tx, transfer string, ids []string, from, to domain.ItemState) error {
	for batch := range slices.Chunk(ids, itemBatch) {
		if _, err := tx.ExecContext(ctx, "UPDATE transfer_items SET state = $1 WHERE transfer = $2 AND state = $3 AND id IN ("+list(4, len(batch))+")",
			anys([]any{string(to), transfer, string(from)}, batch)...); err != nil {
			return err
		}
	}
	return nil
}

// SettleChunk records the outcome of items by id: moved, foreign, or collected
// again where the call certainly had no effect. Ids that are no items of the
// transfer are passed over.
func (s *Store) SettleChunk(ctx context.Context, key domain.TransferKey, outcome map[string]domain.ItemState, requestID string) (domain.Transfer, error) {
	return s.change(ctx, "store.settle_chunk", key, func(tx *sql.Tx, id string, t *domain.Transfer) error {
		before, err := statesBefore(ctx, tx, id, slices.Sorted(maps.Keys(outcome)))
		if err != nil {
			return err
		}
		type step struct{ from, to domain.ItemState }
		changed := map[step][]string{}
		for item, old := range before {
			if next := outcome[item]; next != old {
				count(t, old, -1)
				count(t, next, 1)
				changed[step{old, next}] = append(changed[step{old, next}], item)
			}
		}
		for s, ids := range changed {
			if err := setItems(ctx, tx, id, ids, s.from, s.to); err != nil {
				return err
			}
		}
		t.RequestID = orOld(requestID, t.RequestID)
		return nil
	})
}

// statesBefore finds where items stand, ordered ids given. Most are sent, and
// those are few.
func statesBefore(ctx context.Context, tx *sql.Tx, transfer string, ids []string) (map[string]domain.ItemState, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	sent, err := collect(ctx, tx, func(row scanner) (string, error) {
		var id string
		err := row.Scan(&id)
		return id, err
	}, "SELECT id FROM transfer_items WHERE transfer = $1 AND state = $2 AND id >= $3 AND id <= $4", transfer, string(domain.ItemSent), ids[0], ids[len(ids)-1])
	if err != nil {
		return nil, err
	}
	asked := make(map[string]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	states := make(map[string]domain.ItemState, len(ids))
	for _, id := range sent {
		if asked[id] {
			states[id] = domain.ItemSent
		}
	}
	rest, err := itemStates(ctx, tx, transfer, slices.DeleteFunc(ids, func(id string) bool { return states[id] != "" }))
	maps.Copy(states, rest)
	return states, err
}

func itemStates(ctx context.Context, q querier, transfer string, ids []string) (map[string]domain.ItemState, error) {
	type pair struct {
		id    string
		state domain.ItemState
	}
	states := make(map[string]domain.ItemState, len(ids))
	for batch := range slices.Chunk(ids, itemBatch) {
		found, err := collect(ctx, q, func(row scanner) (pair, error) {
			var p pair
			err := row.Scan(&p.id, &p.state)
			return p, err
		}, "SELECT id, state FROM transfer_items WHERE transfer = $1 AND id IN ("+list(2, len(batch))+")", anys([]any{transfer}, batch)...)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			states[p.id] = p.state
		}
	}
	return states, nil
}

// Items pages through a transfer's items in the order of their ids.
func (s *Store) Items(ctx context.Context, key domain.TransferKey, afterID string, limit int) ([]domain.TransferItem, error) {
	id, err := transferID(key)
	if err != nil {
		return nil, err
	}
	q := &query{text: "SELECT to_account, state, body FROM transfer_items WHERE 0 = 0"}
	q.where("transfer = ? AND id > ?", id, afterID)
	q.order("id", limit)
	found, err := collect(ctx, s.reader, scanItem, q.text, q.args...)
	return found, fault("store.items", err)
}

// HasItems tells which record ids belong to a transfer, and where they stand.
func (s *Store) HasItems(ctx context.Context, key domain.TransferKey, ids []string) (map[string]domain.ItemState, error) {
	id, err := transferID(key)
	if err != nil {
		return nil, err
	}
	states, err := itemStates(ctx, s.reader, id, ids)
	return states, fault("store.has_items", err)
}
