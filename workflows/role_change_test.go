package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

// emergency is a promotion to Admin at once, of somebody who is Standard.
func emergency(h *hall) workflows.RoleChangeInput {
	member(h, standard)
	in := roleInput(adminRol)
	in.Emergency = true
	return in
}

// askedByHand plays an app whose role a person sets: it shows it as soon as shows says.
func askedByHand(h *hall, shows func() bool) {
	h.give = func(activities.RoleInput, int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "no interface"}, nil
	}
	h.showsRole(shows)
}

// showsRole plays an app that shows the role by itself, whatever anybody says.
func (h *hall) showsRole(shows func() bool) {
	others := h.readBack
	h.readBack = func(in activities.ReadBackInput, n int) activities.ReadBackResult {
		if in.Steps[0] != domain.StepRole {
			return others(in, n)
		}
		state := domain.StepWaiting
		if shows() {
			state = domain.StepVerified
		}
		return activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{domain.StepRole: state}, Settled: state.Settled()}
	}
}

// taken plays a door that takes the role, which the app then shows after some time.
func taken(h *hall, after time.Duration) {
	var from time.Time
	h.give = func(activities.RoleInput, int) (activities.ActResult, error) {
		from = h.env.Now()
		return activities.ActResult{Outcome: activities.OutcomeUnverified, Channel: domain.ChannelSCIM}, nil
	}
	h.showsRole(func() bool { return after > 0 && !from.IsZero() && !h.env.Now().Before(from.Add(after)) })
}

func never() bool { return false }

// standing are the words to those who look after the run that a role stands.
func (h *hall) standing() []activities.ChaseInput {
	var told []activities.ChaseInput
	for _, c := range h.chased {
		if c.Kind == "access-stands" {
			told = append(told, c)
		}
	}
	return told
}

func (h *hall) stands(words ...string) {
	h.t.Helper()
	told := h.standing()
	require.Len(h.t, told, 1)
	require.Equal(h.t, []domain.PersonID{ada}, told[0].To)
	for _, w := range append(words, "handover role EMAIL --app apollo --role \"Standard\"") {
		require.Contains(h.t, told[0].Text, w)
	}
}

func (h *hall) retract(after time.Duration) *answer {
	return h.update(after, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "a mistake"})
}

func TestAnEmergencyPromotionIsConfirmedAfterwards(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := emergency(h)
	given := time.Time{}
	h.give = func(activities.RoleInput, int) (activities.ActResult, error) {
		given = h.env.Now()
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	}
	h.decide(3*time.Hour, "apollo", bo, domain.Approve)
	require.Equal(t, domain.RunClosed, h.change(in).State)
	require.WithinDuration(t, time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC), given, time.Minute)
	require.True(t, h.env.Now().Sub(given) >= 3*time.Hour, "the run waits for the second person")
	require.Len(t, h.granted, 1)
	require.Zero(t, h.waived, "a seat that was granted is not given up")
	require.Empty(t, h.standing())
}

// The second person reads what it is about: which role, instead of which, in which app.
func TestTheSecondPersonSeesThePlanOfAnEmergency(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := emergency(h)
	var changed activities.RoleInput
	h.give = func(in activities.RoleInput, _ int) (activities.ActResult, error) {
		changed = in
		return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "no interface"}, nil
	}
	others, read := h.readBack, ""
	h.readBack = func(in activities.ReadBackInput, n int) activities.ReadBackResult {
		read = in.Join.Digest
		return others(in, n)
	}
	h.robot(30*time.Minute, 31*time.Minute)
	h.decide(time.Hour, "apollo", bo, domain.Approve)
	require.Equal(t, domain.RunClosed, h.change(in).State)
	require.Equal(t, h.digest(0), read, "also where a person does it")
	require.Len(t, h.asked, 1)
	a := h.asked[0].Approval
	require.Equal(t, []any{domain.ApprovePromoted, domain.AppID("apollo")}, []any{a.Scope, a.App})
	require.NotContains(t, a.Why, "was promoted", "nothing happened yet")
	require.Equal(t, []string{"Admin", "Standard"}, []string{h.asked[0].Terms.RoleName, h.asked[0].Terms.FromName})
	require.NotEmpty(t, h.asked[0].Terms.Gains)
	require.Equal(t, h.digest(0), h.latest().Approvals[0].Digest)
	require.Equal(t, []string{h.digest(0), h.digest(0)}, []string{changed.Digest, h.granted[0].Digest})
}

// Whoever confirms while a person is still at it stands behind the role.
func TestTheSecondPersonStandsForWhatIsDoneAfterwards(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := emergency(h)
	askedByHand(h, never)
	var approved []domain.PersonID
	h.readBack = func(in activities.ReadBackInput, _ int) activities.ReadBackResult {
		approved = in.Join.Approved
		return activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{domain.StepRole: domain.StepVerified}, Settled: true}
	}
	h.decide(time.Hour, "apollo", bo, domain.Approve)
	h.robotFrom(2*time.Hour, time.Hour, 2*time.Hour)
	require.Equal(t, domain.RunClosed, h.change(in).State)
	require.Equal(t, []domain.PersonID{bo}, approved)
}

// A policy that names nobody to confirm asks nobody.
func TestAnEmergencyThatNobodyConfirms(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := emergency(h)
	in.Confirm = domain.ApprovalPolicy{}
	require.Equal(t, domain.RunClosed, h.change(in).State)
	require.Empty(t, h.asked)
	require.Len(t, h.granted, 1)
}

// Once the role is set nobody gets past the second person by retracting the run.
func TestAnEmergencyThatIsDoneIsNotRetracted(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := emergency(h)
	said := h.retract(time.Hour)
	h.decide(3*time.Hour, "apollo", bo, domain.Deny)
	require.Equal(t, domain.RunClosed, h.change(in).State)
	require.ErrorContains(t, said.err, "ask for the role of before")
	require.Equal(t, domain.ApprovalDenied, h.latest().Approvals[0].State)
	require.Len(t, h.granted, 1, "it is there")
	h.stands("said no", "they have the role Admin in apollo")
}

// A no before it is done ends the task of the person who was to do it.
func TestANoStopsAnEmergencyThatIsNotDone(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]time.Duration{"while a person is asked": time.Hour, "while it cannot be done": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			in := emergency(h)
			askedByHand(h, never)
			if name == "while it cannot be done" {
				h.give = func(activities.RoleInput, int) (activities.ActResult, error) {
					return activities.ActResult{}, domain.NewFault(domain.FaultInvalid, "role.change", "apollo", "no such role", nil)
				}
			}
			h.decide(after, "apollo", bo, domain.Deny)
			h.env.RegisterDelayedCallback(func() {
				require.Equal(t, domain.StepSkipped, h.state(domain.StepRole))
				for _, x := range h.latest().Tasks {
					require.Equal(t, domain.TaskClosed, x.State)
				}
			}, after+time.Second)
			h.robotFrom(5*time.Hour, 5*time.Hour, 30*time.Hour)
			require.Equal(t, domain.RunDenied, h.change(in).State)
			require.Empty(t, h.granted, "a second person said no before it was done")
			require.Empty(t, h.standing())
			skips := 0
			for _, s := range h.settled {
				if s.Actor == bo {
					skips++
					require.Contains(t, s.Reason, "said no")
				}
			}
			require.Equal(t, 1, skips, "in the name of whoever said it")
		})
	}
}

// A no is read against the app once more: who was asked may have been as fast.
func TestANoThatComesTooLateIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set    time.Duration // the app shows the role from then on, nobody said so; 0: never
		said   bool          // the person says that it is done
		grants int
		words  string
	}{
		"the app shows it":         {30 * time.Minute, false, 1, "they have the role Admin"},
		"only a person says so":    {0, true, 0, "look in apollo whether"},
		"a person says, it is so":  {30 * time.Minute, true, 1, "they have the role Admin"},
		"the app shows it at once": {time.Second, false, 1, "they have the role Admin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			in := emergency(h)
			from := h.env.Now()
			askedByHand(h, func() bool { return c.set > 0 && !h.env.Now().Before(from.Add(c.set)) })
			if c.said {
				h.robotFrom(40*time.Minute, time.Hour, 41*time.Minute)
			}
			h.decide(time.Hour, "apollo", bo, domain.Deny)
			require.Equal(t, domain.RunClosed, h.change(in).State)
			require.Len(t, h.granted, c.grants)
			h.stands("said no", c.words)
			for key, state := range h.latest().Steps["apollo"] {
				require.True(t, state.Settled(), key)
			}
		})
	}
}

// Where nobody can do it the second person is asked no more.
func TestAnEmergencyThatIsSkippedNeedsNoSecondPerson(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := emergency(h)
	askedByHand(h, never)
	h.update(time.Hour, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: domain.StepRole, Person: ada, Reason: "somebody else helps"})
	require.Equal(t, domain.RunDenied, h.change(in).State)
	require.Equal(t, domain.ApprovalClosed, h.latest().Approvals[0].State)
	require.Empty(t, h.granted, "nothing was set")
	require.Empty(t, h.standing())
}

// A retraction while nothing is done yet ends the emergency and its question.
func TestAnEmergencyIsRetractedBeforeItIsDone(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := emergency(h)
	askedByHand(h, never)
	h.retract(time.Hour)
	require.Equal(t, domain.RunRetracted, h.change(in).State)
	require.Equal(t, domain.ApprovalClosed, h.latest().Approvals[0].State)
	require.Equal(t, domain.TaskClosed, h.latest().Tasks[0].State)
	require.Empty(t, h.granted)
	require.Empty(t, h.standing())
}

// Who sets the role, and retracts before they say so, does not get past the second
// person.
func TestAnEmergencyThatWasDoneWithoutAWordStillNeedsTheSecondPerson(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := emergency(h)
	from := h.env.Now()
	askedByHand(h, func() bool { return h.env.Now().Sub(from) > 50*time.Minute })
	h.retract(time.Hour)
	h.decide(3*time.Hour, "apollo", bo, domain.Approve)
	require.Equal(t, domain.RunRetracted, h.change(in).State)
	require.Equal(t, domain.ApprovalApproved, h.latest().Approvals[0].State)
	require.Len(t, h.granted, 1)
	h.stands("retracted too late", "they have the role Admin")
}

// A role that a door, or a person, took is told of, whatever the app shows.
func TestARoleThatWasTakenIsToldOfAfterARetraction(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set    time.Duration // after the door took it
		byHand bool
		grants int
		words  string
	}{
		"a door took it":                 {0, false, 0, "look in apollo whether"},
		"a door took it and it is there": {30 * time.Second, false, 1, "they have the role Admin"},
		"a person says so":               {0, true, 0, "look in apollo whether"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			member(h, standard)
			retracted := 2*time.Hour + 20*time.Second
			if taken(h, c.set); c.byHand {
				askedByHand(h, never)
				h.robotFrom(3*time.Hour, time.Hour, 3*time.Hour)
				retracted = 4 * time.Hour
			}
			h.decide(time.Hour, "apollo", eli, domain.Approve)
			h.decide(2*time.Hour, "apollo", bo, domain.Approve)
			h.retract(retracted)
			require.Equal(t, domain.RunRetracted, h.change(roleInput(adminRol)).State)
			require.Len(t, h.granted, c.grants)
			h.stands("retracted too late", c.words)
			if !c.byHand {
				require.Empty(t, h.tasks, "nobody is asked for what is retracted")
			}
			if c.grants == 0 {
				require.Equal(t, domain.StepSkipped, h.state(domain.StepRole))
				require.Contains(t, h.whyOf(domain.StepRole), "look whether the role is there")
			}
		})
	}
}

// whyOf is what the run wrote last of a step that it settled itself.
func (h *hall) whyOf(key domain.StepKey) string {
	why := ""
	for _, s := range h.settled {
		for _, row := range s.Steps {
			if row.Key == key {
				why = row.Why
			}
		}
	}
	return why
}

// Nobody is told of a role that nobody began to set.
func TestARetractedQuestionLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	member(h, standard)
	h.retract(time.Hour)
	require.Equal(t, domain.RunRetracted, h.change(roleInput(adminRol)).State)
	require.Empty(t, h.granted)
	require.Empty(t, h.standing())
	require.Zero(t, h.calls[activities.ReadBackSteps.Name])
}

// A role that somebody skipped is nobody's: the ledger does not say that it was given.
func TestASkippedRoleIsNotGranted(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	member(h, standard)
	askedByHand(h, never)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.decide(2*time.Hour, "apollo", bo, domain.Approve)
	h.update(3*time.Hour, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: domain.StepRole, Person: ada, Reason: "not any more"})
	require.Equal(t, domain.RunDenied, h.change(roleInput(adminRol)).State)
	require.Empty(t, h.granted)
}

// Of an app that shows no roles nobody knows whether a person who was asked has set
// one: that is told as well.
func TestWhatNobodyShowsMayBeDone(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*hall){
		"a second person says no": func(h *hall) { h.decide(time.Hour, "apollo", bo, domain.Deny) },
		"retracted": func(h *hall) {
			h.retract(time.Hour)
			h.decide(2*time.Hour, "apollo", bo, domain.Deny)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			in := roleInput(domain.AppRole{Key: "owner", Name: "Owner", Admin: domain.Yes, Owner: true, FullSeat: domain.Unknown})
			in.Emergency, in.App.App.Kind = true, domain.KindManual
			h.look = activities.LookResult{State: domain.MemberUnknown, Hidden: true}
			end(h)
			h.change(in)
			require.Equal(t, domain.StepSkipped, h.state(domain.StepRole))
			require.Empty(t, h.granted)
			require.NotEmpty(t, h.standing())
			require.Contains(t, h.standing()[0].Text, "look in apollo whether they have the role Owner")
		})
	}
}

// The one who may be the last Owner loses the role only after somebody looked, with a
// list that nobody uploaded as with one that is some hours old.
func TestWhoeverTakesAnOwnerAwayLooksFirst(t *testing.T) {
	t.Parallel()
	owner := domain.AppRole{Key: "owner", Name: "Owner", Admin: domain.Yes, Owner: true, FullSeat: domain.Unknown}
	admin := domain.AppRole{Key: "admin", Name: "Admin", Admin: domain.Yes, FullSeat: domain.Unknown}
	other := domain.AppRole{Key: "member", Name: "Member", Admin: domain.No, FullSeat: domain.Unknown}
	for name, c := range map[string]struct {
		from, to domain.AppRole // from is none where nobody shows it
		kind     string
		looks    bool
	}{
		"an owner becomes a member":                {owner, other, domain.KindApolloSpace, true},
		"an owner becomes an admin":                {owner, admin, domain.KindApolloSpace, true},
		"a member becomes an admin":                {other, admin, domain.KindApolloSpace, false},
		"nobody knows, to member":                  {domain.AppRole{}, other, domain.KindApolloSpace, true},
		"nobody knows, to admin":                   {domain.AppRole{}, admin, domain.KindApolloSpace, true},
		"nobody knows, an app without a list":      {domain.AppRole{}, other, domain.KindManual, true},
		"an admin of Apollo.io, which guards show": {owner, other, domain.KindApolloIO, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			member(h, c.from)
			if c.from.Key == "" {
				h.look = activities.LookResult{State: domain.MemberUnknown, Hidden: true}
			}
			h.give = func(activities.RoleInput, int) (activities.ActResult, error) {
				return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "no interface"}, nil
			}
			in := roleInput(c.to)
			in.App.App.Kind, in.App.Roles = c.kind, []domain.AppRole{owner, admin, other}
			h.decide(time.Hour, "apollo", eli, domain.Approve)
			h.decide(2*time.Hour, "apollo", bo, domain.Approve)
			h.decide(3*time.Hour, "apollo", bo, domain.Approve)
			h.robotFrom(4*time.Hour, 2*time.Hour, 40*time.Hour)
			require.Equal(t, domain.RunClosed, h.change(in).State)
			var set []domain.Task
			for _, x := range h.tasks {
				if x.Steps[0] == domain.StepRole {
					set = append(set, x)
				}
			}
			require.Len(t, set, 1)
			if c.looks {
				require.Contains(t, set[0].Instructions[0], "Look first")
				require.Contains(t, set[0].Instructions[0], "before you go on")
				return
			}
			for _, line := range set[0].Instructions {
				require.NotContains(t, line, "Look first")
			}
		})
	}
}
