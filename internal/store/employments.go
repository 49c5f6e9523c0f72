package store

import (
	"context"
	"database/sql"
	"time"

	"handover/domain"
)

// UpsertEmployment finds an employment by the key under which HR knows it, or
// makes one with an opaque id of our own. Known dates replace older ones.
func (s *Store) UpsertEmployment(ctx context.Context, hrKey string, e domain.Employment) (domain.Employment, error) {
	if hrKey = text(hrKey); hrKey == "" {
		return e, domain.NewFault(domain.FaultInvalid, "store.upsert_employment", "", "an employment needs the key under which HR knows it", nil)
	}
	err := s.transact(ctx, "store.upsert_employment", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO employments (id, hr_key, person, starts, ends, runs) VALUES ($1, $2, $3, 0, 0, 0)
			ON CONFLICT (hr_key) DO NOTHING`, opaque(), hrKey, string(e.Person)); err != nil {
			return err
		}
		starts, ends, kind := e.Starts, e.Ends, e.Kind
		found, err := scanEmployment(tx.QueryRowContext(ctx, "UPDATE employments SET runs = runs WHERE hr_key = $1 RETURNING "+employmentColumns, hrKey))
		if err != nil {
			return err
		}
		if found.Person != e.Person {
			return domain.NewFault(domain.FaultConflict, "store.upsert_employment", "", "this employment belongs to another person: check the id that HR sent", nil)
		}
		found.Starts, found.Ends = orOld(starts, found.Starts), orOld(ends, found.Ends)
		if kind != "" {
			found.Kind = kind
		}
		_, err = tx.ExecContext(ctx, "UPDATE employments SET starts = $1, ends = $2, kind = $3 WHERE id = $4", micros(found.Starts), micros(found.Ends), text(found.Kind), found.ID)
		e = found
		return err
	})
	return e, err
}

// madeUp are the keys of employments that a person's request made up: HR's never
// begin so.
const madeUp = "person:"

// MadeUpKey is the key of the employment of somebody whom HR has not named.
func MadeUpKey(person domain.PersonID) string { return madeUp + string(person) }

const employmentColumns = "id, person, starts, ends, state, said_at, kind, hr_key LIKE '" + madeUp + "%'"

func scanEmployment(row scanner) (domain.Employment, error) {
	var e domain.Employment
	var starts, ends, said int64
	err := row.Scan(&e.ID, &e.Person, &starts, &ends, &e.State, &said, &e.Kind, &e.MadeUp)
	e.Starts, e.Ends, e.SaidAt = at(starts), at(ends), at(said)
	return e, err
}

// EmploymentByKey finds an employment by HR's key.
func (s *Store) EmploymentByKey(ctx context.Context, hrKey string) (domain.Employment, error) {
	e, err := scanEmployment(s.reader.QueryRowContext(ctx, "SELECT "+employmentColumns+" FROM employments WHERE hr_key = $1", hrKey))
	return e, fault("store.employment_by_key", err)
}

// Employments lists the employments of a person, the one that began last first.
func (s *Store) Employments(ctx context.Context, person domain.PersonID) ([]domain.Employment, error) {
	found, err := collect(ctx, s.reader, scanEmployment, "SELECT "+employmentColumns+" FROM employments WHERE person = $1 ORDER BY starts DESC, id", string(person))
	return found, fault("store.employments", err)
}

// Hire is an employment under the key by which HR knows it.
type Hire struct {
	Key        string
	Employment domain.Employment
}

// HiresOf lists the employments of a person that HR told of and that have not
// ended at a moment.
func (s *Store) HiresOf(ctx context.Context, person domain.PersonID, now time.Time) ([]Hire, error) {
	found, err := collect(ctx, s.reader, scanHire, "SELECT "+hireColumns+` FROM employments e
		WHERE e.person = $1 AND (e.state = '' OR e.state = 'ending' AND e.ends > $2) AND e.hr_key NOT LIKE 'person:%' AND e.hr_key NOT LIKE 'erased:%' ORDER BY e.hr_key`,
		string(person), micros(now))
	return found, fault("store.hires_of", err)
}

const hireColumns = "e.hr_key, e.id, e.person, e.starts, e.ends, e.state, e.said_at, e.kind"

func scanHire(row scanner) (Hire, error) {
	var h Hire
	var starts, ends, said int64
	e := &h.Employment
	err := row.Scan(&h.Key, &e.ID, &e.Person, &starts, &ends, &e.State, &said, &e.Kind)
	e.Starts, e.Ends, e.SaidAt = at(starts), at(ends), at(said)
	return h, err
}

// OpenHires lists the employments that HR told of and that have no end, of people
// who are with the company. An employment that a person's command made up is not
// among them.
func (s *Store) OpenHires(ctx context.Context) ([]Hire, error) {
	found, err := collect(ctx, s.reader, scanHire, "SELECT "+hireColumns+` FROM employments e JOIN people p ON p.id = e.person
		WHERE e.state = '' AND e.hr_key NOT LIKE 'person:%' AND e.hr_key NOT LIKE 'erased:%' AND p.state IN ('active', 'on_leave') ORDER BY e.hr_key`)
	return found, fault("store.open_hires", err)
}
