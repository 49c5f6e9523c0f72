package evidence

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"handover/domain"
)

// Ledger is a source that also notes where a pack was written.
type Ledger interface {
	Source
	NotePack(ctx context.Context, run, path, sha256 string) error
}

// Packer builds the packs of runs into a folder.
type Packer struct {
	Source Ledger
	Signer Signer
	Dir    string
}

// BuildPack builds, signs and verifies the pack of a run, puts it in its place
// whole or not at all, and notes where it is. A pack that does not verify,
// because somebody changed what the store holds, is not published.
func (p *Packer) BuildPack(ctx context.Context, run string) (string, error) {
	if err := os.MkdirAll(p.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make folder for evidence packs: %w", err)
	}
	temporary, err := os.CreateTemp(p.Dir, ".pack-*") // readable by its owner only
	if err != nil {
		return "", fmt.Errorf("make evidence pack: %w", err)
	}
	path := filepath.Join(p.Dir, FileName(run))
	sum, err := p.fill(ctx, temporary, run)
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(temporary.Name()))
	}
	return path, p.Source.NotePack(ctx, run, path, sum)
}

// fill writes the pack and reads it back from disk.
func (p *Packer) fill(ctx context.Context, file *os.File, run string) (string, error) {
	sum := sha256.New()
	buffer := bufio.NewWriterSize(io.MultiWriter(file, sum), 1<<16)
	err := Build(ctx, buffer, p.Source, run, p.Signer)
	if err == nil {
		err = errors.Join(buffer.Flush(), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	if _, err := VerifyFile(file.Name(), p.Signer.Public()); err != nil {
		var disk *fs.PathError
		if !errors.As(err, &disk) {
			err = fmt.Errorf("%w: %w", domain.ErrUnproven, err)
		}
		return "", fmt.Errorf("build evidence pack: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// BuildPeriod builds, signs and verifies the pack of a period. The file has no name:
// it is gone when the caller closes it. What the audit chain does not say, because
// somebody changed the database, is a fault of kind conflict, and makes no pack.
func (p *Packer) BuildPeriod(ctx context.Context, q domain.EvidencePeriod, now time.Time) (io.ReadCloser, error) {
	source, ok := p.Source.(PeriodSource)
	if !ok {
		return nil, errors.New("build evidence pack: this source holds no periods")
	}
	if err := os.MkdirAll(p.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for evidence packs: %w", err)
	}
	file, err := os.CreateTemp(p.Dir, ".period-*") // readable by its owner only
	if err != nil {
		return nil, fmt.Errorf("make evidence pack: %w", err)
	}
	buffer := bufio.NewWriterSize(file, 1<<16)
	err = errors.Join(BuildPeriod(ctx, buffer, source, q, now, p.Signer), buffer.Flush())
	if err == nil {
		_, err = VerifyFile(file.Name(), p.Signer.Public())
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err = errors.Join(unproven(err), os.Remove(file.Name())); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// unproven makes what does not fit the audit chain a fault of kind conflict, whose text
// says what: run ids and numbers, no names. Faults of the store stay what they are.
func unproven(err error) error {
	var fault *domain.Fault
	if err == nil || errors.As(err, &fault) {
		return err
	}
	return domain.NewFault(domain.FaultConflict, "evidence.period", "", err.Error(), err)
}

// FileName is the name of a run's pack.
func FileName(run string) string {
	safe := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		default:
			return '-'
		}
	}
	return strings.Map(safe, run) + ".pack"
}
