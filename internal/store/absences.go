package store

import (
	"context"
	"database/sql"
	"time"

	"handover/domain"
)

// AddAbsence keeps a time in which somebody stands in for a person, with its
// event. One that overlaps with another of the same person is a fault of kind
// conflict; the same id again changes nothing.
func (s *Store) AddAbsence(ctx context.Context, a domain.Absence, e domain.AuditEvent) error {
	return s.transact(ctx, "store.add_absence", func(tx *sql.Tx) error {
		// The person's row puts two who set an absence at once into an order.
		if _, err := scanPerson(tx.QueryRowContext(ctx, "UPDATE people SET email = email WHERE id = $1 RETURNING "+personColumns, string(a.Person))); err != nil {
			return err
		}
		var others int
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM absences WHERE person = $1 AND id <> $2 AND from_at < $3 AND until_at > $4 AND from_at < until_at",
			string(a.Person), a.ID, micros(a.Until), micros(a.From)).Scan(&others); err != nil {
			return err
		}
		if others > 0 {
			return domain.NewFault(domain.FaultConflict, "store.add_absence", "", "somebody stands in at that time already: end that first", nil)
		}
		fresh, err := touched(tx.ExecContext(ctx, `INSERT INTO absences (id, person, substitute, from_at, until_at, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO NOTHING`, a.ID, string(a.Person), string(a.Substitute), micros(a.From), micros(a.Until), string(a.SetBy), micros(s.now())))
		if err != nil || !fresh {
			return err
		}
		return s.record(ctx, tx, domain.Entry{Events: []domain.AuditEvent{e}})
	})
}

// EndAbsence ends an absence at a moment, if it has not ended before, with its
// event.
func (s *Store) EndAbsence(ctx context.Context, id string, when time.Time, e domain.AuditEvent) (ended bool, err error) {
	err = s.transact(ctx, "store.end_absence", func(tx *sql.Tx) error {
		var err error
		if ended, err = touched(tx.ExecContext(ctx, "UPDATE absences SET until_at = $1 WHERE id = $2 AND until_at > $3", micros(when), id, micros(when))); err != nil || !ended {
			return err
		}
		return s.record(ctx, tx, domain.Entry{Events: []domain.AuditEvent{e}})
	})
	return ended, err
}

// Absences lists what has not ended at a moment, by beginning.
func (s *Store) Absences(ctx context.Context, when time.Time) ([]domain.Absence, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (domain.Absence, error) {
		var a domain.Absence
		var from, until int64
		err := row.Scan(&a.ID, &a.Person, &a.Substitute, &from, &until, &a.SetBy)
		a.From, a.Until = at(from), at(until)
		return a, err
	}, "SELECT id, person, substitute, from_at, until_at, set_by FROM absences WHERE until_at > $1 ORDER BY from_at, id", micros(when))
	return found, fault("store.absences", err)
}
