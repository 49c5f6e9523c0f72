package evidence

import (
	"archive/zip"
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func build(t *testing.T, from Source, key Signer) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Build(t.Context(), &b, from, runID, key))
	return b.Bytes()
}

func verify(pack []byte, key Signer) (Report, error) {
	return Verify(bytes.NewReader(pack), int64(len(pack)), key.Public())
}

func TestPackVerifies(t *testing.T) {
	t.Parallel()
	key, from := signer(t), newLedger(3)
	pack := build(t, from, key)
	report, err := verify(pack, key)
	require.NoError(t, err)
	require.Equal(t, runID, report.Run)
	require.Equal(t, "dana@example.com", report.Email)
	require.Equal(t, 4, report.Entries)
	require.Equal(t, from.chain[3].Hash, report.LastHash)
	require.Equal(t, []int64{10, 40}, []int64{report.GlobalFirst, report.GlobalLast})
	require.Equal(t, HeadPart{Seq: 44, Hash: from.all[43].Hash}, report.Head)
	require.Equal(t, 3, report.Withheld, "entries of a confidential run are linked and not named")
	require.Equal(t, map[domain.ItemState]int{domain.ItemMoved: 3}, report.Records)
	require.Equal(t, pack, build(t, from, key), "the same contents are the same bytes")
}

func TestSummaryIsForReaders(t *testing.T) {
	t.Parallel()
	key := signer(t)
	html := string(parts(t, build(t, newLedger(3), key))["summary.html"])
	require.Contains(t, html, "Dana &lt;b&gt;Reyes &lt;dana@example.com&gt;")
	require.Contains(t, html, "absent &lt;i&gt;")
	require.Contains(t, html, "within the limit")
	require.Contains(t, html, "3 moved")
	require.Contains(t, html, "two-stages <code>v1:frozen</code>")
	require.Regexp(t, `approve by .+ for .+, .+ \(slack\)`, html)
	require.NotContains(t, html, "<script")
}

func TestEveryFlippedByteIsFound(t *testing.T) {
	t.Parallel()
	key := signer(t)
	pack := build(t, newLedger(1), key)
	for i := range pack {
		pack[i] ^= 1 << (i % 8)
		_, err := verify(pack, key)
		require.Error(t, err, "byte %d of %d", i, len(pack))
		pack[i] ^= 1 << (i % 8)
	}
	_, err := verify(pack, key)
	require.NoError(t, err)
}

func TestEveryOtherLengthIsFound(t *testing.T) {
	t.Parallel()
	key := signer(t)
	pack := build(t, newLedger(1), key)
	for n := range len(pack) {
		_, err := verify(pack[:n], key)
		require.Error(t, err, "%d bytes of %d", n, len(pack))
	}
	_, err := verify(append(pack, 0), key)
	require.Error(t, err)
	_, err = verify(pack, signer(t))
	require.ErrorIs(t, err, errSignature)
	_, err = Verify(bytes.NewReader(pack), int64(len(pack)), nil)
	require.ErrorIs(t, err, errNoPack)
}

// parts reads a pack as any tool does.
func parts(t *testing.T, pack []byte) map[string][]byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	require.NoError(t, err)
	found := map[string][]byte{}
	for _, f := range archive.File {
		r, err := f.Open()
		require.NoError(t, err)
		found[f.Name], err = io.ReadAll(r)
		require.NoError(t, err)
	}
	return found
}

// forge changes a pack's parts and signs it again with another key.
func forge(t *testing.T, pack []byte, key Signer, change func(map[string][]byte)) []byte {
	t.Helper()
	contents := parts(t, pack)
	archive, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	require.NoError(t, err)
	change(contents)
	var b bytes.Buffer
	w := newPackWriter(&b, key)
	for _, f := range archive.File {
		if body, ok := contents[f.Name]; ok && f.Name != contentsName {
			require.NoError(t, w.part(f.Name, func(to io.Writer) error {
				_, err := to.Write(body)
				return err
			}))
		}
	}
	require.NoError(t, w.close())
	return b.Bytes()
}

func swap(name, old, next string) func(map[string][]byte) {
	return func(parts map[string][]byte) {
		changed := bytes.Replace(parts[name], []byte(old), []byte(next), 1)
		if bytes.Equal(changed, parts[name]) {
			panic("nothing was changed in " + name)
		}
		parts[name] = changed
	}
}

// rows changes the lines of a part.
func rows(name string, change func([]string) []string) func(map[string][]byte) {
	return func(parts map[string][]byte) {
		lines := strings.SplitAfter(strings.TrimSpace(string(parts[name]))+"\n", "\n")
		parts[name] = []byte(strings.Join(change(lines[:len(lines)-1]), ""))
	}
}

func TestForgeriesAreFoundWhoeverSignsThem(t *testing.T) {
	t.Parallel()
	owner, forger := signer(t), signer(t)
	pack := build(t, newLedger(3), owner)
	_, err := verify(forge(t, pack, forger, func(map[string][]byte) {}), forger)
	require.NoError(t, err, "an unchanged pack only has another signature")

	for name, c := range map[string]struct {
		change func(map[string][]byte)
		want   string
	}{
		"an entry changed":            {swap(chainName, "member_removed", "invite_revoked"), "entry 3 of the audit chain was changed"},
		"an entry's hash changed":     {swap(chainName, `"hash":"`, `"hash":"0`), "entry 1 of the audit chain was changed"},
		"an entry missing":            {rows(chainName, func(l []string) []string { return append(l[:1:1], l[2:]...) }), "entry 2 of the audit chain is missing"},
		"entries reordered":           {rows(chainName, func(l []string) []string { return []string{l[0], l[2], l[1], l[3]} }), "entry 2 of the audit chain is missing"},
		"the last entry missing":      {rows(chainName, func(l []string) []string { return l[:3] }), "does not stand in the global chain"},
		"the ends of both missing":    {both(chainName, globalName), "is called closed, and the audit chain does not say so"},
		"no entry at all":             {rows(chainName, func([]string) []string { return nil }), "is empty"},
		"a global entry changed":      {swap(globalName, `"seq":20`, `"seq":21`), "entry 2 does not stand in the global chain"},
		"global entries reordered":    {rows(globalName, func(l []string) []string { return []string{l[1], l[0], l[2], l[3]} }), "entry 1 does not stand"},
		"another run's chain":         {swap(runName, runID, "offboarding:other:1"), "belongs to another run"},
		"a reason rewritten":          {swap(reasonsName, "Dana agreed", "Dana fled"), "reason beside entry 2"},
		"a name rewritten":            {swap(peopleName, "Eli Stone", "Eve Stone"), "a name is not the one"},
		"another person":              {swap(peopleName, `"person": "dana"`, `"person": "diana"`), "not the one the run was started for"},
		"a plan rewritten":            {swap(plansName, `"mailboxes": 1`, `"mailboxes": 9`), "not the one its digest stands for"},
		"an approved plan taken away": {func(p map[string][]byte) { p[plansName] = []byte("[]") }, "the plan that was approved is missing"},
		"a record taken away":         {rows("transfers/01.csv", func(l []string) []string { return l[:3] }), "does not list as many records"},
		"a head before its entries":   {swap(headName, "44", "39"), "head of the global chain does not fit"},
		"a part taken away":           {func(p map[string][]byte) { delete(p, "transfers/01.csv") }, "transfers/01.csv is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := verify(forge(t, pack, forger, c.change), forger)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func both(names ...string) func(map[string][]byte) {
	return func(parts map[string][]byte) {
		for _, name := range names {
			rows(name, func(l []string) []string { return l[:len(l)-1] })(parts)
		}
	}
}

func TestTableOfContentsIsKept(t *testing.T) {
	t.Parallel()
	key := signer(t)
	for name, spoil := range map[string]func(*packWriter){
		"a hash that does not fit": func(w *packWriter) { w.parts[0].SHA256 = w.parts[1].SHA256 },
		"a size that does not fit": func(w *packWriter) { w.parts[0].Size++ },
		"a name that does not fit": func(w *packWriter) { w.parts[0].Name = "other" },
		"a part it does not list":  func(w *packWriter) { w.parts = w.parts[:1] },
	} {
		var b bytes.Buffer
		w := newPackWriter(&b, key)
		require.NoError(t, w.json("a", "x"), name)
		require.NoError(t, w.json("b", "y"), name)
		spoil(w)
		require.NoError(t, w.close(), name)
		_, err := verify(b.Bytes(), key)
		require.ErrorContains(t, err, "table of contents", name)
	}
}

func TestErasedPersonStillVerifies(t *testing.T) {
	t.Parallel()
	key, from := signer(t), newLedger(1)
	p := &from.people["dana"][0]
	p.Email, p.Name, p.Salt = "", "", ""
	from.reasons = nil
	from.chain[1].Event.Reason = ""
	pack := build(t, from, key)
	require.NotContains(t, string(pack), "dana@example.com")
	report, err := verify(pack, key)
	require.NoError(t, err)
	require.Equal(t, domain.PersonID("dana"), report.Person)
	require.Empty(t, report.Name)
	require.Contains(t, string(pack), "dana (no name is kept)")
}

func TestManyRecordsTakeThePlaceOfOnePage(t *testing.T) {
	from := newLedger(50_000)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	pages, most := 0, uint64(0)
	from.onPage = func() {
		if pages++; pages%20 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
	}
	require.NoError(t, Build(t.Context(), io.Discard, from, runID, signer(t)))
	require.Greater(t, pages, 99)
	require.Less(t, int64(most)-int64(before.HeapAlloc), int64(4<<20))
}
