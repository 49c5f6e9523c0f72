package evidence

import (
	"archive/zip"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

// magic begins the archive's comment. Behind it stand the public key and the
// signature.
const magic = "handover-pack/1\n"

// contentsName is the last part: the table of contents.
const contentsName = "contents.json"

// Part is one file of a pack as its table of contents lists it.
type Part struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// withhold passes everything on but the last 64 bytes, where the signature
// will stand.
type withhold struct {
	to   io.Writer
	sum  hash.Hash
	last []byte
}

func (w *withhold) Write(p []byte) (int, error) {
	w.last = append(w.last, p...)
	if out := len(w.last) - ed25519.SignatureSize; out > 0 {
		w.sum.Write(w.last[:out])
		if _, err := w.to.Write(w.last[:out]); err != nil {
			return 0, err
		}
		w.last = append(w.last[:0], w.last[out:]...)
	}
	return len(p), nil
}

// packWriter writes parts into a pack. Nothing is compressed: the same contents
// are the same bytes, whatever version of a compressor is at hand.
type packWriter struct {
	zip   *zip.Writer
	end   *withhold
	key   Signer
	parts []Part
}

func newPackWriter(w io.Writer, key Signer) *packWriter {
	end := &withhold{to: w, sum: sha512.New()}
	return &packWriter{zip: zip.NewWriter(end), end: end, key: key}
}

// part writes one file of the pack.
func (p *packWriter) part(name string, write func(io.Writer) error) error {
	file, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return fmt.Errorf("begin %s: %w", name, err)
	}
	sum := &counted{to: file, sum: sha256.New()}
	if err := write(sum); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	p.parts = append(p.parts, Part{Name: name, Size: sum.n, SHA256: hex.EncodeToString(sum.sum.Sum(nil))})
	return nil
}

// json writes a part that is one JSON document, indented for a reader.
func (p *packWriter) json(name string, v any) error {
	return p.part(name, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}

// close writes the table of contents and the signature.
func (p *packWriter) close() error {
	file, err := p.zip.CreateHeader(&zip.FileHeader{Name: contentsName, Method: zip.Store})
	if err != nil {
		return fmt.Errorf("begin %s: %w", contentsName, err)
	}
	if err := json.NewEncoder(file).Encode(p.parts); err != nil {
		return fmt.Errorf("write %s: %w", contentsName, err)
	}
	comment := magic + PublicText(p.key.Public()) + "\n" + strings.Repeat("\x00", ed25519.SignatureSize)
	if err := p.zip.SetComment(comment); err != nil {
		return fmt.Errorf("write comment: %w", err)
	}
	if err := p.zip.Close(); err != nil {
		return fmt.Errorf("close archive: %w", err)
	}
	signature, err := p.key.sign(p.end.sum.Sum(nil))
	if err != nil {
		return err
	}
	_, err = p.end.to.Write(signature)
	return err
}

type counted struct {
	to  io.Writer
	sum hash.Hash
	n   int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.sum.Write(p[:n])
	c.n += int64(n)
	return n, err
}

var (
	errNoPack    = errors.New("verify pack: this is no evidence pack, or its end is missing")
	errSignature = errors.New("verify pack: the signature does not fit: the file was changed, or another key signed it")
)

// checkSignature reads the whole file once.
func checkSignature(r io.ReaderAt, size int64, key ed25519.PublicKey) error {
	signed := size - ed25519.SignatureSize
	if signed <= 0 || len(key) != ed25519.PublicKeySize {
		return errNoPack
	}
	sum := sha512.New()
	if _, err := io.Copy(sum, io.NewSectionReader(r, 0, signed)); err != nil {
		return fmt.Errorf("read pack: %w", err)
	}
	signature := make([]byte, ed25519.SignatureSize)
	if _, err := io.ReadFull(io.NewSectionReader(r, signed, ed25519.SignatureSize), signature); err != nil {
		return fmt.Errorf("read signature: %w", err)
	}
	if ed25519.VerifyWithOptions(key, sum.Sum(nil), signature, signing) != nil {
		return errSignature
	}
	return nil
}

// openParts opens the archive and holds it against its table of contents.
func openParts(r io.ReaderAt, size int64) (map[string]*zip.File, []Part, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil || !strings.HasPrefix(archive.Comment, magic) || len(archive.File) == 0 {
		return nil, nil, errNoPack
	}
	last := archive.File[len(archive.File)-1]
	var parts []Part
	if last.Name != contentsName {
		return nil, nil, errNoPack
	}
	if err := readJSON(last, &parts); err != nil {
		return nil, nil, err
	}
	if len(parts) != len(archive.File)-1 {
		return nil, nil, errors.New("verify pack: the table of contents does not list what is there")
	}
	files := map[string]*zip.File{}
	for i, p := range parts {
		if err := checkPart(archive.File[i], p); err != nil {
			return nil, nil, err
		}
		files[p.Name] = archive.File[i]
	}
	if len(files) != len(parts) {
		return nil, nil, errors.New("verify pack: a part is there twice")
	}
	return files, parts, nil
}

func checkPart(f *zip.File, want Part) error {
	sum := &counted{to: io.Discard, sum: sha256.New()}
	if err := readPart(f, func(r io.Reader) error {
		_, err := io.Copy(sum, r)
		return err
	}); err != nil {
		return err
	}
	if f.Name != want.Name || sum.n != want.Size || hex.EncodeToString(sum.sum.Sum(nil)) != want.SHA256 {
		return fmt.Errorf("verify pack: %s is not as the table of contents says", want.Name)
	}
	return nil
}

func readPart(f *zip.File, read func(io.Reader) error) error {
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("open %s: %w", f.Name, err)
	}
	if err := errors.Join(read(r), r.Close()); err != nil {
		return fmt.Errorf("read %s: %w", f.Name, err)
	}
	return nil
}

func readJSON(f *zip.File, into any) error {
	return readPart(f, func(r io.Reader) error { return json.NewDecoder(r).Decode(into) })
}
