package activities_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/store"
)

var (
	seller   = domain.AppRole{Key: "p-standard", Name: "Standard", Admin: domain.No, FullSeat: domain.Yes}
	boss     = domain.AppRole{Key: "p-admin", Name: "Admin", Admin: domain.Yes, FullSeat: domain.Yes}
	cashier  = domain.AppRole{Key: "p-billing", Name: "Billing", Admin: domain.No, FullSeat: domain.No}
	unmapped = domain.AppRole{Key: "p-new", Name: "New", Admin: domain.No, FullSeat: domain.Unknown}
)

// club is an app that can be joined, as the ports promise it. It knows nothing of
// the callers: it counts what it was asked, and shows what it has.
type club struct {
	mu      sync.Mutex
	users   []domain.Account
	doors   map[domain.Capability]domain.Channel
	now     func() time.Time
	cut     bool // the list
	hidden  bool
	lists   bool   // pending invites are in the list
	refuses error  // of an invite or a role, before anything happens
	lost    error  // of an invite or a role, after it happened
	listing func() // while the list is being read
	crm     domain.Tri
	invited map[string]int // by email
	revived map[domain.AccountID]int
	changed map[domain.AccountID]int
}

func (c *club) Kind() string { return domain.KindApolloIO }

func (c *club) Channels() []domain.ChannelChoice {
	var all []domain.ChannelChoice
	for _, want := range []domain.Capability{domain.CanInvite, domain.CanReactivate, domain.CanChangeRole, domain.CanListInvite} {
		if on := c.doors[want]; on != "" {
			all = append(all, domain.ChannelChoice{Capability: want, Channel: on, Why: "the club has a door for it"})
		}
	}
	return all
}

func (c *club) ListAccounts(context.Context) (domain.Listing, error) {
	c.mu.Lock()
	l := domain.Listing{Complete: !c.cut && !c.hidden, Hidden: c.hidden, StartedAt: c.now(), RequestID: "list"}
	for _, a := range c.users {
		if !c.hidden && (!a.Invited || c.lists) {
			l.Accounts = append(l.Accounts, a)
		}
	}
	l.Total = len(l.Accounts)
	during := c.listing
	c.mu.Unlock()
	if during != nil {
		during()
	}
	return l, nil
}

func (c *club) InviteAccount(_ context.Context, email, name string, role domain.AppRole) (domain.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.invited[email]++
	if c.refuses != nil {
		return domain.Receipt{}, c.refuses
	}
	c.put(email, role, func(a *domain.Account) { a.Name, a.Invited, a.Active = name, true, domain.No })
	return domain.Receipt{RequestID: "invite"}, c.lost
}

func (c *club) ReactivateAccount(_ context.Context, account domain.Account) (domain.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revived[account.ID]++
	if c.refuses != nil {
		return domain.Receipt{}, c.refuses
	}
	c.change(account.ID, func(a *domain.Account) { a.Active = domain.Yes })
	return domain.Receipt{RequestID: "revive"}, c.lost
}

func (c *club) ChangeRole(_ context.Context, account domain.Account, to domain.AppRole) (domain.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed[account.ID]++
	if c.refuses != nil {
		return domain.Receipt{}, c.refuses
	}
	c.change(account.ID, func(a *domain.Account) { a.ProfileID, a.Admin, a.FullSeat = to.Key, to.Admin, to.FullSeat })
	return domain.Receipt{RequestID: "change"}, c.lost
}

func (c *club) UsesCRM(context.Context, domain.AccountID) (domain.Tri, error) {
	if c.refuses != nil {
		return domain.Unknown, c.refuses
	}
	return c.crm, nil
}

// put makes or changes a user, by email.
func (c *club) put(email string, role domain.AppRole, more func(*domain.Account)) domain.AccountID {
	a := domain.Account{ID: domain.AccountID(fmt.Sprintf("u%d", len(c.users)+1)), Email: email, Active: domain.Yes, Admin: role.Admin, FullSeat: role.FullSeat, ProfileID: role.Key}
	for i := range c.users {
		if c.users[i].Email == email {
			a.ID = c.users[i].ID
			if more != nil {
				more(&a)
			}
			c.users[i] = a
			return a.ID
		}
	}
	if more != nil {
		more(&a)
	}
	c.users = append(c.users, a)
	return a.ID
}

func (c *club) change(id domain.AccountID, more func(*domain.Account)) {
	for i := range c.users {
		if c.users[i].ID == id {
			more(&c.users[i])
		}
	}
}

// member makes somebody an active user.
func (c *club) member(email string, role domain.AppRole) domain.AccountID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.put(email, role, nil)
}

func (c *club) calls(of map[string]int) int {
	n := 0
	for _, k := range of {
		n += k
	}
	return n
}

// joinWorld is a set of activities over a real store and a club.
type joinWorld struct {
	*world
	club *club
}

func newJoinWorld(t *testing.T) *joinWorld { return newJoinWorldIn(t, newStore(t)) }

func newJoinWorldIn(t *testing.T, s *store.Store) *joinWorld {
	t.Helper()
	c := &clock{now: time.Now().UTC().Truncate(time.Microsecond)}
	k := &club{now: c.Now, crm: domain.Unknown, invited: map[string]int{}, revived: map[domain.AccountID]int{}, changed: map[domain.AccountID]int{}, doors: map[domain.Capability]domain.Channel{
		domain.CanInvite: domain.ChannelAPI, domain.CanReactivate: domain.ChannelAPI, domain.CanChangeRole: domain.ChannelAPI}}
	w := &joinWorld{world: &world{t: t, store: s, clock: c}, club: k}
	w.Set = &activities.Set{Connectors: connectors{k}, Ledger: s, Transfers: s, Now: c.Now}
	w.run = w.joins(dana)
	return w
}

// joins starts a run that brings somebody in.
func (w *joinWorld) joins(email string) domain.Run {
	w.t.Helper()
	p := w.person(email)
	e, err := w.store.UpsertEmployment(w.t.Context(), fmt.Sprintf("hr-%d", hires.Add(1)), domain.Employment{Person: p.ID})
	require.NoError(w.t, err)
	r, _, err := w.store.CreateRun(w.t.Context(), domain.Run{Kind: domain.RunOnboarding, Person: p.ID, Employment: e.ID, AllApps: true, State: domain.RunRunning, Authority: domain.AuthorityPerson},
		func(r domain.Run) (store.RunStart, error) {
			return store.RunStart{Events: []domain.AuditEvent{{Key: "started", Run: r.ID, Kind: domain.EventRunStarted, Actor: domain.SystemActor, At: w.Now()}}}, nil
		})
	require.NoError(w.t, err)
	return r
}

// also is the same app and store with the run of somebody else.
func (w *joinWorld) also(email string) *joinWorld {
	w.t.Helper()
	inner := *w.world
	set := *w.Set
	inner.Set = &set
	other := &joinWorld{world: &inner, club: w.club}
	other.run = other.joins(email)
	return other
}

// dies ends the process at a named point; it goes on when the test says so.
func (w *joinWorld) dies(at string, work func()) {
	w.t.Helper()
	w.Crash = func(point string) {
		if point == at {
			panic(died{})
		}
	}
	require.False(w.t, survives(work), "nobody died at %s", at)
	w.Crash = nil
}

func (w *joinWorld) invite(link int) activities.InviteInput {
	return activities.InviteInput{StepRef: w.ref(domain.StepInvite), Kind: domain.KindApolloIO, Invite: w.run.ID + ":" + string(app), Link: link, Role: seller, State: domain.InvitePending,
		By: domain.SystemActor, For: "p-asks", Approved: []domain.PersonID{"p-agrees"}, SentAt: w.Now(), Life: 7 * 24 * time.Hour, Digest: "v1:plan"}
}

// kept is the invitation as the store has it.
func (w *joinWorld) kept() domain.Invite {
	w.t.Helper()
	i, err := w.store.Invite(w.t.Context(), w.run.ID+":"+string(app))
	require.NoError(w.t, err)
	return i
}

func (w *joinWorld) ledger() []domain.SeatEntry {
	w.t.Helper()
	all, err := w.store.SeatEntries(w.t.Context(), app)
	require.NoError(w.t, err)
	return all
}

func contract(bought int) domain.SeatContract {
	return domain.SeatContract{Bought: bought, AsOf: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// seat asks for one; promise keeps it.
func (w *joinWorld) seat(bought int, promise bool) activities.FindSeatResult {
	w.t.Helper()
	r, err := w.FindSeat(w.t.Context(), activities.FindSeatInput{StepRef: w.ref(domain.StepFindSeat), Contract: contract(bought), Promise: promise})
	require.NoError(w.t, err)
	require.NotEmpty(w.t, r.Why)
	return r
}
