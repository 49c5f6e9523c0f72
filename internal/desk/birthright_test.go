package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// hire is HR's word that somebody starts.
func hire(id string, change ...func(*domain.HREvent)) domain.HREvent {
	return said(id, domain.HRStarting, 1, append([]func(*domain.HREvent){func(e *domain.HREvent) {
		e.Employment, e.Email, e.Name, e.Department, e.Starts = "emp-new", "new@example.com", "New Comer", "Sales", "2026-12-07"
	}}, change...)...)
}

func newBirthright(t *testing.T, rules ...domain.BirthrightPolicy) *world {
	t.Helper()
	w := newJoining(t)
	w.policy.Birthright = append([]domain.BirthrightPolicy{{Department: "sales", Apps: map[domain.AppID]string{"apollo": ""}}}, rules...)
	return w
}

func (w *world) joinings() []domain.Run {
	w.t.Helper()
	runs, err := w.st.ListRuns(w.t.Context(), store.RunFilter{Kind: domain.RunOnboarding})
	require.NoError(w.t, err)
	return runs
}

func TestWhatIsTheirsByRightStartsOnceForEachHire(t *testing.T) {
	t.Parallel()
	w := newBirthright(t)
	for range 3 {
		w.hears(hire("h1"), hire("h2"), hire("h3", func(e *domain.HREvent) { e.Starts = "2026-12-09" }))
	}
	runs := w.joinings()
	require.Len(t, runs, 1)
	require.Equal(t, []any{domain.AuthorityHR, domain.SystemActor}, []any{runs[0].Authority, runs[0].Requester})
	in := w.joinOf(runs[0].ID)
	require.Equal(t, "2026-12-07", in.StartsAt.Format("2006-01-02"))
	require.Equal(t, "pr-rep", in.Apps[0].Role.Key)
	require.False(t, in.Apps[0].Asks, "the rule is the approval")
	require.Equal(t, domain.HRNoted, w.outcome("h1").Outcome)
}

// Whoever began long ago, and whom no rule fits, starts nothing.
func TestWhoHasNothingByRight(t *testing.T) {
	t.Parallel()
	w := newBirthright(t)
	w.hears(hire("old", func(e *domain.HREvent) { e.Starts = "2019-01-07" }),
		hire("other", func(e *domain.HREvent) {
			e.Employment, e.Email, e.Department = "emp-2", "second@example.com", "Support"
		}))
	require.Empty(t, w.joinings())
	require.Equal(t, []domain.HROutcome{domain.HRNoted, domain.HRNoted}, []domain.HROutcome{w.outcome("old").Outcome, w.outcome("other").Outcome})
}

// A process that dies after it kept the hire, or after it wrote the run, loses
// nothing and does nothing twice.
func TestABirthrightSurvivesACrash(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"hire-kept-not-started", "run-written-not-started", "hr-applied-not-recorded"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			w := newBirthright(t)
			w.Crash = func(at string) {
				if at == point {
					panic(at)
				}
			}
			_, err := w.ReceiveHR(t.Context(), hire("h1"))
			require.NoError(t, err)
			require.Panics(t, func() { w.HRDue(t.Context()) })
			w.Crash = nil
			w.ticks.Add(3_600_000) // the lease is over
			w.hears(hire("h2"))
			w.HRDue(t.Context())
			w.Deliveries(t.Context())
			require.Len(t, w.joinings(), 1)
			require.Len(t, w.tmp.started, 1)
			require.Equal(t, domain.HRNoted, w.outcome("h1").Outcome)
		})
	}
}

// HR may speak of an employment before it says that it starts.
func TestAPersonWhoWasNamedBeforeTheyStart(t *testing.T) {
	t.Parallel()
	w := newBirthright(t)
	w.hears(hire("c1", func(e *domain.HREvent) { e.Type, e.Starts = domain.HRChanged, "" }), hire("h1"))
	require.Len(t, w.joinings(), 1)
}

// Rules that contradict each other give nothing in that app, and the administrators
// hear of it, once; what the others give is given.
func TestRulesThatContradictEachOther(t *testing.T) {
	t.Parallel()
	w := newBirthright(t, domain.BirthrightPolicy{Everybody: true, Apps: map[domain.AppID]string{"apollo": "Admin", "wiki": ""}})
	w.policy.Apps["wiki"] = &domain.AppPolicy{Kind: domain.KindManual, Queue: "apps", Owner: "ada@example.com", Backup: "bo@example.com", Second: "gil@example.com",
		Roles: map[string]domain.RolePolicy{"reader": {Name: "Reader", Admin: domain.No}}, Joining: domain.JoiningPolicy{Role: "reader"}}
	w.hears(hire("h1"), hire("h2"), hire("h1"))
	runs := w.joinings()
	require.Len(t, runs, 1)
	require.Equal(t, []domain.AppID{"wiki"}, runs[0].Apps)
	require.Contains(t, w.outcome("h1").Why, "different roles in apollo")
	told := 0
	for _, who := range []string{"ada", "amy", "hana"} {
		notices, err := w.Notices(t.Context(), w.as(who), 50)
		require.NoError(t, err)
		for _, n := range notices {
			if n.Notice.Kind == "birthright-conflict" {
				told++
				require.NotEqual(t, "hana", who)
				require.Contains(t, n.Notice.Text, "different roles in apollo")
				require.NotContains(t, n.Notice.Text, "@")
			}
		}
	}
	require.Equal(t, 2, told, "each administrator, once")
}
