package temporal

import (
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"handover/internal/pgtest"
)

func TestPostgres(t *testing.T) {
	database := pgtest.Database(t)
	s := start(t, Options{DataDir: t.TempDir(), Database: database})
	c := dial(t, s)
	require.Equal(t, defaultRetention, retention(t, c, defaultNamespace))
	stopWork := work(t, c)
	runNap(t, c, "before")

	_, err := Start(t.Context(), Options{DataDir: t.TempDir(), Addr: ":0", Database: database})
	require.ErrorIs(t, err, ErrInUse)
	stopWork()
	stop(t, s)

	// Another folder and a schema that is there already.
	s = start(t, Options{DataDir: t.TempDir(), Database: database, Retention: 48 * time.Hour})
	c = dial(t, s)
	require.Equal(t, 48*time.Hour, retention(t, c, defaultNamespace))
	requireNapped(t, c, "before")
	work(t, c)
	runNap(t, c, "after")
}

func TestPostgresCreatesDatabase(t *testing.T) {
	address, err := url.Parse(pgtest.Database(t))
	require.NoError(t, err)
	fresh := withDatabase(address, databaseName(address)+"_fresh") // dropped with the other
	for range 2 {
		require.NoError(t, ensureDatabase(t.Context(), fresh))
	}
	conn, err := pgx.Connect(t.Context(), fresh.String())
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
}

func TestPostgresConfig(t *testing.T) {
	t.Parallel()
	address, err := parsePostgres("postgres://me%40corp:a%2Fb%3F@db.example.com:5433/handover_temporal?sslmode=verify-full&sslrootcert=/ca.pem")
	require.NoError(t, err)
	settings := postgresConfig(address)
	require.Equal(t, "db.example.com:5433", settings.ConnectAddr)
	require.Equal(t, "me%40corp", settings.User, "the driver does not escape it")
	require.Equal(t, "a/b?", settings.Password, "the driver escapes it")
	require.Equal(t, "handover_temporal", settings.DatabaseName)
	require.Equal(t, map[string]string{"sslmode": "verify-full", "sslrootcert": "/ca.pem"}, settings.ConnectAttributes)

	address, err = parsePostgres("postgresql://me@db/temporal")
	require.NoError(t, err)
	require.Equal(t, "prefer", postgresConfig(address).ConnectAttributes["sslmode"])
}
