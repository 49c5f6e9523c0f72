package connectortest_test

import (
	"context"
	"testing"
	"time"

	"handover/activities"
	"handover/activities/connectortest"
	"handover/domain"
)

// club is an app in memory: members by id, and whether they may come in.
type club struct {
	members map[domain.AccountID]*member
	writes  int
	short   bool // it shows less than there is
}

type member struct {
	email  string
	active bool
	chair  bool
}

// clubConnector is a whole connector: it lists, deactivates and reactivates.
type clubConnector struct{ club *club }

// The compiler says when a capability is misspelt; at run time it would only be
// missing.
var (
	_ activities.Connector   = clubConnector{}
	_ activities.Deactivator = clubConnector{}
	_ activities.Reactivator = clubConnector{}
)

func (clubConnector) Kind() string { return "club" }

// ListAccounts reads everybody. Complete compares with the app's own total:
// without one, nothing that is missing would be proven absent.
func (c clubConnector) ListAccounts(context.Context) (domain.Listing, error) {
	l := domain.Listing{StartedAt: time.Now(), Total: len(c.club.members)}
	for id, m := range c.club.members {
		if c.club.short && len(l.Accounts) == 1 {
			break
		}
		l.Accounts = append(l.Accounts, domain.Account{ID: id, Email: m.email, Active: domain.TriOf(m.active), Admin: domain.TriOf(m.chair), FullSeat: domain.Yes})
	}
	l.Complete = len(l.Accounts) == l.Total
	return l, nil
}

// Channels names what people have to do, and why.
func (clubConnector) Channels() []domain.ChannelChoice {
	return []domain.ChannelChoice{
		{Capability: domain.CanListAccounts, Channel: domain.ChannelAPI, Why: "the club shows its members"},
		{Capability: domain.CanDeactivate, Channel: domain.ChannelAPI, Why: "the club closes its door to a member"},
		{Capability: domain.CanReactivate, Channel: domain.ChannelAPI, Why: "the club opens it again"},
		{Capability: domain.CanChangeRole, Channel: domain.ChannelPerson, Why: "the members elect their chair"},
	}
}

func (c clubConnector) DeactivateAccount(_ context.Context, a domain.Account) (domain.Receipt, error) {
	return c.set(a, false)
}

func (c clubConnector) ReactivateAccount(_ context.Context, a domain.Account) (domain.Receipt, error) {
	return c.set(a, true)
}

// set makes sure: read, act only if needed. The caller reads back.
func (c clubConnector) set(a domain.Account, active bool) (domain.Receipt, error) {
	m, ok := c.club.members[a.ID]
	switch {
	case !ok:
		return domain.Receipt{}, domain.NewFault(domain.FaultNotFound, "club.set", "club", "the club does not know the member", nil)
	case m.active == active:
		return domain.Receipt{At: time.Now(), Already: true}, nil
	}
	m.active = active
	c.club.writes++
	return domain.Receipt{At: time.Now()}, nil
}

func TestTheClub(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, func(*testing.T) *connectortest.App {
		c := &club{members: map[domain.AccountID]*member{
			"m1": {email: "dana@example.com", active: true},
			"m2": {email: "eli@example.com", active: true, chair: true},
		}}
		return &connectortest.App{Connector: clubConnector{c}, Leaver: "m1", Email: "dana@example.com",
			Writes: func() int { return c.writes }, CutShort: func() { c.short = true }}
	})
}
