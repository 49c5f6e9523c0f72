package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"handover/domain"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema to the version of this program, in one transaction.
// Processes that start together wait for one another. A newer schema is refused.
func (s *Store) Migrate(ctx context.Context) error {
	steps, err := readMigrations(migrations)
	if err != nil {
		return err
	}
	if err := s.prepareVersion(ctx); err != nil {
		return fault("store.migrate", err)
	}
	return s.transact(ctx, "store.migrate", func(tx *sql.Tx) error {
		var version int
		row := tx.QueryRowContext(ctx, "UPDATE schema_version SET version = version WHERE one = 1 RETURNING version")
		if err := row.Scan(&version); err != nil {
			return err
		}
		if version > len(steps) {
			return newerSchema(version, len(steps))
		}
		for _, statements := range steps[version:] {
			for _, statement := range statements {
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
		}
		if _, err := tx.ExecContext(ctx, "UPDATE schema_version SET version = $1 WHERE one = 1", len(steps)); err != nil {
			return err
		}
		return s.seal(ctx, tx)
	})
}

// SchemaVersion is the version of the database's schema, and the one that this
// program needs.
func (s *Store) SchemaVersion(ctx context.Context) (have, want int, err error) {
	steps, err := readMigrations(migrations)
	if err != nil {
		return 0, 0, err
	}
	err = s.reader.QueryRowContext(ctx, "SELECT version FROM schema_version WHERE one = 1").Scan(&have)
	return have, len(steps), fault("store.schema_version", err)
}

// prepareVersion makes the row that orders migrations. Two processes may try at
// once, and PostgreSQL's IF NOT EXISTS lets one of them fail. Where it is there
// nothing is made: the program may run as a role that may make no tables.
func (s *Store) prepareVersion(ctx context.Context) error {
	if _, _, err := s.SchemaVersion(ctx); err == nil {
		return nil
	}
	const create = "CREATE TABLE IF NOT EXISTS schema_version (one bigint PRIMARY KEY, version bigint NOT NULL)"
	if _, err := s.writer.ExecContext(ctx, create); err != nil && !lostRace(err) {
		return err
	}
	_, err := s.writer.ExecContext(ctx, "INSERT INTO schema_version (one, version) VALUES (1, 0) ON CONFLICT (one) DO NOTHING")
	return err
}

func newerSchema(have, known int) error {
	return domain.NewFault(domain.FaultConflict, "store.migrate", "", fmt.Sprintf(
		"the database has schema %d and this program knows %d: start the newer program, or restore the backup from before its first start", have, known), nil)
}

func lostRace(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "23505" || pg.Code == "42P07")
}

// readMigrations gives the statements of each numbered file. The numbers count
// from 1 without a gap.
func readMigrations(files fs.FS) ([][]string, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var steps [][]string
	for i, name := range names {
		if !strings.HasPrefix(name, fmt.Sprintf("migrations/%04d_", i+1)) {
			return nil, fmt.Errorf("read migrations: %s is not number %d", name, i+1)
		}
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		steps = append(steps, statements(string(raw)))
	}
	return steps, nil
}

// statements splits a file at the semicolons that end a line, without comments.
func statements(file string) []string {
	var lines []string
	for line := range strings.Lines(file) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			lines = append(lines, line)
		}
	}
	var found []string
	for _, s := range strings.Split(strings.Join(lines, ""), ";\n") {
		if s = strings.TrimSpace(s); s != "" {
			found = append(found, s)
		}
	}
	return found
}
