package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

var claimTests = map[string]func(t *testing.T, s *store.Store){
	"of two admins who leave at once exactly one passes": func(t *testing.T, s *store.Store) {
		for round := range 10 {
			app := domain.AppID(name(round))
			findings := make([]domain.GuardFinding, 2)
			allFine(t, together(2, func(i int) error {
				var err error
				findings[i], err = s.Claim(t.Context(), claim(app, i), decide(listing(), claim(app, i)))
				return err
			}))
			open := 0
			for _, f := range findings {
				if f.State != domain.GuardShut {
					open++
				}
			}
			require.Equal(t, 1, open)
		}
	},
	"the same claim is the same claim": func(t *testing.T, s *store.Store) {
		c := claim("apollo", 0)
		for range 3 {
			f, err := s.Claim(t.Context(), c, decide(listing(), c))
			require.NoError(t, err)
			require.Equal(t, domain.GuardWarn, f.State)
			c.MadeAt = c.MadeAt.Add(time.Second)
		}
		all, err := s.Claims(t.Context(), "apollo")
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.True(t, all[0].MadeAt.Equal(claim("apollo", 0).MadeAt))
		require.Len(t, whole(t, s, c.Run), 1)
	},
	"a shut guard leaves nothing": func(t *testing.T, s *store.Store) {
		c := claim("apollo", 0)
		f, err := s.Claim(t.Context(), c, func([]domain.Claim) domain.GuardFinding {
			return domain.GuardFinding{State: domain.GuardShut, Why: "so"}
		})
		require.NoError(t, err)
		require.Equal(t, "so", f.Why)
		all, err := s.Claims(t.Context(), "apollo")
		require.NoError(t, err)
		require.Empty(t, all)
		require.Empty(t, whole(t, s, c.Run))
	},
	"a settled claim is still shown, a released one is not, and both can be made anew": func(t *testing.T, s *store.Store) {
		c := claim("apollo", 0)
		make := func() {
			_, err := s.Claim(t.Context(), c, decide(listing(), c))
			require.NoError(t, err)
		}
		make()
		settled := time.Now()
		record(t, s, domain.Entry{Run: c.Run, Claims: []domain.Claim{{ID: c.ID, App: "apollo", SettledAt: settled}}})
		all, err := s.Claims(t.Context(), "apollo")
		require.NoError(t, err)
		require.WithinDuration(t, settled, all[0].SettledAt, time.Microsecond)
		record(t, s, domain.Entry{Run: c.Run, Claims: []domain.Claim{{ID: c.ID, App: "apollo", Released: true}}})
		all, err = s.Claims(t.Context(), "apollo")
		require.NoError(t, err)
		require.Len(t, all, 1, "what is over stays so")
		c.MadeAt = c.MadeAt.Add(time.Minute)
		make()
		all, err = s.Claims(t.Context(), "apollo")
		require.NoError(t, err)
		require.True(t, all[0].SettledAt.IsZero())
		record(t, s, domain.Entry{Run: c.Run, Claims: []domain.Claim{{ID: c.ID, App: "apollo", Released: true}, {ID: "never made", App: "apollo", Released: true}}})
		all, err = s.Claims(t.Context(), "apollo")
		require.NoError(t, err)
		require.Empty(t, all)
		c.MadeAt = c.MadeAt.Add(time.Minute)
		make()
		require.Len(t, whole(t, s, c.Run), 3)
	},
}

// listing shows two working admins, a0 and a1.
func listing() domain.Listing {
	admin := func(id domain.AccountID) domain.Account {
		return domain.Account{ID: id, Active: domain.Yes, Admin: domain.Yes, FullSeat: domain.Yes}
	}
	return domain.Listing{Accounts: []domain.Account{admin("a0"), admin("a1")}, Complete: true, StartedAt: noon}
}

func claim(app domain.AppID, i int) domain.Claim {
	account := domain.AccountID([]string{"a0", "a1"}[i])
	run := "run" + name(i)
	return domain.Claim{ID: domain.IdempotencyKey(run, app, domain.StepDeactivate, "claim"), App: app, Account: account, Effect: domain.EffectDeactivate,
		Run: run, Step: domain.StepDeactivate, MadeAt: noon.Truncate(time.Microsecond)}
}

func decide(l domain.Listing, own domain.Claim) func([]domain.Claim) domain.GuardFinding {
	return func(open []domain.Claim) domain.GuardFinding {
		var others []domain.Claim
		for _, c := range open {
			if c.ID != own.ID {
				others = append(others, c)
			}
		}
		return domain.CheckSoleAdmin(l, others, own.Account, noon)
	}
}
