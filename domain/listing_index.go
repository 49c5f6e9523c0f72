package domain

import (
	"strings"
	"unicode"
)

// listingIndex knows where in a listing an account stands.
type listingIndex struct {
	accounts int // how many there were
	byID     map[AccountID]int
	byEmail  map[string][]int
}

// Index is the same listing, in which ByID, ByEmail and AccountPresence look nothing
// through: ask for it once where many accounts are looked up. It is about the accounts
// that are listed now. Whoever changes them asks for another.
func (l Listing) Index() Listing {
	x := &listingIndex{accounts: len(l.Accounts), byID: make(map[AccountID]int, len(l.Accounts)), byEmail: make(map[string][]int, len(l.Accounts))}
	for i, a := range l.Accounts {
		if _, twice := x.byID[a.ID]; !twice {
			x.byID[a.ID] = i
		}
		email := foldedEmail(a.Email)
		x.byEmail[email] = append(x.byEmail[email], i)
	}
	l.index = x
	return l
}

// of tells that the index is about as many accounts as are listed: one that was added
// to a listing must not be proven absent by what was known before.
func (x *listingIndex) of(l Listing) bool { return x != nil && x.accounts == len(l.Accounts) }

// foldedEmail is the same for all emails that strings.EqualFold calls equal.
func foldedEmail(email string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, strings.TrimSpace(email))
}
