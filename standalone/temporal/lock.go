package temporal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// lockFile is the lock's name in the data folder.
const lockFile = "lock"

// ErrInUse is returned when another process uses the data folder or the database.
var ErrInUse = errors.New("in use by another process")

// lockFolder takes the data folder for this process until the file is closed.
// The kernel gives it back when the process ends in any way, so a lock is never
// left behind; the file stays, because removing it would let two processes lock
// two files of one name.
func lockFolder(folder string) (io.Closer, error) {
	file, err := os.OpenFile(filepath.Join(folder, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer file.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", file.Name(), err)
		}
		return nil, fmt.Errorf("open data folder %s: %w (%s): stop it or choose another folder with --data",
			folder, ErrInUse, holder(file))
	}
	if err := writeHolder(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return folderLock{file}, nil
}

type folderLock struct{ file *os.File }

// Close gives the folder back, also where a process that is being started has the open
// file for a moment longer than we.
func (l folderLock) Close() error {
	return errors.Join(syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN), l.file.Close())
}

// holder names the process that wrote the file.
func holder(file *os.File) string {
	text, err := io.ReadAll(io.LimitReader(file, 32))
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" {
		return "pid " + pid
	}
	return "pid not known yet"
}

func writeHolder(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}
