package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"handover/domain"
)

// PicturePart is what a browser showed after a step of a recorded recipe, with
// the file that holds it.
type PicturePart struct {
	domain.StepPicture
	File string `json:"file"`
}

// picturesAtOnce bounds how many pictures are held in memory: each is some
// hundred kilobytes.
const picturesAtOnce = 20

// pictures writes what browsers showed, each picture as a file that any viewer
// opens.
func (b *builder) pictures(ctx context.Context) error {
	parts := []PicturePart{}
	for after := (domain.StepPicture{}); ; {
		found, err := b.from.Pictures(ctx, b.run.ID, after, picturesAtOnce)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return b.pack.json(picturesName, parts)
		}
		for _, p := range found {
			part := PicturePart{p, fmt.Sprintf("pictures/%s/%s/%s-%02d.png", p.App, p.Step, p.Play, p.Number)}
			if err := b.pack.part(part.File, func(w io.Writer) error { _, err := w.Write(p.PNG); return err }); err != nil {
				return err
			}
			parts, after = append(parts, part), p
			parts[len(parts)-1].PNG = nil
		}
	}
}

// pictures checks each picture against what the audit chain binds of its playing.
// A playing without any was erased.
func (v *verifier) pictures() error {
	var parts []PicturePart
	if err := v.read(picturesName, &parts); err != nil {
		return err
	}
	all := map[string]hash.Hash{}
	count := map[string]int{}
	for _, p := range parts {
		f, ok := v.files[p.File]
		if !ok {
			return fmt.Errorf("verify pack: %s is missing", p.File)
		}
		one := sha256.New()
		if err := readPart(f, func(r io.Reader) error { _, err := io.Copy(one, r); return err }); err != nil {
			return err
		}
		if hex.EncodeToString(one.Sum(nil)) != p.SHA256 {
			return fmt.Errorf("verify pack: %s is not the picture that was kept", p.File)
		}
		play := domain.PlayID(p.Play)
		if all[play] == nil {
			all[play] = sha256.New()
		}
		all[play].Write(one.Sum(nil))
		count[play]++
	}
	for play, sum := range all {
		facts := v.played[play].Facts
		if facts[domain.FactPictures] != fmt.Sprint(count[play]) || facts[domain.FactPicturesHash] != hex.EncodeToString(sum.Sum(nil)) {
			return errors.New("verify pack: the pictures of a playing are not those that the audit chain binds")
		}
	}
	return nil
}
