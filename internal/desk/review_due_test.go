package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

// The clock waits for a review that is open, says so once, and begins the one that
// was asked for when the open one has ended.
func TestTheClockWaitsForAnOpenReview(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	ctx, due := t.Context(), "access-review:apollo:2026-Q4"
	w.open()
	require.NoError(t, w.st.SetSetting(ctx, domain.ReviewAsked("apollo"), morning.Format(time.RFC3339Nano)))
	for range 3 {
		require.NoError(t, w.Tender()(ctx))
	}
	require.NotContains(t, w.tmp.started, due, "one review of an app at a time")
	begun, err := w.st.Setting(ctx, domain.ReviewBegun("apollo"))
	require.NoError(t, err)
	require.Empty(t, begun, "what was asked for is still to be begun")
	held := map[string]string{}
	all, err := w.st.ListNotices(ctx, store.NoticeFilter{Limit: 100})
	require.NoError(t, err)
	for _, n := range all {
		if n.Notice.Kind == "review-attention" {
			held[n.Notice.ID] = n.Notice.Text
		}
	}
	require.Equal(t, map[string]string{"review-held/apollo/2026-Q4": "The access review of apollo for 2026-Q4 is due and the one for 2026-12-01 is still open: " +
		"finish or end it (handover review end access-review:apollo:2026-12-01). The new one begins when that one has ended."}, held, "said once for each period")

	_, err = w.st.MoveReview(ctx, w.id, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewDeciding}, To: domain.ReviewExceptions, ClosedAt: morning}, domain.Entry{Run: w.id})
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, w.Tender()(ctx))
	}
	require.Contains(t, w.tmp.started, due)
	begun, err = w.st.Setting(ctx, domain.ReviewBegun("apollo"))
	require.NoError(t, err)
	require.Equal(t, morning.Format(time.RFC3339Nano), begun)
}

// A review of the very period that is due was started by hand: it is the one.
func TestAnOpenReviewOfThePeriodIsTheOneThatWasDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	_, created, err := w.StartReview(ctx, w.as("ada"), desk.ReviewRequest{App: "apollo", Period: "2026-Q4", Reason: "the quarter"})
	require.NoError(t, err)
	require.True(t, created)
	require.NoError(t, w.st.SetSetting(ctx, domain.ReviewAsked("apollo"), morning.Format(time.RFC3339Nano)))
	require.NoError(t, w.Tender()(ctx))
	require.Len(t, w.tmp.started, 1)
	begun, err := w.st.Setting(ctx, domain.ReviewBegun("apollo"))
	require.NoError(t, err)
	require.Equal(t, morning.Format(time.RFC3339Nano), begun)
}
