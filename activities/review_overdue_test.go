package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	sim "handover/internal/sim/apollo"
	"handover/internal/store"
)

const sevenDays = 7 * 24 * time.Hour

// Whoever has lines waiting when the time to decide is over is not forgotten until
// they are decided: they are reminded each week, once, however often it is looked.
func TestWhatWaitsAfterTheTimeIsRemindedOnceAWeek(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.freeze()
	for _, who := range []string{dana, aiko} {
		w.decide(who, domain.ReviewRemove, "", domain.LineDecided)
	}
	for _, who := range []string{eli, priya, finn} {
		w.decide(who, domain.ReviewKeep, "", domain.LineDone)
	}
	reminders := func() map[domain.PersonID][]string {
		t.Helper()
		all, err := w.store.ListNotices(t.Context(), store.NoticeFilter{})
		require.NoError(t, err)
		found := map[domain.PersonID][]string{}
		for _, n := range all {
			if n.Notice.Kind == "review-reminder" {
				require.Equal(t, domain.AboutReviewer(w.id, n.Person), n.Notice.About)
				require.NotContains(t, n.Notice.Text, "@")
				found[n.Person] = append(found[n.Person], n.Notice.Text)
			}
		}
		return found
	}
	w.clock.advance(15 * 24 * time.Hour)
	_, err := w.EndDeciding(t.Context(), w.in("", 1))
	require.NoError(t, err)
	silent := w.lines()[sam]
	require.Equal(t, domain.LineException, silent.State)
	w.look(2)
	w.clock.advance(5 * 24 * time.Hour)
	w.look(3)
	require.Empty(t, reminders(), "they have just heard")

	w.clock.advance(2 * 24 * time.Hour)
	w.look(4)
	w.look(5)
	require.Len(t, reminders(), 1, "and nobody who has finished")
	require.Equal(t, []string{"The time to decide is over. Lines of the access review of " + string(app) + " that still wait for you: 1."}, reminders()[silent.Reviewer])
	require.Len(t, w.events(domain.EventReviewReminded), 1)

	// A second person sends back what was to be removed. The desk says so at once.
	l := w.lines()[dana]
	require.NoError(t, w.store.MarkLines(t.Context(), w.id, []domain.LineMark{{Line: l.No, From: l.State, To: domain.LineOpen}}, domain.Entry{Run: w.id}))
	w.clock.advance(24 * time.Hour)
	w.look(6)
	require.Empty(t, reminders()[l.Reviewer], "not in the week of which was told already")
	w.clock.advance(sevenDays)
	w.look(7)
	require.Len(t, reminders()[l.Reviewer], 1)
	require.Len(t, reminders()[silent.Reviewer], 2)

	// The app does not answer: whoever has to decide hears all the same.
	require.NoError(t, w.sim.SetFaults(1, sim.Fault{Kind: sim.FaultUnavailable, Endpoint: "users/search"}))
	w.clock.advance(sevenDays)
	_, err = w.ReadBackReview(t.Context(), w.in("", 8))
	require.Equal(t, domain.FaultUnavailable, kindOf(t, err))
	require.Len(t, reminders()[silent.Reviewer], 3)
}
