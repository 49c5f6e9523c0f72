package temporal

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"go.temporal.io/server/common/headers"
)

const (
	// stampFile is the stamp's name in the data folder.
	stampFile = "temporal.version"

	// incomplete follows the version while the database is being made.
	incomplete = " incomplete"
)

// ErrOtherVersion is returned for a SQLite file that another version of the
// server wrote, or that does not say which one did.
var ErrOtherVersion = errors.New("temporal data of another version")

// stamp is a file that names the server version which wrote the SQLite file. The
// schema changes with nearly every minor release and the server neither upgrades
// nor checks it: an old file would open and fail later, run by run.
type stamp struct {
	path, database string
}

// check tells whether the database can be opened as it is. If not, and there is
// no error, it is to be made.
func (s stamp) check() (complete bool, err error) {
	text, err := os.ReadFile(s.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	stamped := err == nil
	if _, err := os.Stat(s.database); errors.Is(err, os.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	version := strings.TrimSpace(string(text))
	switch {
	case !stamped:
		return false, s.refuse("does not say which temporal server wrote it (" + stampFile + " is missing)")
	case strings.HasSuffix(version, incomplete):
		return false, nil
	case version != headers.ServerVersion:
		return false, s.refuse("was written by temporal server " + version)
	}
	return true, nil
}

func (s stamp) refuse(reason string) error {
	return fmt.Errorf("%w: %s %s, this is %s, and sqlite files cannot be upgraded: "+
		"let open runs end under the release that wrote it, or export them and set --temporal-db to a postgres:// URL, "+
		"or move %s* and %s away and start empty (people's decisions and evidence are in handover's own store)",
		ErrOtherVersion, s.database, reason, headers.ServerVersion, s.database, s.path)
}

// begin notes that the database is being made.
func (s stamp) begin() error { return s.write(headers.ServerVersion + incomplete) }

// complete notes that the database can be opened.
func (s stamp) complete() error { return s.write(headers.ServerVersion) }

// write replaces the stamp as a whole: after a crash the old or the new one is
// there, never half of it.
func (s stamp) write(text string) error {
	next := s.path + ".new"
	file, err := os.OpenFile(next, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text + "\n")
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(next, s.path)
}
