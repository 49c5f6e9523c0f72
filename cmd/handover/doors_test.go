package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/app"
	oktasim "handover/internal/sim/okta"
	scimsim "handover/internal/sim/scim"
)

const doorsPolicy = `version: 1
identity_providers:
  okta: {kind: okta, credentials: {url: OKTA_URL, token: OKTA_TOKEN}}
apps:
  people-app:
    kind: scim
    owner: ada@example.com
    credentials: {scim_url: PEOPLE_SCIM_URL, scim_token: PEOPLE_SCIM_TOKEN}
    roles: {Admin: {admin: yes}, Member: {admin: no}}
    sign_in: {provider: okta, app: ` + oktasim.DemoApp + `}
approvals:
  handover: {stages: [{name: manager, who: [manager]}]}
`

// Who has an app is read from both sides, and a last sign-in that nobody knows is
// never called "never".
func TestAccess(t *testing.T) {
	okta, people := oktasim.New(oktasim.Options{Token: "okta-token"}), scimsim.New("scim-token", scimsim.Switches{})
	okta.SeedDemo(oktasim.App{Label: "People"}, []string{"priya.nair@example.com"}, []string{"dana.reyes@example.com"})
	people.Add("priya.nair@example.com", "Admin")
	people.Add("local@example.com", "Member")
	front, back := httptest.NewServer(okta.Handler()), httptest.NewServer(people)
	t.Cleanup(front.Close)
	t.Cleanup(back.Close)
	policy := filepath.Join(t.TempDir(), "handover.yaml")
	require.NoError(t, os.WriteFile(policy, []byte(doorsPolicy), 0o600))
	for name, value := range map[string]string{"HANDOVER_POLICY": policy, "OKTA_URL": front.URL, "OKTA_TOKEN": "okta-token", "PEOPLE_SCIM_URL": back.URL + "/scim/v2", "PEOPLE_SCIM_TOKEN": "scim-token"} {
		t.Setenv(name, value)
	}
	s := handover(t, "access", "people-app", "--sign-ins")
	require.Equal(t, exitDone, s.status, s.err)
	lines := map[string]string{}
	for _, line := range strings.Split(s.out, "\n") {
		who, rest, _ := strings.Cut(line, " ")
		lines[who] = rest
	}
	require.Contains(t, lines["local@example.com"], "past the provider")
	require.Contains(t, lines["dana.reyes@example.com"], "next log-in")
	require.Contains(t, lines["priya.nair@example.com"], "unknown: ")
	require.NotContains(t, s.out, "never")

	s = handover(t, "access", "people-app", "--format", "json")
	var read app.Access
	require.NoError(t, json.Unmarshal([]byte(s.out), &read))
	require.True(t, read.Complete)
	require.Len(t, read.Holders, 3)
	require.Empty(t, okta.Writes())
	require.Zero(t, people.Writes())
	require.Equal(t, exitFail, handover(t, "access", "another").status)
	s = handover(t, "recipe", "read", "people-app", "../../docs/recipes/apollo/read-seats.json")
	require.Equal(t, exitFail, s.status)
	require.Contains(t, s.err, "browser.profile")
	s = handover(t, "recipe", "read", "people-app", "../../docs/recipes/apollo/deactivate.json")
	require.Equal(t, exitFail, s.status)
	require.Contains(t, s.err, "only a run plays it")
}

// A recording becomes a recipe in which nobody's name is left, and what a person
// still has to mark is named.
func TestRecipeImport(t *testing.T) {
	t.Parallel()
	recorded := filepath.Join(t.TempDir(), "recorded.json")
	require.NoError(t, os.WriteFile(recorded, []byte(`{"title":"Deactivate","steps":[
		{"type":"setViewport","width":1280,"height":900,"deviceScaleFactor":1,"isMobile":false,"hasTouch":false,"isLandscape":false},
		{"type":"navigate","url":"https://app.example.com/users","assertedEvents":[{"type":"navigation","url":"https://app.example.com/users","title":"Users"}]},
		{"type":"click","target":"main","selectors":[["aria/test.person@example.com"],["text/test.person@example.com"]],"offsetX":5,"offsetY":5},
		{"type":"click","target":"main","selectors":[["aria/Deactivate"]],"offsetX":5,"offsetY":5}]}`), 0o600))
	out := filepath.Join(t.TempDir(), "recipe.json")
	s := handover(t, "recipe", "import", recorded, "-o", out, "--email", "test.person@example.com", "--name", "Test Person")
	require.Equal(t, exitDone, s.status, s.err)
	require.Contains(t, s.out, "TO DO")
	raw, err := os.ReadFile(out)
	require.NoError(t, err)
	require.NotContains(t, string(raw), "test.person")
	require.Contains(t, string(raw), "{{person.email}}")
	s = handover(t, "recipe", "check", out)
	require.Equal(t, exitFail, s.status)
	require.Contains(t, s.err, "handover")
	require.Equal(t, exitUsage, handover(t, "recipe", "import", recorded, "--email", "a@example.com").status)
}

func TestRecipeCheck(t *testing.T) {
	t.Parallel()
	s := handover(t, "recipe", "check", "../../docs/recipes/apollo/deactivate.json", "--format", "json")
	require.Equal(t, exitDone, s.status)
	var facts app.RecipeFacts
	require.NoError(t, json.Unmarshal([]byte(s.out), &facts))
	require.True(t, facts.Acts)
	require.Contains(t, facts.Params, "person.email")
	require.True(t, strings.HasPrefix(facts.Digest, "v1:"))
	require.Equal(t, exitFail, handover(t, "recipe", "check", "../../README.md").status)
}
