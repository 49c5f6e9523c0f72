package e2e

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	oktasim "handover/internal/sim/okta"
	"handover/standalone/demo"
)

// A process that dies between closing a sign-in and writing it down leaves it
// closed, and the next one writes it down: once.
func TestASignInIsClosedOnceThroughADeath(t *testing.T) {
	t.Parallel()
	okta := oktasim.New(oktasim.Options{Token: "okta-token-of-the-tests"})
	okta.SeedDemo(oktasim.App{Label: "Apollo.io"}, []string{priya}, []string{dana, eli})
	server := httptest.NewServer(okta.Handler())
	t.Cleanup(server.Close)
	w := newWorld(t, func(s *setup) {
		s.policy.Provider = "\n  okta: {kind: okta, credentials: {url: OKTA_URL, token: OKTA_TOKEN}}"
		s.policy.Doors = "\n    sign_in: {provider: okta, app: " + oktasim.DemoApp + "}"
		s.env = append(s.env, "OKTA_URL="+server.URL, "OKTA_TOKEN=okta-token-of-the-tests")
	})
	before, err := demo.Take(w.app, dana)
	require.NoError(t, err)
	w.home.start("sign-in-closed-not-recorded:1")
	w.robot(nil)
	id := w.start(leaving(dana, 2*time.Second)).ID
	<-w.home.ended()
	require.True(t, w.home.killed())
	require.False(t, okta.Member(oktasim.DemoSales, okta.UserID(dana)), "the door had been asked")
	w.home.start("")
	r := w.awaitState(id, domain.RunClosed)
	w.checkRun(r, before)
	left := 0
	for _, write := range okta.Writes() {
		if strings.Contains(write, "/groups/") {
			left++
		}
	}
	require.Equal(t, 1, left, "the group is left once: %v", okta.Writes())
	require.True(t, okta.Member(oktasim.DemoSales, okta.UserID(eli)))
	w.stop()
	w.checkKept(r)
}
