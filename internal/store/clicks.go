package store

import (
	"context"
	"database/sql"
	"slices"
	"time"
)

// Click is what a person did in a chat system, as the door understood it.
type Click struct {
	ID         string // derived from the act, so that a repeated delivery is the same click
	Body       []byte
	ReceivedAt time.Time
	Attempts   int
}

// KeepClick keeps a click before it is acknowledged. It answers false when the
// same click is there already.
func (s *Store) KeepClick(ctx context.Context, c Click) (bool, error) {
	now := s.now()
	first, err := touched(s.writer.ExecContext(ctx, `INSERT INTO clicks (id, body, received_at, due_at, leased_until, attempts, done_at, outcome)
		VALUES ($1, $2, $3, $4, 0, 0, 0, '') ON CONFLICT (id) DO NOTHING`, c.ID, blob(c.Body), micros(now), micros(now)))
	return first, fault("store.keep_click", err)
}

// LeaseClicks takes up to n clicks that are due, oldest first, for a time.
func (s *Store) LeaseClicks(ctx context.Context, n int, leaseFor time.Duration) ([]Click, error) {
	var leased []Click
	err := s.transact(ctx, "store.lease_clicks", func(tx *sql.Tx) error {
		now := s.now()
		var err error
		leased, err = collect(ctx, tx, func(row scanner) (Click, error) {
			var c Click
			var received int64
			err := row.Scan(&c.ID, &c.Body, &received, &c.Attempts)
			c.ReceivedAt = at(received)
			return c, err
		}, `UPDATE clicks SET leased_until = $1, attempts = attempts + 1
			WHERE id IN (SELECT id FROM clicks WHERE done_at = 0 AND due_at <= $2 AND leased_until < $3 ORDER BY due_at, received_at, id LIMIT $4)
			AND done_at = 0 AND leased_until < $5 RETURNING id, body, received_at, attempts`,
			micros(now.Add(leaseFor)), micros(now), micros(now), n, micros(now))
		return err
	})
	slices.SortFunc(leased, func(a, b Click) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	return leased, err
}

// ClickDone notes what came of a click and empties its body.
func (s *Store) ClickDone(ctx context.Context, id, outcome string) error {
	_, err := s.writer.ExecContext(ctx, "UPDATE clicks SET done_at = $1, outcome = $2, body = $3 WHERE id = $4 AND done_at = 0",
		micros(s.now()), text(outcome), []byte{}, id)
	return fault("store.click_done", err)
}

// ClickFailed gives a click back until a moment.
func (s *Store) ClickFailed(ctx context.Context, id string, retryAt time.Time) error {
	_, err := s.writer.ExecContext(ctx, "UPDATE clicks SET due_at = $1, leased_until = 0 WHERE id = $2 AND done_at = 0", micros(retryAt), id)
	return fault("store.click_failed", err)
}
