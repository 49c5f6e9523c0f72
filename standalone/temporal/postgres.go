package temporal

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/tools/common/schema"
	"go.temporal.io/server/tools/sql"
)

const (
	// lockKey is the advisory lock that a server holds on its database; the
	// number only has to be ours ("handover" in ASCII).
	lockKey = 0x68616e646f766572

	// maintenanceDatabase is where a database is created from.
	maintenanceDatabase = "postgres"

	// lockPatience is how long another server's lock is waited for.
	lockPatience = 2 * time.Second

	missingDatabase   = "3D000" // PostgreSQL's invalid_catalog_name
	duplicateDatabase = "42P04" // PostgreSQL's duplicate_database
	lockNotAvailable  = "55P03" // PostgreSQL's lock_not_available
)

// openPostgres creates the two databases where they do not exist, takes them for
// this process and brings their schemas to this server's version.
func openPostgres(ctx context.Context, options Options) (storage, error) {
	address, err := parsePostgres(options.Database)
	if err != nil {
		return storage{}, err
	}
	visibility := withDatabase(address, databaseName(address)+"_visibility")
	lock, err := lockDatabase(ctx, address)
	if err != nil {
		return storage{}, err
	}
	release := func() error { return lock.Close(context.WithoutCancel(ctx)) }
	data := storage{
		main:       postgresConfig(address),
		visibility: postgresConfig(visibility),
		shards:     4,
		release:    release,
	}
	if err := errors.Join(
		ensureDatabase(ctx, visibility),
		migrate(data.main, "postgresql/v12/temporal", options),
		migrate(data.visibility, "postgresql/v12/visibility", options),
	); err != nil {
		return storage{}, errors.Join(err, release())
	}
	if err := createNamespace(data.main, options); err != nil {
		return storage{}, errors.Join(err, release())
	}
	return data, nil
}

// parsePostgres reads the URL. Its errors do not show it: it holds a password.
func parsePostgres(text string) (*url.URL, error) {
	address, err := url.Parse(text)
	if err != nil || (address.Scheme != "postgres" && address.Scheme != "postgresql") {
		return nil, errors.New("read --temporal-db: not a URL of the form postgres://user:password@host:5432/temporal")
	}
	if address.Host == "" || address.User == nil || databaseName(address) == "" {
		return nil, errors.New("read --temporal-db: host, user or database is missing: use postgres://user:password@host:5432/temporal")
	}
	return address, nil
}

func databaseName(address *url.URL) string { return strings.TrimPrefix(address.Path, "/") }

func withDatabase(address *url.URL, name string) *url.URL {
	other := *address
	other.Path = "/" + name
	return &other
}

// lockDatabase takes the database for this process: two servers that each hold
// all shards would take them from one another without end. The lock lives as
// long as the connection.
func lockDatabase(ctx context.Context, address *url.URL) (*pgx.Conn, error) {
	if err := ensureDatabase(ctx, address); err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, address.String())
	if err != nil {
		return nil, err
	}
	// A server that was just killed holds the lock until PostgreSQL notices that
	// its connection is gone.
	_, err = conn.Exec(ctx, fmt.Sprintf("SET lock_timeout = %d", lockPatience.Milliseconds()))
	if err == nil {
		_, err = conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(lockKey))
	}
	if hasCode(err, lockNotAvailable) {
		err = fmt.Errorf("open database %s on %s: %w: stop the other server or name another database",
			databaseName(address), address.Host, ErrInUse)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// ensureDatabase creates the database where it does not exist. A role without
// the right to create may use databases that somebody else made.
func ensureDatabase(ctx context.Context, address *url.URL) error {
	conn, err := pgx.Connect(ctx, address.String())
	if err == nil {
		return conn.Close(ctx)
	}
	if !hasCode(err, missingDatabase) {
		return err
	}
	name := databaseName(address)
	conn, err = pgx.Connect(ctx, withDatabase(address, maintenanceDatabase).String())
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE template0")
	if hasCode(err, duplicateDatabase) {
		err = nil // another process was faster
	}
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("create database %s: %w: create it yourself or let the role create databases", name, err)
	}
	return nil
}

func hasCode(err error, code string) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && failure.Code == code
}

// migrate runs the schema steps that the database has not seen. Both tasks are
// safe to run again, also after a crash in the middle.
func migrate(settings *config.SQL, name string, options Options) error {
	logger := newLogger(options.Logger)
	conn, err := sql.NewConnection(settings, logger)
	if err != nil {
		return fmt.Errorf("open database %s: %w", settings.DatabaseName, err)
	}
	defer conn.Close()
	setup := schema.NewSetupSchemaTask(conn, &schema.SetupConfig{InitialVersion: "0.0"}, logger)
	update := schema.NewUpdateSchemaTask(conn, &schema.UpdateConfig{DBName: settings.DatabaseName, SchemaName: name}, logger)
	for _, run := range []func() error{setup.Run, update.Run} {
		if err := run(); err != nil {
			return fmt.Errorf("upgrade database %s: %w", settings.DatabaseName, err)
		}
	}
	return nil
}

// postgresConfig translates the URL for Temporal's driver, which puts the parts
// together again and escapes none but the password.
func postgresConfig(address *url.URL) *config.SQL {
	password, _ := address.User.Password()
	attributes := map[string]string{"sslmode": "prefer"} // pgx's own default; the driver's is disable
	for key, values := range address.Query() {
		attributes[key] = values[0]
	}
	return &config.SQL{
		PluginName:        postgresql.PluginNamePGX,
		ConnectProtocol:   "tcp",
		ConnectAddr:       address.Host,
		User:              url.User(address.User.Username()).String(),
		Password:          password,
		DatabaseName:      databaseName(address),
		ConnectAttributes: attributes,
		MaxConns:          20,
		MaxIdleConns:      20,
		MaxConnLifetime:   time.Hour,
	}
}
