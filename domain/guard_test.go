package domain_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func admin(id string) domain.Account {
	return domain.Account{ID: domain.AccountID(id), Active: domain.Yes, Admin: domain.Yes, FullSeat: domain.Yes, ProfileID: "profile-admin"}
}

func listing(accounts ...domain.Account) domain.Listing {
	return domain.Listing{Accounts: accounts, Complete: true, Total: len(accounts), StartedAt: begin}
}

func with(a domain.Account, change func(*domain.Account)) domain.Account {
	change(&a)
	return a
}

func TestSoleAdminGuard(t *testing.T) {
	t.Parallel()
	unmapped := with(admin("c"), func(a *domain.Account) { a.Admin, a.ProfileID = domain.Unknown, "profile-x" })
	billing := with(admin("b"), func(a *domain.Account) { a.FullSeat = domain.No })
	gone := with(admin("b"), func(a *domain.Account) { a.Active = domain.No })
	member := with(admin("b"), func(a *domain.Account) { a.Admin = domain.No })
	truncated := listing(admin("a"), admin("b"), admin("c"))
	truncated.Complete = false
	for name, c := range map[string]struct {
		l      domain.Listing
		claims []domain.Claim
		target domain.AccountID
		want   domain.GuardState
		say    string
	}{
		"three admins":                             {listing(admin("a"), admin("b"), admin("c")), nil, "a", domain.GuardOpen, "2 other admins"},
		"two admins":                               {listing(admin("a"), admin("b")), nil, "a", domain.GuardWarn, "one other admin"},
		"the only admin":                           {listing(admin("a"), member), nil, "a", domain.GuardShut, "promoted first"},
		"a billing manager is no working admin":    {listing(admin("a"), billing), nil, "a", domain.GuardShut, "promoted first"},
		"a deactivated admin does not count":       {listing(admin("a"), gone), nil, "a", domain.GuardShut, "promoted first"},
		"a profile nobody mapped":                  {listing(admin("a"), unmapped), nil, "a", domain.GuardShut, "profile-x"},
		"an unmapped target beside nobody":         {listing(unmapped, member), nil, "c", domain.GuardShut, "profile-x"},
		"an unmapped target beside an admin":       {listing(unmapped, admin("a")), nil, "c", domain.GuardWarn, ""},
		"no admin at all":                          {listing(admin("a"), member), nil, "b", domain.GuardOpen, "no working admin"},
		"not in the app":                           {listing(admin("a")), nil, "z", domain.GuardOpen, ""},
		"inactive already":                         {listing(admin("a"), gone), nil, "b", domain.GuardOpen, ""},
		"half a list":                              {truncated, nil, "a", domain.GuardShut, "incomplete"},
		"the other one is claimed":                 {listing(admin("a"), admin("b")), claims("b"), "a", domain.GuardShut, "promoted first"},
		"the other one is claimed for a demotion":  {listing(admin("a"), admin("b")), demoted(claims("b")), "a", domain.GuardShut, ""},
		"a claim on a seat takes no admin":         {listing(admin("a"), admin("b")), seat(claims("b")), "a", domain.GuardWarn, ""},
		"its own claim":                            {listing(admin("a"), admin("b")), claims("a"), "a", domain.GuardWarn, ""},
		"a claim settled before the listing began": {listing(admin("a"), admin("b"), admin("c")), settled(claims("c"), -time.Second), "a", domain.GuardOpen, ""},
		"a claim settled since":                    {listing(admin("a"), admin("b")), settled(claims("b"), time.Second), "a", domain.GuardShut, ""},
		"a claim released before":                  {listing(admin("a"), admin("b")), released(settled(claims("b"), -time.Second)), "a", domain.GuardWarn, ""},
		"a claim released since the listing began": {listing(admin("a"), admin("b")), released(settled(claims("b"), time.Second)), "a", domain.GuardShut, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := domain.CheckSoleAdmin(c.l, c.claims, c.target, begin.Add(domain.MaxListingAge))
			require.Equal(t, c.want, got.State, got.Why)
			require.Contains(t, got.Why, c.say)
			late := domain.CheckSoleAdmin(c.l, c.claims, c.target, begin.Add(domain.MaxListingAge+time.Microsecond))
			require.Equal(t, domain.GuardShut, late.State, "an old list proves nothing")
		})
	}
}

func claims(accounts ...domain.AccountID) []domain.Claim {
	var all []domain.Claim
	for _, a := range accounts {
		all = append(all, domain.Claim{ID: "claim-" + string(a), App: "apollo", Account: a, Effect: domain.EffectDeactivate, MadeAt: begin})
	}
	return all
}

func eachClaim(all []domain.Claim, change func(*domain.Claim)) []domain.Claim {
	for i := range all {
		change(&all[i])
	}
	return all
}

func demoted(all []domain.Claim) []domain.Claim {
	return eachClaim(all, func(c *domain.Claim) { c.Effect = domain.EffectDemote })
}

func seat(all []domain.Claim) []domain.Claim {
	return eachClaim(all, func(c *domain.Claim) { c.Effect = domain.EffectFreeSeat })
}

func settled(all []domain.Claim, after time.Duration) []domain.Claim {
	return eachClaim(all, func(c *domain.Claim) { c.SettledAt = begin.Add(after) })
}

func released(all []domain.Claim) []domain.Claim {
	return eachClaim(all, func(c *domain.Claim) { c.Released = true })
}

// office is an app with its admins, and the runs that all want to remove one.
type office struct {
	r      *rand.Rand
	now    time.Time
	active map[domain.AccountID]bool
	claims []domain.Claim
	runs   []*leaving
}

// leaving is one run: list, then check and claim in one go, then act, then read
// back and settle. It may be given up after the claim, whether or not somebody
// has acted in the app by then.
type leaving struct {
	target domain.AccountID
	stage  int
	seen   domain.Listing
	claim  int
}

func newOffice(r *rand.Rand) *office {
	o := &office{r: r, now: begin, active: map[domain.AccountID]bool{}}
	n := 2 + r.IntN(4)
	for i := range n {
		id := domain.AccountID(fmt.Sprintf("admin-%d", i))
		o.active[id] = true
		o.runs = append(o.runs, &leaving{target: id})
		if r.IntN(3) == 0 {
			o.runs = append(o.runs, &leaving{target: id})
		}
	}
	return o
}

func (o *office) list() domain.Listing {
	l := domain.Listing{Complete: true, StartedAt: o.now}
	for id, active := range o.active {
		l.Accounts = append(l.Accounts, with(admin(string(id)), func(a *domain.Account) { a.Active = domain.TriOf(active) }))
	}
	return l
}

func (o *office) advance(run *leaving) {
	o.now = o.now.Add(time.Duration(o.r.IntN(20)) * time.Second)
	switch run.stage {
	case 0:
		run.seen, run.stage = o.list(), 1
	case 1:
		g := domain.CheckSoleAdmin(run.seen, o.claims, run.target, o.now)
		if g.State == domain.GuardShut {
			run.stage = 0
			return
		}
		o.claims = append(o.claims, domain.Claim{App: "apollo", Account: run.target, Effect: domain.EffectDeactivate, MadeAt: o.now})
		run.claim, run.stage = len(o.claims)-1, 2
	case 2:
		if o.r.IntN(4) == 0 {
			o.release(run)
			return
		}
		o.active[run.target] = false
		run.stage = 3
	case 3:
		if o.r.IntN(4) == 0 { // given up before anybody looked
			o.release(run)
			return
		}
		o.claims[run.claim].SettledAt = o.now
		run.stage = 4
	}
}

func (o *office) release(run *leaving) {
	o.claims[run.claim].Released, o.claims[run.claim].SettledAt = true, o.now
	run.stage = 0
}

func (o *office) working() int {
	n := 0
	for _, active := range o.active {
		if active {
			n++
		}
	}
	return n
}

// However the runs of admins who leave at once are interleaved, somebody who can
// administer the app remains.
func TestNeverAreAllAdminsGone(t *testing.T) {
	t.Parallel()
	someLeft, warned := 0, 0
	seeds(t, 4000, func(t require.TestingT, r *rand.Rand) {
		o := newOffice(r)
		all := o.working()
		for range 60 {
			o.advance(o.runs[r.IntN(len(o.runs))])
			require.Positive(t, o.working(), "every admin is gone")
		}
		if o.working() < all {
			someLeft++
		}
		if o.working() == 1 {
			warned++
		}
	})
	require.Greater(t, someLeft, 3000, "the guard lets people go")
	require.Greater(t, warned, 1000, "the last step before harm was reached")
}

func TestUnknownAdminsNeverCount(t *testing.T) {
	t.Parallel()
	facts := []domain.Tri{domain.Yes, domain.No, domain.Unknown}
	seeds(t, 3000, func(t require.TestingT, r *rand.Rand) {
		l := listing()
		sure := 0
		for i := range 1 + r.IntN(6) {
			a := domain.Account{ID: domain.AccountID(fmt.Sprint(i)), Active: pick(r, facts...), Admin: pick(r, facts...), FullSeat: pick(r, facts...), ProfileID: "p"}
			l.Accounts = append(l.Accounts, a)
			if i > 0 && a.Active == domain.Yes && a.Admin == domain.Yes && a.FullSeat == domain.Yes {
				sure++
			}
		}
		target := l.Accounts[0]
		harmless := target.Active == domain.No || target.Admin == domain.No || target.FullSeat == domain.No
		g := domain.CheckSoleAdmin(l, nil, target.ID, begin)
		if sure == 0 && !harmless {
			require.Equal(t, domain.GuardShut, g.State, "%+v", l.Accounts)
		} else {
			require.NotEqual(t, domain.GuardShut, g.State, "%+v: %s", l.Accounts, g.Why)
		}
	})
}

func TestReadingPresenceFromAListing(t *testing.T) {
	t.Parallel()
	off := with(admin("off"), func(a *domain.Account) { a.Active = domain.No })
	odd := with(admin("odd"), func(a *domain.Account) { a.Active = domain.Unknown })
	l := listing(admin("on"), off, odd)
	half := l
	half.Complete = false
	require.Equal(t, domain.Present, l.AccountPresence("on"))
	require.Equal(t, domain.Absent, l.AccountPresence("off"))
	require.Equal(t, domain.PresenceUnknown, l.AccountPresence("odd"))
	require.Equal(t, domain.Absent, l.AccountPresence("nobody"))
	require.Equal(t, domain.PresenceUnknown, half.AccountPresence("nobody"), "half a list proves no absence")
	require.Equal(t, domain.Absent, half.AccountPresence("off"))
}
