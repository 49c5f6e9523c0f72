package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"

	"handover/domain"
)

const transferColumns = `run, app, kind, undo, from_account, phase, page_cursor, total, seen, collected, sent, moved, foreign_count, round, empty, empty_at,
	canary, request_id`

func scanTransfer(row scanner) (domain.Transfer, error) {
	var t domain.Transfer
	var emptyAt int64
	err := row.Scan(&t.Key.Run, &t.Key.App, &t.Key.Kind, &t.Key.Undo, &t.Key.From, &t.Phase, &t.Cursor, &t.Total, &t.Seen, &t.Collected, &t.Sent,
		&t.MovedN, &t.Foreign, &t.Round, &t.Empty, &emptyAt, &t.Canary, &t.RequestID)
	t.EmptyAt = at(emptyAt)
	return t, err
}

// transferID stands for a key in the rows of its items, which are many.
func transferID(k domain.TransferKey) (string, error) {
	body, err := encode(k)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:12]), nil
}

// change takes a transfer's row, lets do change what stands there and saves it.
// The row orders everything written to the transfer and its items.
func (s *Store) change(ctx context.Context, op string, key domain.TransferKey, do func(tx *sql.Tx, id string, t *domain.Transfer) error) (domain.Transfer, error) {
	var t domain.Transfer
	id, err := transferID(key)
	if err != nil {
		return t, err
	}
	err = s.transact(ctx, op, func(tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, "UPDATE transfers SET total = total WHERE id = $1 RETURNING "+transferColumns, id)
		var err error
		if t, err = scanTransfer(row); err != nil {
			return err
		}
		if err := do(tx, id, &t); err != nil {
			return err
		}
		return saveTransfer(ctx, tx, id, t)
	})
	return t, err
}

func saveTransfer(ctx context.Context, tx *sql.Tx, id string, t domain.Transfer) error {
	_, err := tx.ExecContext(ctx, `UPDATE transfers SET phase = $1, page_cursor = $2, total = $3, seen = $4, collected = $5, sent = $6, moved = $7,
		foreign_count = $8, round = $9, empty = $10, empty_at = $11, canary = $12, request_id = $13 WHERE id = $14`,
		string(t.Phase), text(t.Cursor), t.Total, t.Seen, t.Collected, t.Sent, t.MovedN, t.Foreign, t.Round, t.Empty, micros(t.EmptyAt), t.Canary,
		text(t.RequestID), id)
	return err
}

// OpenTransfer finds a transfer or begins it.
func (s *Store) OpenTransfer(ctx context.Context, key domain.TransferKey) (domain.Transfer, error) {
	id, err := transferID(key)
	if err != nil {
		return domain.Transfer{}, err
	}
	if _, err := s.writer.ExecContext(ctx, "INSERT INTO transfers (id, "+transferColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', -1, 0, 0, 0, 0, 0, 0, 0, 0, $8, '') ON CONFLICT (id) DO NOTHING`,
		id, key.Run, string(key.App), string(key.Kind), key.Undo, string(key.From), string(domain.TransferCollecting), false); err != nil {
		return domain.Transfer{}, fault("store.open_transfer", err)
	}
	t, err := scanTransfer(s.writer.QueryRowContext(ctx, "SELECT "+transferColumns+" FROM transfers WHERE id = $1", id))
	return t, fault("store.open_transfer", err)
}

// told takes over what the mover knows of its listing. How many items stand
// where is the store's own to count. Sent is both: while a closing listing is
// read the mover counts there what that listing showed.
func told(t *domain.Transfer, by domain.Transfer) {
	t.Phase, t.Cursor, t.Total, t.Seen, t.Round = by.Phase, by.Cursor, by.Total, by.Seen, by.Round
	t.Empty, t.EmptyAt, t.Canary, t.RequestID = by.Empty, by.EmptyAt, by.Canary, by.RequestID
}

// SaveTransfer writes phase, counters of the listing and cursor.
func (s *Store) SaveTransfer(ctx context.Context, by domain.Transfer) error {
	_, err := s.change(ctx, "store.save_transfer", by.Key, func(_ *sql.Tx, _ string, t *domain.Transfer) error {
		told(t, by)
		t.Sent = by.Sent
		return nil
	})
	return err
}

// Transfers lists the transfers of a run.
func (s *Store) Transfers(ctx context.Context, run string) ([]domain.Transfer, error) {
	found, err := collect(ctx, s.reader, scanTransfer, "SELECT "+transferColumns+" FROM transfers WHERE run = $1 ORDER BY app, kind, undo, from_account", run)
	return found, fault("store.transfers", err)
}
