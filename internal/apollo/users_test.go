package apollo_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/apollo"
	sim "handover/internal/sim/apollo"
)

func bigTeam(n int) sim.TenantSpec {
	spec := sim.TenantSpec{Seed: 3, KeyCreator: "user0@example.com", Subscription: sim.Subscription{Plan: sim.PlanOrganization, Seats: n}}
	for i := range n {
		spec.Users = append(spec.Users, sim.UserSpec{Email: fmt.Sprintf("user%d@example.com", i), First: "User", Last: fmt.Sprint(i),
			Profile: sim.ProfileAdmin, Created: time.Date(2024, 1, 1, 0, 0, i, 0, time.UTC)})
	}
	return spec
}

func TestListAccountsReadsEveryPage(t *testing.T) {
	t.Parallel()
	for users, pages := range map[int]int{1: 1, 100: 1, 101: 2, 250: 3} {
		w := newWorld(t, bigTeam(users))
		l, err := w.ListAccounts(t.Context())
		require.NoError(t, err)
		require.Len(t, l.Accounts, users)
		require.Equal(t, users, l.Total)
		require.True(t, l.Complete)
		require.NotEmpty(t, l.RequestID)
		require.Equal(t, pages, w.sim.Counts().Total, "requests for %d users", users)
	}
}

func TestAccountFactsComeFromTheProfileMap(t *testing.T) {
	t.Parallel()
	w := demo(t, func(_ *sim.Options, c *apollo.Config) {
		delete(c.Profiles, sim.ProfileCallAssistant)
		c.Profiles[sim.ProfileStandard] = apollo.Profile{Name: "Non-Admin", Admin: domain.No}
	})
	a := w.account(admin)
	require.Equal(t, domain.Yes, a.WorkingAdmin())
	require.Equal(t, "full", a.SeatType)
	require.Equal(t, domain.No, w.account("finn.walsh@example.com").WorkingAdmin(), "a billing manager does not count")
	unknown := w.account("ivy.stone@example.com")
	require.Equal(t, []domain.Tri{domain.Yes, domain.Unknown, domain.Unknown}, []domain.Tri{unknown.Active, unknown.Admin, unknown.FullSeat})
	require.Equal(t, domain.Unknown, w.account(leaver).FullSeat, "a fact that the policy leaves out")

	l, err := w.ListAccounts(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{sim.ProfileStandard, sim.ProfileCallAssistant}, w.UnknownProfiles(l))
}

func TestDeactivatedUsersAreAbsentWhetherTheyVanishOrStay(t *testing.T) {
	t.Parallel()
	for _, vanish := range []bool{false, true} {
		w := demo(t, with(func(s *sim.Switches) { s.DeactivatedVanish = vanish }))
		require.Equal(t, domain.Yes, w.account(leaver).Active)
		require.NoError(t, w.sim.Deactivate(leaver))
		l, err := w.ListAccounts(t.Context())
		require.NoError(t, err)
		require.Equal(t, domain.Absent, l.AccountPresence(w.id(leaver)))
		_, listed := l.ByID(w.id(leaver))
		require.Equal(t, !vanish, listed)
	}
}

func TestActingAccountMovesOnWithTheOldestAdmin(t *testing.T) {
	t.Parallel()
	w := demo(t)
	acting, err := w.ActingAccount(t.Context())
	require.NoError(t, err)
	require.Equal(t, w.id(admin), acting)
	require.NoError(t, w.sim.Deactivate(admin))
	acting, err = w.ActingAccount(t.Context())
	require.NoError(t, err)
	require.Equal(t, w.id("sam.okafor@example.com"), acting)
}

func TestMailboxesWhetherUnlinkedOnesVanishOrStay(t *testing.T) {
	t.Parallel()
	for _, vanish := range []bool{false, true} {
		w := demo(t, with(func(s *sim.Switches) { s.UnlinkedVanish = vanish }))
		listing, err := w.ListMailboxes(t.Context(), w.id(leaver))
		require.NoError(t, err)
		boxes := listing.Mailboxes
		require.Len(t, boxes, 2)
		require.True(t, boxes[0].Active && boxes[1].Active)
		require.Equal(t, w.id(leaver), boxes[0].Account)
		require.NoError(t, w.sim.Unlink(boxes[0].ID, manager))
		unlinked, err := w.ListMailboxes(t.Context(), w.id(leaver))
		require.NoError(t, err)
		after := unlinked.Mailboxes
		active := 0
		for _, b := range after {
			if b.Active {
				active++
			}
		}
		require.Equal(t, 1, active)
	}
}

func TestScheduledEmailsAndWhatBecameOfThem(t *testing.T) {
	t.Parallel()
	w := demo(t)
	listing, err := w.ListMailboxes(t.Context(), w.id(leaver))
	require.NoError(t, err)
	boxes := listing.Mailboxes
	emails, err := w.ListScheduledEmails(t.Context(), w.id(leaver), []string{boxes[0].ID, boxes[1].ID})
	require.NoError(t, err)
	require.Len(t, emails, 40)
	var all []string
	for _, e := range emails {
		require.Equal(t, "scheduled", e.Status)
		require.True(t, e.FromName)
		require.NotEmpty(t, e.MailboxID)
		all = append(all, e.ID)
	}

	again, err := w.ReadEmails(t.Context(), w.id(leaver), all)
	require.NoError(t, err)
	require.Len(t, again, 40)

	// Half of them are sent, then the user is deactivated: the rest fails.
	slices.SortFunc(emails, func(a, b domain.ScheduledEmail) int { return a.DueAt.Compare(b.DueAt) })
	w.clock.advanceTo(emails[20].DueAt)
	require.NoError(t, w.sim.Deactivate(leaver))
	w.clock.advanceTo(w.clock.Now().AddDate(0, 2, 0))
	fates, err := w.ReadEmails(t.Context(), w.id(leaver), all)
	require.NoError(t, err)
	want := map[string]string{}
	for _, e := range w.sim.State().Emails {
		want[e.ID] = e.Fate
	}
	require.Len(t, fates, 40, "nothing is hidden")
	became := map[string]int{}
	for _, e := range fates {
		require.Equal(t, want[e.ID], e.Status)
		became[e.Status]++
	}
	require.Greater(t, became["completed"], 10)
	require.Greater(t, became["failed"], 10)

	none, err := w.ReadEmails(t.Context(), w.id(leaver), []string{"0123456789abcdef01234567"})
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestOwnedListsAreCounted(t *testing.T) {
	t.Parallel()
	w := demo(t)
	counts, err := w.CountOwned(t.Context(), w.id(leaver))
	require.NoError(t, err)
	require.Equal(t, 4, counts.Counts["lists"])
	require.Equal(t, 4, counts.Counts["lists:contacts"]+counts.Counts["lists:accounts"]+counts.Counts["lists:emailer_campaigns"])
	counts, err = w.CountOwned(t.Context(), w.id(admin))
	require.NoError(t, err)
	require.Equal(t, map[string]int{"lists": 0}, counts.Counts)
}

func TestForeignEnrolmentsAreCountedWhereCheap(t *testing.T) {
	t.Parallel()
	w := demo(t)
	listing, err := w.ListMailboxes(t.Context(), w.id(leaver))
	require.NoError(t, err)
	boxes := listing.Mailboxes
	n, err := w.CountForeignEnrolments(t.Context(), w.id(leaver), []string{boxes[0].ID, boxes[1].ID})
	require.NoError(t, err)
	require.Equal(t, 23, n, "14 of one colleague, 9 of another, none of the leaver's own")

	before := w.sim.Counts().Total
	n, err = w.CountForeignEnrolments(t.Context(), w.id(manager), []string{"none of theirs"})
	require.NoError(t, err)
	require.Zero(t, n)
	require.Equal(t, 3, w.sim.Counts().Total-before, "one page of sequences, two of enrolled contacts")
}

func TestForeignEnrolmentsAreUnknownWhereTheyCannotBeCounted(t *testing.T) {
	t.Parallel()
	for name, contacts := range map[string]string{
		"the filter is ignored": `{"contacts":[],"breadcrumbs":[],"pagination":{"total_entries":0}}`,
		"there are too many":    `{"contacts":[],"breadcrumbs":[{"signal_field_name":"emailer_campaign_ids"}],"pagination":{"total_entries":2001}}`,
	} {
		s := newStub(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/contacts/search" {
				says(200, contacts)(w, r)
				return
			}
			says(200, `{"emailer_campaigns":[{"id":"s","user_id":"colleague"}],"pagination":{"total_entries":1}}`)(w, r)
		})
		n, err := s.CountForeignEnrolments(t.Context(), "leaver", []string{"m"})
		require.NoError(t, err, name)
		require.Equal(t, -1, n, name)
		require.Equal(t, 2, s.calls, name)
	}
}
