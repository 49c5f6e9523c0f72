package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

// Where no paid seat is free one is bought before the invite goes out, and only
// after whoever pays agreed.
func TestTheSeatIsBoughtBeforeTheInvite(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.seats = func(activities.FindSeatInput, int) activities.FindSeatResult {
		return activities.FindSeatResult{Need: domain.SeatBuy, Why: "all 10 paid seats are taken"}
	}
	h.env.RegisterDelayedCallback(func() { require.Empty(t, h.tasks, "nobody buys before finance agreed") }, 150*time.Minute)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.decide(3*time.Hour, "apollo", bo, domain.Approve)
	h.env.RegisterDelayedCallback(func() {
		require.Len(t, h.tasks, 1)
		require.Equal(t, []domain.StepKey{domain.StepFindSeat}, h.tasks[0].Steps)
		require.Empty(t, h.sent, "no invite without a seat")
	}, 5*time.Hour)
	h.robotFrom(6*time.Hour, 2*time.Hour, 20*time.Hour)
	h.comes(30 * time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(standard)).State)
	require.Len(t, h.sent, 1)
	require.Contains(t, strings.Join(h.tasks[0].Instructions, "\n"), "Manage subscription")
}

// A Billing and Seat Manager who becomes a full user takes a paid seat: where none
// is free whoever pays is asked, and it is bought before the role changes.
func TestAConversionToAFullSeatAsksAboutMoney(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		need   domain.SeatNeed
		stages []string
		tasks  int
	}{
		"none is free": {domain.SeatBuy, []string{"manager", "finance"}, 1},
		"one is free":  {domain.SeatFree, []string{"manager"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			member(h, billing)
			h.seats = func(activities.FindSeatInput, int) activities.FindSeatResult {
				return activities.FindSeatResult{Need: c.need}
			}
			bought := 0
			h.give = func(activities.RoleInput, int) (activities.ActResult, error) {
				bought = len(h.tasks)
				require.True(t, h.state(domain.StepFindSeat).Settled(), "the seat comes first")
				return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
			}
			h.decide(time.Hour, "apollo", eli, domain.Approve)
			h.decide(2*time.Hour, "apollo", bo, domain.Approve)
			h.robot(3*time.Hour, 20*time.Hour)
			require.Equal(t, domain.RunClosed, h.change(roleInput(standard)).State)
			var names []string
			for _, s := range h.asked[0].Approval.Policy.Stages {
				names = append(names, s.Name)
			}
			require.Equal(t, c.stages, names)
			require.Equal(t, c.tasks, bought)
			require.Contains(t, strings.Join(h.asked[0].Terms.Warnings, "\n"), "charged at once")
			require.Equal(t, domain.No, h.granted[0].Was, "a seat is taken that was not theirs")
		})
	}
}

// Nobody accepts: those who look after it hear where the invite may be, and that it
// can be sent again.
func TestAnInviteThatNobodyAcceptsIsToldOf(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.comes(60 * time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(standard)).State)
	var told []activities.ChaseInput
	for _, c := range h.chased {
		if c.Kind == "invite-waits" {
			told = append(told, c)
		}
	}
	require.Len(t, told, 2, "once a day")
	require.Equal(t, []domain.PersonID{ada}, told[0].To)
	require.Contains(t, told[0].Text, "among spam")
	require.Contains(t, told[0].Text, "send it again")
	require.Len(t, h.sent, 1, "a reminder sends no second one")
}

// Who agrees reads what the invite may do to somebody's other workspace.
func TestWhoAgreesReadsTheWarnings(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := joinInput(standard)
	in.Apps[0].Warnings = domain.JoinWarnings(domain.KindApolloIO, standard, domain.PersonFacts{})
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.comes(2 * time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(in).State)
	require.Contains(t, strings.Join(h.asked[0].Terms.Warnings, "\n"), "deactivates them there, and moves no data")
}
