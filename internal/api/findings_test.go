package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
)

func TestFindingsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := time.Now().UTC().Truncate(time.Microsecond)
	dana, err := w.st.PersonByEmail(t.Context(), "dana@example.com")
	require.NoError(t, err)
	left := domain.NewFinding("apollo", domain.FoundLeftButActive, domain.SeverityHigh, "a1", dana.ID, "HR says that they left", now.AddDate(0, 0, -3))
	idle := domain.NewFinding("apollo", domain.FoundIdleSeat, domain.SeverityLow, "", "", "2 paid seats", now)
	seen := domain.SeenAs("apollo", domain.Account{ID: "a1", Email: "dana.old@example.com"}, dana.ID, now)
	_, err = w.st.SaveSeen(t.Context(), now, []domain.SeenAccount{seen}, domain.Judgement{Found: []domain.Finding{idle, left}}, nil)
	require.NoError(t, err)

	var f api.Findings
	w.call("sec", "GET", "/api/v1/findings", "").decode(t, &f)
	require.Len(t, f.Findings, 2)
	first := f.Findings[0]
	require.Equal(t, []any{left.ID, "high", "open", "dana@example.com", "dana.old@example.com", 3, true}, []any{first.ID, first.Severity, first.State, first.Person.Email, first.Email, first.AgeDays, first.Starts})
	require.Contains(t, f.Readings[0].Why, "not compared yet")
	w.call("sec", "GET", "/api/v1/findings?kind=idle_seat", "").decode(t, &f)
	require.Len(t, f.Findings, 1)
	require.Equal(t, "handover seats", f.Findings[0].Command)

	until := now.AddDate(0, 1, 0).Format(time.RFC3339)
	path := "/api/v1/findings/" + idle.ID + "/exception"
	require.Equal(t, 422, w.call("ada", "POST", path, `{"until":"`+until+`","reason":"no"}`).status)
	var x api.Exception
	w.call("ada", "POST", path, `{"until":"`+until+`","reason":"two joiners come in May"}`).decode(t, &x)
	require.Equal(t, 403, w.call("ada", "POST", path+"/decision", `{"agree":true}`).status, "whoever asked does not agree")
	w.call("sec", "POST", path+"/decision", `{"agree":true}`).decode(t, &x)
	require.Equal(t, []any{true, "sec@example.com", "ada@example.com"}, []any{x.Agreed, x.DecidedBy.Email, x.AskedBy.Email})
	w.call("sec", "GET", "/api/v1/findings?state=excepted", "").decode(t, &f)
	require.Equal(t, "two joiners come in May", f.Findings[0].Exception.Reason)
	var all []api.Exception
	w.call("sec", "GET", "/api/v1/findings/exceptions", "").decode(t, &all)
	require.Len(t, all, 1)

	for name, c := range map[string]struct {
		who, method, path, body string
		status                  int
	}{
		"no right to see":    {"finn", "GET", "/findings", "", 403},
		"no right to except": {"finn", "POST", "/findings/" + left.ID + "/exception", `{"until":"` + until + `","reason":"a long reason"}`, 403},
		"no right to fix":    {"sec", "POST", "/findings/fix", `{"id":"` + left.ID + `"}`, 403},
		"nothing to fix":     {"ada", "POST", "/findings/fix", `{"id":"` + idle.ID + `"}`, 409},
		"not there":          {"ada", "POST", "/findings/fix", `{"id":"none"}`, 404},
		"no such app":        {"ada", "POST", "/findings/reconcile", `{"apps":["other"]}`, 404},
	} {
		got := w.call(c.who, c.method, "/api/v1"+c.path, c.body)
		require.Equal(t, c.status, got.status, fmt.Sprint(name, ": ", got.body))
	}
	require.NotContains(t, w.log.String(), "dana")
}
