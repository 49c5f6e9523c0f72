package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
)

// offices of an installation where much is wrong: a key that was rotated away,
// one with too few grants, an app that does not answer.
func troubled() []*office {
	full := &office{name: "apollo", options: sim.Options{SCIMToken: scimToken}, tenant: team()}
	full.tenant.Users = append(full.tenant.Users,
		sim.UserSpec{Email: "two.faces@example.com", First: "Two", Last: "Faces"}, sim.UserSpec{Email: "Two.Faces@example.com", First: "Two", Last: "Faces"},
		sim.UserSpec{Email: "gone.already@example.com", First: "Gone", Last: "Already", Deleted: true})
	narrow := &office{name: "narrow", options: sim.Options{SCIMToken: scimToken, Grants: []string{"api/v1/users/search", "api/v1/users/api_profile",
		"api/v1/email_accounts/index", "api/v1/emailer_messages/search", "api/v1/accounts/search", "api/v1/accounts/show", "api/v1/contacts/show",
		"deals/api/v1/opportunities/search", "deals/api/v1/opportunities/show", "api/v1/tasks/search", "api/v1/tasks/show",
		"api/v1/emailer_campaigns/search", "api/v1/labels/index"}}}
	return []*office{full, {name: "rotated"}, narrow, {name: "gone"}}
}

func TestBadInputIsOneLineAndChangesNothing(t *testing.T) {
	t.Parallel()
	offices := troubled()
	w := newOffices(t, offices...)
	w.office("rotated").app.SetAPIKey("another key", priya)
	w.office("gone").server.Close()
	w.home.start("")
	noon := func(months, days int) string { // no clock change repeats or skips it
		return time.Now().In(berlin()).AddDate(0, months, days).Format(time.DateOnly) + "T12:00"
	}
	busy := w.start(api.OffboardBody{Email: aiko, Apps: []string{"apollo"}, LastMoment: noon(3, 0), Zone: "Europe/Berlin"})
	hour := noon(0, 2)
	when := []string{"--app", "apollo", "--last-moment", hour, "--zone", "Europe/Berlin"}
	for name, c := range map[string]struct {
		args []string
		says string
		code int
	}{
		"unknown email":              {append([]string{"offboard", "no.body@example.com"}, when...), "check the spelling", 1},
		"unknown account":            {append([]string{"offboard", "0123456789abcdef"}, when...), "account id", 1},
		"two users with one email":   {append([]string{"offboard", "two.faces@example.com"}, when...), "account id instead of the email", 1},
		"successor unknown":          {append([]string{"offboard", dana, "--successor", "no.body@example.com"}, when...), "has no user in apollo", 1},
		"successor deactivated":      {append([]string{"offboard", dana, "--successor", "gone.already@example.com"}, when...), "is deactivated", 1},
		"successor leaving":          {append([]string{"offboard", dana, "--successor", aiko}, when...), "is leaving too", 1},
		"successor without a seat":   {append([]string{"offboard", dana, "--successor", finn}, when...), "seat cannot work records", 1},
		"successor is the leaver":    {append([]string{"offboard", dana, "--successor", dana}, when...), "is the leaver", 1},
		"successor is no email":      {append([]string{"offboard", dana, "--successor", "eli"}, when...), "--successor is EMAIL", 2},
		"last moment in the past":    {[]string{"offboard", dana, "--app", "apollo", "--last-moment", "2020-01-01T10:00"}, "past", 1},
		"last moment absurd":         {[]string{"offboard", dana, "--app", "apollo", "--last-moment", "2099-01-01T10:00"}, "", 1},
		"last moment garbled":        {[]string{"offboard", dana, "--app", "apollo", "--last-moment", "tomorrow"}, "2026-12-18T17:30", 1},
		"zone unknown":               {[]string{"offboard", dana, "--app", "apollo", "--last-moment", hour, "--zone", "Mars/Base"}, "Europe/Berlin", 1},
		"no moment":                  {[]string{"offboard", dana}, "say when", 2},
		"two moments":                {[]string{"offboard", dana, "--now", "--last-moment", hour}, "say when, once", 2},
		"app unknown":                {[]string{"offboard", dana, "--app", "nosuch", "--now"}, "check the name", 1},
		"wrong key":                  {[]string{"offboard", dana, "--app", "rotated", "--now"}, "key", 1},
		"narrow key":                 {[]string{"offboard", dana, "--app", "narrow", "--now"}, "api/v1/contacts/search", 1},
		"app unreachable":            {[]string{"offboard", dana, "--app", "gone", "--now"}, "", 1},
		"leaving of oneself":         {[]string{"offboard", priya, "--app", "apollo", "--now"}, "nobody starts their own leaving", 1},
		"no arguments":               {[]string{"offboard"}, "usage:", 2},
		"unknown flag":               {[]string{"offboard", dana, "--nwo"}, "--help", 2},
		"unknown command":            {[]string{"ofboard", dana}, "there is no command", 2},
		"unknown run":                {[]string{"runs", "show", "offboarding:nosuch:1"}, "no such", 1},
		"unknown request":            {[]string{"approvals", "approve", "nosuch"}, "no such", 1},
		"denial without a reason":    {[]string{"approvals", "deny", "nosuch"}, "--reason", 2},
		"evidence of an unknown run": {[]string{"evidence", "export", "nosuch", "-o", "pack"}, "check the id", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, err := w.token(priya)
			require.NoError(t, err)
			_, errs, code := run(t, handover, []string{"HANDOVER_URL=" + w.home.address(), "HANDOVER_TOKEN=" + string(token)}, c.args...)
			require.Equal(t, c.code, code, errs)
			oneLine(t, errs)
			require.Contains(t, errs, c.says)
		})
	}
	t.Cleanup(func() {
		for _, o := range offices {
			require.Empty(t, o.app.Effects(), o.name)
		}
		runs, err := client.Get[[]api.Run](context.Background(), w.present(t, priya), "/runs", nil)
		require.NoError(t, err)
		require.Len(t, runs, 1)
		require.Equal(t, busy.ID, runs[0].ID)
	})
}

func oneLine(t *testing.T, text string) {
	t.Helper()
	require.Equal(t, 1, strings.Count(text, "\n"), text)
	require.True(t, strings.HasSuffix(text, "\n"))
	require.Less(t, len(text), 400, text)
}

func TestWhoHasNoTokenOrNoServerIsToldWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  []string
		says string
	}{
		"no token":    {[]string{"HANDOVER_URL=http://127.0.0.1:1"}, "HANDOVER_TOKEN is not set"},
		"no server":   {[]string{"HANDOVER_URL=http://127.0.0.1:1", "HANDOVER_TOKEN=hov_x"}, "check HANDOVER_URL"},
		"token file":  {[]string{"HANDOVER_TOKEN_FILE=nosuch"}, "check path and rights"},
		"another app": {[]string{"HANDOVER_URL=gopher:", "HANDOVER_TOKEN=hov_x"}, "check HANDOVER_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, errs, code := run(t, handover, c.env, "runs", "list")
			require.Equal(t, 1, code)
			oneLine(t, errs)
			require.Contains(t, errs, c.says)
		})
	}
}

// What is wrong before anything runs: the installation does not start, and says
// where to look.
func TestAnInstallationThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	const ending = "approvals: {handover: {stages: [{who: [manager]}]}}\n"
	for name, c := range map[string]struct {
		policy, says string
	}{
		"typo":         {"version: 1\napps:\n  apollo:\n    kind: apollo.io\n    ownr: priya@example.com\n" + ending, "policy.yaml:5:"},
		"unknown kind": {"version: 1\napps:\n  apollo:\n    kind: apolo\n    owner: priya@example.com\n" + ending, "policy.yaml:4:"},
		"bad duration": {"version: 1\napps: {apollo: {kind: apollo.io, owner: priya@example.com}}\n" + ending + "leaving:\n  reminder: soon\n", "policy.yaml:5:"},
		"no yaml":      {"version: [1\n", "policy.yaml:1:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			policy := filepath.Join(dir, "policy.yaml")
			require.NoError(t, os.WriteFile(policy, []byte(c.policy), 0o600))
			_, errs, code := run(t, standalone, []string{"HANDOVER_POLICY=" + policy}, "--data", filepath.Join(dir, "data"), "--log", "error",
				"--http", "127.0.0.1:0", "--temporal", "127.0.0.1:0", "--temporal-ui", "")
			require.Equal(t, 1, code)
			oneLine(t, errs)
			require.Contains(t, errs, c.says)
		})
	}
}

func TestATokenIsIssuedForPeopleOfThePolicyOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, errs, code := run(t, standalone, w.home.env, "--data", w.home.data, "--issue-token", eli)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "start it once")
	w.home.start("")
	_, errs, code = run(t, standalone, w.home.env, "--data", w.home.data, "--issue-token", "no.body@example.com")
	require.Equal(t, 1, code)
	oneLine(t, errs)
	require.Contains(t, errs, "add the person to the policy file")
	me, err := client.Get[api.Person](t.Context(), w.present(t, eli), "/people/me", nil)
	require.NoError(t, err)
	require.Equal(t, eli, me.Email)
}

func TestADryRunPrintsThePlanAndWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.home.start("")
	token, err := w.token(priya)
	require.NoError(t, err)
	out, errs, code := run(t, handover, []string{"HANDOVER_URL=" + w.home.address(), "HANDOVER_TOKEN=" + string(token)},
		"offboard", dana, "--now", "--dry-run", "--successor", eli)
	require.Zero(t, code, errs)
	for _, line := range []string{"contacts", "60, at most 72", "sequences", "step deactivate", "scim", "Nothing was written anywhere."} {
		require.Contains(t, out, line)
	}
	require.Empty(t, w.app.Effects())
	for _, r := range w.app.Requests() {
		require.True(t, r.Method == "GET" || strings.HasSuffix(r.Endpoint, "/search"), fmt.Sprintf("%s %s writes", r.Method, r.Endpoint))
	}
	runs, err := client.Get[[]api.Run](t.Context(), w.present(t, priya), "/runs", nil)
	require.NoError(t, err)
	require.Empty(t, runs)
}
