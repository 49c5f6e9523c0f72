// Package sqlitestore keeps Handover's store in one SQLite file, for an
// installation that is a single process.
package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"handover/internal/store"
)

// readers is how many connections read beside the one that writes.
const readers = 4

// Open opens the store in a file, which it makes, readable by its owner only,
// where there is none. The caller migrates and closes it.
func Open(ctx context.Context, path string) (*store.Store, error) {
	// A file: URL of a relative path would name a host.
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database file: %w", err)
	}
	if err := create(path); err != nil {
		return nil, err
	}
	// A transaction takes the lock when it begins: one that reads first and
	// writes later would fail as busy instead of waiting.
	writer, err := connect(ctx, path, 1, "_txlock", "immediate")
	if err != nil {
		return nil, err
	}
	reader, err := connect(ctx, path, readers, "_pragma", "query_only(1)")
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	return store.Open(writer, reader, store.Options{}), nil
}

func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("make database file: %w", err)
	}
	return file.Close()
}

// connect opens a number of connections, all kept: a new one costs its pragmas.
func connect(ctx context.Context, path string, connections int, option, value string) (*sql.DB, error) {
	options := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}}
	options.Add(option, value)
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: options.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open database file: %w", err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database file: %w", err), db.Close())
	}
	return db, nil
}
