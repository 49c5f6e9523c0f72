package main

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/api"
)

// playInvites plays the invitations of an app.
func playInvites() []api.Invite {
	sent := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	ends := sent.AddDate(0, 0, 7)
	return []api.Invite{{ID: "i1", Run: "r1", App: "space", Person: dana, Role: "Viewer", State: "pending", Link: 2, SentAt: sent, ExpiresAt: &ends},
		{ID: "i2", Run: "r2", App: "apollo", Person: eli, Role: "Rep", State: "pending", Link: 1, SentAt: sent}}
}

func TestAskingForAccess(t *testing.T) {
	s := handover(t, "onboard", "dana@example.com", "--app", "apollo", "--role", "Rep", "--name", "Dana Reyes", "--manager", "eli@example.com", "--starts", "2026-12-07", "--until", "2027-03-31", "--reason", "hired")
	require.Equal(t, exitDone, s.status, s.err)
	require.Contains(t, s.out, "handover runs watch r1")
	require.NotContains(t, s.out, "asked for before")
	var sent api.OnboardBody
	require.NoError(t, json.Unmarshal([]byte(played.got("POST", "/invites")), &sent))
	require.Equal(t, api.OnboardBody{Email: "dana@example.com", Name: "Dana Reyes", Manager: "eli@example.com", App: "apollo", Role: "Rep", Starts: "2026-12-07", Until: "2027-03-31", Reason: "hired"}, sent)

	s = handover(t, "role", "dana@example.com", "--app", "apollo", "--role", "Admin", "--emergency", "--reason", "taken over")
	require.Equal(t, exitDone, s.status, s.err)
	require.Contains(t, s.out, "asked for before", "nothing new was begun")
	var change api.RoleBody
	require.NoError(t, json.Unmarshal([]byte(played.got("POST", "/roles")), &change))
	require.Equal(t, api.RoleBody{Email: "dana@example.com", App: "apollo", Role: "Admin", Emergency: true, Reason: "taken over"}, change)

	for _, wrong := range [][]string{{"onboard"}, {"onboard", "dana@example.com"}, {"role", "dana@example.com", "--app", "apollo"}, {"role", "dana@example.com", "--role", "Rep"},
		{"invites"}, {"invites", "resend"}, {"invites", "role", "notasked"}, {"invites", "list", "x"}} {
		require.Equal(t, exitUsage, handover(t, wrong...).status, wrong)
	}
	require.Equal(t, "never asked", played.got("POST", "/invites/notasked/role"))
}

func TestInvitesAreListedAndSteered(t *testing.T) {
	s := handover(t, "invites", "list")
	require.Equal(t, exitDone, s.status, s.err)
	for _, want := range []string{"i1", "Viewer", "dana@example.com", clock(*playInvites()[0].ExpiresAt), "the app does not say"} {
		require.Contains(t, s.out, want)
	}
	handover(t, "invites", "list", "--settled")
	require.NotEqual(t, "never asked", played.got("GET", "/invites?settled=true"))
	var rows []api.Invite
	require.NoError(t, json.Unmarshal([]byte(handover(t, "invites", "list", "--format", "json").out), &rows))
	require.Equal(t, playInvites(), rows)

	for _, verb := range []string{"resend", "revoke"} {
		s = handover(t, "invites", verb, "r1/apollo", "--reason", "lost")
		require.Equal(t, "so it is\n", s.out)
		require.JSONEq(t, `{"reason":"lost"}`, played.got("POST", "/invites/r1%2Fapollo/"+verb))
	}
	handover(t, "invites", "role", "i1", "--role", "Member")
	require.JSONEq(t, `{"role":"Member","reason":""}`, played.got("POST", "/invites/i1/role"))
	s = handover(t, "invites", "revoke", "refused")
	require.NotEqual(t, exitDone, s.status)
	require.Contains(t, s.err, "you may not do this")
}

// `handover audit --subject EMAIL --kind role_changed` answers who asked, who
// approved, from what to what, and when, for a reader, a program, and a sheet.
func TestWhoGrantedWhatAndWhen(t *testing.T) {
	ask := []string{"audit", "--subject", "dana@example.com", "--kind", "role_changed"}
	s := handover(t, ask...)
	require.Equal(t, exitDone, s.status, s.err)
	lines := strings.Split(strings.TrimSpace(s.out), "\n")
	require.Len(t, lines, 2)
	e := grantedAdmin()
	for _, want := range []string{clock(e.At), "ada@example.com", "finn@example.com, eli@example.com", "dana@example.com", "apollo", "Rep", "Admin", "r1"} {
		require.Contains(t, lines[1], want)
	}
	require.NotEqual(t, "never asked", played.got("GET", "/audit?kind=role_changed&limit=200&subject=dana%40example.com"))

	var events []api.Event
	require.NoError(t, json.Unmarshal([]byte(handover(t, append(ask, "--format", "json")...).out), &events))
	require.Equal(t, []api.Event{e}, events)

	rows, err := csv.NewReader(strings.NewReader(handover(t, append(ask, "--format", "csv")...).out)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 2)
	got := map[string]string{}
	for i, name := range rows[0] {
		got[name] = rows[1][i]
	}
	for name, want := range map[string]string{"acting_for": "ada@example.com", "approved_by": "finn@example.com, eli@example.com", "subject": "dana@example.com", "from": "Rep", "to": "Admin", "at": "2026-12-01T09:00:00Z"} {
		require.Equal(t, want, got[name], name)
	}
}

// answerJoining plays what the API answers to joining; nil is for others to answer.
func answerJoining(method, path string) any {
	page, query, _ := strings.Cut(path, "?")
	switch {
	case method == http.MethodPost && page == "/invites":
		return api.Started{Run: oneRun, Created: true}
	case method == http.MethodPost && page == "/roles":
		return api.Started{Run: oneRun}
	case page == "/invites":
		return playInvites()
	case page == "/audit" && strings.Contains(query, "kind=role_changed") && strings.Contains(query, "subject="):
		return []api.Event{grantedAdmin()}
	}
	return nil
}

func grantedAdmin() api.Event {
	return api.Event{Seq: 9, At: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC), Kind: "role_changed", Actor: api.Person{ID: "system"}, ActingFor: &api.Person{ID: "p5", Email: "ada@example.com"}, Subject: dana,
		Run: "r1", App: "apollo", Step: "role", From: "Rep", To: "Admin", Approved: []api.Person{{ID: "p6", Email: "finn@example.com"}, eli}}
}
