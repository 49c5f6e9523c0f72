//go:build unix

package browser

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
	return func() {
		// Closing is not enough: a process that is just being started has the file too.
		_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
		_ = f.Close() // unlocks as well
	}, false, nil
}

// freeProfile takes away what a browser that was killed left in a profile: a link
// that names its machine and process, by which every later one on another machine
// takes the profile for used, for good (seen: a container that started anew). Our
// own lock is held, and nobody browses with the profile, so that a name of another
// machine, or of a process that is gone, is nobody's.
func freeProfile(dir string) {
	owner, err := os.Readlink(filepath.Join(dir, "SingletonLock"))
	if err != nil {
		return // the usual case: there is none
	}
	at := strings.LastIndex(owner, "-")
	if at < 0 {
		return
	}
	host, err := os.Hostname()
	pid, bad := strconv.Atoi(owner[at+1:])
	if err != nil || bad != nil || owner[:at] == host && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return
	}
	for _, name := range []string{"SingletonLock", "SingletonCookie", "SingletonSocket"} {
		_ = os.Remove(filepath.Join(dir, name)) // the browser says what it cannot use
	}
}
