package store

import (
	"context"

	"handover/domain"
)

// signIn keeps how somebody had an app. What was kept first stays: a second look
// may find it half taken away.
func (w *entryWriter) signIn(ctx context.Context) error {
	kept := w.entry.SignIn
	if kept == nil {
		return nil
	}
	body, err := encode(kept.Assignment)
	if err != nil {
		return err
	}
	_, err = w.tx.ExecContext(ctx, "INSERT INTO sign_ins (run, app, body) VALUES ($1, $2, $3) ON CONFLICT (run, app) DO NOTHING", kept.Run, string(kept.App), body)
	return err
}

// SignIn finds how somebody had an app at the identity provider before a run took it
// away. Nothing kept is a fault of kind not_found.
func (s *Store) SignIn(ctx context.Context, run string, app domain.AppID) (domain.Assignment, error) {
	var body string
	if err := s.reader.QueryRowContext(ctx, "SELECT body FROM sign_ins WHERE run = $1 AND app = $2", run, string(app)).Scan(&body); err != nil {
		return domain.Assignment{}, fault("store.sign_in", err)
	}
	return decode[domain.Assignment](body)
}
