package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
)

func TestTheAPIShowsAndWantsTheDecisionThatIsConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.review()
	ctx := t.Context()
	finn, err := w.st.PersonByEmail(ctx, "finn@example.com")
	require.NoError(t, err)
	ada, err := w.st.PersonByEmail(ctx, "ada@example.com")
	require.NoError(t, err)
	id := path[len("/api/v1/reviews/"):]
	require.NoError(t, w.st.Reassign(ctx, id, []domain.ReviewAssignment{{Line: 3, To: ada.ID, By: ada.ID}}, map[int]domain.PersonID{3: finn.ID}, domain.Entry{Run: id}))
	line := func(who string) api.ReviewLine {
		var page api.ReviewLines
		w.call(who, "GET", path+"/lines?mine=true", "").decode(t, &page)
		require.Len(t, page.Lines, 1)
		return page.Lines[0]
	}
	say := func(who, body string) (said api.ReviewAnswer) {
		w.call(who, "POST", path+"/decisions", body).decode(t, &said)
		return said
	}
	require.Equal(t, 1, say("ada", `[{"line":3,"verdict":"keep","reason":"on the team"}]`).Applied)
	require.Equal(t, 1, say("ada", `[{"line":3,"verdict":"remove","reason":"moved on"}]`).Applied)
	seen := line("finn")
	require.Equal(t, []any{true, 2, "remove", "moved on", "ada@example.com"}, []any{seen.Confirms, seen.Decision, seen.Verdict, seen.Reason, seen.DecidedBy})
	require.Zero(t, line("ada").Decision)
	for body, says := range map[string]string{`[{"line":3,"verdict":"confirm"}]`: "by its number", `[{"line":3,"verdict":"confirm","seen":1}]`: "changed meanwhile",
		`[{"line":3,"verdict":"send_back","reason":"no"}]`: "by its number"} {
		said := say("finn", body)
		require.Zero(t, said.Applied, body)
		require.Contains(t, said.Refused[0].Why, says)
	}
	require.Equal(t, http.StatusUnprocessableEntity, w.call("finn", "POST", path+"/decisions", `[{"line":3,"verdict":"confirm","seen":-1}]`).status)
	require.Equal(t, 1, say("finn", fmt.Sprintf(`[{"line":3,"verdict":"send_back","reason":"still on call","seen":%d}]`, seen.Decision)).Applied)
	back := line("ada")
	require.Equal(t, []any{"open", 3, "still on call", "finn@example.com"}, []any{back.State, back.Decision, back.Reason, back.DecidedBy})
}
