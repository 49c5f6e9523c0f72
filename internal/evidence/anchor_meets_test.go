package evidence

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An anchor from before what a pack tells cannot have a number that its chain did not
// reach; one that was taken later can.
func TestAnAnchorTellsAChainThatWasCutOff(t *testing.T) {
	t.Parallel()
	key := signer(t)
	report, err := verify(build(t, newLedger(1), key), key)
	require.NoError(t, err)
	before, err := key.Anchor(902, "h", noon.AddDate(0, 0, -1))
	require.NoError(t, err)
	_, err = CompareAnchors(report, []Anchor{before}, key.Public())
	require.ErrorContains(t, err, "on 2026-11-19 the global chain had 902 entries, and the pack, which tells of 2026-11-20, knows 44: its end was cut off")
	after, err := key.Anchor(902, "h", noon.Add(time.Hour))
	require.NoError(t, err)
	fitting, err := CompareAnchors(report, []Anchor{after}, key.Public())
	require.NoError(t, err)
	require.Zero(t, fitting)
}

// An empty folder compares nothing, and says so.
func TestNoAnchorsAreNoComparison(t *testing.T) {
	t.Parallel()
	key := signer(t)
	report, err := verify(build(t, newLedger(1), key), key)
	require.NoError(t, err)
	none, err := ReadAnchors(t.TempDir())
	require.NoError(t, err)
	_, err = CompareAnchors(report, none, key.Public())
	require.ErrorContains(t, err, "there is none: name the file")
}

// What is written behind an anchor cannot have happened long before it.
func TestAnAnchorTellsAnEndOfAccessThatWasMadeUpLater(t *testing.T) {
	t.Parallel()
	key, from := signer(t), newLedger(1)
	report, err := verify(build(t, from, key), key)
	require.NoError(t, err)
	late, err := key.Anchor(25, from.all[24].Hash, noon.AddDate(0, 0, 3))
	require.NoError(t, err)
	_, err = CompareAnchors(report, []Anchor{late}, key.Public())
	require.ErrorContains(t, err, "entry 30 of the global chain tells of an end of access on 2026-11-20, and was written after the anchor of 2026-11-23")
}

// A pack is linked to the newest anchor, so that it can be met.
func TestAPackMeetsTheNewestAnchor(t *testing.T) {
	t.Parallel()
	key, from := signer(t), newLedger(1)
	anchor, err := key.Anchor(37, from.all[36].Hash, noon)
	require.NoError(t, err)
	line, err := anchor.line()
	require.NoError(t, err)
	from.settings = map[string]string{anchoredSetting: "2026-11-20", anchorSetting + "2026-11-20": string(line)}
	pack := build(t, from, key)
	report, err := verify(pack, key)
	require.NoError(t, err)
	first, n := report.Linked()
	require.Equal(t, []int{37, 8}, []int{int(first), n})
	fitting, err := CompareAnchors(report, []Anchor{anchor}, key.Public())
	require.NoError(t, err)
	require.Equal(t, 1, fitting)
	anew, err := key.Anchor(37, strings.Repeat("0", 64), noon)
	require.NoError(t, err)
	_, err = CompareAnchors(report, []Anchor{anew}, key.Public())
	require.ErrorContains(t, err, "written anew")
	for what, change := range map[string]func(map[string][]byte){
		"a link":            rows(linksName, func(l []string) []string { return append(l[:2:2], l[3:]...) }),
		"the last link":     rows(linksName, func(l []string) []string { return l[:len(l)-1] }),
		"another first one": swap(linksName, "37 ", "36 "),
		"its own entry":     swap(linksName, "4 "+from.chain[3].Hash, "3 "+from.chain[3].Hash),
		"what is no hash":   rows(linksName, func(l []string) []string { return append(append(l[:1:1], "= x\n"), l[2:]...) }),
		"what is no link":   rows(linksName, func(l []string) []string { return append(append(l[:1:1], "x y z\n"), l[2:]...) }),
	} {
		_, err := verify(forge(t, pack, key, change), key)
		require.ErrorContains(t, err, "global chain", what)
	}
}

// Nobody signs a chain with a gap.
func TestABrokenGlobalChainMakesNoPack(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*ledger){
		"changed":  func(l *ledger) { l.all[41].Of = "x" },
		"missing":  func(l *ledger) { l.all = append(l.all[:41:41], l.all[42:]...) },
		"relinked": func(l *ledger) { l.all[42].Prev = "x" },
	} {
		from := newLedger(1)
		change(from)
		require.ErrorContains(t, Build(t.Context(), io.Discard, from, runID, signer(t)), "of the global chain is missing or was changed", what)
	}
}
