package store

import (
	"context"
	"time"

	"handover/domain"
)

// HiresBetween pages through the employments that HR told of and that begin or end in
// a time, by their ids. It is the population of joiners and leavers as HR has it,
// whether a run stands for them or not.
func (s *Store) HiresBetween(ctx context.Context, from, to time.Time, after string, limit int) ([]domain.HRHire, error) {
	q := &query{text: "SELECT id, person, starts, ends, moment_local, moment_zone, state, said_at, kind FROM employments WHERE 0 = 0"}
	q.where("id > ? AND hr_key NOT LIKE '"+madeUp+"%'", after)
	q.where("(ends >= ? AND ends < ? AND state <> '' OR starts >= ? AND starts < ?)", micros(from), micros(to), micros(from), micros(to))
	q.order("id", limit)
	found, err := collect(ctx, s.reader, func(row scanner) (domain.HRHire, error) {
		var h domain.HRHire
		var starts, ends, said int64
		err := row.Scan(&h.Employment, &h.Person, &starts, &ends, &h.Local, &h.Zone, &h.State, &said, &h.Kind)
		h.Starts, h.Ends, h.SaidAt = at(starts), at(ends), at(said)
		return h, err
	}, q.text, q.args...)
	return found, fault("store.hires_between", err)
}

// RunsPage pages through the runs of a kind by their ids, with those that may see the
// confidential ones.
func (s *Store) RunsPage(ctx context.Context, kind domain.RunKind, after string, limit int) ([]domain.Run, error) {
	q := &query{text: "SELECT " + runColumns + " FROM runs WHERE 0 = 0"}
	q.where("kind = ? AND id > ?", string(kind), after)
	q.order("id", limit)
	found, err := collect(ctx, s.reader, scanRun, q.text, q.args...)
	for i := range found {
		if err == nil {
			err = readReaders(ctx, s.reader, &found[i])
		}
	}
	return found, fault("store.runs_page", err)
}

// ReviewsBetween lists the reviews that ended in a time, the first one first.
func (s *Store) ReviewsBetween(ctx context.Context, from, to time.Time) ([]domain.Review, error) {
	found, err := collect(ctx, s.reader, scanReview, "SELECT "+reviewColumns+" FROM reviews WHERE closed_at >= $1 AND closed_at < $2 ORDER BY closed_at, id", micros(from), micros(to))
	return found, fault("store.reviews_between", err)
}

// ConfidentialRuns lists the runs of which only those named in them may know, by
// their ids.
func (s *Store) ConfidentialRuns(ctx context.Context) ([]string, error) {
	found, err := collect(ctx, s.reader, oneText, "SELECT id FROM runs WHERE confidential ORDER BY id")
	return found, fault("store.confidential_runs", err)
}

// FirstSince is the number in the global chain of the first entry that is told from a
// moment on; 0 is none.
func (s *Store) FirstSince(ctx context.Context, from time.Time) (int64, error) {
	var first int64
	err := s.reader.QueryRowContext(ctx, "SELECT COALESCE(MIN(g.seq), 0) FROM events e JOIN global_entries g ON g.chain = e.chain AND g.entry = e.seq WHERE e.at >= $1", micros(from)).Scan(&first)
	return first, fault("store.first_since", err)
}

// HRSaidBetween pages through what HR said in a time, by source and id, with what came
// of it.
func (s *Store) HRSaidBetween(ctx context.Context, from, to time.Time, after domain.HRSaid, limit int) ([]domain.HRSaid, error) {
	q := &query{text: "SELECT " + hrColumns + " FROM hr_events WHERE 0 = 0"}
	q.where("occurred_at >= ? AND occurred_at < ?", micros(from), micros(to))
	q.where("(source > ? OR source = ? AND id > ?)", after.Source, after.Source, after.ID)
	q.order("source, id", limit)
	found, err := collect(ctx, s.reader, func(row scanner) (domain.HRSaid, error) {
		r, err := scanHR(row)
		return domain.HRSaid{Source: r.Event.Source, ID: r.Event.ID, Type: r.Event.Type, Person: r.Person, OccurredAt: r.Event.OccurredAt, ReceivedAt: r.ReceivedAt, Outcome: r.Outcome, Why: r.Why,
			Run: r.Run, Department: r.Event.Department, Title: r.Event.Title, Confidential: r.Event.Confidential}, err
	}, q.text, q.args...)
	return found, fault("store.hr_said_between", err)
}
