// Package e2e runs the real binaries with a real Temporal server against
// simulators that live in the test's own process, so that they outlive a kill.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// More than continuous integration does: go test ./e2e -run Kill -kills 500 -seed 7.
var (
	kills = flag.Int("kills", 50, "how often the process is killed")
	tell  = flag.Bool("tell", false, "tell what people did also where all is well")
	seed  = flag.Uint64("seed", 20261118, "what the choice of the kills starts from")
)

var folder string // of the binaries

func TestMain(m *testing.M) {
	flag.Parse()
	if atOnce := flag.Lookup("test.parallel"); atOnce.Value.String() == fmt.Sprint(runtime.GOMAXPROCS(0)) {
		_ = atOnce.Value.Set("8") // most of the time an installation waits
	}
	var err error
	if folder, err = os.MkdirTemp("", "handover-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// Both binaries are built once, with the flags of the tests, so that the server
// is not compiled a second time.
var (
	standalone = sync.OnceValues(func() (string, error) { return build("handover-standalone", "..", ".") })
	handover   = sync.OnceValues(func() (string, error) { return build("handover", "../..", "./cmd/handover") })
)

func build(name, dir, what string) (string, error) {
	path := filepath.Join(folder, name)
	cmd := exec.Command("go", "build", "-o", path, what)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", name, err, out)
	}
	return path, nil
}
