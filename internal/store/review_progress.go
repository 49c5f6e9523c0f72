package store

import (
	"context"
	"time"

	"handover/domain"
)

// ReviewProgress pages through the reviewers of a review, and those who are to
// confirm, by their id.
func (s *Store) ReviewProgress(ctx context.Context, id string, after domain.PersonID, limit int) ([]domain.ReviewerProgress, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	found, err := collect(ctx, s.reader, func(row scanner) (domain.ReviewerProgress, error) {
		var p domain.ReviewerProgress
		err := row.Scan(&p.Reviewer, &p.Lines, &p.Open, &p.Confirm)
		return p, err
	}, `SELECT who, SUM(lines), SUM(open_lines), SUM(confirms) FROM (
			SELECT reviewer AS who, COUNT(*) AS lines, COUNT(CASE WHEN state IN ('open', 'exception') THEN 1 END) AS open_lines, 0 AS confirms
				FROM review_lines WHERE review = $1 AND reviewer > $2 GROUP BY reviewer
			UNION ALL
			SELECT second AS who, 0 AS lines, 0 AS open_lines, COUNT(CASE WHEN state = 'confirm' THEN 1 END) AS confirms
				FROM review_lines WHERE review = $1 AND second > $2 GROUP BY second
		) p GROUP BY who ORDER BY who LIMIT $3`, id, string(after), limit)
	if err != nil || len(found) == 0 {
		return found, fault("store.review_progress", err)
	}
	args := []any{id}
	for _, p := range found {
		args = append(args, string(p.Reviewer))
	}
	last := map[domain.PersonID]time.Time{}
	_, err = collect(ctx, s.reader, func(row scanner) (domain.PersonID, error) {
		var who domain.PersonID
		var us int64
		err := row.Scan(&who, &us)
		last[who] = at(us)
		return who, err
	}, "SELECT by_person, MAX(at) FROM review_decisions WHERE review = $1 AND by_person IN ("+list(2, len(found))+") GROUP BY by_person", args...)
	for i := range found {
		found[i].LastAt = last[found[i].Reviewer]
	}
	return found, fault("store.review_progress", err)
}

// ReviewRun is a line with the run that carries its decision out.
type ReviewRun = domain.ReviewRun

// RunsOfReview lists the lines that have a run, in the order of their numbers;
// without states those in any.
func (s *Store) RunsOfReview(ctx context.Context, id string, states []domain.LineState) ([]ReviewRun, error) {
	q := &query{text: "SELECT l.no, l.account, l.verdict, l.state, l.run, COALESCE(r.state, '') FROM review_lines l LEFT JOIN runs r ON r.id = l.run WHERE 0 = 0"}
	q.where("l.review = ? AND l.run <> ''", id)
	q.whereIn("l.state", anys(nil, states))
	found, err := collect(ctx, s.reader, func(row scanner) (ReviewRun, error) {
		var v ReviewRun
		err := row.Scan(&v.Line, &v.Account, &v.Verdict, &v.State, &v.Run, &v.RunState)
		return v, err
	}, q.text+" ORDER BY l.no", q.args...)
	if err != nil || len(found) == 0 {
		return found, fault("store.runs_of_review", err)
	}
	steps := map[string][]domain.StepRecord{}
	q = &query{text: "SELECT " + stepColumns + ` FROM steps WHERE run IN (SELECT run FROM review_lines WHERE review = $1 AND run <> '')
		AND app = (SELECT app FROM reviews WHERE id = $1) ORDER BY run, position, step`}
	all, err := collect(ctx, s.reader, scanStep, q.text, id)
	for _, step := range all {
		steps[step.Run] = append(steps[step.Run], step)
	}
	for i := range found {
		found[i].Steps = steps[found[i].Run]
	}
	return found, fault("store.runs_of_review", err)
}

// ReviewWaiting counts the lines that wait for somebody: to be decided, or confirmed.
func (s *Store) ReviewWaiting(ctx context.Context, id string, who domain.PersonID) (int, error) {
	var n int
	err := s.reader.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM review_lines WHERE review = $1 AND reviewer = $2 AND state IN ('open', 'exception'))
		+ (SELECT COUNT(*) FROM review_lines WHERE review = $3 AND second = $4 AND state = 'confirm')`, id, string(who), id, string(who)).Scan(&n)
	return n, fault("store.review_waiting", err)
}
