package store

import (
	"context"
	"time"

	"handover/domain"
)

// Steps lists the steps of a run in one app, in their order; without an app
// those of all its apps.
func (s *Store) Steps(ctx context.Context, run string, app domain.AppID) ([]domain.StepRecord, error) {
	q := &query{text: "SELECT " + stepColumns + " FROM steps WHERE 0 = 0"}
	q.where("run = ?", run)
	q.whereText("app", string(app))
	found, err := collect(ctx, s.reader, scanStep, q.text+" ORDER BY app, position, step", q.args...)
	return found, fault("store.steps", err)
}

// Snapshot finds what was captured of an app before a run wrote anything.
func (s *Store) Snapshot(ctx context.Context, run string, app domain.AppID) (domain.Snapshot, error) {
	snap, err := bodies[domain.Snapshot](s.reader.QueryRowContext(ctx, "SELECT body FROM snapshots WHERE run = $1 AND app = $2", run, string(app)))
	return snap, fault("store.snapshot", err)
}

// Snapshots lists what was captured of all apps of a run.
func (s *Store) Snapshots(ctx context.Context, run string) ([]domain.Snapshot, error) {
	found, err := collect(ctx, s.reader, bodies[domain.Snapshot], "SELECT body FROM snapshots WHERE run = $1 ORDER BY app", run)
	return found, fault("store.snapshots", err)
}

// Plan finds a proposed plan by its digest.
func (s *Store) Plan(ctx context.Context, run string, app domain.AppID, digest string) (domain.Plan, error) {
	p, err := bodies[domain.Plan](s.reader.QueryRowContext(ctx, "SELECT body FROM plans WHERE run = $1 AND app = $2 AND digest = $3", run, string(app), digest))
	return p, fault("store.plan", err)
}

// Plans lists the proposals of a run, each app's in their order.
func (s *Store) Plans(ctx context.Context, run string) ([]domain.Plan, error) {
	found, err := collect(ctx, s.reader, bodies[domain.Plan], "SELECT body FROM plans WHERE run = $1 ORDER BY app, version, digest", run)
	return found, fault("store.plans", err)
}

// Approval finds a request by id.
func (s *Store) Approval(ctx context.Context, id string) (domain.Approval, error) {
	a, err := bodies[domain.Approval](s.reader.QueryRowContext(ctx, "SELECT body FROM approvals WHERE id = $1", id))
	return a, fault("store.approval", err)
}

// Task finds a task by id.
func (s *Store) Task(ctx context.Context, id string) (domain.Task, error) {
	t, err := bodies[domain.Task](s.reader.QueryRowContext(ctx, "SELECT body FROM tasks WHERE id = $1", id))
	return t, fault("store.task", err)
}

// RequestFilter narrows ListApprovals and ListTasks; empty fields do not. The
// page after a row begins at its AfterTime and AfterID.
type RequestFilter struct {
	Run       string
	App       domain.AppID
	Person    domain.PersonID // who may decide, or who owns the task, is its backup, or is to confirm what was done
	Open      bool
	Viewer    domain.PersonID // leaves out what belongs to confidential runs that this person may not see
	AfterTime time.Time
	AfterID   string
	Limit     int // default 100
}

func (f RequestFilter) apply(q *query) {
	q.whereText("x.run", f.Run)
	q.whereText("x.app", string(f.App))
	if f.Viewer != "" {
		q.where("NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = x.run AND NOT "+visible+")", string(f.Viewer), string(f.Viewer), string(f.Viewer))
	}
	if f.AfterID != "" {
		q.where("(x.opened_at, x.id) > (?, ?)", micros(f.AfterTime), f.AfterID)
	}
	q.order("x.opened_at, x.id", f.Limit)
}

// ListApprovals lists requests, the oldest first.
func (s *Store) ListApprovals(ctx context.Context, f RequestFilter) ([]domain.Approval, error) {
	q := &query{text: "SELECT x.body FROM approvals x WHERE 0 = 0"}
	if f.Person != "" {
		q.where("EXISTS (SELECT 1 FROM approval_people p WHERE p.approval = x.id AND p.person = ?)", string(f.Person))
	}
	if f.Open {
		q.where("x.state = 'open'")
	}
	f.apply(q)
	found, err := collect(ctx, s.reader, bodies[domain.Approval], q.text, q.args...)
	return found, fault("store.list_approvals", err)
}

// ListTasks lists tasks, the oldest first.
func (s *Store) ListTasks(ctx context.Context, f RequestFilter) ([]domain.Task, error) {
	q := &query{text: "SELECT x.body FROM tasks x WHERE 0 = 0"}
	if f.Person != "" {
		q.where("(x.owner = ? OR x.backup = ? OR x.second = ? AND x.state = 'done')", string(f.Person), string(f.Person), string(f.Person))
	}
	if f.Open {
		q.where("x.state NOT IN ('settled', 'closed')")
	}
	f.apply(q)
	found, err := collect(ctx, s.reader, bodies[domain.Task], q.text, q.args...)
	return found, fault("store.list_tasks", err)
}

// OpenTasks lists the tasks that wait for a person in an app, also those said
// done and not yet proven.
func (s *Store) OpenTasks(ctx context.Context, app domain.AppID) ([]domain.Task, error) {
	found, err := collect(ctx, s.reader, bodies[domain.Task], "SELECT body FROM tasks WHERE app = $1 AND state NOT IN ('settled', 'closed') ORDER BY opened_at, id", string(app))
	return found, fault("store.open_tasks", err)
}

const seatColumns = "id, app, kind, run, person, account, reusable, at"

func scanSeat(row scanner) (domain.SeatEntry, error) {
	var e domain.SeatEntry
	var us int64
	err := row.Scan(&e.ID, &e.App, &e.Kind, &e.Run, &e.Person, &e.Account, &e.Reusable, &us)
	e.At = at(us)
	return e, err
}

// SeatEntries lists the seat ledger of an app.
func (s *Store) SeatEntries(ctx context.Context, app domain.AppID) ([]domain.SeatEntry, error) {
	found, err := collect(ctx, s.reader, scanSeat, "SELECT "+seatColumns+" FROM seat_entries WHERE app = $1 ORDER BY at, id", string(app))
	return found, fault("store.seat_entries", err)
}

// RunSeats lists what a run wrote into the seat ledger.
func (s *Store) RunSeats(ctx context.Context, run string) ([]domain.SeatEntry, error) {
	found, err := collect(ctx, s.reader, scanSeat, "SELECT "+seatColumns+" FROM seat_entries WHERE run = $1 ORDER BY at, id", run)
	return found, fault("store.run_seats", err)
}

// CutOffs lists the measurements of a run.
func (s *Store) CutOffs(ctx context.Context, run string) ([]domain.CutOffTime, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (domain.CutOffTime, error) {
		var c domain.CutOffTime
		var due, verified, limit int64
		err := row.Scan(&c.Run, &c.App, &c.Channel, &due, &verified, &limit, &c.Class)
		c.Due, c.VerifiedAt, c.Limit = at(due), at(verified), time.Duration(limit)
		return c, err
	}, "SELECT run, app, channel, due, verified_at, limit_ns, class FROM cut_offs WHERE run = $1 ORDER BY app", run)
	return found, fault("store.cut_offs", err)
}

// ApprovalsOf lists all requests of a run, the oldest first.
func (s *Store) ApprovalsOf(ctx context.Context, run string) ([]domain.Approval, error) {
	found, err := collect(ctx, s.reader, bodies[domain.Approval], "SELECT body FROM approvals WHERE run = $1 ORDER BY opened_at, id", run)
	return found, fault("store.approvals_of", err)
}

// TasksOf lists all tasks of a run, the oldest first.
func (s *Store) TasksOf(ctx context.Context, run string) ([]domain.Task, error) {
	found, err := collect(ctx, s.reader, bodies[domain.Task], "SELECT body FROM tasks WHERE run = $1 ORDER BY opened_at, id", run)
	return found, fault("store.tasks_of", err)
}
