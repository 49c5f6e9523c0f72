package evidence

import (
	"context"
	"fmt"

	"handover/domain"
)

// ShownEntry is an entry of a run's audit chain with its place in the global chain,
// shown without the entries around it.
type ShownEntry struct {
	Entry  domain.ChainEntry  `json:"entry"`
	Global domain.GlobalEntry `json:"global"`
}

// linkSpan are the numbers of the first and the last entry of a chain of which the
// links tell.
type linkSpan struct{ first, last int64 }

func (l *linkSpan) note(entry int64) {
	if l.first == 0 {
		l.first = entry
	}
	l.last = entry
}

// shown picks entries of a run's chain up to one of them, and refuses a chain that is
// not whole: whoever reads the pack sees the picked ones alone.
func (b *builder) shown(ctx context.Context, run string, upTo int64, pick func(domain.AuditEvent) bool) ([]ShownEntry, error) {
	return b.picked(ctx, run, linkSpan{1, upTo}, func(e domain.ChainEntry) bool { return pick(e.Event) })
}

// picked is shown for a part of a chain.
func (b *builder) picked(ctx context.Context, run string, span linkSpan, pick func(domain.ChainEntry) bool) ([]ShownEntry, error) {
	var found []ShownEntry
	before := domain.ChainEntry{Seq: max(0, span.first-1)}
	broken := func() error {
		return fmt.Errorf("entry %d of the audit chain of %s is missing or was changed: somebody wrote to the database past Handover", before.Seq+1, run)
	}
	err := b.entries(ctx, run, before.Seq, func(e domain.ChainEntry) error {
		if e.Seq > span.last {
			return nil
		}
		follows := e.Prev == before.Hash || before.Hash == "" && before.Seq > 0
		if e.Seq != before.Seq+1 || !follows || e.Event.Run != run || e.Hash != domain.ChainHash(e.Prev, e.Seq, e.Event) {
			return broken()
		}
		if before = e; pick(e) {
			e.Event.Reason = "" // free text, which can be erased
			found = append(found, ShownEntry{Entry: e})
		}
		return nil
	})
	if err == nil && before.Seq < span.last {
		err = broken()
	}
	if err != nil {
		return nil, err
	}
	return found, b.place(ctx, run, found)
}

// place finds the entries in the global chain.
func (b *builder) place(ctx context.Context, run string, entries []ShownEntry) error {
	if len(entries) == 0 {
		return nil
	}
	next := 0
	for after := entries[0].Entry.Seq - 1; next < len(entries); {
		found, err := b.from.GlobalEntriesOf(ctx, run, after, page)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("entry %d of the audit chain of %s is missing in the global chain: somebody wrote to the database past Handover", entries[next].Entry.Seq, run)
		}
		for _, g := range found {
			if after = g.Entry; next < len(entries) && g.Entry == entries[next].Entry.Seq {
				entries[next].Global = g
				next++
			}
		}
	}
	return nil
}

// noteShown checks an entry that is shown without those around it, and notes what it
// proves. Where the links reach, it must be the one that they lead to.
func (v *verifier) noteShown(run string, s ShownEntry, p *runProof) error {
	e, g := s.Entry, s.Global
	linked, reached := v.report.links.at(g.Seq)
	switch {
	case e.Event.Run != run || e.Hash != domain.ChainHash(e.Prev, e.Seq, e.Event):
		return fmt.Errorf("verify pack: entry %d of the audit chain of %s was changed", e.Seq, run)
	case g.Chain != run || g.Entry != e.Seq || g.Of != e.Hash || g.Hash != domain.GlobalHash(g.Prev, g.Seq, g.Chain, g.Entry, g.Of), reached && linked != g.Hash:
		return fmt.Errorf("verify pack: entry %d of the audit chain of %s does not stand in the global chain as it should", e.Seq, run)
	}
	v.report.global[g.Seq] = g.Hash
	if e.Event.Kind == domain.EventMemberRemoved {
		v.report.removed[g.Seq] = e.Event.At
	}
	v.toldAt(e.Event.At)
	p.note(e.Event)
	return nil
}

// proofFrom checks some entries of a run and answers with what they prove.
func (v *verifier) proofFrom(run string, entries []ShownEntry) (*runProof, error) {
	p, last := newRunProof(), int64(0)
	for _, s := range entries {
		if s.Entry.Seq <= last {
			return nil, fmt.Errorf("verify pack: entry %d of the audit chain of %s stands elsewhere", s.Entry.Seq, run)
		}
		last = s.Entry.Seq
		if err := v.noteShown(run, s, p); err != nil {
			return nil, err
		}
	}
	return p, nil
}
