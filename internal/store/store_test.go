package store_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/internal/pgtest"
	"handover/internal/store"
	"handover/internal/store/storetest"
)

var (
	_ activities.Ledger    = (*store.Store)(nil)
	_ activities.Transfers = (*store.Store)(nil)
	_ activities.Reviews   = (*store.Store)(nil)
)

func open(t *testing.T) storetest.Database {
	t.Helper()
	dsn := pgtest.Database(t)
	s, err := store.OpenPostgres(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return storetest.Database{Store: s, Exec: func(ctx context.Context, statement string) error {
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		_, err = conn.Exec(ctx, statement)
		return err
	}}
}

func TestStore(t *testing.T) { storetest.Run(t, open) }
