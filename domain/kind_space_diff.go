package domain

import (
	"cmp"
	"slices"
	"time"
)

// MemberChange is what differs between two member lists of an app.
type MemberChange struct {
	Kind      EventKind // one of the five, or that an invite's life ended
	Account   AccountID
	Person    PersonID
	From, To  SpaceRole
	Explained bool // something that Handover knows of explains it
	Line      int  // of the newer list; 0 where it is no longer there
}

// CompareMembers tells what happened between two lists, by account. Nobody becomes
// a member but by accepting an invite, and a pending invite that shows another role
// was sent anew (the vendor's guide). An invite that is gone was revoked, unless its
// life had ended.
func CompareMembers(before, now MemberList) []MemberChange {
	was, is := byAccount(before), byAccount(now)
	var changes []MemberChange
	add := func(kind EventKind, a AccountID, o, n MemberRow) {
		changes = append(changes, MemberChange{Kind: kind, Account: a, Person: cmp.Or(n.Person, o.Person), From: o.Role, To: n.Role, Line: n.Line})
	}
	for a, n := range is {
		o, known := was[a]
		switch {
		case !known && n.Pending:
			add(EventInviteSent, a, o, n)
		case !known, o.Pending && !n.Pending:
			add(EventInviteAccepted, a, o, n)
		case !o.Pending && n.Pending:
			add(EventMemberRemoved, a, o, MemberRow{Person: n.Person})
			add(EventInviteSent, a, MemberRow{}, n)
		case o.Role != n.Role && n.Pending:
			add(EventInviteSent, a, o, n)
		case o.Role != n.Role:
			add(EventRoleChanged, a, o, n)
		}
	}
	for a, o := range was {
		if _, there := is[a]; there {
			continue
		}
		switch {
		case !o.Pending:
			add(EventMemberRemoved, a, o, MemberRow{})
		case o.expired(now.ReadAt):
			add(EventInviteExpired, a, o, MemberRow{})
		default:
			add(EventInviteRevoked, a, o, MemberRow{})
		}
	}
	slices.SortFunc(changes, func(x, y MemberChange) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), cmp.Compare(y.Kind, x.Kind)) // removed before sent
	})
	return changes
}

func byAccount(l MemberList) map[AccountID]MemberRow {
	rows := make(map[AccountID]MemberRow, len(l.Rows))
	for _, r := range l.Rows {
		rows[r.Account] = r
	}
	return rows
}

// Ends is when the life of an invite ends; zero where the screen did not show
// enough to know.
func (r MemberRow) Ends() time.Time {
	if r.ExpiresAt.IsZero() && !r.SentAt.IsZero() {
		return r.SentAt.Add(SpaceInviteLife)
	}
	return r.ExpiresAt
}

// expired tells that an invite's life had ended at a moment.
func (r MemberRow) expired(at time.Time) bool { return !r.Ends().IsZero() && !r.Ends().After(at) }

// explains are the steps by which a run does what a change shows.
var explains = map[EventKind][]StepKey{
	EventMemberRemoved:  {StepDeactivate},
	EventInviteRevoked:  {StepDeactivate, StepInvite},
	EventRoleChanged:    {StepRole, StepPromote},
	EventInviteSent:     {StepInvite, StepRole},
	EventInviteAccepted: {StepInvite},
}

// Explain tells whether an act of ours stands behind a change: the same event with
// the same role, or a task for it that somebody said is done. A promotion in the
// course of a leaving is a task about the leaver, whoever is promoted.
func (c MemberChange) Explain(acts []MemberAct) bool {
	if c.Kind == EventInviteExpired {
		return true // time did it
	}
	return slices.ContainsFunc(acts, func(a MemberAct) bool {
		if a.Person != "" && a.Person == c.Person && (a.Kind == c.Kind && c.sameRole(a.To) || c.Kind == EventInviteAccepted && a.Kind == EventInviteSent) {
			return true
		}
		mine := a.Person != "" && a.Person == c.Person
		return slices.ContainsFunc(a.Steps, func(s StepKey) bool {
			promoted := s == StepPromote && c.To == SpaceOwner
			return slices.Contains(explains[c.Kind], s) && (mine && s != StepPromote || promoted)
		})
	})
}

// sameRole tells whether an event names the role that a change shows; events that
// name none, or of a removal, fit any.
func (c MemberChange) sameRole(word string) bool {
	if c.To == SpaceNobody || c.Kind != EventRoleChanged && c.Kind != EventInviteSent {
		return true
	}
	role, ok := FindRole(SpaceRoles(), word)
	return !ok || SpaceRole(role.Key) == c.To
}
