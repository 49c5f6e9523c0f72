package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"handover/domain"
)

// RunStart is what is written together with a new run: the workflow's input,
// the command that starts it and the events that say so.
type RunStart struct {
	Input   []byte
	Command Command // no id means none
	Events  []domain.AuditEvent
	Review  *domain.Review     // of an access review: made with its run, whose id it gets
	Rows    []domain.ReviewRow // its list, where somebody uploaded one
}

// CreateRun makes a run, or finds the one that stands for the same leaving; the
// boolean tells which. There is one run for an employment. A retracted or
// denied run, or one for some apps only, does not count; of those for some apps
// only there is one open at a time for the same apps. A joining of one app is also
// found among those that hold it beside others.
//
// The employment must be known (UpsertEmployment). The store gives the id,
// "offboarding:<employment>:<n>", and calls prepare with it, inside the
// transaction: prepare must not use the store. A run without an employment, such
// as a seat release, brings its own id, of which there is one.
func (s *Store) CreateRun(ctx context.Context, r domain.Run, prepare func(domain.Run) (RunStart, error)) (domain.Run, bool, error) {
	made, created := r, false
	err := s.transact(ctx, "store.create_run", func(tx *sql.Tx) error {
		made, created = r, false
		n, err := lockEmployment(ctx, tx, r)
		if err != nil {
			return err
		}
		existing, found, err := sameRun(ctx, tx, r)
		if err != nil || found {
			made = existing
			return err
		}
		if r.Employment != "" {
			made.ID = fmt.Sprintf("%s:%s:%d", r.Kind, r.Employment, n)
		}
		created = true
		return s.startRun(ctx, tx, &made, prepare)
	})
	return made, created, err
}

// lockEmployment takes the row that orders the runs of an employment and gives
// the number of the next one. Without an employment the run's chain orders them.
func lockEmployment(ctx context.Context, tx *sql.Tx, r domain.Run) (int, error) {
	if r.Employment == "" {
		if r.ID == "" {
			return 0, domain.NewFault(domain.FaultInvalid, "store.create_run", "", "a run needs an employment or an id of its own", nil)
		}
		_, err := lockChain(ctx, tx, r.ID)
		return 0, err
	}
	var n int
	var person domain.PersonID
	err := tx.QueryRowContext(ctx, "UPDATE employments SET runs = runs WHERE id = $1 RETURNING runs, person", r.Employment).Scan(&n, &person)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, domain.NewFault(domain.FaultNotFound, "store.create_run", "", "this employment is unknown", err)
	}
	if err == nil && person != r.Person {
		return 0, domain.NewFault(domain.FaultConflict, "store.create_run", "", "this employment belongs to another person", nil)
	}
	return n + 1, err
}

// sameRun finds the run that a new one would repeat.
func sameRun(ctx context.Context, tx *sql.Tx, r domain.Run) (domain.Run, bool, error) {
	q := &query{text: "SELECT id FROM runs WHERE 0 = 0"}
	switch {
	case r.Employment == "":
		q.where("id = ?", r.ID)
	case r.AllApps:
		q.where("kind = ? AND employment = ? AND all_apps AND state NOT IN ('retracted', 'denied')", string(r.Kind), r.Employment)
	case r.Kind == domain.RunOnboarding && len(r.Apps) == 1:
		return joiningOf(ctx, tx, r)
	default:
		q.where("kind = ? AND employment = ? AND app_set = ? AND NOT all_apps AND state NOT IN ('closed', 'retracted', 'denied')",
			string(r.Kind), r.Employment, appSet(r.Apps))
	}
	var id string
	err := tx.QueryRowContext(ctx, q.text, q.args...).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Run{}, false, nil
	}
	if err != nil {
		return domain.Run{}, false, err
	}
	found, err := readRun(ctx, tx, id)
	return found, true, err
}

// joiningOf finds the open joining that gives somebody an app already, also among all
// that is theirs by right: two runs would invite them twice.
func joiningOf(ctx context.Context, tx *sql.Tx, r domain.Run) (domain.Run, bool, error) {
	open, err := collect(ctx, tx, oneText, "SELECT id FROM runs WHERE kind = $1 AND employment = $2 AND state NOT IN ('closed', 'retracted', 'denied') ORDER BY started_at, id",
		string(r.Kind), r.Employment)
	for _, id := range open {
		found, err := readRun(ctx, tx, id)
		if err != nil || slices.Contains(found.Apps, r.Apps[0]) {
			return found, err == nil, err
		}
	}
	return domain.Run{}, false, err
}

func (s *Store) startRun(ctx context.Context, tx *sql.Tx, r *domain.Run, prepare func(domain.Run) (RunStart, error)) error {
	if r.State == "" {
		r.State = domain.RunStarting
	}
	if r.StartedAt.IsZero() {
		r.StartedAt = s.now()
	}
	r.StartedAt = at(micros(r.StartedAt))
	start, err := prepare(*r)
	if err != nil {
		return err
	}
	if err := insertRun(ctx, tx, *r, start.Input); err != nil {
		return err
	}
	if r.Employment != "" {
		if _, err := tx.ExecContext(ctx, "UPDATE employments SET runs = runs + 1 WHERE id = $1", r.Employment); err != nil {
			return err
		}
	}
	if start.Command.ID != "" {
		if _, err := s.enqueue(ctx, tx, start.Command); err != nil {
			return err
		}
	}
	if start.Review != nil {
		if err := insertReview(ctx, tx, *r, start); err != nil {
			return err
		}
	}
	events, err := bindSubject(ctx, tx, *r, start.Events)
	if err != nil {
		return err
	}
	return s.record(ctx, tx, domain.Entry{Run: r.ID, Events: events})
}

// bindSubject puts the commitment to the subject's name and email into the
// first event of the run's chain, so that a pack can prove later who the
// opaque id was.
func bindSubject(ctx context.Context, tx *sql.Tx, r domain.Run, events []domain.AuditEvent) ([]domain.AuditEvent, error) {
	if len(events) == 0 || r.Person == "" {
		return events, nil
	}
	var commitment string
	err := tx.QueryRowContext(ctx, "SELECT commitment FROM person_proofs WHERE person = $1 ORDER BY version DESC LIMIT 1", string(r.Person)).Scan(&commitment)
	if errors.Is(err, sql.ErrNoRows) {
		return events, nil
	}
	if err != nil {
		return nil, err
	}
	first := events[0]
	first.Facts = map[string]string{domain.FactSubjectCommitment: commitment}
	for name, value := range events[0].Facts {
		first.Facts[name] = value
	}
	return append([]domain.AuditEvent{first}, events[1:]...), nil
}
