package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
)

// told are the texts of the newest notices to somebody about what waits for them.
func (w *reviewWorld) told(who string) []string {
	w.t.Helper()
	var texts []string
	for _, n := range w.notices(w.t, "review-opened") {
		if n.To[0] == w.id_(who) {
			texts = append(texts, n.Text)
		}
	}
	return texts
}

func (w *reviewWorld) passes(d time.Duration) { w.ticks.Add(d.Milliseconds()) }

func sendBack() desk.ReviewChoice {
	return desk.ReviewChoice{Confirm: true, Verdict: domain.ReviewKeep, Reason: "she is needed until May"}
}

func TestAReviewerHearsThatLinesWereSentBack(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		w := newReviewWorld(t)
		w.open()
		w.says("ada", remove(), "aud", "finn", "guest")
		if late {
			w.past()
		}
		require.Empty(t, w.told("ada"))
		require.Equal(t, 2, w.says("gil", sendBack(), "aud", "finn").Applied)
		told := w.told("ada")
		require.Len(t, told, 1)
		require.Contains(t, told[0], "Lines of the access review of apollo that a second person sent back to you: 2.")
		require.NotContains(t, told[0], "until May", "why is on the page")

		require.Len(t, w.says("gil", sendBack(), "aud").Refused, 1, "the same press again")
		w.passes(time.Second)
		require.Equal(t, 1, w.says("gil", sendBack(), "guest").Applied)
		require.Len(t, w.told("ada"), 1, "what waits already was told: the message counts one more")

		w.passes(time.Second)
		require.Equal(t, 3, w.says("ada", remove(), "aud", "finn", "guest").Applied)
		require.Equal(t, 1, w.says("gil", sendBack(), "aud").Applied)
		require.Len(t, w.told("ada"), 2, "a new round is told anew")
	}
}

func TestALateDecisionIsToldToTheSecondPersonAnew(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("ada", remove(), "aud")
	require.Len(t, w.told("gil"), 1)
	w.passes(time.Second)
	w.says("ada", remove(), "finn")
	require.Len(t, w.told("gil"), 1, "while people decide they are reminded with everybody else")
	require.Equal(t, 2, w.says("gil", desk.ReviewChoice{Confirm: true}, "aud", "finn").Applied)
	w.past()
	w.passes(time.Second)
	w.says("ada", remove(), "guest")
	require.Len(t, w.told("gil"), 2)
	w.passes(time.Second)
	w.says("ada", keep(), "guest")
	require.Equal(t, 1, w.says("ada", desk.ReviewChoice{Verdict: domain.ReviewKeep, Reason: "on call"}, "sid").Applied)
	require.Len(t, w.told("gil"), 2, "what waits already was told")
	require.Equal(t, 2, w.says("gil", desk.ReviewChoice{Confirm: true}, "guest", "sid").Applied)
}
