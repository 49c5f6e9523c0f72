package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"handover/domain"
)

// PauseApp notes that an app refuses our credentials. Notice and event are
// written the first time only, so that one message goes out and not one per run.
func (s *Store) PauseApp(ctx context.Context, app domain.AppID, notice domain.Notice, event domain.AuditEvent) error {
	return s.transact(ctx, "store.pause_app", func(tx *sql.Tx) error {
		if err := ensureApp(ctx, tx, app); err != nil {
			return err
		}
		first, err := touched(tx.ExecContext(ctx, "UPDATE apps SET paused_at = $1 WHERE app = $2 AND paused_at = 0", micros(s.now()), string(app)))
		if err != nil || !first {
			return err
		}
		return s.record(ctx, tx, domain.Entry{Notices: []domain.Notice{notice}, Events: []domain.AuditEvent{event}})
	})
}

// ResumeApp notes that the credentials work again; without a pause it does
// nothing and costs one read.
func (s *Store) ResumeApp(ctx context.Context, app domain.AppID, event domain.AuditEvent) error {
	since, err := s.AppPaused(ctx, app)
	if err != nil || since.IsZero() {
		return err
	}
	return s.transact(ctx, "store.resume_app", func(tx *sql.Tx) error {
		first, err := touched(tx.ExecContext(ctx, "UPDATE apps SET paused_at = 0 WHERE app = $1 AND paused_at <> 0", string(app)))
		if err != nil || !first {
			return err
		}
		return s.record(ctx, tx, domain.Entry{Events: []domain.AuditEvent{event}})
	})
}

// AppPaused tells since when an app refuses our credentials; zero when it
// does not.
func (s *Store) AppPaused(ctx context.Context, app domain.AppID) (time.Time, error) {
	var us int64
	err := s.reader.QueryRowContext(ctx, "SELECT paused_at FROM apps WHERE app = $1", string(app)).Scan(&us)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return at(us), fault("store.app_paused", err)
}
