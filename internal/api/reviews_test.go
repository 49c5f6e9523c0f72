package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/store"
)

// review opens a review: ada reviews lines 1 and 2 (an admin), bo line 3, about dana.
func (w *world) review() string {
	w.t.Helper()
	ctx := w.t.Context()
	id := func(name string) domain.PersonID {
		p, err := w.st.PersonByEmail(ctx, name+"@example.com")
		require.NoError(w.t, err)
		return p.ID
	}
	r := domain.Review{App: "apollo", Period: "2026-Q4", State: domain.ReviewCollecting, Requester: domain.SystemActor, StartedAt: time.Now(),
		Settings: domain.ReviewSettings{Roles: []domain.AppRole{{Key: "v", Name: "Viewer", Admin: domain.No}}}}
	run, _, err := w.st.CreateRun(ctx, domain.Run{ID: "access-review:apollo:2026-Q4", Kind: domain.RunReview, Apps: []domain.AppID{"apollo"}, StartedAt: time.Now()},
		func(domain.Run) (store.RunStart, error) { return store.RunStart{Input: []byte("{}"), Review: &r}, nil })
	require.NoError(w.t, err)
	var lines []domain.ReviewLine
	for no, reviewer := range []string{"bo", "bo", "ada"} {
		lines = append(lines, domain.ReviewLine{No: no + 1, Account: domain.AccountID(fmt.Sprintf("a%d", no+1)), Email: fmt.Sprintf("u%d@example.com", no+1), Role: "m", RoleName: "Member",
			Active: domain.Yes, Admin: domain.No, Seen: domain.Unknown, Privileged: no == 1, Reviewer: id(reviewer), Because: domain.BecauseManager, State: domain.LineOpen})
	}
	require.NoError(w.t, w.st.AddReviewLines(ctx, run.ID, lines))
	_, err = w.st.MoveReview(ctx, run.ID, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewCollecting}, To: domain.ReviewDeciding, OpenedAt: time.Now(),
		Population: &domain.Population{Source: domain.SourceApp, Query: "every page", Total: 3, Captured: 3, Lines: 3}}, domain.Entry{Run: run.ID})
	require.NoError(w.t, err)
	return "/api/v1/reviews/" + run.ID
}

func TestAReviewThroughTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.review()
	var list []api.Review
	w.call("ada", "GET", "/api/v1/reviews?app=apollo&state=deciding,collecting", "").decode(t, &list)
	require.Len(t, list, 1)
	require.Equal(t, []int{3, 3}, []int{list[0].Counts.Lines, list[0].Population.Total})
	require.True(t, list[0].Population.AddsUp)
	w.call("ada", "GET", "/api/v1/reviews?state=complete", "").decode(t, &list)
	require.Empty(t, list)
	var one api.Review
	w.call("bo", "GET", path, "").decode(t, &one)
	require.Nil(t, one.Population)
	require.Nil(t, one.Counts)
	require.Equal(t, []api.ReviewRole{{Key: "v", Name: "Viewer"}}, one.Roles)
	require.Equal(t, []int{2, 2}, []int{one.Progress[0].Lines, one.Progress[0].Open})
	for _, who := range []string{"dana", "finn", "sec"} {
		for _, at := range []string{path, path + "/lines", path + "/lines/1/decisions", path + "/decisions/csv"} {
			require.Equal(t, http.StatusNotFound, w.call(who, "GET", at, "").status, who+at)
		}
	}

	var page api.ReviewLines
	w.call("ada", "GET", path+"/lines?limit=2", "").decode(t, &page)
	require.Equal(t, 2, page.Next)
	w.call("ada", "GET", path+"/lines?limit=2&after=2&state=open,confirm", "").decode(t, &page)
	require.Len(t, page.Lines, 1)
	w.call("ada", "GET", path+"/lines?mine=true", "").decode(t, &page)
	require.Len(t, page.Lines, 1)
	w.call("ada", "GET", path+"/lines?reviewer=bo@example.com", "").decode(t, &page)
	require.Len(t, page.Lines, 2)
	require.Equal(t, "the app does not show it", page.Lines[0].LastUse)
	require.Equal(t, "bo@example.com", page.Lines[0].Reviewer.Email)

	var said api.ReviewAnswer
	w.call("bo", "POST", path+"/decisions", `[{"line":1,"verdict":"change_role","role":"viewer","reason":"reads only"},{"line":2,"verdict":"keep"},{"line":3,"verdict":"keep"}]`).decode(t, &said)
	require.Equal(t, []int{1, 1}, []int{said.Applied, said.Left})
	require.Equal(t, []int{2, 3}, []int{said.Refused[0].Line, said.Refused[1].Line})
	require.Contains(t, said.Refused[0].Why, "say why")
	require.Equal(t, http.StatusUnprocessableEntity, w.call("bo", "POST", path+"/decisions", `[{"line":1,"verdict":"promote"}]`).status)
	require.Equal(t, http.StatusUnprocessableEntity, w.call("bo", "POST", path+"/decisions", `[]`).status)
	var history []api.ReviewDecision
	w.call("bo", "GET", path+"/lines/1/decisions", "").decode(t, &history)
	require.Equal(t, []any{1, "change_role", "v", "reads only", "bo@example.com", "api", -1},
		[]any{len(history), history[0].Verdict, history[0].Role, history[0].Reason, history[0].By.Email, history[0].Channel, history[0].Seconds})
	require.Equal(t, http.StatusNotFound, w.call("bo", "GET", path+"/lines/3/decisions", "").status)
}

func TestAFileOfDecisionsThroughTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.review()
	file := w.call("bo", "GET", path+"/decisions/csv", "")
	require.Contains(t, file.kind, "text/csv")
	require.Equal(t, 3, strings.Count(file.body, "\n"))
	wrong := w.call("bo", "POST", path+"/decisions/csv", `{"csv":"line,account,verdict\n1,a1,keep\n2,a2,keep\n"}`)
	require.Equal(t, http.StatusUnprocessableEntity, wrong.status)
	require.Contains(t, wrong.body, "line 3: say why")
	require.NotContains(t, wrong.body, "a1,keep", "nothing of the file is repeated")
	var said api.ReviewAnswer
	w.call("bo", "POST", path+"/decisions/csv", `{"csv":"line,account,verdict,reason\n1,a1,keep,\n2,a2,remove,gone\n"}`).decode(t, &said)
	require.Equal(t, []int{2, 0}, []int{said.Applied, said.Left})
}

func TestLinesAreGivenAwayThroughTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.review()
	require.Equal(t, http.StatusForbidden, w.call("bo", "POST", path+"/reassign", `{"lines":[3],"to":"finn@example.com","reason":"his"}`).status)
	require.Equal(t, http.StatusOK, w.call("bo", "POST", path+"/reassign", `{"lines":[1],"to":"finn@example.com","reason":"his"}`).status)
	var page api.ReviewLines
	w.call("finn", "GET", path+"/lines", "").decode(t, &page)
	require.Len(t, page.Lines, 1)
	require.Equal(t, "reassigned", page.Lines[0].Because)
	require.Equal(t, http.StatusForbidden, w.call("bo", "POST", path+"/end", `{"reason":"enough"}`).status)
}

func TestAReviewIsStartedThroughTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for body, status := range map[string]int{
		`{"app":"crm"}`: http.StatusNotFound, `{"app":"apollo","period":"a/b"}`: http.StatusUnprocessableEntity,
		`{"app":"apollo","csv":"email,role\nx@example.com,Admin\n","count":2}`:                      http.StatusUnprocessableEntity,
		`{"app":"apollo","csv":"email;role\nx@example.com;Admin\n","count":1,"read_at":"soon"}`:     http.StatusUnprocessableEntity,
		`{"app":"apollo","csv":"email,role\nx@example.com,Admin\nx@example.com,Admin\n","count":2}`: http.StatusUnprocessableEntity,
	} {
		require.Equal(t, status, w.call("ada", "POST", "/api/v1/reviews", body).status, body)
	}
	require.Equal(t, http.StatusForbidden, w.call("bo", "POST", "/api/v1/reviews", `{"app":"apollo","csv":"email,role\n","count":0}`).status)
	var started api.ReviewStarted
	w.call("ada", "POST", "/api/v1/reviews", `{"app":"apollo","period":"2026-Q4","csv":"email;role\nx@example.com;Admin\n","count":1}`).decode(t, &started)
	require.True(t, started.Created)
	require.Equal(t, "collecting", started.Review.State)
	rows, err := w.st.ReviewRows(t.Context(), started.Review.ID, 0, 10)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	w.call("ada", "POST", "/api/v1/reviews", `{"app":"apollo"}`).decode(t, &started)
	require.False(t, started.Created)
	end := "/api/v1/reviews/" + started.Review.ID + "/end"
	require.Equal(t, http.StatusUnprocessableEntity, w.call("ada", "POST", end, `{"reason":""}`).status)
	require.Equal(t, http.StatusOK, w.call("ada", "POST", end, `{"reason":"begun by mistake"}`).status)
	require.Equal(t, http.StatusNotFound, w.call("dana", "GET", "/api/v1/reviews/"+started.Review.ID, "").status)
}
