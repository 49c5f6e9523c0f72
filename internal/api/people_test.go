package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/store"
)

func TestAwayAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	until := time.Now().AddDate(0, 0, 7).Format(time.DateOnly)
	var set api.Absence
	w.call("bo", "POST", "/api/v1/people/absences", `{"until":"`+until+`","substitute":"finn@example.com"}`).decode(t, &set)
	require.Equal(t, "bo@example.com", set.Person.Email)
	require.Equal(t, "finn@example.com", set.Substitute.Email)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	last, err := time.ParseInLocation(time.DateOnly, until, berlin)
	require.NoError(t, err)
	require.True(t, set.Until.Equal(last.AddDate(0, 0, 1)), "the last day is included, where they are")
	for who, n := range map[string]int{"bo": 1, "finn": 1, "ada": 1, "dana": 0} {
		var rows []api.Absence
		w.call(who, "GET", "/api/v1/people/absences", "").decode(t, &rows)
		require.Len(t, rows, n, who)
	}
	require.Equal(t, http.StatusForbidden, w.call("bo", "POST", "/api/v1/people/absences", `{"for":"ada@example.com","until":"`+until+`","substitute":"finn@example.com"}`).status)
	require.Equal(t, http.StatusUnprocessableEntity, w.call("bo", "POST", "/api/v1/people/absences", `{"until":"soon","substitute":"finn@example.com"}`).status)
	require.Equal(t, http.StatusConflict, w.call("bo", "POST", "/api/v1/people/absences", `{"until":"`+until+`","substitute":"ada@example.com"}`).status, "twice at once")
	require.Equal(t, http.StatusNotFound, w.call("finn", "DELETE", "/api/v1/people/absences/"+set.ID, "").status)
	require.Equal(t, http.StatusOK, w.call("bo", "DELETE", "/api/v1/people/absences/"+set.ID, "").status)
	require.Equal(t, http.StatusNotFound, w.call("bo", "DELETE", "/api/v1/people/absences/"+set.ID, "").status)
}

func TestUnbinding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bo, err := w.st.PersonByEmail(t.Context(), "bo@example.com")
	require.NoError(t, err)
	_, err = w.st.BindChat(t.Context(), store.ChatUser{Team: "T", User: "U"}, bo.ID)
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, w.call("bo", "POST", "/api/v1/people/unbind", `{"email":"bo@example.com"}`).status)
	require.Contains(t, w.call("ada", "POST", "/api/v1/people/unbind", `{"email":"bo@example.com"}`).body, "Freed from 1")
	require.Contains(t, w.call("ada", "POST", "/api/v1/people/unbind", `{"email":"bo@example.com"}`).body, "nothing was changed")
	require.Equal(t, http.StatusNotFound, w.call("ada", "POST", "/api/v1/people/unbind", `{"email":"nobody@example.com"}`).status)
}

func TestWhoLeftIsSignedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bo, err := w.st.PersonByEmail(t.Context(), "bo@example.com")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, w.call("bo", "GET", "/api/v1/people/me", "").status)
	require.NoError(t, w.st.SetPersonState(t.Context(), bo.ID, domain.PersonLeft))
	require.Equal(t, http.StatusUnauthorized, w.call("bo", "GET", "/api/v1/people/me", "").status)
}

func TestARequestSaysWhyItAsksAndUntilWhen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start()
	person := func(name string) domain.PersonID {
		p, err := w.st.PersonByEmail(t.Context(), name+"@example.com")
		require.NoError(t, err)
		return p.ID
	}
	late := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	row := domain.Approval{ID: run.ID + ":a1", Run: run.ID, App: "apollo", Subject: person("dana"), Digest: "", State: domain.ApprovalOpen, OpenedAt: time.Now(), LateAt: late,
		Stage: 1, PolicyDigest: "v1:policy", Decisions: []domain.Decision{{Actor: person("ada"), ActingFor: person("finn"), Verdict: domain.Approve}},
		Policy: domain.ApprovalPolicy{Name: "handover", HighRisk: true, Stages: []domain.ApprovalStage{{Name: "first"}, {Name: "owner", Approvers: []domain.PersonID{person("bo")},
			Backup: []domain.PersonID{person("ada")}, OnTimeout: domain.TimeoutEscalate, Refs: map[domain.PersonID]string{person("bo"): "app_backup"}}}}}
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Approvals: []domain.Approval{row}}))
	w.call("bo", "POST", "/api/v1/people/absences", `{"until":"`+time.Now().AddDate(0, 0, 7).Format(time.DateOnly)+`","substitute":"finn@example.com"}`)

	var rows []api.Approval
	w.call("finn", "GET", "/api/v1/approvals", "").decode(t, &rows)
	require.Len(t, rows, 1)
	got := rows[0]
	require.Equal(t, []any{"handover", "v1:policy", 2, 2, "owner", 1, "escalate", true}, []any{got.Policy, got.PolicyDigest, got.Stage, got.Stages, got.StageName, got.Quorum, got.OnTimeout, got.HighRisk})
	require.True(t, got.LateAt.Equal(late))
	require.Equal(t, "bo@example.com", got.ActingFor.Email, "Finn stands in for Bo")
	require.NotEmpty(t, got.Because)
	require.Equal(t, "ada@example.com", got.Backup[0].Email)
	require.Equal(t, "finn@example.com", got.Decisions[0].ActingFor.Email)
	var own []api.Approval
	w.call("bo", "GET", "/api/v1/approvals", "").decode(t, &own)
	require.Nil(t, own[0].ActingFor)
	require.NotEmpty(t, own[0].Because)
	var one api.Approval
	w.call("ada", "GET", "/api/v1/approvals/"+row.ID, "").decode(t, &one)
	require.Empty(t, one.Because, "the backup is not asked yet")
}
