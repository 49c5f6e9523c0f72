package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"handover/domain"
)

// head is the end of a chain that a transaction holds.
type head struct {
	chain string
	seq   int64
	hash  string
}

// lockChain takes a chain's row, which orders everything written about a run.
func lockChain(ctx context.Context, tx *sql.Tx, chain string) (*head, error) {
	h := &head{chain: chain}
	take := func() error {
		return tx.QueryRowContext(ctx, "UPDATE chains SET seq = seq WHERE chain = $1 RETURNING seq, hash", chain).Scan(&h.seq, &h.hash)
	}
	err := take()
	if !errors.Is(err, sql.ErrNoRows) {
		return h, err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO chains (chain, seq, hash) VALUES ($1, 0, '') ON CONFLICT (chain) DO NOTHING", chain); err != nil {
		return nil, err
	}
	return h, take()
}

// lockChains takes the chains of a run and of events, in the order of their
// names, so that two transactions never wait for each other.
func lockChains(ctx context.Context, tx *sql.Tx, run string, events []domain.AuditEvent) (map[string]*head, error) {
	names := map[string]bool{}
	if run != "" {
		names[run] = true
	}
	for _, e := range events {
		names[e.Run] = true
	}
	heads := map[string]*head{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		h, err := lockChain(ctx, tx, name)
		if err != nil {
			return nil, fmt.Errorf("lock audit chain: %w", err)
		}
		heads[name] = h
	}
	return heads, nil
}

// unwritten keeps the events whose key their chain does not know, the first of
// those that share one.
func unwritten(ctx context.Context, tx *sql.Tx, events []domain.AuditEvent) ([]domain.AuditEvent, error) {
	byChain := map[string][]string{}
	for _, e := range events {
		if e.Key == "" || e.Kind == "" {
			return nil, domain.NewFault(domain.FaultInvalid, "store.record", e.App, "an audit event has no key or no kind", nil)
		}
		byChain[e.Run] = append(byChain[e.Run], text(e.Key))
	}
	type id struct{ chain, key string }
	known := map[id]bool{}
	for chain, keys := range byChain {
		found, err := collect(ctx, tx, oneText, "SELECT event_key FROM events WHERE chain = $1 AND event_key IN ("+list(2, len(keys))+")", anys([]any{chain}, keys)...)
		if err != nil {
			return nil, fmt.Errorf("look for audit events: %w", err)
		}
		for _, key := range found {
			known[id{chain, key}] = true
		}
	}
	var fresh []domain.AuditEvent
	for _, e := range events {
		if k := (id{e.Run, text(e.Key)}); !known[k] {
			known[k] = true
			fresh = append(fresh, e)
		}
	}
	return fresh, nil
}

// reason is a free text with the salt of its commitment.
type reason struct {
	chain, subject, salt, body string
	seq                        int64
}

// link gives each event its place in its chain. heads move on.
func link(heads map[string]*head, events []domain.AuditEvent) ([]domain.ChainEntry, []reason, error) {
	var entries []domain.ChainEntry
	var reasons []reason
	for _, e := range events {
		h := heads[e.Run]
		said := text(e.Reason)
		e.Reason, e.ReasonHash = "", ""
		if said != "" {
			r := reason{chain: e.Run, seq: h.seq + 1, subject: string(e.Subject), salt: secret(), body: said}
			e.ReasonHash = domain.Commitment(r.salt, r.body)
			reasons = append(reasons, r)
		}
		e, err := kept(e)
		if err != nil {
			return nil, nil, err
		}
		entry := domain.ChainEntry{Seq: h.seq + 1, Prev: h.hash, Hash: domain.ChainHash(h.hash, h.seq+1, e), Event: e}
		h.seq, h.hash = entry.Seq, entry.Hash
		entries = append(entries, entry)
	}
	return entries, reasons, nil
}

// kept is an event as it will be read back: what is hashed must survive the way
// through JSON and a column of text.
func kept(e domain.AuditEvent) (domain.AuditEvent, error) {
	e.At = e.At.UTC().Truncate(time.Microsecond)
	e.Key = text(e.Key)
	for name, value := range e.Facts {
		if clean := text(value); clean != value {
			e.Facts = maps.Clone(e.Facts)
			e.Facts[name] = clean
		}
	}
	body, err := encode(e)
	if err != nil {
		return e, err
	}
	return decode[domain.AuditEvent](body)
}

// appendEvents writes events behind their chains' heads and, last of all,
// behind the head of the global chain, for which all writers wait.
func appendEvents(ctx context.Context, tx *sql.Tx, heads map[string]*head, events []domain.AuditEvent) error {
	if len(events) == 0 {
		return nil
	}
	entries, reasons, err := link(heads, events)
	if err != nil {
		return err
	}
	if err := insertEvents(ctx, tx, entries); err != nil {
		return fmt.Errorf("append audit events: %w", err)
	}
	if err := insertReasons(ctx, tx, reasons); err != nil {
		return fmt.Errorf("keep reasons: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(heads)) {
		h := heads[name]
		if _, err := tx.ExecContext(ctx, "UPDATE chains SET seq = $1, hash = $2 WHERE chain = $3", h.seq, h.hash, h.chain); err != nil {
			return fmt.Errorf("move audit chain: %w", err)
		}
	}
	if err := appendGlobal(ctx, tx, entries); err != nil {
		return fmt.Errorf("append to global chain: %w", err)
	}
	return nil
}

func insertEvents(ctx context.Context, tx *sql.Tx, entries []domain.ChainEntry) error {
	const width = 12
	for part := range slices.Chunk(entries, 100) {
		args := make([]any, 0, len(part)*width)
		for _, c := range part {
			e := c.Event
			body, err := encode(e)
			if err != nil {
				return err
			}
			args = append(args, e.Run, c.Seq, c.Prev, c.Hash, e.Key, string(e.Kind), string(e.Actor), string(e.ActingFor), string(e.Subject),
				string(e.App), micros(e.At), body)
		}
		const into = "INSERT INTO events (chain, seq, prev, hash, event_key, kind, actor, acting_for, subject, app, at, body) VALUES "
		if _, err := tx.ExecContext(ctx, into+values(len(part), width), args...); err != nil {
			return err
		}
	}
	return nil
}

func insertReasons(ctx context.Context, tx *sql.Tx, reasons []reason) error {
	for _, r := range reasons {
		if _, err := tx.ExecContext(ctx, "INSERT INTO texts (chain, seq, subject, salt, body) VALUES ($1, $2, $3, $4, $5)",
			r.chain, r.seq, r.subject, r.salt, r.body); err != nil {
			return err
		}
	}
	return nil
}

func appendGlobal(ctx context.Context, tx *sql.Tx, entries []domain.ChainEntry) error {
	const width = 6
	var seq int64
	var hash string
	row := tx.QueryRowContext(ctx, "UPDATE global_head SET seq = seq + $1 WHERE one = 1 RETURNING seq, hash", len(entries))
	if err := row.Scan(&seq, &hash); err != nil {
		return err
	}
	seq -= int64(len(entries))
	for part := range slices.Chunk(entries, 100) {
		args := make([]any, 0, len(part)*width)
		for _, c := range part {
			seq++
			next := domain.GlobalHash(hash, seq, c.Event.Run, c.Seq, c.Hash)
			args = append(args, seq, hash, next, c.Event.Run, c.Seq, c.Hash)
			hash = next
		}
		const into = "INSERT INTO global_entries (seq, prev, hash, chain, entry, entry_hash) VALUES "
		if _, err := tx.ExecContext(ctx, into+values(len(part), width), args...); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "UPDATE global_head SET hash = $1 WHERE one = 1", hash)
	return err
}
