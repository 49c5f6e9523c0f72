package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// oneDecisionConfirmed: a second person's word counts for the decision that they
// looked at, and what is newer stands beside it untouched.
func oneDecisionConfirmed(t *testing.T, s *store.Store) {
	t.Helper()
	r := opened(t, s, "2026-Q4", 2)
	confirms := func(no, newest int) (int, error) {
		d, m := say(no, domain.ReviewRemove, domain.LineConfirm, domain.LineDecided)
		d.By, d.Confirms, m.Newest = "sam", true, newest
		return s.Decide(t.Context(), r.ID, []domain.ReviewDecision{d}, []domain.LineMark{m}, domain.Entry{Run: r.ID})
	}
	for _, no := range []int{1, 2} {
		require.Equal(t, 1, decideLine(t, s, r.ID, no, domain.ReviewRemove, domain.LineOpen, domain.LineConfirm))
	}
	_, err := confirms(1, 0)
	require.Equal(t, domain.FaultInvalid, domain.KindOf(err), "it names none")
	require.Equal(t, 1, decideLine(t, s, r.ID, 1, domain.ReviewKeep, domain.LineConfirm, domain.LineConfirm), "whoever decided changes their mind")
	n, err := confirms(1, 1)
	require.NoError(t, err)
	require.Zero(t, n, "the line waits as before, for a word about another decision")
	l := lineOf(t, s, r.ID, 1)
	require.Equal(t, []any{domain.LineConfirm, domain.ReviewKeep}, []any{l.State, l.Verdict})
	n, err = confirms(2, 1)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	newest, err := s.NewestDecisions(t.Context(), r.ID, []int{2, 1, 2, 9})
	require.NoError(t, err)
	require.Len(t, newest, 2)
	require.Equal(t, []any{2, domain.ReviewKeep, "because", false}, []any{newest[1].N, newest[1].Verdict, newest[1].Reason, newest[1].Confirms})
	require.Equal(t, []any{2, domain.PersonID("sam"), true}, []any{newest[2].N, newest[2].By, newest[2].Confirms})
}
