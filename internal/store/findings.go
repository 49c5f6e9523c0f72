package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"handover/domain"
)

const findingColumns = "id, app, kind, severity, state, person, account, owner, why, counts, first_seen, last_seen, read_at, closed_at, run, until_at"

func scanFinding(row scanner) (domain.Finding, error) {
	var f domain.Finding
	var counts string
	var first, last, read, closed, until int64
	err := row.Scan(&f.ID, &f.App, &f.Kind, &f.Severity, &f.State, &f.Person, &f.Account, &f.Owner, &f.Why, &counts, &first, &last, &read, &closed, &f.Run, &until)
	if err != nil {
		return f, err
	}
	f.FirstSeen, f.LastSeen, f.ReadAt, f.ClosedAt, f.Until = at(first), at(last), at(read), at(closed), at(until)
	f.Counts, err = decode[map[string]int](counts)
	return f, err
}

// keepFindings opens findings and refreshes those that are there. What is excepted
// stays so while the exception lasts, what a run is at stays the run's, and what was
// closed begins anew. A reading that began before the one that spoke last changes
// nothing.
func keepFindings(ctx context.Context, tx *sql.Tx, found []domain.Finding) error {
	const width = 16
	for rest := found; len(rest) > 0; {
		n := min(len(rest), seenBatch)
		var args []any
		for _, f := range rest[:n] {
			counts, err := encode(f.Counts)
			if err != nil {
				return err
			}
			args = append(args, f.ID, string(f.App), string(f.Kind), string(f.Severity), string(f.State), string(f.Person), string(f.Account), string(f.Owner), text(f.Why), counts,
				micros(f.FirstSeen), micros(f.LastSeen), micros(f.ReadAt), micros(f.ClosedAt), f.Run, micros(f.Until))
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO findings ("+findingColumns+") VALUES "+values(n, width)+` ON CONFLICT (id) DO UPDATE SET
			severity = excluded.severity, person = excluded.person, owner = excluded.owner, why = excluded.why, counts = excluded.counts,
			first_seen = CASE WHEN findings.state = 'closed' THEN excluded.first_seen ELSE findings.first_seen END,
			last_seen = excluded.last_seen, read_at = excluded.read_at, closed_at = 0,
			run = CASE WHEN excluded.run <> '' THEN excluded.run WHEN findings.state = 'fixing' THEN findings.run ELSE '' END,
			state = CASE WHEN findings.state = 'excepted' AND findings.until_at > excluded.read_at THEN 'excepted'
				WHEN excluded.run <> '' THEN 'fixing' WHEN findings.state = 'fixing' AND EXISTS (SELECT 1 FROM runs r WHERE r.id = findings.run
				AND r.state NOT IN ('closed', 'retracted', 'denied')) THEN 'fixing' ELSE 'open' END
			WHERE findings.read_at < excluded.read_at`, args...); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// holdFindings notes that a reading told nothing of some findings: it closes none of
// them.
func holdFindings(ctx context.Context, tx *sql.Tx, held []string, read time.Time) error {
	for rest := held; len(rest) > 0; {
		n := min(len(rest), seenBatch)
		if _, err := tx.ExecContext(ctx, "UPDATE findings SET read_at = $1 WHERE read_at < $2 AND id IN ("+list(3, n)+")", anys([]any{micros(read), micros(read)}, rest[:n])...); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// CloseFindings closes what a complete reading, begun at an instant, no longer shows:
// findings of some kinds that it neither showed nor held. It answers how many.
func (s *Store) CloseFindings(ctx context.Context, app domain.AppID, kinds []domain.FindingKind, read time.Time) (int, error) {
	if len(kinds) == 0 {
		return 0, nil
	}
	closed := 0
	err := s.transact(ctx, "store.close_findings", func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "UPDATE findings SET state = 'closed', closed_at = $1, read_at = $2, until_at = 0 WHERE app = $3 AND state <> 'closed' AND read_at < $4 AND kind IN ("+
			list(5, len(kinds))+")", anys([]any{micros(s.now()), micros(read), string(app), micros(read)}, kinds)...)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		closed = int(n)
		return err
	})
	return closed, err
}

// freshFindings counts the open findings of an app, by kind, that were first seen after
// the newest complete reading beside one: whatever was seen before was told when that
// one ended.
func freshFindings(ctx context.Context, tx *sql.Tx, r domain.Reading) (map[domain.FindingKind]int, error) {
	fresh := map[domain.FindingKind]int{}
	_, err := collect(ctx, tx, func(row scanner) (int, error) {
		var kind domain.FindingKind
		var n int
		err := row.Scan(&kind, &n)
		fresh[kind] = n
		return n, err
	}, `SELECT kind, COUNT(*) FROM findings WHERE app = $1 AND state = $2 AND first_seen >
		(SELECT COALESCE(MAX(began_at), 0) FROM readings WHERE app = $3 AND complete = 1 AND began_at <> $4) GROUP BY kind`,
		string(r.App), string(domain.FindingOpen), string(r.App), micros(r.BeganAt))
	return fresh, err
}

// closeGone closes findings by id that a reading, begun at an instant, no longer shows.
func (s *Store) closeGone(ctx context.Context, tx *sql.Tx, ids []string, read time.Time) (int, error) {
	closed := 0
	for part := range slices.Chunk(ids, seenBatch) {
		r, err := tx.ExecContext(ctx, "UPDATE findings SET state = 'closed', closed_at = $1, read_at = $2, until_at = 0 WHERE state <> 'closed' AND read_at < $3 AND id IN ("+list(4, len(part))+")",
			anys([]any{micros(s.now()), micros(read), micros(read)}, part)...)
		if err != nil {
			return closed, err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return closed, err
		}
		closed += int(n)
	}
	return closed, nil
}

// FindingFilter narrows ListFindings; empty fields do not.
type FindingFilter struct {
	ID     string
	App    domain.AppID
	Kind   domain.FindingKind
	State  domain.FindingState
	All    bool            // closed ones too
	Viewer domain.PersonID // leaves out what belongs to confidential runs that this person may not see, and themselves in them
	After  string          // id of the last one before this page
	// Gravest lists those of the highest severity first; otherwise the order is that
	// of the ids, by which one pages.
	Gravest bool
	Limit   int // default 100
}

// ListFindings lists findings.
func (s *Store) ListFindings(ctx context.Context, f FindingFilter) ([]domain.Finding, error) {
	q := &query{text: "SELECT " + findingColumns + " FROM findings f WHERE 0 = 0"}
	q.whereText("f.id", f.ID)
	q.whereText("f.app", string(f.App))
	q.whereText("f.kind", string(f.Kind))
	q.whereText("f.state", string(f.State))
	if !f.All && f.State == "" {
		q.where("f.state <> ?", string(domain.FindingClosed))
	}
	if f.Viewer != "" {
		q.where("NOT EXISTS (SELECT 1 FROM runs r WHERE (r.id = f.run OR f.person <> '' AND r.person = f.person AND r.state NOT IN ('closed', 'retracted', 'denied')) AND NOT "+visible+")",
			string(f.Viewer), string(f.Viewer), string(f.Viewer))
	}
	q.where("f.id > ?", f.After)
	by := "f.id"
	if f.Gravest {
		by = "CASE f.severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END, f.first_seen, f.id"
	}
	q.order(by, f.Limit)
	found, err := collect(ctx, s.reader, scanFinding, q.text, q.args...)
	return found, fault("store.list_findings", err)
}

// Finding finds a finding by id.
func (s *Store) Finding(ctx context.Context, id string) (domain.Finding, error) {
	f, err := scanFinding(s.reader.QueryRowContext(ctx, "SELECT "+findingColumns+" FROM findings WHERE id = $1", id))
	return f, fault("store.finding", err)
}

// FindingCount is how many findings of a kind in an app are in a state.
type FindingCount struct {
	App   domain.AppID
	Kind  domain.FindingKind
	State domain.FindingState
	N     int
}

// CountFindings counts findings that are not closed.
func (s *Store) CountFindings(ctx context.Context) ([]FindingCount, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (FindingCount, error) {
		var c FindingCount
		err := row.Scan(&c.App, &c.Kind, &c.State, &c.N)
		return c, err
	}, "SELECT app, kind, state, COUNT(*) FROM findings WHERE state <> 'closed' GROUP BY app, kind, state ORDER BY app, kind, state")
	return found, fault("store.count_findings", err)
}

// FixFinding notes the run that fixes a finding. One that is closed, or that another
// open run is at, is left alone; it answers whether it was noted.
func (s *Store) FixFinding(ctx context.Context, id, run string, e domain.AuditEvent) (bool, error) {
	fixing := false
	err := s.transact(ctx, "store.fix_finding", func(tx *sql.Tx) error {
		var err error
		fixing, err = touched(tx.ExecContext(ctx, "UPDATE findings SET state = 'fixing', run = $1 WHERE id = $2 AND state <> 'closed'", run, id))
		if err != nil || !fixing {
			return err
		}
		return s.record(ctx, tx, domain.Entry{Events: []domain.AuditEvent{e}})
	})
	return fixing, err
}

// FixRun is a run that was, or is, at a finding, and how far its cut-off came.
type FixRun struct {
	Run     string
	State   domain.RunState
	CutOff  domain.StepState // "" where it has no such step yet
	Waiting bool             // something of it needs a person
}

// FixRuns lists the runs that began since a moment and are, or were, at findings of a
// kind in an app, the oldest first.
func (s *Store) FixRuns(ctx context.Context, app domain.AppID, kind domain.FindingKind, since time.Time) ([]FixRun, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (FixRun, error) {
		var f FixRun
		var waiting int
		err := row.Scan(&f.Run, &f.State, &f.CutOff, &waiting)
		f.Waiting = waiting > 0
		return f, err
	}, `SELECT r.id, r.state, COALESCE((SELECT s.state FROM steps s WHERE s.run = r.id AND s.app = $1 AND s.step = $2), ''),
		(SELECT COUNT(*) FROM steps s WHERE s.run = r.id AND s.app = $1 AND s.state = 'needs_attention')
		FROM runs r WHERE r.started_at >= $3 AND EXISTS (SELECT 1 FROM findings f WHERE f.run = r.id AND f.app = $1 AND f.kind = $4) ORDER BY r.started_at, r.id`,
		string(app), string(domain.StepDeactivate), micros(since), string(kind))
	return found, fault("store.fix_runs", err)
}
