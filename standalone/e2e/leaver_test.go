package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/standalone/demo"
)

func TestLeaverThroughTheRealProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	before, err := demo.Take(w.app, dana)
	require.NoError(t, err)
	w.home.start("")
	w.robot(nil)
	r := w.awaitState(w.start(leaving(dana, 2*time.Second)).ID, domain.RunClosed)
	w.checkRun(r, before)

	info, err := os.Stat(filepath.Join(w.home.data, "keys", "admin-token"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	w.tokens[priya] = domain.Secret(w.home.secret("admin-token"))
	_, ok := w.run(r.ID)
	require.True(t, ok, "the first token does not open the door")
	w.stop()
	w.checkKept(r)
}
