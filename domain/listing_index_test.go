package domain

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An index answers as a look through the whole listing does: the first account of an
// id, all accounts of an email however it is written, and nobody else.
func TestAnIndexFindsWhatTheListingShows(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // a test
	spellings := []func(string) string{strings.ToUpper, func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }, func(s string) string { return "  " + s + "\t" },
		func(s string) string { return strings.ReplaceAll(s, "k", "\u212a") }, func(s string) string { return strings.ReplaceAll(s, "s", "\u017f") },
		func(s string) string { return s + "\xff" }, func(s string) string { return s }}
	spelt := func(s string) string { return spellings[rng.IntN(len(spellings))](s) }
	for range 200 {
		l := Listing{Complete: rng.IntN(2) == 0, Hidden: rng.IntN(5) == 0}
		for range rng.IntN(30) {
			l.Accounts = append(l.Accounts, Account{ID: AccountID(fmt.Sprint("a", rng.IntN(20))), Email: spelt(fmt.Sprintf("kiss%d@example.com", rng.IntN(12))),
				Active: []Tri{Yes, No, Unknown}[rng.IntN(3)], Name: fmt.Sprint(rng.Int())})
		}
		l.Accounts = append(l.Accounts, Account{Active: Yes}, Account{ID: "a1", Active: No})
		indexed := l.Index()
		require.Equal(t, l.Accounts, indexed.Accounts)
		for n := -1; n < 22; n++ {
			id, email := AccountID(fmt.Sprint("a", n)), spelt(fmt.Sprintf("kiss%d@example.com", n))
			if n < 0 {
				id, email = "", ""
			}
			a, there := l.ByID(id)
			b, found := indexed.ByID(id)
			require.Equal(t, []any{a, there}, []any{b, found})
			require.Equal(t, l.ByEmail(email), indexed.ByEmail(email), "%q", email)
			require.Equal(t, l.AccountPresence(id), indexed.AccountPresence(id))
		}
	}
}

// Nobody is absent because an index does not know them who came into the listing later.
func TestAnIndexProvesNobodyAbsentWhoCameLater(t *testing.T) {
	t.Parallel()
	l := Listing{Complete: true, Accounts: []Account{{ID: "a", Email: "ada@example.com", Active: Yes}}}.Index()
	l.Accounts = append(l.Accounts, Account{ID: "b", Email: "bo@example.com", Active: Yes})
	require.Equal(t, Present, l.AccountPresence("b"))
	require.Len(t, l.ByEmail("bo@example.com"), 1)
	require.Equal(t, Absent, l.AccountPresence("c"))
}
