package desk_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

func TestAListIsReadAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		csv   string
		count int
		says  []string // problems
	}{
		"plain":            {"email,name,role\ndana@example.com,Dana,Admin\nx@example.com,X,Member\n", 2, nil},
		"of Excel":         {"\ufeffE-Mail Address;Full Name;Access Level;Status\ndana@example.com;Dana;Admin;Active\n;;;\n", 1, nil},
		"with aliases":     {"\ufeffEmail Address;Full Name;Access Level;State\ndana@example.com;\"Dana; R\";Admin;invited\n;;;\n", 1, nil},
		"with ids":         {"mail\tprofile\tid\ndana@example.com\tAdmin\tu-7\n", 1, nil},
		"empty":            {"  \n", 0, []string{"the file is empty"}},
		"no UTF-8":         {"email,role\n\xff,Admin\n", 1, []string{"not in UTF-8"}},
		"no role":          {"email,name\ndana@example.com,Dana\n", 1, []string{"line 1: no column gives the role"}},
		"twice a column":   {"email,mail,role\na,b,c\n", 1, []string{"two columns give the email"}},
		"an unknown one":   {"email,role,shoe size\na,b,c\n", 1, []string{"column 3 is not known"}},
		"no email":         {"email,role\nDana,Admin\n", 1, []string{"line 2: the email is missing"}},
		"twice":            {"email,role\ndana@example.com,Admin\nDANA@example.com,Member\n", 2, []string{"line 3: this email stands in line 2 already"}},
		"without role":     {"email,role\ndana@example.com,\n", 1, []string{"line 2: the role is missing"}},
		"odd status":       {"email,role,status\ndana@example.com,Admin,perhaps\n", 1, []string{"line 2: the status is none of"}},
		"too few fields":   {"email,role\ndana@example.com\n", 1, []string{"line 2: has 1 fields, the header has 2"}},
		"an open quote":    {"email,role\n\"dana@example.com,Admin\n", 1, []string{"a quote is open"}},
		"another count":    {"email,role\ndana@example.com,Admin\n", 3, []string{"the screen shows 3 users and the file has 1"}},
		"too long a field": {"email,role\ndana@example.com," + strings.Repeat("x", 2001) + "\n", 1, []string{"line 2: has a field of more than 2000"}},
	} {
		rows, problems, err := w.ReviewRows(t.Context(), w.as("ada"), c.csv, c.count)
		require.NoError(t, err, name)
		if c.says == nil {
			require.Empty(t, problems, name)
			require.Len(t, rows, c.count, name)
			continue
		}
		require.Empty(t, rows, name)
		require.Len(t, problems, len(c.says), "%s: %v", name, problems)
		for i, says := range c.says {
			require.Contains(t, problems[i], says, name)
			require.NotContains(t, problems[i], "dana@", "no problem quotes the file: %s", name)
		}
	}
	_, _, err := w.ReviewRows(t.Context(), w.as("eli"), "email,role\n", 0)
	require.Equal(t, domain.RefusedRight, code(err))
}

func TestListedAccountsAreTheSameInEachReviewAndTellNoEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := "email,role,status,account\ndana@example.com,Admin,,\nstranger@example.com,Member,pending,\nknown@example.com,Member,deactivated,u-7\nother@example.com,Member,unknown,\n"
	first, _, err := w.ReviewRows(t.Context(), w.as("ada"), list, 4)
	require.NoError(t, err)
	again, _, err := w.ReviewRows(t.Context(), w.as("ada"), list, 4)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, domain.PersonAccount(w.id("dana")), first[0].Account)
	require.Equal(t, domain.AccountID("u-7"), first[2].Account)
	require.Regexp(t, `^listed:[a-z2-7]{26}$`, string(first[1].Account))
	require.NotEqual(t, first[1].Account, first[3].Account)
	require.Equal(t, []any{domain.Yes, false, domain.No, true, domain.No, false, domain.Unknown, false}, []any{first[0].Active, first[0].Invited, first[1].Active, first[1].Invited,
		first[2].Active, first[2].Invited, first[3].Active, first[3].Invited})
}

// filled answers the file that somebody was given, by account.
func filled(t *testing.T, file []byte, answers map[string][3]string) string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	require.NoError(t, err)
	var b strings.Builder
	out := csv.NewWriter(&b)
	for i, r := range records {
		if a, ok := answers[r[1]]; ok && i > 0 {
			r[7], r[8], r[9] = a[0], a[1], a[2]
		}
		require.NoError(t, out.Write(r))
	}
	out.Flush()
	return b.String()
}

func TestAFileIsFilledInAndDecided(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	file, err := w.ReviewFile(t.Context(), w.as("eli"), w.id)
	require.NoError(t, err)
	require.Contains(t, string(file), "line,account,email,name,has_role,last_use,hints,verdict,role,reason,decision,decided,decided_role,decided_reason,decided_by\n1,a-dana,dana@example.com,dana,")
	require.NotContains(t, string(file), "finn@", "lines of others are not in it")
	answer, problems, err := w.DecideReviewFile(t.Context(), w.as("eli"), w.id, filled(t, file, map[string][3]string{"a-dana": {"keep"}, "a-bo": {"Remove", "", "gone"}, "a-hana": {"keep", "", "runs HR's part"}}))
	require.NoError(t, err)
	require.Empty(t, problems)
	require.Equal(t, []int{3, 1}, []int{answer.Applied, answer.Left})
	require.Equal(t, domain.ReviewRemove, w.line("bo").Verdict)
	require.Empty(t, w.line("gil").Verdict, "a line without a verdict stays open")
	h, err := w.st.ReviewDecisions(t.Context(), w.id, 2)
	require.NoError(t, err)
	require.Equal(t, []any{"csv", "gone", -1, false}, []any{h[0].Channel, h[0].Reason, h[0].Seconds, h[0].Bulk})
	file, err = w.ReviewFile(t.Context(), w.as("eli"), w.id)
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(file), "\n"), "only what is still open")
	_, err = w.ReviewFile(t.Context(), w.as("finn"), w.id)
	require.Equal(t, "missing", code(err))
}

func TestAWrongFileDecidesNothing(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	head := "line,account,verdict,role,reason\n1,a-dana,keep,,\n"
	for says, csv := range map[string]string{
		"line 3: the review's line 2 is not about this account": head + "2,a-gil,keep,,\n",
		"line 3: the review's line 6 is not about this account": head + "6,a-finn,keep,,\n",
		"line 3: the review's line 1 stands in line 2 already":  head + "1,a-dana,remove,,\n",
		"line 3: line is no number":                             head + "two,a-bo,keep,,\n",
		"line 3: the verdict is none of":                        head + "2,a-bo,perhaps,,\n",
		"line 3: a role goes with change_role alone":            head + "2,a-bo,keep,admin,\n",
		"line 3: say why this person keeps rights":              head + "4,a-hana,keep,,\n",
		"line 3: the app has no such role":                      head + "2,a-bo,change_role,emperor,\n",
		"line 3: nothing waits for a second person here":        head + "2,a-bo,confirm,,\n",
		"line 3: has 4 fields":                                  head + "2,a-bo,keep,\n",
		"column 6 is not known":                                 "line,account,verdict,role,reason,colour\n1,a-dana,keep,,,red\n",
		"no column gives the verdict":                           "line,account\n1,a-dana\n",
		"no line has a verdict":                                 "line,account,verdict\n1,a-dana,\n",
	} {
		answer, problems, err := w.DecideReviewFile(t.Context(), w.as("eli"), w.id, csv)
		require.NoError(t, err, says)
		require.Zero(t, answer.Applied, says)
		require.Len(t, problems, 1, "%s: %v", says, problems)
		require.Contains(t, problems[0], says)
	}
	for _, name := range reviewees {
		require.Empty(t, w.line(name).Verdict, name)
	}
}

func TestASecondPersonAnswersByFile(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("ada", remove(), "aud", "finn")
	file, err := w.ReviewFile(t.Context(), w.as("gil"), w.id)
	require.NoError(t, err)
	answer, problems, err := w.DecideReviewFile(t.Context(), w.as("gil"), w.id, filled(t, file, map[string][3]string{"a-aud": {"confirm"}, "a-finn": {"send_back", "", "still pays the bills"}}))
	require.NoError(t, err)
	require.Empty(t, problems)
	require.Equal(t, 2, answer.Applied)
	require.Equal(t, []domain.LineState{domain.LineDecided, domain.LineOpen}, []domain.LineState{w.line("aud").State, w.line("finn").State})
}

func TestAFileForASpreadsheetHoldsNoFormula(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	require.NoError(t, w.st.AddReviewLines(t.Context(), w.id, []domain.ReviewLine{{Review: w.id, No: 1, Account: "a-1", Email: "x@example.com", Name: `=HYPERLINK("https://evil.example")`,
		RoleName: "+1", State: domain.LineOpen, Reviewer: w.id_("eli")}}))
	_, err := w.ReviewFile(t.Context(), w.as("eli"), w.id)
	require.Equal(t, "missing", code(err), "nobody sees lines that are still being written")
	seen, err := w.Reviews(t.Context(), w.as("eli"), store.ReviewsFilter{})
	require.NoError(t, err)
	require.Empty(t, seen)
	_, err = w.st.MoveReview(t.Context(), w.id, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewCollecting}, To: domain.ReviewDeciding}, domain.Entry{Run: w.id})
	require.NoError(t, err)
	file, err := w.ReviewFile(t.Context(), w.as("eli"), w.id)
	require.NoError(t, err)
	require.Contains(t, string(file), `"'=HYPERLINK`)
	require.Contains(t, string(file), `,'+1,`)
}
