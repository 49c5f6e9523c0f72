package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"handover/domain"
)

// ReviewsFilter narrows ListReviews; empty fields do not. The page after a review
// begins at its id.
type ReviewsFilter struct {
	App    domain.AppID
	States []domain.ReviewState
	After  string
	Limit  int // default 100
}

const reviewColumns = `id, app, period, state, why, requester, settings, population, started_at, opened_at, due_at, closed_at, policy_hash, frozen, digest`

func scanReview(row scanner) (domain.Review, error) {
	var r domain.Review
	var settings, population string
	var started, opened, due, closed int64
	err := row.Scan(&r.ID, &r.App, &r.Period, &r.State, &r.Why, &r.Requester, &settings, &population, &started, &opened, &due, &closed,
		&r.PolicyHash, &r.Frozen, &r.Digest)
	if err != nil {
		return r, err
	}
	r.StartedAt, r.OpenedAt, r.DueAt, r.ClosedAt = at(started), at(opened), at(due), at(closed)
	if r.Settings, err = decode[domain.ReviewSettings](settings); err != nil {
		return r, err
	}
	r.Population, err = decode[domain.Population](population)
	return r, err
}

func readReview(ctx context.Context, q querier, id string) (domain.Review, error) {
	r, err := scanReview(q.QueryRowContext(ctx, "SELECT "+reviewColumns+" FROM reviews WHERE id = $1", id))
	if err != nil {
		return r, err
	}
	r.Settings.Money, err = collect(ctx, q, oneText, "SELECT email FROM review_money WHERE review = $1 ORDER BY position", id)
	return r, err
}

// Review finds a review by its id, which is its run's.
func (s *Store) Review(ctx context.Context, id string) (domain.Review, error) {
	r, err := readReview(ctx, s.reader, id)
	return r, fault("store.review", err)
}

// ListReviews lists reviews, the newest first, without the emails of their
// settings.
func (s *Store) ListReviews(ctx context.Context, f ReviewsFilter) ([]domain.Review, error) {
	q := &query{text: "SELECT " + reviewColumns + " FROM reviews WHERE 0 = 0"}
	q.whereText("app", string(f.App))
	q.whereIn("state", anys(nil, f.States))
	if f.After != "" {
		q.where("(started_at, id) < (SELECT b.started_at, b.id FROM reviews b WHERE b.id = ?)", f.After)
	}
	q.order("started_at DESC, id DESC", f.Limit)
	found, err := collect(ctx, s.reader, scanReview, q.text, q.args...)
	return found, fault("store.list_reviews", err)
}

// LastReview is the newest review of an app that ended and was not retracted,
// begun before another one; "" is before none. ErrNotFound where there is none.
func (s *Store) LastReview(ctx context.Context, app domain.AppID, before string) (domain.Review, error) {
	q := &query{text: "SELECT " + reviewColumns + " FROM reviews WHERE 0 = 0"}
	q.where("app = ? AND id <> ? AND state IN ('complete', 'ended_with_exceptions')", string(app), before)
	if before != "" {
		q.where("(started_at, id) < (SELECT b.started_at, b.id FROM reviews b WHERE b.id = ?)", before)
	}
	q.order("started_at DESC, id DESC", 1)
	r, err := scanReview(s.reader.QueryRowContext(ctx, q.text, q.args...))
	return r, fault("store.last_review", err)
}

// insertReview writes a review with its run. There is one open review of an app for
// a period.
func insertReview(ctx context.Context, tx *sql.Tx, run domain.Run, start RunStart) error {
	r := *start.Review
	r.ID = run.ID
	if r.State == "" {
		r.State = domain.ReviewCollecting
	}
	if r.StartedAt.IsZero() {
		r.StartedAt = run.StartedAt
	}
	if err := onlyOneOpen(ctx, tx, r); err != nil {
		return err
	}
	money := r.Settings.Money
	r.Settings.Money = nil
	settings, err := encode(r.Settings)
	if err != nil {
		return err
	}
	population, err := encode(keptPopulation(r.Population))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO reviews ("+reviewColumns+") VALUES ("+list(1, 15)+")",
		r.ID, string(r.App), text(r.Period), string(r.State), text(r.Why), string(r.Requester), settings, population, micros(r.StartedAt), micros(r.OpenedAt),
		micros(r.DueAt), micros(r.ClosedAt), r.PolicyHash, r.Frozen, r.Digest); err != nil {
		return err
	}
	for i, email := range money {
		if _, err := tx.ExecContext(ctx, "INSERT INTO review_money (review, position, email) VALUES ($1, $2, $3)", r.ID, i, domain.NormalEmail(text(email))); err != nil {
			return err
		}
	}
	return insertReviewRows(ctx, tx, r.ID, start.Rows)
}

func onlyOneOpen(ctx context.Context, tx *sql.Tx, r domain.Review) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM reviews WHERE app = $1 AND period = $2 AND state NOT IN ('complete', 'ended_with_exceptions', 'retracted')`,
		string(r.App), r.Period).Scan(&n)
	if err == nil && n > 0 {
		return domain.NewFault(domain.FaultConflict, "store.create_review", r.App, "a review of this app for this period is open already: finish it or retract it first", nil)
	}
	return err
}

// keptPopulation is a population as it will be read back.
func keptPopulation(p domain.Population) domain.Population {
	p.ReadAt, p.PeopleAt = at(micros(p.ReadAt)), at(micros(p.PeopleAt))
	p.Query = text(p.Query)
	return p
}

// MoveReview changes the state of a review together with an entry and answers with
// the review as it then is. Moving to ReviewDeciding computes Frozen over the
// lines, moving to a state that has ended computes Digest; the events of the
// review's own opening and end carry them. A move that was made already changes
// nothing; one from another state is a fault of kind conflict.
func (s *Store) MoveReview(ctx context.Context, id string, m domain.ReviewMove, e domain.Entry) (domain.Review, error) {
	var moved domain.Review
	err := s.transact(ctx, "store.move_review", func(tx *sql.Tx) error {
		if _, err := lockChains(ctx, tx, id, e.Events); err != nil {
			return err
		}
		r, err := readReview(ctx, tx, id)
		if err != nil {
			return err
		}
		moved = r
		switch may := slices.Contains(m.From, r.State); {
		case r.State == m.To && (!may || r.State.Ended()):
			return nil // another attempt did it
		case !may || r.State.Ended():
			return domain.NewFault(domain.FaultConflict, "store.move_review", r.App, "this review is "+string(r.State)+" and cannot become "+string(m.To), nil)
		}
		if err := wholeReview(ctx, tx, r, m.To); err != nil {
			return err
		}
		r = s.moveTo(r, m)
		if err := digestReview(ctx, tx, &r); err != nil {
			return err
		}
		population, err := encode(r.Population)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE reviews SET state = $1, why = $2, population = $3, opened_at = $4, due_at = $5, closed_at = $6, frozen = $7, digest = $8 WHERE id = $9`,
			string(r.State), r.Why, population, micros(r.OpenedAt), micros(r.DueAt), micros(r.ClosedAt), r.Frozen, r.Digest, id); err != nil {
			return err
		}
		moved = r
		if e, err = withClosing(ctx, tx, withDigests(e, r)); err != nil {
			return err
		}
		return s.record(ctx, tx, e)
	})
	return moved, err
}

// wholeReview refuses to call a review complete while a line of it is not done. It
// counts where nobody writes beside it: a line may be decided, or fail, after
// whoever ends the review has looked.
func wholeReview(ctx context.Context, tx *sql.Tx, r domain.Review, to domain.ReviewState) error {
	if to != domain.ReviewComplete {
		return nil
	}
	var n int
	err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM review_lines WHERE review = $1 AND state <> $2", r.ID, string(domain.LineDone)).Scan(&n)
	if err == nil && n > 0 {
		return domain.NewFault(domain.FaultConflict, "store.move_review", r.App, fmt.Sprintf("%d lines of this review are not done: it is not complete, and goes on", n), nil)
	}
	return err
}

// moveTo is a review after a move, as it will be read back.
func (s *Store) moveTo(r domain.Review, m domain.ReviewMove) domain.Review {
	r.State = m.To
	if m.Why != "" {
		r.Why = text(m.Why)
	}
	if m.Population != nil {
		r.Population = keptPopulation(*m.Population)
	}
	if !m.OpenedAt.IsZero() {
		r.OpenedAt = at(micros(m.OpenedAt))
	}
	if !m.DueAt.IsZero() {
		r.DueAt = at(micros(m.DueAt))
	}
	if !m.ClosedAt.IsZero() {
		r.ClosedAt = at(micros(m.ClosedAt))
	}
	if r.State.Ended() && r.ClosedAt.IsZero() {
		r.ClosedAt = s.now()
	}
	return r
}

// withDigests puts what binds the rows of a review into the events that say that it
// opened or ended, so that the chain, and what is anchored of it, binds them too.
func withDigests(e domain.Entry, r domain.Review) domain.Entry {
	e.Events = slices.Clone(e.Events)
	for i := range e.Events {
		v := &e.Events[i]
		switch {
		case v.Run != r.ID || v.Digest != "":
		case v.Kind == domain.EventReviewOpened:
			v.Digest = r.Frozen
		case r.State.Ended() && (v.Kind == domain.EventReviewClosed || v.Kind == domain.EventRunRetracted || v.Kind == domain.EventRunClosed):
			v.Digest = r.Digest
		}
	}
	return e
}

// withClosing counts the lines of a review where it ends, so that the event says of them
// what nobody can change any more. The events are the caller's own copy.
func withClosing(ctx context.Context, tx *sql.Tx, e domain.Entry) (domain.Entry, error) {
	for i := range e.Events {
		if v := &e.Events[i]; v.Kind == domain.EventReviewClosed {
			counts, err := countReview(ctx, tx, v.Run)
			if err != nil {
				return e, err
			}
			v.Facts = counts.Closing()
		}
	}
	return e, nil
}

// openReview takes the row that orders the writes of a review and refuses one that
// is in none of the states.
func openReview(ctx context.Context, tx *sql.Tx, op, id string, events []domain.AuditEvent, states ...domain.ReviewState) error {
	if _, err := lockChains(ctx, tx, id, events); err != nil {
		return err
	}
	r, err := scanReview(tx.QueryRowContext(ctx, "SELECT "+reviewColumns+" FROM reviews WHERE id = $1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return domain.NewFault(domain.FaultNotFound, op, "", "no review is known under this id", err)
	}
	switch {
	case err != nil:
		return err
	case r.State.Ended():
		return domain.NewFault(domain.FaultConflict, op, r.App, "this review has ended: nothing of it changes any more", nil)
	case len(states) > 0 && !slices.Contains(states, r.State):
		return domain.NewFault(domain.FaultConflict, op, r.App, "this review is "+string(r.State)+": this cannot be done now", nil)
	}
	return nil
}
