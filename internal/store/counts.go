package store

import (
	"context"
	"time"
)

// Counts is what an operator watches: how much waits, and since when.
type Counts struct {
	Runs      map[string]int // open runs and ended ones, by recorded state
	Steps     map[string]int // steps of open runs, by state
	Approvals int            // open
	Tasks     int            // open or said done
	Paused    int            // apps that refuse our credentials
	Commands  int            // waiting for Temporal
	CommandAt time.Time      // when the oldest of them was due
}

// Counts reads the figures for the metrics.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	c := Counts{Runs: map[string]int{}, Steps: map[string]int{}}
	for query, into := range map[string]map[string]int{
		"SELECT state, COUNT(*) FROM runs GROUP BY state": c.Runs,
		"SELECT s.state, COUNT(*) FROM steps s JOIN runs r ON r.id = s.run WHERE r.state NOT IN ('closed', 'retracted', 'denied') GROUP BY s.state": c.Steps,
	} {
		if err := s.countBy(ctx, query, into); err != nil {
			return c, fault("store.counts", err)
		}
	}
	for query, into := range map[string]*int{
		"SELECT COUNT(*) FROM approvals WHERE state = 'open'":        &c.Approvals,
		"SELECT COUNT(*) FROM tasks WHERE state IN ('open', 'done')": &c.Tasks,
		"SELECT COUNT(*) FROM apps WHERE paused_at > 0":              &c.Paused,
	} {
		if err := s.reader.QueryRowContext(ctx, query).Scan(into); err != nil {
			return c, fault("store.counts", err)
		}
	}
	var err error
	c.Commands, c.CommandAt, err = s.OutboxDepth(ctx)
	return c, err
}

func (s *Store) countBy(ctx context.Context, query string, into map[string]int) error {
	type count struct {
		state string
		n     int
	}
	rows, err := collect(ctx, s.reader, func(row scanner) (count, error) {
		var c count
		err := row.Scan(&c.state, &c.n)
		return c, err
	}, query)
	for _, r := range rows {
		into[r.state] = r.n
	}
	return err
}
