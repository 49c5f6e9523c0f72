package temporal

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdktemporal "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.temporal.io/server/common/headers"
)

const queue = "test"

// nap waits on a timer; its result shows that it came to the end.
func nap(ctx workflow.Context, d time.Duration) (string, error) {
	return "rested", workflow.Sleep(ctx, d)
}

// start starts a server on free ports and stops it at cleanup.
func start(t *testing.T, options Options) *Server {
	t.Helper()
	if options.Addr == "" {
		options.Addr = "127.0.0.1:0"
	}
	s, err := Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(t, s.Stop(ctx))
}

func dial(t *testing.T, s *Server) client.Client {
	t.Helper()
	c, err := s.Dial(t.Context(), client.Options{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// work runs a worker that knows nap, until the function that it returns is called
// or the test ends. Without a cache no task waits for a worker that was killed.
func work(t *testing.T, c client.Client) (stop func()) {
	t.Helper()
	worker.SetStickyWorkflowCacheSize(0)
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(nap)
	require.NoError(t, w.Start())
	stop = sync.OnceFunc(w.Stop)
	t.Cleanup(stop)
	return stop
}

func requireNapped(t *testing.T, c client.Client, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var result string
	require.NoError(t, c.GetWorkflow(ctx, id, "").Get(ctx, &result))
	require.Equal(t, "rested", result)
}

func runNap(t *testing.T, c client.Client, id string) {
	t.Helper()
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: queue}, nap, time.Duration(0))
	require.NoError(t, err)
	requireNapped(t, c, id)
}

func retention(t *testing.T, c client.Client, namespace string) time.Duration {
	t.Helper()
	answer, err := c.WorkflowService().DescribeNamespace(t.Context(),
		&workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	require.NoError(t, err)
	return answer.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
}

func TestRunAndStop(t *testing.T) {
	log := &journal{}
	folder := filepath.Join(t.TempDir(), "with space, 100% and #?")
	s := start(t, Options{DataDir: folder, UIAddr: "localhost:0", Logger: log.logger()})
	c := dial(t, s)
	require.Equal(t, defaultRetention, retention(t, c, defaultNamespace))
	stopWork := work(t, c)
	runNap(t, c, "first")

	require.Equal(t, "wal", journalMode(t, folder))
	requirePrivate(t, folder)
	requireLoopback(t)
	status, page := request(t, s, http.MethodGet, "/")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, `<div id="svelte">`)

	stopWork()
	stop(t, s)
	<-s.Done()
	for _, addr := range []string{s.Addr(), s.UIAddr()} {
		_, err := net.Dial("tcp", addr)
		require.Error(t, err, "%s still answers", addr)
	}
	require.Empty(t, troubles(log), "an ordinary run has nothing to warn of")
}

// aboutTime are the server's warnings about a machine that is slow.
var aboutTime = regexp.MustCompile(`(?i)level=WARN .*(latency|slow|deadline ?exceeded|cancell?ed)`)

// troubles are the warnings and errors in a log, but for those about a slow machine.
func troubles(log *journal) (lines []string) {
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "level=WARN") && !aboutTime.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// journalMode reads what the file itself says, over a connection of our own.
func journalMode(t *testing.T, folder string) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+sqliteConfig(filepath.Join(folder, databaseFile)).DatabaseName)
	require.NoError(t, err)
	defer db.Close()
	var mode string
	require.NoError(t, db.QueryRow("PRAGMA journal_mode").Scan(&mode))
	return mode
}

func requirePrivate(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, "%s can be read by others", entry.Name())
	}
}

// requireLoopback reads this process's listening sockets from the kernel.
func requireLoopback(t *testing.T) {
	t.Helper()
	inodes := map[string]bool{}
	links, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	for _, link := range links {
		target, _ := os.Readlink(link)
		inodes[strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")] = true
	}
	listening := 0
	for file, local := range map[string]string{"tcp": "0100007F:", "tcp6": strings.Repeat("0", 24) + "01000000:"} {
		text, err := os.ReadFile("/proc/net/" + file)
		if err != nil {
			t.Skipf("no list of sockets here: %v", err)
		}
		for line := range strings.Lines(string(text)) {
			const address, state, inode, listen = 1, 3, 9, "0A"
			fields := strings.Fields(line)
			if fields[state] == listen && inodes[fields[inode]] {
				listening++
				require.True(t, strings.HasPrefix(fields[address], local), "listens on %s", fields[address])
			}
		}
	}
	require.Equal(t, 5, listening, "frontend, history, matching, worker and web ui")
}

func TestSecondStart(t *testing.T) {
	folder := t.TempDir()
	attributes := map[string]enums.IndexedValueType{"RunState": enums.INDEXED_VALUE_TYPE_KEYWORD}
	s := start(t, Options{DataDir: folder, Namespace: "people", SearchAttributes: attributes})
	c := dial(t, s)
	stopWork := work(t, c)
	runNap(t, c, "before")
	stopWork()
	stop(t, s)

	attributes["AppKey"] = enums.INDEXED_VALUE_TYPE_KEYWORD
	s = start(t, Options{DataDir: folder, Namespace: "people", SearchAttributes: attributes, Retention: 72 * time.Hour})
	c = dial(t, s)
	work(t, c)
	require.Equal(t, 72*time.Hour, retention(t, c, "people"))
	requireNapped(t, c, "before")

	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		TaskQueue: queue,
		TypedSearchAttributes: sdktemporal.NewSearchAttributes(
			sdktemporal.NewSearchAttributeKeyKeyword("RunState").ValueSet("open"),
			sdktemporal.NewSearchAttributeKeyKeyword("AppKey").ValueSet("apollo")),
	}, nap, time.Duration(0))
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the list follows the run
		list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
			Query: "AppKey = 'apollo' AND RunState = 'open'"})
		return err == nil && len(list.GetExecutions()) == 1 && list.GetExecutions()[0].GetExecution().GetRunId() == run.GetRunID()
	}, time.Minute, 20*time.Millisecond)
	stop(t, s)

	attributes["AppKey"] = enums.INDEXED_VALUE_TYPE_INT
	_, err = Start(t.Context(), Options{DataDir: folder, Addr: ":0", Namespace: "people", SearchAttributes: attributes})
	require.ErrorContains(t, err, "AppKey is a Keyword and cannot become a Int")
	attributes["AppKey"] = enums.INDEXED_VALUE_TYPE_KEYWORD
	start(t, Options{DataDir: folder, Namespace: "people"}) // a failed start gave the folder back
}

func TestFolderInUse(t *testing.T) {
	folder := t.TempDir()
	s := start(t, Options{DataDir: folder})
	_, err := Start(t.Context(), Options{DataDir: folder, Addr: ":0"})
	require.ErrorIs(t, err, ErrInUse)
	require.ErrorContains(t, err, folder)
	require.ErrorContains(t, err, fmt.Sprintf("pid %d", os.Getpid()))
	require.ErrorContains(t, err, "--data")
	require.NotContains(t, err.Error(), "\n")
	dial(t, s) // the first is unharmed
}

func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	taken := listener.Addr().String()
	for _, options := range []Options{{Addr: taken}, {Addr: ":0", UIAddr: taken}} {
		options.DataDir = t.TempDir()
		_, err := Start(t.Context(), options)
		require.ErrorContains(t, err, taken)
		require.ErrorContains(t, err, "choose another address")
	}
}

// A port is somebody's from when it is found free until it is listened on, so that
// installations that start side by side never choose the same.
func TestAPortIsClaimedByOneAtATime(t *testing.T) {
	t.Parallel()
	ports, ours, err := freePorts(loopback, 1, 0)
	require.NoError(t, err)
	t.Cleanup(ours.release)
	_, err = claimPort(loopback, ports[0])
	require.ErrorIs(t, err, syscall.EADDRINUSE, "claimed")
	listener, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(ports[0])))
	require.NoError(t, err, "a claim is not in the way of who has it")
	ours.release()
	_, err = claimPort(loopback, ports[0])
	require.ErrorIs(t, err, syscall.EADDRINUSE, "listened on")
	require.NoError(t, listener.Close())
	again, err := claimPort(loopback, ports[0])
	require.NoError(t, err, "given back")
	require.NoError(t, again.Close())
}

// A server that is up listens itself, and holds no claim any more.
func TestClaimsEndWithTheStart(t *testing.T) {
	s := start(t, Options{DataDir: t.TempDir(), UIAddr: "localhost:0"})
	for _, address := range []string{s.Addr(), s.UIAddr()} {
		held, err := net.ListenPacket("udp", address)
		require.NoError(t, err)
		require.NoError(t, held.Close())
	}
}

func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options Options
		message string
	}{
		"no folder":       {Options{}, "data folder is empty"},
		"not on loopback": {Options{DataDir: t.TempDir(), Addr: "0.0.0.0:7233"}, "not a loopback address"},
		"a name":          {Options{DataDir: t.TempDir(), Addr: "example.com:7233"}, "not a loopback address"},
		"no port":         {Options{DataDir: t.TempDir(), Addr: "127.0.0.1"}, "write host:port"},
		"retention":       {Options{DataDir: t.TempDir(), Retention: time.Minute}, "use at least 1h"},
		"no url":          {Options{DataDir: t.TempDir(), Addr: ":0", Database: "host=db password=hunter2"}, "not a URL of the form"},
		"no database":     {Options{DataDir: t.TempDir(), Addr: ":0", Database: "postgres://me:hunter2@db"}, "database is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Start(t.Context(), c.options)
			require.ErrorContains(t, err, c.message)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestStamp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stamp, database string // a dash where there is no such file
		complete        bool
		refusal         string
	}{
		"new folder":         {stamp: "-", database: "-"},
		"this version":       {stamp: headers.ServerVersion + "\n", database: "x", complete: true},
		"older":              {stamp: "1.30.4\n", database: "x", refusal: "was written by temporal server 1.30.4, this is " + headers.ServerVersion},
		"newer":              {stamp: "9.0.0\n", database: "x", refusal: "was written by temporal server 9.0.0"},
		"stamp lost":         {stamp: "-", database: "x", refusal: "does not say which temporal server wrote it"},
		"stamp emptied":      {stamp: "", database: "x", refusal: "was written by temporal server"},
		"database lost":      {stamp: "1.30.4\n", database: "-"},
		"creating was ended": {stamp: headers.ServerVersion + incomplete + "\n", database: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			s := stamp{path: filepath.Join(folder, stampFile), database: filepath.Join(folder, databaseFile)}
			for path, text := range map[string]string{s.path: c.stamp, s.database: c.database} {
				if text != "-" {
					require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
				}
			}
			complete, err := s.check()
			require.Equal(t, c.complete, complete)
			if c.refusal == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrOtherVersion)
			for _, part := range []string{c.refusal, s.database, "export", "--temporal-db", "move ", "handover's own store"} {
				require.ErrorContains(t, err, part)
			}
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestOtherVersionRefused(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, stampFile)
	s := start(t, Options{DataDir: folder})
	stop(t, s)
	for _, spoil := range []func() error{
		func() error { return os.WriteFile(path, []byte("1.30.4\n"), 0o600) },
		func() error { return os.Remove(path) },
	} {
		require.NoError(t, spoil())
		_, err := Start(t.Context(), Options{DataDir: folder, Addr: ":0"})
		require.ErrorIs(t, err, ErrOtherVersion)
		require.FileExists(t, filepath.Join(folder, databaseFile))
	}
}

func TestInterruptedCreationStartsAgain(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{stampFile: "1.30.4" + incomplete + "\n", databaseFile: "half a file"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	start(t, Options{DataDir: folder})
	text, err := os.ReadFile(filepath.Join(folder, stampFile))
	require.NoError(t, err)
	require.Equal(t, headers.ServerVersion+"\n", string(text))
}

func TestStopHonoursContext(t *testing.T) {
	s := start(t, Options{DataDir: t.TempDir()})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Stop(ctx), context.Canceled)
	<-s.Done() // it goes on to the end all the same
	stop(t, s)
}

// journal collects what is logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
