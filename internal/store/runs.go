package store

import (
	"context"
	"database/sql"
	"time"

	"handover/domain"
)

const runColumns = `id, kind, person, employment, apps, all_apps, authority, requester, state, why, confidential, cut_now, moment_local, moment_zone,
	started_at, closed_at, policy_hash, evidence_path`

func scanRun(row scanner) (domain.Run, error) {
	var r domain.Run
	var apps string
	var started, closed int64
	if err := row.Scan(&r.ID, &r.Kind, &r.Person, &r.Employment, &apps, &r.AllApps, &r.Authority, &r.Requester, &r.State, &r.Why, &r.Confidential,
		&r.CutNow, &r.LastMoment.Local, &r.LastMoment.Zone, &started, &closed, &r.PolicyHash, &r.EvidencePath); err != nil {
		return r, err
	}
	r.StartedAt, r.ClosedAt = at(started), at(closed)
	var err error
	r.Apps, err = decode[[]domain.AppID](apps)
	return r, err
}

// readRun finds a run with its readers.
func readRun(ctx context.Context, q querier, id string) (domain.Run, error) {
	r, err := scanRun(q.QueryRowContext(ctx, "SELECT "+runColumns+" FROM runs WHERE id = $1", id))
	if err != nil {
		return r, err
	}
	return r, readReaders(ctx, q, &r)
}

func readReaders(ctx context.Context, q querier, r *domain.Run) error {
	if !r.Confidential {
		return nil
	}
	names, err := collect(ctx, q, oneText, "SELECT person FROM run_readers WHERE run = $1 ORDER BY person", r.ID)
	for _, name := range names {
		r.Readers = append(r.Readers, domain.PersonID(name))
	}
	return err
}

func insertRun(ctx context.Context, tx *sql.Tx, r domain.Run, input []byte) error {
	apps, err := encode(r.Apps)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO runs (id, kind, person, employment, apps, app_set, all_apps, authority, requester, state, why, confidential,
		cut_now, moment_local, moment_zone, started_at, closed_at, policy_hash, evidence_path, input) VALUES (`+list(1, 20)+`)`,
		r.ID, string(r.Kind), string(r.Person), r.Employment, apps, appSet(r.Apps), r.AllApps, string(r.Authority), string(r.Requester), string(r.State),
		text(r.Why), r.Confidential, r.CutNow, r.LastMoment.Local, r.LastMoment.Zone, micros(r.StartedAt), micros(r.ClosedAt), r.PolicyHash,
		r.EvidencePath, blob(input)); err != nil {
		return err
	}
	for _, p := range r.Readers {
		if _, err := tx.ExecContext(ctx, "INSERT INTO run_readers (run, person) VALUES ($1, $2) ON CONFLICT (run, person) DO NOTHING", r.ID, string(p)); err != nil {
			return err
		}
	}
	return nil
}

// Run finds a run by id.
func (s *Store) Run(ctx context.Context, id string) (domain.Run, error) {
	r, err := readRun(ctx, s.reader, id)
	return r, fault("store.run", err)
}

// RunInput is the workflow's input as it was when the run was made, for
// starting it again under the same id.
func (s *Store) RunInput(ctx context.Context, id string) ([]byte, error) {
	var input []byte
	err := s.reader.QueryRowContext(ctx, "SELECT input FROM runs WHERE id = $1", id).Scan(&input)
	return input, fault("store.run_input", err)
}

// RunFilter narrows ListRuns; empty fields do not. The page after a run begins
// at its BeforeStart and BeforeID.
type RunFilter struct {
	Person      domain.PersonID
	Employment  string
	Kind        domain.RunKind
	State       domain.RunState
	Open        bool            // those that have not ended
	Viewer      domain.PersonID // leaves out the confidential runs that this person may not see
	BeforeStart time.Time
	BeforeID    string
	Limit       int // default 100
}

// visible is the condition under which a viewer may see a run r, as
// domain.Run.VisibleTo says.
const visible = `(NOT r.confidential OR (r.person <> ? AND (r.requester = ? OR EXISTS (SELECT 1 FROM run_readers v WHERE v.run = r.id AND v.person = ?))))`

// ListRuns lists runs, the newest first.
func (s *Store) ListRuns(ctx context.Context, f RunFilter) ([]domain.Run, error) {
	q := &query{text: "SELECT " + runColumns + " FROM runs r WHERE 0 = 0"}
	q.whereText("person", string(f.Person))
	q.whereText("employment", f.Employment)
	q.whereText("kind", string(f.Kind))
	q.whereText("state", string(f.State))
	if f.Open {
		q.where("state NOT IN ('closed', 'retracted', 'denied')")
	}
	if f.Viewer != "" {
		q.where(visible, string(f.Viewer), string(f.Viewer), string(f.Viewer))
	}
	if f.BeforeID != "" {
		q.where("(started_at, id) < (?, ?)", micros(f.BeforeStart), f.BeforeID)
	}
	q.order("started_at DESC, id DESC", f.Limit)
	found, err := collect(ctx, s.reader, scanRun, q.text, q.args...)
	for i := range found {
		if err == nil {
			err = readReaders(ctx, s.reader, &found[i])
		}
	}
	return found, fault("store.list_runs", err)
}

// Left tells whether a leaving from all apps stands, open or closed, against what a
// run gives its person: of the run's own employment, or begun since on the word of
// people, who mean the person whatever employment they have.
func (s *Store) Left(ctx context.Context, run domain.Run) (bool, error) {
	var n int
	err := s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM runs WHERE person = $1 AND kind = $2 AND all_apps AND state NOT IN ('retracted', 'denied')
		AND (employment = $3 OR authority <> $4 AND started_at >= $5)`,
		string(run.Person), string(domain.RunOffboarding), run.Employment, string(domain.AuthorityHR), micros(run.StartedAt)).Scan(&n)
	return n > 0, fault("store.left", err)
}

// Leaving tells whether some open run other than except is ending this
// person's access.
func (s *Store) Leaving(ctx context.Context, person domain.PersonID, except string) (bool, error) {
	var n int
	err := s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM runs WHERE person = $1 AND kind = $2 AND id <> $3 AND state NOT IN ('closed', 'retracted', 'denied')`,
		string(person), string(domain.RunOffboarding), except).Scan(&n)
	return n > 0, fault("store.leaving", err)
}
