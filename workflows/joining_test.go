package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

var (
	standard = domain.AppRole{Key: "p-standard", Name: "Standard", Admin: domain.No, FullSeat: domain.Yes, Seat: domain.SeatFull}
	adminRol = domain.AppRole{Key: "p-admin", Name: "Admin", Admin: domain.Yes, FullSeat: domain.Yes, Seat: domain.SeatFull}
	billing  = domain.AppRole{Key: "p-billing", Name: "Billing", Admin: domain.No, FullSeat: domain.No, Seat: domain.SeatBilling}
)

// hall plays the activities of joining: a team in which the person is, or is not.
type hall struct {
	*world
	look    activities.LookResult
	seats   func(in activities.FindSeatInput, n int) activities.FindSeatResult
	send    func(in activities.InviteInput, n int) (activities.ActResult, error)
	give    func(in activities.RoleInput, n int) (activities.ActResult, error)
	joined  bool
	asked   []activities.ProposeJoinInput
	sent    []activities.InviteInput
	noted   []activities.InviteInput
	granted []activities.GrantInput
	waived  int
	promise int
	bought  int

	refusesGrant error
	silent       error // of the look whether somebody has come
}

func newHall(t *testing.T) *hall {
	h := &hall{world: newWorld(t)}
	h.look = activities.LookResult{State: domain.MemberNone, CRM: domain.Unknown}
	h.seats = func(activities.FindSeatInput, int) activities.FindSeatResult {
		return activities.FindSeatResult{Need: domain.SeatFree, Why: "3 of 10 are free"}
	}
	h.send = func(activities.InviteInput, int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeUnverified, Channel: domain.ChannelSCIM}, nil
	}
	h.give = func(activities.RoleInput, int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	}
	play(h.world, activities.LookAtMember, func(activities.LookInput, int) (activities.LookResult, error) { return h.look, nil })
	play(h.world, activities.FindSeat, func(in activities.FindSeatInput, n int) (activities.FindSeatResult, error) {
		if in.Bought {
			h.bought++
			return activities.FindSeatResult{}, nil
		}
		if in.Promise {
			h.promise++
		}
		return h.seats(in, n), nil
	})
	play(h.world, activities.WaiveSeat, func(activities.StepRef, int) (activities.Nothing, error) {
		h.waived++
		return activities.Nothing{}, nil
	})
	play(h.world, activities.ProposeJoin, func(in activities.ProposeJoinInput, _ int) (activities.ProposeJoinResult, error) {
		h.asked = append(h.asked, in)
		terms := in.Terms
		r := activities.ProposeJoinResult{Digest: domain.Plan{Run: in.Run, App: in.App, Version: in.Version, Join: &terms}.Digest()}
		if in.Approval != nil {
			r.Clock = h.clock(*in.Approval)
		}
		return r, nil
	})
	play(h.world, activities.SendInvite, func(in activities.InviteInput, n int) (activities.ActResult, error) {
		h.sent = append(h.sent, in)
		return h.send(in, n)
	})
	note(h.world, activities.NoteInvite, &h.noted)
	play(h.world, activities.SettleJoin, func(activities.InviteInput, int) (activities.LookResult, error) {
		if h.joined {
			h.look.State, h.look.Account = domain.MemberActive, danaA
		}
		return h.look, h.silent
	})
	play(h.world, activities.OpenSignIn, func(activities.AccountInput, int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	})
	play(h.world, activities.ChangeRole, func(in activities.RoleInput, n int) (activities.ActResult, error) { return h.give(in, n) })
	play(h.world, activities.GrantAccess, func(in activities.GrantInput, _ int) (activities.Nothing, error) {
		h.granted = append(h.granted, in)
		return activities.Nothing{}, h.refusesGrant
	})
	h.readBack = func(in activities.ReadBackInput, _ int) activities.ReadBackResult {
		r := activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{}, Settled: true}
		for _, key := range in.Steps {
			state := domain.StepWaiting
			switch {
			case key == domain.StepRole && h.joined, key == domain.StepRole && in.DoneBy != "":
				state = domain.StepVerified
			case in.Confirmed != "":
				state = domain.StepAttested
			case in.DoneBy != "":
				state = domain.StepDoneUnverified
			}
			r.States[key], r.Settled = state, r.Settled && state.Settled()
		}
		return r
	}
	return h
}

func (h *hall) comes(after time.Duration) {
	h.env.RegisterDelayedCallback(func() { h.joined = true }, after)
}

func stage(name string, who domain.PersonID) domain.ApprovalPolicy {
	return domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: name, Approvers: []domain.PersonID{who}}}}
}

func joinInput(role domain.AppRole) workflows.OnboardingInput {
	app := appInput("apollo")
	app.Approval = stage("manager", eli)
	base := input()
	return workflows.OnboardingInput{Run: "onboarding:e1:1", Person: dana, Requester: ada, Authority: domain.AuthorityPerson, Admins: []domain.PersonID{ada}, Tell: []domain.PersonID{ada},
		Timings: base.Timings, Apps: []workflows.JoinInput{{App: app, Role: role, Roles: []domain.AppRole{standard, adminRol, billing}, ForRole: stage("security", bo), ForMoney: stage("finance", bo), Asks: true}}}
}

func (h *hall) onboard(in workflows.OnboardingInput) workflows.OffboardingResult {
	h.t.Helper()
	h.env.RegisterWorkflow(workflows.Onboarding)
	h.env.ExecuteWorkflow(workflows.Onboarding, in)
	return h.result()
}

func (h *hall) result() workflows.OffboardingResult {
	h.t.Helper()
	require.True(h.t, h.env.IsWorkflowCompleted(), "the run must end")
	require.NoError(h.t, h.env.GetWorkflowError())
	var r workflows.OffboardingResult
	require.NoError(h.t, h.env.GetWorkflowResult(&r))
	return r
}

func TestAJoinerIsInvitedOnceAndVerified(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.comes(30 * time.Hour)
	r := h.onboard(joinInput(standard))
	require.Equal(t, domain.RunClosed, r.State, r.Why)
	require.Len(t, h.sent, 1)
	require.Equal(t, []domain.PersonID{eli}, h.sent[0].Approved)
	require.Equal(t, h.asked[0].Terms.Seat, domain.SeatFree)
	require.Equal(t, 1, h.promise)
	require.Len(t, h.granted, 1)
	for _, key := range []domain.StepKey{domain.StepFindSeat, domain.StepInvite, domain.StepAccept, domain.StepRole} {
		require.Equal(t, domain.StepVerified, h.state(key), key)
	}
	told := 0
	for _, c := range h.chased {
		if c.Kind == "invite-waits" {
			told++
		}
	}
	require.Equal(t, 1, told, "nobody accepted for a day")
	require.Empty(t, h.tasks)
}

func TestNobodyIsInvitedBeforeTheFirstDayOrWithoutAWord(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := joinInput(standard)
	in.StartsAt = time.Date(2026, 12, 3, 8, 0, 0, 0, time.UTC)
	h.decide(50*time.Hour, "apollo", eli, domain.Approve)
	h.comes(60 * time.Hour)
	h.env.RegisterDelayedCallback(func() { require.Empty(t, h.sent) }, 49*time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(in).State)
	require.Len(t, h.sent, 1)
}

func TestADenialLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.decide(time.Hour, "apollo", eli, domain.Deny)
	r := h.onboard(joinInput(standard))
	require.Equal(t, domain.RunDenied, r.State)
	require.Empty(t, h.sent)
	require.Empty(t, h.granted)
	require.Equal(t, 1, h.waived)
	require.Equal(t, domain.StepSkipped, h.state(domain.StepInvite))
}

// What a rule gives on HR's word asks nobody, unless it costs money.
func TestBirthrightAsksOnlyAboutMoney(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		need  domain.SeatNeed
		asked bool
	}{"a free seat": {domain.SeatFree, false}, "a seat to buy": {domain.SeatBuy, true}, "nobody knows": {domain.SeatUnknown, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.seats = func(activities.FindSeatInput, int) activities.FindSeatResult {
				return activities.FindSeatResult{Need: c.need, Why: "so it is"}
			}
			in := joinInput(standard)
			in.Requester, in.Authority, in.Apps[0].Asks = domain.SystemActor, domain.AuthorityHR, false
			h.decide(time.Hour, "apollo", bo, domain.Approve)
			h.robot(2*time.Hour, 20*time.Hour)
			h.comes(24 * time.Hour)
			require.Equal(t, domain.RunClosed, h.onboard(in).State)
			require.Equal(t, c.asked, h.asked[0].Approval != nil)
			if c.asked {
				require.Equal(t, "finance", h.asked[0].Approval.Policy.Stages[0].Name)
				require.Equal(t, domain.StepAttested, h.state(domain.StepFindSeat), "two people stand for what the app does not show")
				require.Len(t, h.tasks, 1)
			}
		})
	}
}

// Everybody who has a say is asked, one after the other, in one request.
func TestAPrivilegedRoleAndMoneyHaveStagesOfTheirOwn(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.seats = func(activities.FindSeatInput, int) activities.FindSeatResult {
		return activities.FindSeatResult{Need: domain.SeatBuy}
	}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.decide(2*time.Hour, "apollo", bo, domain.Approve)
	h.decide(3*time.Hour, "apollo", bo, domain.Approve)
	h.robot(4*time.Hour, 20*time.Hour)
	h.comes(24 * time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(adminRol)).State)
	var names []string
	for _, s := range h.asked[0].Approval.Policy.Stages {
		names = append(names, s.Name)
	}
	require.Equal(t, []string{"manager", "security", "finance"}, names)
	require.Len(t, h.asked, 1, "one request")
	require.Contains(t, h.asked[0].Terms.Gains[0], "administer")
	require.Equal(t, 1, h.bought, "the ledger knows of the seat that was bought")
}

// An invite that comes to carry a role with a paid seat costs what the first one did
// not: finance is asked before it is sent.
func TestAnotherRoleOfAnInviteMayCostASeat(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.seats = func(activities.FindSeatInput, int) activities.FindSeatResult {
		return activities.FindSeatResult{Need: domain.SeatBuy}
	}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.update(2*time.Hour, workflows.UpdateInviteRole, workflows.InviteRequest{App: "apollo", Person: ada, Role: &standard})
	h.decide(3*time.Hour, "apollo", eli, domain.Approve)
	h.decide(4*time.Hour, "apollo", bo, domain.Approve)
	h.robot(5*time.Hour, 30*time.Hour)
	h.comes(40 * time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(billing)).State)
	require.Len(t, h.asked, 2)
	require.Len(t, h.asked[0].Approval.Policy.Stages, 1, "a seat that is free of charge asks nobody about money")
	require.Len(t, h.asked[1].Approval.Policy.Stages, 2)
	require.Len(t, h.sent, 2)
	require.Equal(t, 1, h.bought)
}

// A seat that somebody else took while people were asked is asked about anew.
func TestASeatThatWasTakenMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.seats = func(in activities.FindSeatInput, _ int) activities.FindSeatResult {
		if h.promise > 0 {
			return activities.FindSeatResult{Need: domain.SeatBuy, Why: "taken"}
		}
		return activities.FindSeatResult{Need: domain.SeatFree}
	}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.decide(2*time.Hour, "apollo", eli, domain.Approve)
	h.decide(3*time.Hour, "apollo", bo, domain.Approve)
	h.robot(4*time.Hour, 20*time.Hour)
	h.comes(24 * time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(standard)).State)
	require.Len(t, h.asked, 2)
	require.Equal(t, domain.SeatBuy, h.asked[1].Terms.Seat)
	require.Len(t, h.tasks, 1, "one purchase")
}

// Without an interface a person invites: their word is enough to wait on, and
// nothing is verified before the app lists the joiner.
func TestAPersonInvites(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.send = func(activities.InviteInput, int) (activities.ActResult, error) {
		return activities.ActResult{Outcome: activities.OutcomeUnsupported, Why: "no interface for it"}, nil
	}
	in := joinInput(standard)
	in.Apps[0].Warnings = []string{"another workspace"}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.robot(2*time.Hour, 20*time.Hour)
	h.env.RegisterDelayedCallback(func() {
		require.Equal(t, domain.StepDoneUnverified, h.state(domain.StepInvite))
		require.Equal(t, domain.StepWaiting, h.state(domain.StepAccept))
	}, 30*time.Hour)
	h.comes(40 * time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(in).State)
	require.Len(t, h.tasks, 1)
	require.Contains(t, h.tasks[0].Instructions, "another workspace")
	require.Contains(t, h.tasks[0].Instructions, "Role: Standard")
	require.False(t, h.tasks[0].Attest)
	require.Len(t, h.noted, 1)
	require.Equal(t, ada, h.noted[0].By)
	require.Equal(t, domain.StepVerified, h.state(domain.StepInvite))
}

func TestSomebodyWhoIsThereAlreadyIsNotInvited(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.look = activities.LookResult{State: domain.MemberActive, Account: danaA, Role: standard.Key, FullSeat: domain.Yes}
	h.joined = true
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(standard)).State)
	require.Empty(t, h.sent)
	require.Zero(t, h.promise, "they sit on their seat")
	require.Equal(t, domain.Yes, h.granted[0].Was)
}

// Each word about an open invite: a new link, another role with its own approval,
// and taking it back.
func TestSteeringAnInvite(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.update(2*time.Hour, workflows.UpdateResend, workflows.InviteRequest{App: "apollo", Person: ada})
	self := h.update(3*time.Hour, workflows.UpdateResend, workflows.InviteRequest{App: "apollo", Person: dana})
	h.update(4*time.Hour, workflows.UpdateInviteRole, workflows.InviteRequest{App: "apollo", Person: ada, Role: &adminRol})
	h.decide(5*time.Hour, "apollo", eli, domain.Approve)
	h.decide(6*time.Hour, "apollo", bo, domain.Approve)
	h.comes(10 * time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(standard)).State)
	require.ErrorContains(t, self.err, "their own")
	require.Len(t, h.sent, 3)
	require.Equal(t, []int{1, 2, 3}, []int{h.sent[0].Link, h.sent[1].Link, h.sent[2].Link})
	require.Equal(t, "Admin", h.sent[2].Role.Name)
	require.Len(t, h.asked, 2, "another role is approved anew")
}

func TestAnInviteThatIsTakenBack(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.update(2*time.Hour, workflows.UpdateRevoke, workflows.InviteRequest{App: "apollo", Person: ada, Reason: "they do not come"})
	h.robot(3*time.Hour, 20*time.Hour)
	r := h.onboard(joinInput(standard))
	require.Equal(t, domain.RunDenied, r.State)
	require.Len(t, h.tasks, 1)
	require.True(t, h.tasks[0].Attest, "two people stand for it")
	require.Equal(t, domain.InviteRevoked, h.noted[0].State)
	require.Equal(t, ada, h.noted[0].By)
	require.Empty(t, h.granted)
	require.Equal(t, 1, h.waived)
}

func TestAnInviteThatRunsOut(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := joinInput(standard)
	in.Apps[0].Life = 168 * time.Hour
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.env.RegisterDelayedCallback(func() { require.Empty(t, h.noted) }, 168*time.Hour)
	h.update(200*time.Hour, workflows.UpdateResend, workflows.InviteRequest{App: "apollo", Person: ada})
	h.comes(220 * time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(in).State)
	require.Equal(t, domain.InviteExpired, h.noted[0].State)
	require.Len(t, h.sent, 2)
	require.Len(t, h.attention, 1)
}

func TestARetractedJoiningWaivesItsSeat(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.update(5*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "they do not come"})
	h.robot(6*time.Hour, 20*time.Hour)
	r := h.onboard(joinInput(standard))
	require.Equal(t, domain.RunRetracted, r.State)
	require.Equal(t, 1, h.waived)
	require.Len(t, h.tasks, 1, "the invite that is out there is taken back")
	require.Equal(t, []domain.StepKey{domain.StepRevoke}, h.tasks[0].Steps)
	require.Equal(t, domain.InviteRevoked, h.noted[0].State)
}

// Whoever came before the retraction has access: its end and its seat are kept, and
// the administrators hear of it. The access is what the app shows by then.
func TestARetractionAfterThePersonCameKeepsTheirEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(h *hall)
		robot  bool // somebody says that they gave it
		role   domain.AppRole
	}{
		"with another role":             {func(h *hall) { h.look.Role = billing.Key }, false, billing},
		"with a role that nobody shows": {func(*hall) {}, false, standard},
		"by a person's word alone":      {func(h *hall) { h.look.Hidden = true }, true, standard},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
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
			c.change(h)
			in := joinInput(standard)
			in.Until = startOfTime.Add(30 * oneDay)
			if c.robot {
				in.Apps[0].App.Kind = domain.KindManual
				h.robot(2*time.Hour, 3*time.Hour)
			}
			h.decide(time.Hour, "apollo", eli, domain.Approve)
			h.comes(2 * time.Hour)
			h.update(10*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "a mistake"})
			r := h.onboard(in)
			require.Equal(t, domain.RunRetracted, r.State)
			require.Len(t, h.tasks, 1, "an invite that was accepted is not taken back")
			require.NotEmpty(t, h.granted)
			for i, g := range h.granted {
				require.Equal(t, []any{in.Until.UTC(), c.role.Key, h.asked[0].Run}, []any{g.Until.UTC(), g.Role.Key, g.Run})
				require.Equal(t, i < len(h.granted)-1, g.Early, "the seat is booked in the end")
			}
			require.Zero(t, h.waived, "the grant ends the promise of a seat")
			for key, state := range h.latest().Steps["apollo"] {
				require.True(t, state.Settled(), key)
			}
			told := 0
			for _, c := range h.chased {
				if c.Kind == "access-stands" {
					told++
					require.Equal(t, []domain.PersonID{ada}, c.To)
					require.Contains(t, c.Text, "handover offboard EMAIL --app apollo")
				}
			}
			require.Equal(t, 1, told)
		})
	}
}

// What was never sent needs nobody.
func TestARetractionBeforeTheInviteAsksNobody(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.update(time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "they do not come"})
	require.Equal(t, domain.RunRetracted, h.onboard(joinInput(standard)).State)
	require.Empty(t, h.tasks)
	require.Empty(t, h.noted)
}

// Another role of an invite is somebody's wish: they do not decide it, and where it
// is denied the invite that was granted stands.
func TestADeniedRoleLeavesTheInviteAsItWas(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	in := joinInput(standard)
	in.Requester, in.Apps[0].Asks = domain.SystemActor, false
	h.update(time.Hour, workflows.UpdateInviteRole, workflows.InviteRequest{App: "apollo", Person: ada, Role: &billing})
	h.decide(2*time.Hour, "apollo", eli, domain.Deny)
	h.comes(10 * time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(in).State)
	require.Len(t, h.asked, 2)
	require.Nil(t, h.asked[0].Approval, "given by right")
	require.Equal(t, ada, h.asked[1].Approval.Requester)
	require.Len(t, h.sent, 1)
	require.Empty(t, h.tasks)
	require.Equal(t, "Standard", h.granted[0].Role.Name)
	require.Equal(t, h.digest(0), h.granted[0].Digest, "not the plan that was denied")
}

// The word that stands behind the grant is the one that was given for it.
func TestADeniedRoleLeavesTheWordThatWasGiven(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.seats = func(activities.FindSeatInput, int) activities.FindSeatResult {
		if len(h.asked) > 1 && h.promise > 1 { // taken while people were asked about the other role
			return activities.FindSeatResult{Need: domain.SeatBuy, Why: "taken"}
		}
		return activities.FindSeatResult{Need: domain.SeatFree}
	}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.update(2*time.Hour, workflows.UpdateInviteRole, workflows.InviteRequest{App: "apollo", Person: cy, Role: &adminRol})
	h.decide(3*time.Hour, "apollo", eli, domain.Approve)
	h.decide(4*time.Hour, "apollo", bo, domain.Approve)
	h.decide(5*time.Hour, "apollo", eli, domain.Deny)
	var changed []activities.RoleInput
	h.give = func(in activities.RoleInput, _ int) (activities.ActResult, error) {
		changed = append(changed, in)
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	}
	others := h.readBack
	h.readBack = func(in activities.ReadBackInput, n int) activities.ReadBackResult {
		if in.Steps[0] == domain.StepRole && len(changed) == 0 {
			return activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{domain.StepRole: domain.StepWaiting}}
		}
		return others(in, n)
	}
	h.comes(10 * time.Hour)
	in := joinInput(standard)
	in.Admins = append(in.Admins, cy)
	require.Equal(t, domain.RunClosed, h.onboard(in).State)
	require.Len(t, h.asked, 3)
	require.Equal(t, []string{"Standard", h.digest(0)}, []string{h.granted[0].Role.Name, h.granted[0].Digest})
	require.Len(t, changed, 1)
	require.Equal(t, []any{h.digest(0), []domain.PersonID{eli}}, []any{changed[0].Digest, changed[0].Approved})
}

// digest is that of a plan that was proposed.
func (h *hall) digest(i int) string {
	in := h.asked[i]
	return domain.Plan{Run: in.Run, App: in.App, Version: in.Version, Join: &in.Terms}.Digest()
}

// A rule gives access. It takes nobody's role away unasked.
func TestARuleDoesNotLowerARole(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	member(h, adminRol)
	in := joinInput(standard)
	in.Requester, in.Apps[0].Asks = domain.SystemActor, false
	h.decide(time.Hour, "apollo", eli, domain.Deny)
	require.Equal(t, domain.RunDenied, h.onboard(in).State)
	require.Equal(t, "Admin", h.asked[0].Terms.FromName)
	require.Empty(t, h.sent)
	require.Empty(t, h.granted)
}

func TestTheRoleThatTheAppShowsIsTheOneThatWasGranted(t *testing.T) {
	t.Parallel()
	h := newHall(t)
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
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.comes(2 * time.Hour)
	h.robot(3*time.Hour, 20*time.Hour)
	require.Equal(t, domain.RunClosed, h.onboard(joinInput(standard)).State)
	require.Len(t, h.tasks, 1)
	require.Equal(t, []domain.StepKey{domain.StepRole}, h.tasks[0].Steps)
}

// Workflows know no app by name: everybody joins and changes role in every kind of
// app by the same two workflows.
func TestEveryKindPassesTheSameJoiningAndRoleChange(t *testing.T) {
	t.Parallel()
	for _, kind := range domain.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			hidden := kind == domain.KindManual
			h := newHall(t)
			h.look.Hidden = hidden
			in := joinInput(standard)
			in.Apps[0].App.Kind = kind
			h.decide(time.Hour, "apollo", eli, domain.Approve)
			h.robot(2*time.Hour, 40*time.Hour)
			h.comes(20 * time.Hour)
			require.Equal(t, domain.RunClosed, h.onboard(in).State)
			require.Len(t, h.granted, 1)

			h = newHall(t)
			h.look = activities.LookResult{State: domain.MemberActive, Account: danaA, Role: standard.Key, FullSeat: domain.Yes, Hidden: hidden}
			change := roleInput(billing)
			change.App.App.Kind = kind
			h.decide(time.Hour, "apollo", eli, domain.Approve)
			h.robot(2*time.Hour, 40*time.Hour)
			require.Equal(t, domain.RunClosed, h.change(change).State)
			require.Len(t, h.granted, 1)
		})
	}
}

func roleInput(role domain.AppRole) workflows.RoleChangeInput {
	in := joinInput(role)
	return workflows.RoleChangeInput{Run: "role-change:e1:1", Person: dana, Requester: ada, App: in.Apps[0], Admins: in.Admins, Tell: in.Tell, Timings: in.Timings, Confirm: stage("second", bo)}
}

func (h *hall) change(in workflows.RoleChangeInput) workflows.OffboardingResult {
	h.t.Helper()
	h.env.RegisterWorkflow(workflows.RoleChange)
	h.env.ExecuteWorkflow(workflows.RoleChange, in)
	return h.result()
}

func member(h *hall, role domain.AppRole) {
	h.look = activities.LookResult{State: domain.MemberActive, Account: danaA, Role: role.Key, Admin: role.Admin, FullSeat: role.FullSeat, CRM: domain.Unknown}
}

func TestAPromotionIsApprovedByWhatIsGained(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	member(h, standard)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.decide(2*time.Hour, "apollo", bo, domain.Approve)
	require.Equal(t, domain.RunClosed, h.change(roleInput(adminRol)).State)
	require.Len(t, h.asked[0].Approval.Policy.Stages, 2)
	require.Equal(t, "Standard", h.asked[0].Terms.FromName)
	require.Equal(t, domain.StepVerified, h.state(domain.StepRole))
	require.Equal(t, domain.StepSkipped, h.state(domain.StepFindSeat), "they sit on one")
}

// A conversion says what it takes away and costs before anybody agrees, and moves
// what the lesser role cannot hold first.
func TestAConversionToBillingOnly(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	member(h, adminRol)
	order := []string{}
	h.give = func(in activities.RoleInput, _ int) (activities.ActResult, error) {
		order = append(order, "role")
		require.True(t, in.Demotes)
		require.Equal(t, domain.StepAttested, h.state(domain.StepCRM))
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.robot(2*time.Hour, 20*time.Hour)
	require.Equal(t, domain.RunClosed, h.change(roleInput(billing)).State)
	require.Equal(t, []string{"role"}, order)
	require.True(t, h.asked[0].Guards)
	require.NotEmpty(t, h.asked[0].Terms.Loses)
	require.Equal(t, domain.Yes, h.granted[0].Was)
	require.Equal(t, domain.StepVerified, h.state(domain.StepBookSeat))
}

func TestTheLastAdminIsNotDemoted(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	member(h, adminRol)
	shut := true
	h.give = func(activities.RoleInput, int) (activities.ActResult, error) {
		if shut {
			return activities.ActResult{Outcome: activities.OutcomeShut, Guard: domain.GuardFinding{Guard: domain.GuardSoleAdmin, State: domain.GuardShut, Why: "no other admin would remain"}}, nil
		}
		return activities.ActResult{Outcome: activities.OutcomeVerified}, nil
	}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.env.RegisterDelayedCallback(func() {
		require.Equal(t, domain.StepNeedsAttention, h.state(domain.StepRole))
		shut = false
	}, 9*time.Hour)
	h.update(10*time.Hour, workflows.UpdateRetry, workflows.StepRequest{App: "apollo", Step: domain.StepRole, Person: ada})
	require.Equal(t, domain.RunClosed, h.change(roleInput(standard)).State)
	require.Contains(t, h.attention[0].Why, "no other admin")
}

// What takes a role away is no emergency, whoever calls it one.
func TestADemotionIsNoEmergency(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	member(h, adminRol)
	in := roleInput(standard)
	in.Emergency = true
	h.decide(time.Hour, "apollo", eli, domain.Deny)
	require.Equal(t, domain.RunDenied, h.change(in).State)
	require.Len(t, h.asked, 1)
	require.Empty(t, h.granted)
}

func TestSomebodyWhoIsNotThereHasNoRoleToChange(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.update(5*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "the wrong person"})
	require.Equal(t, domain.RunRetracted, h.change(roleInput(standard)).State)
	require.Contains(t, h.attention[0].Why, "invite them first")
}

// Whoever skips the step ends the run: nothing is looked up again and again.
func TestASkippedRoleChangeEnds(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.update(5*time.Hour, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: domain.StepRole, Person: ada, Reason: "they come next year"})
	require.Equal(t, domain.RunDenied, h.change(roleInput(standard)).State)
	require.Len(t, h.attention, 1)
	require.Empty(t, h.granted)
}
