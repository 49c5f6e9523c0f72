package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience bounds every wait. It is far beyond what a busy machine needs.
const patience = 5 * time.Minute

// child is the installation in a process of its own, that can be killed and
// started again on the same data.
type child struct {
	t    *testing.T
	data string
	env  []string
	args []string

	mu       sync.Mutex
	cmd      *exec.Cmd
	gone     chan struct{}
	url      string // empty while it does not answer
	temporal string
	starts   int
}

// start runs the process and waits until it answers or is gone. crash names the
// point at which it kills itself; "" for none.
func (c *child) start(crash string) {
	c.t.Helper()
	c.require(c.launch(crash))
	if running, url := c.stands(); running && url == "" {
		c.t.Fatalf("the installation did not come up:\n%s", c.tail())
	}
}

func (c *child) require(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%v\n%s", err, c.tail())
	}
}

func (c *child) launch(crash string) error {
	bin, err := standalone()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(c.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(bin, append([]string{"--data", c.data, "--http", "127.0.0.1:0", "--temporal", "127.0.0.1:0", "--temporal-ui", ""}, c.args...)...)
	cmd.Env = append(append(os.Environ(), c.env...), "HANDOVER_CRASH="+crash)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	gone, up := make(chan struct{}), make(chan struct{})
	c.mu.Lock()
	c.cmd, c.gone = cmd, gone
	c.starts++
	c.mu.Unlock()
	go func() {
		c.read(out, up)
		_ = cmd.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.url = ""
		close(gone)
	}()
	select {
	case <-up:
	case <-gone:
	case <-time.After(patience):
	}
	return nil
}

// read learns the addresses from what the process says.
func (c *child) read(out io.Reader, up chan<- struct{}) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		c.mu.Lock()
		switch name {
		case "temporal":
			c.temporal = value
		case "handover":
			c.url = value
			close(up)
		}
		c.mu.Unlock()
	}
}

func (c *child) log() string { return c.data + ".log" }

func (c *child) tail() string {
	raw, _ := os.ReadFile(c.log())
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return strings.Join(lines[max(0, len(lines)-25):], "\n")
}

func (c *child) address() string {
	_, url := c.stands()
	return url
}

func (c *child) running() bool {
	running, _ := c.stands()
	return running
}

// stands tells at one moment whether there is a process and where it answers.
func (c *child) stands() (running bool, url string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone == nil {
		return false, ""
	}
	select {
	case <-c.gone:
		return false, ""
	default:
		return true, c.url
	}
}

// ended is closed when the process that was started last is gone.
func (c *child) ended() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

// kill ends the process as a power cut would. It tells whether there was still
// one to kill.
func (c *child) kill() bool {
	if !c.running() {
		return false
	}
	c.mu.Lock()
	cmd, gone := c.cmd, c.gone
	c.mu.Unlock()
	err := cmd.Process.Kill()
	<-gone
	return err == nil
}

// killed tells whether the process that is gone died by SIGKILL.
func (c *child) killed() bool {
	state, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && state.Signaled() && state.Signal() == syscall.SIGKILL
}

// stop ends the process as an administrator would.
func (c *child) stop() error {
	if !c.running() {
		return nil
	}
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-c.ended():
	case <-time.After(patience):
		c.kill()
		return errors.New("the installation does not end when it is told to")
	}
	if code := c.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the installation ended with status %d", code)
	}
	return nil
}

// run runs a binary once and gives what it said.
func run(t *testing.T, bin func() (string, error), env []string, args ...string) (out, errs string, code int) {
	t.Helper()
	path, err := bin()
	require.NoError(t, err)
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Dir = t.TempDir()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// secret reads a key or token that the installation keeps in a file.
func (c *child) secret(name string) string {
	c.t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.data, "keys", name))
	require.NoError(c.t, err)
	return strings.TrimSpace(string(raw))
}
