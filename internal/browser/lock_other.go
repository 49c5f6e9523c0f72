//go:build !unix

package browser

import (
	"errors"
	"os"
	"path/filepath"
)

// lockProfile takes a profile for one playing, against every other process, by a
// file that only one of them can make. After a crash it is left: remove it.
func lockProfile(dir string) (release func(), held bool, err error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, errors.Is(err, os.ErrExist), err
	}
	return func() { _, _ = f.Close(), os.Remove(path) }, false, nil
}

// freeProfile has nothing to do: browsers leave no such link here.
func freeProfile(string) {}
