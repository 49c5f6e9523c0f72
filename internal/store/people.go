package store

import (
	"context"
	"database/sql"
	"strings"

	"handover/domain"
)

const personColumns = "id, email, name, state, manager, roles, department, title, location, kind, sponsor, ends_at"

func scanPerson(row scanner) (domain.Person, error) {
	var p domain.Person
	var roles string
	var ends int64
	if err := row.Scan(&p.ID, &p.Email, &p.Name, &p.State, &p.Manager, &roles, &p.Department, &p.Title, &p.Location, &p.Kind, &p.Sponsor, &ends); err != nil {
		return p, err
	}
	p.Ends = at(ends)
	for name := range strings.SplitSeq(roles, ",") {
		if name != "" {
			p.Roles = append(p.Roles, domain.Role(name))
		}
	}
	return p, nil
}

// UpsertPerson finds the person with an email, or makes one. A new name
// replaces the old one; an empty name leaves it.
func (s *Store) UpsertPerson(ctx context.Context, email, name string) (domain.Person, error) {
	email, name = domain.NormalEmail(text(email)), strings.TrimSpace(text(name))
	if !domain.LooksLikeEmail(email) {
		return domain.Person{}, domain.NewFault(domain.FaultInvalid, "store.upsert_person", "", "this is no email address", nil)
	}
	var p domain.Person
	err := s.transact(ctx, "store.upsert_person", func(tx *sql.Tx) error {
		id := opaque()
		fresh, err := touched(tx.ExecContext(ctx, `INSERT INTO people (id, email, name, state, manager, roles, erased_at) VALUES ($1, $2, $3, $4, '', '', 0)
			ON CONFLICT (email) WHERE email <> '' DO NOTHING`, id, email, name, string(domain.PersonActive)))
		if err != nil {
			return err
		}
		if p, err = scanPerson(tx.QueryRowContext(ctx, "UPDATE people SET email = email WHERE email = $1 RETURNING "+personColumns, email)); err != nil {
			return err
		}
		if !fresh && (name == "" || name == p.Name) {
			return nil
		}
		p.Name = name
		if _, err := tx.ExecContext(ctx, "UPDATE people SET name = $1 WHERE id = $2", name, string(p.ID)); err != nil {
			return err
		}
		return s.commitTo(ctx, tx, p)
	})
	return p, err
}

// commitTo keeps what a person is called now behind a fresh salt, so that a
// pack can prove who an id was.
func (s *Store) commitTo(ctx context.Context, tx *sql.Tx, p domain.Person) error {
	salt := secret()
	_, err := tx.ExecContext(ctx, `INSERT INTO person_proofs (person, version, email, name, salt, commitment, at)
		SELECT CAST($1 AS text), COALESCE(MAX(version), 0) + 1, CAST($2 AS text), CAST($3 AS text), CAST($4 AS text), CAST($5 AS text), CAST($6 AS bigint)
		FROM person_proofs WHERE person = $7`,
		string(p.ID), p.Email, p.Name, salt, domain.PersonCommitment(salt, p.Email, p.Name), micros(s.now()), string(p.ID))
	return err
}

// Person finds a person by id.
func (s *Store) Person(ctx context.Context, id domain.PersonID) (domain.Person, error) {
	p, err := scanPerson(s.reader.QueryRowContext(ctx, "SELECT "+personColumns+" FROM people WHERE id = $1", string(id)))
	return p, fault("store.person", err)
}

// PersonByEmail finds a person by their email, without regard to case.
func (s *Store) PersonByEmail(ctx context.Context, email string) (domain.Person, error) {
	email = domain.NormalEmail(email)
	if email == "" {
		return domain.Person{}, domain.NewFault(domain.FaultNotFound, "store.person_by_email", "", "nobody has an empty email", nil)
	}
	p, err := scanPerson(s.reader.QueryRowContext(ctx, "SELECT "+personColumns+" FROM people WHERE email = $1", email))
	return p, fault("store.person_by_email", err)
}

// PeoplePage pages through everybody who was not erased, in the order of their
// ids; the first page begins after "".
func (s *Store) PeoplePage(ctx context.Context, after domain.PersonID, limit int) ([]domain.Person, error) {
	q := &query{text: "SELECT " + personColumns + " FROM people WHERE erased_at = 0"}
	q.where("id > ?", string(after))
	q.order("id", limit)
	found, err := collect(ctx, s.reader, scanPerson, q.text, q.args...)
	return found, fault("store.people_page", err)
}

// SetRoles replaces what a person may do inside Handover. Somebody who left gets
// nothing.
func (s *Store) SetRoles(ctx context.Context, id domain.PersonID, roles []domain.Role) error {
	names := make([]string, 0, len(roles))
	for _, r := range roles {
		names = append(names, string(r))
	}
	known, err := touched(s.writer.ExecContext(ctx, "UPDATE people SET roles = CASE WHEN state = $1 THEN '' ELSE $2 END WHERE id = $3",
		string(domain.PersonLeft), strings.Join(names, ","), string(id)))
	if err == nil && !known {
		err = sql.ErrNoRows
	}
	return fault("store.set_roles", err)
}

// SetManager notes whom a person reports to; "" is nobody.
func (s *Store) SetManager(ctx context.Context, id, manager domain.PersonID) error {
	return s.setPerson(ctx, id, "manager", string(manager))
}

// SetPersonState notes where a person stands with the company.
func (s *Store) SetPersonState(ctx context.Context, id domain.PersonID, state domain.PersonState) error {
	return s.setPerson(ctx, id, "state", string(state))
}

func (s *Store) setPerson(ctx context.Context, id domain.PersonID, column, value string) error {
	known, err := touched(s.writer.ExecContext(ctx, "UPDATE people SET "+column+" = $1 WHERE id = $2", value, string(id)))
	if err == nil && !known {
		err = sql.ErrNoRows
	}
	return fault("store.set_person", err)
}

// PersonProofs lists what a person was called, oldest first. Of an erased
// person only the commitments are left.
func (s *Store) PersonProofs(ctx context.Context, id domain.PersonID) ([]domain.PersonProof, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (domain.PersonProof, error) {
		p := domain.PersonProof{Person: id}
		var us int64
		err := row.Scan(&p.Email, &p.Name, &p.Salt, &p.Commitment, &us)
		p.At = at(us)
		return p, err
	}, "SELECT email, name, salt, commitment, at FROM person_proofs WHERE person = $1 ORDER BY version", string(id))
	return found, fault("store.person_proofs", err)
}
