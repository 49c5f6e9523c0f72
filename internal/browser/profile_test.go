//go:build unix

package browser_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func chmod(dir string) error { return os.Chmod(dir, 0o700) }

// hold takes a profile as another process would.
func hold(t *testing.T, dir string) (release func()) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "handover.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	require.NoError(t, err)
	require.NoError(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
	return func() {
		require.NoError(t, syscall.Flock(int(f.Fd()), syscall.LOCK_UN)) // a process that is just being started has the file too
		require.NoError(t, f.Close())
	}
}

// fakeBrowser writes down what it is started with, and ends.
func fakeBrowser(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "browser")
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" > '" + dir + "/args'\n/usr/bin/env > '" + dir + "/env'\n"
	require.NoError(t, os.WriteFile(path, []byte(script), 0o700))
	return path
}

func fakeBrowserSaw(t *testing.T, dir string) (args, env string) {
	t.Helper()
	a, err := os.ReadFile(filepath.Join(dir, "args"))
	require.NoError(t, err)
	e, err := os.ReadFile(filepath.Join(dir, "env"))
	require.NoError(t, err)
	return string(a), string(e)
}

// own is a profile where a browser keeps what a person browses with.
func own(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), ".config", "google-chrome", "Default")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	return dir
}
