package pgtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// supervisor makes the data folder, runs the server and takes both away again.
// It waits on its standard input, a pipe whose other end is open in the test
// process only: the kernel closes that end when the process is gone, after a
// panic, os.Exit or kill -9 as well. A parent death signal would do less: it
// follows the thread rather than the process, exists on Linux only, and nobody
// would be left to remove the files.
//
// SIGPIPE is ignored so that a test process that dies early cannot take the
// supervisor with it at the line that reports.
const supervisor = `
trap '' PIPE
trap 'cd / && rm -rf "$PGTEST_DIR"' EXIT
initdb -D data -U handover --pwfile=password --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync >log 2>&1 &&
pg_ctl -D data -l log -w -t 60 -s start -o "$PGTEST_OPTIONS" >>log 2>&1 || { cat log; exit 1; }
echo ` + readyLine + `
cat >/dev/null
pg_ctl -D data -s -m immediate stop >/dev/null 2>&1
`

const readyLine = "ready"

// portAttempts is how often another port is tried when somebody took the free
// one between our look and the server's start.
const portAttempts = 3

// lifeline is the end of the pipe that keeps the supervisor waiting. It is held
// here because a file that nothing refers to is closed by the garbage collector.
var lifeline io.WriteCloser

// startServer starts the throwaway server and returns its URL.
func startServer() (*url.URL, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		server, output, err := launch(bin)
		if err == nil {
			return server, nil
		}
		portTaken := strings.Contains(output, "Address already in use")
		if !portTaken || attempt == portAttempts {
			return nil, fmt.Errorf("start throwaway postgresql: %w: %s", err, output)
		}
	}
}

// binaries returns the folder that holds initdb, pg_ctl and postgres: the one
// in PATH, else the newest of those where Debian's packages put them.
func binaries() (string, error) {
	if path, err := exec.LookPath("pg_ctl"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && complete(filepath.Dir(path)) {
			return filepath.Dir(path), nil
		}
	}
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(folders, func(a, b string) int { return majorVersion(b) - majorVersion(a) })
	if i := slices.IndexFunc(folders, complete); i >= 0 {
		return folders[i], nil
	}
	return "", errors.New("find initdb, pg_ctl and postgres: neither in PATH nor under /usr/lib/postgresql")
}

func complete(folder string) bool {
	return !slices.ContainsFunc([]string{"initdb", "pg_ctl", "postgres"}, func(name string) bool {
		info, err := os.Stat(filepath.Join(folder, name))
		return err != nil || info.IsDir()
	})
}

func majorVersion(bin string) int {
	version, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return version
}

// launch starts one supervisor and waits for its verdict; output is what it
// said when it failed.
func launch(bin string) (server *url.URL, output string, err error) {
	owner, err := unprivileged()
	if err != nil {
		return nil, "", err
	}
	password := randomHex(16)
	folder, err := makeFolder(owner, password)
	if err != nil {
		return nil, "", err
	}
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	command := exec.Command("/bin/sh", "-c", supervisor)
	command.Dir = folder
	command.Env = []string{
		"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		"LC_ALL=C", // the port check reads a message
		"PGTEST_DIR=" + folder,
		"PGTEST_OPTIONS=" + serverOptions(port),
	}
	// A session of its own: Ctrl-C must reach the tests, not the server.
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: owner}
	if output, err = await(command); err != nil {
		return nil, output, err
	}
	return &url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword("handover", password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path:     "/postgres",
		RawQuery: "sslmode=disable",
	}, "", nil
}

// await starts the supervisor and returns once the server takes connections.
func await(command *exec.Cmd) (output string, err error) {
	input, err := command.StdinPipe()
	if err != nil {
		return "", err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := command.Start(); err != nil {
		// No supervisor, so nobody else removes the folder.
		return "", errors.Join(err, os.RemoveAll(command.Dir))
	}
	reader := bufio.NewReader(out)
	first, _ := reader.ReadString('\n')
	if strings.TrimSpace(first) == readyLine {
		lifeline = input
		return "", nil
	}
	rest, _ := io.ReadAll(reader)
	if err := command.Wait(); err != nil {
		return strings.TrimSpace(first + string(rest)), err
	}
	return "", errors.New("supervisor ended without a word")
}

// serverOptions trade safety on a power cut for speed: the data lives as long as
// the process.
func serverOptions(port int) string {
	return "-p " + strconv.Itoa(port) +
		" -c listen_addresses=127.0.0.1 -c unix_socket_directories=" +
		" -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" +
		" -c shared_buffers=64MB -c timezone=UTC"
}

// unprivileged returns the user to run the server as: PostgreSQL refuses root.
// Nil means the user who runs the tests.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
		if uidErr == nil && gidErr == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("find a user to run it as: postgresql refuses root and there is neither postgres nor nobody")
}

// makeFolder creates the server's folder with the password for initdb, owned by
// the server's user.
func makeFolder(owner *syscall.Credential, password string) (string, error) {
	parent := os.TempDir()
	if owner != nil && !public(parent) {
		parent = "/tmp"
	}
	folder, err := os.MkdirTemp(parent, "handover-pgtest-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(folder, "password")
	err = os.WriteFile(file, []byte(password), 0o600)
	if owner != nil {
		err = errors.Join(err,
			os.Chown(file, int(owner.Uid), int(owner.Gid)),
			os.Chown(folder, int(owner.Uid), int(owner.Gid)))
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	return folder, nil
}

// public tells whether any user can create and remove files in the folder: it
// is open to all and so are its parents for searching.
func public(folder string) bool {
	wanted := os.FileMode(0o003)
	for {
		info, err := os.Stat(folder)
		if err != nil || info.Mode().Perm()&wanted != wanted {
			return false
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return true
		}
		folder, wanted = parent, 0o001
	}
}

// freePort returns a loopback port that was free a moment ago.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}
