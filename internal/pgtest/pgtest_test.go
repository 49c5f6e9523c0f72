package pgtest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// childVariable makes this test binary act as a process that uses a database
// until it is killed.
const childVariable = "PGTEST_CHILD"

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestDatabasesAreEmptyAndApart(t *testing.T) {
	t.Parallel()
	first, second := connect(t, Database(t)), connect(t, Database(t))
	for _, conn := range []*pgx.Conn{first, second} {
		// The second would fail on the first one's table.
		_, err := conn.Exec(t.Context(), "CREATE TABLE things (id bigint PRIMARY KEY)")
		require.NoError(t, err)
	}
	var connections int
	require.NoError(t, first.QueryRow(t.Context(), "SELECT current_setting('max_connections')::int").Scan(&connections))
	require.GreaterOrEqual(t, connections, 100)
}

func TestDatabaseIsDroppedAtCleanup(t *testing.T) {
	t.Parallel()
	outer := connect(t, Database(t))
	var name string
	t.Run("inner", func(t *testing.T) {
		inner := connect(t, Database(t))
		require.NoError(t, inner.QueryRow(t.Context(), "SELECT current_database()").Scan(&name))
		_, err := inner.Exec(t.Context(), "CREATE DATABASE "+name+"_derived")
		require.NoError(t, err)
	})
	var left int
	require.NoError(t, outer.QueryRow(t.Context(),
		"SELECT count(*) FROM pg_database WHERE starts_with(datname, $1)", name).Scan(&left))
	require.Zero(t, left)
}

func TestServerDiesWithTheProcess(t *testing.T) {
	t.Parallel()
	if _, err := binaries(); err != nil {
		unavailable(t, err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
	child.Env = append(os.Environ(), childVariable+"=1", ServerVariable+"=")
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	_, err = child.StdinPipe() // keeps the child waiting
	require.NoError(t, err)
	require.NoError(t, child.Start())
	conn := connect(t, awaitDSN(t, out))
	var data string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT current_setting('data_directory')").Scan(&data))
	folder := filepath.Dir(data)
	require.DirExists(t, folder)

	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = conn.WaitForNotification(ctx) // ends when the server does
	require.Error(t, err)
	require.NoError(t, ctx.Err(), "the server outlived its test process")
	require.Eventually(t, func() bool {
		_, err := os.Stat(folder)
		return os.IsNotExist(err)
	}, time.Minute, 10*time.Millisecond, "the server's files were left behind")
}

func awaitDSN(t *testing.T, out interface{ Read([]byte) (int, error) }) string {
	t.Helper()
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		if dsn, found := strings.CutPrefix(scanner.Text(), "dsn "); found {
			return dsn
		}
	}
	require.FailNow(t, "the child ended without a database")
	return ""
}

// TestChild is the process that TestServerDiesWithTheProcess kills.
func TestChild(t *testing.T) {
	if os.Getenv(childVariable) == "" {
		t.Skip("runs as a child of TestServerDiesWithTheProcess")
	}
	_, _ = os.Stdout.WriteString("dsn " + Database(t) + "\n")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// verdict records how Database ended a test.
type verdict struct {
	testing.TB
	skipped, failed bool
}

func (v *verdict) Helper()               {}
func (v *verdict) Skipf(string, ...any)  { v.skipped = true }
func (v *verdict) Fatalf(string, ...any) { v.failed = true }

func TestUnavailable(t *testing.T) {
	for name, c := range map[string]struct {
		ci, server string
		fails      bool
	}{
		"a person's machine skips": {},
		"ci fails":                 {ci: "true", fails: true},
		"ci switched off skips":    {ci: "false"},
		"a named server must work": {server: "postgres://127.0.0.1:1/", fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CI", c.ci)
			t.Setenv(ServerVariable, c.server)
			var v verdict
			unavailable(&v, os.ErrNotExist)
			require.Equal(t, c.fails, v.failed)
			require.Equal(t, !c.fails, v.skipped)
		})
	}
}

func TestServerVariableMustBeURL(t *testing.T) {
	t.Setenv(ServerVariable, "host=db password=hunter2")
	_, err := serverURL()
	require.ErrorIs(t, err, errNotURL)
	require.NotContains(t, err.Error(), "hunter2")
}

func TestPublic(t *testing.T) {
	t.Parallel()
	hidden := filepath.Join(t.TempDir(), "hidden")
	require.NoError(t, os.Mkdir(hidden, 0o700))
	inside := filepath.Join(hidden, "inside")
	require.NoError(t, os.Mkdir(inside, 0o700))
	require.NoError(t, os.Chmod(inside, 0o777))
	require.False(t, public(inside), "its parent is closed")
	require.False(t, public("/"), "nobody may write there")
	require.False(t, public(filepath.Join(hidden, "missing")))
}
