package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// attempts bounds how often a transaction that lost against another is run again.
const attempts = 8

// transact runs do in a transaction and runs it again when it lost against
// another one. do must not keep anything from a run that failed.
func (s *Store) transact(ctx context.Context, op string, do func(tx *sql.Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := s.once(ctx, do)
		if err == nil || attempt == attempts || !busy(err) {
			return fault(op, err)
		}
		if err := rest(ctx, time.Duration(rand.IntN(attempt*attempt*5)+1)*time.Millisecond); err != nil {
			return err
		}
	}
}

func (s *Store) once(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	if err := do(tx); err != nil {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			return errors.Join(err, fmt.Errorf("roll back: %w", rollback))
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rest waits, or ends with the context.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
