package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"handover/domain"
)

// HRRecord is one event of HR with what came of it.
type HRRecord struct {
	Event      domain.HREvent
	Person     domain.PersonID
	ReceivedAt time.Time
	DoneAt     time.Time
	Outcome    domain.HROutcome
	Why        string
	Run        string
	Batch      string // of the brake, also once it was let go
	Attempts   int
}

const hrColumns = "source, id, type, employment, person, occurred_at, received_at, done_at, outcome, why, run, batch, attempts, body"

func scanHR(row scanner) (HRRecord, error) {
	var r HRRecord
	var source, id, kind, employment, body string
	var occurred, received, done int64
	if err := row.Scan(&source, &id, &kind, &employment, &r.Person, &occurred, &received, &done, &r.Outcome, &r.Why, &r.Run, &r.Batch, &r.Attempts, &body); err != nil {
		return r, err
	}
	var err error
	if body != "" {
		r.Event, err = decode[domain.HREvent](body)
	}
	r.Event.Source, r.Event.ID, r.Event.Type, r.Event.OccurredAt = source, id, domain.HREventType(kind), at(occurred)
	r.ReceivedAt, r.DoneAt = at(received), at(done)
	return r, err
}

// KeepHREvent keeps an event before it is acknowledged. It answers false when
// the same delivery is there already; then nothing is written.
func (s *Store) KeepHREvent(ctx context.Context, e domain.HREvent) (bool, error) {
	body, err := encode(e)
	if err != nil {
		return false, err
	}
	now := s.now()
	first, err := touched(s.writer.ExecContext(ctx, `INSERT INTO hr_events (source, id, type, employment, person, occurred_at, received_at, due_at, leased_until,
		attempts, done_at, outcome, why, run, batch, body) VALUES ($1, $2, $3, $4, '', $5, $6, $7, 0, 0, 0, 'waiting', '', '', '', $8) ON CONFLICT (source, id) DO NOTHING`,
		e.Source, e.ID, string(e.Type), text(e.Employment), micros(e.OccurredAt), micros(now), micros(now), body))
	return first, fault("store.keep_hr_event", err)
}

// LeaseHREvents takes up to n events that are due, by HR's own time, for a time.
func (s *Store) LeaseHREvents(ctx context.Context, n int, leaseFor time.Duration) ([]HRRecord, error) {
	var leased []HRRecord
	err := s.transact(ctx, "store.lease_hr_events", func(tx *sql.Tx) error {
		now := s.now()
		var err error
		leased, err = collect(ctx, tx, scanHR, `UPDATE hr_events SET leased_until = $1, attempts = attempts + 1
			WHERE (source, id) IN (SELECT source, id FROM hr_events WHERE done_at = 0 AND due_at <= $2 AND leased_until < $3 ORDER BY occurred_at, received_at, id LIMIT $4)
			AND done_at = 0 AND leased_until < $5 RETURNING `+hrColumns, micros(now.Add(leaseFor)), micros(now), micros(now), n, micros(now))
		return err
	})
	slices.SortFunc(leased, func(a, b HRRecord) int { return a.Event.OccurredAt.Compare(b.Event.OccurredAt) })
	return leased, err
}

// HREventDone notes what came of an event. The first outcome stays, unless the
// brake held it.
func (s *Store) HREventDone(ctx context.Context, r HRRecord, e domain.Entry) error {
	return s.transact(ctx, "store.hr_event_done", func(tx *sql.Tx) error {
		first, err := touched(tx.ExecContext(ctx, `UPDATE hr_events SET done_at = $1, outcome = $2, why = $3, run = $4, person = $5, leased_until = 0
			WHERE source = $6 AND id = $7 AND done_at = 0`, micros(s.now()), string(r.Outcome), text(r.Why), r.Run, string(r.Person), r.Event.Source, r.Event.ID))
		if err != nil || !first {
			return err
		}
		return s.record(ctx, tx, e)
	})
}

// HREventFailed gives an event back until a moment. why must hold nothing
// personal.
func (s *Store) HREventFailed(ctx context.Context, source, id string, retryAt time.Time, why string) error {
	_, err := s.writer.ExecContext(ctx, "UPDATE hr_events SET due_at = $1, leased_until = 0, why = $2 WHERE source = $3 AND id = $4 AND done_at = 0",
		micros(retryAt), text(why), source, id)
	return fault("store.hr_event_failed", err)
}

// HRUnheard is why an event is carried out once more.
const HRUnheard = "the run ended before it heard of it"

// HREventAgain has an event carried out once more whose run was told of it and had ended.
func (s *Store) HREventAgain(ctx context.Context, source, id string) error {
	_, err := s.writer.ExecContext(ctx, "UPDATE hr_events SET done_at = 0, outcome = 'waiting', why = $1, due_at = $2, leased_until = 0 WHERE source = $3 AND id = $4 AND outcome = $5",
		HRUnheard, micros(s.now()), source, id, string(domain.HRTold))
	return fault("store.hr_event_again", err)
}

// HRFilter narrows HREvents; empty fields do not.
type HRFilter struct {
	Source     string
	Employment string
	Outcome    domain.HROutcome
	Batch      string
	Run        string // that it started, or was told to
	Before     time.Time
	Limit      int // default 100
}

// HREvents lists what HR said, the newest first.
func (s *Store) HREvents(ctx context.Context, f HRFilter) ([]HRRecord, error) {
	q := &query{text: "SELECT " + hrColumns + " FROM hr_events WHERE 0 = 0"}
	q.whereText("source", f.Source)
	q.whereText("employment", f.Employment)
	q.whereText("outcome", string(f.Outcome))
	q.whereText("batch", f.Batch)
	q.whereText("run", f.Run)
	if !f.Before.IsZero() {
		q.where("received_at < ?", micros(f.Before))
	}
	q.order("received_at DESC, source, id", f.Limit)
	found, err := collect(ctx, s.reader, scanHR, q.text, q.args...)
	return found, fault("store.hr_events", err)
}
