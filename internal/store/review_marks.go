package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"handover/domain"
)

// lineChange is what changes of a line. Lines that change alike are one statement.
type lineChange struct {
	from, to domain.LineState
	run      string // "" leaves it
	why      string
	settled  int64
	decided  bool // sets what follows
	verdict  domain.ReviewVerdict
	role     string
	ruled    bool
}

// lineChanges are the changes of many lines, in the order in which they came.
type lineChanges struct {
	order []lineChange
	lines map[lineChange][]any
}

func newLineChanges() *lineChanges { return &lineChanges{lines: map[lineChange][]any{}} }

func (c *lineChanges) add(line int, change lineChange) {
	if c.lines[change] == nil {
		c.order = append(c.order, change)
	}
	c.lines[change] = append(c.lines[change], line)
}

// write changes the lines that still stand as their change expects.
func (c *lineChanges) write(ctx context.Context, tx *sql.Tx, id string) error {
	for _, change := range c.order {
		for part := range slices.Chunk(c.lines[change], reviewBatch) {
			q := &query{text: "UPDATE review_lines SET state = $1, why = $2, settled_at = $3", args: []any{string(change.to), change.why, change.settled}}
			if change.run != "" {
				q.set("run", change.run)
			}
			if change.decided {
				q.set("verdict", string(change.verdict))
				q.set("new_role", change.role)
				q.set("ruled", change.ruled)
			}
			q.text += " WHERE 0 = 0"
			q.where("review = ? AND state = ?", id, string(change.from))
			q.whereNumbers("no", part)
			if _, err := tx.ExecContext(ctx, q.text, q.args...); err != nil {
				return err
			}
		}
	}
	return nil
}

// MarkLines changes the states of lines together with an entry, while the review has
// not ended. A line in another state than its mark's From is left out.
func (s *Store) MarkLines(ctx context.Context, id string, marks []domain.LineMark, e domain.Entry) error {
	return s.transact(ctx, "store.mark_lines", func(tx *sql.Tx) error {
		if err := openReview(ctx, tx, "store.mark_lines", id, e.Events); err != nil {
			return err
		}
		changes := newLineChanges()
		for _, m := range marks {
			changes.add(m.Line, lineChange{from: m.From, to: m.To, run: m.Run, why: text(m.Why), settled: micros(m.SettledAt)})
		}
		if err := changes.write(ctx, tx, id); err != nil {
			return err
		}
		return s.record(ctx, tx, e)
	})
}

// ClaimReviewLine takes a decided line to be carried out: from then on nobody decides
// otherwise. It answers whether the line was still decided so, and forgets a run that
// was to carry out an earlier decision.
func (s *Store) ClaimReviewLine(ctx context.Context, id string, line int) (bool, error) {
	claimed := false
	err := s.transact(ctx, "store.claim_review_line", func(tx *sql.Tx) error {
		if err := openReview(ctx, tx, "store.claim_review_line", id, nil); err != nil {
			return err
		}
		var err error
		claimed, err = touched(tx.ExecContext(ctx, "UPDATE review_lines SET state = $1, run = '', why = '' WHERE review = $2 AND no = $3 AND state = $4 AND verdict <> $5",
			string(domain.LineCarrying), id, line, string(domain.LineDecided), string(domain.ReviewKeep)))
		return err
	})
	return claimed, err
}

// BindReviewRun notes, once, which run carries a decided line out. It answers
// whether this was the time.
func (s *Store) BindReviewRun(ctx context.Context, id string, line int, run string, e domain.Entry) (bool, error) {
	bound := false
	err := s.transact(ctx, "store.bind_review_run", func(tx *sql.Tx) error {
		bound = false
		if err := openReview(ctx, tx, "store.bind_review_run", id, e.Events); err != nil {
			return err
		}
		var err error
		if bound, err = touched(tx.ExecContext(ctx, "UPDATE review_lines SET state = $1, run = $2 WHERE review = $3 AND no = $4 AND state IN ($5, $6) AND run = '' AND verdict <> $7",
			string(domain.LineCarrying), run, id, line, string(domain.LineDecided), string(domain.LineCarrying), string(domain.ReviewKeep))); err != nil || !bound {
			return err
		}
		return s.record(ctx, tx, e)
	})
	return bound, err
}

// What a line says of itself when its time to be decided was over.
const (
	whySilentKeep      = "nobody decided in time: kept by the rule for silence"
	whySilentException = "nobody decided in time, and silence does not settle it"
)

// SettleSilence applies the silence rule to up to limit lines that are still open.
// Ordinary ones are kept where keep is set, with a decision each that names the
// rule; all others become exceptions, without a decision, because nobody made one.
// It answers how many it took; 0 ends it.
func (s *Store) SettleSilence(ctx context.Context, id string, keep bool, when time.Time, limit int) (int, error) {
	const op = "store.settle_silence"
	took := 0
	err := s.transact(ctx, op, func(tx *sql.Tx) error {
		if err := openReview(ctx, tx, op, id, nil, domain.ReviewDeciding, domain.ReviewCarryingOut); err != nil {
			return err
		}
		lines, err := readLines(ctx, tx, domain.ReviewFilter{Review: id, States: []domain.LineState{domain.LineOpen}, Limit: min(limit, reviewBatch)})
		if err != nil {
			return err
		}
		took = len(lines)
		var kept []domain.ReviewDecision
		marks, exceptions := map[int]domain.LineMark{}, newLineChanges()
		for _, l := range lines {
			if !keep || l.Privileged {
				exceptions.add(l.No, lineChange{from: domain.LineOpen, to: domain.LineException, why: whySilentException})
				continue
			}
			marks[l.No] = domain.LineMark{Line: l.No, From: domain.LineOpen, To: domain.LineDone, Why: whySilentKeep, SettledAt: when}
			kept = append(kept, domain.ReviewDecision{Line: l.No, Verdict: domain.ReviewKeep, By: domain.SystemActor, At: when, Channel: "rule", Seconds: -1,
				Rule: domain.RuleSilenceKeep})
		}
		if len(kept) > 0 {
			if _, err := decideLines(ctx, tx, id, kept, marks); err != nil {
				return err
			}
		}
		return exceptions.write(ctx, tx, id)
	})
	return took, err
}
