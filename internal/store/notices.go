package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"handover/domain"
)

// Delivery is one notice for one recipient. The empty person stands for the
// channel of operations.
type Delivery struct {
	Notice   domain.Notice
	Person   domain.PersonID
	Attempts int
	SentAt   time.Time
	Ref      string // where the message stands in the outside system, so that it can be edited
	About    string // what its message is about: it is edited when that changes
	Live     bool   // the message shows the state of what it is about
	Wanted   int64  // changes of what it is about
	Shown    int64  // of them, those that the message shows
	Unsure   int    // attempts of which nobody knows whether they arrived
}

// AboutStep is how a message names a step of a run.
func AboutStep(run string, app domain.AppID, step domain.StepKey) string {
	return run + "/" + string(app) + "/" + string(step)
}

// aboutOf names what a notice is about, as it is marked when that changes.
func aboutOf(n domain.Notice) string {
	if n.Kind == "needs-attention" {
		return AboutStep(n.Run, n.App, domain.StepKey(n.About))
	}
	return n.About
}

// insertNotices keeps each notice once and tells how many are new.
func (s *Store) insertNotices(ctx context.Context, tx *sql.Tx, notices []domain.Notice) (int, error) {
	told := 0
	for _, n := range notices {
		body, err := encode(n)
		if err != nil {
			return 0, err
		}
		first, err := touched(tx.ExecContext(ctx, "INSERT INTO notices (id, run, app, about, at, body) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
			n.ID, n.Run, string(n.App), n.About, micros(n.At), body))
		if err != nil {
			return 0, err
		}
		if !first {
			continue
		}
		told++
		to := slices.Clone(n.To)
		if len(to) == 0 {
			to = []domain.PersonID{""}
		}
		slices.Sort(to)
		for _, p := range slices.Compact(to) {
			if _, err := tx.ExecContext(ctx, `INSERT INTO deliveries (notice, person, at, due_at, leased_until, attempts, sent_at, message_ref, last_error, about)
				VALUES ($1, $2, $3, $4, 0, 0, 0, '', '', $5)`, n.ID, string(p), micros(n.At), micros(s.now()), aboutOf(n)); err != nil {
				return 0, err
			}
		}
	}
	return told, nil
}

const deliveryColumns = "d.person, d.attempts, d.sent_at, d.message_ref, d.about, d.live, d.wanted, d.shown, d.unsure, n.body"

func scanDelivery(row scanner) (Delivery, error) {
	var d Delivery
	var sent int64
	var body string
	if err := row.Scan(&d.Person, &d.Attempts, &sent, &d.Ref, &d.About, &d.Live, &d.Wanted, &d.Shown, &d.Unsure, &body); err != nil {
		return d, err
	}
	d.SentAt = at(sent)
	var err error
	d.Notice, err = decode[domain.Notice](body)
	return d, err
}

// LeaseNotices takes up to n deliveries that are due, oldest first, for a time.
// Nobody else gets them until it is over.
func (s *Store) LeaseNotices(ctx context.Context, n int, leaseFor time.Duration) ([]Delivery, error) {
	// The guard stands outside the sub-select again: PostgreSQL checks the outer
	// one anew on a row that it had to wait for.
	leased, err := s.leaseDeliveries(ctx, "store.lease_notices", `UPDATE deliveries SET leased_until = $1, attempts = attempts + 1
		WHERE (notice, person) IN (SELECT notice, person FROM deliveries WHERE sent_at = 0 AND due_at <= $2 AND leased_until < $3 ORDER BY due_at LIMIT $4)
		AND sent_at = 0 AND leased_until < $5 RETURNING notice, person`, n, leaseFor)
	slices.SortFunc(leased, func(a, b Delivery) int { return a.Notice.At.Compare(b.Notice.At) })
	return leased, err
}

// leaseDeliveries takes the deliveries that a statement marks.
func (s *Store) leaseDeliveries(ctx context.Context, op, statement string, n int, leaseFor time.Duration) ([]Delivery, error) {
	var leased []Delivery
	err := s.transact(ctx, op, func(tx *sql.Tx) error {
		now := s.now()
		type id struct{ notice, person string }
		ids, err := collect(ctx, tx, func(row scanner) (id, error) {
			var v id
			err := row.Scan(&v.notice, &v.person)
			return v, err
		}, statement, micros(now.Add(leaseFor)), micros(now), micros(now), n, micros(now))
		if err != nil {
			return err
		}
		leased = nil
		for _, v := range ids {
			d, err := scanDelivery(tx.QueryRowContext(ctx, "SELECT "+deliveryColumns+" FROM deliveries d JOIN notices n ON n.id = d.notice WHERE d.notice = $1 AND d.person = $2",
				v.notice, v.person))
			if err != nil {
				return err
			}
			leased = append(leased, d)
		}
		return nil
	})
	return leased, err
}

// NoticeSent notes that a delivery arrived and where it stands. A live one is
// edited whenever what it is about changes; it was made from what stood there
// after so many changes as seen says.
func (s *Store) NoticeSent(ctx context.Context, notice string, to domain.PersonID, ref string, live bool, seen int64) error {
	_, err := s.writer.ExecContext(ctx, `UPDATE deliveries SET sent_at = $1, message_ref = $2, live = $3, shown = $4, leased_until = 0, last_error = ''
		WHERE notice = $5 AND person = $6 AND sent_at = 0`, micros(s.now()), ref, live, seen, notice, string(to))
	return fault("store.notice_sent", err)
}

// NoticeTried notes an attempt before it is made: until it is known how it
// ended, the message may have arrived.
func (s *Store) NoticeTried(ctx context.Context, notice string, to domain.PersonID) error {
	_, err := s.writer.ExecContext(ctx, "UPDATE deliveries SET unsure = unsure + 1 WHERE notice = $1 AND person = $2 AND sent_at = 0", notice, string(to))
	return fault("store.notice_tried", err)
}

// NoticeFailed gives a delivery back until a moment. certain tells that the
// attempt did not arrive. why must hold nothing personal.
func (s *Store) NoticeFailed(ctx context.Context, notice string, to domain.PersonID, retryAt time.Time, why string, certain bool) error {
	_, err := s.writer.ExecContext(ctx, `UPDATE deliveries SET due_at = $1, leased_until = 0, last_error = $2, unsure = unsure - CASE WHEN $3 AND unsure > 0 THEN 1 ELSE 0 END
		WHERE notice = $4 AND person = $5 AND sent_at = 0`, micros(retryAt), text(why), certain, notice, string(to))
	return fault("store.notice_failed", err)
}

// Standing finds where the living message about something stands with a person;
// "" when there is none.
func (s *Store) Standing(ctx context.Context, about string, person domain.PersonID) (string, error) {
	refs, err := collect(ctx, s.reader, func(row scanner) (string, error) {
		var ref string
		err := row.Scan(&ref)
		return ref, err
	}, "SELECT message_ref FROM deliveries WHERE about = $1 AND person = $2 AND live AND message_ref <> '' ORDER BY sent_at DESC LIMIT 1", about, string(person))
	if err != nil || len(refs) == 0 {
		return "", fault("store.standing", err)
	}
	return refs[0], nil
}

// NoticeFilter narrows ListNotices; empty fields do not.
type NoticeFilter struct {
	Person domain.PersonID
	Run    string
	About  string // approval or task
	Before time.Time
	Limit  int // default 100
}

// ListNotices lists deliveries, newest first.
func (s *Store) ListNotices(ctx context.Context, f NoticeFilter) ([]Delivery, error) {
	q := &query{text: "SELECT " + deliveryColumns + " FROM deliveries d JOIN notices n ON n.id = d.notice WHERE 0 = 0"}
	q.whereText("d.person", string(f.Person))
	q.whereText("n.run", f.Run)
	q.whereText("n.about", f.About)
	if !f.Before.IsZero() {
		q.where("d.at < ?", micros(f.Before))
	}
	q.order("d.at DESC, n.id, d.person", f.Limit)
	found, err := collect(ctx, s.reader, scanDelivery, q.text, q.args...)
	return found, fault("store.list_notices", err)
}
