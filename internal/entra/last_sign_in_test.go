package entra_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	sim "handover/internal/sim/entra"
)

func (w *world) last(user string) domain.LastSignIn {
	w.t.Helper()
	l, err := w.LastSignIn(w.t.Context(), user)
	require.NoError(w.t, err)
	require.NotEmpty(w.t, l.Why)
	return l
}

// appID is the application id that sign-ins name.
func (w *world) appID() (id string) {
	w.sim.ChangeApp(w.in.App, func(a *sim.App) { id = a.AppID })
	return id
}

func TestTheLastSignInToTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	at := time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)
	w.sim.Log(sim.SignIn{User: w.in.Dana, App: w.appID(), At: at.Add(-time.Hour)})
	w.sim.Log(sim.SignIn{User: w.in.Dana, App: w.appID(), At: at})
	w.sim.Log(sim.SignIn{User: w.in.Dana, App: w.appID(), At: at.Add(time.Hour), Error: 50126})
	w.sim.Log(sim.SignIn{User: w.in.Dana, App: "elsewhere", At: at.Add(2 * time.Hour)})
	w.sim.Log(sim.SignIn{User: w.in.Eli, App: w.appID(), At: at.Add(3 * time.Hour)})
	l := w.last(w.in.Dana)
	require.Equal(t, []any{domain.Yes, at, true}, []any{l.Seen, l.At, l.ToApp})
	require.NotEmpty(t, l.RequestID)

	w.sim.Switch(func(s *sim.Switches) { s.EmptyPage = true })
	require.Equal(t, at, w.last(w.in.Dana).At, "an empty page may be followed by others")

	w.sim.Switch(func(s *sim.Switches) { *s = sim.Switches{LogUnsifted: true} })
	require.Equal(t, at, w.last(w.in.Dana).At, "what a filter should have kept away does not count")
}

func TestTheLastSignInToTheDirectory(t *testing.T) {
	t.Parallel()
	success, failed := time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		switches sim.Switches
		success  time.Time
		held     []string
		seen     domain.Tri
		says     string
	}{
		"failed attempts do not count": {sim.Switches{}, success, nil, domain.Yes, "to whatever app"},
		"only failed attempts":         {sim.Switches{}, time.Time{}, nil, domain.Unknown, "since December 2023"},
		"missing":                      {sim.Switches{NoActivity: true}, success, nil, domain.Unknown, "since December 2023"},
		"null":                         {sim.Switches{NullActivity: true}, success, nil, domain.Unknown, "since December 2023"},
		"year one":                     {sim.Switches{YearOne: true}, success, nil, domain.Unknown, "since December 2023"},
		"no licence":                   {sim.Switches{NoLicence: true}, success, nil, domain.Unknown, "P1 or P2 licence"},
		"no right":                     {sim.Switches{}, success, []string{"Directory.Read.All"}, domain.Unknown, "AuditLog.Read.All"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tenant(c.held...))
			w.sim.Change(w.in.Dana, func(u *sim.User) { u.LastSignIn, u.LastSuccess = failed, c.success })
			w.sim.Switch(func(s *sim.Switches) { *s = c.switches })
			l := w.last(w.in.Dana)
			require.Equal(t, c.seen, l.Seen)
			require.False(t, l.ToApp)
			require.Contains(t, l.Why, c.says)
			require.Equal(t, c.seen == domain.Yes, l.At.Equal(success))
			require.Equal(t, c.seen != domain.Yes, l.At.IsZero(), "what is unknown has no moment")
		})
	}
}

// Somebody whom others try to be has many failed attempts: they do not hide the
// success before them.
func TestManyFailedAttemptsHideNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	at := time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)
	w.sim.Log(sim.SignIn{User: w.in.Dana, App: w.appID(), At: at})
	for i := range 60 {
		w.sim.Log(sim.SignIn{User: w.in.Dana, App: w.appID(), At: at.Add(time.Duration(i+1) * time.Minute), Error: 50126})
	}
	require.Equal(t, at, w.last(w.in.Dana).At)
}

// A log that goes on for long is not read to its end for one person.
func TestALogThatDoesNotEndLeavesItUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	for i := range 60 {
		w.sim.Log(sim.SignIn{User: w.in.Eli, App: w.appID(), At: w.clock.Now().Add(-time.Duration(i) * time.Minute)})
	}
	w.sim.Switch(func(s *sim.Switches) { s.LogUnsifted = true })
	l := w.last(w.in.Dana)
	require.Equal(t, domain.Unknown, l.Seen)
	require.Contains(t, l.Why, "did not come to an end")
	require.Equal(t, 4, w.asked("/auditLogs/signIns"))
}

func TestOnlyAnObjectIDNamesSomebody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	_, err := w.LastSignIn(t.Context(), dana)
	w.fails(err, domain.FaultInvalid, "object id")
	_, err = w.LastSignIn(t.Context(), "00000000-0000-4000-8000-00000000dead")
	w.fails(err, domain.FaultNotFound, "does not know")
}

// The log gives five requests in ten seconds; the gate keeps to it, so that Graph
// never has to refuse.
func TestTheLogsLimitIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tenant())
	w.last(w.in.Dana) // the first goes alone
	for range 4 {
		w.last(w.in.Dana)
	}
	_, err := w.LastSignIn(t.Context(), w.in.Dana)
	f := w.fails(err, domain.FaultRateLimited, "window is spent")
	require.Equal(t, 5, w.asked("/auditLogs/signIns"))
	w.clock.move(f.RetryAt.Sub(w.clock.Now()))
	w.last(w.in.Dana)
}
