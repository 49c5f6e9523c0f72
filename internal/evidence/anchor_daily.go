package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"handover/domain"
)

// AnchorLedger is where anchors come from and what was done about them is kept.
type AnchorLedger interface {
	Head(ctx context.Context) (seq int64, hash string, err error)
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
	KeepSetting(ctx context.Context, name, value string) (string, error)
	Record(ctx context.Context, e domain.Entry) error
}

// Anchorer puts the head of the audit chain outside, once a day.
type Anchorer struct {
	Ledger AnchorLedger
	Signer Signer
	Policy domain.AnchorPolicy
	Post   bool // say it in the channel of operations too
	Stamp  func(ctx context.Context, tsa string, document []byte) ([]byte, error)
}

// Names of what is kept: the last day that is done, and the anchor of each day.
const (
	anchoredSetting = "anchored"
	anchorSetting   = "anchor/"
)

// Run anchors the day of a moment, in UTC, unless it was done already. Whoever does
// it first in a day fixes that day's anchor; whoever comes later, after a crash or at
// the same time, writes that very one again, and each place takes it once.
func (a *Anchorer) Run(ctx context.Context, now time.Time) error {
	day := now.UTC().Format(time.DateOnly)
	if !a.Policy.On() && !a.Post {
		return nil
	}
	if done, err := a.Ledger.Setting(ctx, anchoredSetting); err != nil || done >= day {
		return err
	}
	line, anchor, err := a.fix(ctx, day, now)
	if err != nil || anchor.Seq == 0 {
		return err
	}
	if err := a.drop(ctx, day, line); err != nil {
		return err
	}
	if err := a.say(ctx, day, anchor); err != nil {
		return err
	}
	return a.Ledger.SetSetting(ctx, anchoredSetting, day)
}

// fix makes the anchor of a day, or finds the one that somebody made.
func (a *Anchorer) fix(ctx context.Context, day string, now time.Time) ([]byte, Anchor, error) {
	seq, hash, err := a.Ledger.Head(ctx)
	if err != nil || seq == 0 {
		return nil, Anchor{}, err
	}
	anchor, err := a.Signer.Anchor(seq, hash, now)
	if err != nil {
		return nil, anchor, err
	}
	line, err := anchor.line()
	if err != nil {
		return nil, anchor, err
	}
	kept, err := a.Ledger.KeepSetting(ctx, anchorSetting+day, string(line))
	if err != nil {
		return nil, anchor, err
	}
	if err := json.Unmarshal([]byte(kept), &anchor); err != nil {
		return nil, anchor, fmt.Errorf("read the anchor of %s: %w", day, err)
	}
	return []byte(kept), anchor, nil
}

// drop writes the day's file, and the time stamp beside it. A file that is there is
// left alone: a folder that keeps what it gets refuses it anyway.
func (a *Anchorer) drop(ctx context.Context, day string, line []byte) error {
	if !a.Policy.On() {
		return nil
	}
	if err := os.MkdirAll(a.Policy.File, 0o750); err != nil {
		return fmt.Errorf("make the folder of anchors: %w", err)
	}
	path := filepath.Join(a.Policy.File, AnchorFileName(day))
	if err := place(path, line); err != nil {
		return err
	}
	if a.Policy.TSA == "" {
		return nil
	}
	if _, err := os.Stat(path + ".tsr"); err == nil {
		return nil
	}
	token, err := a.Stamp(ctx, a.Policy.TSA, line)
	if err != nil {
		return err
	}
	return place(path+".tsr", token)
}

// place puts a whole file in its place, once: a crash leaves none or all of it.
func place(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".anchor-*")
	if err != nil {
		return fmt.Errorf("write anchor: %w", err)
	}
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Link(temporary.Name(), path)
	}
	err = errors.Join(ignore(err, fs.ErrExist), os.Remove(temporary.Name()))
	if err != nil {
		return fmt.Errorf("write anchor: %w", err)
	}
	return nil
}

func ignore(err, kind error) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}

// say posts the anchor where people see it: a notice with a derived id is sent once.
func (a *Anchorer) say(ctx context.Context, day string, anchor Anchor) error {
	if !a.Post {
		return nil
	}
	return a.Ledger.Record(ctx, domain.Entry{Notices: []domain.Notice{{ID: anchorSetting + day, Kind: "anchor", At: anchor.At,
		Text: fmt.Sprintf("Audit log: entry %d, %s, signature %s", anchor.Seq, anchor.Hash, anchor.Signature)}}})
}
