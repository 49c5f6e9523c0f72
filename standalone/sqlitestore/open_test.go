package sqlitestore

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/store/storetest"
)

func open(t *testing.T) storetest.Database {
	t.Helper()
	path := filepath.Join(t.TempDir(), "handover.db")
	s, err := Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return storetest.Database{Store: s, Exec: func(ctx context.Context, statement string) error {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			return err
		}
		defer func() { _ = db.Close() }()
		_, err = db.ExecContext(ctx, statement)
		return err
	}}
}

func TestStore(t *testing.T) { storetest.Run(t, open) }

func TestFileIsKeptAndForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new folder", "odd %name?.db")
	s, err := Open(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	dana, err := s.UpsertPerson(t.Context(), "dana@example.com", "Dana Reyes")
	require.NoError(t, err)
	require.NoError(t, s.Close())

	s, err = Open(t.Context(), path)
	require.NoError(t, err)
	found, err := s.PersonByEmail(t.Context(), "dana@example.com")
	require.NoError(t, err)
	require.Equal(t, dana, found)
	require.NoError(t, s.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NotZero(t, info.Size(), "the driver used another file")
}
