package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// errDSN does not show the value: it may hold a password.
var errDSN = errors.New("read DATABASE_URL: not a URL of the form postgres://user:password@host:5432/handover")

// OpenPostgres connects to a PostgreSQL database. It fails when nobody answers.
func OpenPostgres(ctx context.Context, dsn string) (*Store, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errDSN
	}
	config.MaxConnLifetimeJitter = 10 * time.Minute // else all connections of a start end together
	config.PingTimeout = 3 * time.Second
	config.MinIdleConns = 1
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open postgresql: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fault("store.open", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	return Open(db, db, Options{OnClose: pool.Close}), nil
}
