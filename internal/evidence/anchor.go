package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// anchorFormat names the signed form of an anchor.
const anchorFormat = "handover-anchor/1"

// anchoring keeps the signature of an anchor from being one of anything else.
var anchoring = &ed25519.Options{Hash: signing.Hash, Context: anchorFormat}

// Anchor is the head of the global audit chain at a moment, signed: one line of JSON
// that is kept where the owner of the database cannot change it.
type Anchor struct {
	Format    string    `json:"format"`
	Seq       int64     `json:"seq"`
	Hash      string    `json:"hash"`
	At        time.Time `json:"at"`
	Key       string    `json:"key"`
	Signature string    `json:"signature"` // base64, Ed25519ph over the canonical form
}

// canonical is what is signed: "name=value" lines.
func (a Anchor) canonical() []byte {
	return []byte("format=" + anchorFormat + "\nseq=" + strconv.FormatInt(a.Seq, 10) + "\nhash=" + strconv.QuoteToASCII(a.Hash) +
		"\nat=" + strconv.FormatInt(a.At.UnixMicro(), 10) + "\n")
}

// Anchor signs the head of the global chain.
func (s Signer) Anchor(seq int64, hash string, at time.Time) (Anchor, error) {
	a := Anchor{Format: anchorFormat, Seq: seq, Hash: hash, At: at.UTC().Truncate(time.Microsecond), Key: PublicText(s.Public())}
	if _, err := s.sign(make([]byte, sha512.Size)); err != nil {
		return a, err
	}
	sum := sha512.Sum512(a.canonical())
	signature, err := s.key.Sign(nil, sum[:], anchoring)
	a.Signature = base64.StdEncoding.EncodeToString(signature)
	return a, err
}

// Verify tells whether an anchor was signed by a key.
func (a Anchor) Verify(key ed25519.PublicKey) error {
	signature, err := base64.StdEncoding.DecodeString(a.Signature)
	sum := sha512.Sum512(a.canonical())
	if err != nil || a.Format != anchorFormat || len(key) != ed25519.PublicKeySize || ed25519.VerifyWithOptions(key, sum[:], signature, anchoring) != nil {
		return fmt.Errorf("verify anchor: the anchor of entry %d was changed, or another key signed it", a.Seq)
	}
	return nil
}

// ReadAnchors reads the anchors of a file, or of all files of a folder that end in
// .json or .jsonl: one JSON document a line. They come in the order of their
// numbers.
func ReadAnchors(path string) ([]Anchor, error) {
	files := []string{path}
	if info, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("read anchors: %w", err)
	} else if info.IsDir() {
		one, err := filepath.Glob(filepath.Join(path, "*.json"))
		if err != nil {
			return nil, fmt.Errorf("read anchors: %w", err)
		}
		many, err := filepath.Glob(filepath.Join(path, "*.jsonl"))
		if err != nil {
			return nil, fmt.Errorf("read anchors: %w", err)
		}
		files = append(one, many...)
	}
	var all []Anchor
	for _, name := range files {
		raw, err := os.ReadFile(name) //nolint:gosec // the caller names the file
		if err != nil {
			return nil, fmt.Errorf("read anchors: %w", err)
		}
		rows := json.NewDecoder(bytes.NewReader(raw))
		for {
			var a Anchor
			err := rows.Decode(&a)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("read anchors: %s holds something that is no anchor", filepath.Base(name))
			}
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b Anchor) int { return int(a.Seq - b.Seq) })
	return all, nil
}

const (
	// skew is how far the clocks of two machines may lie apart.
	skew = 5 * time.Minute
	// slow is how long after it was measured the end of an access may be written down.
	slow = time.Hour
)

// CompareAnchors checks what a verified pack shows of the global chain against
// anchors that were kept outside: each must be signed by the key, where one has the
// number of an entry that the pack shows or links the hash must be the same, none from
// before what the pack tells may have a number above its head, and no access may have
// ended before an anchor of which the entry was written behind it. It answers how many
// had such a number; none of them says nothing about the pack. Without any anchor there
// is nothing to compare, which is an error.
func CompareAnchors(r Report, anchors []Anchor, key ed25519.PublicKey) (int, error) {
	if len(anchors) == 0 {
		return 0, errors.New("compare anchors: there is none: name the file, or the folder with the files anchor-DATE.json, that was kept outside")
	}
	fitting := 0
	for _, a := range anchors {
		if err := a.Verify(key); err != nil {
			return 0, err
		}
		hash, known := r.hashAt(a.Seq)
		day := a.At.Format(time.DateOnly)
		switch {
		case known && hash != a.Hash:
			return 0, fmt.Errorf("compare anchors: entry %d of the global chain is another than the one that was anchored on %s: the past was written anew", a.Seq, day)
		case a.Seq > r.Head.Seq && a.At.Before(r.Latest.Add(-skew)):
			return 0, fmt.Errorf("compare anchors: on %s the global chain had %d entries, and the pack, which tells of %s, knows %d: its end was cut off", day, a.Seq, r.Latest.UTC().Format(time.DateOnly), r.Head.Seq)
		}
		for seq, at := range r.removed {
			if seq > a.Seq && at.Before(a.At.Add(-slow)) {
				return 0, fmt.Errorf("compare anchors: entry %d of the global chain tells of an end of access on %s, and was written after the anchor of %s", seq, at.UTC().Format(time.DateOnly), day)
			}
		}
		if known {
			fitting++
		}
	}
	return fitting, nil
}

// hashAt is the hash of an entry of the global chain, where the pack shows or links it.
func (r Report) hashAt(seq int64) (string, bool) {
	if hash, ok := r.links.at(seq); ok {
		return hash, true
	}
	if seq == r.Head.Seq {
		return r.Head.Hash, true
	}
	hash, ok := r.global[seq]
	return hash, ok
}

// line is an anchor as it is written to files.
func (a Anchor) line() ([]byte, error) {
	b, err := json.Marshal(a)
	return append(b, '\n'), err
}

// AnchorFileName is the file of a day in the folder of anchors.
func AnchorFileName(day string) string {
	return "anchor-" + strings.ReplaceAll(day, "/", "-") + ".json"
}
