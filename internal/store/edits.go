package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"handover/domain"
)

// outdate marks the messages about what an entry changes, in the transaction
// that changes it, so that none is forgotten.
func (w *entryWriter) outdate(ctx context.Context) error {
	about := append(w.about, w.entry.About...)
	slices.Sort(about)
	for _, id := range slices.Compact(about) {
		if _, err := w.tx.ExecContext(ctx, "UPDATE deliveries SET wanted = wanted + 1, due_at = CASE WHEN live THEN $1 ELSE due_at END WHERE about = $2",
			micros(w.now), id); err != nil {
			return err
		}
	}
	return nil
}

// LeaseEdits takes up to n messages that show less than they should, for a time.
func (s *Store) LeaseEdits(ctx context.Context, n int, leaseFor time.Duration) ([]Delivery, error) {
	return s.leaseDeliveries(ctx, "store.lease_edits", `UPDATE deliveries SET leased_until = $1
		WHERE (notice, person) IN (SELECT notice, person FROM deliveries WHERE live AND wanted > shown AND due_at <= $2 AND leased_until < $3 ORDER BY due_at LIMIT $4)
		AND live AND wanted > shown AND leased_until < $5 RETURNING notice, person`, n, leaseFor)
}

// EditDone notes up to which change a message shows what it is about, and where
// it stands now. A message that will not change again is no longer live.
func (s *Store) EditDone(ctx context.Context, notice string, to domain.PersonID, ref string, shown int64, live bool) error {
	_, err := s.writer.ExecContext(ctx, "UPDATE deliveries SET shown = $1, message_ref = $2, live = $3, leased_until = 0, last_error = '' WHERE notice = $4 AND person = $5",
		shown, ref, live, notice, string(to))
	return fault("store.edit_done", err)
}

// EditFailed gives an edit back until a moment. why must hold nothing personal.
func (s *Store) EditFailed(ctx context.Context, notice string, to domain.PersonID, retryAt time.Time, why string) error {
	_, err := s.writer.ExecContext(ctx, "UPDATE deliveries SET due_at = $1, leased_until = 0, last_error = $2 WHERE notice = $3 AND person = $4 AND live",
		micros(retryAt), text(why), notice, string(to))
	return fault("store.edit_failed", err)
}

// Adopt keeps a message that somebody has before them though nobody noted where
// it stands: the process that posted it died, or the answer was lost. From now
// on it shows the state of what it is about, like the others. It answers whether
// there was something to adopt.
func (s *Store) Adopt(ctx context.Context, about string, person domain.PersonID, ref string) (bool, error) {
	adopted := false
	err := s.transact(ctx, "store.adopt", func(tx *sql.Tx) error {
		rows, err := collect(ctx, tx, scanDelivery, "SELECT "+deliveryColumns+` FROM deliveries d JOIN notices n ON n.id = d.notice
			WHERE d.about = $1 AND d.person = $2 ORDER BY d.at, n.id`, about, string(person))
		if err != nil || len(rows) == 0 || slices.ContainsFunc(rows, func(d Delivery) bool { return d.Ref == ref }) {
			return err
		}
		n := rows[0].Notice
		n.ID, n.To = n.ID+"/copy/"+ref, []domain.PersonID{person}
		if _, err := s.insertNotices(ctx, tx, []domain.Notice{n}); err != nil {
			return err
		}
		adopted, err = touched(tx.ExecContext(ctx, "UPDATE deliveries SET sent_at = $1, message_ref = $2, live = $3, wanted = 1 WHERE notice = $4 AND person = $5 AND sent_at = 0",
			micros(s.now()), ref, true, n.ID, string(person)))
		return err
	})
	return adopted, err
}
