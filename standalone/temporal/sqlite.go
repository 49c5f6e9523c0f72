package temporal

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"go.temporal.io/server/common/config"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
)

// databaseFile is the SQLite file's name in the data folder.
const databaseFile = "temporal.db"

// openSQLite opens the file in the data folder, or makes it. The server cannot
// upgrade such a file, so a stamp beside it keeps other versions away.
func openSQLite(options Options) (storage, error) {
	path := filepath.Join(options.DataDir, databaseFile)
	stamp := stamp{path: filepath.Join(options.DataDir, stampFile), database: path}
	complete, err := stamp.check()
	if err != nil {
		return storage{}, err
	}
	settings := sqliteConfig(path)
	if !complete {
		if err := createSQLite(settings, stamp); err != nil {
			return storage{}, fmt.Errorf("create %s: %w", path, err)
		}
	}
	if err := createNamespace(settings, options); err != nil {
		return storage{}, err
	}
	return storage{
		main:       settings,
		visibility: settings,
		shards:     1,
		// The plugin keeps its one connection open as long as the process lives.
		release: func() error { return nil },
	}, nil
}

// createSQLite makes a file with an empty schema. Until the last step the stamp
// says that the file is incomplete: nothing has run on it, and the next start
// begins again.
func createSQLite(settings *config.SQL, stamp stamp) error {
	if err := stamp.begin(); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(stamp.database + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	// SQLite would make a file that others can read, and gives its log and index
	// files the permissions of this one.
	file, err := os.OpenFile(stamp.database, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := sqlite.SetupSchema(settings); err != nil {
		return err
	}
	return stamp.complete()
}

// sqliteConfig opens one connection: more of them answer busy and are slower. In
// WAL mode with synchronous=NORMAL a killed process loses nothing; a power cut
// may lose the last commits.
//
// The plugin passes attributes that it does not know on as pragmas under their
// plain name; with a leading underscore SQLite ignores them in silence.
func sqliteConfig(path string) *config.SQL {
	return &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: (&url.URL{Path: path}).EscapedPath(), // it becomes part of a file: URI
		MaxConns:     1,
		MaxIdleConns: 1,
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			"synchronous":  "normal",
			"busy_timeout": "5000", // for a person who looks in with sqlite3
		},
	}
}
