package store

import (
	"context"
	"database/sql"

	"handover/domain"
)

// NotePack keeps where the evidence pack of a run was written and which bytes
// it has, and says so in the run's chain, once for the same bytes.
func (s *Store) NotePack(ctx context.Context, run, path, sha256 string) error {
	return s.transact(ctx, "store.note_pack", func(tx *sql.Tx) error {
		now := s.now()
		r, err := readRun(ctx, tx, run)
		if err != nil {
			return err
		}
		event := domain.AuditEvent{Key: run + "/evidence/" + sha256, Run: run, Kind: domain.EventEvidenceBuilt, Actor: domain.SystemActor, Subject: r.Person,
			Target: sha256, At: now}
		if err := s.record(ctx, tx, domain.Entry{Run: run, Events: []domain.AuditEvent{event}}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO packs (run, sha256, path, at) VALUES ($1, $2, $3, $4) ON CONFLICT (run, sha256) DO UPDATE SET path = excluded.path",
			run, sha256, path, micros(now)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE runs SET evidence_path = $1 WHERE id = $2", path, run)
		return err
	})
}
