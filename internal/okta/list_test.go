package okta_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/okta"
	sim "handover/internal/sim/okta"
)

func (w *world) list() domain.AssignedListing {
	w.t.Helper()
	l, err := w.ListAssigned(w.t.Context())
	require.NoError(w.t, err)
	return l
}

func TestEverybodyOnEveryPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{PageSize: 7})
	sales := w.group(sim.Group{Name: "Sales"})
	for i := range 40 {
		id := w.sim.AddUser(sim.User{Email: fmt.Sprintf("person%d@example.com", i)})
		w.sim.Give(w.app, id)
	}
	l := w.list()
	require.True(t, l.Complete)
	require.Len(t, l.People, 42)
	require.Equal(t, begin, l.StartedAt)
	require.Equal(t, domain.Assigned{User: w.dana, Email: dana, Name: "Dana Reyes", Active: domain.Yes, Group: sales}, l.People[0])
	require.Equal(t, domain.Assigned{User: w.eli, Email: eli, Active: domain.Yes}, l.People[1])
	require.Equal(t, 6, w.times("GET /api/v1/apps/"+w.app+"/users"))
}

func TestWhoMaySignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	for status, active := range map[string]domain.Tri{"ACTIVE": domain.Yes, "PASSWORD_EXPIRED": domain.Yes, "LOCKED_OUT": domain.Yes, "RECOVERY": domain.Yes,
		"PROVISIONED": domain.Yes, "SUSPENDED": domain.No, "STAGED": domain.No, "SOMETHING": domain.Unknown} {
		w.sim.ChangeUser(w.eli, func(u *sim.User) { u.Status = status })
		require.Equal(t, active, w.list().People[0].Active, status)
	}
	w.sim.ChangeUser(w.eli, func(u *sim.User) { u.Status = "DEPROVISIONED" })
	require.Empty(t, w.list().People)
}

func TestPagesThatRepeatEndAndAreNotComplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{RepeatPage: true})
	l := w.list()
	require.False(t, l.Complete)
	require.Len(t, l.People, 1)
	require.Equal(t, 2, w.times("GET /api/v1/apps/"+w.app+"/users"))
}

// A token that ends between two pages gives no half list: with an API token the
// app pauses until somebody puts a new one in place, a service app gets another.
func TestATokenThatEndsInMidPage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		with []func(*sim.Options, *okta.Config)
		kind domain.FaultKind
	}{
		"API token":   {nil, domain.FaultUnauthenticated},
		"service app": {[]func(*sim.Options, *okta.Config){service(sim.AllScopes()...)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sim.Switches{PageSize: 2}, c.with...)
			for i := range 9 {
				w.sim.Give(w.app, w.sim.AddUser(sim.User{Email: fmt.Sprintf("person%d@example.com", i)}))
			}
			w.sim.Switch(func(s *sim.Switches) { s.DieAfter = 3 })
			l, err := w.ListAssigned(t.Context())
			if c.kind != "" {
				f := faultOf(t, err)
				require.Equal(t, c.kind, f.Kind)
				require.NotEmpty(t, f.RequestID)
				require.Empty(t, l.People)
				return
			}
			require.NoError(t, err)
			require.True(t, l.Complete)
			require.Len(t, l.People, 10)
			require.Equal(t, 2, w.times("POST /oauth2/v1/token"))
		})
	}
}

func (w *world) last(user string) domain.LastSignIn {
	w.t.Helper()
	last, err := w.LastSignIn(w.t.Context(), user)
	require.NoError(w.t, err)
	return last
}

func TestTheLastSignInToTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{PageSize: 1})
	wiki := w.sim.AddApp(sim.App{Label: "Wiki"})
	day := begin.AddDate(0, 0, -1)
	w.sim.SignIn(sim.Sign{User: w.eli, App: w.app, At: day.AddDate(0, 0, -20)})
	w.sim.SignIn(sim.Sign{User: w.eli, App: w.app, At: day.AddDate(0, 0, -10), AsActor: true})
	w.sim.SignIn(sim.Sign{User: w.eli, App: w.app, At: day.AddDate(0, 0, -2), Outcome: "FAILURE"})
	w.sim.SignIn(sim.Sign{User: w.eli, App: wiki, At: day})
	w.sim.SignIn(sim.Sign{User: w.dana, App: w.app, At: day})
	w.sim.ChangeUser(w.eli, func(u *sim.User) { u.LastLogin = day })
	last := w.last(w.eli)
	require.Equal(t, domain.Yes, last.Seen)
	require.True(t, last.ToApp)
	require.Equal(t, day.AddDate(0, 0, -10), last.At)
	require.Equal(t, begin.AddDate(0, 0, -90), last.Since)
}

// No entry is no proof: unknown, unless Okta has had the person for less time than
// its log keeps and never saw them.
func TestWithoutAnEntryTheLastSignInIsNotToTheApp(t *testing.T) {
	t.Parallel()
	login := begin.AddDate(0, -8, 0)
	for name, c := range map[string]struct {
		user sim.User
		seen domain.Tri
		at   time.Time
		deny bool
	}{
		"signed in to Okta long ago":          {sim.User{LastLogin: login}, domain.Yes, login, false},
		"never to Okta, there for long":       {sim.User{}, domain.Unknown, time.Time{}, false},
		"never, and new":                      {sim.User{Created: begin.AddDate(0, 0, -30)}, domain.No, time.Time{}, false},
		"never, new, and the log is not ours": {sim.User{Created: begin.AddDate(0, 0, -30)}, domain.Unknown, time.Time{}, true},
		"the log is not ours":                 {sim.User{LastLogin: login}, domain.Yes, login, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sim.Switches{})
			c.user.Email = "kim.lee@example.com"
			id := w.sim.AddUser(c.user)
			if c.deny {
				w.sim.Switch(func(s *sim.Switches) { s.Denied = []string{"okta.logs.read"} })
			}
			last := w.last(id)
			require.Equal(t, c.seen, last.Seen)
			require.Equal(t, c.at, last.At)
			require.False(t, last.ToApp)
			require.NotEmpty(t, last.Why)
			require.NotContains(t, last.Why, "@")
			require.NotEmpty(t, last.RequestID)
			require.Equal(t, c.deny, last.Since.IsZero())
			if c.deny {
				require.Contains(t, last.Why, "okta.logs.read")
			}
		})
	}
}

func TestALogThatNeverEndsIsLeftAtAnEmptyPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{EndlessLog: true})
	w.sim.SignIn(sim.Sign{User: w.eli, App: w.app, At: begin.AddDate(0, 0, -3), Outcome: "FAILURE"})
	last := w.last(w.eli)
	require.Equal(t, domain.Unknown, last.Seen)
	require.False(t, last.Since.IsZero(), "an empty page is the end of the log")
	require.Equal(t, 2, w.times("GET /api/v1/logs"))
}
