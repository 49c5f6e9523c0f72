package store

import (
	"context"
	"database/sql"
	"time"

	"handover/domain"
)

const exceptionColumns = "id, finding, app, until_at, reason, asked_by, asked_at, decided_by, decided_at, agreed"

func scanException(row scanner) (domain.Exception, error) {
	var x domain.Exception
	var until, asked, decided int64
	var agreed int
	err := row.Scan(&x.ID, &x.Finding, &x.App, &until, &x.Reason, &x.AskedBy, &asked, &x.DecidedBy, &decided, &agreed)
	x.Until, x.AskedAt, x.DecidedAt, x.Agreed = at(until), at(asked), at(decided), agreed == 1
	return x, err
}

// AskException keeps the wish that a finding be let be. One wish at a time: where
// another one of the finding waits, it is a fault of kind conflict.
func (s *Store) AskException(ctx context.Context, x domain.Exception, e domain.AuditEvent) error {
	return s.transact(ctx, "store.ask_exception", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE findings SET id = id WHERE id = $1", x.Finding); err != nil {
			return err
		}
		var open int
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM finding_exceptions WHERE finding = $1 AND decided_at = 0 AND until_at > $2", x.Finding, micros(x.AskedAt)).Scan(&open); err != nil {
			return err
		}
		if open > 0 {
			return domain.NewFault(domain.FaultConflict, "store.ask_exception", x.App, "an exception of this finding waits for a decision already", nil)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO finding_exceptions ("+exceptionColumns+") VALUES ("+list(1, 10)+")", x.ID, x.Finding, string(x.App), micros(x.Until), text(x.Reason),
			string(x.AskedBy), micros(x.AskedAt), "", 0, 0); err != nil {
			return err
		}
		return s.record(ctx, tx, domain.Entry{Events: []domain.AuditEvent{e}})
	})
}

// DecideException keeps the second person's word, once. Agreed to, the finding is let
// be until the exception ends. It answers whether the word counted: what was decided
// before stays.
func (s *Store) DecideException(ctx context.Context, x domain.Exception, e domain.AuditEvent) (bool, error) {
	counted := false
	err := s.transact(ctx, "store.decide_exception", func(tx *sql.Tx) error {
		var err error
		counted, err = touched(tx.ExecContext(ctx, "UPDATE finding_exceptions SET decided_by = $1, decided_at = $2, agreed = $3 WHERE id = $4 AND decided_at = 0",
			string(x.DecidedBy), micros(x.DecidedAt), flag(x.Agreed), x.ID))
		if err != nil || !counted {
			return err
		}
		if x.Agreed {
			if _, err := tx.ExecContext(ctx, "UPDATE findings SET state = 'excepted', until_at = $1 WHERE id = $2 AND state <> 'closed'", micros(x.Until), x.Finding); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, domain.Entry{Events: []domain.AuditEvent{e}})
	})
	return counted, err
}

// Exceptions lists the register of exceptions, the newest first: of one finding, or
// of all where it is "". With open, those that wait for a decision alone.
func (s *Store) Exceptions(ctx context.Context, finding string, open bool, limit int) ([]domain.Exception, error) {
	q := &query{text: "SELECT " + exceptionColumns + " FROM finding_exceptions WHERE 0 = 0"}
	q.whereText("finding", finding)
	if open {
		q.where("decided_at = ?", 0)
	}
	q.order("asked_at DESC, id", limit)
	found, err := collect(ctx, s.reader, scanException, q.text, q.args...)
	return found, fault("store.exceptions", err)
}

// EndExceptions opens the findings whose exception is over, with an event for each.
// It answers how many.
func (s *Store) EndExceptions(ctx context.Context, app domain.AppID, now time.Time) (int, error) {
	ended := 0
	err := s.transact(ctx, "store.end_exceptions", func(tx *sql.Tx) error {
		found, err := collect(ctx, tx, scanFinding, "UPDATE findings SET state = 'open' WHERE app = $1 AND state = 'excepted' AND until_at <= $2 RETURNING "+findingColumns,
			string(app), micros(now))
		if err != nil {
			return err
		}
		ended = len(found)
		var e domain.Entry
		for _, f := range found {
			e.Events = append(e.Events, domain.AuditEvent{Key: "exception-ended/" + f.ID + "/" + f.Until.UTC().Format(time.RFC3339), Kind: domain.EventExceptionEnded, Actor: domain.SystemActor,
				Subject: f.Person, App: f.App, Target: f.ID, At: now})
		}
		if len(e.Events) == 0 {
			return nil
		}
		return s.record(ctx, tx, e)
	})
	return ended, err
}
