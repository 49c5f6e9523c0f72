package apollo

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDeactivationLeavesEverythingWhereItWas(t *testing.T) {
	t.Parallel()
	r := demo(t)
	before := r.State()
	require.NoError(t, r.Deactivate(dana))
	after := r.State()
	require.Equal(t, before.Counts, after.Counts)
	require.Equal(t, before.Plan, after.Plan)
	require.Equal(t, before.Occupied-1, after.Occupied)
	require.True(t, r.mailbox(dana).Linked)
	require.Equal(t, map[string]int{emailScheduled: 40}, r.fates(dana))
	require.Equal(t, "deleted", r.Effects()[0].Field)
	require.True(t, r.Effects()[0].Changed())

	require.NoError(t, r.Deactivate(dana))
	require.False(t, r.Effects()[1].Changed(), "twice is applied and changes nothing")
	require.NoError(t, r.Reactivate(dana))
	require.Equal(t, before.Occupied, r.State().Occupied)
	require.ErrorIs(t, r.Deactivate("nobody@example.com"), ErrUnknown)
}

func TestScheduledEmailsWhenDue(t *testing.T) {
	t.Parallel()
	const long = 15 * 24 * time.Hour
	cases := []struct {
		name     string
		switches Switches
		act      func(*rig)
		atOnce   map[string]int
		later    map[string]int
	}{
		{"nothing happens", Switches{}, func(*rig) {}, map[string]int{emailScheduled: 40}, map[string]int{emailCompleted: 40}},
		{"deactivated", Switches{}, func(r *rig) { require.NoError(r.t, r.Deactivate(dana)) },
			map[string]int{emailScheduled: 40}, map[string]int{emailFailed: 40}},
		{"failed at once", Switches{FailScheduledAtOnce: true}, func(r *rig) { require.NoError(r.t, r.Deactivate(dana)) },
			map[string]int{emailFailed: 40}, map[string]int{emailFailed: 40}},
		{"deactivation unlinks", Switches{DeactivationUnlinks: true}, func(r *rig) { require.NoError(r.t, r.Deactivate(dana)) },
			map[string]int{emailCancelled: 40}, map[string]int{emailCancelled: 40}},
		{"deactivated, then forwarded", Switches{}, func(r *rig) {
			require.NoError(r.t, r.Deactivate(dana))
			require.NoError(r.t, r.Unlink(dana, eli))
			require.NoError(r.t, r.Unlink(danaSales, eli))
		}, map[string]int{emailScheduled: 40}, map[string]int{emailCompleted: 40}},
		{"one forwarded, one not", Switches{}, func(r *rig) {
			require.NoError(r.t, r.Unlink(dana, eli))
			require.NoError(r.t, r.Unlink(danaSales, ""))
			require.NoError(r.t, r.Deactivate(dana))
		}, map[string]int{emailScheduled: 20, emailCancelled: 20}, map[string]int{emailCompleted: 20, emailCancelled: 20}},
		{"reactivated in time", Switches{}, func(r *rig) {
			require.NoError(r.t, r.Deactivate(dana))
			require.NoError(r.t, r.Reactivate(dana))
		}, map[string]int{emailScheduled: 40}, map[string]int{emailCompleted: 40}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := demo(t, with(func(w *Switches) { *w = c.switches }))
			c.act(r)
			require.Equal(t, c.atOnce, r.fates(dana))
			r.clock.Advance(long)
			require.Equal(t, c.later, r.fates(dana))
			for _, m := range rows(r.ok("GET", "/api/v1/emailer_messages/search?per_page=100&user_ids[]="+r.id(dana), nil), "emailer_messages") {
				if m["status"] == emailFailed {
					require.Equal(t, reasonNoInbox, m["not_sent_reason"])
				}
			}
		})
	}
}

func TestEmailsFallDueOneByOne(t *testing.T) {
	t.Parallel()
	r := demo(t)
	r.clock.Advance(7 * 24 * time.Hour)
	half := r.fates(dana)
	require.InDelta(t, 20, half[emailCompleted], 2)
	require.NoError(t, r.Deactivate(dana))
	r.clock.Advance(8 * 24 * time.Hour)
	require.Equal(t, map[string]int{emailCompleted: half[emailCompleted], emailFailed: half[emailScheduled]}, r.fates(dana))
}

func TestEmailsOfAStoppedSequenceWait(t *testing.T) {
	t.Parallel()
	r := demo(t)
	for _, id := range r.owned(KindSequence, dana)[:3] {
		r.ok("POST", "/api/v1/emailer_campaigns/"+id+"/abort", nil)
	}
	r.clock.Advance(15 * 24 * time.Hour)
	require.Equal(t, map[string]int{emailScheduled: 40}, r.fates(dana))
	r.ok("POST", "/api/v1/emailer_campaigns/"+r.owned(KindSequence, dana)[0]+"/approve", nil)
	require.Equal(t, 14, r.fates(dana)[emailCompleted])
}

func TestEmailFilters(t *testing.T) {
	t.Parallel()
	r := demo(t)
	leaver, box := r.id(dana), r.mailbox(dana)
	count := func(query string) int {
		return len(rows(r.ok("GET", "/api/v1/emailer_messages/search?per_page=100&"+query, nil), "emailer_messages"))
	}
	require.Equal(t, 40, count("user_ids[]="+leaver))
	require.Equal(t, 40, count("emailer_message_stats[]=scheduled&user_ids[]="+leaver))
	require.Zero(t, count("emailer_message_stats[]=delivered&user_ids[]="+leaver))
	require.Zero(t, count("page=2&user_ids[]="+leaver))
	require.Equal(t, 20, count("email_account_id_and_aliases="+box.ID))
	require.Greater(t, count("email_account_id_and_aliases="+box.ID+"***"+dana), 40, "the other form is ignored")
	sequence := r.owned(KindSequence, dana)[0]
	require.Equal(t, 14, count("emailer_campaign_ids[]="+sequence))
	require.Equal(t, 26, count("user_ids[]="+leaver+"&not_emailer_campaign_ids[]="+sequence))
	require.Equal(t, 7, count("user_ids[]="+leaver+"&emailer_message_date_range_mode=due_at&emailer_message_date_range[max]=2026-11-20"))
	require.Zero(t, count("user_ids[]="+leaver+"&q_keywords=zzz"))

	posted := r.ok("POST", "/api/v1/emailer_messages/search", object{"user_ids": []string{leaver}, "per_page": 100,
		"emailer_message_date_range_mode": "due_at", "emailer_message_date_range": object{"min": "2026-11-21"}})
	require.Len(t, rows(posted, "emailer_messages"), 33)

	full := demo(t, with(func(w *Switches) { w.MailboxFilter = MailboxFilterIDAndAddress }))
	query := "/api/v1/emailer_messages/search?per_page=100&email_account_id_and_aliases="
	require.Len(t, rows(full.ok("GET", query+box.ID+"***"+dana, nil), "emailer_messages"), 20)
	require.Greater(t, len(rows(full.ok("GET", query+box.ID, nil), "emailer_messages")), 40)

	require.NoError(t, r.Deactivate(dana))
	r.clock.Advance(15 * 24 * time.Hour)
	require.Equal(t, 40, count("not_sent_reason_cds[]=no_active_email_account&emailer_message_stats[]=failed_other"))
}

func TestUnlink(t *testing.T) {
	t.Parallel()
	for vanish, listed := range map[bool]int{false: 2, true: 1} {
		r := demo(t, with(func(w *Switches) { w.UnlinkedVanish = vanish }))
		box := r.mailbox(dana)
		require.NoError(t, r.Unlink(dana, eli))
		mine := []map[string]any{}
		for _, m := range rows(r.ok("GET", "/api/v1/email_accounts", nil), "email_accounts") {
			if m["user_id"] == r.id(dana) {
				mine = append(mine, m)
			}
		}
		require.Len(t, mine, listed)
		if !vanish {
			require.Equal(t, false, mine[0]["active"])
			require.NotNil(t, mine[0]["revoked_at"])
		}
		for _, m := range r.State().Emails {
			require.NotEqual(t, box.ID, m.MailboxID)
			if m.RehomedFrom == box.ID {
				require.Equal(t, r.mailbox(eli).ID, m.MailboxID)
			}
		}
		require.Len(t, r.EffectsPerTarget("emails.rehome"), 20)
	}
	r := demo(t)
	require.ErrorIs(t, r.Unlink("nobody@example.com", ""), ErrUnknown)
	require.ErrorIs(t, r.Unlink(dana, "nobody@example.com"), ErrUnknown)
	require.ErrorIs(t, r.Unlink(dana, dana), ErrRefused)
	require.NoError(t, r.Deactivate(eli))
	require.ErrorIs(t, r.Unlink(dana, eli), ErrRefused)
}

func TestResendFromAnotherMailbox(t *testing.T) {
	t.Parallel()
	r := demo(t)
	var id string
	for _, m := range r.State().Emails {
		if m.UserID == r.id(dana) {
			id = m.ID
			break
		}
	}
	require.NoError(t, r.ResendFrom(id, eli))
	require.NoError(t, r.Deactivate(dana))
	require.ErrorIs(t, r.ResendFrom("x", eli), ErrUnknown)
	require.ErrorIs(t, r.ResendFrom(id, "nobody@example.com"), ErrUnknown)
	require.ErrorIs(t, r.ResendFrom(id, danaSales), ErrRefused)
	r.clock.Advance(15 * 24 * time.Hour)
	require.Equal(t, map[string]int{emailCompleted: 1, emailFailed: 39}, r.fates(dana))
	require.ErrorIs(t, r.ResendFrom(id, eli), ErrRefused, "it was sent already")
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	r := demo(t)
	require.NoError(t, r.SetProfile(eli, ProfileAdmin))
	require.Equal(t, ProfileAdmin, rows(r.ok("GET", "/api/v1/users/search", nil), "users")[3]["permission_set_id"])
	require.ErrorIs(t, r.SetProfile(eli, "x"), ErrUnknown)
	for _, email := range []string{aiko, "bruno.costa@example.com", "carla.jensen@example.com", "grace.liu@example.com"} {
		require.NoError(t, r.SetProfile(email, ProfileBilling))
	}
	require.ErrorIs(t, r.SetProfile("hugo.martin@example.com", ProfileBilling), ErrRefused, "five at most")
	require.Equal(t, 9, r.State().Occupied)
}

func TestWorkflowsListsAndCRM(t *testing.T) {
	t.Parallel()
	r := demo(t)
	w, l := r.owned(KindWorkflow, dana)[0], r.owned(KindList, dana)[0]
	require.NoError(t, r.TransferWorkflow(w, eli))
	require.NoError(t, r.TransferList(l, eli))
	require.NoError(t, r.SetCRMUser(sam))
	require.Contains(t, r.owned(KindWorkflow, eli), w)
	require.Contains(t, r.owned(KindList, eli), l)
	require.Equal(t, r.id(sam), r.State().CRMUser)
	require.ErrorIs(t, r.TransferWorkflow("x", eli), ErrUnknown)
	require.ErrorIs(t, r.TransferList("x", eli), ErrUnknown)
	require.ErrorIs(t, r.SetCRMUser("finn.walsh@example.com"), ErrRefused, "a Billing and Seat Manager cannot hold credentials")
	require.ErrorIs(t, r.SetCRMUser("nobody@example.com"), ErrUnknown)
	linked := 0
	for _, u := range rows(r.ok("GET", "/api/v1/users/search", nil), "users") {
		if u["linked_hubspot"] == true {
			linked++
			require.Equal(t, sam, u["email"])
		}
	}
	require.Equal(t, 1, linked)
}

func TestSeatsOfAnAnnualContract(t *testing.T) {
	t.Parallel()
	r := demo(t)
	state := r.State()
	require.Equal(t, 13, state.Occupied, "twelve users and one invite")
	require.ErrorIs(t, r.SetSeats(13), ErrRefused, "not in mid-term")
	require.NoError(t, r.SetSeats(20))
	require.Equal(t, 20, r.State().Plan.Seats)

	r.clock.Advance(state.Plan.Renews.Sub(r.clock.Now()) - 30*24*time.Hour)
	require.ErrorIs(t, r.SetSeats(12), ErrRefused, "below what is occupied")
	require.NoError(t, r.SetSeats(14))
	require.Equal(t, []int{20, 14}, []int{r.State().Plan.Seats, r.State().Plan.SeatsAtRenewal})
	r.clock.Advance(30 * 24 * time.Hour)
	after := r.State().Plan
	require.Equal(t, []int{14, 0}, []int{after.Seats, after.SeatsAtRenewal})
	require.Equal(t, state.Plan.Renews.AddDate(1, 0, 0), after.Renews)
}

func TestSeatsOfAMonthlyPlan(t *testing.T) {
	t.Parallel()
	spec := DemoTenant()
	spec.Subscription = Subscription{Plan: PlanBasic, Billing: BillingMonthly, Seats: 16}
	r := start(t, spec)
	require.NoError(t, r.SetSeats(13))
	require.Equal(t, 13, r.State().Plan.Seats, "fewer seats count at once")
	require.Equal(t, 5900, r.State().Plan.PricePerSeat)
	renews := r.State().Plan.Renews
	r.clock.Advance(45 * 24 * time.Hour)
	require.Equal(t, renews.AddDate(0, 2, 0), r.State().Plan.Renews)

	minimum := start(t, TenantSpec{Subscription: Subscription{Seats: 5}})
	require.ErrorIs(t, minimum.SetSeats(2), ErrRefused, "the plan has three seats at least")
}

func TestSeatOfADeactivatedUser(t *testing.T) {
	t.Parallel()
	for held, refused := range map[bool]bool{false: false, true: true} {
		spec := DemoTenant()
		spec.Subscription.Seats = 13
		if held {
			spec.Subscription.Seats = 14
		}
		r := start(t, spec, with(func(w *Switches) { w.SeatHeldByDeactivated = held }))
		require.NoError(t, r.Deactivate(dana))
		_, err := r.Invite("lea.joiner@example.com", ProfileStandard)
		if refused {
			require.ErrorIs(t, err, ErrRefused)
			continue
		}
		require.NoError(t, err)
		require.ErrorIs(t, r.Reactivate(dana), ErrRefused, "her seat is somebody else's now")
	}
}

func TestInvites(t *testing.T) {
	t.Parallel()
	r := demo(t)
	id, err := r.Invite("lea.joiner@example.com", ProfileStandard)
	require.NoError(t, err)
	require.Equal(t, 15, total(r.ok("GET", "/api/v1/users/search", nil)), "an invite is no user yet")
	_, err = r.Invite("Lea.Joiner@example.com", ProfileStandard)
	require.ErrorIs(t, err, ErrRefused)
	userID, err := r.AcceptInvite(id)
	require.NoError(t, err)
	require.Equal(t, 16, total(r.ok("GET", "/api/v1/users/search", nil)))
	require.Equal(t, userID, r.id("lea.joiner@example.com"))
	require.ErrorIs(t, r.RevokeInvite(id), ErrUnknown, "it was accepted")

	require.NoError(t, r.RevokeInvite("kim.novak@example.com"))
	_, err = r.AcceptInvite("kim.novak@example.com")
	require.ErrorIs(t, err, ErrUnknown)
	for _, email := range []string{dana, "jonas.berg@example.com"} {
		_, err = r.Invite(email, ProfileStandard)
		require.ErrorIs(t, err, ErrRefused, email)
	}
	_, err = r.Invite("zed@example.com", "x")
	require.ErrorIs(t, err, ErrUnknown)
	require.NoError(t, r.SetSeats(16))
	for _, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
		_, err = r.Invite(email, ProfileStandard)
		require.NoError(t, err)
	}
	_, err = r.Invite("d@example.com", ProfileStandard)
	require.ErrorIs(t, err, ErrRefused, "no free seat")
	_, err = r.Invite("e@example.com", ProfileBilling)
	require.NoError(t, err, "a free profile needs none")
}
