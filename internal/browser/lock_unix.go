//go:build unix

package browser

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// lockProfile takes a profile for one playing, against every other process. The
// kernel gives the lock back when the process ends, however it does. held tells
// that another one has it.
func lockProfile(dir string) (release func(), held bool, err error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		return nil, errors.Is(err, syscall.EWOULDBLOCK), err
	}
	return func() { _ = f.Close() }, false, nil // closing unlocks
}
