package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func TestPackerPublishesWholePacks(t *testing.T) {
	t.Parallel()
	from, dir := newLedger(2), filepath.Join(t.TempDir(), "evidence")
	p := Packer{Source: from, Signer: signer(t), Dir: dir}
	path, err := p.BuildPack(t.Context(), runID)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, "offboarding-e7k2-1.pack"), path)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha256.Sum256(raw)
	require.Equal(t, []string{path, hex.EncodeToString(sum[:])}, from.noted)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = VerifyFile(path, p.Signer.Public())
	require.NoError(t, err)
	onlyFile(t, dir, "offboarding-e7k2-1.pack")
}

func TestPackerPublishesNothingBroken(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Packer, *ledger){
		"a changed chain": func(_ *Packer, l *ledger) { l.chain[1].Event.Kind = domain.EventSweep },
		"no key":          func(p *Packer, _ *ledger) { p.Signer = Signer{} },
		"no such run":     func(_ *Packer, l *ledger) { l.run.ID = "" },
	} {
		from, dir := newLedger(2), t.TempDir()
		p := Packer{Source: from, Signer: signer(t), Dir: dir}
		spoil(&p, from)
		_, err := p.BuildPack(t.Context(), runID)
		require.Error(t, err, name)
		require.Empty(t, from.noted, name)
		onlyFile(t, dir, "")
	}
}

func onlyFile(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if name == "" {
		require.Empty(t, names)
		return
	}
	require.Equal(t, []string{name}, names)
}

func TestFileNameStaysInItsFolder(t *testing.T) {
	t.Parallel()
	require.Equal(t, "---------etc-passwd.pack", FileName("../../../etc/passwd"))
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s := signer(t)
	key, err := ParsePublicKey(" " + PublicText(s.Public()) + "\n")
	require.NoError(t, err)
	require.Equal(t, s.Public(), key)
	for _, bad := range []string{"", "x", "aGVsbG8=", NewSigningKey() + "A"} {
		_, err := ParseSigningKey(bad)
		require.ErrorIs(t, err, errSeed)
		_, err = ParsePublicKey(bad)
		require.ErrorIs(t, err, errPublicKey)
	}
	_, err = Signer{}.sign(make([]byte, 64))
	require.ErrorContains(t, err, "HANDOVER_SIGNING_KEY")
	require.Nil(t, Signer{}.Public())
}
