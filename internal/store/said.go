package store

import (
	"context"
	"database/sql"
	"time"

	"handover/domain"
)

// Said is what HR last said of an employment, in the order of its own time.
type Said struct {
	State  domain.EmploymentState
	At     time.Time // HR's own time
	Moment domain.LastMoment
	Ends   time.Time
}

// SayEmployment keeps what HR said of an employment, unless it said something
// newer before. It answers what stands now, and whether this is it.
func (s *Store) SayEmployment(ctx context.Context, id string, said Said) (Said, bool, error) {
	stands, mine := said, false
	err := s.transact(ctx, "store.say_employment", func(tx *sql.Tx) error {
		var us, ends int64
		var old Said
		if err := tx.QueryRowContext(ctx, "UPDATE employments SET runs = runs WHERE id = $1 RETURNING state, said_at, moment_local, moment_zone, ends", id).
			Scan(&old.State, &us, &old.Moment.Local, &old.Moment.Zone, &ends); err != nil {
			return err
		}
		old.At, old.Ends = at(us), at(ends)
		if mine = !domain.Supersedes(old.At, said.At); !mine {
			stands = old
			return nil
		}
		stands = said
		_, err := tx.ExecContext(ctx, "UPDATE employments SET state = $1, said_at = $2, moment_local = $3, moment_zone = $4, ends = $5 WHERE id = $6",
			string(said.State), micros(said.At), said.Moment.Local, said.Moment.Zone, micros(said.Ends), id)
		return err
	})
	return stands, mine, err
}

// SaidOf is what HR last said of an employment.
func (s *Store) SaidOf(ctx context.Context, id string) (Said, error) {
	var said Said
	var us, ends int64
	err := s.reader.QueryRowContext(ctx, "SELECT state, said_at, moment_local, moment_zone, ends FROM employments WHERE id = $1", id).
		Scan(&said.State, &us, &said.Moment.Local, &said.Moment.Zone, &ends)
	said.At, said.Ends = at(us), at(ends)
	return said, fault("store.said_of", err)
}
