package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// Each way in which the app and its provider do not fit together is named, and
// nobody is called absent on half a list.
func TestWhoHasAnApp(t *testing.T) {
	t.Parallel()
	account := func(email string, active domain.Tri) domain.Account {
		return domain.Account{ID: domain.AccountID("a-" + email), Email: email, Name: "N", Active: active, Admin: domain.No}
	}
	in := domain.Listing{Complete: true, Accounts: []domain.Account{account("both@example.com", domain.Yes), account("local@example.com", domain.Yes),
		account("off@example.com", domain.No), account("Stopped@example.com", domain.Yes), account("twice@example.com", domain.Yes)}}
	at := domain.AssignedListing{Complete: true, People: []domain.Assigned{{User: "1", Email: "both@example.com", Active: domain.Yes, Group: "Sales"},
		{User: "2", Email: "off@example.com", Active: domain.Yes}, {User: "3", Email: "stopped@example.com", Active: domain.No},
		{User: "4", Email: "none@example.com", Name: "None", Active: domain.Yes}, {User: "5", Email: "twice@example.com"}, {User: "6", Email: "twice@example.com"}}}
	by := func(in domain.Listing, at *domain.AssignedListing) map[string]Holder {
		all := map[string]Holder{}
		for _, h := range holders(in, at) {
			require.NotContains(t, all, h.Email)
			all[h.Email] = h
		}
		return all
	}
	all := by(in, &at)
	require.Len(t, all, 6)
	require.Empty(t, all["both@example.com"].Note)
	require.Equal(t, "Sales", all["both@example.com"].Group)
	require.Contains(t, all["local@example.com"].Note, "past the provider")
	require.Contains(t, all["off@example.com"].Note, "next log-in")
	require.Contains(t, all["stopped@example.com"].Note, "switched off at the provider")
	require.Equal(t, domain.No, all["none@example.com"].InApp)
	require.Contains(t, all["none@example.com"].Note, "next log-in")
	require.Equal(t, domain.Unknown, all["twice@example.com"].AtProvider)

	in.Complete, at.Complete = false, false
	all = by(in, &at)
	require.Equal(t, domain.Unknown, all["none@example.com"].InApp)
	require.Equal(t, domain.Unknown, all["local@example.com"].AtProvider)
	require.Empty(t, all["local@example.com"].Note)

	all = by(in, nil)
	require.Len(t, all, 5)
	require.Equal(t, domain.Unknown, all["both@example.com"].AtProvider)
}
