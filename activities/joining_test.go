package activities_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

// full makes so many strangers sit on paid seats.
func (w *joinWorld) full(n int) {
	for i := range n {
		w.club.member(string(rune('a'+i))+"@example.com", seller)
	}
}

func TestWhetherThereIsASeat(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, c := range map[string]struct {
		bought int
		make   func(*club)
		want   domain.SeatNeed
	}{
		"one is free":                     {3, nil, domain.SeatFree},
		"all are taken":                   {2, nil, domain.SeatBuy},
		"more than were bought":           {1, nil, domain.SeatBuy},
		"a billing manager takes none":    {3, func(k *club) { k.member("f@example.com", cashier) }, domain.SeatFree},
		"the number bought is not known":  {-1, nil, domain.SeatUnknown},
		"the list was cut short":          {9, func(k *club) { k.cut = true }, domain.SeatUnknown},
		"nobody is shown":                 {9, func(k *club) { k.hidden = true }, domain.SeatUnknown},
		"somebody may sit on the last":    {3, func(k *club) { k.member("f@example.com", unmapped) }, domain.SeatUnknown},
		"somebody may sit, more are free": {4, func(k *club) { k.member("f@example.com", unmapped) }, domain.SeatFree},
	} {
		w := newJoinWorldIn(t, s)
		w.full(2)
		if c.make != nil {
			c.make(w.club)
		}
		require.Equal(t, c.want, w.seat(c.bought, false).Need, name)
	}
	w := newJoinWorldIn(t, s)
	require.Empty(t, w.ledger(), "nobody was promised anything by asking")
}

// Of two who want one free seat exactly one gets it, in whatever order they ask again.
func TestOneFreeSeatAndTwoWhoWantIt(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.full(2)
	first, second := w, w.also(eli)
	require.Equal(t, domain.SeatFree, first.seat(3, true).Need)
	w.clock.advance(time.Second)
	require.Equal(t, domain.SeatBuy, second.seat(3, false).Need)
	for range 2 {
		r := second.seat(3, true)
		require.Equal(t, domain.SeatBuy, r.Need)
		require.Equal(t, 1, r.Before)
		require.Equal(t, domain.SeatFree, first.seat(3, true).Need)
		w.clock.advance(time.Hour)
	}
	require.Len(t, w.ledger(), 2, "one promise each")
	for range 2 { // the first does not come
		_, err := first.WaiveSeat(t.Context(), first.ref(domain.StepFindSeat))
		require.NoError(t, err)
		r, err := first.FindSeat(t.Context(), activities.FindSeatInput{StepRef: first.ref(domain.StepFindSeat), Contract: contract(3), Waive: true})
		require.NoError(t, err)
		require.Equal(t, domain.SeatNone, r.Need)
	}
	require.Equal(t, domain.SeatFree, second.seat(3, true).Need)
	require.Equal(t, 1, domain.OpenPromises(w.ledger()))
}

// Whoever is promised a seat by two runs takes one of them.
func TestAPromiseDoesNotCountAgainstItsOwner(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.full(2)
	require.Equal(t, domain.SeatFree, w.seat(3, true).Need)
	r := w.also(dana).seat(3, true)
	require.Equal(t, domain.SeatFree, r.Need, r.Why)
	require.Zero(t, r.Before)
	require.Equal(t, domain.SeatBuy, w.also(eli).seat(3, true).Need, "others count it")
}

// The order of promises is that in which they were kept, not that of the clocks of
// those who made them.
func TestAPromiseThatWasKeptLaterThanItSays(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.full(2)
	first, second := w, w.also(eli)
	early := w.Now().Add(-time.Minute)
	second.Now = func() time.Time { return early } // slow, or its clock is
	require.Equal(t, domain.SeatFree, first.seat(3, true).Need)
	require.Equal(t, domain.SeatBuy, second.seat(3, true).Need)
	require.Equal(t, domain.SeatFree, first.seat(3, true).Need)
}

// Who was promised the last free seat has it, though others who bought theirs came
// sooner.
func TestAPromiseHoldsAgainstThoseWhoCameLater(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.full(2)
	require.Equal(t, domain.SeatFree, w.seat(3, true).Need)
	later := w.also(eli)
	require.Equal(t, domain.SeatBuy, later.seat(3, true).Need)
	id := w.club.member(eli, seller)
	require.Equal(t, domain.SeatFree, w.seat(3, true).Need)
	later.grant(activities.GrantInput{Role: seller, Was: domain.No, Account: id})
	require.Equal(t, domain.SeatFree, w.seat(3, true).Need)
	require.Equal(t, domain.SeatBuy, w.also(aiko).seat(3, true).Need)
}

func TestAPromiseSurvivesADeath(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.full(2)
	w.dies("seat-promised-not-answered", func() { w.seat(3, true) })
	w.clock.advance(time.Minute)
	require.Equal(t, domain.SeatBuy, w.also(eli).seat(3, true).Need, "it was promised, though nobody was told")
	require.Equal(t, domain.SeatFree, w.seat(3, true).Need)
	require.Len(t, w.ledger(), 2)
	require.Len(t, w.events(domain.EventSeatPromised), 1)
}

// A promise that was taken up counts no more: not beside the seat that its owner sits
// on, whether the ledger knows it already or not, and never less than once.
func TestAPromiseThatWasTakenUp(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.full(2)
	require.Equal(t, domain.SeatFree, w.seat(4, true).Need)
	w.clock.advance(time.Second)
	other := w.also(eli)
	require.Equal(t, domain.SeatFree, other.seat(4, false).Need)
	w.club.member(dana, seller)
	r := other.seat(4, true)
	require.Equal(t, domain.SeatFree, r.Need, "dana sits on hers: one is left")
	require.Zero(t, r.Before)
	w.grant(activities.GrantInput{Role: seller, Was: domain.No})
	require.Equal(t, domain.SeatFree, other.seat(4, true).Need)
	require.Equal(t, domain.SeatBuy, other.seat(3, true).Need)
}

// Somebody takes up their promise while another's list is being read, and is not on it.
func TestAPromiseThatIsTakenUpMeanwhile(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.full(2)
	require.Equal(t, domain.SeatFree, w.seat(3, true).Need)
	w.clock.advance(time.Second)
	other := w.also(eli)
	w.club.listing = func() {
		w.club.listing = nil
		w.grant(activities.GrantInput{Role: seller, Was: domain.No, Account: w.club.member(dana, seller)})
	}
	require.Equal(t, domain.SeatBuy, other.seat(3, true).Need)
}

func (w *joinWorld) grant(in activities.GrantInput) {
	w.t.Helper()
	in.StepRef = w.ref(domain.StepBookSeat)
	_, err := w.GrantAccess(w.t.Context(), in)
	require.NoError(w.t, err)
}

// What a granted role means for the seat is written once, and ends the promise.
func TestWhatAGrantMeansForTheSeat(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, c := range map[string]struct {
		promised bool
		role     domain.AppRole
		was      domain.Tri
		want     []domain.SeatEntryKind
	}{
		"a joiner takes the seat promised": {true, seller, domain.No, []domain.SeatEntryKind{domain.SeatPromise, domain.SeatTaken}},
		"nobody asked for one":             {false, seller, domain.No, []domain.SeatEntryKind{domain.SeatTaken}},
		"had one before":                   {false, seller, domain.Yes, nil},
		"had one before, promised another": {true, seller, domain.Yes, []domain.SeatEntryKind{domain.SeatPromise, domain.SeatWaived}},
		"a role that takes none":           {false, cashier, domain.No, nil},
		"another role in the end":          {true, cashier, domain.No, []domain.SeatEntryKind{domain.SeatPromise, domain.SeatWaived}},
		"a role that frees it":             {false, cashier, domain.Yes, []domain.SeatEntryKind{domain.SeatFreed}},
		"nobody knows, promised":           {true, unmapped, domain.No, []domain.SeatEntryKind{domain.SeatPromise, domain.SeatTaken}},
		"nobody knows":                     {false, unmapped, domain.No, nil},
	} {
		w := newJoinWorldIn(t, s)
		if c.promised {
			w.seat(9, true)
		}
		for range 3 {
			w.clock.advance(time.Second)
			w.grant(activities.GrantInput{Role: c.role, Was: c.was, Account: "u-7", Digest: "v1:plan"})
		}
		lines, err := s.RunSeats(t.Context(), w.run.ID)
		require.NoError(t, err)
		var kinds []domain.SeatEntryKind
		for _, e := range lines {
			kinds = append(kinds, e.Kind)
		}
		require.Equal(t, c.want, kinds, name)
		require.Zero(t, domain.OpenPromises(lines), name)
		require.Len(t, w.events(domain.EventAccessGranted), 1)
	}
}

func TestAGrantForATimeHasItsEnd(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	until := w.Now().Add(30 * 24 * time.Hour).Truncate(time.Second)
	for range 2 {
		w.grant(activities.GrantInput{Role: boss, Account: "u-7", Until: until, Digest: "v1:plan"})
	}
	granted := w.events(domain.EventAccessGranted)
	require.Len(t, granted, 1)
	require.Equal(t, "p-admin", granted[0].To)
	require.Equal(t, "u-7", granted[0].Target)
	require.Equal(t, "v1:plan", granted[0].Digest)
	require.Equal(t, until.Format(time.RFC3339), granted[0].Facts["until"])
	ends, err := w.store.Grants(t.Context())
	require.NoError(t, err)
	require.Len(t, ends, 1)
	require.Equal(t, until, ends[0].Until.UTC())
	linked, err := w.store.AccountLink(t.Context(), app, w.run.Person)
	require.NoError(t, err)
	require.Equal(t, domain.AccountID("u-7"), linked)
}

// Whoever came has access, though the role is not seen yet: its end is kept from then
// on, and the promise of a seat stands until the role says what it takes.
func TestAGrantBeforeTheRoleIsSeenKeepsItsEndAndThePromise(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.full(2)
	require.Equal(t, domain.SeatFree, w.seat(3, true).Need)
	until := w.Now().Add(30 * 24 * time.Hour).Truncate(time.Second)
	came := w.Now()
	w.grant(activities.GrantInput{Role: cashier, Account: "u-7", Until: until, Early: true, LetsIn: true})
	w.clock.advance(time.Hour)
	ends, err := w.store.Grants(t.Context())
	require.NoError(t, err)
	require.Len(t, ends, 1)
	require.Equal(t, []any{until, came}, []any{ends[0].Until.UTC(), ends[0].At.UTC()})
	require.Equal(t, 1, domain.OpenPromises(w.ledger()))
	require.Equal(t, domain.SeatBuy, w.also(eli).seat(3, false).Need)
	for range 2 {
		w.grant(activities.GrantInput{Role: seller, Was: domain.No, Account: "u-7", Until: until, LetsIn: true})
	}
	require.Zero(t, domain.OpenPromises(w.ledger()))
	require.Equal(t, domain.SeatTaken, w.ledger()[1].Kind)
	granted := w.events(domain.EventAccessGranted)
	require.Len(t, granted, 1)
	require.Equal(t, cashier.Key, granted[0].To, "what they came in with")
	ends, err = w.store.Grants(t.Context())
	require.NoError(t, err)
	require.Equal(t, came, ends[0].At.UTC())
}

func TestHowAPersonStands(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(w *joinWorld)
		want activities.LookResult
	}{
		"not there": {func(*joinWorld) {}, activities.LookResult{State: domain.MemberNone}},
		"active":    {func(w *joinWorld) { w.club.member(dana, seller) }, activities.LookResult{State: domain.MemberActive, Account: "u1", Role: "p-standard", Admin: domain.No, FullSeat: domain.Yes}},
		"an admin whose CRM it is": {func(w *joinWorld) { w.club.member(dana, boss); w.club.crm = domain.Yes },
			activities.LookResult{State: domain.MemberActive, Account: "u1", Role: "p-admin", Admin: domain.Yes, FullSeat: domain.Yes, CRM: domain.Yes}},
		"deactivated": {func(w *joinWorld) { w.club.put(dana, seller, func(a *domain.Account) { a.Active = domain.No }) },
			activities.LookResult{State: domain.MemberInactive, Account: "u1", Role: "p-standard", Admin: domain.No, FullSeat: domain.Yes}},
		"invited": {func(w *joinWorld) {
			w.club.lists = true
			w.club.put(dana, seller, func(a *domain.Account) { a.Invited = true })
		}, activities.LookResult{State: domain.MemberInvited, Account: "u1", Role: "p-standard", Admin: domain.No, FullSeat: domain.Yes}},
		"cut short": {func(w *joinWorld) { w.club.cut = true }, activities.LookResult{State: domain.MemberUnknown}},
		"hidden":    {func(w *joinWorld) { w.club.hidden = true }, activities.LookResult{State: domain.MemberUnknown, Hidden: true}},
		"cut short, and there": {func(w *joinWorld) { w.club.cut = true; w.club.member(dana, seller) },
			activities.LookResult{State: domain.MemberActive, Account: "u1", Role: "p-standard", Admin: domain.No, FullSeat: domain.Yes}},
		"two with the email": {func(w *joinWorld) {
			w.club.member(dana, seller)
			w.club.users = append(w.club.users, domain.Account{ID: "u2", Email: dana, Active: domain.Yes})
		}, activities.LookResult{State: domain.MemberUnknown, Ambiguous: 2}},
		"linked, under another email": {func(w *joinWorld) {
			id := w.club.member("dana.married@example.com", boss)
			w.club.users = append(w.club.users, domain.Account{ID: "u2", Email: dana, Active: domain.No})
			w.grant(activities.GrantInput{Role: boss, Account: id})
		}, activities.LookResult{State: domain.MemberActive, Account: "u1", Role: "p-admin", Admin: domain.Yes, FullSeat: domain.Yes}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newJoinWorld(t)
			c.make(w)
			r, err := w.LookAtMember(t.Context(), activities.LookInput{StepRef: w.ref(""), Kind: domain.KindApolloIO})
			require.NoError(t, err)
			require.NotEmpty(t, r.Channels)
			require.Equal(t, "list", r.RequestID)
			r.Channels, r.RequestID = nil, ""
			for _, unknown := range []*domain.Tri{&c.want.Admin, &c.want.FullSeat, &c.want.CRM} {
				if *unknown == "" {
					*unknown = domain.Unknown
				}
			}
			require.Equal(t, c.want, r)
			written, err := json.Marshal(r)
			require.NoError(t, err)
			require.NotContains(t, string(written), "@", "history holds no address")
		})
	}
}

func TestAppThatDoesNotTellItsCRM(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.club.member(dana, seller)
	w.club.refuses = domain.NewFault(domain.FaultUnavailable, "crm.read", app, "no answer", nil)
	_, err := w.LookAtMember(t.Context(), activities.LookInput{StepRef: w.ref("")})
	require.Equal(t, domain.FaultUnavailable, kindOf(t, err))
}

func (w *joinWorld) open() (activities.ActResult, error) {
	return w.OpenSignIn(w.t.Context(), activities.AccountInput{StepRef: w.ref(domain.StepOpenSignIn)})
}

func TestTheSignInIsOpenedAndReadBackThere(t *testing.T) {
	t.Parallel()
	w, p := newJoinWorld(t), &provider{gone: true, had: domain.Assignment{User: "00u1", Ways: []domain.Way{{Group: "00g1", Name: "Sales"}}}}
	w.Doors = besides{signIn: giver{p}}
	for range 3 {
		r, err := w.open()
		require.NoError(t, err)
		require.Equal(t, activities.OutcomeVerified, r.Outcome)
		require.Equal(t, domain.ChannelIDP, r.Channel)
	}
	require.Empty(t, p.had.Ways, "given directly, by no group")
	require.Equal(t, 1, p.assigned)
	opened := w.events(domain.EventSignInOpened)
	require.Len(t, opened, 1)
	require.Equal(t, "not assigned", opened[0].From)
	require.Equal(t, domain.StepVerified, w.step(domain.StepOpenSignIn).State)
}

func TestASignInThatWasOpenBefore(t *testing.T) {
	t.Parallel()
	w, p := newJoinWorld(t), given()
	w.Doors = besides{signIn: p}
	r, err := w.open()
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome)
	require.Zero(t, p.assigned)
	opened := w.events(domain.EventSignInOpened)
	require.Empty(t, opened[0].From, "nobody says that we did it")
	require.Contains(t, opened[0].Facts["how"], "so before")
}

func TestASignInThatAPersonOpens(t *testing.T) {
	t.Parallel()
	w, p := newJoinWorld(t), given()
	r, err := w.open()
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnsupported, r.Outcome, "no provider")
	w.Doors, p.renamed = besides{signIn: p}, true
	r, err = w.open()
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnsupported, r.Outcome)
	require.Contains(t, r.Why, "knows nobody with this person's work email yet")
	require.NotContains(t, r.Why, dana)
	p.renamed, p.gone, p.refuses = false, true, domain.NewFault(domain.FaultForbidden, "okta.assign", app, "read-only", nil)
	r, err = w.open()
	require.NoError(t, err)
	require.Equal(t, "read-only", r.Why)
	p.refuses = nil
	w.Doors = besides{signIn: forgetful{p}} // takes it, and does not show it
	p.gone = true
	r, err = w.open()
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnverified, r.Outcome)
	p.silent = domain.NewFault(domain.FaultUnavailable, "okta.find", app, "no answer", nil)
	_, err = w.open()
	require.Equal(t, domain.FaultUnavailable, kindOf(t, err))
	require.Empty(t, w.events(domain.EventSignInOpened))
}

// giver shows what it was given.
type giver struct{ *provider }

func (g giver) Assign(ctx context.Context, a domain.Assignment) (domain.Receipt, error) {
	a.Presence = domain.Present
	return g.provider.Assign(ctx, a)
}

// forgetful takes what it is given and keeps nothing of it.
type forgetful struct{ *provider }

func (f forgetful) Assign(context.Context, domain.Assignment) (domain.Receipt, error) {
	f.assigned++
	return domain.Receipt{}, nil
}
