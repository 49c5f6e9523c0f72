package storetest

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// digestOf computes the digest of a review's rows as they are now.
func digestOf(t *testing.T, s *store.Store, r domain.Review) string {
	t.Helper()
	d := domain.ClosedReview(r)
	lines, err := s.ReviewLines(t.Context(), domain.ReviewFilter{Review: r.ID})
	require.NoError(t, err)
	for _, l := range lines {
		d.Line(l)
	}
	decisions, err := s.AllReviewDecisions(t.Context(), r.ID, 0, 0, 1000)
	require.NoError(t, err)
	for _, e := range decisions {
		d.Decision(e)
	}
	assignments, err := s.ReviewAssignments(t.Context(), r.ID, 0, 0, 1000)
	require.NoError(t, err)
	for _, a := range assignments {
		d.Assignment(a)
	}
	return d.Sum()
}

// sealedStatements are ways around the store, one for each table and verb. Each has
// the review's id for %[1]s.
var sealedStatements = map[string]string{
	"reopen a review":           "UPDATE reviews SET state = 'deciding' WHERE id = '%[1]s'",
	"change its digest":         "UPDATE reviews SET digest = 'v1:x' WHERE id = '%[1]s'",
	"delete a review":           "DELETE FROM reviews WHERE id = '%[1]s'",
	"copy a review as ended":    "INSERT INTO reviews SELECT 'copy', app, period, state, why, requester, settings, population, started_at, opened_at, due_at, closed_at, policy_hash, frozen, digest FROM reviews",
	"change a line":             "UPDATE review_lines SET verdict = 'keep' WHERE review = '%[1]s'",
	"change who decided":        "UPDATE review_lines SET reviewer = 'eve' WHERE no = 1",
	"move a line away":          "UPDATE review_lines SET review = 'elsewhere' WHERE review = '%[1]s'",
	"delete a line":             "DELETE FROM review_lines WHERE review = '%[1]s' AND no = 2",
	"add a line":                "INSERT INTO review_lines SELECT review, 99, account, person, name_id, role, role_name, seat, active, admin, privileged, invited, seen, seen_at, hints, suggest, given_reviewer, given_because, given_second, reviewer, because, second, state, verdict, new_role, run, why, settled_at, ruled FROM review_lines WHERE no = 1",
	"change a decision":         "UPDATE review_decisions SET verdict = 'keep' WHERE review = '%[1]s'",
	"delete a decision":         "DELETE FROM review_decisions WHERE review = '%[1]s'",
	"add a decision":            "INSERT INTO review_decisions SELECT review, line, 9, verdict, role, reason_id, by_person, acting_for, confirms, at, channel, bulk, seconds, by_rule FROM review_decisions WHERE review = '%[1]s'",
	"change an assignment":      "UPDATE review_assignments SET to_person = 'eve' WHERE review = '%[1]s'",
	"delete an assignment":      "DELETE FROM review_assignments WHERE review = '%[1]s'",
	"add an assignment":         "INSERT INTO review_assignments SELECT review, line, 9, from_person, to_person, by_person, reason_id, at FROM review_assignments WHERE review = '%[1]s'",
	"change a name":             "UPDATE review_names SET name = 'Eve' WHERE review = '%[1]s'",
	"empty half of a name":      "UPDATE review_names SET name = '' WHERE review = '%[1]s'",
	"delete a name":             "DELETE FROM review_names WHERE review = '%[1]s'",
	"add a name":                "INSERT INTO review_names SELECT review, 99, person, email, name, salt FROM review_names WHERE line = 1",
	"change a reason":           "UPDATE review_texts SET body = 'fine' WHERE review = '%[1]s'",
	"delete a reason":           "DELETE FROM review_texts WHERE review = '%[1]s'",
	"add a reason":              "INSERT INTO review_texts SELECT review, line, kind, 9, salt, body FROM review_texts WHERE review = '%[1]s'",
	"change an uploaded row":    "UPDATE review_rows SET role = 'member' WHERE review = '%[1]s'",
	"delete an uploaded row":    "DELETE FROM review_rows WHERE review = '%[1]s'",
	"add an uploaded row":       "INSERT INTO review_rows SELECT review, 99, account, email, name, role, active, invited FROM review_rows WHERE review = '%[1]s'",
	"delete all lines":          "DELETE FROM review_lines",
	"delete all decisions":      "DELETE FROM review_decisions",
	"put a line in place of it": "INSERT INTO review_lines SELECT review, no, account, person, name_id, role, role_name, seat, active, admin, privileged, invited, seen, seen_at, hints, suggest, given_reviewer, given_because, given_second, 'eve', because, second, state, verdict, new_role, run, why, settled_at, ruled FROM review_lines WHERE no = 1 ON CONFLICT (review, no) DO UPDATE SET reviewer = 'eve'",
}

// sealTests are about access reviews that somebody changes without the store.
var sealTests = map[string]func(t *testing.T, d Database){
	"direct SQL on what ended is refused": func(t *testing.T, d Database) {
		r := Ended(t, d.Store)
		require.NoError(t, d.Store.Migrate(t.Context()), "the seal is put on once")
		TrySealed(t, r.ID, d.Exec)
		require.Equal(t, r.Digest, digestOf(t, d.Store, r))
	},
	"decisions are append-only from the first one": func(t *testing.T, d Database) {
		r := opened(t, d.Store, "2026-Q4", 3)
		decideLine(t, d.Store, r.ID, 1, domain.ReviewRemove, domain.LineOpen, domain.LineDecided)
		for _, s := range []string{"UPDATE review_decisions SET verdict = 'keep'", "DELETE FROM review_decisions", "UPDATE review_lines SET role = 'x'",
			"UPDATE reviews SET frozen = 'v1:x'", "DELETE FROM review_lines WHERE no = 3", "DELETE FROM reviews"} {
			require.Error(t, d.Exec(t.Context(), s), s)
		}
	},
	"every route of the store is refused": func(t *testing.T, d Database) {
		s, r := d.Store, Ended(t, d.Store)
		dec, mark := say(1, domain.ReviewKeep, domain.LineDone, domain.LineOpen)
		for what, err := range map[string]error{
			"add":      s.AddReviewLines(t.Context(), r.ID, []domain.ReviewLine{reviewLine(9)}),
			"reset":    s.ResetReviewLines(t.Context(), r.ID),
			"mark":     s.MarkLines(t.Context(), r.ID, []domain.LineMark{mark}, domain.Entry{Run: r.ID}),
			"reassign": s.Reassign(t.Context(), r.ID, []domain.ReviewAssignment{{Line: 1, To: "kim"}}, nil, domain.Entry{Run: r.ID}),
			"decide":   second(s.Decide(t.Context(), r.ID, []domain.ReviewDecision{dec}, []domain.LineMark{mark}, domain.Entry{Run: r.ID})),
			"silence":  second(s.SettleSilence(t.Context(), r.ID, true, noon, 10)),
			"bind":     second(s.BindReviewRun(t.Context(), r.ID, 1, "x", domain.Entry{Run: r.ID})),
			"move":     second(s.MoveReview(t.Context(), r.ID, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewExceptions}, To: domain.ReviewDeciding}, domain.Entry{Run: r.ID})),
		} {
			require.Equal(t, domain.FaultConflict, domain.KindOf(err), what)
		}
		require.Equal(t, r.Digest, digestOf(t, s, r))
	},
}

func second[T any](_ T, err error) error { return err }

// Ended makes a review that has ended, with a row in every table.
func Ended(t *testing.T, s *store.Store) domain.Review {
	t.Helper()
	r := reviewOf(t, s, "2026-Q4", domain.ReviewRow{No: 1, Email: "x@example.com", Active: domain.Yes})
	require.NoError(t, s.AddReviewLines(t.Context(), r.ID, []domain.ReviewLine{reviewLine(1), reviewLine(2)}))
	moved(t, s, r.ID, domain.ReviewCollecting, domain.ReviewDeciding, domain.EventReviewOpened)
	require.NoError(t, s.Reassign(t.Context(), r.ID, []domain.ReviewAssignment{{Line: 2, To: "kim", By: "mia", Reason: "not mine", At: noon}}, nil, domain.Entry{Run: r.ID}))
	require.Equal(t, 1, decideLine(t, s, r.ID, 1, domain.ReviewRemove, domain.LineOpen, domain.LineDone))
	require.Equal(t, 1, decideLine(t, s, r.ID, 2, domain.ReviewKeep, domain.LineOpen, domain.LineDone))
	return closed(t, s, r.ID)
}

// TrySealed tries every statement on a review that has ended.
func TrySealed(t *testing.T, id string, exec func(context.Context, string) error) {
	t.Helper()
	for what, statement := range sealedStatements {
		require.ErrorContains(t, exec(t.Context(), strings.ReplaceAll(statement, "%[1]s", id)), "sealed", what)
	}
}
