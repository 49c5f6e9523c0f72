package store

import (
	"context"
	"fmt"
	"time"

	"handover/domain"
)

// AuditFilter narrows Audit; empty fields do not. The page before an entry
// begins at its global number.
type AuditFilter struct {
	Subject domain.PersonID
	Actor   domain.PersonID // also on whose behalf somebody acted
	Kind    domain.EventKind
	App     domain.AppID
	Run     string
	Since   time.Time
	Until   time.Time
	Viewer  domain.PersonID // leaves out confidential runs that this person may not see
	Before  int64           // global number, 0 begins with the newest
	Limit   int             // default 100
}

// AuditLine is an event with its place in the global chain.
type AuditLine struct {
	Global int64
	Entry  domain.ChainEntry
}

const chainColumns = "e.seq, e.prev, e.hash, e.body, COALESCE(t.body, '')"

const chainTables = " FROM events e LEFT JOIN texts t ON t.chain = e.chain AND t.seq = e.seq"

func scanChain(row scanner) (domain.ChainEntry, error) { return scanChainAnd(row) }

// scanChainAnd reads an entry and the columns that follow it.
func scanChainAnd(row scanner, more ...any) (domain.ChainEntry, error) {
	var c domain.ChainEntry
	var body, said string
	if err := row.Scan(append([]any{&c.Seq, &c.Prev, &c.Hash, &body, &said}, more...)...); err != nil {
		return c, err
	}
	var err error
	c.Event, err = decode[domain.AuditEvent](body)
	c.Event.Reason = said
	return c, err
}

// Audit lists events, the newest first.
func (s *Store) Audit(ctx context.Context, f AuditFilter) ([]AuditLine, error) {
	q := &query{text: "SELECT " + chainColumns + ", g.seq" + chainTables + " JOIN global_entries g ON g.chain = e.chain AND g.entry = e.seq WHERE 0 = 0"}
	q.whereText("e.subject", string(f.Subject))
	if f.Actor != "" {
		q.where("(e.actor = ? OR e.acting_for = ?)", string(f.Actor), string(f.Actor))
	}
	q.whereText("e.kind", string(f.Kind))
	q.whereText("e.app", string(f.App))
	q.whereText("e.chain", f.Run)
	if !f.Since.IsZero() {
		q.where("e.at >= ?", micros(f.Since))
	}
	if !f.Until.IsZero() {
		q.where("e.at < ?", micros(f.Until))
	}
	if f.Viewer != "" {
		q.where("NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = e.chain AND NOT "+visible+")", string(f.Viewer), string(f.Viewer), string(f.Viewer))
	}
	if f.Before > 0 {
		q.where("g.seq < ?", f.Before)
	}
	q.order("g.seq DESC", f.Limit)
	found, err := collect(ctx, s.reader, func(row scanner) (AuditLine, error) {
		var line AuditLine
		var err error
		line.Entry, err = scanChainAnd(row, &line.Global)
		return line, err
	}, q.text, q.args...)
	return found, fault("store.audit", err)
}

// ChainEntries pages through a run's chain; "" is the chain of events outside
// runs. Reasons that were not erased are filled in.
func (s *Store) ChainEntries(ctx context.Context, chain string, after int64, limit int) ([]domain.ChainEntry, error) {
	q := &query{text: "SELECT " + chainColumns + chainTables + " WHERE 0 = 0"}
	q.where("e.chain = ? AND e.seq > ?", chain, after)
	q.order("e.seq", limit)
	found, err := collect(ctx, s.reader, scanChain, q.text, q.args...)
	return found, fault("store.chain_entries", err)
}

// Reasons lists the free texts beside a run's chain that were not erased.
func (s *Store) Reasons(ctx context.Context, chain string) ([]domain.ReasonProof, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (domain.ReasonProof, error) {
		var p domain.ReasonProof
		err := row.Scan(&p.Seq, &p.Salt, &p.Text)
		return p, err
	}, "SELECT seq, salt, body FROM texts WHERE chain = $1 ORDER BY seq", chain)
	return found, fault("store.reasons", err)
}

const globalColumns = "seq, prev, hash, chain, entry, entry_hash"

func scanGlobal(row scanner) (domain.GlobalEntry, error) {
	var g domain.GlobalEntry
	err := row.Scan(&g.Seq, &g.Prev, &g.Hash, &g.Chain, &g.Entry, &g.Of)
	return g, err
}

// GlobalEntries lists the global chain from one number to another, both
// included, at most a thousand entries.
func (s *Store) GlobalEntries(ctx context.Context, from, to int64) ([]domain.GlobalEntry, error) {
	q := &query{text: "SELECT " + globalColumns + " FROM global_entries WHERE 0 = 0"}
	q.where("seq >= ? AND seq <= ?", from, to)
	q.order("seq", 1000)
	found, err := collect(ctx, s.reader, scanGlobal, q.text, q.args...)
	return found, fault("store.global_entries", err)
}

// GlobalEntriesOf pages through the global entries of one run's chain.
func (s *Store) GlobalEntriesOf(ctx context.Context, chain string, after int64, limit int) ([]domain.GlobalEntry, error) {
	q := &query{text: "SELECT " + globalColumns + " FROM global_entries WHERE 0 = 0"}
	q.where("chain = ? AND entry > ?", chain, after)
	q.order("entry", limit)
	found, err := collect(ctx, s.reader, scanGlobal, q.text, q.args...)
	return found, fault("store.global_entries_of", err)
}

// Head is the end of the global chain: its number and hash are what is anchored
// outside.
func (s *Store) Head(ctx context.Context) (seq int64, hash string, err error) {
	err = s.reader.QueryRowContext(ctx, "SELECT seq, hash FROM global_head WHERE one = 1").Scan(&seq, &hash)
	return seq, hash, fault("store.head", err)
}

// VerifyGlobal walks the global chain from its first entry to its head and
// tells the number of the first broken entry; zero means whole. It compares
// each entry with the event it stands for, so that a changed event is found too.
func (s *Store) VerifyGlobal(ctx context.Context) (int64, error) {
	const walk = `SELECT g.seq, g.prev, g.hash, g.chain, g.entry, g.entry_hash, ` + chainColumns + ` FROM global_entries g
		JOIN events e ON e.chain = g.chain AND e.seq = g.entry LEFT JOIN texts t ON t.chain = e.chain AND t.seq = e.seq
		WHERE g.seq > $1 ORDER BY g.seq LIMIT 1000`
	headSeq, headHash, err := s.Head(ctx)
	if err != nil {
		return 0, err
	}
	seq, hash := int64(0), ""
	for seq < headSeq {
		page, err := collect(ctx, s.reader, scanWalk, walk, seq)
		if err != nil {
			return 0, fault("store.verify_global", err)
		}
		for _, w := range page {
			if !w.follows(seq, hash) {
				return seq + 1, fmt.Errorf("verify global chain: entry %d is missing or was changed", seq+1)
			}
			if seq, hash = w.global.Seq, w.global.Hash; seq == headSeq && hash != headHash {
				return seq, fmt.Errorf("verify global chain: entry %d is not the head that was kept", seq)
			}
		}
		if len(page) == 0 {
			return seq + 1, fmt.Errorf("verify global chain: entry %d is missing", seq+1)
		}
	}
	return 0, nil
}

// walked is a global entry beside the event it stands for.
type walked struct {
	global domain.GlobalEntry
	entry  domain.ChainEntry
}

func scanWalk(row scanner) (walked, error) {
	var w walked
	var body, said string
	g, c := &w.global, &w.entry
	if err := row.Scan(&g.Seq, &g.Prev, &g.Hash, &g.Chain, &g.Entry, &g.Of, &c.Seq, &c.Prev, &c.Hash, &body, &said); err != nil {
		return w, err
	}
	var err error
	c.Event, err = decode[domain.AuditEvent](body)
	return w, err
}

func (w walked) follows(seq int64, hash string) bool {
	g, c := w.global, w.entry
	return g.Seq == seq+1 && g.Prev == hash && g.Hash == domain.GlobalHash(hash, g.Seq, g.Chain, g.Entry, g.Of) &&
		g.Of == c.Hash && c.Event.Run == g.Chain && c.Hash == domain.ChainHash(c.Prev, c.Seq, c.Event)
}
