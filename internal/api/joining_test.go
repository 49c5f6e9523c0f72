package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
)

func newJoining(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	app := w.desk.Policy().Apps["apollo"]
	app.Second = "finn@example.com"
	app.Profiles = map[string]domain.ProfilePolicy{"pr-rep": {Name: "Rep", Admin: domain.No, FullSeat: domain.Yes, Seat: domain.SeatFull}, "pr-adm": {Name: "Admin", Admin: domain.Yes, FullSeat: domain.Yes, Seat: domain.SeatFull}}
	app.Joining.Role = "Rep"
	return w
}

func TestAskingForAccessOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	const path = "/api/v1/invites"
	body := `{"email":"new@example.com","name":"New Comer","app":"apollo","reason":"hired"}`
	var first, again api.Started
	w.call("ada", "POST", path, body).decode(t, &first)
	w.call("ada", "POST", path, body).decode(t, &again)
	require.Equal(t, []any{true, false, first.Run.ID}, []any{first.Created, again.Created, again.Run.ID}, "asked twice is asked once")
	require.Equal(t, "new@example.com", first.Run.Person.Email)

	sent := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	i := domain.Invite{ID: first.Run.ID + ":apollo", Run: first.Run.ID, App: "apollo", Person: domain.PersonID(first.Run.Person.ID), Role: "pr-rep", RoleName: "Rep", State: domain.InvitePending, Link: 2, SentAt: sent}
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: i.Run, Invites: []domain.Invite{i}}))
	var rows []api.Invite
	w.call("ada", "GET", path, "").decode(t, &rows)
	require.Len(t, rows, 1)
	require.Equal(t, []any{"Rep", "pending", 2, "new@example.com"}, []any{rows[0].Role, rows[0].State, rows[0].Link, rows[0].Person.Email})
	require.Nil(t, rows[0].ExpiresAt, "the app does not say")
	require.Equal(t, http.StatusForbidden, w.call("dana", "GET", path, "").status)

	one := path + "/" + i.ID
	for verb, body := range map[string]string{"resend": `{"reason":"lost"}`, "revoke": `{}`, "role": `{"role":"Admin"}`} {
		var m api.Message
		w.call("ada", "POST", one+"/"+verb, body).decode(t, &m)
		require.Equal(t, "so it is", m.Text)
		require.Equal(t, http.StatusForbidden, w.call("dana", "POST", one+"/"+verb, body).status, verb)
		require.Equal(t, http.StatusForbidden, w.call("dana", "POST", path+"/none/"+verb, body).status, "%s: whether there is one is not told", verb)
		require.Equal(t, http.StatusNotFound, w.call("ada", "POST", path+"/none/"+verb, body).status, verb)
		require.Equal(t, http.StatusUnauthorized, w.callWith("", "", "POST", one+"/"+verb, body).status)
	}

	var change api.Started
	w.call("ada", "POST", "/api/v1/roles", `{"email":"dana@example.com","app":"apollo","role":"Admin"}`).decode(t, &change)
	require.True(t, change.Created)
	require.Equal(t, string(domain.RunRoleChange), change.Run.Kind)
}

// Problems say what is wrong and quote nothing of what was sent; nothing starts.
func TestBadRequestsForAccessAreProblems(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	access, role := "/api/v1/invites", "/api/v1/roles"
	ask := func(more string) string { return `{"email":"canary@example.com","app":"apollo"` + more + `}` }
	for name, c := range map[string]struct {
		who, path, body string
		status          int
		says            string
	}{
		"no right":             {"dana", access, ask(``), 403, "you may not"},
		"no right to a role":   {"bo", role, ask(`,"role":"Rep"`), 403, "you may not"},
		"no such app":          {"ada", access, `{"email":"canary@example.com","app":"CANARY"}`, 404, "no such app"},
		"no such role":         {"ada", access, ask(`,"role":"CANARY"`), 404, "has no role of that name"},
		"no email":             {"ada", access, `{"email":"canary","app":"apollo"}`, 422, "work email"},
		"an unknown manager":   {"ada", access, ask(`,"manager":"canary.boss@example.com"`), 404, "check the spelling"},
		"a bad date":           {"ada", access, ask(`,"until":"CANARY"`), 422, "last day"},
		"over already":         {"ada", access, ask(`,"until":"2020-01-01"`), 422, "has passed"},
		"a field too much":     {"ada", access, ask(`,"canary_field":1`), 422, "unexpected property"},
		"no app":               {"ada", access, `{"email":"canary@example.com"}`, 422, "required property app"},
		"a reason too long":    {"ada", access, ask(`,"reason":"` + strings.Repeat("CANARY", 400) + `"`), 422, "2000"},
		"no JSON":              {"ada", access, `CANARY`, 400, ""},
		"no role":              {"ada", role, ask(``), 422, "required property role"},
		"an emergency, no why": {"sec", role, ask(`,"role":"Rep","emergency":true`), 422, "why it cannot wait"},
		"one's own":            {"ada", role, `{"email":"ada@example.com","app":"apollo","role":"Rep"}`, 403, "their own role"},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.call(c.who, "POST", c.path, c.body)
			require.Equal(t, c.status, a.status, a.body)
			require.Equal(t, "application/problem+json", a.kind)
			require.Contains(t, a.body, c.says)
			require.NotContains(t, a.body, "@example.com")
			require.NotContains(t, a.body, "CANARY")
			_, err := w.st.PersonByEmail(t.Context(), "canary@example.com")
			require.ErrorIs(t, err, domain.ErrNotFound)
		})
	}
	var runs []api.Run
	w.call("ada", "GET", "/api/v1/runs", "").decode(t, &runs)
	require.Empty(t, runs)
	require.NotContains(t, w.log.String(), "canary")
}

// Who granted Admin to whom, who asked, who approved, and when, is one question.
func TestWhoGrantedWhat(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	var change api.Started
	w.call("ada", "POST", "/api/v1/roles", `{"email":"dana@example.com","app":"apollo","role":"Admin"}`).decode(t, &change)
	id := func(name string) domain.PersonID {
		p, err := w.st.PersonByEmail(t.Context(), name+"@example.com")
		require.NoError(t, err)
		return p.ID
	}
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	e := domain.AuditEvent{Key: "k", Run: change.Run.ID, App: "apollo", Step: domain.StepRole, Kind: domain.EventRoleChanged, Actor: domain.SystemActor, ActingFor: id("ada"), Subject: id("dana"),
		From: "Rep", To: "Admin", At: at, Facts: map[string]string{"from": "pr-rep", "to": "pr-adm", domain.FactApprovedBy: string(id("finn")) + "," + string(id("sec"))}}
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: e.Run, Events: []domain.AuditEvent{e}}))
	var events []api.Event
	w.call("ada", "GET", "/api/v1/audit?subject=dana@example.com&kind=role_changed", "").decode(t, &events)
	require.Len(t, events, 1)
	got := events[0]
	require.Equal(t, []string{"ada@example.com", "dana@example.com", "Rep", "Admin"}, []string{got.ActingFor.Email, got.Subject.Email, got.From, got.To})
	require.True(t, got.At.Equal(at))
	require.Len(t, got.Approved, 2)
	require.Equal(t, []string{"finn@example.com", "sec@example.com"}, []string{got.Approved[0].Email, got.Approved[1].Email})
}
