package evidence

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"handover/domain"
)

// linksName is the part that links what a pack shows of the global chain to its head,
// so that an anchor from then can be met: one line for each entry, without a gap.
const linksName = "links.txt"

// withheld begins the line of an entry of a confidential run: its hash alone.
const withheld = "="

// linkRange is the part of the global chain that a pack shows without a gap.
type linkRange struct {
	first int64
	head  HeadPart
}

// linked writes the links of a run's pack: from its last entry, or from the newest
// anchor where that is older, to the head.
func (b *builder) linked(ctx context.Context) error {
	anchored, err := b.anchored(ctx)
	if err != nil {
		return err
	}
	b.links.first = max(1, min(b.links.first, anchored))
	hidden, err := b.hidden(ctx, func(_ context.Context, run string) (bool, error) { return run != b.run.ID, nil })
	if err != nil {
		return err
	}
	return b.pack.part(linksName, func(w io.Writer) error { return b.writeLinks(ctx, w, hidden) })
}

// anchored is the number of the newest anchor; of the head where there is none.
func (b *builder) anchored(ctx context.Context) (int64, error) {
	day, err := b.from.Setting(ctx, anchoredSetting)
	if err != nil || day == "" {
		return b.links.head.Seq, err
	}
	line, err := b.from.Setting(ctx, anchorSetting+day)
	var a Anchor
	if err != nil || json.Unmarshal([]byte(line), &a) != nil {
		return b.links.head.Seq, err
	}
	return a.Seq, nil
}

// hidden are the confidential runs that a pack does not name.
func (b *builder) hidden(ctx context.Context, hides func(ctx context.Context, run string) (bool, error)) (map[string]bool, error) {
	runs, err := b.from.ConfidentialRuns(ctx)
	hidden := map[string]bool{}
	for _, run := range runs {
		hide, err := hides(ctx, run)
		if err != nil {
			return nil, err
		}
		hidden[run] = hide
	}
	return hidden, err
}

// writeLinks writes each entry of the range, and refuses a chain that is not whole:
// what is withheld nobody else can check.
func (b *builder) writeLinks(ctx context.Context, w io.Writer, hidden map[string]bool) error {
	out := bufio.NewWriter(w)
	next, before := b.links.first, ""
	err := b.eachLink(ctx, b.links.first, func(g domain.GlobalEntry) error {
		if g.Seq == b.links.first {
			before = g.Prev
			fmt.Fprintf(out, "%d %s\n", g.Seq, orDash(g.Prev))
		}
		if g.Seq != next || g.Prev != before || g.Hash != domain.GlobalHash(g.Prev, g.Seq, g.Chain, g.Entry, g.Of) {
			return brokenLink(next)
		}
		next, before = next+1, g.Hash
		if hidden[g.Chain] {
			fmt.Fprintf(out, "%s %s\n", withheld, g.Hash)
		} else {
			fmt.Fprintf(out, "%d %s %s\n", g.Entry, g.Of, strconv.QuoteToASCII(g.Chain))
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case next != b.links.head.Seq+1 || before != b.links.head.Hash:
		return brokenLink(next)
	}
	return out.Flush()
}

func brokenLink(seq int64) error {
	return fmt.Errorf("entry %d of the global chain is missing or was changed: somebody wrote to the database past Handover", seq)
}

func orDash(hash string) string {
	if hash == "" {
		return "-"
	}
	return hash
}

// eachLink goes through the global chain from a number to the head of the pack.
func (b *builder) eachLink(ctx context.Context, from int64, each func(domain.GlobalEntry) error) error {
	for from <= b.links.head.Seq {
		found, err := b.from.GlobalEntries(ctx, from, min(b.links.head.Seq, from+page-1))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return brokenLink(from)
		}
		for _, g := range found {
			if err := each(g); err != nil {
				return err
			}
		}
		from = found[len(found)-1].Seq + 1
	}
	return nil
}

// linkHashes are the hashes of a range of the global chain, by number.
type linkHashes struct {
	first int64
	all   [][32]byte
}

// at is the hash with a number; false where the pack does not link it.
func (l linkHashes) at(seq int64) (string, bool) {
	if i := seq - l.first; i >= 0 && i < int64(len(l.all)) {
		return hex.EncodeToString(l.all[i][:]), true
	}
	return "", false
}

// Linked is the first entry of the global chain from which on a pack shows every one up
// to the head, and how many they are.
func (r Report) Linked() (first int64, n int) { return r.links.first, len(r.links.all) }

// link is one entry of the global chain as a pack tells it. Of one that is withheld
// the hash alone is known.
type link struct {
	domain.GlobalEntry
	hidden bool
}

// links checks that the entries hang together up to the head.
func (v *verifier) links(each func(link) error) error {
	f, ok := v.files[linksName]
	if !ok {
		return nil // of a pack that was made before there were links: it meets no anchor
	}
	return readPart(f, func(r io.Reader) error {
		rows := bufio.NewScanner(r)
		if !rows.Scan() {
			return errors.New("verify pack: the links of the global chain are missing")
		}
		var before string
		var at link
		if _, err := fmt.Sscanf(rows.Text(), "%d %s", &v.report.links.first, &before); err != nil {
			return errors.New("verify pack: the links of the global chain begin with no number")
		}
		at.Seq, at.Hash = v.report.links.first-1, strings.TrimPrefix(before, "-")
		for rows.Scan() {
			next, err := parseLink(rows.Text(), at)
			if err != nil {
				return err
			}
			if err := v.keepLink(next); err != nil {
				return err
			}
			if err := each(next); err != nil {
				return err
			}
			at = next
		}
		if head := v.report.Head; at.Seq != head.Seq || at.Hash != head.Hash {
			return errors.New("verify pack: the links of the global chain do not reach its head")
		}
		return rows.Err()
	})
}

// parseLink reads the entry that follows another one.
func parseLink(row string, before link) (link, error) {
	next := link{GlobalEntry: domain.GlobalEntry{Seq: before.Seq + 1, Prev: before.Hash}}
	part := strings.SplitN(row, " ", 3)
	if len(part) == 2 && part[0] == withheld {
		next.Hash, next.hidden = part[1], true
		return next, nil
	}
	var err error
	if len(part) == 3 {
		if next.Entry, err = strconv.ParseInt(part[0], 10, 64); err == nil {
			next.Of = part[1]
			next.Chain, err = strconv.Unquote(part[2])
		}
	}
	if len(part) != 3 || err != nil {
		return next, fmt.Errorf("verify pack: entry %d of the global chain cannot be read", next.Seq)
	}
	next.Hash = domain.GlobalHash(next.Prev, next.Seq, next.Chain, next.Entry, next.Of)
	return next, nil
}

// keepLink keeps the hash for anchors, and holds it against what else the pack shows.
func (v *verifier) keepLink(l link) error {
	var sum [32]byte
	if n, err := hex.Decode(sum[:], []byte(l.Hash)); err != nil || n != len(sum) {
		return fmt.Errorf("verify pack: entry %d of the global chain cannot be read", l.Seq)
	}
	v.report.links.all = append(v.report.links.all, sum)
	if l.hidden {
		v.report.Withheld++
	}
	if shown, ok := v.report.global[l.Seq]; ok && shown != l.Hash {
		return fmt.Errorf("verify pack: entry %d of the global chain is not the one that its links lead to", l.Seq)
	}
	return nil
}

// linked checks the links of a run's pack. Whatever they tell of the run itself, up to
// where the pack ends, is what its own part says.
func (v *verifier) linked() error {
	return v.links(func(l link) error {
		if l.Chain == v.report.Run && !l.hidden && l.Entry <= int64(v.report.Entries) && v.report.global[l.Seq] == "" {
			return fmt.Errorf("verify pack: the global chain has an entry of the run that the pack leaves out, number %d", l.Seq)
		}
		return nil
	})
}
