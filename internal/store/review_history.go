package store

import (
	"context"
	"time"

	"handover/domain"
)

const decisionSelect = "SELECT review, line, n, verdict, role, reason_id, by_person, acting_for, confirms, at, channel, bulk, seconds, by_rule FROM review_decisions WHERE 0 = 0"

func scanDecision(row scanner) (domain.ReviewDecision, error) {
	var d domain.ReviewDecision
	var us int64
	err := row.Scan(&d.Review, &d.Line, &d.N, &d.Verdict, &d.Role, &d.ReasonID, &d.By, &d.ActingFor, &d.Confirms, &us, &d.Channel, &d.Bulk, &d.Seconds, &d.Rule)
	d.At = at(us)
	return d, err
}

// ReviewDecisions is the history of a line, the first decision first.
func (s *Store) ReviewDecisions(ctx context.Context, id string, line int) ([]domain.ReviewDecision, error) {
	q := &query{text: decisionSelect}
	q.where("review = ? AND line = ?", id, line)
	found, err := collect(ctx, s.reader, scanDecision, q.text+" ORDER BY n", q.args...)
	if err == nil {
		err = fillReasons(ctx, s.reader, found)
	}
	return found, fault("store.review_decisions", err)
}

// DecidedAt is when the newest decision of a review was made; zero before the first.
func (s *Store) DecidedAt(ctx context.Context, id string) (time.Time, error) {
	var us int64
	err := s.reader.QueryRowContext(ctx, "SELECT COALESCE(MAX(at), 0) FROM review_decisions WHERE review = $1", id).Scan(&us)
	return at(us), fault("store.decided_at", err)
}

// AllReviewDecisions pages through the decisions of a review by line and number;
// the page after a decision begins at its line and number.
func (s *Store) AllReviewDecisions(ctx context.Context, id string, afterLine, afterN, limit int) ([]domain.ReviewDecision, error) {
	found, err := readDecisions(ctx, s.reader, id, place{afterLine, afterN}, limit)
	if err == nil {
		err = fillReasons(ctx, s.reader, found)
	}
	return found, fault("store.all_review_decisions", err)
}

// readDecisions reads a page without the reasons' texts.
func readDecisions(ctx context.Context, from querier, id string, after place, limit int) ([]domain.ReviewDecision, error) {
	q := &query{text: decisionSelect}
	q.where("review = ? AND (line, n) > (?, ?)", id, after.line, after.n)
	q.order("line, n", limit)
	return collect(ctx, from, scanDecision, q.text, q.args...)
}

func fillReasons(ctx context.Context, from querier, decisions []domain.ReviewDecision) error {
	if len(decisions) == 0 {
		return nil
	}
	last := len(decisions) - 1
	said, err := readReasons(ctx, from, reasonOfDecision, decisions[0].Review, decisions[0].Line, decisions[last].Line)
	for i, d := range decisions {
		decisions[i].Reason = said[place{d.Line, d.N}].Text
	}
	return err
}

// readReasons reads the texts beside a range of lines that were not erased.
func readReasons(ctx context.Context, from querier, kind, id string, first, last int) (map[place]domain.ReviewReason, error) {
	found := map[place]domain.ReviewReason{}
	_, err := collect(ctx, from, func(row scanner) (domain.ReviewReason, error) {
		v := domain.ReviewReason{Kind: kind}
		err := row.Scan(&v.Line, &v.N, &v.Salt, &v.Text)
		found[place{v.Line, v.N}] = v
		return v, err
	}, "SELECT line, n, salt, body FROM review_texts WHERE review = $1 AND line >= $2 AND line <= $3 AND kind = $4 AND salt <> ''", id, first, last, kind)
	return found, err
}

const assignmentSelect = "SELECT review, line, n, from_person, to_person, by_person, reason_id, at FROM review_assignments WHERE 0 = 0"

func scanAssignment(row scanner) (domain.ReviewAssignment, error) {
	var a domain.ReviewAssignment
	var us int64
	err := row.Scan(&a.Review, &a.Line, &a.N, &a.From, &a.To, &a.By, &a.ReasonID, &us)
	a.At = at(us)
	return a, err
}

// ReviewAssignments pages through how lines of a review went from one reviewer to
// another, by line and number.
func (s *Store) ReviewAssignments(ctx context.Context, id string, afterLine, afterN, limit int) ([]domain.ReviewAssignment, error) {
	found, err := readAssignments(ctx, s.reader, id, place{afterLine, afterN}, limit)
	if err != nil || len(found) == 0 {
		return found, fault("store.review_assignments", err)
	}
	said, err := readReasons(ctx, s.reader, reasonOfAssignment, id, found[0].Line, found[len(found)-1].Line)
	for i, a := range found {
		found[i].Reason = said[place{a.Line, a.N}].Text
	}
	return found, fault("store.review_assignments", err)
}

func readAssignments(ctx context.Context, from querier, id string, after place, limit int) ([]domain.ReviewAssignment, error) {
	q := &query{text: assignmentSelect}
	q.where("review = ? AND (line, n) > (?, ?)", id, after.line, after.n)
	q.order("line, n", limit)
	return collect(ctx, from, scanAssignment, q.text, q.args...)
}

// ReviewReasons lists what was said of a range of lines, both included, with the
// salts of the commitments; what was erased is left out.
func (s *Store) ReviewReasons(ctx context.Context, id string, firstLine, lastLine int) ([]domain.ReviewReason, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (domain.ReviewReason, error) {
		var v domain.ReviewReason
		err := row.Scan(&v.Line, &v.Kind, &v.N, &v.Salt, &v.Text)
		return v, err
	}, "SELECT line, kind, n, salt, body FROM review_texts WHERE review = $1 AND line >= $2 AND line <= $3 AND salt <> '' ORDER BY line, kind, n", id, firstLine, lastLine)
	return found, fault("store.review_reasons", err)
}

// ReviewNames lists who the accounts of a range of lines were, both included, with
// the salts of the commitments; whoever was erased is left out.
func (s *Store) ReviewNames(ctx context.Context, id string, firstLine, lastLine int) ([]domain.ReviewName, error) {
	found, err := collect(ctx, s.reader, func(row scanner) (domain.ReviewName, error) {
		var v domain.ReviewName
		err := row.Scan(&v.Line, &v.Email, &v.Name, &v.Salt)
		return v, err
	}, "SELECT line, email, name, salt FROM review_names WHERE review = $1 AND line >= $2 AND line <= $3 AND salt <> '' ORDER BY line", id, firstLine, lastLine)
	return found, fault("store.review_names", err)
}
