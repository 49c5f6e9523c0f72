package desk_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

func TestWhoSeesWhatOfAReview(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("ada", remove(), "aud") // waits for gil now
	for who, want := range map[string][]int{
		"ada": {1, 2, 3, 4, 5, 6, 7, 8}, "amy": {1, 2, 3, 4, 5, 6, 7, 8}, "aud": {1, 2, 3, 4, 5, 6, 7, 8},
		"eli": {1, 2, 3, 4}, "gil": {5},
		"sec": nil, "sid": nil, "hana": nil, "finn": nil, "bo": nil, "dana": nil,
	} {
		page, err := w.ReviewLines(t.Context(), w.as(who), domain.ReviewFilter{Review: w.id}, "", false)
		seen, listErr := w.Reviews(t.Context(), w.as(who), store.ReviewsFilter{})
		require.NoError(t, listErr)
		one, oneErr := w.Review(t.Context(), w.as(who), w.id)
		_, historyErr := w.ReviewDecisions(t.Context(), w.as(who), w.id, 5)
		if want == nil {
			for _, e := range []error{err, oneErr, historyErr} {
				require.Equal(t, "missing", code(e), who)
			}
			require.Empty(t, seen, who)
			require.Len(t, w.refusals(who), 3, "each try is in the log: %s", who)
			continue
		}
		require.NoError(t, err, who)
		var got []int
		for _, l := range page.Lines {
			got = append(got, l.No)
		}
		require.Equal(t, want, got, who)
		require.Len(t, seen, 1, who)
		require.Equal(t, len(want) == 8, len(seen[0].Progress) == 0, "a list counts lines, not reviewers: %s", who)
		require.Equal(t, len(want) == 8, one.Whole, who)
		require.Equal(t, len(want) == 8, one.Counts.Lines == 8, "counts of lines that somebody may not see are not theirs: %s", who)
		require.Len(t, one.Progress, map[bool]int{true: 3, false: 1}[one.Whole], who)
		if who == "eli" {
			require.Equal(t, "missing", code(historyErr), "not the history of a line of somebody else")
			require.Equal(t, []domain.ReviewerProgress{{Reviewer: w.id_("eli"), Lines: 4, Open: 4}}, one.Progress)
		} else {
			require.NoError(t, historyErr, who)
		}
	}
	mine, err := w.ReviewLines(t.Context(), w.as("ada"), domain.ReviewFilter{Review: w.id}, "", true)
	require.NoError(t, err)
	require.Len(t, mine.Lines, 4)
	elis, err := w.ReviewLines(t.Context(), w.as("aud"), domain.ReviewFilter{Review: w.id}, "eli@example.com", false)
	require.NoError(t, err)
	require.Len(t, elis.Lines, 4)
	_, err = w.Review(t.Context(), w.as("ada"), "access-review:none")
	require.Equal(t, "missing", code(err))
}

func TestLinesComeInPages(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", keep(), "bo")
	for who, want := range map[string][]int{"aud": {1, 3, 4, 5, 6, 7, 8}, "eli": {1, 3, 4}} {
		var got []int
		f := domain.ReviewFilter{Review: w.id, States: []domain.LineState{domain.LineOpen}, Limit: 2}
		for {
			page, err := w.ReviewLines(t.Context(), w.as(who), f, "", false)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.Lines), 2)
			for _, l := range page.Lines {
				got = append(got, l.No)
			}
			if f.After = page.Next; f.After == 0 {
				break
			}
		}
		require.Equal(t, want, got, who)
	}
}

func TestAReviewTellsNobodyWhoLeavesInConfidence(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	leaves := func(no int, name string, hints ...domain.ReviewHint) domain.ReviewLine {
		return domain.ReviewLine{Review: w.id, No: no, Account: domain.AccountID("a-" + name), Person: w.id_(name), Email: name + "@example.com", Role: "r-user", State: domain.LineOpen,
			Active: domain.Yes, Admin: domain.No, Seen: domain.Unknown, Reviewer: w.id_("eli"), Hints: hints, Suggest: domain.ReviewRemove}
	}
	require.NoError(t, w.st.AddReviewLines(t.Context(), w.id, []domain.ReviewLine{leaves(1, "amy", domain.HintLeft, domain.HintAdmins), leaves(2, "dana", domain.HintLeaving)}))
	_, err := w.st.MoveReview(t.Context(), w.id, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewCollecting}, To: domain.ReviewDeciding}, domain.Entry{Run: w.id})
	require.NoError(t, err)
	secretRun(w.world) // amy's; eli and sid are named
	w.start("hr", leaving("dana"))
	for who, want := range map[string][]string{
		"ada": {"[many_admins] ", "[leaving] remove"},
		"aud": {"[many_admins] ", "[leaving] remove"},
		"eli": {"[left many_admins] remove", "[leaving] remove"},
	} {
		page, err := w.ReviewLines(t.Context(), w.as(who), domain.ReviewFilter{Review: w.id}, "", false)
		require.NoError(t, err)
		var got []string
		for _, l := range page.Lines {
			got = append(got, fmt.Sprint(l.Hints, " ", l.Suggest))
		}
		require.Equal(t, want, got, who)
	}
}

func TestAReviewersTableIsDescribedAndSearched(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	table, err := w.ReviewTable(t.Context(), w.as("eli"), w.id, desk.ReviewAsk{Size: 3})
	require.NoError(t, err)
	require.Equal(t, []int{4, 4, 4, 2, 1}, []int{table.Total, table.Waiting, table.Found, table.Pages, table.Page})
	require.Len(t, table.Lines, 3)
	require.Equal(t, "eli", table.Lines[0].Manager, "dana's, as the policy file says")
	for ask, want := range map[desk.ReviewAsk]int{{Find: "BO@"}: 1, {Find: "eli"}: 1, {Only: "privileged"}: 1, {Only: "open"}: 4, {Only: string(domain.HintIdle)}: 0, {Page: 99}: 4} {
		ask.Size = 10
		table, err := w.ReviewTable(t.Context(), w.as("eli"), w.id, ask)
		require.NoError(t, err)
		require.Equal(t, want, table.Found, "%+v", ask)
	}
	w.says("eli", keep(), "dana", "bo")
	table, err = w.ReviewTable(t.Context(), w.as("eli"), w.id, desk.ReviewAsk{Size: 10})
	require.NoError(t, err)
	require.Equal(t, []int{2, 2}, []int{table.Waiting, table.Verdicts[domain.ReviewKeep]})
	require.True(t, table.Lines[0].May, "what is kept may be decided anew")
}

func TestWhatTheAppDoesNotShowIsNeverCalledIdle(t *testing.T) {
	t.Parallel()
	at := morning.AddDate(0, -2, 0)
	for want, l := range map[string]domain.ReviewLine{
		"used on 2026-10-01": {Seen: domain.Yes, SeenAt: at}, "not since 2026-10-01": {Seen: domain.No, SeenAt: at}, "no trace of use": {Seen: domain.No},
		"the app does not show it": {Seen: domain.Unknown, SeenAt: at}, "used": {Seen: domain.Yes},
	} {
		require.Equal(t, want, desk.ReviewItem{ReviewLine: l}.LastUse())
	}
	require.Equal(t, "the app does not show it", desk.ReviewItem{}.LastUse())
}
