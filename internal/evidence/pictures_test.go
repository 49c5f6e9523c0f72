package evidence

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a browser showed stands in the pack as files, and none of them can be
// changed, taken away or erased in part by anybody who has a key of their own.
func TestPicturesAreBoundByTheChain(t *testing.T) {
	t.Parallel()
	owner, forger := signer(t), signer(t)
	ledger := newLedger(1)
	ledger.play(picturesAtOnce + 3)
	pack := build(t, ledger, owner)
	report, err := verify(pack, owner)
	require.NoError(t, err)
	var files int
	for _, part := range report.Parts {
		if bytes.HasPrefix([]byte(part.Name), []byte("pictures/apollo/deactivate/p1-")) {
			files++
		}
	}
	require.Equal(t, picturesAtOnce+3, files)

	const first, second = "pictures/apollo/deactivate/p1-01.png", "pictures/apollo/deactivate/p1-02.png"
	for name, c := range map[string]struct {
		change func(map[string][]byte)
		want   string
	}{
		"a picture changed":               {swap(first, "picture", "forgery"), "p1-01.png is not the picture that was kept"},
		"a picture and its sum swapped":   {exchange(first, second), "is not the picture that was kept"},
		"a picture taken away":            {func(p map[string][]byte) { delete(p, first) }, "p1-01.png is missing"},
		"the pictures of another playing": {swap(picturesName, `"play": "p1"`, `"play": "p2"`), "not those that the audit chain binds"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := verify(forge(t, pack, forger, c.change), forger)
			require.ErrorContains(t, err, c.want)
		})
	}

	ledger.shots = nil
	_, err = verify(build(t, ledger, owner), owner)
	require.NoError(t, err, "the pack of an erased person verifies")
	ledger = newLedger(1)
	ledger.play(3)
	ledger.shots = ledger.shots[:2]
	_, err = verify(build(t, ledger, owner), owner)
	require.ErrorContains(t, err, "not those that the audit chain binds")
}

// exchange puts two parts in each other's place.
func exchange(a, b string) func(map[string][]byte) {
	return func(parts map[string][]byte) { parts[a], parts[b] = parts[b], parts[a] }
}
