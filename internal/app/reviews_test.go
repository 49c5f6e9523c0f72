package app

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/desk"
)

func TestThePagesStandBesideTheAPI(t *testing.T) {
	t.Parallel()
	p := parts(t)
	p.Env.PublicURL = "https://handover.example.com"
	p, err := New(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, "https://handover.example.com", p.Desk.PublicURL)
	answer := httptest.NewRecorder()
	p.handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, desk.ReviewPath+"made-up", nil))
	require.Equal(t, http.StatusNotFound, answer.Code)
	require.Contains(t, answer.Body.String(), "This link opens nothing")
	require.Contains(t, answer.Header().Get("Content-Security-Policy"), "default-src 'none'")
}
