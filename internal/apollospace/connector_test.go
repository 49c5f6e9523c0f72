package apollospace_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities/connectortest"
	"handover/domain"
	"handover/internal/apollospace"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// kept plays the store.
type kept struct {
	list    domain.MemberList
	changed time.Time
	err     error
}

func (k *kept) NewestMemberList(context.Context, domain.AppID) (domain.MemberList, error) {
	return k.list, k.err
}

func (k *kept) MembersChangedAt(_ context.Context, _ domain.AppID, since time.Time) (time.Time, error) {
	if k.changed.Before(since) {
		return time.Time{}, k.err
	}
	return k.changed, k.err
}

func row(line int, person domain.PersonID, role domain.SpaceRole) domain.MemberRow {
	return domain.MemberRow{Line: line, Person: person, Account: domain.PersonAccount(person), Email: string(person) + "@example.com", Role: role}
}

// whole is a list that ada read an hour ago.
func whole(rows ...domain.MemberRow) *kept {
	l := domain.MemberList{ID: "l1", App: "space", ReadAt: noon.Add(-time.Hour), UploadedAt: noon.Add(-50 * time.Minute), UploadedBy: "ada", Rows: rows}
	for _, r := range rows {
		if r.Pending {
			l.Pending++
		} else {
			l.Members++
		}
	}
	return &kept{list: l}
}

func team() *kept {
	return whole(row(2, "ada", domain.SpaceOwner), row(3, "eli", domain.SpaceAdmin), row(4, "dana", domain.SpaceMember))
}

func connector(k *kept) *apollospace.Connector {
	return apollospace.New(apollospace.Config{App: "space", Now: func() time.Time { return noon }}, k)
}

func listing(t *testing.T, k *kept) domain.Listing {
	t.Helper()
	l, err := connector(k).ListAccounts(t.Context())
	require.NoError(t, err)
	return l
}

func TestTheSuite(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, func(*testing.T) *connectortest.App {
		k := team()
		return &connectortest.App{Connector: connector(k), Leaver: "person:dana", Email: "dana@example.com", CutShort: func() { k.list.ReadAt = noon.AddDate(0, 0, -2) }}
	})
}

func TestAListSaysSomethingWhileNothingOvertakesIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*kept)
		hidden bool
	}{
		"read an hour ago":                       {func(*kept) {}, false},
		"nobody uploaded one":                    {func(k *kept) { k.list = domain.MemberList{} }, true},
		"exactly a day old":                      {func(k *kept) { k.list.ReadAt = noon.Add(-24 * time.Hour) }, false},
		"older":                                  {func(k *kept) { k.list.ReadAt = noon.Add(-24*time.Hour - time.Second) }, true},
		"somebody changed members before it":     {func(k *kept) { k.changed = k.list.ReadAt.Add(-time.Second) }, false},
		"in the moment in which it was read":     {func(k *kept) { k.changed = k.list.ReadAt }, true},
		"somebody changed members after it":      {func(k *kept) { k.changed = k.list.ReadAt.Add(time.Minute) }, true},
		"after it was read, before it came here": {func(k *kept) { k.changed = k.list.UploadedAt.Add(-time.Second) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := team()
			c.change(k)
			l := listing(t, k)
			require.Equal(t, c.hidden, l.Hidden)
			require.Equal(t, !c.hidden, l.Complete)
			if c.hidden {
				require.Empty(t, l.Accounts)
				require.Equal(t, domain.PresenceUnknown, l.AccountPresence("person:nobody"), "what is hidden proves nothing")
				return
			}
			require.Equal(t, domain.Absent, l.AccountPresence("person:nobody"))
			require.Equal(t, "list:l1", l.RequestID)
			require.Equal(t, 3, l.Total)
		})
	}
}

func TestTheGuardCountsOwners(t *testing.T) {
	t.Parallel()
	two := whole(row(2, "ada", domain.SpaceOwner), row(3, "bo", domain.SpaceOwner), row(4, "eli", domain.SpaceAdmin), row(5, "dana", domain.SpaceMember))
	three := whole(row(2, "ada", domain.SpaceOwner), row(3, "bo", domain.SpaceOwner), row(4, "cy", domain.SpaceOwner))
	invited := team()
	invited.list.Rows = append(invited.list.Rows, domain.MemberRow{Line: 5, Pending: true, Account: "member:x", Email: "x@example.com", Role: domain.SpaceOwner})
	for name, c := range map[string]struct {
		kept   *kept
		leaver domain.AccountID
		open   []domain.Claim
		want   domain.GuardState
	}{
		"the only owner, though there is an admin": {team(), "person:ada", nil, domain.GuardShut},
		"an admin":                         {team(), "person:eli", nil, domain.GuardWarn},
		"a member":                         {team(), "person:dana", nil, domain.GuardOpen},
		"one of two owners":                {two, "person:ada", nil, domain.GuardWarn},
		"one of three":                     {three, "person:ada", nil, domain.GuardOpen},
		"both owners on one day":           {two, "person:ada", []domain.Claim{{App: "space", Account: "person:bo", Effect: domain.EffectDeactivate}}, domain.GuardShut},
		"an owner who has not accepted":    {invited, "person:ada", nil, domain.GuardShut},
		"nobody knows, so somebody looks":  {&kept{}, "person:ada", nil, domain.GuardWarn},
		"somebody said that they promoted": {&kept{list: team().list, changed: noon}, "person:ada", nil, domain.GuardWarn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			finding := domain.CheckSoleAdmin(listing(t, c.kept), c.open, c.leaver, noon)
			require.Equal(t, c.want, finding.State, finding.Why)
		})
	}
}

func TestAnOpenInviteIsAccessThatHasNotEnded(t *testing.T) {
	t.Parallel()
	k := whole(row(2, "ada", domain.SpaceOwner), domain.MemberRow{Line: 3, Pending: true, Person: "dana", Account: "person:dana", Email: "dana@example.com", Role: domain.SpaceAdmin})
	l := listing(t, k)
	require.Equal(t, domain.Present, l.AccountPresence("person:dana"))
	require.Equal(t, domain.MemberInvited, domain.MembershipOf(l, "dana@example.com", "").State)
	a, _ := l.ByID("person:dana")
	require.Equal(t, domain.No, a.WorkingAdmin(), "nobody counts on who has not come")
	require.Equal(t, domain.Yes, a.IsRole(domain.SpaceRoles()[1]))
}

// Somebody who leaves and is an administrator here could upload a list without
// themselves in it.
func TestNobodyProvesTheirOwnAbsence(t *testing.T) {
	t.Parallel()
	k := whole(row(2, "bo", domain.SpaceOwner))
	l := listing(t, k)
	require.Equal(t, domain.PresenceUnknown, l.AccountPresence("person:ada"))
	require.Equal(t, domain.Absent, l.AccountPresence("person:dana"))
	k.list.UploadedBy = "bo"
	require.Equal(t, domain.Absent, listing(t, k).AccountPresence("person:ada"))
}

func TestTroubleWithTheStoreIsNoEmptyList(t *testing.T) {
	t.Parallel()
	k := team()
	k.err = errors.New("away")
	_, err := connector(k).ListAccounts(t.Context())
	require.ErrorIs(t, err, k.err)
}

func TestPeopleDoEverythingAndTheReasonsSayWho(t *testing.T) {
	t.Parallel()
	said := ""
	for _, c := range connector(team()).Channels() {
		require.Equal(t, domain.ChannelPerson, c.Channel, c.Capability)
		said += fmt.Sprintln(c.Capability, c.Why)
	}
	for _, want := range []string{"handover members import", "only an Owner makes or changes an Owner", "invited again"} {
		require.Contains(t, said, want)
	}
}
