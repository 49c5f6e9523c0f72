package store

import (
	"context"

	"handover/domain"
)

// Standings tells how runs stand with one step in one app, and what HR last said
// of their people, by run. It is two reads, however many there are: a thousand
// are asked about at one moment.
func (s *Store) Standings(ctx context.Context, app domain.AppID, step domain.StepKey, runs []string) (map[string]domain.Standing, error) {
	found := make(map[string]domain.Standing, len(runs))
	if len(runs) == 0 {
		return found, nil
	}
	args, people := []any{string(app), string(step)}, []any{}
	for _, id := range runs {
		args = append(args, id)
	}
	rows, err := collect(ctx, s.reader, func(row scanner) (domain.Standing, error) {
		var st domain.Standing
		r := &st.Run
		err := row.Scan(&r.ID, &r.Person, &r.Employment, &r.Authority, &r.State, &st.Step)
		return st, err
	}, `SELECT r.id, r.person, r.employment, r.authority, r.state, COALESCE(s.state, '') FROM runs r
		LEFT JOIN steps s ON s.run = r.id AND s.app = $1 AND s.step = $2 WHERE r.id IN (`+list(3, len(runs))+`)`, args...)
	if err != nil || len(rows) == 0 {
		return found, fault("store.standings", err)
	}
	for _, st := range rows {
		found[st.Run.ID] = st
		people = append(people, string(st.Run.Person))
	}
	all, err := collect(ctx, s.reader, scanEmployment, "SELECT "+employmentColumns+" FROM employments WHERE person IN ("+list(1, len(people))+") ORDER BY starts DESC, id", people...)
	for id, st := range found {
		for _, e := range all {
			if e.Person == st.Run.Person {
				st.Employments = append(st.Employments, e)
			}
		}
		found[id] = st
	}
	return found, fault("store.standings", err)
}
