package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/workflows"
)

// strict is a policy with everything that makes a decision harder.
func strict(name string, who, fallback domain.PersonID) domain.ApprovalPolicy {
	p := stage(name, who)
	p.HighRisk, p.DistinctStage, p.Fallback = true, true, []domain.PersonID{fallback}
	p.Calendars = map[domain.PersonID]domain.Calendar{who: {Zone: "Europe/Berlin"}}
	return p
}

// A request of several stages is decided as strictly as the strictest of the
// policies behind it, whoever joins or changes role.
func TestTheStricterPolicyHoldsForTheWholeRequest(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*hall, workflows.JoinInput) workflows.OffboardingResult{
		"joining": func(h *hall, app workflows.JoinInput) workflows.OffboardingResult {
			in := joinInput(adminRol)
			in.Apps[0] = app
			return h.onboard(in)
		},
		"changing role": func(h *hall, app workflows.JoinInput) workflows.OffboardingResult {
			member(h, standard)
			in := roleInput(adminRol)
			in.App = app
			return h.change(in)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			app := joinInput(adminRol).Apps[0]
			app.App.Approval.AllowSelf, app.App.Approval.Fallback = true, []domain.PersonID{cy}
			app.App.Approval.Calendars = map[domain.PersonID]domain.Calendar{eli: {Zone: "Asia/Tokyo"}}
			app.ForRole = strict("security", bo, "p-other")
			h.decide(time.Hour, "apollo", eli, domain.Deny)
			require.Equal(t, domain.RunDenied, ask(h, app).State)
			p := h.asked[0].Approval.Policy
			require.Len(t, p.Stages, 2)
			require.True(t, p.HighRisk, "decided with a personal token")
			require.True(t, p.DistinctStage, "one person decides in one stage only")
			require.False(t, p.AllowSelf)
			require.Equal(t, []domain.PersonID{cy, "p-other"}, p.Fallback)
			require.Equal(t, map[domain.PersonID]domain.Calendar{eli: {Zone: "Asia/Tokyo"}, bo: {Zone: "Europe/Berlin"}}, p.Calendars)
		})
	}
}

// A policy that names nobody asks nobody, and makes nothing stricter or laxer.
func TestAPolicyWithoutStagesSaysNothing(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	member(h, standard)
	in := roleInput(adminRol)
	in.App.App.Approval.AllowSelf, in.App.ForRole = true, domain.ApprovalPolicy{HighRisk: true}
	h.decide(time.Hour, "apollo", eli, domain.Deny)
	require.Equal(t, domain.RunDenied, h.change(in).State)
	require.Equal(t, []any{1, true, false}, []any{len(h.asked[0].Approval.Policy.Stages), h.asked[0].Approval.Policy.AllowSelf, h.asked[0].Approval.Policy.HighRisk})
}

// Whoever decided one stage of a promotion does not decide the next one, where the
// policy for such roles wants two people.
func TestOnePersonDoesNotDecideBothStagesOfAPromotion(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	member(h, standard)
	in := roleInput(adminRol)
	in.App.ForRole = domain.ApprovalPolicy{DistinctStage: true, Stages: []domain.ApprovalStage{{Name: "security", Approvers: []domain.PersonID{eli, bo}}}}
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	again := h.decide(2*time.Hour, "apollo", eli, domain.Approve)
	h.decide(3*time.Hour, "apollo", bo, domain.Approve)
	require.Equal(t, domain.RunClosed, h.change(in).State)
	require.Error(t, again.err)
	require.Equal(t, []domain.PersonID{eli, bo}, h.asked[0].Approval.Policy.Stages[1].Approvers)
}
