package desk_test

import (
	"encoding/csv"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
)

// sheetOf is the file of somebody's lines, by account and column.
func (w *reviewWorld) sheetOf(who string) (file []byte, cells map[string]map[string]string) {
	w.t.Helper()
	file, err := w.ReviewFile(w.t.Context(), w.as(who), w.id)
	require.NoError(w.t, err)
	records, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	require.NoError(w.t, err)
	cells = map[string]map[string]string{}
	for _, r := range records[1:] {
		row := map[string]string{}
		for i, column := range records[0] {
			row[column] = r[i]
		}
		cells[row["account"]] = row
	}
	return file, cells
}

func TestAFileShowsASecondPersonWhatTheyConfirm(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	why := desk.ReviewChoice{Verdict: domain.ReviewRemove, Reason: "=gone since \ufffdMay", Seconds: 4}
	w.says("ada", why, "aud")
	w.says("ada", desk.ReviewChoice{Verdict: domain.ReviewRemove, Reason: strings.Repeat("x", 1999) + "="}, "finn")
	w.says("ada", desk.ReviewChoice{Verdict: domain.ReviewRemove, Reason: "=" + strings.Repeat("x", 1999)}, "guest")
	w.says("ada", keep(), "aud")
	w.says("ada", why, "aud")
	file, cells := w.sheetOf("gil")
	aud := cells["a-aud"]
	require.Equal(t, []string{"3", "remove", "", "'=gone since ?May", "ada@example.com"},
		[]string{aud["decision"], aud["decided"], aud["decided_role"], aud["decided_reason"], aud["decided_by"]})
	_, mine := w.sheetOf("ada")
	require.Equal(t, []string{"", "", "", "", ""}, []string{mine["a-sid"]["decision"], mine["a-sid"]["decided"], mine["a-sid"]["decided_role"], mine["a-sid"]["decided_reason"], mine["a-sid"]["decided_by"]})

	answer, wrong, err := w.DecideReviewFile(t.Context(), w.as("gil"), w.id, filled(t, file, map[string][3]string{"a-aud": {"confirm"}, "a-guest": {"confirm"}, "a-finn": {"send_back", "", "still here"}}))
	require.NoError(t, err)
	require.Empty(t, wrong, "a file is read as it was written")
	require.Equal(t, 3, answer.Applied)
	require.Equal(t, []any{domain.LineDecided, domain.ReviewRemove}, []any{w.line("aud").State, w.line("aud").Verdict})
	_, mine = w.sheetOf("ada")
	require.Equal(t, []string{"send_back", "still here", "gil@example.com"}, []string{mine["a-finn"]["decided"], mine["a-finn"]["decided_reason"], mine["a-finn"]["decided_by"]})
}

func TestAFileShowsToWhichRoleALineChanges(t *testing.T) {
	t.Parallel()
	w := &reviewWorld{world: newJoining(t)}
	r, _, err := w.StartReview(t.Context(), w.as("ada"), desk.ReviewRequest{App: "apollo", Reason: "the quarter"})
	require.NoError(t, err)
	w.id = r.ID
	w.open()
	w.says("ada", desk.ReviewChoice{Verdict: domain.ReviewChange, Role: "Rep", Reason: "less"}, "aud")
	w.says("ada", keep(), "finn")
	file, cells := w.sheetOf("gil")
	require.Equal(t, []string{"change_role", "Rep", "keep", ""}, []string{cells["a-aud"]["decided"], cells["a-aud"]["decided_role"], cells["a-finn"]["decided"], cells["a-finn"]["decided_role"]})
	_, wrong, err := w.DecideReviewFile(t.Context(), w.as("gil"), w.id, filled(t, file, map[string][3]string{"a-aud": {"confirm"}}))
	require.NoError(t, err)
	require.Empty(t, wrong)
	l := w.line("aud")
	role, ok := domain.FindRole(r.Settings.Roles, "Rep")
	require.True(t, ok)
	require.Equal(t, []any{domain.LineDecided, domain.ReviewChange, role.Key}, []any{l.State, l.Verdict, l.NewRole})
}

// What a second person says counts for the decision that they saw, through every
// door, whatever was decided since.
func TestNobodyConfirmsWhatTheyNeverSaw(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	ctx := t.Context()
	w.says("ada", keep(), "aud")
	before, cells := w.sheetOf("gil")
	require.Equal(t, []string{"1", "keep"}, []string{cells["a-aud"]["decision"], cells["a-aud"]["decided"]})
	w.says("ada", remove(), "aud")
	for _, word := range []string{desk.WordConfirm, desk.WordSendBack} {
		for says, file := range map[string]string{
			"changed meanwhile": filled(t, before, map[string][3]string{"a-aud": {word, "", "not now"}}),
			"by its number":     "line,account,verdict,reason\n5,a-aud," + word + ",not now\n",
		} {
			answer, wrong, err := w.DecideReviewFile(ctx, w.as("gil"), w.id, file)
			require.NoError(t, err)
			require.Zero(t, answer.Applied)
			require.Len(t, wrong, 1)
			require.Contains(t, wrong[0], says)
		}
		for seen, says := range map[int]string{0: "by its number", 1: "changed meanwhile", 3: "changed meanwhile"} {
			answer, err := w.SayReview(ctx, w.as("gil"), w.id, []desk.ReviewWord{{Line: 5, Word: word, Reason: "not now", Seen: seen}})
			require.NoError(t, err)
			require.Zero(t, answer.Applied)
			require.Contains(t, answer.Refused[5], says, strconv.Itoa(seen))
		}
		answer, err := w.DecideReview(ctx, w.as("gil"), w.id, []desk.ReviewChoice{{Line: 5, Confirm: true}})
		require.NoError(t, err)
		require.Contains(t, answer.Refused[5], "by its number")
	}
	require.Equal(t, []any{domain.LineConfirm, domain.ReviewRemove}, []any{w.line("aud").State, w.line("aud").Verdict})
	page, err := w.ReviewLines(ctx, w.as("gil"), domain.ReviewFilter{Review: w.id}, "", true)
	require.NoError(t, err)
	require.Len(t, page.Lines, 1)
	seen := page.Lines[0].Decided
	require.Equal(t, []any{2, domain.ReviewRemove, "ada@example.com"}, []any{seen.N, page.Lines[0].Verdict, page.Lines[0].DecidedBy}, "a list of lines says it, too")
	answer, err := w.SayReview(ctx, w.as("gil"), w.id, []desk.ReviewWord{{Line: 5, Word: desk.WordConfirm, Seen: seen.N}})
	require.NoError(t, err)
	require.Equal(t, 1, answer.Applied)
	require.Equal(t, []any{domain.LineDecided, domain.ReviewRemove}, []any{w.line("aud").State, w.line("aud").Verdict})
}

// A confirmation that was checked is overtaken before it is written: the decision that
// it was about no longer stands, and is not put back.
func TestAStaleConfirmationPutsNothingBack(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("ada", remove(), "aud")
	stale := w.line("aud")
	w.says("ada", keep(), "aud")
	applied, err := w.st.Decide(t.Context(), w.id,
		[]domain.ReviewDecision{{Line: stale.No, Verdict: stale.Verdict, By: w.id_("gil"), Confirms: true, At: morning, Channel: desk.ChannelPage}},
		[]domain.LineMark{{Line: stale.No, From: stale.State, To: domain.LineDecided, Newest: 1}}, domain.Entry{Run: w.id})
	require.NoError(t, err)
	require.Zero(t, applied)
	require.Equal(t, []any{domain.LineConfirm, domain.ReviewKeep}, []any{w.line("aud").State, w.line("aud").Verdict})
}

// Files that were exported before a decision had a number in them decide as ever.
func TestAnOldFileStillDecides(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	answer, wrong, err := w.DecideReviewFile(t.Context(), w.as("eli"), w.id, "line,account,email,name,has_role,last_use,hints,verdict,role,reason\n1,a-dana,dana@example.com,dana,,,,remove,,gone\n")
	require.NoError(t, err)
	require.Empty(t, wrong)
	require.Equal(t, 1, answer.Applied)
}
