package store

import (
	"context"
	"database/sql"
	"slices"

	"handover/domain"
)

const (
	// reviewBatch is how many rows are read, or named by their numbers, at a time.
	reviewBatch = 500
	// reviewArgs is how many arguments a statement that writes rows has at most: the
	// time that SQLite takes to number them grows with their square.
	reviewArgs = 300
)

// insertRows writes rows of a width, given as their arguments in a row.
func insertRows(ctx context.Context, tx *sql.Tx, into string, width int, args []any, ending string) error {
	for part := range slices.Chunk(args, reviewArgs/width*width) {
		if _, err := tx.ExecContext(ctx, into+" VALUES "+values(len(part)/width, width)+ending, part...); err != nil {
			return err
		}
	}
	return nil
}

const lineColumns = `review, no, account, person, name_id, role, role_name, seat, active, admin, privileged, invited, seen, seen_at, hints, suggest,
	given_reviewer, given_because, given_second, reviewer, because, second, state, verdict, new_role, run, why, settled_at`

const lineWidth = 29

// lineTables joins what is kept apart: who the account was.
const lineTables = " FROM review_lines l LEFT JOIN review_names n ON n.review = l.review AND n.line = l.no WHERE 0 = 0"

const lineSelect = `SELECT l.review, l.no, l.account, l.person, l.name_id, l.role, l.role_name, l.seat, l.active, l.admin, l.privileged, l.invited, l.seen, l.seen_at,
	l.hints, l.suggest, l.given_reviewer, l.given_because, l.given_second, l.reviewer, l.because, l.second, l.state, l.verdict, l.new_role, l.run, l.why,
	l.settled_at, COALESCE(n.email, ''), COALESCE(n.name, '')` + lineTables

func scanLine(row scanner) (domain.ReviewLine, error) {
	var l domain.ReviewLine
	var hints string
	var seen, settled int64
	err := row.Scan(&l.Review, &l.No, &l.Account, &l.Person, &l.NameID, &l.Role, &l.RoleName, &l.Seat, &l.Active, &l.Admin, &l.Privileged, &l.Invited, &l.Seen, &seen,
		&hints, &l.Suggest, &l.Given.Reviewer, &l.Given.Because, &l.Given.Second, &l.Reviewer, &l.Because, &l.Second, &l.State, &l.Verdict, &l.NewRole, &l.Run, &l.Why,
		&settled, &l.Email, &l.Name)
	if err != nil {
		return l, err
	}
	l.SeenAt, l.SettledAt = at(seen), at(settled)
	if hints != "" {
		l.Hints, err = decode[[]domain.ReviewHint](hints)
	}
	return l, err
}

// AddReviewLines adds lines in the order of their numbers, while the review
// collects; a line that is there already stays as it is.
func (s *Store) AddReviewLines(ctx context.Context, id string, lines []domain.ReviewLine) error {
	return s.transact(ctx, "store.add_review_lines", func(tx *sql.Tx) error {
		if err := openReview(ctx, tx, "store.add_review_lines", id, nil, domain.ReviewCollecting, domain.ReviewBlocked); err != nil {
			return err
		}
		for part := range slices.Chunk(lines, reviewBatch) {
			if err := insertLines(ctx, tx, id, part); err != nil {
				return err
			}
		}
		return nil
	})
}

func insertLines(ctx context.Context, tx *sql.Tx, id string, lines []domain.ReviewLine) error {
	args, names := make([]any, 0, len(lines)*lineWidth), make([]any, 0, len(lines)*6)
	for _, l := range lines {
		salt, email, name := secret(), domain.NormalEmail(text(l.Email)), text(l.Name)
		hints := ""
		if len(l.Hints) > 0 {
			var err error
			if hints, err = encode(l.Hints); err != nil {
				return err
			}
		}
		if l.State == "" {
			l.State = domain.LineOpen
		}
		args = append(args, id, l.No, text(string(l.Account)), string(l.Person), domain.PersonCommitment(salt, email, name), text(l.Role), text(l.RoleName), text(l.Seat),
			string(l.Active), string(l.Admin), l.Privileged, l.Invited, string(l.Seen), micros(l.SeenAt), hints, string(l.Suggest),
			string(l.Reviewer), string(l.Because), string(l.Second), string(l.Reviewer), string(l.Because), string(l.Second),
			string(l.State), string(l.Verdict), text(l.NewRole), l.Run, text(l.Why), micros(l.SettledAt), false)
		names = append(names, id, l.No, string(l.Person), email, name, salt)
	}
	if err := insertRows(ctx, tx, "INSERT INTO review_lines ("+lineColumns+", ruled)", lineWidth, args, " ON CONFLICT (review, no) DO NOTHING"); err != nil {
		return err
	}
	return insertRows(ctx, tx, "INSERT INTO review_names (review, line, person, email, name, salt)", 6, names, " ON CONFLICT (review, line) DO NOTHING")
}

// ResetReviewLines takes back what an earlier attempt to freeze wrote, while the
// review collects.
func (s *Store) ResetReviewLines(ctx context.Context, id string) error {
	return s.transact(ctx, "store.reset_review_lines", func(tx *sql.Tx) error {
		if err := openReview(ctx, tx, "store.reset_review_lines", id, nil, domain.ReviewCollecting, domain.ReviewBlocked); err != nil {
			return err
		}
		for _, statement := range []string{"DELETE FROM review_names WHERE review = $1", "DELETE FROM review_lines WHERE review = $1"} {
			if _, err := tx.ExecContext(ctx, statement, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// ReviewLines reads lines with what was last decided of them, in the order of their
// numbers. A limit of zero reads all.
func (s *Store) ReviewLines(ctx context.Context, f domain.ReviewFilter) ([]domain.ReviewLine, error) {
	found, err := readLines(ctx, s.reader, f)
	return found, fault("store.review_lines", err)
}

func readLines(ctx context.Context, from querier, f domain.ReviewFilter) ([]domain.ReviewLine, error) {
	q := &query{text: lineSelect}
	q.where("l.review = ? AND l.no > ?", f.Review, f.After)
	if f.Reviewer != "" {
		q.where("(l.reviewer = ? OR l.second = ? AND l.state = 'confirm')", string(f.Reviewer), string(f.Reviewer))
	}
	q.whereIn("l.state", anys(nil, f.States))
	q.whereIn("l.verdict", anys(nil, f.Verdicts))
	if f.Limit > 0 {
		q.order("l.no", f.Limit)
	} else {
		q.text += " ORDER BY l.no"
	}
	return collect(ctx, from, scanLine, q.text, q.args...)
}

// ReviewLinesOf reads the lines of accounts, in the order of their numbers.
func (s *Store) ReviewLinesOf(ctx context.Context, id string, accounts []domain.AccountID) ([]domain.ReviewLine, error) {
	var found []domain.ReviewLine
	for part := range slices.Chunk(accounts, reviewBatch) {
		q := &query{text: lineSelect}
		q.where("l.review = ?", id)
		q.whereIn("l.account", anys(nil, part))
		lines, err := collect(ctx, s.reader, scanLine, q.text+" ORDER BY l.no", q.args...)
		if err != nil {
			return nil, fault("store.review_lines_of", err)
		}
		found = append(found, lines...)
	}
	slices.SortFunc(found, func(a, b domain.ReviewLine) int { return a.No - b.No })
	return found, nil
}

func insertReviewRows(ctx context.Context, tx *sql.Tx, id string, rows []domain.ReviewRow) error {
	const width = 8
	for part := range slices.Chunk(rows, reviewBatch) {
		args := make([]any, 0, len(part)*width)
		for _, r := range part {
			args = append(args, id, r.No, text(string(r.Account)), domain.NormalEmail(text(r.Email)), text(r.Name), text(r.Role), string(r.Active), r.Invited)
		}
		if err := insertRows(ctx, tx, "INSERT INTO review_rows (review, no, account, email, name, role, active, invited)", width, args, ""); err != nil {
			return err
		}
	}
	return nil
}

// ReviewRows pages through the list that somebody uploaded, by the lines of its
// file.
func (s *Store) ReviewRows(ctx context.Context, id string, after, limit int) ([]domain.ReviewRow, error) {
	q := &query{text: "SELECT no, account, email, name, role, active, invited FROM review_rows WHERE 0 = 0"}
	q.where("review = ? AND no > ?", id, after)
	q.order("no", limit)
	found, err := collect(ctx, s.reader, func(row scanner) (domain.ReviewRow, error) {
		var r domain.ReviewRow
		err := row.Scan(&r.No, &r.Account, &r.Email, &r.Name, &r.Role, &r.Active, &r.Invited)
		return r, err
	}, q.text, q.args...)
	return found, fault("store.review_rows", err)
}

// ReviewCounts tells how the lines of a review stand, in one reading.
func (s *Store) ReviewCounts(ctx context.Context, id string) (domain.ReviewCounts, error) {
	c, err := countReview(ctx, s.reader, id)
	return c, fault("store.review_counts", err)
}

func countReview(ctx context.Context, q querier, id string) (domain.ReviewCounts, error) {
	c := domain.ReviewCounts{ByState: map[domain.LineState]int{}, ByVerdict: map[domain.ReviewVerdict]int{}, Done: map[domain.ReviewVerdict]int{}}
	_, err := collect(ctx, q, func(row scanner) (int, error) {
		var state domain.LineState
		var verdict domain.ReviewVerdict
		var privileged, ruled, assigned bool
		var n int
		if err := row.Scan(&state, &verdict, &privileged, &ruled, &assigned, &n); err != nil {
			return 0, err
		}
		c.Lines += n
		c.ByState[state] += n
		if verdict != "" {
			c.ByVerdict[verdict] += n
		}
		if state == domain.LineDone {
			c.Done[verdict] += n
		}
		if ruled {
			c.Silent += n
		}
		if privileged {
			c.Privileged += n
		}
		if privileged && (state == domain.LineOpen || state == domain.LineConfirm || state == domain.LineException) {
			c.OpenAdmins += n
		}
		if !assigned {
			c.Nobody += n
		}
		return n, nil
	}, `SELECT state, verdict, privileged, ruled, reviewer <> '', COUNT(*) FROM review_lines WHERE review = $1 GROUP BY state, verdict, privileged, ruled, reviewer <> ''`, id)
	return c, err
}
