package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"handover/domain"
)

// LearnPerson keeps what HR says of a person, unless it said something newer
// before. A new email replaces the old one; one that somebody else has is a
// fault of kind conflict. It answers whether it was news.
func (s *Store) LearnPerson(ctx context.Context, id domain.PersonID, email, name string, facts domain.PersonFacts, said time.Time) (bool, error) {
	learnt := false
	err := s.transact(ctx, "store.learn_person", func(tx *sql.Tx) error {
		var factsAt int64
		if err := tx.QueryRowContext(ctx, "UPDATE people SET email = email WHERE id = $1 RETURNING facts_at", string(id)).Scan(&factsAt); err != nil {
			return err
		}
		if learnt = !domain.Supersedes(at(factsAt), said); !learnt {
			return nil
		}
		if err := s.rename(ctx, tx, id, domain.NormalEmail(text(email)), text(name)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE people SET department = $1, title = $2, location = $3, kind = $4, sponsor = $5, ends_at = $6, facts_at = $7 WHERE id = $8`,
			text(facts.Department), text(facts.Title), text(facts.Location), text(facts.Kind), string(facts.Sponsor), micros(facts.Ends), micros(said), string(id))
		return err
	})
	return learnt, err
}

// rename changes what a person is called, with a new commitment to it.
func (s *Store) rename(ctx context.Context, tx *sql.Tx, id domain.PersonID, email, name string) error {
	p, err := scanPerson(tx.QueryRowContext(ctx, "SELECT "+personColumns+" FROM people WHERE id = $1", string(id)))
	if err != nil {
		return err
	}
	changed := p
	if email != "" {
		changed.Email = email
	}
	if name != "" {
		changed.Name = name
	}
	if changed.Email == p.Email && changed.Name == p.Name {
		return nil
	}
	var other string
	err = tx.QueryRowContext(ctx, "SELECT id FROM people WHERE email = $1 AND id <> $2", changed.Email, string(id)).Scan(&other)
	switch {
	case err == nil:
		return domain.NewFault(domain.FaultConflict, "store.learn_person", "", "somebody else has this email already: two people cannot share one", nil)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE people SET email = $1, name = $2 WHERE id = $3", changed.Email, changed.Name, string(id)); err != nil {
		return err
	}
	return s.commitTo(ctx, tx, changed)
}

// Headcount counts the people who are with the company, and those of each
// department, so that the brake can tell shares.
func (s *Store) Headcount(ctx context.Context) (domain.Headcount, error) {
	h := domain.Headcount{Department: map[string]int{}}
	type row struct {
		department string
		n          int
	}
	rows, err := collect(ctx, s.reader, func(r scanner) (row, error) {
		var v row
		err := r.Scan(&v.department, &v.n)
		return v, err
	}, `SELECT department, COUNT(*) FROM people WHERE erased_at = 0 AND state IN ('active', 'on_leave', 'leaving')
		AND EXISTS (SELECT 1 FROM employments e WHERE e.person = people.id) GROUP BY department ORDER BY department`)
	for _, r := range rows {
		h.Company += r.n
		h.Department[r.department] = r.n
	}
	return h, fault("store.headcount", err)
}
