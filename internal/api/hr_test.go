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

func TestARosterOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	day := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	body := func(more string) string {
		return `{"rows":[{"line":2,"employment_id":"7","email":"fay@example.com","name":"Fay","last_day":"` + day + `"},{"line":3,"employment_id":"8","email":"gus@example.com","status":"on_leave"}]` + more + `}`
	}
	var plan api.RosterPlan
	w.call("ada", "POST", "/api/v1/people/roster", body("")).decode(t, &plan)
	require.Equal(t, 2, plan.Rows)
	require.Equal(t, []string{"fay@example.com", "gus@example.com"}, plan.New)
	require.Len(t, plan.Leaving, 1)
	require.False(t, plan.Applied)
	none, err := w.st.HREvents(t.Context(), store.HRFilter{})
	require.NoError(t, err)
	require.Empty(t, none, "a preview changes nothing")
	require.Equal(t, http.StatusForbidden, w.call("dana", "POST", "/api/v1/people/roster", body("")).status)
	require.Equal(t, http.StatusForbidden, w.call("dana", "POST", "/api/v1/people/roster", body(`,"apply":true`)).status)
	w.call("ada", "POST", "/api/v1/people/roster", body(`,"apply":true`)).decode(t, &plan)
	require.True(t, plan.Applied)
	kept, err := w.st.HREvents(t.Context(), store.HRFilter{})
	require.NoError(t, err)
	require.NotEmpty(t, kept)

	for name, c := range map[string]struct {
		body   string
		says   string
		status int
	}{
		"unknown source": {body(`,"source":"typo"`), "no such HR source", 422},
		"no rows":        {`{"rows":[]}`, "length >= 1", 422},
		"unknown key":    {body(`,"aply":true`), "unexpected property", 422},
		"problem":        {`{"rows":[{"line":7,"email":"CANARY"}]}`, "line 7: email is missing", 422},
		"twice":          {`{"rows":[{"line":7,"email":"a@example.com"},{"line":9,"email":"A@example.com"}]}`, "line 9", 422},
		"long":           {`{"rows":[{"line":7,"email":"a@example.com","name":"CANARY` + strings.Repeat("x", 500) + `"}]}`, "length <= 500", 422},
	} {
		a := w.call("ada", "POST", "/api/v1/people/roster", c.body)
		require.Equal(t, c.status, a.status, "%s: %s", name, a.body)
		require.Contains(t, a.body, c.says, name)
		require.NotContains(t, a.body, "CANARY", name)
		require.Contains(t, a.kind, "problem+json")
	}
}

func TestARosterMayBeLongerThanOtherRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var b strings.Builder
	b.WriteString(`{"rows":[`)
	for i := range 3000 {
		if i > 0 {
			b.WriteString(",")
		}
		_, _ = fmt.Fprintf(&b, `{"line":%d,"email":"p%d@example.com","name":"%s"}`, i+2, i, strings.Repeat("n", 400))
	}
	b.WriteString("]}")
	require.Greater(t, b.Len(), 1<<20)
	a := w.call("ada", "POST", "/api/v1/people/roster", b.String())
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, http.StatusRequestEntityTooLarge, w.call("ada", "POST", "/api/v1/runs", b.String()).status)
}

func TestThePeopleDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dana, err := w.st.PersonByEmail(t.Context(), "dana@example.com")
	require.NoError(t, err)
	ada, err := w.st.PersonByEmail(t.Context(), "ada@example.com")
	require.NoError(t, err)
	require.NoError(t, w.st.SetManager(t.Context(), dana.ID, ada.ID))
	_, err = w.st.LearnPerson(t.Context(), dana.ID, "", "Dana Reyes", domain.PersonFacts{Department: "Sales", Title: "AE", Kind: "employee"}, time.Now())
	require.NoError(t, err)
	e, err := w.st.UpsertEmployment(t.Context(), "7", domain.Employment{Person: dana.ID, Kind: "employee"})
	require.NoError(t, err)
	moment := domain.LastMoment{Local: "2027-01-29T17:30:00", Zone: "Europe/Berlin"}
	_, _, err = w.st.SayEmployment(t.Context(), e.ID, store.Said{State: domain.EmploymentEnding, At: time.Now(), Moment: moment, Ends: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	require.NoError(t, w.st.SetPersonState(t.Context(), dana.ID, domain.PersonLeaving))

	var all []api.KnownPerson
	w.call("ada", "GET", "/api/v1/people?limit=2", "").decode(t, &all)
	require.Len(t, all, 2)
	var rest []api.KnownPerson
	w.call("ada", "GET", "/api/v1/people?after="+all[1].ID, "").decode(t, &rest)
	require.Len(t, rest, 3)
	var leaving []api.KnownPerson
	w.call("ada", "GET", "/api/v1/people?state=leaving", "").decode(t, &leaving)
	require.Len(t, leaving, 1)
	var one api.KnownPerson
	w.call("ada", "GET", "/api/v1/people/DANA@example.com", "").decode(t, &one)
	require.Equal(t, []string{"Dana Reyes", "leaving", "Sales", "ada@example.com"}, []string{one.Name, one.State, one.Department, one.Manager.Email})
	require.Equal(t, "ending", one.Employments[0].State)
	require.Equal(t, moment.Local, one.Employments[0].LastMoment)
	for _, who := range []string{"finn", "bo", "dana", "sec"} {
		require.Equal(t, http.StatusForbidden, w.call(who, "GET", "/api/v1/people", "").status, who)
		require.Equal(t, http.StatusForbidden, w.call(who, "GET", "/api/v1/people/dana@example.com", "").status, who)
	}
	require.Equal(t, http.StatusNotFound, w.call("ada", "GET", "/api/v1/people/nobody@example.com", "").status)
	require.Equal(t, http.StatusOK, w.call("bo", "GET", "/api/v1/people/me", "").status, "words are no emails")
	require.Equal(t, http.StatusUnprocessableEntity, w.call("ada", "GET", "/api/v1/people?state=gone", "").status)
}

func TestAConfidentialLeavingIsNotInTheDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dana, err := w.st.PersonByEmail(t.Context(), "dana@example.com")
	require.NoError(t, err)
	e, err := w.st.UpsertEmployment(t.Context(), "7", domain.Employment{Person: dana.ID})
	require.NoError(t, err)
	_, _, err = w.st.SayEmployment(t.Context(), e.ID, store.Said{State: domain.EmploymentEnding, At: time.Now(), Moment: domain.LastMoment{Local: "2027-01-29T17:30:00", Zone: "Europe/Berlin"}, Ends: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	require.NoError(t, w.st.SetPersonState(t.Context(), dana.ID, domain.PersonLeaving))
	_, err = w.st.KeepHREvent(t.Context(), domain.HREvent{ID: "msg", Source: "hr", Type: domain.HREnding, Employment: "7", Email: "Dana@example.com", OccurredAt: time.Now(), Confidential: true})
	require.NoError(t, err)
	hidden := func() bool {
		var one api.KnownPerson
		w.call("ada", "GET", "/api/v1/people/dana@example.com", "").decode(t, &one)
		var leaving []api.KnownPerson
		w.call("ada", "GET", "/api/v1/people?state=leaving", "").decode(t, &leaving)
		require.Equal(t, one.State == "leaving", len(leaving) == 1)
		require.Equal(t, one.State == "leaving", one.Employments[0].LastMoment != "")
		require.Equal(t, one.State == "leaving", one.Employments[0].SaidAt != nil)
		return one.State == "active"
	}
	require.True(t, hidden(), "said, and not looked at yet")
	var events []api.HREvent
	w.call("ada", "GET", "/api/v1/people/hr-events", "").decode(t, &events)
	require.Len(t, events, 1)
	require.True(t, events[0].Confidential)
	require.Empty(t, events[0].Email+events[0].Employment+events[0].Type)

	// Who asked for a confidential run, or is named in it, may see it.
	require.NoError(t, w.st.HREventDone(t.Context(), store.HRRecord{Event: domain.HREvent{Source: "hr", ID: "msg"}, Outcome: domain.HRStarted}, domain.Entry{}))
	require.False(t, hidden(), "nothing is open in confidence any more")
	var started api.Started
	w.call("sec", "POST", "/api/v1/runs", `{"email":"dana@example.com","cut_now":true,"confidential":true,"readers":["bo@example.com"],"reason":"x"}`).decode(t, &started)
	require.True(t, hidden(), "ada is not named in it")
}

func TestWhatHRSaidIsListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 3 {
		_, err := w.st.KeepHREvent(t.Context(), domain.HREvent{ID: fmt.Sprint("msg_", i), Source: "hr", Type: domain.HREnding, Employment: fmt.Sprint(i), Email: "dana@example.com",
			OccurredAt: time.Now(), LastMoment: &domain.LastMoment{Local: "2027-01-29T17:30:00", Zone: "Europe/Berlin"}})
		require.NoError(t, err)
	}
	require.NoError(t, w.st.HREventDone(t.Context(), store.HRRecord{Event: domain.HREvent{Source: "hr", ID: "msg_1"}, Outcome: domain.HRRefused, Why: "because"}, domain.Entry{}))
	var events []api.HREvent
	w.call("ada", "GET", "/api/v1/people/hr-events?outcome=refused", "").decode(t, &events)
	require.Len(t, events, 1)
	require.Equal(t, []string{"msg_1", "refused", "because", "2027-01-29T17:30:00", "Europe/Berlin"}, []string{events[0].ID, events[0].Outcome, events[0].Why, events[0].LastMoment, events[0].Zone})
	w.call("ada", "GET", "/api/v1/people/hr-events?employment_id=2", "").decode(t, &events)
	require.Len(t, events, 1)
	require.Equal(t, http.StatusUnprocessableEntity, w.call("ada", "GET", "/api/v1/people/hr-events?outcome=lost", "").status)
	require.Equal(t, http.StatusForbidden, w.call("finn", "GET", "/api/v1/people/hr-events", "").status)
}
