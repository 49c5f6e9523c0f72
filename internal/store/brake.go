package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"handover/domain"
)

// brakeReach is how far back leavings are counted, at least.
const brakeReach = 31 * 24 * time.Hour

// Braked is what the brake said of an event.
type Braked struct {
	Finding domain.BrakeFinding
	Batch   string // that holds it
	Opened  bool   // the batch was opened for it
}

// PassBrake decides, one event after the other, whether a leaving may start. A
// free one is counted; one that is not free is held in the open batch, or in a
// new one, and done with HeldAndAsked. An event that was let go passes. decide
// must not use the store.
func (s *Store) PassBrake(ctx context.Context, r HRRecord, next domain.Start, decide func(past []domain.Start, held bool) domain.BrakeFinding) (Braked, error) {
	var b Braked
	key := r.Event.Source + "/" + r.Event.ID
	err := s.transact(ctx, "store.pass_brake", func(tx *sql.Tx) error {
		b = Braked{}
		var open string
		var batches int
		if err := tx.QueryRowContext(ctx, "UPDATE brake SET revision = revision + 1 WHERE one = 1 RETURNING batch, batches").Scan(&open, &batches); err != nil {
			return err
		}
		var known int
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM hr_starts WHERE event = $1", key).Scan(&known); err != nil || known > 0 {
			return err // it passed before
		}
		past, err := starts(ctx, tx, next.At.Add(-brakeReach))
		if err != nil {
			return err
		}
		if b.Finding = decide(past, open != ""); b.Finding.Free() {
			return countStart(ctx, tx, key, next)
		}
		if b.Batch = open; open == "" {
			b.Batch, b.Opened = fmt.Sprintf("held-batch:%d", batches+1), true
			if _, err := tx.ExecContext(ctx, "UPDATE brake SET batch = $1, batches = $2 WHERE one = 1", b.Batch, batches+1); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "UPDATE hr_events SET outcome = $1, why = $2, batch = $3, person = $4 WHERE source = $5 AND id = $6 AND done_at = 0",
			string(domain.HRHeld), text(b.Finding.Why), b.Batch, string(r.Person), r.Event.Source, r.Event.ID)
		return err
	})
	return b, err
}

// HeldAndAsked notes that people are asked about a held event. Until then it is
// looked at again, so that nobody is held in silence when a process dies between
// the two.
func (s *Store) HeldAndAsked(ctx context.Context, source, id string) error {
	_, err := s.writer.ExecContext(ctx, "UPDATE hr_events SET done_at = $1, leased_until = 0 WHERE source = $2 AND id = $3 AND outcome = 'held' AND done_at = 0",
		micros(s.now()), source, id)
	return fault("store.held_and_asked", err)
}

func starts(ctx context.Context, tx *sql.Tx, since time.Time) ([]domain.Start, error) {
	return collect(ctx, tx, func(row scanner) (domain.Start, error) {
		var st domain.Start
		var us int64
		var apps string
		if err := row.Scan(&us, &st.Source, &st.Department, &apps, &st.Urgent); err != nil {
			return st, err
		}
		st.At = at(us)
		var err error
		st.Apps, err = decode[[]domain.AppID](apps)
		return st, err
	}, "SELECT at, source, department, apps, urgent FROM hr_starts WHERE at > $1 ORDER BY at", micros(since))
}

func countStart(ctx context.Context, tx *sql.Tx, key string, st domain.Start) error {
	apps, err := encode(st.Apps)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO hr_starts (event, source, department, apps, urgent, at) VALUES ($1, $2, $3, $4, $5, $6)",
		key, st.Source, text(st.Department), apps, st.Urgent, micros(st.At))
	return err
}

// WhatIf tells what the brake would say, and counts nothing.
func (s *Store) WhatIf(ctx context.Context, since time.Time) (past []domain.Start, held bool, err error) {
	err = s.transact(ctx, "store.what_if", func(tx *sql.Tx) error {
		var open string
		if err := tx.QueryRowContext(ctx, "SELECT batch FROM brake WHERE one = 1").Scan(&open); err != nil {
			return err
		}
		held = open != ""
		past, err = starts(ctx, tx, since.Add(-brakeReach))
		return err
	})
	return past, held, err
}

// HeldBatch tells how a batch of the brake stands.
func (s *Store) HeldBatch(ctx context.Context, batch string) (domain.HeldBatch, error) {
	var b domain.HeldBatch
	rows, err := collect(ctx, s.reader, scanHR, "SELECT "+hrColumns+" FROM hr_events WHERE batch = $1 ORDER BY occurred_at, received_at, id", batch)
	if err != nil {
		return b, fault("store.held_batch", err)
	}
	slices.SortStableFunc(rows, func(x, y HRRecord) int { return leavesAt(x.Event).Compare(leavesAt(y.Event)) })
	for _, r := range rows {
		switch {
		case r.Outcome == domain.HRHeld:
			b.Held, b.Since = append(b.Held, r.Event.Source+"/"+r.Event.ID), append(b.Since, r.DoneAt)
		case r.Outcome == domain.HRCancelled:
		case r.Run == "" && !r.DoneAt.IsZero(): // HR took it back meanwhile, or it could not be carried out
			b.Released, b.Settled = b.Released+1, b.Settled+1
		default:
			b.Released++
			if err := s.countSettled(ctx, r, &b); err != nil {
				return b, err
			}
		}
	}
	return b, nil
}

// leavesAt orders those who are held: who leaves first is let go first, or they
// would wait for the last moment of others.
func leavesAt(e domain.HREvent) time.Time {
	if e.LastMoment != nil {
		if due, err := e.LastMoment.Instant(); err == nil {
			return due
		}
	}
	return e.OccurredAt
}

// countSettled counts a leaving that was let go once its access is verified gone,
// or its run ended otherwise, and notes when the next one is due.
func (s *Store) countSettled(ctx context.Context, r HRRecord, b *domain.HeldBatch) error {
	var n int
	var ends int64
	err := s.reader.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM cut_offs c WHERE c.run = $1) + (SELECT COUNT(*) FROM runs x WHERE x.id = $2 AND x.state IN ('closed', 'retracted', 'denied')),
		COALESCE((SELECT MAX(e.ends) FROM employments e JOIN runs y ON y.employment = e.id WHERE y.id = $3), 0)`, r.Run, r.Run, r.Run).Scan(&n, &ends)
	if err != nil {
		return fault("store.held_batch", err)
	}
	if n > 0 {
		b.Settled++
		return nil
	}
	if due := at(ends); b.NextDue.IsZero() || due.Before(b.NextDue) {
		b.NextDue = due
	}
	return nil
}

// ReleaseHeld lets held events of a batch go: they are looked at again and pass
// the brake.
func (s *Store) ReleaseHeld(ctx context.Context, batch string, keys []string, e domain.AuditEvent) error {
	return s.transact(ctx, "store.release_held", func(tx *sql.Tx) error {
		for _, key := range keys {
			free, err := touched(tx.ExecContext(ctx, `UPDATE hr_events SET outcome = 'waiting', done_at = 0, due_at = $1, leased_until = 0, attempts = 0
				WHERE batch = $2 AND source || '/' || id = $3 AND outcome = 'held'`, micros(s.now()), batch, key))
			if err != nil {
				return err
			}
			if !free {
				continue
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO hr_starts (event, source, department, apps, urgent, at) VALUES ($1, '', '', '[]', $2, $3) ON CONFLICT (event) DO NOTHING`,
				key, false, micros(s.now())); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, domain.Entry{Run: batch, Events: []domain.AuditEvent{e}})
	})
}

// CancelHeld gives up held events of a batch: those leavings do not start.
func (s *Store) CancelHeld(ctx context.Context, batch string, keys []string, why string, e domain.AuditEvent) error {
	return s.transact(ctx, "store.cancel_held", func(tx *sql.Tx) error {
		for _, key := range keys {
			if _, err := tx.ExecContext(ctx, `UPDATE hr_events SET outcome = 'cancelled', why = $1, done_at = $2, leased_until = 0
				WHERE batch = $3 AND source || '/' || id = $4 AND outcome = 'held'`, text(why), micros(s.now()), batch, key); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, domain.Entry{Run: batch, Events: []domain.AuditEvent{e}})
	})
}

// CloseBatch closes a batch that holds nothing any more, so that the next leaving
// is weighed afresh. It answers false while it holds something.
func (s *Store) CloseBatch(ctx context.Context, batch string) (bool, error) {
	closed := false
	err := s.transact(ctx, "store.close_batch", func(tx *sql.Tx) error {
		closed = false
		var open string
		if err := tx.QueryRowContext(ctx, "UPDATE brake SET revision = revision + 1 WHERE one = 1 RETURNING batch").Scan(&open); err != nil {
			return err
		}
		var held int
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM hr_events WHERE batch = $1 AND outcome = 'held'", batch).Scan(&held); err != nil || held > 0 {
			return err
		}
		closed = true
		if open != batch {
			return nil
		}
		_, err := tx.ExecContext(ctx, "UPDATE brake SET batch = '' WHERE one = 1")
		return err
	})
	return closed, err
}
