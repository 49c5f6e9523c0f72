package entra_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/entra"
	sim "handover/internal/sim/entra"
)

func TestATokenIsUsedUntilShortlyBeforeItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.find(dana)
	w.find(eli)
	require.Equal(t, 1, w.sim.Tokens())
	w.clock.move(54 * time.Minute)
	w.find(dana)
	require.Equal(t, 1, w.sim.Tokens())
	w.clock.move(2 * time.Minute)
	w.find(dana)
	require.Equal(t, 2, w.sim.Tokens())
	require.Equal(t, map[domain.AppID]bool{"work-directory": true}, w.gate.apps, "apps of one tenant share its limits")
	require.NotEmpty(t, w.gate.state("entra/token").HeardAt, "tokens pass the gate too")
}

// Several calls that find their token refused at once fetch one new one.
func TestManyCallsFetchOneToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	end := func() {
		_, err := w.EndSessions(t.Context(), w.in.Dana)
		assert.NoError(t, err)
	}
	end()
	w.sim.ExpireTokens()
	var all sync.WaitGroup
	for range 8 {
		all.Go(end)
	}
	all.Wait()
	require.Equal(t, 2, w.sim.Tokens())
	u, _ := w.sim.User(w.in.Dana)
	require.Equal(t, 9, u.SessionsEnded)
}

func TestATokenThatWasRevokedIsReplacedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	a := w.find(dana)
	w.sim.ExpireTokens()
	_, err := w.Unassign(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, 2, w.sim.Tokens())
	require.Len(t, w.sim.Deleted(), 1)
	w.sim.Switch(func(s *sim.Switches) { s.Status = http.StatusUnauthorized })
	_, err = w.FindAssignment(t.Context(), dana)
	w.fails(err, domain.FaultUnauthenticated, "client secret")
	require.Equal(t, 3, w.sim.Tokens())
}

func TestNoTokenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*entra.Config)
		status int
		kind   domain.FaultKind
		says   string
	}{
		"wrong secret":   {func(c *entra.Config) { c.Secret = "old-canary" }, 0, domain.FaultUnauthenticated, "not its id"},
		"unknown client": {func(c *entra.Config) { c.ClientID = strings.Replace(c.ClientID, "c1", "c2", 1) }, 0, domain.FaultUnauthenticated, "client id"},
		"unknown tenant": {func(c *entra.Config) { c.Tenant = "elsewhere.example.com" }, 0, domain.FaultUnauthenticated, "tenant"},
		"too many":       {nil, http.StatusTooManyRequests, domain.FaultRateLimited, "goes on by itself"},
		"broken":         {nil, http.StatusBadGateway, domain.FaultUnavailable, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant(), func(cfg *entra.Config) {
				if c.change != nil {
					c.change(cfg)
				}
			})
			w.sim.Switch(func(s *sim.Switches) { s.TokenStatus = c.status })
			_, err := w.Describe(t.Context())
			f := w.fails(err, c.kind, c.says)
			require.NotContains(t, f.Error(), "canary")
			require.NotContains(t, w.logs.String(), "canary")
		})
	}
}

// Each answer that is no success, by what a run does about it.
func TestAnswersByKind(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]domain.FaultKind{
		400: domain.FaultInvalid, 403: domain.FaultForbidden, 404: domain.FaultInvalid, 409: domain.FaultConflict, 412: domain.FaultConflict,
		302: domain.FaultInternal, 500: domain.FaultUnavailable, 502: domain.FaultUnavailable, 503: domain.FaultUnavailable, 504: domain.FaultUnavailable,
	} {
		w := newWorld(t, tenant())
		w.sim.Switch(func(s *sim.Switches) { s.Status = status })
		_, err := w.ListAssigned(t.Context())
		require.NotEmpty(t, w.fails(err, kind, "").RequestID, "%d", status)
	}
}

func TestAPageInsteadOfData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.sim.Switch(func(s *sim.Switches) { s.Status, s.HTML = http.StatusOK, true })
	_, err := w.FindAssignment(t.Context(), dana)
	w.fails(err, domain.FaultUnavailable, "maintenance")
	w.sim.Switch(func(s *sim.Switches) { s.HTML = false })
	_, err = w.FindAssignment(t.Context(), dana)
	w.fails(err, domain.FaultInternal, "does not have the form")
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after string
		wait  time.Duration
	}{
		"with Retry-After": {"27", 27 * time.Second},
		"as a date":        {"Fri, 20 Nov 2026 09:02:00 GMT", 2 * time.Minute},
		"without":          {"", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant())
			w.sim.Switch(func(s *sim.Switches) { s.Refuse, s.RetryAfter = 1, c.after })
			_, err := w.FindAssignment(t.Context(), dana)
			f := w.fails(err, domain.FaultRateLimited, "quota")
			require.Equal(t, w.clock.Now().Add(c.wait), f.RetryAt)
			require.NotEmpty(t, f.RequestID)
			before := len(w.sim.Requests())
			_, err = w.FindAssignment(t.Context(), dana)
			w.fails(err, domain.FaultRateLimited, "")
			require.Len(t, w.sim.Requests(), before, "nothing is sent before that moment")
			w.clock.move(c.wait)
			require.Equal(t, domain.Present, w.find(dana).Presence)
		})
	}
}

// From eight tenths on Graph tells how much of the units is used, by us and by
// whoever else uses the app registration.
func TestRoomIsMadeForOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.find(dana)
	require.Less(t, w.gate.state("entra/read").Windows[0].Used(), 10)
	w.sim.Switch(func(s *sim.Switches) { s.Percentage = "0.9" })
	w.find(dana)
	require.GreaterOrEqual(t, w.gate.state("entra/read").Windows[0].Used(), 3150)
	w.sim.Switch(func(s *sim.Switches) { s.Percentage = "1.1" })
	_, err := w.FindAssignment(t.Context(), dana)
	w.fails(err, domain.FaultRateLimited, "window is spent")
	w.sim.Switch(func(s *sim.Switches) { s.Percentage = "" })
	w.clock.move(11 * time.Second)
	w.find(dana)
}

func TestNothingPersonalIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	had, _ := w.unassign(dana)
	_, err := w.Assign(t.Context(), had)
	require.NoError(t, err)
	w.last(w.in.Dana)
	w.listAll()
	w.sim.Switch(func(s *sim.Switches) { s.Status = http.StatusInternalServerError })
	_, err = w.FindAssignment(t.Context(), dana)
	w.fails(err, domain.FaultUnavailable, "")
	logs := w.logs.String()
	require.Contains(t, logs, "entra.delete_assignment")
	for _, never := range []string{"example.com", "Dana", secret, "token-", "Bearer", w.in.Dana, "filter"} {
		require.NotContains(t, logs, never)
	}
}

func TestAConfigurationSaysWhatToSet(t *testing.T) {
	t.Parallel()
	good := newWorld(t, tenant()).cfg
	for says, change := range map[string]func(*entra.Config){
		"has no name":          func(c *entra.Config) { c.Provider = "" },
		"no gate":              func(c *entra.Config) { c.Gate = nil },
		"Tenant ID":            func(c *entra.Config) { c.Tenant = "a/b" },
		"Application (client)": func(c *entra.Config) { c.ClientID = "handover" },
		"no client secret":     func(c *entra.Config) { c.Secret = "" },
		"Object ID":            func(c *entra.Config) { c.AppID = "" },
		"https":                func(c *entra.Config) { c.GraphURL = "http://graph.example.com/v1.0" },
		"https URLs":           func(c *entra.Config) { c.GraphURL = "ftp://graph.example.com/v1.0" },
		"login and Graph":      func(c *entra.Config) { c.GraphURL = "https://user:pass@graph.example.com/v1.0" },
		"absolute https":       func(c *entra.Config) { c.LoginURL = "login.example.com" },
		"timeout":              func(c *entra.Config) { c.Timeout = time.Hour },
	} {
		cfg := good
		change(&cfg)
		_, err := entra.New(cfg)
		require.Equal(t, domain.FaultInvalid, domain.KindOf(err), says)
		require.ErrorContains(t, err, says)
	}
	cfg := good
	cfg.LoginURL, cfg.GraphURL, cfg.Transport, cfg.Log, cfg.Now = "", "", nil, nil, nil
	_, err := entra.New(cfg)
	require.NoError(t, err, "the public cloud needs no address")
}
