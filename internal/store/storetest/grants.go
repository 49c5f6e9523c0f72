package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// grants are what a person was given in one app.
type grants struct {
	t *testing.T
	s *store.Store
	p domain.Person
	e domain.Employment
}

func newGrants(t *testing.T, s *store.Store) *grants {
	p, e := leaver(t, s, "dana")
	return &grants{t: t, s: s, p: p, e: e}
}

// run is one about the person and the app, in a state.
func (g *grants) run(kind domain.RunKind, by domain.PersonID, state domain.RunState) string {
	g.t.Helper()
	r, created, err := g.s.CreateRun(g.t.Context(), domain.Run{Kind: kind, Person: g.p.ID, Employment: g.e.ID, Apps: []domain.AppID{"apollo"}, Requester: by, StartedAt: noon}, start)
	require.NoError(g.t, err)
	require.True(g.t, created)
	record(g.t, g.s, domain.Entry{Run: r.ID, RunState: state})
	return r.ID
}

// given is access from an hour on, until a day; 0 is without an end.
func (g *grants) given(kind domain.RunKind, hour, days int) domain.Grant {
	g.t.Helper()
	grant := domain.Grant{Run: g.run(kind, "ada", domain.RunClosed), App: "apollo", Person: g.p.ID, Role: "user", At: noon.Add(time.Duration(hour) * time.Hour).Truncate(time.Microsecond).UTC()}
	if days > 0 {
		grant.Until = grant.At.AddDate(0, 0, days)
	}
	record(g.t, g.s, domain.Entry{Run: grant.Run, Grants: []domain.Grant{grant}})
	return grant
}

func (g *grants) ends(grant *domain.Grant, run string) {
	g.t.Helper()
	require.NoError(g.t, g.s.EndGrant(g.t.Context(), *grant, run))
	grant.Ended = run
}

func (g *grants) open() []domain.Grant      { return g.listed(g.s.Grants(g.t.Context())) }
func (g *grants) outlived() []domain.Grant  { return g.listed(g.s.Outlived(g.t.Context())) }
func (g *grants) by(of domain.Grant) string { return g.longer(g.s.Prolonged(g.t.Context(), of)) }

func (g *grants) listed(found []domain.Grant, err error) []domain.Grant {
	g.t.Helper()
	require.NoError(g.t, err)
	return found
}

func (g *grants) longer(run string, err error) string {
	g.t.Helper()
	require.NoError(g.t, err)
	return run
}

var grantTests = map[string]func(t *testing.T, s *store.Store){
	"the end is arranged by what stands or cut access": func(t *testing.T, s *store.Store) {
		g := newGrants(t, s)
		given := g.given(domain.RunOnboarding, 0, 30)
		for _, c := range []struct {
			by    domain.PersonID
			state domain.RunState
			step  domain.StepState
			open  bool
		}{
			{"ada", domain.RunDenied, "", true}, {"ada", domain.RunRetracted, "", true}, {"ada", domain.RunClosed, domain.StepSkipped, true}, {"ada", domain.RunClosed, domain.StepAttested, false},
			{domain.SystemActor, domain.RunDenied, "", false}, {domain.SystemActor, domain.RunRetracted, "", false}, {domain.SystemActor, domain.RunClosed, domain.StepSkipped, false},
			{"ada", domain.RunWaiting, "", false},
		} {
			run := g.run(domain.RunOffboarding, c.by, c.state)
			if c.step != "" {
				record(t, s, domain.Entry{Run: run, Steps: []domain.StepRecord{{Run: run, App: "apollo", Key: domain.StepDeactivate, Order: 1, Title: "Cut off", Phase: domain.PhaseCutOff, State: c.step}}})
			}
			g.ends(&given, run)
			if !c.open {
				require.Empty(t, g.open(), c)
				continue
			}
			require.Equal(t, []domain.Grant{given}, g.open(), c)
		}
	},
	"longer access is what was given without an end later": func(t *testing.T, s *store.Store) {
		g := newGrants(t, s)
		g.given(domain.RunOnboarding, 0, 0)
		first := g.given(domain.RunOnboarding, 1, 30)
		require.Empty(t, g.by(first), "given without an end before")
		g.given(domain.RunRoleChange, 2, 0)
		require.Empty(t, g.by(first), "a role change")
		longer := g.given(domain.RunOnboarding, 3, 60)
		require.Equal(t, longer.Run, g.by(first))
		leaving := g.run(domain.RunOffboarding, "ada", domain.RunWaiting)
		g.ends(&longer, leaving)
		require.Equal(t, longer.Run, g.by(first), "its end stands")
		record(t, s, domain.Entry{Run: leaving, RunState: domain.RunClosed})
		require.Empty(t, g.by(first), "its end is over")
		denied := g.run(domain.RunOffboarding, "ada", domain.RunDenied)
		g.ends(&longer, denied)
		require.Equal(t, longer.Run, g.by(first), "its end is to be arranged again")
		forGood := g.given(domain.RunOnboarding, 4, 0)
		require.Equal(t, []string{forGood.Run, forGood.Run}, []string{g.by(first), g.by(longer)})
		require.Empty(t, g.by(domain.Grant{Run: "x", App: "space", Person: g.p.ID, At: first.At, Until: first.Until}), "another app")
	},
	"an end that was arranged is outlived": func(t *testing.T, s *store.Store) {
		g := newGrants(t, s)
		given := g.given(domain.RunOnboarding, 0, 30)
		ours := g.run(domain.RunOffboarding, domain.SystemActor, domain.RunWaiting)
		g.ends(&given, ours)
		g.given(domain.RunRoleChange, 1, 0)
		require.Empty(t, g.outlived())
		g.given(domain.RunOnboarding, 2, 0)
		require.Equal(t, []domain.Grant{given}, g.outlived())
		again := g.given(domain.RunOnboarding, 3, 10)
		require.Empty(t, g.outlived(), "it was given for a time once more")
		g.given(domain.RunOnboarding, 4, 0)
		g.ends(&again, ours)
		require.Equal(t, []domain.Grant{again, given}, g.outlived())
		record(t, s, domain.Entry{Run: ours, RunState: domain.RunClosed})
		require.Empty(t, g.outlived(), "it is over")
		theirs := g.run(domain.RunOffboarding, "ada", domain.RunWaiting)
		g.ends(&given, theirs)
		require.Empty(t, g.outlived(), "a person asked for it")
	},
	"a review counts on an end": func(t *testing.T, s *store.Store) {
		g := newGrants(t, s)
		given := g.given(domain.RunOnboarding, 0, 30)
		ours := g.run(domain.RunOffboarding, domain.SystemActor, domain.RunWaiting)
		g.ends(&given, ours)
		g.given(domain.RunOnboarding, 1, 0)
		require.Len(t, g.outlived(), 1)
		r := opened(t, s, "2026-Q4", 1)
		decideLine(t, s, r.ID, 1, domain.ReviewRemove, domain.LineOpen, domain.LineDecided)
		bound, err := s.BindReviewRun(t.Context(), r.ID, 1, ours, domain.Entry{Run: r.ID})
		require.NoError(t, err)
		require.True(t, bound)
		require.Empty(t, g.outlived())
	},
}
