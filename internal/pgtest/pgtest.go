// Package pgtest gives every test a PostgreSQL database of its own.
//
// The server is the one that TEST_DATABASE_URL names, else a throwaway one,
// started once per test process from the binaries of this machine. Nothing has
// to be called from TestMain and nothing is left behind: each test's database is
// dropped at its cleanup, and the throwaway server is stopped and its files
// removed by a supervisor that outlives the test process, however that process
// ends (see server.go).
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// ServerVariable names the environment variable with the postgres:// URL of a
// server on which the tests may create and drop databases.
const ServerVariable = "TEST_DATABASE_URL"

// adminTimeout bounds creating and dropping a database; a shared machine that
// runs several packages at once needs seconds for what usually takes 50 ms.
const adminTimeout = time.Minute

// throwaway is the server that all tests of this process share.
var throwaway = sync.OnceValues(startServer)

// Database creates an empty database for this test and returns its postgres://
// URL. At cleanup it is dropped, with all databases whose name is its name, an
// underscore and a suffix, even while connections are open.
//
// Without any PostgreSQL the test is skipped, except where CI is set to true:
// there it fails. A server named by TEST_DATABASE_URL must work anywhere.
func Database(t testing.TB) string {
	t.Helper()
	server, err := serverURL()
	if err != nil {
		unavailable(t, err)
	}
	name := databaseName()
	if err := admin(server, func(ctx context.Context, conn *pgx.Conn) error {
		// template0 never has connections, so that tests can create in parallel.
		_, err := conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE template0")
		return err
	}); err != nil {
		t.Fatalf("create test database: %v", err)
	}
	t.Cleanup(func() {
		if err := admin(server, func(ctx context.Context, conn *pgx.Conn) error {
			return drop(ctx, conn, name)
		}); err != nil {
			t.Errorf("drop test database %s: %v", name, err)
		}
	})
	return withDatabase(server, name)
}

// serverURL returns the URL of the server to create databases on.
func serverURL() (*url.URL, error) {
	text := os.Getenv(ServerVariable)
	if text == "" {
		return throwaway()
	}
	server, err := url.Parse(text)
	if err != nil || (server.Scheme != "postgres" && server.Scheme != "postgresql") {
		return nil, errNotURL
	}
	return server, nil
}

// errNotURL does not show the value: it may hold a password.
var errNotURL = errors.New("read " + ServerVariable + ": not a postgres:// URL")

// unavailable skips the test on a person's machine, where PostgreSQL is
// optional, and fails it where leaving it out would go unnoticed.
func unavailable(t testing.TB, err error) {
	t.Helper()
	ci, _ := strconv.ParseBool(os.Getenv("CI"))
	if ci || os.Getenv(ServerVariable) != "" {
		t.Fatalf("postgresql is needed here: %v", err)
		return
	}
	t.Skipf("no postgresql for this test: %v (install its server binaries or set %s)", err, ServerVariable)
}

// admin runs do on a connection of its own to the server's own database.
func admin(server *url.URL, do func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, server.String())
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, conn), conn.Close(ctx))
}

// drop removes the test's database and those that the code under test derived
// from its name.
func drop(ctx context.Context, conn *pgx.Conn, name string) error {
	rows, err := conn.Query(ctx,
		"SELECT datname FROM pg_database WHERE datname = $1 OR starts_with(datname, $1 || '_')", name)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		statement := "DROP DATABASE IF EXISTS " + pgx.Identifier{name}.Sanitize() + " WITH (FORCE)"
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("drop %s: %w", name, err)
		}
	}
	return nil
}

// databaseName returns a name that no other test process on the same server
// uses, with a prefix by which leftovers of a killed run can be told.
func databaseName() string {
	return "handover_test_" + randomHex(8)
}

func withDatabase(server *url.URL, name string) string {
	database := *server
	database.Path = "/" + name
	return database.String()
}

func randomHex(bytes int) string {
	buffer := make([]byte, bytes)
	rand.Read(buffer) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(buffer)
}
