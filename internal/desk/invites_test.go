package desk_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// invited begins a joining whose invite is out.
func (w *world) invited() domain.Invite {
	w.t.Helper()
	run, _, err := w.Onboard(w.t.Context(), w.as("ada"), joins())
	require.NoError(w.t, err)
	i := domain.Invite{ID: run.ID + ":apollo", Run: run.ID, App: "apollo", Person: run.Person, Role: "pr-rep", RoleName: "Rep", State: domain.InvitePending, Link: 1, SentBy: w.id("ada"), SentAt: morning}
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: run.ID, Invites: []domain.Invite{i}}))
	return i
}

type steer func(context.Context, desk.Actor, string) (workflows.Answer, error)

func (w *world) steers() map[string]steer {
	return map[string]steer{
		workflows.UpdateResend: func(ctx context.Context, a desk.Actor, id string) (workflows.Answer, error) {
			return w.ResendInvite(ctx, a, id, "it was lost")
		},
		workflows.UpdateRevoke: func(ctx context.Context, a desk.Actor, id string) (workflows.Answer, error) {
			return w.RevokeInvite(ctx, a, id, "not needed")
		},
		workflows.UpdateInviteRole: func(ctx context.Context, a desk.Actor, id string) (workflows.Answer, error) {
			return w.InviteRole(ctx, a, id, "Admin", "more to do")
		},
	}
}

func TestWhoSteersAnInvite(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	invite := w.invited()
	for name, do := range w.steers() {
		for _, who := range []string{"eli", "bo", "finn", "sec", "aud"} {
			before := len(w.refusals(who))
			for _, id := range []string{invite.ID, "no such invite"} { // whether there is one is not told either
				_, err := do(t.Context(), w.as(who), id)
				require.Equal(t, domain.RefusedRight, code(err), "%s %s", who, name)
			}
			require.Len(t, w.refusals(who), before+2)
		}
		_, err := do(t.Context(), w.as("ada"), "no such invite")
		require.Equal(t, domain.FaultNotFound, domain.KindOf(err), name)
	}
	require.Empty(t, w.tmp.delivered())
	for _, role := range []string{"", "canary"} {
		_, err := w.InviteRole(t.Context(), w.as("ada"), invite.ID, role, "")
		require.NotEmpty(t, code(err))
		require.NotContains(t, err.Error(), "canary")
	}
	require.Len(t, w.refusals("ada"), 2)

	for name, do := range w.steers() {
		answer, err := do(t.Context(), w.as("hana"), invite.ID)
		require.NoError(t, err)
		require.Equal(t, "so it is", answer.Text)
		sent := w.tmp.delivered()
		last := sent[len(sent)-1]
		require.Equal(t, []string{name, invite.Run}, []string{last.UpdateName, last.WorkflowID})
		var in workflows.InviteRequest
		require.NoError(t, json.Unmarshal(rawOf(last), &in))
		require.Equal(t, []any{invite.App, w.id("hana")}, []any{in.App, in.Person})
		if name == workflows.UpdateInviteRole {
			require.Equal(t, "pr-adm", in.Role.Key)
		}
	}
	events := w.events(store.AuditFilter{Actor: w.id("hana"), Run: invite.Run})
	require.Len(t, events, 3)
	for _, e := range events {
		require.Equal(t, []any{domain.StepInvite, domain.AppID("apollo"), invite.Person}, []any{e.Step, e.App, e.Subject})
	}
}

// The run itself lets only those through who look after the app; its refusal is in
// the record like any other.
func TestTheRunRefusesWhoDoesNotLookAfterTheApp(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	invite := w.invited()
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
		return nil, temporal.NewNonRetryableApplicationError("only those who look after the app do this", domain.RefusedRight, nil)
	}
	_, err := w.ResendInvite(t.Context(), w.as("hana"), invite.ID, "")
	require.Equal(t, domain.RefusedRight, code(err))
	require.Len(t, w.refusals("hana"), 1)
}

func TestInvitesAreListedForReaders(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	invite := w.invited()
	open, err := w.Invites(t.Context(), w.as("aud"), true)
	require.NoError(t, err)
	require.Len(t, open, 1)
	_, err = w.Invites(t.Context(), w.as("eli"), true)
	require.Equal(t, domain.RefusedRight, code(err))
	invite.State, invite.SettledAt = domain.InviteAccepted, morning
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: invite.Run, Invites: []domain.Invite{invite}}))
	for open, want := range map[bool]int{true: 0, false: 1} {
		got, err := w.Invites(t.Context(), w.as("aud"), open)
		require.NoError(t, err)
		require.Len(t, got, want)
	}
}

// Access that was given for a time ends by a leaving from that app alone, at its
// date, once, however often it is looked through and wherever a process dies.
func TestAccessForATimeEndsOnce(t *testing.T) {
	t.Parallel()
	w := newJoining(t)
	run, _, err := w.Onboard(t.Context(), w.as("ada"), joins())
	require.NoError(t, err)
	until := time.Date(2027, 1, 31, 22, 59, 0, 0, time.UTC)
	give := func(app domain.AppID) {
		g := domain.Grant{Run: run.ID, App: app, Person: run.Person, Role: "pr-rep", At: morning, Until: until}
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Grants: []domain.Grant{g}}))
	}
	give("apollo")
	give("gone")
	w.Crash = func(point string) {
		if point == "run-written-not-started" {
			panic(point)
		}
	}
	require.Panics(t, func() { _ = w.EndDue(t.Context()) })
	w.Crash = nil
	for range 3 {
		require.NoError(t, w.EndDue(t.Context()))
		w.Deliveries(t.Context())
	}
	runs, err := w.st.ListRuns(t.Context(), store.RunFilter{Person: run.Person, Kind: domain.RunOffboarding})
	require.NoError(t, err)
	require.Len(t, runs, 1)
	require.Equal(t, []domain.AppID{"apollo"}, runs[0].Apps)
	require.False(t, runs[0].AllApps, "a leaving from one app swallows no real leaving")
	require.Equal(t, domain.LastMoment{Local: "2027-01-31T23:59:00", Zone: "Europe/Berlin"}, runs[0].LastMoment)
	require.True(t, w.input(runs[0].ID).Due.Equal(until))
	left, err := w.st.Grants(t.Context())
	require.NoError(t, err)
	require.Len(t, left, 1, "an app that left the policy is somebody else's to look after")
	give("apollo") // recorded once more by a retry
	require.NoError(t, w.EndDue(t.Context()))
	again, err := w.st.ListRuns(t.Context(), store.RunFilter{Person: run.Person, Kind: domain.RunOffboarding})
	require.NoError(t, err)
	require.Len(t, again, 1)
}
