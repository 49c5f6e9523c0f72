package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Options holds what differs between installations. The zero value is right.
type Options struct {
	// Now is the clock, default time.Now.
	Now func() time.Time
	// OnClose is called after the databases are closed, for a pool behind them.
	OnClose func()
}

// Store is the one place where Handover keeps its data.
type Store struct {
	writer  *sql.DB
	reader  *sql.DB
	clock   func() time.Time
	onClose func()
}

// Open makes a store of open databases. PostgreSQL gives the same database
// twice; SQLite one writer and separate readers. The store closes both.
func Open(writer, reader *sql.DB, o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnClose == nil {
		o.OnClose = func() {}
	}
	return &Store{writer: writer, reader: reader, clock: o.Now, onClose: o.OnClose}
}

// Close closes the databases.
func (s *Store) Close() error {
	err := s.writer.Close()
	if s.reader != s.writer {
		err = errors.Join(err, s.reader.Close())
	}
	s.onClose()
	return err
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return fault("store.ping", s.reader.PingContext(ctx))
}

// now is the present as it is kept: UTC, in microseconds.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// querier is a database or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
