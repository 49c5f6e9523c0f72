package apollo

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDemoTenantIsAsDescribed(t *testing.T) {
	t.Parallel()
	r := demo(t)
	state := r.State()
	leaver := r.id(dana)
	for kind, want := range map[string]int{
		"contacts": 2300, "accounts": 180, "deals_open": 25, "deals_closed": 15, "tasks_scheduled": 60, "tasks_completed": 45,
		"sequences": 23, "sequences_archived": 4,
	} {
		require.Equal(t, want, state.Counts[kind][leaver], kind)
	}
	require.Len(t, state.Users, 15)
	require.Equal(t, map[string]int{emailScheduled: 40}, r.fates(dana))
	require.Len(t, r.owned(KindWorkflow, dana), 3)
	require.Len(t, r.owned(KindList, dana), 4)
	require.Equal(t, leaver, state.CRMUser)
	require.Equal(t, r.id(priya), state.Acting)
	require.Equal(t, r.id(priya), state.KeyMaker)

	foreign := 0
	box := r.mailbox(dana)
	for _, row := range r.contactRows() {
		for _, e := range row.enrolments {
			if e.mailboxID == box.ID && row.owner != leaver {
				foreign++
			}
		}
	}
	require.Equal(t, 14, foreign, "enrolments in other people's sequences send from the leaver's mailbox")
}

// contactRows looks behind the API.
func (r *rig) contactRows() []*contact { return r.Simulator.t.contacts.rows }

func TestSeedIsDeterministic(t *testing.T) {
	t.Parallel()
	a, b := demo(t), demo(t)
	require.Equal(t, a.HashExcept(HashFilter{}), b.HashExcept(HashFilter{}))
	require.Equal(t, a.owned(KindDeal, dana), b.owned(KindDeal, dana))

	other := DemoTenant()
	other.Seed++
	require.NotEqual(t, a.HashExcept(HashFilter{}), start(t, other).HashExcept(HashFilter{}))
}

func TestSeedRefusesSpecsThatDoNotAddUp(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]TenantSpec{
		"user twice":        {Users: []UserSpec{{Email: dana}, {Email: dana}}},
		"unknown CRM user":  {CRMUser: dana},
		"unknown enrolment": {Users: []UserSpec{{Email: dana}}, Enrolments: []EnrolmentSpec{{Owner: dana, From: dana, Contacts: 1}}},
	} {
		require.Error(t, New(Options{}).Seed(spec), name)
	}
}

func TestTheBenchTenantIsSearchedToItsLastPage(t *testing.T) {
	t.Parallel()
	r := start(t, BenchTenant(50_000, 1000, 100, 100, 20))
	leaver := r.id("leaver@example.com")
	body := r.ok("POST", "/api/v1/contacts/search", object{"contact_owner_ids": []string{leaver}, "per_page": 100, "page": 500})
	require.Equal(t, 50_000, total(body))
	require.Len(t, rows(body, "contacts"), 100)
	require.Equal(t, 120_000, total(r.ok("POST", "/api/v1/contacts/search", object{})))
}

func TestDriftAddsToAnOwner(t *testing.T) {
	t.Parallel()
	r := demo(t)
	require.NoError(t, r.AddDrift(Drift{Owner: dana, Contacts: 30, Accounts: 2, Deals: 3, Tasks: 4, Sequences: 1}))
	state := r.State()
	for kind, want := range map[string]int{
		"contacts": 2330, "accounts": 182, "deals_open": 28, "tasks_scheduled": 64, "sequences": 24,
	} {
		require.Equal(t, want, state.Counts[kind][r.id(dana)], kind)
	}
	require.ErrorIs(t, r.AddDrift(Drift{Owner: "nobody@example.com"}), ErrUnknown)
}

func TestIDsAreUnique(t *testing.T) {
	t.Parallel()
	r := demo(t)
	seen := map[string]bool{}
	for _, kind := range []Kind{KindContact, KindAccount, KindDeal, KindTask, KindSequence} {
		for _, u := range r.State().Users {
			for _, id := range r.owned(kind, u.ID) {
				require.True(t, looksLikeID(id), id)
				require.False(t, seen[id], id)
				seen[id] = true
			}
		}
	}
}
