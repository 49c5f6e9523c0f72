package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
	"handover/internal/evidence"
	"handover/internal/pgtest"
	"handover/internal/store"
)

func parts(t *testing.T) *Parts {
	t.Helper()
	st, err := store.OpenPostgres(t.Context(), pgtest.Database(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = st.Close() })
	require.NoError(t, st.Migrate(t.Context()))
	env := config.Env{PolicyFile: "../../docs/handover.example.yaml", SigningKey: domain.Secret(evidence.NewSigningKey()), DataDir: t.TempDir()}
	return &Parts{Env: env, Store: st, Log: slog.New(slog.DiscardHandler)}
}

func TestAnInstallationBringsItsPeopleAndDoors(t *testing.T) {
	t.Parallel()
	p, err := New(t.Context(), parts(t))
	require.NoError(t, err)
	require.NotEmpty(t, p.Policy().People)
	for _, person := range p.Policy().People {
		found, err := p.Store.PersonByEmail(t.Context(), person.Email)
		require.NoError(t, err)
		require.Equal(t, person.Roles, found.Roles)
	}
	for path, says := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "handover_", "/api/v1/openapi.json": "start-offboarding"} {
		answer := httptest.NewRecorder()
		p.handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		require.Equal(t, http.StatusOK, answer.Code, path)
		require.Contains(t, answer.Body.String(), says, path)
		require.NotContains(t, answer.Body.String(), "@example.com", path)
	}
}

func TestWhoLeavesThePolicyFileKeepsNoRole(t *testing.T) {
	t.Parallel()
	first := parts(t)
	first, err := New(t.Context(), first)
	require.NoError(t, err)
	gone, err := first.Store.UpsertPerson(t.Context(), "gone@example.com", "")
	require.NoError(t, err)
	require.NoError(t, first.Store.SetRoles(t.Context(), gone.ID, []domain.Role{domain.RoleAdmin}))
	_, err = New(t.Context(), &Parts{Env: first.Env, Store: first.Store, Log: first.Log})
	require.NoError(t, err)
	gone, err = first.Store.Person(t.Context(), gone.ID)
	require.NoError(t, err)
	require.Empty(t, gone.Roles)
}

func TestWhatIsMissingIsToldBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	p := parts(t)
	p.Env.SigningKey = ""
	_, err := New(t.Context(), p)
	require.ErrorContains(t, err, "HANDOVER_SIGNING_KEY")
	p.Env.PolicyFile = filepath.Join(t.TempDir(), "typo.yaml")
	require.NoError(t, os.WriteFile(p.Env.PolicyFile, []byte("version: 1\ncompanies: {}\n"), 0o600))
	_, err = New(t.Context(), p)
	require.ErrorContains(t, err, "typo.yaml:2")
}
