package desk_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// joinInput is what the run that invites somebody was started with.
func (w *world) spaceJoin(app workflows.JoinInput, role string) workflows.JoinInput {
	w.t.Helper()
	run, created, err := w.Onboard(w.t.Context(), w.as("ada"), desk.OnboardRequest{Email: "newcomer@example.com", Name: "New Comer", Manager: "eli@example.com", App: app.App.App, Role: role})
	require.NoError(w.t, err)
	require.True(w.t, created)
	var in workflows.OnboardingInput
	require.NoError(w.t, json.Unmarshal(w.tmp.started[run.ID], &in))
	require.Len(w.t, in.Apps, 1)
	return in.Apps[0]
}

// Whoever invites an Owner is one; the others are invited by those who look after
// the app. Who is asked for nothing else starts as Member, and an invite lives for
// seven days.
func TestWhoInvitesIntoASpaceMayDoIt(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]struct {
		key    domain.SpaceRole
		owners bool
	}{"Owner": {domain.SpaceOwner, true}, "Admin": {domain.SpaceAdmin, false}, "Member": {domain.SpaceMember, false}, "Viewer": {domain.SpaceViewer, false}, "": {domain.SpaceMember, false}} {
		w := newSpace(t)
		w.policy.Apps["space"].Joining = domain.JoiningPolicy{Role: string(domain.SpaceMember), InviteLife: domain.SpaceInviteLife}
		w.uploaded(team, 4, 1)
		in := w.spaceJoin(workflows.JoinInput{App: workflows.AppInput{App: "space"}}, role)
		require.Equal(t, string(want.key), in.Role.Key)
		owner := w.id("ada")
		if want.owners {
			owner = w.id("olga")
		}
		require.Equal(t, owner, in.App.Owner, "who invites as %q", role)
		require.Equal(t, domain.SpaceInviteLife, in.Life)
	}
}

// A role change that touches an Owner is an Owner's too.
func TestWhoChangesTheRoleOfAnOwnerIsOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ who, role, owner string }{
		"an owner is made":      {"dana", "Owner", "olga"},
		"an owner becomes less": {"omar", "Member", "olga"},
		"a member becomes more": {"dana", "Admin", "ada"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSpace(t)
			w.uploaded(team, 4, 1)
			run, created, err := w.ChangeRole(t.Context(), w.as("ada"), desk.RoleRequest{Email: c.who + "@example.com", App: "space", Role: c.role})
			require.NoError(t, err)
			require.True(t, created)
			var in workflows.RoleChangeInput
			require.NoError(t, json.Unmarshal(w.tmp.started[run.ID], &in))
			require.Equal(t, w.id(c.owner), in.App.App.Owner)
		})
	}
}

// Nobody is invited without an address or a role.
func TestAnInviteNeedsAnAddressAndARole(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	for name, req := range map[string]desk.OnboardRequest{
		"no address": {App: "space", Role: "Member"},
		"no email":   {Email: "newcomer", App: "space", Role: "Member"},
		"no role":    {Email: "newcomer@example.com", App: "space"},
	} {
		_, _, err := w.Onboard(t.Context(), w.as("ada"), req)
		require.Equal(t, domain.RefusedReason, code(err), name)
	}
	_, _, err := w.Onboard(t.Context(), w.as("ada"), desk.OnboardRequest{Email: "newcomer@example.com", App: "space", Role: "Guest"})
	require.Equal(t, domain.RefusedUnknown, code(err))
	require.Empty(t, w.tmp.started)
}

// One question, one answer: who made this person an Admin, in whose name, and when.
func TestWhoGrantedAdminAndWhenIsOneQuestion(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	run := w.start("ada", desk.OffboardRequest{Email: "dana@example.com", Apps: []domain.AppID{"space"}, LastMoment: &domain.LastMoment{Local: "2026-12-18T17:30", Zone: "Europe/Berlin"}})
	event := func(key string, kind domain.EventKind, who, role string) domain.AuditEvent {
		return domain.AuditEvent{Key: key, Run: run.ID, Kind: kind, Actor: w.id("olga"), ActingFor: w.id("eli"), Subject: w.id(who), App: "space", From: "member", To: role, At: morning}
	}
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Events: []domain.AuditEvent{
		event("1", domain.EventRoleChanged, "dana", "admin"), event("2", domain.EventRoleChanged, "bo", "admin"), event("3", domain.EventInviteSent, "dana", "member")}}))
	lines, err := w.Audit(t.Context(), w.as("aud"), "dana@example.com", "", store.AuditFilter{Kind: domain.EventRoleChanged})
	require.NoError(t, err)
	require.Len(t, lines, 1)
	got := lines[0].Entry.Event
	require.Equal(t, []any{w.id("olga"), w.id("eli"), w.id("dana"), "member", "admin", morning}, []any{got.Actor, got.ActingFor, got.Subject, got.From, got.To, got.At})
}
