package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"handover/domain"
)

// provenRun is of which entries of a run's audit chain a period shows some.
type provenRun struct {
	upTo   int64
	delays bool // also those that say why a removal was late
}

// ProofPart are the entries of one run's audit chain that prove its row.
type ProofPart struct {
	Run     string       `json:"run"`
	Entries []ShownEntry `json:"entries"`
}

// kindOf is the kind of run that a chain is of, by its name: what stands in the row can
// be written over.
func kindOf(chain string) (domain.RunKind, bool) {
	kind, _, _ := strings.Cut(chain, ":")
	k := domain.RunKind(kind)
	return k, k == domain.RunOffboarding || k.Joins()
}

// readLate fixes the head, and finds the runs of which something was written from the
// beginning of the period up to it. Each has to stand in a list, or to show by its audit
// chain that it lies elsewhere: whoever takes a run out of the database leaves a gap
// that verify names.
func (b *periodBuilder) readLate(ctx context.Context) error {
	var err error
	if b.links.first, err = b.source.FirstSince(ctx, b.part.Period.From); err != nil {
		return err
	}
	for from := b.links.first; ; {
		if b.links.head.Seq, b.links.head.Hash, err = b.from.Head(ctx); err != nil {
			return err
		}
		if b.cast, err = b.hidden(ctx, b.hides); err != nil {
			return err
		}
		if from == 0 {
			from = b.links.head.Seq // nothing was written since: the head alone is linked
			b.links.first = from
		}
		found := map[string]bool{}
		err := b.eachLink(ctx, from, func(g domain.GlobalEntry) error {
			if g.Chain == "" {
				b.others.note(g.Entry)
			}
			if _, ok := kindOf(g.Chain); ok && !b.cast[g.Chain] && b.proven[g.Chain].upTo == 0 {
				found[g.Chain] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			b.part.Head = b.links.head
			return nil
		}
		for _, run := range slices.Sorted(maps.Keys(found)) {
			if err := b.unlisted(ctx, run); err != nil {
				return err
			}
		}
		from = b.links.head.Seq + 1
	}
}

// hides tells whether a confidential run is none of whoever asked.
func (b *periodBuilder) hides(ctx context.Context, run string) (bool, error) {
	r, err := b.from.Run(ctx, run)
	hides := err == nil && !r.VisibleTo(b.part.Period.Viewer)
	if hides {
		b.discreet[r.Person] = true
	}
	return hides, ignore(err, domain.ErrNotFound)
}

// unlisted deals with a run that no list had when it was read: it has begun since, or
// it lies elsewhere, or somebody hid it.
func (b *periodBuilder) unlisted(ctx context.Context, run string) error {
	r, err := b.from.Run(ctx, run)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	kind, _ := kindOf(run)
	q := b.part.Period
	when := r.StartedAt
	if kind == domain.RunOffboarding {
		when = lastMomentOf(r)
	}
	switch {
	case err != nil, r.Kind != kind, when.Before(q.From) || !when.Before(q.To), q.App != "" && !slices.Contains(r.Apps, q.App):
		return b.elsewhere(ctx, run)
	case kind == domain.RunOffboarding:
		return b.leaver(ctx, r)
	}
	return b.mover(ctx, r)
}

// elsewhere notes a run that no list is of.
func (b *periodBuilder) elsewhere(ctx context.Context, run string) error {
	upTo, err := b.steady(ctx, run, func() error { return nil })
	if err != nil {
		return err
	}
	b.proven[run] = provenRun{upTo: upTo}
	entries, err := b.shown(ctx, run, upTo, b.notable)
	b.enter(entries)
	return err
}

// proofs writes what proves each run, one line a run.
func (b *periodBuilder) proofs(ctx context.Context) error {
	return b.pack.part(proofsName, func(w io.Writer) error {
		out := json.NewEncoder(w)
		for _, run := range slices.Sorted(maps.Keys(b.proven)) {
			p := b.proven[run]
			entries, err := b.shown(ctx, run, p.upTo, func(e domain.AuditEvent) bool { return proves(e) || b.notable(e) || p.delays && delaying(e) })
			if err != nil {
				return err
			}
			if err := out.Encode(ProofPart{Run: run, Entries: entries}); err != nil {
				return err
			}
		}
		return nil
	})
}

// chained writes the links, from the first entry of the period, or from the newest
// anchor where that is older, to the head.
func (b *periodBuilder) chained(ctx context.Context) error {
	anchored, err := b.anchored(ctx)
	if err != nil {
		return err
	}
	b.links.first = max(1, min(b.links.first, anchored))
	return b.pack.part(linksName, func(w io.Writer) error { return b.writeLinks(ctx, w, b.cast) })
}
