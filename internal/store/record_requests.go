package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"handover/domain"
)

// approvals writes requests. One that is settled stays settled, and decisions
// are never lost to a writer who knew fewer of them.
func (w *entryWriter) approvals(ctx context.Context) error {
	for _, next := range w.entry.Approvals {
		old, err := bodies[domain.Approval](w.tx.QueryRowContext(ctx, "SELECT body FROM approvals WHERE id = $1", next.ID))
		known := err == nil
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if known && approvalIsOlder(next, old, w.repeat) {
			continue
		}
		if next.LateAt.IsZero() && next.Stage == old.Stage {
			next.LateAt = old.LateAt // a decision knows less of it than what opened the stage
		}
		if next.State == domain.ApprovalClosed {
			next.Digest = orOld(next.Digest, old.Digest) // it was opened by an attempt whose answer was lost
		}
		if !known || !same(next, old) {
			w.about = append(w.about, next.ID)
		}
		if err := putApproval(ctx, w.tx, next); err != nil {
			return err
		}
	}
	return nil
}

func approvalIsOlder(next, old domain.Approval, repeat bool) bool {
	switch {
	case old.State != domain.ApprovalOpen:
		return true
	case len(next.Decisions) != len(old.Decisions):
		return len(next.Decisions) < len(old.Decisions)
	case next.Stage != old.Stage:
		return next.Stage < old.Stage
	case len(next.Left) != len(old.Left):
		return len(next.Left) < len(old.Left)
	case len(old.Decisions) > 0 && next.State == domain.ApprovalOpen:
		return repeat || next.Digest != old.Digest // people have decided about what stands there
	default:
		return false
	}
}

func putApproval(ctx context.Context, tx *sql.Tx, a domain.Approval) error {
	body, err := encode(a)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO approvals (id, run, app, state, opened_at, body) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, opened_at = excluded.opened_at, body = excluded.body`,
		a.ID, a.Run, string(a.App), string(a.State), micros(a.OpenedAt), body); err != nil {
		return err
	}
	var people []domain.PersonID
	for _, s := range a.Policy.Stages {
		people = slices.Concat(people, s.Approvers, s.Backup)
	}
	slices.Sort(people)
	for _, p := range slices.Compact(people) {
		if _, err := tx.ExecContext(ctx, "INSERT INTO approval_people (approval, person) VALUES ($1, $2) ON CONFLICT (approval, person) DO NOTHING",
			a.ID, string(p)); err != nil {
			return err
		}
	}
	return nil
}

// tasks writes tasks. A settled one stays settled; what was said about one is
// not taken back by a repeat.
func (w *entryWriter) tasks(ctx context.Context) error {
	for _, next := range w.entry.Tasks {
		old, err := bodies[domain.Task](w.tx.QueryRowContext(ctx, "SELECT body FROM tasks WHERE id = $1", next.ID))
		known := err == nil
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if known && (taskOver(old.State) || (w.repeat && taskRank(next.State) < taskRank(old.State))) {
			continue
		}
		if known && len(next.Instructions) < len(old.Instructions) {
			next.Instructions = old.Instructions // some are added when the task is opened and never pass through history
		}
		if !known || !same(next, old) {
			w.about = append(w.about, next.ID)
		}
		if err := putTask(ctx, w.tx, next); err != nil {
			return err
		}
	}
	return nil
}

// same tells that two rows read alike.
func same[T any](a, b T) bool {
	one, errOne := encode(a)
	two, errTwo := encode(b)
	return errOne == nil && errTwo == nil && one == two
}

func taskOver(s domain.TaskState) bool { return s == domain.TaskSettled || s == domain.TaskClosed }

func taskRank(s domain.TaskState) int {
	return slices.Index([]domain.TaskState{domain.TaskOpen, domain.TaskCannot, domain.TaskDone, domain.TaskConfirmed, domain.TaskClosed, domain.TaskSettled}, s)
}

func putTask(ctx context.Context, tx *sql.Tx, t domain.Task) error {
	body, err := encode(t)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO tasks (id, run, app, owner, backup, second, state, opened_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, backup = excluded.backup, second = excluded.second, state = excluded.state, opened_at = excluded.opened_at, body = excluded.body`,
		t.ID, t.Run, string(t.App), string(t.Owner), string(t.Backup), string(t.Second), string(t.State), micros(t.OpenedAt), body)
	return err
}
