package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"handover/domain"
	"handover/internal/pgtest"
)

// patience bounds every wait for a process. It is far beyond what a busy machine
// needs.
const patience = 2 * time.Minute

// installation is the production shape in processes of their own: PostgreSQL,
// Temporal from the standalone binary, serve and worker.
type installation struct {
	b        *testing.B
	dir      string
	env      []string
	url      string // of the API
	temporal string
	keys     string // of the payload codec
	worker   *exec.Cmd
	tokens   map[string]domain.Secret
}

// install brings everything up for one policy file. Temporal keeps its data in
// PostgreSQL too: that is some four times faster here than its SQLite file, and
// the production shape.
func install(b *testing.B, policy string, env ...string) *installation {
	b.Helper()
	i := &installation{b: b, dir: b.TempDir(), tokens: map[string]domain.Secret{}}
	i.keys = "k1:" + secretKey()
	api, err := freeAddress()
	require(b, err)
	i.url = "http://" + api
	i.env = append(append(os.Environ(), env...), "HANDOVER_POLICY="+policy, "DATABASE_URL="+pgtest.Database(b), "HANDOVER_ENCRYPTION_KEYS="+i.keys,
		"HANDOVER_SIGNING_KEY="+secretKey(), "HANDOVER_DATA="+filepath.Join(i.dir, "data"), "HTTP_ADDR="+api, "LOG_LEVEL=warn")
	i.startTemporal()
	i.env = append(i.env, "TEMPORAL_ADDRESS="+i.temporal)
	i.handover("migrate")
	i.start("handover", "serve")
	i.awaitAPI()
	i.worker = i.start("handover", "worker")
	return i
}

func secretKey() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return base64.StdEncoding.EncodeToString(raw)
}

func require(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// binary finds what `make build` made.
func (i *installation) binary(name string) string {
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", name))
	require(i.b, err)
	if _, err := os.Stat(path); err != nil {
		i.b.Fatalf("%s is missing: run `make build`, or `make bench`, which does", path)
	}
	return path
}

func (i *installation) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(i.binary(name), args...)
	cmd.Env, cmd.Dir = i.env, i.dir
	return cmd
}

// start runs a process until the benchmark ends.
func (i *installation) start(name string, args ...string) *exec.Cmd {
	i.b.Helper()
	cmd := i.command(name, args...)
	log, err := os.OpenFile(i.log(name, args[0]), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) // two workers share one
	require(i.b, err)
	defer log.Close()
	cmd.Stderr = log
	require(i.b, cmd.Start())
	i.b.Cleanup(func() { end(cmd) })
	return cmd
}

func (i *installation) log(name, arg string) string {
	return filepath.Join(i.dir, name+strings.TrimLeft(arg, "-")+".log")
}

// logs is what the processes said, for when something fails.
func (i *installation) logs() string {
	var all strings.Builder
	paths, _ := filepath.Glob(filepath.Join(i.dir, "*.log"))
	for _, path := range paths {
		raw, _ := os.ReadFile(path)
		lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
		fmt.Fprintf(&all, "%s:\n%s\n", filepath.Base(path), strings.Join(lines[max(0, len(lines)-15):], "\n"))
	}
	return all.String()
}

func end(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	_ = cmd.Wait()
}

func (i *installation) startTemporal() {
	i.b.Helper()
	cmd := i.command("handover-standalone", "--temporal-only", "--data", i.dir, "--temporal", "127.0.0.1:0", "--temporal-ui", "",
		"--temporal-db", pgtest.Database(i.b), "--log", "error")
	log, err := os.Create(i.log("temporal", ""))
	require(i.b, err)
	defer log.Close()
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	require(i.b, err)
	require(i.b, cmd.Start())
	said := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if addr, ok := strings.CutPrefix(lines.Text(), "temporal "); ok {
				said <- addr
			}
		}
	}()
	i.b.Cleanup(func() { end(cmd) })
	select {
	case i.temporal = <-said:
	case <-time.After(patience):
		i.b.Fatalf("temporal did not come up:\n%s", i.logs())
	}
}

// handover runs a command of the binary to its end.
func (i *installation) handover(args ...string) string {
	i.b.Helper()
	cmd := i.command("handover", args...)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		i.b.Fatalf("handover %s: %v\n%s", strings.Join(args, " "), err, i.logs())
	}
	return string(out)
}

func (i *installation) awaitAPI() {
	i.b.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); pause() {
		req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, i.url+"/", http.NoBody)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			return
		}
	}
	i.b.Fatalf("serve did not come up:\n%s", i.logs())
}

// issueTokens gives people personal tokens.
func (i *installation) issueTokens(people ...string) {
	i.b.Helper()
	for _, email := range people {
		fields := strings.Fields(i.handover("tokens", "issue", email))
		if len(fields) < 2 {
			i.b.Fatalf("tokens issue %s gave no token", email)
		}
		i.tokens[email] = domain.Secret(fields[1])
	}
}

// peak is the worker's largest resident set so far, in bytes.
func (i *installation) peak() int64 { return i.memory("VmHWM") }

// memory is a figure of the system about the worker's memory, in bytes.
func (i *installation) memory(figure string) int64 {
	i.b.Helper()
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(i.worker.Process.Pid) + "/status")
	require(i.b, err)
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, figure+":"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			require(i.b, err)
			return kib << 10
		}
	}
	i.b.Fatalf("the system does not tell %s of the worker", figure)
	return 0
}

// pause lets a fraction of a second pass between two looks.
func pause() { <-time.After(100 * time.Millisecond) }
