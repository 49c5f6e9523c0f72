package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"handover/domain"
)

// Record writes an entry whole or not at all; writing it again changes nothing.
func (s *Store) Record(ctx context.Context, e domain.Entry) error {
	return s.transact(ctx, "store.record", func(tx *sql.Tx) error { return s.record(ctx, tx, e) })
}

// record writes an entry inside a transaction. The chain of the run is taken
// first, so that two writers of one run never meet in the rows between, and the
// events come last, so that the global chain is held only for a moment.
func (s *Store) record(ctx context.Context, tx *sql.Tx, e domain.Entry) error {
	heads, err := lockChains(ctx, tx, e.Run, e.Events)
	if err != nil {
		return err
	}
	fresh, err := unwritten(ctx, tx, e.Events)
	if err != nil {
		return err
	}
	told, err := s.insertNotices(ctx, tx, e.Notices)
	if err != nil {
		return fmt.Errorf("keep notices: %w", err)
	}
	w := &entryWriter{tx: tx, entry: e, now: s.now(), fresh: fresh, repeat: isRepeat(e, len(fresh)+told)}
	if err := w.rows(ctx); err != nil {
		return err
	}
	return appendEvents(ctx, tx, heads, w.fresh)
}

// isRepeat tells that everything an entry has to say was said before: it was
// written already, or by another attempt of the same work, and what stands in
// the rows may be newer than what it carries. An entry that says nothing, such
// as the progress of a transfer, is no repeat.
func isRepeat(e domain.Entry, news int) bool {
	return news == 0 && len(e.Events)+len(e.Notices) > 0
}

// entryWriter writes the rows of one entry.
type entryWriter struct {
	tx     *sql.Tx
	entry  domain.Entry
	now    time.Time
	fresh  []domain.AuditEvent // those not written before
	repeat bool
	about  []string // what changed, as messages name it
}

func (w *entryWriter) rows(ctx context.Context) error {
	for _, part := range []struct {
		what  string
		write func(context.Context) error
	}{
		{"write run", w.run}, {"write steps", w.steps}, {"keep plan", w.plan}, {"keep snapshot", w.snapshot},
		{"write approvals", w.approvals}, {"write tasks", w.tasks}, {"settle claims", w.claims}, {"book seats", w.seats},
		{"keep cut-off", w.cutOff}, {"keep pictures", w.pictures}, {"keep sign-in", w.signIn}, {"write invites", w.invites}, {"write grants", w.grants},
		{"link accounts", w.links}, {"end rights", w.departure}, {"mark messages", w.outdate},
	} {
		if err := part.write(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.what, err)
		}
	}
	return nil
}
