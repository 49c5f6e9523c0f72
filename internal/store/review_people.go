package store

import (
	"context"
	"slices"
	"time"

	"handover/domain"
)

// PeopleByEmail finds the people with these emails, without regard to case. Emails
// of nobody are left out.
func (s *Store) PeopleByEmail(ctx context.Context, emails []string) ([]domain.Person, error) {
	wanted := make([]string, 0, len(emails))
	for _, e := range emails {
		if e = domain.NormalEmail(text(e)); e != "" {
			wanted = append(wanted, e)
		}
	}
	return s.peopleWhere(ctx, "store.people_by_email", "email", wanted)
}

// PeopleByID finds people by their ids. Ids of nobody are left out.
func (s *Store) PeopleByID(ctx context.Context, ids []domain.PersonID) ([]domain.Person, error) {
	wanted := make([]string, 0, len(ids))
	for _, id := range ids {
		wanted = append(wanted, string(id))
	}
	return s.peopleWhere(ctx, "store.people_by_id", "id", wanted)
}

func (s *Store) peopleWhere(ctx context.Context, op, column string, wanted []string) ([]domain.Person, error) {
	var found []domain.Person
	slices.Sort(wanted)
	for part := range slices.Chunk(slices.Compact(wanted), reviewBatch) {
		people, err := collect(ctx, s.reader, scanPerson, "SELECT "+personColumns+" FROM people WHERE "+column+" IN ("+list(1, len(part))+") ORDER BY id", anys(nil, part)...)
		if err != nil {
			return nil, fault(op, err)
		}
		found = append(found, people...)
	}
	return found, nil
}

// StartDates is when the newest employment of each person began, where HR said.
func (s *Store) StartDates(ctx context.Context, people []domain.PersonID) (map[domain.PersonID]time.Time, error) {
	found := map[domain.PersonID]time.Time{}
	for part := range slices.Chunk(people, reviewBatch) {
		if _, err := collect(ctx, s.reader, func(row scanner) (domain.PersonID, error) {
			var id domain.PersonID
			var us int64
			err := row.Scan(&id, &us)
			found[id] = at(us)
			return id, err
		}, "SELECT person, MAX(starts) FROM employments WHERE starts > 0 AND hr_key NOT LIKE '"+madeUp+"%' AND person IN ("+list(1, len(part))+") GROUP BY person",
			anys(nil, part)...); err != nil {
			return nil, fault("store.start_dates", err)
		}
	}
	return found, nil
}

// HeardOfPeople is HR's newest word on anybody, and how many people it knows.
func (s *Store) HeardOfPeople(ctx context.Context) (time.Time, int, error) {
	var facts, said int64
	var n int
	err := s.reader.QueryRowContext(ctx, `SELECT (SELECT COALESCE(MAX(facts_at), 0) FROM people), (SELECT COALESCE(MAX(said_at), 0) FROM employments),
		(SELECT COUNT(*) FROM people p WHERE p.erased_at = 0 AND (p.facts_at > 0 OR EXISTS
			(SELECT 1 FROM employments e WHERE e.person = p.id AND e.hr_key NOT LIKE '`+madeUp+`%')))`).Scan(&facts, &said, &n)
	return at(max(facts, said)), n, fault("store.heard_of_people", err)
}

// ConfidentialLeavers are the people of whom a confidential leaving stands or is over,
// unless it was taken back.
func (s *Store) ConfidentialLeavers(ctx context.Context) ([]domain.PersonID, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (domain.PersonID, error) {
		var id domain.PersonID
		return id, row.Scan(&id)
	}, "SELECT DISTINCT person FROM runs WHERE confidential AND kind = $1 AND state NOT IN ('retracted', 'denied') ORDER BY person", string(domain.RunOffboarding))
	return found, fault("store.confidential_leavers", err)
}
