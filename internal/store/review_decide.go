package store

import (
	"context"
	"database/sql"
	"slices"

	"handover/domain"
)

// place is where a decision or an assignment stands: its line and number.
type place struct{ line, n int }

// Kinds of reasons in review_texts.
const (
	reasonOfDecision   = "decision"
	reasonOfAssignment = "assignment"
)

// Decide adds decisions and moves their lines, in one transaction with the entry,
// while the review has not ended. Each decision has one mark of its line: a line
// that is in another state than the mark's From is left out, its decision too,
// because somebody was faster. So is a line with a newer decision than the mark's
// Newest, which a confirmation must name. The store gives each decision its number,
// and the newest one holds. It answers how many were applied; where none was, the
// entry is not written.
func (s *Store) Decide(ctx context.Context, id string, decisions []domain.ReviewDecision, marks []domain.LineMark, e domain.Entry) (int, error) {
	const op = "store.decide"
	byLine, err := pairMarks(op, decisions, marks)
	if err != nil {
		return 0, err
	}
	applied := 0
	err = s.transact(ctx, op, func(tx *sql.Tx) error {
		applied = 0
		if err := openReview(ctx, tx, op, id, e.Events, domain.ReviewDeciding, domain.ReviewCarryingOut); err != nil {
			return err
		}
		for part := range slices.Chunk(decisions, reviewBatch) {
			n, err := decideLines(ctx, tx, id, part, byLine)
			if err != nil {
				return err
			}
			applied += n
		}
		if applied == 0 {
			return nil
		}
		return s.record(ctx, tx, e)
	})
	return applied, err
}

func pairMarks(op string, decisions []domain.ReviewDecision, marks []domain.LineMark) (map[int]domain.LineMark, error) {
	byLine := make(map[int]domain.LineMark, len(marks))
	for _, m := range marks {
		byLine[m.Line] = m
	}
	seen := make(map[int]bool, len(decisions))
	for _, d := range decisions {
		m, ok := byLine[d.Line]
		if !ok || seen[d.Line] {
			return nil, domain.NewFault(domain.FaultInvalid, op, "", "a line is decided twice in one go, or has no mark", nil)
		}
		if d.Confirms && m.Newest == 0 {
			return nil, domain.NewFault(domain.FaultInvalid, op, "", "a confirmation does not name the decision that it is about", nil)
		}
		seen[d.Line] = true
	}
	if len(seen) != len(marks) {
		return nil, domain.NewFault(domain.FaultInvalid, op, "", "a mark has no decision", nil)
	}
	return byLine, nil
}

// decideLines applies the decisions whose lines still stand as their marks expect.
func decideLines(ctx context.Context, tx *sql.Tx, id string, decisions []domain.ReviewDecision, marks map[int]domain.LineMark) (int, error) {
	numbers := make([]any, 0, len(decisions))
	for _, d := range decisions {
		numbers = append(numbers, d.Line)
	}
	states, last, err := standOf(ctx, tx, id, "review_decisions", numbers)
	if err != nil {
		return 0, err
	}
	var fresh []domain.ReviewDecision
	changes := newLineChanges()
	for _, d := range decisions {
		m := marks[d.Line]
		if states[d.Line] != m.From || m.Newest > 0 && m.Newest != last[d.Line] {
			continue
		}
		d.Review, d.N = id, last[d.Line]+1
		fresh = append(fresh, d)
		changes.add(d.Line, lineChange{from: m.From, to: m.To, run: m.Run, why: text(m.Why), settled: micros(m.SettledAt), decided: true, verdict: d.Verdict, role: text(d.Role), ruled: d.Rule != ""})
	}
	if len(fresh) == 0 {
		return 0, nil
	}
	if err := insertDecisions(ctx, tx, fresh); err != nil {
		return 0, err
	}
	return len(fresh), changes.write(ctx, tx, id)
}

// standOf reads the states of lines, and the number of the newest row each has in a
// table beside them. The range beside the list keeps a database that has no
// statistics yet from walking the whole review.
func standOf(ctx context.Context, tx *sql.Tx, id, table string, numbers []any) (map[int]domain.LineState, map[int]int, error) {
	states, last := map[int]domain.LineState{}, map[int]int{}
	q := &query{text: "SELECT no, state FROM review_lines WHERE 0 = 0"}
	q.where("review = ?", id)
	q.whereNumbers("no", numbers)
	_, err := collect(ctx, tx, func(row scanner) (int, error) {
		var no int
		var state domain.LineState
		err := row.Scan(&no, &state)
		states[no] = state
		return no, err
	}, q.text, q.args...)
	if err != nil {
		return nil, nil, err
	}
	q = &query{text: "SELECT line, MAX(n) FROM " + table + " WHERE 0 = 0"}
	q.where("review = ?", id)
	q.whereNumbers("line", numbers)
	_, err = collect(ctx, tx, func(row scanner) (int, error) {
		var line, n int
		err := row.Scan(&line, &n)
		last[line] = n
		return line, err
	}, q.text+" GROUP BY line", q.args...)
	return states, last, err
}

// NewestDecisions is what was last decided of each of these lines, and why; lines of
// which nothing was decided are left out.
func (s *Store) NewestDecisions(ctx context.Context, id string, lines []int) (map[int]domain.ReviewDecision, error) {
	found := make(map[int]domain.ReviewDecision, len(lines))
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(lines))), reviewBatch) {
		numbers := make([]any, 0, len(part))
		for _, no := range part {
			numbers = append(numbers, no)
		}
		q := &query{text: decisionSelect}
		q.where("review = ?", id)
		q.whereNumbers("line", numbers)
		history, err := collect(ctx, s.reader, scanDecision, q.text+" ORDER BY line, n", q.args...)
		if err == nil {
			err = fillReasons(ctx, s.reader, history)
		}
		if err != nil {
			return nil, fault("store.newest_decisions", err)
		}
		for _, d := range history {
			found[d.Line] = d
		}
	}
	return found, nil
}

func insertDecisions(ctx context.Context, tx *sql.Tx, decisions []domain.ReviewDecision) error {
	const width = 14
	args, reasons := make([]any, 0, len(decisions)*width), reviewReasons{kind: reasonOfDecision}
	for _, d := range decisions {
		args = append(args, d.Review, d.Line, d.N, string(d.Verdict), text(d.Role), reasons.add(d.Review, d.Line, d.N, d.Reason), string(d.By), string(d.ActingFor),
			d.Confirms, micros(d.At), text(d.Channel), d.Bulk, d.Seconds, string(d.Rule))
	}
	if err := insertRows(ctx, tx, "INSERT INTO review_decisions (review, line, n, verdict, role, reason_id, by_person, acting_for, confirms, at, channel, bulk, seconds, by_rule)",
		width, args, ""); err != nil {
		return err
	}
	return reasons.write(ctx, tx)
}

// reviewReasons collects free texts with the salts of their commitments.
type reviewReasons struct {
	kind string
	args []any
}

// add keeps a text and answers its commitment; "" where nothing was said.
func (r *reviewReasons) add(review string, line, n int, said string) string {
	said = text(said)
	if said == "" {
		return ""
	}
	salt := secret()
	r.args = append(r.args, review, line, r.kind, n, salt, said)
	return domain.Commitment(salt, said)
}

func (r *reviewReasons) write(ctx context.Context, tx *sql.Tx) error {
	return insertRows(ctx, tx, "INSERT INTO review_texts (review, line, kind, n, salt, body)", 6, r.args, "")
}

// Reassign gives lines to other reviewers, in one transaction with the entry, while
// the review has not ended. second holds who must confirm each line from now on,
// where that changes too. The store gives each assignment its number and From.
func (s *Store) Reassign(ctx context.Context, id string, assignments []domain.ReviewAssignment, second map[int]domain.PersonID, e domain.Entry) error {
	const op = "store.reassign"
	return s.transact(ctx, op, func(tx *sql.Tx) error {
		if err := openReview(ctx, tx, op, id, e.Events, domain.ReviewDeciding, domain.ReviewCarryingOut); err != nil {
			return err
		}
		const width = 8
		for part := range slices.Chunk(assignments, reviewBatch) {
			numbers := make([]any, 0, len(part))
			for _, a := range part {
				numbers = append(numbers, a.Line)
			}
			_, last, err := standOf(ctx, tx, id, "review_assignments", numbers)
			if err != nil {
				return err
			}
			args, reasons := make([]any, 0, len(part)*width), reviewReasons{kind: reasonOfAssignment}
			for _, a := range part {
				last[a.Line]++
				if a.From, err = reassignLine(ctx, tx, id, a, second); err != nil {
					return err
				}
				args = append(args, id, a.Line, last[a.Line], string(a.From), string(a.To), string(a.By), reasons.add(id, a.Line, last[a.Line], a.Reason), micros(a.At))
			}
			if err := insertRows(ctx, tx, "INSERT INTO review_assignments (review, line, n, from_person, to_person, by_person, reason_id, at)", width, args, ""); err != nil {
				return err
			}
			if err := reasons.write(ctx, tx); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, e)
	})
}

// reassignLine moves a line and answers with whom it lay.
func reassignLine(ctx context.Context, tx *sql.Tx, id string, a domain.ReviewAssignment, second map[int]domain.PersonID) (domain.PersonID, error) {
	var from, confirms domain.PersonID
	if err := tx.QueryRowContext(ctx, "SELECT reviewer, second FROM review_lines WHERE review = $1 AND no = $2", id, a.Line).Scan(&from, &confirms); err != nil {
		return "", err
	}
	if p, ok := second[a.Line]; ok {
		confirms = p
	}
	_, err := tx.ExecContext(ctx, "UPDATE review_lines SET reviewer = $1, because = $2, second = $3 WHERE review = $4 AND no = $5",
		string(a.To), string(domain.BecauseReassign), string(confirms), id, a.Line)
	return from, err
}
