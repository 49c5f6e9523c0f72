package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

var spaceMember = domain.AppRole{Key: "member", Name: "Member", Admin: domain.No, FullSeat: domain.Unknown}

// told lists what people were told of one kind.
func (h *hall) told(kind string) []activities.ChaseInput {
	var all []activities.ChaseInput
	for _, c := range h.chased {
		if c.Kind == kind {
			all = append(all, c)
		}
	}
	return all
}

// waitingRole is an app in which nobody can change a role but a person, who has not
// done it yet.
func (h *hall) waitingRole() {
	others := h.readBack
	h.readBack = func(in activities.ReadBackInput, n int) activities.ReadBackResult {
		if in.Steps[0] == domain.StepRole && in.DoneBy == "" {
			return activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{domain.StepRole: domain.StepWaiting}}
		}
		return others(in, n)
	}
	h.give = func(activities.RoleInput, int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "no interface"}, nil
	}
}

// failing is a store that does not answer when the first task is opened.
func (h *hall) failing() {
	n := 0
	h.openErr = func(domain.Task) error {
		if n++; n == 1 {
			return temporal.NewNonRetryableApplicationError("the database does not answer", string(domain.FaultUnavailable), nil)
		}
		return nil
	}
}

// A short fault while a task is opened ends nothing: the task is opened again.
func TestATaskThatCannotBeOpenedAtOnceIsOpenedLater(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]string{"to buy a seat": domain.KindApolloIO, "to give access": domain.KindManual} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.failing()
			h.seats = func(activities.FindSeatInput, int) activities.FindSeatResult {
				return activities.FindSeatResult{Need: domain.SeatBuy, Why: "taken"}
			}
			in := joinInput(standard)
			in.Apps[0].App.Kind = kind
			h.decide(time.Hour, "apollo", eli, domain.Approve)
			h.decide(2*time.Hour, "apollo", bo, domain.Approve)
			h.robot(3*time.Hour, 30*time.Hour)
			h.comes(40 * time.Hour)
			r := h.onboard(in)
			require.Equal(t, domain.RunClosed, r.State, r.Why)
			require.Len(t, h.attention, 1)
			require.Len(t, h.tasks, 1)
			require.Len(t, h.granted, 1)
			require.Zero(t, h.waived)
		})
	}
}

// Whoever retracts while the fault lasts ends it, and the promised seat is given up.
func TestAJoiningThatIsRetractedDuringAFaultGivesItsSeatUp(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.openErr = func(domain.Task) error {
		return temporal.NewNonRetryableApplicationError("the database does not answer", string(domain.FaultUnavailable), nil)
	}
	h.seats = func(activities.FindSeatInput, int) activities.FindSeatResult {
		return activities.FindSeatResult{Need: domain.SeatBuy, Why: "taken"}
	}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.decide(2*time.Hour, "apollo", bo, domain.Approve)
	h.update(5*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "a mistake"})
	require.Equal(t, domain.RunRetracted, h.onboard(joinInput(standard)).State)
	require.Equal(t, 1, h.waived)
	require.Equal(t, activities.ProfileStore, activities.WaiveSeat.Profile, "it is tried until the store answers")
	require.Empty(t, h.granted)
}

// outdated is an Apollo Space whose list is too old to say who is there.
func outdated(h *hall) workflows.OnboardingInput {
	h.look.Hidden, h.look.State = true, domain.MemberUnknown
	in := joinInput(spaceMember)
	in.Apps[0].App.Kind, in.Apps[0].Life = domain.KindApolloSpace, 7*oneDay
	h.send = func(activities.InviteInput, int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: domain.WhyHidden}, nil
	}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	return in
}

// A list that is outdated is no app that shows nobody: an invite is not an account,
// and nothing is granted before a new list shows the person.
func TestAnOutdatedListIsWaitedFor(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := outdated(h)
	h.robot(2*time.Hour, 20*time.Hour)
	h.env.RegisterDelayedCallback(func() {
		require.Equal(t, domain.StepDoneUnverified, h.state(domain.StepInvite))
		require.Equal(t, domain.StepWaiting, h.state(domain.StepAccept))
		require.Empty(t, h.granted)
	}, 40*time.Hour)
	h.env.RegisterDelayedCallback(func() { h.joined, h.look.Hidden = true, false }, 50*time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(in).State)
	require.Equal(t, domain.StepVerified, h.state(domain.StepAccept))
	require.Len(t, h.granted, 1)
	require.Len(t, h.noted, 1)
}

// An invite that a person may have sent on an outdated list is taken back.
func TestAnInviteOnAnOutdatedListIsTakenBack(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := outdated(h)
	h.update(10*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "a mistake"})
	h.robotFrom(11*time.Hour, time.Hour, 20*time.Hour)
	require.Equal(t, domain.RunRetracted, h.onboard(in).State)
	require.Len(t, h.tasks, 2)
	require.Equal(t, []domain.StepKey{domain.StepRevoke}, h.tasks[1].Steps)
	require.Equal(t, domain.InviteRevoked, h.noted[0].State)
	require.Empty(t, h.granted)
}

// Whoever skips what brings somebody in grants nothing. A link that is out is taken
// back.
func TestASkippedInviteGrantsNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind string
		step domain.StepKey
	}{"given by a person": {domain.KindManual, domain.StepInvite}, "not accepted": {domain.KindApolloIO, domain.StepAccept}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			in := joinInput(standard)
			in.Apps[0].App.Kind = c.kind
			h.look.Hidden = c.kind == domain.KindManual
			h.decide(time.Hour, "apollo", eli, domain.Approve)
			h.update(3*time.Hour, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: c.step, Person: ada, Reason: "they do not come"})
			h.robotFrom(4*time.Hour, time.Hour, 20*time.Hour)
			r := h.onboard(in)
			require.Equal(t, domain.RunDenied, r.State)
			require.Empty(t, h.granted)
			require.Equal(t, domain.StepSkipped, h.state(c.step))
			require.Len(t, h.tasks, 1)
			require.Equal(t, c.step == domain.StepAccept, h.tasks[0].Steps[0] == domain.StepRevoke)
		})
	}
}

// Somebody who left while their invite was out is waited for no longer.
func TestTheInviteOfSomebodyWhoLeftIsTakenBack(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.env.RegisterDelayedCallback(func() { h.look.Left = true }, 10*time.Hour)
	h.robotFrom(12*time.Hour, time.Hour, 20*time.Hour)
	r := h.onboard(joinInput(standard))
	require.Equal(t, domain.RunDenied, r.State)
	require.Equal(t, "The person has left: nothing was granted.", r.Why)
	require.Len(t, h.tasks, 1)
	require.Equal(t, []domain.StepKey{domain.StepRevoke}, h.tasks[0].Steps)
	require.Equal(t, domain.InviteRevoked, h.noted[0].State)
	require.Equal(t, 1, h.waived)
	require.Empty(t, h.granted)
	require.Empty(t, h.told("leaver-came-in"))
}

// Somebody who left and comes in all the same is granted nothing: the administrators
// are warned until the app no longer lists them, or HR has hired them again.
func TestALeaverWhoComesInIsAnAlarm(t *testing.T) {
	t.Parallel()
	for name, hired := range map[string]bool{"is removed": false, "is hired again": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.decide(time.Hour, "apollo", eli, domain.Approve)
			h.env.RegisterDelayedCallback(func() { h.look.Left, h.joined = true, true }, 10*time.Hour)
			again := h.update(11*time.Hour+30*time.Minute, workflows.UpdateResend, workflows.InviteRequest{App: "apollo", Person: ada})
			h.env.RegisterDelayedCallback(func() {
				require.Equal(t, domain.StepNeedsAttention, h.state(domain.StepAccept))
				require.Empty(t, h.granted)
				require.Len(t, h.told("leaver-came-in"), 3, "at once, and each day")
				h.look.Left, h.joined = !hired, hired
				if !hired {
					h.look.State = domain.MemberUnknown // the list is cut short: nobody knows
				}
			}, 60*time.Hour)
			h.env.RegisterDelayedCallback(func() {
				if !hired {
					h.look.State = domain.MemberInactive
				}
			}, 65*time.Hour)
			r := h.onboard(joinInput(standard))
			require.ErrorContains(t, again.err, "settled already")
			alarm := h.told("leaver-came-in")[0]
			require.True(t, alarm.Urgent)
			require.Equal(t, []domain.PersonID{ada}, alarm.To)
			require.Contains(t, alarm.Text, "handover offboard EMAIL --app apollo")
			require.Empty(t, h.tasks, "a link that was used is not taken back")
			if hired {
				require.Equal(t, domain.RunClosed, r.State)
				require.Len(t, h.granted, 1)
				return
			}
			require.Equal(t, domain.RunDenied, r.State)
			require.False(t, h.env.Now().Before(startOfTime.Add(65*time.Hour)), "half a list does not say that they are gone")
			require.Empty(t, h.granted)
			require.Equal(t, 1, h.waived)
		})
	}
}

// In an app that shows nobody the people's word comes before anybody hears that the
// person has left: the ledger refuses it.
func TestALeaverIsGrantedNothingOnPeoplesWord(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.look.Hidden = true
	h.refusesGrant = temporal.NewNonRetryableApplicationError("this person has left", string(domain.FaultConflict), nil)
	in := joinInput(standard)
	in.Apps[0].App.Kind = domain.KindManual
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.robot(2*time.Hour, 20*time.Hour)
	r := h.onboard(in)
	require.Equal(t, domain.RunDenied, r.State)
	require.Equal(t, "The person has left and has access all the same: remove them.", r.Why)
	require.Len(t, h.granted, 1)
	require.True(t, h.granted[0].LetsIn)
	require.Len(t, h.told("leaver-came-in"), 1)
}

// A user who was deactivated with the right to administer gets it back with the user:
// no rule gives that without a word.
func TestAFormerAdminIsAskedAbout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		look   activities.LookResult
		stages []string // nil: nobody is asked
	}{
		"an admin":                    {activities.LookResult{Role: adminRol.Key, Admin: domain.Yes, FullSeat: domain.Yes}, []string{"manager", "security"}},
		"of another role":             {activities.LookResult{Role: billing.Key, Admin: domain.No, FullSeat: domain.No}, []string{"manager"}},
		"a role that is not named":    {activities.LookResult{Role: "p-old", Admin: domain.Unknown}, []string{"manager", "security"}},
		"another that is none":        {activities.LookResult{Role: "p-old", Admin: domain.No}, []string{"manager"}},
		"a role that is not shown":    {activities.LookResult{Admin: domain.Unknown}, []string{"manager", "security"}},
		"no admin, whatever the role": {activities.LookResult{Admin: domain.No}, nil},
		"the same role":               {activities.LookResult{Role: standard.Key, Admin: domain.No}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.look = c.look
			h.look.State, h.look.Account, h.look.CRM = domain.MemberInactive, danaA, domain.Unknown
			in := joinInput(standard)
			in.Requester, in.Authority, in.Apps[0].Asks = domain.SystemActor, domain.AuthorityHR, false
			h.decide(time.Hour, "apollo", eli, domain.Deny)
			h.comes(2 * time.Hour)
			r := h.onboard(in)
			asked := h.asked[0]
			if c.stages == nil {
				require.Equal(t, domain.RunClosed, r.State)
				require.Nil(t, asked.Approval)
				return
			}
			require.Equal(t, domain.RunDenied, r.State)
			require.Empty(t, h.sent, "the user is not given back")
			var names []string
			for _, s := range asked.Approval.Policy.Stages {
				names = append(names, s.Name)
			}
			require.Equal(t, c.stages, names)
			if c.look.Role == adminRol.Key || c.look.Role == billing.Key {
				require.Equal(t, c.look.Role, asked.Terms.From)
			} else {
				require.Empty(t, asked.Terms.From)
			}
			require.Equal(t, len(c.stages) == 2, strings.Contains(strings.Join(asked.Terms.Warnings, " "), "comes back with the role it had"))
		})
	}
}

// Where apps end for different reasons the run names none of them.
func TestAppsThatEndForDifferentReasons(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := joinInput(standard)
	other := in.Apps[0]
	other.App.App = "other"
	in.Apps = append(in.Apps, other)
	h.decide(time.Hour, "apollo", eli, domain.Deny)
	h.decide(time.Hour, "other", eli, domain.Approve)
	h.update(2*time.Hour, workflows.UpdateRevoke, workflows.InviteRequest{App: "other", Person: ada, Reason: "they do not come"})
	h.robotFrom(3*time.Hour, time.Hour, 9*time.Hour)
	require.Equal(t, "Nothing was granted.", h.onboard(in).Why)
}

// Whoever came back as an admin is demoted behind the guard.
func TestAFormerAdminIsDemotedBehindTheGuard(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.look = activities.LookResult{State: domain.MemberInactive, Account: danaA, Role: adminRol.Key, Admin: domain.Yes, FullSeat: domain.Yes, CRM: domain.Unknown}
	h.waitingRole()
	var guarded []bool
	h.open = func(in activities.TaskInput) activities.TaskResult {
		guarded = append(guarded, in.Guarded)
		return activities.TaskResult{Opened: true}
	}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.decide(2*time.Hour, "apollo", bo, domain.Approve)
	h.comes(3 * time.Hour)
	h.robot(5*time.Hour, 20*time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(standard)).State)
	require.Equal(t, []bool{true}, guarded)
	require.Equal(t, adminRol.Key, h.granted[0].Role.Key, "what they have until then")
	require.Equal(t, standard.Key, h.granted[1].Role.Key)
}

// Access for a time has its end from the day on which the person came, though the
// role is not seen yet.
func TestTheEndOfAccessIsKeptWhileTheRoleWaits(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.look.Role = billing.Key
	h.waitingRole()
	in := joinInput(standard)
	in.Until = startOfTime.Add(10 * oneDay)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.comes(2 * time.Hour)
	h.env.RegisterDelayedCallback(func() {
		require.Len(t, h.granted, 1)
		require.Equal(t, []any{in.Until.UTC(), billing.Key, true}, []any{h.granted[0].Until.UTC(), h.granted[0].Role.Key, h.granted[0].Early})
	}, oneDay)
	r := h.onboard(in)
	require.Equal(t, domain.RunRetracted, r.State)
	require.Contains(t, r.Why, "the time for which the access was asked for has passed")
	require.Equal(t, in.Until.UTC(), h.env.Now().UTC().Truncate(time.Hour))
	require.Equal(t, []any{billing.Key, false}, []any{h.granted[1].Role.Key, h.granted[1].Early})
	require.Empty(t, h.told("access-stands"), "its end takes the access")
	require.Len(t, h.tasks, 1)
}

// Nothing is sent, or waited for, after the time for which it was asked.
func TestAJoiningEndsWithTheTimeItWasAskedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		approves time.Duration
		sent     int
	}{"not accepted": {time.Hour, 1}, "not decided": {11 * oneDay, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			in := joinInput(standard)
			in.Until = startOfTime.Add(10 * oneDay)
			h.decide(c.approves, "apollo", eli, domain.Approve)
			h.robotFrom(10*oneDay+time.Hour, time.Hour, 11*oneDay)
			again := h.update(10*oneDay+30*time.Minute, workflows.UpdateResend, workflows.InviteRequest{App: "apollo", Person: ada})
			r := h.onboard(in)
			require.Equal(t, domain.RunRetracted, r.State)
			require.False(t, again.done)
			require.Len(t, h.sent, c.sent)
			require.Len(t, h.tasks, c.sent, "the link is taken back")
			require.Empty(t, h.granted)
			require.Equal(t, 1, h.waived)
		})
	}
}

// Whoever skips the role leaves the one that the app shows: the seat is booked for it.
func TestASkippedRoleBooksWhatTheAppShows(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.look.Role = billing.Key
	h.waitingRole()
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.comes(2 * time.Hour)
	h.update(10*time.Hour, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: domain.StepRole, Person: ada, Reason: "it does"})
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(standard)).State)
	require.Equal(t, []any{billing.Key, billing.Key}, []any{h.granted[0].Role.Key, h.granted[1].Role.Key})
}

// While a person is asked to invite, the app is looked at before each reminder: who is
// there already is not invited, and who has left is not either.
func TestAPersonIsAskedToInviteOnlyWhileThatIsNeeded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(h *hall)
		granted int
		tasks   []domain.StepKey
		alarms  int
	}{
		"is there already":   {func(h *hall) { h.joined = true }, 1, []domain.StepKey{domain.StepInvite}, 0},
		"has left":           {func(h *hall) { h.look.Left = true }, 0, []domain.StepKey{domain.StepInvite, domain.StepRevoke}, 0},
		"has left and is in": {func(h *hall) { h.look.Left, h.joined = true, true }, 0, []domain.StepKey{domain.StepInvite}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.send = func(activities.InviteInput, int) (activities.ActResult, error) {
				return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "no interface for it"}, nil
			}
			h.decide(time.Hour, "apollo", eli, domain.Approve)
			h.env.RegisterDelayedCallback(func() { require.Empty(t, h.told("remind")) }, 24*time.Hour)
			h.env.RegisterDelayedCallback(func() {
				require.Len(t, h.told("remind"), 1)
				c.change(h)
			}, 30*time.Hour)
			h.robotFrom(50*time.Hour, time.Hour, 60*time.Hour)
			h.env.RegisterDelayedCallback(func() {
				if h.look.Left {
					h.joined, h.look.State = false, domain.MemberInactive
				}
			}, 55*time.Hour)
			h.onboard(joinInput(standard))
			var asked []domain.StepKey
			for _, task := range h.tasks {
				asked = append(asked, task.Steps...)
			}
			require.Equal(t, c.tasks, asked)
			require.Len(t, h.told("remind"), 1)
			require.Len(t, h.granted, c.granted)
			require.Len(t, h.told("leaver-came-in"), c.alarms)
		})
	}
}

// An app that does not answer does not keep people from being reminded, nor what they
// say from being heard.
func TestAPersonIsRemindedThoughTheAppDoesNotAnswer(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.send = func(activities.InviteInput, int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "no interface for it"}, nil
	}
	h.silent = temporal.NewNonRetryableApplicationError("no answer", string(domain.FaultForbidden), nil)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.env.RegisterDelayedCallback(func() {
		require.Len(t, h.told("remind"), 1)
		require.Empty(t, h.attention)
	}, 30*time.Hour)
	h.robotFrom(31*time.Hour, time.Hour, 40*time.Hour)
	h.env.RegisterDelayedCallback(func() {
		require.Equal(t, domain.StepDoneUnverified, h.state(domain.StepInvite))
		h.silent, h.joined = nil, true
	}, 42*time.Hour)
	h.update(43*time.Hour, workflows.UpdateRetry, workflows.StepRequest{App: "apollo", Step: domain.StepAccept, Person: ada})
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(standard)).State)
	require.Len(t, h.granted, 1)
}
