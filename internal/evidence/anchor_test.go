package evidence

import (
	"context"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// anchorLedger keeps settings and notices in memory and fails where it is told to.
type anchorLedger struct {
	mu       sync.Mutex
	seq      int64
	settings map[string]string
	notices  map[string]string
	fail     func(act string) error
}

func newAnchorLedger() *anchorLedger {
	return &anchorLedger{seq: 7, settings: map[string]string{}, notices: map[string]string{}, fail: func(string) error { return nil }}
}

func (l *anchorLedger) Head(context.Context) (int64, string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++ // somebody is always writing
	return l.seq, fmt.Sprint("hash-", l.seq), l.fail("head")
}

func (l *anchorLedger) Setting(_ context.Context, name string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.settings[name], nil
}

func (l *anchorLedger) SetSetting(_ context.Context, name, value string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.fail("done"); err != nil {
		return err
	}
	l.settings[name] = value
	return nil
}

func (l *anchorLedger) KeepSetting(_ context.Context, name, value string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.settings[name]; !ok {
		l.settings[name] = value
	}
	return l.settings[name], l.fail("keep")
}

func (l *anchorLedger) Record(_ context.Context, e domain.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.fail("say"); err != nil {
		return err
	}
	for _, n := range e.Notices {
		if _, ok := l.notices[n.ID]; !ok {
			l.notices[n.ID] = n.Text
		}
	}
	return nil
}

func TestTheHeadIsAnchoredOnceADayWhateverDies(t *testing.T) {
	t.Parallel()
	key := signer(t)
	for _, dies := range []string{"", "head", "keep", "stamp", "say", "done"} {
		l, dir := newAnchorLedger(), filepath.Join(t.TempDir(), "anchors")
		left, stamps := 1, 0
		l.fail = func(act string) error {
			if act == dies && left > 0 {
				left--
				return errors.New("died")
			}
			return nil
		}
		a := Anchorer{Ledger: l, Signer: key, Policy: domain.AnchorPolicy{File: dir, TSA: "http://tsa"}, Post: true, Stamp: func(_ context.Context, _ string, document []byte) ([]byte, error) {
			stamps++
			return document, l.fail("stamp")
		}}
		if err := a.Run(t.Context(), noon); dies != "" {
			require.Error(t, err, dies)
		}
		require.NoError(t, a.Run(t.Context(), noon.Add(time.Hour)), dies)
		require.NoError(t, a.Run(t.Context(), noon.Add(2*time.Hour)), dies)
		require.Equal(t, []string{"anchor-2026-11-20.json", "anchor-2026-11-20.json.tsr"}, files(t, dir), dies)
		require.Len(t, l.notices, 1, dies)
		anchors, err := ReadAnchors(dir)
		require.NoError(t, err)
		require.Len(t, anchors, 1)
		require.NoError(t, anchors[0].Verify(key.Public()))
		require.Contains(t, l.notices["anchor/2026-11-20"], anchors[0].Hash, "%s: the file and the message are the same anchor", dies)
		require.LessOrEqual(t, stamps, 2)
		require.NoError(t, a.Run(t.Context(), noon.Add(24*time.Hour)))
		require.Len(t, l.notices, 2)
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestTwoWhoAnchorWriteTheSame(t *testing.T) {
	t.Parallel()
	l, dir, key := newAnchorLedger(), t.TempDir(), signer(t)
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() {
			a := Anchorer{Ledger: l, Signer: key, Policy: domain.AnchorPolicy{File: dir}, Post: true}
			errs[i] = a.Run(t.Context(), noon)
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, []string{"anchor-2026-11-20.json"}, files(t, dir))
	require.Len(t, l.notices, 1)
}

func TestAnchorsTellAPastThatWasWrittenAnew(t *testing.T) {
	t.Parallel()
	key, from := signer(t), newLedger(1)
	report, err := verify(build(t, from, key), key)
	require.NoError(t, err)
	anchor := func(seq int64, hash string) Anchor {
		a, err := key.Anchor(seq, hash, noon)
		require.NoError(t, err)
		return a
	}
	fitting, err := CompareAnchors(report, []Anchor{anchor(5, "of another run"), anchor(20, from.global[1].Hash), anchor(44, from.all[43].Hash)}, key.Public())
	require.NoError(t, err)
	require.Equal(t, 2, fitting)
	for _, wrong := range []Anchor{anchor(20, "x"), anchor(44, "x")} {
		_, err = CompareAnchors(report, []Anchor{wrong}, key.Public())
		require.ErrorContains(t, err, "written anew")
	}
	forged := anchor(44, from.all[43].Hash)
	forged.Seq = 43
	_, err = CompareAnchors(report, []Anchor{forged}, key.Public())
	require.ErrorContains(t, err, "another key signed it")
	_, err = CompareAnchors(report, []Anchor{anchor(44, from.all[43].Hash)}, signer(t).Public())
	require.ErrorContains(t, err, "another key signed it")
	_, err = Signer{}.Anchor(1, "x", noon)
	require.Error(t, err)
}

func TestAnchorsAreReadFromAFileOfLines(t *testing.T) {
	t.Parallel()
	key, path := signer(t), filepath.Join(t.TempDir(), "all.jsonl")
	var text []byte
	for _, seq := range []int64{9, 3} {
		a, err := key.Anchor(seq, "h", noon)
		require.NoError(t, err)
		line, err := a.line()
		require.NoError(t, err)
		text = append(text, line...)
	}
	require.NoError(t, os.WriteFile(path, text, 0o600))
	all, err := ReadAnchors(path)
	require.NoError(t, err)
	require.Equal(t, []int64{3, 9}, []int64{all[0].Seq, all[1].Seq})
	require.NoError(t, os.WriteFile(path, []byte("no anchor"), 0o600))
	_, err = ReadAnchors(path)
	require.ErrorContains(t, err, "no anchor")
	_, err = ReadAnchors(path + "x")
	require.Error(t, err)
}

// stampServer is a time stamp server as RFC 3161 says, without a signature. spoil
// changes what it stamps.
func stampServer(t *testing.T, status int, spoil func(*stampRequest)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var query stampRequest
		if _, derr := asn1.Unmarshal(body, &query); err != nil || derr != nil || r.Header.Get("Content-Type") != "application/timestamp-query" || query.Version != 1 || !query.CertReq {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		spoil(&query)
		_, _ = w.Write(stampAnswer(t, status, query))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func stampAnswer(t *testing.T, status int, query stampRequest) []byte {
	t.Helper()
	der := func(v any, options string) []byte {
		b, err := asn1.MarshalWithParams(v, options)
		require.NoError(t, err)
		return b
	}
	type tst struct {
		Version int
		Policy  asn1.ObjectIdentifier
		Imprint stampImprint
		Serial  *big.Int
		Time    time.Time `asn1:"generalized"`
		Nonce   *big.Int
	}
	info := der(tst{1, asn1.ObjectIdentifier{1, 2, 3}, query.Imprint, big.NewInt(4), noon, query.Nonce}, "")
	type inner struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	type signed struct {
		Version    int
		Algorithms []stampAlgorithm `asn1:"set"`
		Content    inner
		Signers    []int `asn1:"set"`
	}
	content := der(signed{3, []stampAlgorithm{{Algorithm: oidSHA256}}, inner{oidTSTInfo, info}, nil}, "")
	type outer struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}
	token := der(outer{oidSignedData, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: content}}, "")
	type state struct{ Status int }
	type response struct {
		Status state
		Token  asn1.RawValue
	}
	return der(response{state{status}, asn1.RawValue{FullBytes: token}}, "")
}

func TestAStampIsOneOfTheDocument(t *testing.T) {
	t.Parallel()
	s, document := Stamper{Client: http.DefaultClient}, []byte("an anchor\n")
	answer, err := s.Stamp(t.Context(), stampServer(t, 0, func(*stampRequest) {}), document)
	require.NoError(t, err)
	when, err := CheckStamp(answer, document)
	require.NoError(t, err)
	require.True(t, when.Equal(noon))
	_, err = CheckStamp(answer, []byte("another anchor\n"))
	require.ErrorContains(t, err, "another document")
	_, err = s.Stamp(t.Context(), stampServer(t, 0, func(q *stampRequest) { q.Imprint.Digest[0] ^= 1 }), document)
	require.ErrorContains(t, err, "another document")
	_, err = s.Stamp(t.Context(), stampServer(t, 2, func(*stampRequest) {}), document)
	require.ErrorContains(t, err, "refused with status 2")
	for i := range len(answer) {
		_, err = CheckStamp(answer[:i], document)
		require.Error(t, err)
	}
	_, err = s.Stamp(t.Context(), "http://127.0.0.1:1", document)
	require.ErrorContains(t, err, "does not answer")
}
