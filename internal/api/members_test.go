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

func TestMemberListsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desk.Policy().Apps["space"] = &domain.AppPolicy{Kind: domain.KindApolloSpace, Owner: "ada@example.com", Space: domain.SpacePolicy{Owners: []string{"olga@example.com"}}}
	const path = "/api/v1/apps/space/members"
	var m api.MemberLists
	w.call("ada", "GET", path, "").decode(t, &m)
	require.Nil(t, m.List)
	require.False(t, m.Current)
	require.Contains(t, m.Why, "nobody has uploaded")

	body := func(rows, counts string) string {
		return `{"csv":"email,role,state,sent\n` + rows + `",` + counts + `}`
	}
	team := `olga@example.com,Owner,,\ndana@example.com,Member,,\nx@example.com,Viewer,pending,2026-11-30\n`
	read := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	w.call("ada", "POST", path, body(team, `"members":2,"pending":1,"read_at":"`+read+`"`)).decode(t, &m)
	require.True(t, m.Current)
	require.Equal(t, read, m.List.ReadAt.Format(time.RFC3339))
	require.Equal(t, "ada@example.com", m.List.UploadedBy.Email)
	require.Len(t, m.Members, 3)
	require.Equal(t, "2026-12-07", m.Members[2].Ends.Format(time.DateOnly), "seven days after it was sent")
	w.call("ada", "POST", path, body(strings.Replace(team, "dana@example.com,Member", "dana@example.com,Admin", 1), `"members":2,"pending":1`)).decode(t, &m)
	require.Len(t, m.Changes, 1)
	require.Equal(t, []string{"role_changed", "dana@example.com", "member", "admin"}, []string{m.Changes[0].Kind, m.Changes[0].Person.Email, m.Changes[0].From, m.Changes[0].To})
	w.call("ada", "GET", path, "").decode(t, &m)
	require.Len(t, m.History, 2)
	require.Len(t, m.Changes, 1)

	for name, c := range map[string]struct {
		who, path, body, says string
		status                int
	}{
		"counts":      {"ada", path, body(team, `"members":3,"pending":1`), "line 3: the last of 2 members", 422},
		"a bad line":  {"ada", path, body(`CANARY,Owner,,\n`, `"members":1,"pending":0`), "line 2: the email", 422},
		"no counts":   {"ada", path, `{"csv":"x"}`, "required property members", 422},
		"a typo":      {"ada", path, body(team, `"members":2,"pending":1,"red_at":"x"`), "unexpected property", 422},
		"too old":     {"ada", path, body(team, `"members":2,"pending":1,"read_at":"2020-01-01T00:00:00Z"`), "older than 24h", 409},
		"no right":    {"dana", path, body(team, `"members":2,"pending":1`), "ask an administrator", 403},
		"another app": {"ada", "/api/v1/apps/apollo/members", body(team, `"members":2,"pending":1`), "are not uploaded", 409},
		"no app":      {"ada", "/api/v1/apps/nowhere/members", body(team, `"members":2,"pending":1`), "no such app", 404},
	} {
		a := w.call(c.who, "POST", c.path, c.body)
		require.Equal(t, c.status, a.status, "%s: %s", name, a.body)
		require.Contains(t, a.body, c.says, name)
		require.NotContains(t, a.body, "CANARY", name)
	}
	require.Equal(t, http.StatusForbidden, w.call("dana", "GET", path, "").status)
	require.Equal(t, http.StatusUnauthorized, w.callWith("", "", "GET", path, "").status)
}
