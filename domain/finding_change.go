package domain

import (
	"slices"
	"time"
)

// SeenAccount is how an account stood at the last complete reading of its app. The
// email is what the app showed, to find its person; it stands in no finding.
type SeenAccount struct {
	App         AppID
	Account     AccountID
	Person      PersonID
	Email       string
	Active      Tri
	Admin       Tri
	Role        string
	Invited     bool
	FirstSeen   time.Time
	LastSeen    time.Time
	Gone        bool        // a later complete reading did not show it
	Unexplained FindingKind // what of it no run explains: account, role, or ""
	CountedAt   time.Time   // when its records were last counted
}

// SeenAs is how a listing shows an account.
func SeenAs(app AppID, a Account, person PersonID, at time.Time) SeenAccount {
	return SeenAccount{App: app, Account: a.ID, Person: person, Email: NormalEmail(a.Email), Active: a.Active, Admin: a.Admin, Role: a.ProfileID,
		Invited: a.Invited, FirstSeen: at, LastSeen: at}
}

// present tells whether somebody could come in by it, as far as was seen.
func (s SeenAccount) present() bool { return !s.Gone && !s.Invited && s.Active != No }

// AccountChange is what differs between two complete readings of an account.
type AccountChange struct {
	Kind     EventKind
	Account  AccountID
	Person   PersonID
	From, To string // roles
}

// ChangesOf tells what happened to an account between two readings. known tells that
// it was seen before. Of a pending invite that is gone after its life nothing is
// told: time did it.
func ChangesOf(before SeenAccount, known bool, now SeenAccount, inviteLife time.Duration) []AccountChange {
	var all []AccountChange
	add := func(kind EventKind, from, to string) {
		person := now.Person
		if person == "" {
			person = before.Person
		}
		all = append(all, AccountChange{Kind: kind, Account: now.Account, Person: person, From: from, To: to})
	}
	was := known && before.present()
	pending := known && before.Invited && !before.Gone
	switch {
	case now.Gone && was:
		add(EventMemberRemoved, before.Role, "")
	case now.Gone && pending && (inviteLife <= 0 || now.LastSeen.Sub(before.FirstSeen) <= inviteLife):
		add(EventInviteRevoked, before.Role, "")
	case now.Gone:
	case now.Invited && !pending:
		add(EventInviteSent, "", now.Role)
	case now.present() && !was:
		add(EventInviteAccepted, "", now.Role)
	case was && !now.present():
		add(EventMemberRemoved, before.Role, "")
	case was && before.Role != now.Role && now.Role != "" && before.Role != "":
		add(EventRoleChanged, before.Role, now.Role)
	}
	return all
}

// undoes are the steps whose undoing does what a change shows.
var undoes = map[EventKind][]StepKey{
	EventInviteAccepted: {StepDeactivate},
	EventRoleChanged:    {StepRole, StepPromote},
	EventMemberRemoved:  {StepInvite},
	EventInviteRevoked:  {StepInvite},
}

// Explain tells whether an act of ours stands behind a change: the same event about
// the same person with the same role, a step that is under way or that somebody said
// is done, or the undoing of one.
func (c AccountChange) Explain(acts []MemberAct, roles []AppRole) bool {
	return slices.ContainsFunc(acts, func(a MemberAct) bool {
		// A promotion in the course of a leaving is an act about the leaver.
		if c.Kind == EventRoleChanged && slices.Contains(a.Steps, StepPromote) && a.Kind != EventUndone {
			return true
		}
		if a.Person == "" || a.Person != c.Person {
			return false
		}
		if a.Kind == EventUndone {
			return slices.ContainsFunc(a.Steps, func(s StepKey) bool { return slices.Contains(undoes[c.Kind], s) })
		}
		if slices.ContainsFunc(a.Steps, func(s StepKey) bool { return s != StepPromote && slices.Contains(explains[c.Kind], s) }) {
			return true
		}
		return a.Kind == c.Kind && c.sameRole(a.To, roles) || c.Kind == EventInviteAccepted && a.Kind == EventInviteSent
	})
}

// sameRole tells whether an event names the role that a change shows. Events that
// name none fit any.
func (c AccountChange) sameRole(word string, roles []AppRole) bool {
	if c.Kind != EventRoleChanged || word == "" || word == c.To {
		return true
	}
	role, ok := FindRole(roles, word)
	return ok && role.Key == c.To
}

// Unexplained is the finding that a change without an explanation is, "" for none:
// what is gone needs nobody.
func (c AccountChange) Unexplained() FindingKind {
	switch c.Kind {
	case EventInviteSent, EventInviteAccepted:
		return FoundUnexplainedAccount
	case EventRoleChanged:
		return FoundUnexplainedRole
	}
	return ""
}

// JudgeUnexplained is the finding about an account that no run explains, as long as
// it can be used with the role that it was given.
func (r Rules) JudgeUnexplained(s SeenAccount) Judgement {
	var j Judgement
	severity := SeverityMedium
	if s.Admin == Yes {
		severity = SeverityHigh
	}
	why := map[FindingKind]string{FoundUnexplainedAccount: "the account came since the last reading, and no run of ours explains it",
		FoundUnexplainedRole: "the account has another role since the last reading, and no run of ours explains it"}[s.Unexplained]
	if why == "" || s.Gone || s.Active == No && !s.Invited {
		return j
	}
	f := NewFinding(r.App, s.Unexplained, severity, s.Account, s.Person, why, r.At)
	f.Owner = r.Owner
	j.Found = append(j.Found, f)
	return j
}

// Reading is one comparison of an app with HR and the identity provider.
type Reading struct {
	App      AppID     `json:"app"`
	BeganAt  time.Time `json:"began_at"`
	EndedAt  time.Time `json:"ended_at"`
	Complete bool      `json:"complete"`      // the app's list was read to its end
	Why      string    `json:"why,omitempty"` // why it was not, or what else could not be read
	Accounts int       `json:"accounts"`
	Total    int       `json:"total"`    // the app's own, -1 when it gives none
	Assigned int       `json:"assigned"` // who have the app at the identity provider, -1 where that was not read
	Found    int       `json:"found"`    // findings that this reading shows
	Closed   int       `json:"closed"`   // that it no longer shows
	Outside  int       `json:"outside"`  // changes that no run explains
	Request  string    `json:"request_id,omitempty"`
}
