package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

var migrateTests = map[string]func(t *testing.T, s *store.Store){
	"again changes nothing": func(t *testing.T, s *store.Store) {
		p, _ := leaver(t, s, "dana")
		require.NoError(t, s.Migrate(t.Context()))
		_, err := s.Person(t.Context(), p.ID)
		require.NoError(t, err)
		have, want, err := s.SchemaVersion(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, have)
	},
	"many at once": func(t *testing.T, s *store.Store) {
		allFine(t, together(8, func(int) error { return s.Migrate(t.Context()) }))
	},
}

var peopleTests = map[string]func(t *testing.T, s *store.Store){
	"an email is one person whatever its case": func(t *testing.T, s *store.Store) {
		first, err := s.UpsertPerson(t.Context(), " Dana@Example.com", "Dana Reyes")
		require.NoError(t, err)
		require.Equal(t, domain.PersonActive, first.State)
		require.Len(t, string(first.ID), 16)
		again, err := s.UpsertPerson(t.Context(), "dana@example.com", "")
		require.NoError(t, err)
		require.Equal(t, first, again)
		found, err := s.PersonByEmail(t.Context(), "DANA@example.com ")
		require.NoError(t, err)
		require.Equal(t, first, found)
	},
	"a new name is committed to beside the old one": func(t *testing.T, s *store.Store) {
		_, err := s.UpsertPerson(t.Context(), "dana@example.com", "Dana Reyes")
		require.NoError(t, err)
		p, err := s.UpsertPerson(t.Context(), "dana@example.com", "Dana Reyes-Kahn")
		require.NoError(t, err)
		proofs, err := s.PersonProofs(t.Context(), p.ID)
		require.NoError(t, err)
		require.Len(t, proofs, 2)
		require.Equal(t, []string{"Dana Reyes", "Dana Reyes-Kahn"}, []string{proofs[0].Name, proofs[1].Name})
		for _, proof := range proofs {
			require.True(t, proof.Holds())
		}
		require.NotEqual(t, proofs[0].Salt, proofs[1].Salt)
	},
	"at once one email is one person": func(t *testing.T, s *store.Store) {
		ids := make([]domain.PersonID, 20)
		allFine(t, together(20, func(i int) error {
			p, err := s.UpsertPerson(t.Context(), "dana@example.com", "Dana Reyes")
			ids[i] = p.ID
			return err
		}))
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
		proofs, err := s.PersonProofs(t.Context(), ids[0])
		require.NoError(t, err)
		require.Len(t, proofs, 1)
	},
	"roles, manager and state": func(t *testing.T, s *store.Store) {
		p, _ := leaver(t, s, "dana")
		require.NoError(t, s.SetRoles(t.Context(), p.ID, []domain.Role{domain.RoleAdmin, domain.RoleHR}))
		require.NoError(t, s.SetManager(t.Context(), p.ID, "boss"))
		require.NoError(t, s.SetPersonState(t.Context(), p.ID, domain.PersonLeaving))
		got, err := s.Person(t.Context(), p.ID)
		require.NoError(t, err)
		require.Equal(t, []domain.Role{domain.RoleAdmin, domain.RoleHR}, got.Roles)
		require.Equal(t, domain.PersonID("boss"), got.Manager)
		require.Equal(t, domain.PersonLeaving, got.State)
		all, err := s.PeoplePage(t.Context(), "", 0)
		require.NoError(t, err)
		require.Equal(t, []domain.Person{got}, all)
	},
	"unknown ids are not found": func(t *testing.T, s *store.Store) {
		_, err := s.Person(t.Context(), "nobody")
		require.ErrorIs(t, err, domain.ErrNotFound)
		_, err = s.PersonByEmail(t.Context(), "nobody@example.com")
		require.ErrorIs(t, err, domain.ErrNotFound)
		_, err = s.PersonByEmail(t.Context(), "")
		require.ErrorIs(t, err, domain.ErrNotFound)
		require.ErrorIs(t, s.SetRoles(t.Context(), "nobody", nil), domain.ErrNotFound)
	},
	"no email, no person, and no echo of it": func(t *testing.T, s *store.Store) {
		_, err := s.UpsertPerson(t.Context(), "dana at example", "Dana")
		require.Equal(t, domain.FaultInvalid, domain.KindOf(err))
		require.NotContains(t, err.Error(), "dana")
	},
	"an employment is found by HR's key and belongs to one person": func(t *testing.T, s *store.Store) {
		p, e := leaver(t, s, "dana")
		other, _ := leaver(t, s, "eli")
		again, err := s.UpsertEmployment(t.Context(), "emp-dana", domain.Employment{Person: p.ID, Ends: noon})
		require.NoError(t, err)
		require.Equal(t, e.ID, again.ID)
		require.NotContains(t, e.ID, "dana")
		again, err = s.UpsertEmployment(t.Context(), "emp-dana", domain.Employment{Person: p.ID})
		require.NoError(t, err)
		require.True(t, again.Ends.Equal(noon.Truncate(1000)), "a known date is kept")
		_, err = s.UpsertEmployment(t.Context(), "emp-dana", domain.Employment{Person: other.ID})
		require.Equal(t, domain.FaultConflict, domain.KindOf(err))
		list, err := s.Employments(t.Context(), p.ID)
		require.NoError(t, err)
		require.Len(t, list, 1)
	},
	"an account is linked once per app and person": func(t *testing.T, s *store.Store) {
		id, err := s.AccountLink(t.Context(), "apollo", "p1")
		require.NoError(t, err)
		require.Empty(t, id)
		require.NoError(t, s.LinkAccount(t.Context(), "apollo", "p1", "a1"))
		require.NoError(t, s.LinkAccount(t.Context(), "apollo", "p1", "a2"))
		id, err = s.AccountLink(t.Context(), "apollo", "p1")
		require.NoError(t, err)
		require.Equal(t, domain.AccountID("a2"), id)
	},
}
