package store

import (
	"context"

	"handover/domain"
)

// pictures keeps what a browser showed. A picture that was kept is never replaced.
func (w *entryWriter) pictures(ctx context.Context) error {
	for _, p := range w.entry.Pictures {
		if _, err := w.tx.ExecContext(ctx, `INSERT INTO pictures (run, app, step, play, number, what, at, sha256, png) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (run, app, step, play, number) DO NOTHING`,
			p.Run, string(p.App), string(p.Step), p.Play, p.Number, text(p.What), micros(p.At), p.SHA256, blob(p.PNG)); err != nil {
			return err
		}
	}
	return nil
}

// Pictures lists what was kept of a run in the order in which it was shown, at
// most so many of one playing's steps at a time: after is the last row of the page
// before, or zero. The pictures themselves are in it.
func (s *Store) Pictures(ctx context.Context, run string, after domain.StepPicture, limit int) ([]domain.StepPicture, error) {
	return collect(ctx, s.reader, func(r scanner) (domain.StepPicture, error) {
		p := domain.StepPicture{Run: run}
		var us int64
		err := r.Scan(&p.App, &p.Step, &p.Play, &p.Number, &p.What, &us, &p.SHA256, &p.PNG)
		p.At = at(us)
		return p, err
	}, `SELECT app, step, play, number, what, at, sha256, png FROM pictures WHERE run = $1 AND (app, step, play, number) > ($2, $3, $4, $5)
		ORDER BY app, step, play, number LIMIT $6`, run, string(after.App), string(after.Step), after.Play, after.Number, limit)
}
