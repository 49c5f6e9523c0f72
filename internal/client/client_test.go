package client_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/client"
)

// What the server says against a download reaches whoever typed the command.
func TestADownloadThatIsRefusedSaysWhy(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"title":"Unprocessable Entity","status":422,"detail":"name two dates, the first one first"}`: "export: name two dates, the first one first",
		`{"detail":"wrong","errors":[{"message":"is required","location":"query.from"}]}`:              "export: wrong; query.from: is required",
		`<html>no document</html>`: "export: the server answered 422",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = w.Write([]byte(body))
		}))
		c, err := client.New(server.URL, "token")
		require.NoError(t, err)
		var out bytes.Buffer
		require.EqualError(t, c.Download(t.Context(), "/evidence/period", &out), want)
		require.Empty(t, out.String(), "nothing of it is written to the file")
		server.Close()
	}
}

func TestADownloadIsCopied(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.URL.Path))
	}))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, "token")
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, c.Download(t.Context(), "/evidence/x", &out))
	require.Equal(t, "/api/v1/evidence/x", out.String())
}
