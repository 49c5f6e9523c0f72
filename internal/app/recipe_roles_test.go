//go:build e2e

package app

import (
	"fmt"
	"html"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/browser"
	"handover/internal/config"
)

// membersPage is an app's list of members, with a link to a page of its own for each
// role that somebody does not have.
type membersPage struct {
	mu    sync.Mutex
	roles map[string]string // by email
	saved int
}

func (m *membersPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	email, role := r.FormValue("email"), r.FormValue("role")
	if r.Method == http.MethodPost {
		m.roles[email], m.saved = role, m.saved+1
	} else if email != "" {
		_, _ = fmt.Fprintf(w, `<!doctype html><title>Role</title><h1>Role</h1><form method="post" action="/"><p>%s</p><input type="hidden" name="email" value="%s">
<input type="hidden" name="role" value="%s"><button type="submit">Save</button></form>`, html.EscapeString(email), html.EscapeString(email), html.EscapeString(role))
		return
	}
	_, _ = fmt.Fprint(w, `<!doctype html><title>Members</title><h1>Members</h1><table>`)
	for _, email := range slices.Sorted(maps.Keys(m.roles)) {
		_, _ = fmt.Fprintf(w, `<tr><td>%s</td><td>%s</td><td>`, html.EscapeString(email), m.roles[email])
		if m.roles[email] != "Admin" {
			_, _ = fmt.Fprintf(w, `<a href="/?role=Admin&amp;email=%s">Make Admin</a>`, url.QueryEscape(email))
		}
		_, _ = fmt.Fprint(w, `</td></tr>`)
	}
	_, _ = fmt.Fprint(w, `</table>`)
}

const changeRole = `{"title": "Change a member's role", "timeout": 5000, "steps": [
  {"type": "setViewport", "width": 1280, "height": 900, "deviceScaleFactor": 1, "isMobile": false, "hasTouch": false, "isLandscape": false},
  {"type": "navigate", "url": "%s/"},
  {"type": "waitForElement", "target": "main", "selectors": [["xpath///tr[td[normalize-space()=\"{{person.email}}\"]]/td[normalize-space()=\"{{role.name}}\"]"]], "handover": "already"},
  {"type": "click", "target": "main", "selectors": [["xpath///tr[td[normalize-space()=\"{{person.email}}\"]]//a[normalize-space()=\"Make {{role.name}}\"]"]], "offsetX": 5, "offsetY": 5},
  {"type": "waitForElement", "target": "main", "selectors": [["xpath///form/p[normalize-space()=\"{{person.email}}\"]"]], "handover": "who"},
  {"type": "click", "target": "main", "selectors": [["aria/Save[role=\"button\"]"], ["text/Save"]], "offsetX": 5, "offsetY": 5, "handover": "act"},
  {"type": "waitForElement", "target": "main", "selectors": [["xpath///tr[td[normalize-space()=\"{{person.email}}\"]]/td[normalize-space()=\"{{role.name}}\"]"]]}
]}`

// A role is changed in the app's own pages by the recipe that the policy names, for
// the person and the role that it is given, once, and for nobody else.
func TestARecipeChangesARole(t *testing.T) {
	t.Parallel()
	chromium, ok := browser.Find()
	if !ok {
		t.Fatal("no Chromium or Chrome on this machine: install one to run these tests")
	}
	page := &membersPage{roles: map[string]string{"dana@example.com": "Member", "eli@example.com": "Member"}}
	server := httptest.NewServer(page)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	path := filepath.Join(dir, "change-role.json")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, changeRole, server.URL), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "profile"), 0o700))
	policy := domain.BrowserPolicy{Profile: "profile", Recipes: map[domain.RecipeName]string{"change-role": path}}
	player, err := newPlayer("sales", policy, config.Env{PolicyFile: filepath.Join(dir, "handover.yaml"), Browser: chromium}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { _ = player.Close() })
	require.True(t, player.Has(domain.CanChangeRole))

	in := domain.RecipeInput{Email: "dana@example.com", Account: "m-1", Values: map[string]string{"role.key": "Admin", "role.name": "Admin"}}
	nobody := in
	nobody.Email = "nobody@example.com"
	_, err = player.Play(t.Context(), domain.CanChangeRole, nobody)
	require.Error(t, err, "the page names nobody of that address")
	require.Zero(t, page.saved)
	played, err := player.Play(t.Context(), domain.CanChangeRole, in)
	require.NoError(t, err)
	require.True(t, played.Acted)
	again, err := player.Play(t.Context(), domain.CanChangeRole, in)
	require.NoError(t, err)
	require.False(t, again.Acted, "the page shows that it is so already")
	require.Equal(t, map[string]string{"dana@example.com": "Admin", "eli@example.com": "Member"}, page.roles)
	require.Equal(t, 1, page.saved)
}
