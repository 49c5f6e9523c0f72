package domain

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var spaceWords = []SpaceRole{SpaceNobody, SpaceOwner, SpaceAdmin, SpaceMember, SpaceViewer}

// Every actor, every role before and every role after: only owners and admins do
// anything, and only owners touch or make owners.
func TestEntitled(t *testing.T) {
	t.Parallel()
	rows := map[SpaceRole][5]string{ // by target: for each role after, who may: o owner, a admin
		SpaceNobody: {"oa", "o", "oa", "oa", "oa"},
		SpaceOwner:  {"o", "o", "o", "o", "o"},
		SpaceAdmin:  {"oa", "o", "oa", "oa", "oa"},
		SpaceMember: {"oa", "o", "oa", "oa", "oa"},
		SpaceViewer: {"oa", "o", "oa", "oa", "oa"},
	}
	checked := 0
	for target, may := range rows {
		for i, next := range spaceWords {
			for _, actor := range append([]SpaceRole{"Owner", "nonsense"}, spaceWords...) {
				want := actor == SpaceOwner || actor == SpaceAdmin && may[i] == "oa"
				require.Equal(t, want, Entitled(actor, target, next), "%q makes a %q a %q", actor, target, next)
				checked++
			}
		}
	}
	require.Equal(t, 5*5*7, checked)
	for _, wrong := range []SpaceRole{"Owner", "guest"} {
		require.False(t, Entitled(SpaceOwner, wrong, SpaceMember))
		require.False(t, Entitled(SpaceOwner, SpaceMember, wrong))
	}
}

func TestWhatTouchesAnOwnerIsForOwners(t *testing.T) {
	t.Parallel()
	p := SpacePolicy{Owners: []string{"olga@example.com"}}
	require.Equal(t, p.Owners, p.MayTouch(SpaceOwner, SpaceNobody))
	require.Equal(t, p.Owners, p.MayTouch(SpaceMember, SpaceOwner))
	require.Equal(t, p.Owners, p.MayTouch("unheard of", SpaceNobody), "whoever is not known may be an owner")
	require.Empty(t, p.MayTouch(SpaceAdmin, SpaceNobody))
	require.Equal(t, DefaultMembersFresh, SpacePolicy{}.Fresh())
}

func TestTheFourRolesAndWhatTheyAre(t *testing.T) {
	t.Parallel()
	roles := SpaceRoles()
	require.Equal(t, []bool{true, true, false, false}, []bool{roles[0].Privileged(), roles[1].Privileged(), roles[2].Privileged(), roles[3].Privileged()})
	require.Equal(t, roles, AppPolicy{Kind: KindApolloSpace}.AllRoles())
	change := Weigh(KindApolloSpace, roles[0], roles[1], No)
	require.True(t, change.Demotes)
	require.Zero(t, change.Seat, "the guide names no seats")
	require.Empty(t, change.Warnings)
}

// Notes come before the removal, whatever else is done in the sitting.
func TestTheRunbookRetrievesNotesBeforeTheRemoval(t *testing.T) {
	t.Parallel()
	book, ok := RunbookFor(KindApolloSpace)
	require.True(t, ok)
	order := map[StepKey]int{}
	for i, s := range book.Steps {
		order[s.Key] = i
		require.NotEmpty(t, s.Instruction, s.Key)
	}
	require.Less(t, order[StepNotes], order[StepDeactivate])
	require.Less(t, order[StepDeactivate], order[StepIntegrations])
	notes, _ := book.Step(StepNotes)
	removal, _ := book.Step(StepDeactivate)
	require.Equal(t, removal.Sitting, notes.Sitting)
	require.Contains(t, notes.Instruction, "the loss is accepted")
	require.Contains(t, removal.LookFirst, "another Owner remains")
	require.NotContains(t, order, StepSeat, "the guide names no seats")
	for _, of := range []func(string) (Runbook, bool){JoiningFor, RoleChangeFor} {
		book, ok := of(KindApolloSpace)
		require.True(t, ok)
		step, _ := book.Step(StepRole)
		require.Equal(t, ReadBackRole, step.ReadBack, "the list shows roles")
	}
}

func space(readAt time.Time, rows ...MemberRow) MemberList {
	l := MemberList{ID: "l", App: "space", ReadAt: readAt, Rows: rows}
	for i := range l.Rows {
		l.Rows[i].Line = i + 2
	}
	return l
}

func TestWhatHappenedBetweenTwoLists(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	in := func(role SpaceRole) []MemberRow { return []MemberRow{{Account: "a", Person: "p", Role: role}} }
	out := func(role SpaceRole) []MemberRow {
		return []MemberRow{{Account: "a", Person: "p", Role: role, Pending: true}}
	}
	sent := func(at time.Time) []MemberRow {
		return []MemberRow{{Account: "a", Person: "p", Role: SpaceMember, Pending: true, SentAt: at}}
	}
	for name, c := range map[string]struct {
		before, now []MemberRow
		want        string
	}{
		"nothing":                       {in(SpaceMember), in(SpaceMember), ""},
		"invited":                       {nil, out(SpaceMember), "invite_sent  member;"},
		"accepted":                      {out(SpaceMember), in(SpaceMember), "invite_accepted member member;"},
		"accepted, never seen pending":  {nil, in(SpaceAdmin), "invite_accepted  admin;"},
		"cancelled":                     {out(SpaceMember), nil, "invite_revoked member ;"},
		"ran out, as the screen showed": {sent(day.AddDate(0, 0, -8)), nil, "invite_expired member ;"},
		"cancelled before it ran out":   {sent(day), nil, "invite_revoked member ;"},
		"reissued with another role":    {out(SpaceMember), out(SpaceAdmin), "invite_sent member admin;"},
		"promoted":                      {in(SpaceMember), in(SpaceOwner), "role_changed member owner;"},
		"removed":                       {in(SpaceViewer), nil, "member_removed viewer ;"},
		"removed and invited again":     {in(SpaceMember), out(SpaceAdmin), "member_removed member ;invite_sent  admin;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			for _, x := range CompareMembers(space(day, c.before...), space(day.AddDate(0, 0, 1), c.now...)) {
				require.Equal(t, PersonID("p"), x.Person)
				got += fmt.Sprintf("%s %s %s;", x.Kind, x.From, x.To)
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestWhatExplainsAChange(t *testing.T) {
	t.Parallel()
	task := func(steps ...StepKey) MemberAct { return MemberAct{Person: "p", Kind: EventTaskDone, Steps: steps} }
	event := func(kind EventKind, to string) MemberAct { return MemberAct{Person: "p", Kind: kind, To: to} }
	promoted := MemberChange{Kind: EventRoleChanged, Person: "p", From: SpaceMember, To: SpaceAdmin}
	removed := MemberChange{Kind: EventMemberRemoved, Person: "p", From: SpaceMember}
	for name, c := range map[string]struct {
		change MemberChange
		act    MemberAct
		want   bool
	}{
		"the same event":                         {removed, event(EventMemberRemoved, "deactivated"), true},
		"a task that somebody said is done":      {removed, task(StepNotes, StepDeactivate), true},
		"a task of another step":                 {removed, task(StepReassign), false},
		"a task about somebody else":             {removed, MemberAct{Person: "q", Steps: []StepKey{StepDeactivate}}, false},
		"the role that was granted":              {promoted, event(EventRoleChanged, "admin"), true},
		"the role by its name":                   {promoted, event(EventRoleChanged, "Admin"), true},
		"another role than the one granted":      {promoted, event(EventRoleChanged, "member"), false},
		"an owner made while another leaves":     {MemberChange{Kind: EventRoleChanged, Person: "p", To: SpaceOwner}, MemberAct{Person: "leaver", Steps: []StepKey{StepPromote}}, true},
		"an admin made by the way":               {promoted, MemberAct{Person: "leaver", Steps: []StepKey{StepPromote}}, false},
		"an invite of ours that was accepted":    {MemberChange{Kind: EventInviteAccepted, Person: "p", To: SpaceMember}, event(EventInviteSent, "member"), true},
		"an invite that ran out needs no reason": {MemberChange{Kind: EventInviteExpired, Person: "p"}, event(EventSweep, ""), true},
		"somebody whom nobody knows":             {MemberChange{Kind: EventMemberRemoved}, MemberAct{Kind: EventMemberRemoved}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, c.change.Explain([]MemberAct{c.act}))
		})
	}
	require.False(t, removed.Explain(nil))
}
